import Foundation

/// Posts that are looked at together: one half-life for all their events, and what is typical.
package struct GroupDecay: Sendable {
    /// One half-life for all events of the group.
    package let pooled: EngagementDecay
    /// The median half-life; nil without a single post whose end is in sight.
    package let typical: TypicalHalfLife?

    /// The group of `curves`, each with its own fit.
    package init?(_ curves: [EngagementCurve], _ decays: [EngagementDecay]) {
        var members: [Member] = []
        for (curve, decay) in zip(curves, decays) {
            if let shape = DecayShape(curve) { members.append(Member(shape: shape, decay: decay)) }
        }
        guard !members.isEmpty else { return nil }
        pooled = members.count == 1 ? members[0].decay : PooledSearch(members).decay()
        typical = TypicalHalfLife(members)
    }

    /// One post.
    struct Member: Sendable {
        let shape: DecayShape
        let decay: EngagementDecay

        /// The standard error of the half-life's logarithm, roughly.
        var error: Double {
            guard let high = decay.high else { return 0.5 }
            return max(1e-4, (log(high) - log(decay.low)) / 3.919_927_97)
        }
    }
}

/// Looks for the half-life that posts have in common.
private struct PooledSearch {
    let members: [GroupDecay.Member]
    let range: ClosedRange<Double>

    init(_ members: [GroupDecay.Member]) {
        self.members = members
        let low = members.map(\.shape.range.lowerBound).min() ?? 0
        range = low...max(low, members.map(\.shape.range.upperBound).max() ?? 1)
    }

    /// Each post's likelihood under each component, with its own factor taken out.
    private func rows(_ x: Double) -> (rows: [Double], scale: Double) {
        var (rows, scale): ([Double], Double) = ([], 0)
        rows.reserveCapacity(members.count * TrickleMix.size)
        for member in members {
            let logs = TrickleMix.components(
                member.shape, x, dispersion: member.decay.dispersion
            ).logs
            let top = logs.max() ?? 0
            scale += top
            for log in logs { rows.append(exp(log - top)) }
        }
        return (rows, scale)
    }

    private func plain(_ x: Double) -> Double {
        var sum = 0.0
        for member in members { sum += member.shape.plain(x) / member.decay.dispersion }
        return sum
    }

    private func free(_ x: Double) -> Double {
        var sum = 0.0
        for member in members { sum += member.shape.profile(x).value / member.decay.dispersion }
        return sum
    }

    func decay() -> EngagementDecay {
        let start = EngagementDecay.maximum(range, free)
        let width = 0.02
        let bend = 2 * start.value - free(start.x + width) - free(start.x - width)
        let step = bend > 0 ? min(0.5, max(1e-4, width / bend.squareRoot())) : 0.2
        var weights = TrickleMix.none
        func value(_ x: Double) -> Double {
            let (rows, scale) = rows(x)
            let fit = TrickleMix.fit(rows, start: weights)
            weights = fit.weights
            return fit.value + scale
        }
        let best = HillClimb.top(from: start.x, step: step, within: range, value)
        _ = value(best.x)
        let atBest = weights
        let inflation = inflation(best.x, step, atBest)
        let profile = DecayProfile(top: best.x, range: range) {
            (best.value - value($0)) / inflation
        }
        let first = 1.96 * step * inflation.squareRoot()
        guard let upper = profile.reach(EngagementDecay.drop, upward: true, from: first) else {
            return withoutEnd()
        }
        let lower = profile.reach(EngagementDecay.drop, upward: false, from: first)
        let (burst, baseline) = amounts(best.x, atBest)
        return EngagementDecay(
            halfLife: exp(best.x), low: exp(lower ?? range.lowerBound), high: exp(upper),
            burst: burst, baseline: baseline)
    }

    /// No end is in sight: all that was seen counts as the burst.
    private func withoutEnd() -> EngagementDecay {
        let top = EngagementDecay.maximum(range, plain)
        let profile = DecayProfile(top: top.x, range: range) { top.value - plain($0) }
        let low = profile.reach(EngagementDecay.drop, upward: false) ?? range.lowerBound
        return EngagementDecay(halfLife: nil, low: exp(low), high: nil, burst: nil, baseline: 0)
    }

    /// How much more posts pull in different directions than chance alone makes them (the variance
    /// of their scores against the information), 1 at least.
    private func inflation(_ x: Double, _ step: Double, _ weights: [Double]) -> Double {
        func values(_ x: Double) -> [Double] {
            members.map { member in
                let logs = TrickleMix.components(
                    member.shape, x, dispersion: member.decay.dispersion
                ).logs
                let top = logs.max() ?? 0
                return top + log(zip(logs, weights).reduce(1e-280) { $0 + $1.1 * exp($1.0 - top) })
            }
        }
        let count = Double(members.count)
        guard count > 1 else { return 1 }
        let (below, middle, above) = (values(x - step), values(x), values(x + step))
        var (squares, bends, sum) = (0.0, 0.0, 0.0)
        for index in members.indices {
            let score = (above[index] - below[index]) / 2
            sum += score
            squares += score * score
            bends += 2 * middle[index] - above[index] - below[index]
        }
        guard bends > 0 else { return 1 }
        return max(1, (squares - sum * sum / count) / bends * count / (count - 1))
    }

    /// What all bursts bring, and what trickles in an hour.
    private func amounts(_ x: Double, _ weights: [Double]) -> (burst: Double, baseline: Double) {
        var (burst, baseline) = (0.0, 0.0)
        for member in members {
            let (logs, best) = TrickleMix.components(
                member.shape, x, dispersion: member.decay.dispersion)
            let top = logs.max() ?? 0
            var (sum, mean) = (1e-280, 0.0)
            for (part, log) in logs.enumerated() {
                let weight = weights[part] * exp(log - top)
                sum += weight
                mean += weight * (part < TrickleMix.points.count ? TrickleMix.points[part] : best)
            }
            burst += member.shape.burst(x, trickle: mean / sum)
            baseline += mean / sum * member.shape.total / member.shape.window
        }
        return (burst, baseline)
    }
}
