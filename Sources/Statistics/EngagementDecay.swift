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
/// so a young post says "at least so long" rather than something too short.
package struct EngagementDecay: Sendable, Hashable {
    /// The half-life of the burst, ln 2 / λ, in hours; nil where no end is in sight.
    package var halfLife: Double?
    /// What the likelihood allows at 95 %; nil above where no end is in sight.
    package var low: Double
    package var high: Double?
    /// N, all that the burst will have brought; nil where no end is in sight.
    package var burst: Double?
    /// b, for an hour.
    package var baseline: Double
    /// The variance of the counts against Poisson's (Pearson); intervals are widened by its root.
    package var dispersion: Double
    /// The half-life at which the likelihood is a half, and a sixth, of its maximum: what remains
    /// of a post without an end in sight.
    package var bound: (half: Double, sixth: Double) { (halfBound, sixthBound) }
    private var halfBound: Double
    private var sixthBound: Double

    /// The fit of one post, or of several that share the half-life but nothing else; nil without
    /// events.
    package init?(_ curves: [EngagementCurve], dispersions: [Double]? = nil) {
        let shapes = curves.compactMap(DecayShape.init)
        guard !shapes.isEmpty else { return nil }
        let search = DecaySearch(shapes, dispersions ?? shapes.map { _ in 1 })
        let plain = search.maximum(hasBaseline: false)
        let full = search.maximum(hasBaseline: true)
        // One-sided at 5 %, since a trickle cannot be negative (Self and Liang, 1987).
        let first = search.dispersion(full, hasBaseline: true)
        let hasBaseline = (full.value - plain.value) / first > 1.3527
        let best = hasBaseline ? full : plain
        dispersion = dispersions == nil ? search.dispersion(best, hasBaseline: hasBaseline) : 1
        let curve = search.curve(around: best, hasBaseline: hasBaseline, dispersion)
        low = exp(curve.reach(1.920729, upward: false) ?? search.range.lowerBound)
        let upper = curve.reach(1.920729, upward: true)
        high = upper.map { exp($0) }
        halfBound = exp(curve.reach(log(2), upward: false) ?? search.range.lowerBound)
        sixthBound = exp(curve.reach(1.841, upward: false) ?? search.range.lowerBound)
        var (sum, trickle) = (0.0, 0.0)
        for shape in shapes {
            let fit = shape.fit(log(2) / exp(best.x), hasBaseline: hasBaseline)
            sum += fit.burst
            trickle += fit.baseline
        }
        baseline = trickle
        halfLife = upper == nil ? nil : exp(best.x)
        burst = upper == nil ? nil : sum
    }

    package static func == (a: EngagementDecay, b: EngagementDecay) -> Bool {
        a.halfLife == b.halfLife && a.low == b.low && a.high == b.high && a.burst == b.burst
            && a.baseline == b.baseline
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(halfLife)
        hasher.combine(low)
    }
}

/// One post's buckets, made ready for many rates.
private struct DecayShape {
    let ends: [Double]
    let counts: [Double]
    let window: Double
    let total: Double

    init?(_ curve: EngagementCurve) {
        guard curve.window > 0, curve.total > 0 else { return nil }
        ends = curve.ends
        counts = curve.counts
        window = curve.window
        total = curve.total
    }

    /// The shares of the burst and of the trickle that each bucket gets.
    private func shares(_ rate: Double) -> (burst: [Double], trickle: [Double]) {
        var burst: [Double] = []
        var trickle: [Double] = []
        burst.reserveCapacity(ends.count)
        trickle.reserveCapacity(ends.count)
        let all = -expm1(-rate * window)
        var start = 0.0
        for end in ends {
            burst.append(exp(-rate * start) * -expm1(-rate * (end - start)) / all)
            trickle.append((end - start) / window)
            start = end
        }
        return (burst, trickle)
    }

    /// The best share of the burst among the events seen, and the log-likelihood.
    private func best(
        _ burst: [Double], _ trickle: [Double], hasBaseline: Bool
    ) -> (share: Double, value: Double) {
        func value(_ share: Double) -> Double {
            var sum = 0.0
            for index in counts.indices where counts[index] > 0 {
                sum +=
                    counts[index]
                    * log(max(1e-300, share * burst[index] + (1 - share) * trickle[index]))
            }
            return sum
        }
        guard hasBaseline else { return (1, value(1)) }
        func slope(_ share: Double) -> Double {
            var sum = 0.0
            for index in counts.indices where counts[index] > 0 {
                let mixed = share * burst[index] + (1 - share) * trickle[index]
                sum += counts[index] * (burst[index] - trickle[index]) / max(1e-300, mixed)
            }
            return sum
        }
        // Concave in the share: bisection on the slope.
        var (low, high) = (0.0, 1.0)
        if slope(1) >= 0 { return (1, value(1)) }
        if slope(0) <= 0 { return (0, value(0)) }
        for _ in 0..<40 {
            let middle = (low + high) / 2
            if slope(middle) > 0 { low = middle } else { high = middle }
        }
        return ((low + high) / 2, value((low + high) / 2))
    }

    func logLikelihood(_ rate: Double, hasBaseline: Bool) -> Double {
        let (burst, trickle) = shares(rate)
        return best(burst, trickle, hasBaseline: hasBaseline).value
    }

    func fit(_ rate: Double, hasBaseline: Bool) -> (burst: Double, baseline: Double) {
        let (burst, trickle) = shares(rate)
        let share = best(burst, trickle, hasBaseline: hasBaseline).share
        return (share * total / -expm1(-rate * window), (1 - share) * total / window)
    }

    /// Pearson's sum over buckets joined until each expects five, and how many there are.
    func pearson(_ rate: Double, hasBaseline: Bool) -> (sum: Double, buckets: Int) {
        let (burst, trickle) = shares(rate)
        let share = best(burst, trickle, hasBaseline: hasBaseline).share
        var (sum, buckets) = (0.0, 0)
        var (seen, expected) = (0.0, 0.0)
        for index in counts.indices {
            seen += counts[index]
            expected += total * (share * burst[index] + (1 - share) * trickle[index])
            if expected >= 5 {
                sum += (seen - expected) * (seen - expected) / expected
                buckets += 1
                (seen, expected) = (0, 0)
            }
        }
        return (sum, buckets)
    }
}

/// Looks for the half-life that posts have in common, on its logarithm.
private struct DecaySearch {
    let shapes: [DecayShape]
    let dispersions: [Double]
    let range: ClosedRange<Double>

    init(_ shapes: [DecayShape], _ dispersions: [Double]) {
        self.shapes = shapes
        self.dispersions = dispersions
        let first = shapes.map { $0.ends[0] }.min() ?? 1
        let window = shapes.map(\.window).max() ?? 1
        range = log(first / 20)...log(window * 50)
    }

    func value(_ x: Double, hasBaseline: Bool) -> Double {
        var sum = 0.0
        for (shape, dispersion) in zip(shapes, dispersions) {
            sum += shape.logLikelihood(log(2) / exp(x), hasBaseline: hasBaseline) / dispersion
        }
        return sum
    }

    func maximum(hasBaseline: Bool) -> (x: Double, value: Double) {
        let count = 40
        let step = (range.upperBound - range.lowerBound) / Double(count)
        let values = (0...count).map {
            value(range.lowerBound + Double($0) * step, hasBaseline: hasBaseline)
        }
        let top = values.indices.max { values[$0] < values[$1] } ?? 0
        var low = range.lowerBound + Double(max(0, top - 1)) * step
        var high = range.lowerBound + Double(min(count, top + 1)) * step
        let golden = 0.381_966_011_250_105
        var inner = [low + golden * (high - low), high - golden * (high - low)]
        var reached = inner.map { value($0, hasBaseline: hasBaseline) }
        for _ in 0..<36 {
            if reached[0] < reached[1] {
                low = inner[0]
                inner = [inner[1], high - golden * (high - low)]
                reached = [reached[1], value(inner[1], hasBaseline: hasBaseline)]
            } else {
                high = inner[1]
                inner = [low + golden * (high - low), inner[0]]
                reached = [value(inner[0], hasBaseline: hasBaseline), reached[0]]
            }
        }
        let found = (x: (low + high) / 2, value: max(reached[0], reached[1]))
        let atTop = (x: range.lowerBound + Double(top) * step, value: values[top])
        return found.value >= atTop.value ? found : atTop
    }

    func dispersion(_ best: (x: Double, value: Double), hasBaseline: Bool) -> Double {
        var (sum, degrees) = (0.0, 0)
        for shape in shapes {
            let part = shape.pearson(log(2) / exp(best.x), hasBaseline: hasBaseline)
            sum += part.sum
            degrees += part.buckets - (hasBaseline ? 3 : 2)
        }
        return degrees >= 4 ? max(1, sum / Double(degrees)) : 1
    }

    func curve(
        around best: (x: Double, value: Double), hasBaseline: Bool, _ dispersion: Double
    ) -> DecayProfile {
        DecayProfile(
            top: best, range: range,
            drop: { (best.value - value($0, hasBaseline: hasBaseline)) / dispersion })
    }
}

/// How fast the likelihood falls on both sides of its maximum.
private struct DecayProfile {
    let top: (x: Double, value: Double)
    let range: ClosedRange<Double>
    let drop: (Double) -> Double

    /// Where the likelihood has fallen by `amount`; nil when it does not within the range.
    func reach(_ amount: Double, upward: Bool) -> Double? {
        let end = upward ? range.upperBound : range.lowerBound
        var inside = top.x
        var step = 0.01
        var outside = top.x
        while true {
            outside = top.x + (upward ? step : -step)
            let isPast = upward ? outside >= end : outside <= end
            if isPast { outside = end }
            if drop(outside) >= amount { break }
            if isPast { return nil }
            inside = outside
            step *= 1.6
        }
        for _ in 0..<30 {
            let middle = (inside + outside) / 2
            if drop(middle) >= amount { outside = middle } else { inside = middle }
        }
        return (inside + outside) / 2
    }
}

/// What is typical for a group of posts: the median half-life among posts like these.
///
/// Logarithms of half-lives are normal around a centre with a spread of their own (random effects;
/// half-normal prior of scale 1 for the spread, flat for the centre), known up to their standard
/// errors; posts without an end in sight count as "longer than". The posterior is summed on a grid.
package struct TypicalHalfLife: Sendable, Hashable {
    package var median: Double
    package var low: Double
    package var high: Double
    /// The factor by which a post typically differs from the median.
    package var spread: Double

    /// What one post says: the logarithm of its half-life with its standard error, or a bound.
    package struct Post: Sendable, Hashable {
        var centre: Double
        var error: Double
        var isBound: Bool

        package init(_ decay: EngagementDecay) {
            if let halfLife = decay.halfLife, let high = decay.high {
                centre = log(halfLife)
                error = max(1e-6, (log(high) - log(decay.low)) / 3.919_927_97)
                isBound = false
            } else {
                centre = log(decay.bound.half)
                error = max(1e-3, centre - log(decay.bound.sixth))
                isBound = true
            }
        }
    }

    /// The posterior; nil without a single post whose end is in sight.
    package init?(_ posts: [Post]) {
        let known = posts.filter { !$0.isBound }
        guard let least = known.map(\.centre).min(), let most = known.map(\.centre).max() else {
            return nil
        }
        let reach = 4 / Double(posts.count).squareRoot() + (known.map(\.error).max() ?? 0) * 3
        let count = 400
        let start = least - reach
        let step =
            (most - least + reach * (posts.contains(where: \.isBound) ? 3 : 2)) / Double(count)
        let centres = (0...count).map { start + Double($0) * step }
        let spreads = (0..<60).map { 0.002 * pow(1.14, Double($0)) }
        var logs: [Double] = []
        for spread in spreads {
            let deviations = posts.map { ($0.error * $0.error + spread * spread).squareRoot() }
            var constant = -spread * spread / 2 + log(spread)
            for (post, deviation) in zip(posts, deviations) where !post.isBound {
                constant -= log(deviation)
            }
            for centre in centres {
                var sum = constant
                for (post, deviation) in zip(posts, deviations) {
                    sum += post.logLikelihood(centre, deviation)
                }
                logs.append(sum)
            }
        }
        let top = logs.max() ?? 0
        var weights = centres.map { _ in 0.0 }
        var (total, spreadSum) = (0.0, 0.0)
        for (index, log) in logs.enumerated() {
            let weight = exp(log - top)
            weights[index % centres.count] += weight
            total += weight
            spreadSum += weight * spreads[index / centres.count]
        }
        func quantile(_ share: Double) -> Double {
            var sum = 0.0
            for (index, weight) in weights.enumerated() {
                if sum + weight >= share * total {
                    return exp(centres[index] + step * ((share * total - sum) / weight - 0.5))
                }
                sum += weight
            }
            return exp(centres[count])
        }
        median = quantile(0.5)
        low = quantile(0.025)
        high = quantile(0.975)
        spread = exp(spreadSum / total)
    }
}

extension TypicalHalfLife.Post {
    /// What the post says of a group's centre, without the part that does not depend on it.
    fileprivate func logLikelihood(_ mean: Double, _ deviation: Double) -> Double {
        let z = (mean - centre) / deviation
        // 0.5 erfc underflows far below; there the tail is about −z²/2.
        if isBound {
            return z < -30 ? -z * z / 2 - log(-z * 2.5066) : log(0.5 * erfc(-z / 2.0.squareRoot()))
        }
        return -z * z / 2
    }
}
