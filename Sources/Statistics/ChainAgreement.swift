import Foundation

/// Whether chains have found the same distribution, and how much they say.
package enum ChainAgreement {
    /// The potential scale reduction of split chains, and the effective number of draws (Gelman et
    /// al., Bayesian Data Analysis, 3rd ed. 2013, sections 11.4 and 11.5; Geyer's initial positive
    /// sequence).
    package static func of(_ chains: [[Double]]) -> (scaleReduction: Double, effective: Double) {
        let half = (chains.map(\.count).min() ?? 0) / 2
        guard half > 3 else { return (.infinity, 0) }
        let parts = chains.flatMap { [Array($0.prefix(half)), Array($0.suffix(half))] }
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
