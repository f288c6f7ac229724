import Foundation

/// Whether chains agree, judged by ranks, and how many independent draws they are worth.
///
/// Vehtari, Gelman, Simpson, Carpenter and Bürkner, "Rank-normalization, folding, and
/// localization: an improved R̂" (Bayesian Analysis 2021).
package enum ChainAgreement {
    /// What the draws of one quantity say of their chains.
    package struct Figures: Sendable, Hashable {
        /// The potential scale reduction: 1 when chains agree.
        package var rHat: Double
        /// The effective number of draws for what lies in the middle.
        package var bulk: Double
        /// The effective number of draws for the 5 % and 95 % quantiles, the smaller of both.
        package var tail: Double
    }

    /// R̂ of split chains by ranks and folded, and effective draws in the bulk and the tails.
    package static func of(_ chains: [[Double]]) -> Figures {
        let parts = split(chains)
        guard let count = parts.first?.count, count > 3 else {
            return Figures(rHat: .infinity, bulk: 0, tail: 0)
        }
        let all = parts.flatMap { $0 }
        guard all.allSatisfy(\.isFinite) else { return Figures(rHat: .infinity, bulk: 0, tail: 0) }
        let sample = SortedSample(all)
        guard let least = sample.values.first, let most = sample.values.last, least < most else {
            let total = Double(all.count)
            return Figures(rHat: 1, bulk: total, tail: total)
        }
        let middle = sample.median
        let ranked = normalised(parts)
        let folded = normalised(parts.map { $0.map { abs($0 - middle) } })
        let tails = [0.05, 0.95].map { share in
            let limit = sample.quantile(share)
            return effective(parts.map { $0.map { $0 <= limit ? 1 : 0 } })
        }
        return Figures(
            rHat: max(reduction(ranked), reduction(folded)), bulk: effective(ranked),
            tail: tails.min() ?? 0)
    }

    /// Each chain's halves; the middle draw of an odd number is left out.
    private static func split(_ chains: [[Double]]) -> [[Double]] {
        let half = (chains.map(\.count).min() ?? 0) / 2
        return chains.flatMap { [Array($0.prefix(half)), Array($0.suffix(half))] }
    }

    /// Normal scores of the ranks (Blom, 1958); ties share their mean rank.
    private static func normalised(_ parts: [[Double]]) -> [[Double]] {
        let all = parts.flatMap { $0 }
        let order = all.indices.sorted { all[$0] < all[$1] }
        var scores = Array(repeating: 0.0, count: all.count)
        var at = 0
        while at < order.count {
            var end = at + 1
            while end < order.count, all[order[end]] == all[order[at]] { end += 1 }
            let rank = Double(at + end + 1) / 2
            let score = NormalDistribution.standard.quantile(
                (rank - 0.375) / (Double(all.count) + 0.25))
            for place in at..<end { scores[order[place]] = score }
            at = end
        }
        let count = parts.first?.count ?? 1
        return parts.indices.map { Array(scores[($0 * count)..<(($0 + 1) * count)]) }
    }

    private static func reduction(_ parts: [[Double]]) -> Double {
        let count = Double(parts[0].count)
        let means = parts.map { $0.reduce(0, +) / count }
        let within = zip(parts, means).map { variance($0, $1) }.reduce(0, +) / Double(parts.count)
        let between = variance(means, means.reduce(0, +) / Double(means.count))
        guard within > 0 else { return between > 0 ? .infinity : 1 }
        return (between / within + (count - 1) / count).squareRoot()
    }

    private static func variance(_ values: [Double], _ mean: Double) -> Double {
        values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(max(1, values.count - 1))
    }

    /// The effective number of draws by Geyer's initial monotone sequence.
    private static func effective(_ parts: [[Double]]) -> Double {
        let count = parts[0].count
        let size = Double(count)
        let means = parts.map { $0.reduce(0, +) / size }
        func covariance(_ lag: Int) -> Double {
            var sum = 0.0
            for (part, mean) in zip(parts, means) {
                for at in 0..<(count - lag) { sum += (part[at] - mean) * (part[at + lag] - mean) }
            }
            return sum / size / Double(parts.count)
        }
        let within = covariance(0) * size / (size - 1)
        let between =
            parts.count > 1 ? variance(means, means.reduce(0, +) / Double(means.count)) : 0
        let total = within * (size - 1) / size + between
        let all = Double(parts.count) * size
        guard total > 0 else { return all }
        func correlation(_ lag: Int) -> Double { 1 - (within - covariance(lag)) / total }
        var rho = [1.0, correlation(1)]
        var (even, odd) = (1.0, rho[1])
        var at = 1
        while at < count - 3, even + odd > 0 {
            (even, odd) = (correlation(at + 1), correlation(at + 2))
            rho += even + odd >= 0 ? [even, odd] : [0, 0]
            at += 2
        }
        let last = max(at - 2, 0)
        if even > 0, last + 1 < rho.count { rho[last + 1] = even }
        at = 1
        while at <= last - 2 {
            if rho[at + 1] + rho[at + 2] > rho[at - 1] + rho[at] {
                rho[at + 1] = (rho[at - 1] + rho[at]) / 2
                rho[at + 2] = rho[at + 1]
            }
            at += 2
        }
        var time = -1 + 2 * rho[...min(last, rho.count - 1)].reduce(0, +)
        if last + 1 < rho.count { time += rho[last + 1] }
        return all / max(time, 1 / log10(all))
    }
}
