import Foundation

extension RateComparison {
    /// The ratio's interval on the log scale (Katz and others, 1978); nil without successes.
    package func katz(z: Double) -> LiftInterval? {
        guard let ratio, treated.successes > 0 else { return nil }
        let variance =
            1 / Double(treated.successes) - 1 / Double(treated.count)
            + 1 / Double(control.successes) - 1 / Double(control.count)
        let half = z * max(0, variance).squareRoot()
        return LiftInterval(lower: ratio * exp(-half), upper: ratio * exp(half))
    }

    /// The ratio's score interval (Koopman, 1984) with the correction N/(N − 1) of Miettinen and
    /// Nurminen (1985); 0 and ∞ are limits where a sample has no success.
    package func scoreRatio(z: Double) -> LiftInterval {
        func edge(_ target: Double) -> Double {
            exp(fallingRoot(-60, 60) { scoreStatistic(ratio: exp($0)) - target })
        }
        return LiftInterval(
            lower: treated.successes == 0 ? 0 : edge(z),
            upper: control.successes == 0 ? .infinity : edge(-z))
    }

    private func scoreStatistic(ratio: Double) -> Double {
        let (n1, n0) = (Double(treated.count), Double(control.count))
        let (x1, x0) = (Double(treated.successes), Double(control.successes))
        let n = n1 + n0
        // The likeliest rates with that ratio: the lesser root of a quadratic.
        let b = n1 * ratio + x1 + n0 + x0 * ratio
        let root = max(0, b * b - 4 * n * ratio * (x1 + x0)).squareRoot()
        let p0 = 2 * (x1 + x0) / (b + root)
        let p1 = min(1, ratio * p0)
        let variance =
            (p1 * (1 - p1) / n1 + ratio * ratio * p0 * (1 - p0) / n0) * n / (n - 1)
        let gap = x1 / n1 - ratio * x0 / n0
        return variance > 0 ? gap / variance.squareRoot() : gap == 0 ? 0 : gap * .infinity
    }

    /// The ratio's hybrid of two Wilson intervals (MOVER-R: Donner and Zou, 2012; Fagerland and
    /// Newcombe, 2013).
    package func newcombeRatio(z: Double) -> LiftInterval {
        let (p1, p0) = (treated.value, control.value)
        let (one, none) = (treated.wilson(z: z), control.wilson(z: z))
        let square = p1 * p0 * p1 * p0
        let low = one.lower * (2 * p1 - one.lower)
        let below = square - low * none.upper * (2 * p0 - none.upper)
        let high = none.lower * (2 * p0 - none.lower)
        let above = square - one.upper * (2 * p1 - one.upper) * high
        return LiftInterval(
            lower: low == 0 ? 0 : low / (p1 * p0 + max(0, below).squareRoot()),
            upper: high == 0 ? .infinity : (p1 * p0 + max(0, above).squareRoot()) / high)
    }

    /// The difference's interval with unpooled variances.
    package func wald(z: Double) -> LiftInterval {
        let half = z * (treated.varianceOfMean + control.varianceOfMean).squareRoot()
        return LiftInterval(lower: difference - half, upper: difference + half)
    }

    /// The difference's hybrid of two Wilson intervals (Newcombe, 1998, method 10).
    package func newcombe(z: Double) -> LiftInterval {
        let (one, none) = (treated.wilson(z: z), control.wilson(z: z))
        func length(_ a: Double, _ b: Double) -> Double { (a * a + b * b).squareRoot() }
        return LiftInterval(
            lower: difference - length(treated.value - one.lower, none.upper - control.value),
            upper: difference + length(one.upper - treated.value, control.value - none.lower))
    }

    /// The difference's score interval (Miettinen and Nurminen, 1985).
    package func scoreDifference(z: Double) -> LiftInterval {
        LiftInterval(
            lower: fallingRoot(-1, difference) { scoreStatistic(difference: $0) - z },
            upper: fallingRoot(difference, 1) { scoreStatistic(difference: $0) + z })
    }

    /// The likeliest rate of control when the treated rate is `d` above it.
    ///
    /// The likelihood is concave, so its slope falls once through zero. The cubic that it also solves
    /// loses its digits to cancellation at rates of a few in a hundred million.
    private func likeliestControl(difference d: Double) -> Double {
        let (n1, n0) = (Double(treated.count), Double(control.count))
        let (x1, x0) = (Double(treated.successes), Double(control.successes))
        func part(_ count: Double, _ rate: Double) -> Double { count == 0 ? 0 : count / rate }
        return fallingRoot(max(0, -d), min(1, 1 - d)) { p in
            part(x1, p + d) - part(n1 - x1, 1 - (p + d)) + part(x0, p) - part(n0 - x0, 1 - p)
        }
    }

    private func scoreStatistic(difference d: Double) -> Double {
        let (n1, n0) = (Double(treated.count), Double(control.count))
        let (x1, x0) = (Double(treated.successes), Double(control.successes))
        let n = n1 + n0
        let p0 = likeliestControl(difference: d)
        let p1 = min(1, max(0, p0 + d))
        let variance = (p1 * (1 - p1) / n1 + p0 * (1 - p0) / n0) * n / (n - 1)
        let gap = x1 / n1 - x0 / n0 - d
        return variance > 0 ? gap / variance.squareRoot() : gap == 0 ? 0 : gap * .infinity
    }
}
