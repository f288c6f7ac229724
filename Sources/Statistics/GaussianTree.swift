import Foundation

/// Normal means in groups in groups: what is known of each exactly, given the spreads.
///
/// Leaves have estimates with variances; each leaf is normal around its group, each group around
/// its parent, and the root may be anything. One pass upward integrates everything out, one pass
/// downward draws everything jointly (Gaussian belief propagation; Gelman et al., Bayesian Data
/// Analysis, 3rd ed. 2013, section 5.4, in more levels).
package struct GaussianTree: Sendable {
    /// `parents[0]` gives the group of each leaf, `parents[1]` the parent of each group, and so on;
    /// the root is above the last.
    package let parents: [[Int]]
    private let sizes: [Int]

    /// A tree with `leaves` leaves.
    package init(leaves: Int, parents: [[Int]]) {
        self.parents = parents
        sizes = [leaves] + parents.map { ($0.max() ?? -1) + 1 }
    }

    /// The number of levels that have a spread: the leaves', and one for each level of groups.
    package var levels: Int { sizes.count }

    /// What each node's own branch says of it.
    package struct Upward: Sendable {
        fileprivate var means: [[Double]]
        fileprivate var variances: [[Double]]
        fileprivate var root: (mean: Double, variance: Double)
        /// The logarithm of the likelihood of the spreads, with all else integrated out.
        package var logLikelihood: Double
    }

    /// Integrates upward.
    package func upward(
        estimates: [Double], variances: [Double], spreads: [Double]
    ) -> Upward {
        var result = Upward(
            means: [estimates], variances: [variances], root: (0, 0), logLikelihood: 0)
        for level in sizes.indices {
            let isTop = level == sizes.count - 1
            let count = isTop ? 1 : sizes[level + 1]
            var precisions = Array(repeating: 0.0, count: count)
            var sums = precisions
            var squares = precisions
            let spread = spreads[level] * spreads[level]
            for child in 0..<sizes[level] {
                let parent = isTop ? 0 : parents[level][child]
                let variance = max(1e-300, result.variances[level][child] + spread)
                let mean = result.means[level][child]
                precisions[parent] += 1 / variance
                sums[parent] += mean / variance
                squares[parent] += mean * mean / variance
                result.logLikelihood -= 0.5 * log(2 * .pi * variance)
            }
            for parent in 0..<count {
                let mean = sums[parent] / precisions[parent]
                result.logLikelihood -= 0.5 * max(0, squares[parent] - mean * sums[parent])
                result.logLikelihood += 0.5 * log(2 * .pi / precisions[parent])
            }
            let means = zip(sums, precisions).map { $0 / $1 }
            if isTop {
                result.root = (means[0], 1 / precisions[0])
            } else {
                result.means.append(means)
                result.variances.append(precisions.map { 1 / $0 })
            }
        }
        return result
    }

    /// Draws all nodes: the leaves, each level of groups, and last the root alone.
    package func draw(
        _ upward: Upward, spreads: [Double], using generator: inout Philox
    ) -> [[Double]] {
        let root = upward.root.mean + upward.root.variance.squareRoot() * generator.normal()
        var result = [[root]]
        for level in sizes.indices.reversed() {
            let above = result[0]
            let isTop = level == sizes.count - 1
            let spread = max(1e-300, spreads[level] * spreads[level])
            var values: [Double] = []
            values.reserveCapacity(sizes[level])
            for child in 0..<sizes[level] {
                let parent = above[isTop ? 0 : parents[level][child]]
                let variance = upward.variances[level][child]
                let share = spread / (spread + variance)
                let mean = share * upward.means[level][child] + (1 - share) * parent
                values.append(mean + (share * variance).squareRoot() * generator.normal())
            }
            result.insert(values, at: 0)
        }
        return result
    }
}
