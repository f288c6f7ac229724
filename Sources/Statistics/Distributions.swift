import Foundation

/// A distribution of numbers along a line.
///
/// Both tails are exact: ask for `survival` and `upperQuantile` rather than one minus the other.
package protocol ContinuousDistribution: Sendable {
    /// The logarithm of the density; −∞ where nothing can be.
    func logDensity(_ x: Double) -> Double
    /// The probability of at most `x`.
    func cumulative(_ x: Double) -> Double
    /// The probability of more than `x`.
    func survival(_ x: Double) -> Double
    /// The number that is not exceeded with probability `p`; NaN outside 0...1.
    func quantile(_ p: Double) -> Double
    /// The number that is exceeded with probability `q`; NaN outside 0...1.
    func upperQuantile(_ q: Double) -> Double
}

extension ContinuousDistribution {
    /// The density.
    package func density(_ x: Double) -> Double { exp(logDensity(x)) }
}

/// The normal distribution.
package struct NormalDistribution: ContinuousDistribution, Hashable {
    package var mean: Double
    package var deviation: Double

    /// With a mean and a standard deviation above 0.
    package init(mean: Double = 0, deviation: Double = 1) {
        precondition(deviation > 0)
        self.mean = mean
        self.deviation = deviation
    }

    /// Mean 0 and standard deviation 1.
    package static let standard = NormalDistribution()

    /// The logarithm of the density.
    package func logDensity(_ x: Double) -> Double {
        let z = (x - mean) / deviation
        return -0.5 * z * z - SpecialFunctions.halfLogTwoPi - log(deviation)
    }

    /// The probability of at most that.
    package func cumulative(_ x: Double) -> Double { Self.upper(-(x - mean) / deviation) }

    /// The probability of more than that.
    package func survival(_ x: Double) -> Double { Self.upper((x - mean) / deviation) }

    /// The number that is not exceeded with probability `p`.
    package func quantile(_ p: Double) -> Double { mean + deviation * Self.lowerQuantile(p) }

    /// The number that is exceeded with probability `q`.
    package func upperQuantile(_ q: Double) -> Double { mean - deviation * Self.lowerQuantile(q) }

    private static func upper(_ z: Double) -> Double { 0.5 * erfc(z * 0.5.squareRoot()) }

    /// Acklam's start (2003), then Halley's steps on the smaller tail.
    private static func lowerQuantile(_ p: Double) -> Double {
        guard p > 0, p < 1 else { return p == 0 ? -.infinity : p == 1 ? .infinity : .nan }
        // Above ½, 1 − p is exact.
        if p > 0.5 { return -lowerQuantile(1 - p) }
        var z = start(p)
        for _ in 0..<3 {
            let tail = upper(-z)
            let error = (tail - p) / exp(-0.5 * z * z - SpecialFunctions.halfLogTwoPi)
            let step = error / (1 + 0.5 * z * error)
            guard step.isFinite else { break }
            z -= step
        }
        return z
    }

    private static func start(_ p: Double) -> Double {
        if p < 0.02425 {
            let q = (-2 * log(p)).squareRoot()
            let top = polynomial(
                q, -7.784894002430293e-03, -3.223964580411365e-01, -2.400758277161838,
                -2.549732539343734, 4.374664141464968, 2.938163982698783)
            return top
                / polynomial(
                    q, 7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996,
                    3.754408661907416, 1)
        }
        let q = p - 0.5
        let r = q * q
        let top = polynomial(
            r, -3.969683028665376e+01, 2.209460984245205e+02, -2.759285104469687e+02,
            1.383577518672690e+02, -3.066479806614716e+01, 2.506628277459239)
        return q * top
            / polynomial(
                r, -5.447609879822406e+01, 1.615858368580409e+02, -1.556989798598866e+02,
                6.680131188771972e+01, -1.328068155288572e+01, 1)
    }

    private static func polynomial(_ x: Double, _ coefficients: Double...) -> Double {
        coefficients.reduce(0) { $0 * x + $1 }
    }
}

/// Newton's steps on the logarithm of a tail, which is concave in the variable that is searched, so
/// that they arrive; one that leaps to where the tail vanishes is halved.
func tailRoot(
    from start: Double, target: Double, _ tail: (Double) -> (value: Double, slope: Double)
) -> Double {
    let goal = log(target)
    var (u, last) = (start, start)
    var before = Double.infinity
    for _ in 0..<200 {
        let (value, slope) = tail(u)
        let step = (log(value) - goal) * value / slope
        guard value > 0, step.isFinite else {
            if u == last { break }
            u = (u + last) / 2
            continue
        }
        last = u
        u -= step
        // Near the root, steps end where rounding begins.
        if abs(step) <= 1e-15 * max(1, abs(u)) || (abs(step) < 1e-9 && abs(step) >= before) {
            break
        }
        before = abs(step)
    }
    return u
}
