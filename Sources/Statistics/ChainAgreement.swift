import Foundation

/// Whether chains have found the same distribution, and how much they say.
///
/// Vehtari, Gelman, Simpson, Carpenter and Bürkner, "Rank-normalization, folding, and localization:
/// an improved R̂ for assessing convergence of MCMC" (Bayesian Analysis 16, 2021).
package enum ChainAgreement {
    /// The potential scale reduction, and the effective number of draws for the bulk.
    ///
    /// Chains are split in halves and draws replaced by the normal scores of their ranks; the scale
    /// reduction is the greater of that of the draws and that of their distances from the median
    /// (folded), so that chains of other spread are told as well as chains of other place.
    package static func of(_ chains: [[Double]]) -> (scaleReduction: Double, effective: Double) {
        let half = (chains.map(\.count).min() ?? 0) / 2
        guard half > 3 else { return (.infinity, 0) }
        let parts = chains.flatMap { [Array($0.prefix(half)), Array($0.suffix(half))] }
        guard parts.allSatisfy({ $0.allSatisfy(\.isFinite) }) else { return (.infinity, 0) }
        let median = SortedSample(parts.joined()).median
        let bulk = split(scores(parts))
        let folded = split(scores(parts.map { part in part.map { abs($0 - median) } }))
        return (max(bulk.scaleReduction, folded.scaleReduction), bulk.effective)
    }

    /// The normal scores of ranks among all draws; equal draws share their mean rank (equation 14).
    private static func scores(_ parts: [[Double]]) -> [[Double]] {
        let all = parts.flatMap { $0 }
        let order = all.indices.sorted { (all[$0], $0) < (all[$1], $1) }
        let law = NormalDistribution.standard
        var result = all
        var start = 0
        while start < order.count {
            var end = start + 1
            while end < order.count, all[order[end]] == all[order[start]] { end += 1 }
            let rank = Double(start + 1 + end) / 2
            let score = law.quantile((rank - 0.375) / (Double(all.count) + 0.25))
            for place in start..<end { result[order[place]] = score }
            start = end
        }
        let half = parts.first?.count ?? 0
        return parts.indices.map { Array(result[($0 * half)..<(($0 + 1) * half)]) }
    }

    /// The scale reduction of parts of equal length, and the effective number of draws (Gelman et
    /// al., Bayesian Data Analysis, 3rd ed. 2013, sections 11.4 and 11.5; Geyer's initial positive
    /// sequence).
    private static func split(_ parts: [[Double]]) -> (scaleReduction: Double, effective: Double) {
        let half = parts.first?.count ?? 0
        let means = parts.map { $0.reduce(0, +) / Double(half) }
        let variances = zip(parts, means).map { part, mean in
            part.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(half - 1)
        }
        let centre = means.reduce(0, +) / Double(parts.count)
        let between =
            means.reduce(0) { $0 + ($1 - centre) * ($1 - centre) } / Double(parts.count - 1)
        let within = variances.reduce(0, +) / Double(parts.count)
        guard within > 0 else { return (between > 0 ? .infinity : 1, 1) }
        let total = within * Double(half - 1) / Double(half) + between
        let all = Double(parts.count * half)
        var sum = 0.0
        var lag = 1
        while lag + 1 < half {
            let pair =
                correlation(parts, lag, total) + correlation(parts, lag + 1, total)
            if pair <= 0 { break }
            sum += pair
            lag += 2
        }
        return ((total / within).squareRoot(), min(all, all / (1 + 2 * sum)))
    }

    private static func correlation(_ parts: [[Double]], _ lag: Int, _ total: Double) -> Double {
        var sum = 0.0
        for part in parts {
            var variogram = 0.0
            for index in lag..<part.count {
                let difference = part[index] - part[index - lag]
                variogram += difference * difference
            }
            sum += variogram / Double(part.count - lag)
        }
        return 1 - sum / Double(parts.count) / (2 * total)
    }
}
