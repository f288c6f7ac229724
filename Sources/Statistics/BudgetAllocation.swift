import Foundation

/// How a total of money is best shared out among channels.
///
/// Maximises Σ f(s) under Σ s = total and bounds. Concave curves: equal marginal response where no
/// bound holds (Karush, Kuhn and Tucker). Others: branch and bound over Lagrange's dual, whose
/// bound is that of the concave envelopes (Shapley and Folkman; Falk and Soland, 1969, "An
/// algorithm for separable nonconvex programming problems").
package struct BudgetAllocation: Sendable {
    /// A channel with the least and the most that may be spent on it.
    package struct Channel: Sendable {
        package var response: ResponseCurve.Mean
        package var lower: Double
        /// May be infinite.
        package var upper: Double

        package init(response: ResponseCurve.Mean, lower: Double = 0, upper: Double = .infinity) {
            (self.response, self.lower, self.upper) = (response, lower, upper)
        }
    }

    /// A split of the total, with how well it is known to be the best one.
    package struct Outcome: Sendable {
        package var spend: [Double]
        /// What was maximised: the mean response, or that less risk times its deviation.
        package var objective: Double
        /// No split whatsoever can reach more than this.
        package var bound: Double
        /// The marginal response that channels between their bounds share.
        package var marginal: Double
        /// How far marginal responses are from that, as a share of it.
        package var residual: Double
        /// Boxes that were looked into.
        package var nodes: Int
        package var isConcave: Bool

        /// The bound's distance from the objective, as a share of it.
        package var gap: Double {
            let distance = max(0, bound - objective)
            return distance == 0 ? 0 : distance / max(abs(objective), 1e-300)
        }
    }

    package var total: Double
    package var channels: [Channel]
    /// The accuracy at which searching ends, as a share of the objective.
    package var tolerance = 1e-10

    /// Nil unless the total lies between the sums of the bounds.
    package init?(total: Double, channels: [Channel]) {
        let lower = channels.map(\.lower).reduce(0, +)
        let upper = channels.map(\.upper).reduce(0, +)
        let slack = 1e-12 * max(total, lower)
        guard total.isFinite, total >= 0, !channels.isEmpty, lower <= total + slack,
            upper >= total - slack, channels.allSatisfy({ $0.lower >= 0 && $0.upper >= $0.lower })
        else { return nil }
        (self.total, self.channels) = (min(max(total, lower), upper), channels)
    }

    /// The most that can be spent on each channel when the others get their least.
    var caps: [Double] {
        let free = max(0, total - channels.map(\.lower).reduce(0, +))
        return channels.map { min($0.upper, $0.lower + free) }
    }

    /// The split with the largest mean response.
    package func best() async throws -> Outcome {
        try await best(weights: nil)
    }

    /// The split with the largest weighted sum of the draws' responses; their mean without weights.
    func best(weights: [Double]?) async throws -> Outcome {
        let (channels, caps) = (channels, caps)
        let tables = try await SharedWork.map(channels.count) { index in
            let channel = channels[index]
            return ResponseCurve.Table(channel.lower, caps[index]) { spend in
                weights.map { channel.response.at(spend, weights: $0) }
                    ?? channel.response.at(spend)
            }
        }
        let search = Search(tables: tables, total: total, tolerance: tolerance)
        let found = search.run()
        return polished(found, isConcave: tables.allSatisfy(\.isConcave), weights)
    }

    /// The mean response to a split.
    package func response(_ spend: [Double]) -> Double {
        zip(channels, spend).map { $0.response.at($1).value }.reduce(0, +)
    }

    /// The response of each draw to a split.
    package func each(_ spend: [Double]) -> [Double] {
        var sums = Array(repeating: 0.0, count: channels.map(\.response.count).max() ?? 0)
        for (channel, spend) in zip(channels, spend) {
            for (draw, value) in channel.response.each(spend).enumerated() { sums[draw] += value }
        }
        return sums
    }
}
