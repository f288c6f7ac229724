import Foundation

/// One post's buckets, made ready for many half-lives.
struct DecayShape: Sendable {
    let ends: [Double]
    let counts: [Double]
    let window: Double
    let total: Double
    private let starts: [Double]
    private let widths: [Double]
    private let seen: [Double]

    init?(_ curve: EngagementCurve) {
        guard curve.window > 0, curve.total > 0 else { return nil }
        ends = curve.ends
        counts = curve.counts
        window = curve.window
        total = curve.total
        var (starts, widths, seen): ([Double], [Double], [Double]) = ([], [], [])
        var start = 0.0
        for (end, count) in zip(ends, counts) {
            if count > 0 {
                starts.append(start)
                widths.append(end - start)
                seen.append(count)
            }
            start = end
        }
        (self.starts, self.widths, self.seen) = (starts, widths, seen)
    }

    /// Where the logarithm of a half-life is looked for.
    var range: ClosedRange<Double> { log(ends[0] / 20)...log(window * 50) }

    /// The burst's density over the trickle's in the buckets with events, less 1.
    func excess(_ x: Double) -> [Double] {
        let rate = log(2) / exp(x)
        let scale = rate * window / -expm1(-rate * window)
        var (width, factor) = (-1.0, 0.0)
        var result: [Double] = []
        result.reserveCapacity(starts.count)
        for index in starts.indices {
            if widths[index] != width {
                width = widths[index]
                factor = scale * -expm1(-rate * width) / (rate * width)
            }
            result.append(exp(-rate * starts[index]) * factor - 1)
        }
        return result
    }

    /// The log-likelihood where the part `trickle` of the events belongs to the trickle.
    func logLikelihood(_ excess: [Double], trickle: Double) -> Double {
        let share = 1 - trickle
        var sum = 0.0
        for index in excess.indices {
            sum += seen[index] * log(max(1e-300, 1 + share * excess[index]))
        }
        return sum
    }

    /// The slope in the burst's share, and how fast it falls.
    func slope(_ excess: [Double], trickle: Double) -> (slope: Double, information: Double) {
        let share = 1 - trickle
        var (slope, information) = (0.0, 0.0)
        for index in excess.indices {
            let part = excess[index] / max(1e-300, 1 + share * excess[index])
            slope += seen[index] * part
            information += seen[index] * part * part
        }
        return (slope, information)
    }

    /// The trickle's most likely part of the events; the likelihood is concave in it.
    func bestTrickle(_ excess: [Double]) -> Double {
        if slope(excess, trickle: 0).slope >= 0 { return 0 }
        if slope(excess, trickle: 1).slope <= 0 { return 1 }
        var (low, high) = (0.0, 1.0)
        var share = 0.5
        for _ in 0..<60 {
            let found = slope(excess, trickle: 1 - share)
            if found.slope > 0 { low = share } else { high = share }
            let newton = share + found.slope / max(1e-300, found.information)
            let next = newton > low && newton < high ? newton : (low + high) / 2
            if abs(next - share) < 1e-10 { return 1 - next }
            share = next
        }
        return 1 - share
    }

    /// The likelihood with the trickle at its best.
    func profile(_ x: Double) -> (value: Double, trickle: Double) {
        let excess = excess(x)
        let trickle = bestTrickle(excess)
        return (logLikelihood(excess, trickle: trickle), trickle)
    }

    /// The likelihood without a trickle.
    func plain(_ x: Double) -> Double { logLikelihood(excess(x), trickle: 0) }

    /// All that the burst will have brought.
    func burst(_ x: Double, trickle: Double) -> Double {
        (1 - trickle) * total / -expm1(-log(2) / exp(x) * window)
    }

    /// Pearson's sum over buckets joined until each expects five, for each degree of freedom.
    func dispersion(_ x: Double, trickle: Double) -> Double {
        let rate = log(2) / exp(x)
        let all = -expm1(-rate * window)
        var (sum, buckets, start) = (0.0, 0, 0.0)
        var (joined, expected) = (0.0, 0.0)
        for (end, count) in zip(ends, counts) {
            let burst = exp(-rate * start) * -expm1(-rate * (end - start)) / all
            joined += count
            expected += total * ((1 - trickle) * burst + trickle * (end - start) / window)
            if expected >= 5 {
                sum += (joined - expected) * (joined - expected) / expected
                buckets += 1
                (joined, expected) = (0, 0)
            }
            start = end
        }
        let degrees = buckets - 3
        return degrees >= 4 ? max(1, sum / Double(degrees)) : 1
    }
}
