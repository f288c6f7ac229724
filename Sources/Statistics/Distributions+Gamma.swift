import Foundation

/// The gamma distribution.
package struct GammaDistribution: ContinuousDistribution, Hashable {
    package var shape: Double
    package var scale: Double

    /// With a shape and a scale above 0; the mean is their product.
    package init(shape: Double, scale: Double = 1) {
        precondition(shape > 0 && scale > 0)
        self.shape = shape
        self.scale = scale
    }

    /// The logarithm of the density.
    package func logDensity(_ x: Double) -> Double {
        guard x >= 0 else { return -.infinity }
        if x == 0 { return shape < 1 ? .infinity : shape == 1 ? -log(scale) : -.infinity }
        return SpecialFunctions.logGammaWeight(shape, x / scale) - log(x)
    }

    /// The probability of at most that.
    package func cumulative(_ x: Double) -> Double {
        SpecialFunctions.regularizedGamma(shape, x / scale).lower
    }

    /// The probability of more than that.
    package func survival(_ x: Double) -> Double {
        SpecialFunctions.regularizedGamma(shape, x / scale).upper
    }

    /// The number that is not exceeded with probability `p`.
    package func quantile(_ p: Double) -> Double {
        guard p > 0, p < 1 else { return p == 0 ? 0 : p == 1 ? .infinity : .nan }
        return p <= 0.5 ? root(p, isUpper: false) : root(1 - p, isUpper: true)
    }

    /// The number that is exceeded with probability `q`.
    package func upperQuantile(_ q: Double) -> Double {
        guard q > 0, q < 1 else { return q == 0 ? .infinity : q == 1 ? 0 : .nan }
        return q <= 0.5 ? root(q, isUpper: true) : root(1 - q, isUpper: false)
    }

    private func root(_ target: Double, isUpper: Bool) -> Double {
        let start = log(shape)
        let u = tailRoot(from: start, target: target) { u in
            let x = exp(u)
            let tails = SpecialFunctions.regularizedGamma(shape, x)
            let weight = exp(SpecialFunctions.logGammaWeight(shape, x))
            return isUpper ? (tails.upper, -weight) : (tails.lower, weight)
        }
        return scale * exp(u)
    }
}

/// The chi-square distribution.
package struct ChiSquareDistribution: ContinuousDistribution, Hashable {
    package var freedom: Double

    /// With degrees of freedom above 0.
    package init(freedom: Double) {
        precondition(freedom > 0)
        self.freedom = freedom
    }

    private var gamma: GammaDistribution { GammaDistribution(shape: freedom / 2, scale: 2) }

    /// The logarithm of the density.
    package func logDensity(_ x: Double) -> Double { gamma.logDensity(x) }

    /// The probability of at most that.
    package func cumulative(_ x: Double) -> Double { gamma.cumulative(x) }

    /// The probability of more than that.
    package func survival(_ x: Double) -> Double { gamma.survival(x) }

    /// The number that is not exceeded with probability `p`.
    package func quantile(_ p: Double) -> Double { gamma.quantile(p) }

    /// The number that is exceeded with probability `q`.
    package func upperQuantile(_ q: Double) -> Double { gamma.upperQuantile(q) }
}
