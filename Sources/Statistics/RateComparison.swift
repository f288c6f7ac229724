import Foundation

/// The rate of people who were treated beside the rate of those who were not.
package struct RateComparison: Sendable, Hashable {
    package let treated: Rate
    package let control: Rate

    package init(treated: Rate, control: Rate) {
        self.treated = treated
        self.control = control
    }

    package var difference: Double { treated.value - control.value }

    /// Treated over control; nil when nobody in control succeeded.
    package var ratio: Double? {
        control.successes == 0 ? nil : treated.value / control.value
    }

    /// What the treated brought beyond what they would have at the rate of control.
    package var incremental: Double { difference * Double(treated.count) }

    private var pooled: Double {
        Double(treated.successes + control.successes) / Double(treated.count + control.count)
    }

    /// The pooled z of two proportions; 0 when all or none succeeded.
    package var z: Double {
        let variance =
            pooled * (1 - pooled) * (1 / Double(treated.count) + 1 / Double(control.count))
        return variance > 0 ? difference / variance.squareRoot() : 0
    }

    /// The score statistic with the correction of Miettinen and Nurminen (1985).
    package var score: Double {
        let n = Double(treated.count + control.count)
        return z * ((n - 1) / n).squareRoot()
    }

    /// The least of the four numbers to be expected if both rates were one.
    package var smallestExpected: Double {
        let less = Double(min(treated.count, control.count))
        return less * min(pooled, 1 - pooled)
    }

    /// The exact test of Fisher; two-sided sums whatever is as improbable as what was seen.
    package func exact(_ alternative: LiftAlternative) -> Double {
        let total = treated.successes + control.successes
        let least = max(0, total - control.count)
        let most = min(total, treated.count)
        let seen = logExact(treated.successes, total)
        // Both what counts and what does not, so that the smaller sum is the one that is rounded.
        var (sum, rest) = (0.0, 0.0)
        for k in least...most {
            let one = logExact(k, total)
            let counts =
                switch alternative {
                case .twoSided: one <= seen + 1e-9
                case .greater: k >= treated.successes
                case .less: k <= treated.successes
                }
            if counts { sum += exp(one) } else { rest += exp(one) }
        }
        return min(1, max(0, sum > 0.5 ? 1 - rest : sum))
    }

    /// Hypergeometric, by three binomials (Loader, 2000).
    private func logExact(_ k: Int, _ total: Int) -> Double {
        let rate = pooled
        return BinomialDistribution(count: treated.count, rate: rate).logDensity(k)
            + BinomialDistribution(count: control.count, rate: rate).logDensity(total - k)
            - BinomialDistribution(count: treated.count + control.count, rate: rate)
            .logDensity(total)
    }

    /// The probability that the treated rate is the greater one, each rate being uniform at first.
    ///
    /// The density of one times the distribution of the other, summed along the log odds.
    package var probabilityBetter: Double {
        let (a, b) = (
            Double(treated.successes) + 1, Double(treated.count - treated.successes) + 1
        )
        let other = BetaDistribution(
            Double(control.successes) + 1, Double(control.count - control.successes) + 1)
        let deviation = (1 / a + 1 / b).squareRoot()
        let step = deviation / 12
        let center = log(a / b)
        var (sum, weights) = (0.0, 0.0)
        for side in [-1.0, 1.0] {
            var index = side < 0 ? 0.0 : 1.0
            while true {
                let u = center + side * index * step
                let e = exp(-abs(u))
                let (small, large) = (e / (1 + e), 1 / (1 + e))
                let (x, y) = u < 0 ? (small, large) : (large, small)
                let weight = exp(SpecialFunctions.logBetaWeight(a, b, x, y))
                guard weight > 1e-19, x > 0, y > 0 else { break }
                weights += weight
                sum +=
                    weight * SpecialFunctions.regularizedBeta(other.a, other.b, x: x, y: y).lower
                index += 1
            }
        }
        return sum / weights
    }
}
