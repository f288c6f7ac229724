import Foundation

/// How long customers with a contract stay: the shifted beta geometric model.
///
/// Fader and Hardie, "How to project customer retention" (Journal of Interactive Marketing 21,
/// 2007). At the end of each period a customer leaves with a probability of their own, which is
/// beta distributed among customers (`alpha`, `beta`).
package struct RetentionModel: Sendable, Hashable {
    package var alpha: Double
    package var beta: Double

    package init(alpha: Double, beta: Double) {
        self.alpha = alpha
        self.beta = beta
    }

    /// The parameters in the order of `PositiveFit`.
    package init(_ parameters: [Double]) {
        self.init(alpha: parameters[0], beta: parameters[1])
    }

    /// The share of a cohort that is left after `periods` (equation 6).
    package func survival(_ periods: Int) -> Double {
        let t = Double(periods)
        return exp(
            SpecialFunctions.logBeta(alpha, beta + t) - SpecialFunctions.logBeta(alpha, beta))
    }

    /// The share of those there after `period` − 1 periods that are there after `period`
    /// (equation 8).
    package func retention(_ period: Int) -> Double {
        (beta + Double(period) - 1) / (alpha + beta + Double(period) - 1)
    }

    /// The mean number of periods a customer stays, the last included; nil where it is not finite.
    package var expectedTenure: Double? {
        alpha > 1 ? (alpha + beta - 1) / (alpha - 1) : nil
    }

    /// The periods still expected of a customer of `tenure` completed periods who is asked to renew
    /// now, each discounted by `rate` a period from now on; nil where it is not finite.
    ///
    /// Fader and Hardie, "Customer-base valuation in a contractual setting" (Marketing Science 29,
    /// 2010), equation 6: (β+n−1)/(α+β+n−1)·₂F₁(1, β+n; α+β+n; 1/(1+d)) with n = tenure.
    package func residualPeriods(tenure: Int, rate: Double) -> Double? {
        let n = Double(tenure)
        let first = (beta + n - 1) / (alpha + beta + n - 1)
        if rate <= 0 {
            // 2F1(1, b; c; 1) = (c - 1)/(c - b - 1), Gauss.
            return alpha > 1 ? first * (alpha + beta + n - 1) / (alpha - 1) : nil
        }
        let z = 1 / (1 + rate)
        var (term, sum, k) = (1.0, 1.0, 0.0)
        while k < 5e6, term > 1e-16 * sum * rate {
            term *= (beta + n + k) / (alpha + beta + n + k) * z
            sum += term
            k += 1
        }
        return first * sum
    }

    /// The parameters that make cohorts most likely; `survivors` of each from its start onward,
    /// period by period.
    package static func fit(_ cohorts: [[Double]]) throws(NumericsError) -> PositiveFit {
        let starts = [[1.0, 1.0], [0.7, 4], [3, 30]]
        return try PositiveFit(starts: starts, limit: 12) { logarithms, gradient in
            let model = RetentionModel(logarithms.map { exp($0) })
            var (total, byAlpha, byBeta) = (0.0, 0.0, 0.0)
            for survivors in cohorts {
                let (value, slope) = model.likelihood(survivors)
                total += value
                byAlpha += slope.0
                byBeta += slope.1
            }
            gradient = [byAlpha * model.alpha, byBeta * model.beta]
            return total
        }
    }

    /// A cohort's log-likelihood (equation B3) and its slope, as products of renewals: each period
    /// some stay with the chance `retention`, the others leave.
    private func likelihood(_ survivors: [Double]) -> (value: Double, slope: (Double, Double)) {
        var (total, byAlpha, byBeta) = (0.0, 0.0, 0.0)
        for period in 1..<max(1, survivors.count) {
            let stayed = survivors[period]
            let left = survivors[period - 1] - stayed
            let b = beta + Double(period) - 1
            let both = alpha + b
            total += stayed * log(b / both) + left * log(alpha / both)
            byAlpha += left / alpha - (stayed + left) / both
            byBeta += stayed / b - (stayed + left) / both
        }
        return (total, (byAlpha, byBeta))
    }
}
