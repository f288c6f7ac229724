import Foundation

/// How much customers spend at a purchase: the gamma-gamma model.
///
/// Fader and Hardie, "The gamma-gamma model of monetary value" (2013). A customer's purchases are
/// gamma with shape `p`; the customers' rates are gamma with shape `q` and rate `gamma`.
package struct SpendModel: Sendable, Hashable {
    package var p: Double
    package var q: Double
    package var gamma: Double

    package init(p: Double, q: Double, gamma: Double) {
        self.p = p
        self.q = q
        self.gamma = gamma
    }

    /// The parameters in the order of `PositiveFit`.
    package init(_ parameters: [Double]) {
        self.init(p: parameters[0], q: parameters[1], gamma: parameters[2])
    }

    /// The mean over all customers; nil where it is not finite.
    package var mean: Double? { q > 1 ? p * gamma / (q - 1) : nil }

    /// The mean that is expected of a customer whose `count` purchases had the mean `value`
    /// (equation 5); nil where it is not finite.
    package func expectedMean(count: Double, mean value: Double) -> Double? {
        let weight = p * count + q - 1
        guard weight > 0 else { return nil }
        guard count > 0 else { return mean }
        return p * (gamma + count * value) / weight
    }

    /// One customer's purchases: how many, and their mean.
    package struct Spending: Sendable, Hashable {
        package var count: Double
        package var mean: Double

        package init(count: Double, mean: Double) {
            self.count = count
            self.mean = mean
        }
    }

    /// The parameters that make the spendings (all positive) most likely (equation 1a).
    package static func fit(_ spendings: [Spending]) throws(NumericsError) -> PositiveFit {
        let sorted = spendings.sorted { ($0.count, $0.mean) < ($1.count, $1.mean) }
        var sum = 0.0
        for spending in sorted { sum += spending.mean }
        let mean = max(1e-300, sum / Double(max(1, sorted.count)))
        var starts = [[6, 4, mean / 2], [1, 2, mean], [2, 10, 5 * mean]]
        if sorted.count > 8000 {
            // Of many, an even choice says where to begin.
            let stride = sorted.count / 4000
            let part = Swift.stride(from: stride / 2, to: sorted.count, by: stride).map {
                sorted[$0]
            }
            let start = try? PositiveFit(starts: starts, limit: 30) {
                likelihood(part, $0, &$1)
            }
            if let start, !start.isAtLimit { starts = [start.estimates] }
        }
        return try PositiveFit(starts: starts, limit: 30) { likelihood(sorted, $0, &$1) }
    }

    private static func likelihood(
        _ spendings: [Spending], _ logarithms: [Double], _ gradient: inout [Double]
    ) -> Double {
        let model = SpendModel(logarithms.map { exp($0) })
        let (p, q, gamma) = (model.p, model.q, model.gamma)
        let (ofQ, slopeOfQ) = (SpecialFunctions.logGamma(q), SpecialFunctions.digamma(q))
        var total = 0.0
        var slope = [0.0, 0, 0]
        var count = -1.0
        var (gammas, both, own) = (0.0, 0.0, 0.0)
        for spending in spendings {
            let x = spending.count
            if x != count {
                count = x
                gammas =
                    SpecialFunctions.logGamma(p * x + q) - SpecialFunctions.logGamma(p * x) - ofQ
                both = SpecialFunctions.digamma(p * x + q)
                own = SpecialFunctions.digamma(p * x)
            }
            let sum = gamma + x * spending.mean
            let (logSum, logTotal) = (log(sum), log(x * spending.mean))
            total +=
                gammas + q * log(gamma) + p * x * logTotal - log(spending.mean)
                - (p * x + q) * logSum
            slope[0] += x * (both - own + logTotal - logSum)
            slope[1] += both - slopeOfQ + log(gamma) - logSum
            slope[2] += q / gamma - (p * x + q) / sum
        }
        gradient = [slope[0] * p, slope[1] * q, slope[2] * gamma]
        return total
    }
}
