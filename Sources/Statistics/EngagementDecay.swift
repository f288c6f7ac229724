import Foundation

/// Engagement with one post over the time since it was published, in buckets.
package struct EngagementCurve: Sendable, Hashable {
    /// The ends of the buckets in hours, ascending; the first begins at 0.
    package var ends: [Double]
    /// What happened within each bucket.
    package var counts: [Double]

    package init(ends: [Double], counts: [Double]) {
        self.ends = ends
        self.counts = counts
    }

    package var total: Double {
        var sum = 0.0
        for count in counts { sum += count }
        return sum
    }

    /// How long the post was observed.
    package var window: Double { ends.last ?? 0 }
}

/// How a post's engagement dies away: an exponential burst over a constant trickle.
///
/// Events are Poisson with the intensity N·λ·e^(−λt) + b for as long as the post was observed. What
/// the burst has still to bring after that is censored: the likelihood is that of truncated times,
/// so a young post says "at least so long" rather than something too short. The trickle is never
/// tested away: the estimate is the maximum with b ≥ 0 free, the interval profiles over b.
package struct EngagementDecay: Sendable, Hashable {
    /// The half-life of the burst, ln 2 / λ, in hours; nil where no end is in sight.
    package var halfLife: Double?
    /// What the likelihood allows at 95 %; nil above where no end is in sight.
    package var low: Double
    package var high: Double?
    /// N, all that the burst will have brought; nil where no end is in sight.
    package var burst: Double?
    /// b, for an hour; 0 where no end is in sight, since nothing tells it from the burst then.
    package var baseline: Double
    /// The variance of the counts against Poisson's (Pearson); intervals are widened by its root.
    package var dispersion: Double

    /// The drop of a log-likelihood at 95 % (χ² with one degree, halved).
    static let drop = 1.920729

    /// The fit of one post; nil without events.
    package init?(_ curve: EngagementCurve) {
        guard let shape = DecayShape(curve) else { return nil }
        let range = shape.range
        let best = Self.maximum(range) { shape.profile($0).value }
        let dispersion = shape.dispersion(best.x, trickle: shape.profile(best.x).trickle)
        self.dispersion = dispersion
        let full = DecayProfile(top: best.x, range: range) {
            (best.value - shape.profile($0).value) / dispersion
        }
        if let upper = full.reach(Self.drop, upward: true) {
            low = exp(full.reach(Self.drop, upward: false) ?? range.lowerBound)
            high = exp(upper)
            halfLife = exp(best.x)
            let trickle = shape.profile(best.x).trickle
            burst = shape.burst(best.x, trickle: trickle)
            baseline = trickle * shape.total / shape.window
            return
        }
        // Not told from constant engagement: all of it counts as the burst, which lasts so long at
        // least.
        let plain = Self.maximum(range) { shape.plain($0) }
        let curve = DecayProfile(top: plain.x, range: range) {
            (plain.value - shape.plain($0)) / dispersion
        }
        low = exp(curve.reach(Self.drop, upward: false) ?? range.lowerBound)
        baseline = 0
    }

    init(halfLife: Double?, low: Double, high: Double?, burst: Double?, baseline: Double) {
        (self.halfLife, self.low, self.high) = (halfLife, low, high)
        (self.burst, self.baseline, dispersion) = (burst, baseline, 1)
    }

    /// The highest point of `value` on the logarithm of the half-life.
    static func maximum(
        _ range: ClosedRange<Double>, _ value: (Double) -> Double
    ) -> (x: Double, value: Double) {
        let count = 40
        let step = (range.upperBound - range.lowerBound) / Double(count)
        let values = (0...count).map { value(range.lowerBound + Double($0) * step) }
        let top = values.indices.max { values[$0] < values[$1] } ?? 0
        var low = range.lowerBound + Double(max(0, top - 1)) * step
        var high = range.lowerBound + Double(min(count, top + 1)) * step
        let golden = 0.381_966_011_250_105
        var inner = [low + golden * (high - low), high - golden * (high - low)]
        var reached = inner.map(value)
        for _ in 0..<30 {
            if reached[0] < reached[1] {
                low = inner[0]
                inner = [inner[1], high - golden * (high - low)]
                reached = [reached[1], value(inner[1])]
            } else {
                high = inner[1]
                inner = [low + golden * (high - low), inner[0]]
                reached = [value(inner[0]), reached[0]]
            }
        }
        let found = (x: (low + high) / 2, value: max(reached[0], reached[1]))
        let atTop = (x: range.lowerBound + Double(top) * step, value: values[top])
        return found.value >= atTop.value ? found : atTop
    }
}

/// How fast the likelihood falls on both sides of its maximum.
struct DecayProfile {
    let top: Double
    let range: ClosedRange<Double>
    let drop: (Double) -> Double

    /// Where the likelihood has fallen by `amount`; nil when it does not within the range.
    func reach(_ amount: Double, upward: Bool, from first: Double = 0.01) -> Double? {
        let end = upward ? range.upperBound : range.lowerBound
        var (inside, outside) = (top, top)
        var (insideDrop, outsideDrop) = (0.0, 0.0)
        var step = first
        while true {
            outside = top + (upward ? step : -step)
            let isPast = upward ? outside >= end : outside <= end
            if isPast { outside = end }
            outsideDrop = drop(outside)
            if outsideDrop >= amount { break }
            if isPast { return nil }
            (inside, insideDrop) = (outside, outsideDrop)
            step *= 1.6
        }
        // The root of the drop is almost straight: false position on it, halved where it lags.
        let wanted = amount.squareRoot()
        var (low, high) = (
            max(0, insideDrop).squareRoot() - wanted, outsideDrop.squareRoot() - wanted
        )
        for turn in 0..<40 where abs(outside - inside) > 1e-6 {
            let isHalf = turn % 3 == 2 || !high.isFinite
            let middle =
                isHalf ? (inside + outside) / 2 : inside - low * (outside - inside) / (high - low)
            let found = max(0, drop(middle)).squareRoot() - wanted
            if abs(found) < 1e-6 { return middle }
            if found >= 0 {
                (outside, high) = (middle, found)
            } else {
                (inside, low) = (middle, found)
            }
        }
        return (inside + outside) / 2
    }
}
