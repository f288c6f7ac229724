import Foundation

/// How the trickle's part of the events is spread among the posts of a group.
///
/// Each post's part is a nuisance parameter of its own; fitted one by one, all of them at their
/// bound of 0 or above bias what posts share (Neyman and Scott, 1948). Here posts have none, or share
/// one part between two neighbouring points, or keep one of their own, which may be anything: a
/// mixture whose weights and points are fitted by maximum likelihood.
enum TrickleMix {
    /// The parts that posts may share.
    static let points = (0...17).map { pow(Double($0) / 17, 1.7) }
    /// The shared parts, and last one's own.
    static let size = points.count + 1
    /// Where a likelihood is looked at, in standard errors from its maximum.
    private static let offsets = [-4, -2.6, -1.7, -1, -0.5, 0.5, 1, 1.7, 2.6, 4, 6]

    /// The logarithm of the post's likelihood with each shared part, and averaged over all parts;
    /// and the most likely part.
    static func components(
        _ shape: DecayShape, _ x: Double, dispersion: Double
    ) -> (logs: [Double], trickle: Double) {
        let excess = shape.excess(x)
        let best = shape.bestTrickle(excess)
        let (slope, information) = shape.slope(excess, trickle: best)
        let isInside = best > 0 && best < 1
        let steepness = max(
            (information / dispersion).squareRoot(), isInside ? 0 : abs(slope) / dispersion)
        let scale = 1 / max(1e-9, steepness)
        func log(_ part: Double) -> (part: Double, value: Double) {
            (part, shape.logLikelihood(excess, trickle: part) / dispersion)
        }
        let shared = points.map(log)
        var nodes = shared
        if isInside { nodes.append(log(best)) }
        for offset in offsets {
            let point = best + offset * scale
            if point > 0, point < 1 { nodes.append(log(point)) }
        }
        nodes.sort { $0.part < $1.part }
        let top = nodes.map(\.value).max() ?? 0
        var sum = 0.0
        for (left, right) in zip(nodes, nodes.dropFirst()) {
            // A straight logarithm between two points.
            let fall = left.value - right.value
            let mean =
                abs(fall) < 1e-6
                ? exp(right.value - top) : (exp(left.value - top) - exp(right.value - top)) / fall
            sum += mean * (right.part - left.part)
        }
        return (shared.map(\.value) + [Foundation.log(max(1e-300, sum)) + top], best)
    }

    /// The mixture with the highest likelihood, and that; `rows` holds each post's likelihood under
    /// each component, post by post, and `start` is a mixture that is near.
    static func fit(
        _ rows: [Double], start: [Double]
    ) -> (value: Double, weights: [Double]) {
        let last = points.count - 2
        guard let most = start[1..<(size - 1)].max(), start.contains(where: { $0 > 0 }) else {
            let all = (0...last).map { pair(rows, $0) }
            return all.max { $0.value < $1.value } ?? pair(rows, 0)
        }
        let place = min(last, most > 0 ? start[1...].firstIndex(of: most) ?? 0 : 0)
        let next = start[place + 1] > 0 || place == 0 ? place : place - 1
        var (at, best) = (next, pair(rows, next))
        for direction in [1, -1] {
            while (0...last).contains(at + direction) {
                let found = pair(rows, at + direction)
                guard found.value > best.value + 1e-9 else { break }
                (at, best) = (at + direction, found)
            }
        }
        return best
    }

    /// The best mixture of none, two neighbouring shared parts and one's own.
    private static func pair(_ rows: [Double], _ place: Int) -> (value: Double, weights: [Double]) {
        let parts = place == 0 ? [0, 1, size - 1] : [0, place, place + 1, size - 1]
        var own: [Double] = []
        own.reserveCapacity(rows.count / size * parts.count)
        for first in stride(from: 0, to: rows.count, by: size) {
            for part in parts { own.append(rows[first + part]) }
        }
        let found = WeightClimb(rows: own, size: parts.count).top()
        var weights = Array(repeating: 0.0, count: size)
        for (part, weight) in zip(parts, found.weights) { weights[part] = weight }
        return (found.value, weights)
    }

    /// No mixture yet.
    static var none: [Double] { Array(repeating: 0, count: size) }
}

/// The weights of a mixture with the highest likelihood.
struct WeightClimb {
    /// Each one's likelihood under each component, one by one.
    let rows: [Double]
    let size: Int

    /// Newton steps on Σ log(Sπ) − n·Σπ with π ≥ 0 (Wang, 2007), which end at a Σπ of 1.
    func top() -> (value: Double, weights: [Double]) {
        let posts = Double(rows.count / size)
        var weights = Array(repeating: 1 / Double(size), count: size)
        var value = height(weights)
        for _ in 0..<50 {
            let (slopes, bends) = derivatives(weights)
            let gap = (slopes.max() ?? 0) - posts
            if gap < 0.002 { break }
            let goal = summit(slopes.map { $0 - posts }, bends, from: weights)
            let gain = zip(slopes, zip(goal, weights)).reduce(0) {
                $0 + ($1.0 - posts) * ($1.1.0 - $1.1.1)
            }
            var (step, isBetter) = (1.0, false)
            for _ in 0..<12 {
                let next = zip(weights, goal).map { $0 + step * ($1 - $0) }
                let reached = height(next)
                if reached >= value + 1e-4 * step * gain {
                    isBetter = reached > value
                    (weights, value) = (next, reached)
                    break
                }
                step /= 2
            }
            if !isBetter { break }
        }
        let sum = weights.reduce(0, +)
        // Without the multiplier: the likelihood of weights that sum to 1.
        return (value + posts * sum - posts * log(sum), weights.map { $0 / sum })
    }

    /// What is climbed: the log-likelihood less n times the sum of the weights.
    private func height(_ weights: [Double]) -> Double {
        let posts = rows.count / size
        var value = -Double(posts) * weights.reduce(0, +)
        rows.withUnsafeBufferPointer { rows in
            weights.withUnsafeBufferPointer { weights in
                for post in 0..<posts {
                    var sum = 0.0
                    for part in 0..<size { sum += weights[part] * rows[post * size + part] }
                    value += log(max(1e-280, sum))
                }
            }
        }
        return value
    }

    /// The log-likelihood's slopes, and their own slopes with the sign turned (the upper half).
    private func derivatives(
        _ weights: [Double]
    ) -> (slopes: [Double], bends: [Double]) {
        var slopes = Array(repeating: 0.0, count: size)
        var bends = Array(repeating: 0.0, count: size * size)
        var parts = slopes
        for post in 0..<(rows.count / size) {
            var sum = 0.0
            for part in 0..<size { sum += weights[part] * rows[post * size + part] }
            let inverse = 1 / max(1e-280, sum)
            for part in 0..<size {
                parts[part] = rows[post * size + part] * inverse
                slopes[part] += parts[part]
            }
            for part in 0..<size {
                for other in part..<size {
                    bends[part * size + other] += parts[part] * parts[other]
                }
            }
        }
        return (slopes, bends)
    }

    /// The highest point of the parabola with these derivatives among weights of 0 or more, weight
    /// by weight.
    private func summit(
        _ slopes: [Double], _ bends: [Double], from start: [Double]
    ) -> [Double] {
        var (weights, slopes) = (start, slopes)
        for _ in 0..<300 {
            var most = 0.0
            for part in 0..<size {
                let bend = max(1e-12, bends[part * size + part]) * (1 + 1e-9)
                let change = max(-weights[part], slopes[part] / bend)
                guard change != 0 else { continue }
                weights[part] += change
                most = max(most, abs(change))
                for other in 0..<size {
                    let (low, high) = (min(part, other), max(part, other))
                    slopes[other] -= change * bends[low * size + high]
                }
            }
            if most < 1e-7 { break }
        }
        return weights
    }
}

/// A walk to the top of a smooth hill.
enum HillClimb {
    /// The highest point near `start`, looked for with steps that begin at `step`.
    static func top(
        from start: Double, step first: Double, within range: ClosedRange<Double>,
        _ value: (Double) -> Double
    ) -> (x: Double, value: Double) {
        func clamped(_ x: Double) -> Double { min(range.upperBound, max(range.lowerBound, x)) }
        var middle = (x: clamped(start), value: 0.0)
        middle.value = value(middle.x)
        var step = first
        var next = (x: clamped(middle.x + step), value: 0.0)
        next.value = value(next.x)
        var last = middle
        if next.value < middle.value {
            step = -step
            last = next
            next.x = clamped(middle.x + step)
            next.value = value(next.x)
        }
        for _ in 0..<60 where next.value > middle.value {
            (last, middle) = (middle, next)
            step *= 1.6
            next.x = clamped(middle.x + step)
            next.value = value(next.x)
            if next.x == middle.x { break }
        }
        var (left, right) = last.x < next.x ? (last, next) : (next, last)
        for _ in 0..<4 {
            // The top of the parabola through three points.
            let (a, b) = (middle.x - left.x, right.x - middle.x)
            let (fa, fb) = (middle.value - left.value, middle.value - right.value)
            let bend = a * fb + b * fa
            guard a > 0, b > 0, bend > 1e-12 else { break }
            let x = middle.x + (b * b * fa - a * a * fb) / (2 * bend)
            guard x > left.x, x < right.x, abs(x - middle.x) > 0.02 * abs(first) else { break }
            let found = (x: x, value: value(x))
            if found.value > middle.value {
                if x < middle.x { right = middle } else { left = middle }
                middle = found
            } else if x < middle.x {
                left = found
            } else {
                right = found
            }
        }
        return middle
    }
}
