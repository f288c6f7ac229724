import Foundation

/// What is typical for a group of posts: the median half-life among posts like these.
///
/// Logarithms of half-lives are normal around a centre with a spread of their own (random effects;
/// half-normal prior of scale 1 for the spread, flat for the centre). Each post enters with its
/// whole likelihood; the parts of the trickle are mixed over the distribution that fits best at each
/// centre and spread. The posterior is summed on a grid.
package struct TypicalHalfLife: Sendable, Hashable {
    package var median: Double
    package var low: Double
    package var high: Double
    /// The factor by which a post typically differs from the median.
    package var spread: Double

    /// The posterior; nil without a single post whose end is in sight.
    init?(_ members: [GroupDecay.Member]) {
        guard members.contains(where: { $0.decay.halfLife != nil }) else { return nil }
        let grid = HalfLifeGrid(members)
        var layers: [Layer] = []
        var (centre, weights, best) = (grid.start, TrickleMix.none, -Double.infinity)
        let count = 14
        for index in 0..<count {
            let ratio = 3 / grid.step
            let spread = grid.step * pow(ratio, Double(index) / Double(count - 1))
            let prior = -spread * spread / 2 + log(spread)
            let step = grid.width(spread)
            func value(_ x: Double) -> Double {
                let fit = TrickleMix.fit(grid.rows(x, spread), start: weights)
                weights = fit.weights
                return fit.value + prior
            }
            let range = (grid.bounds.lowerBound - 3)...(grid.bounds.upperBound + 3)
            let top = HillClimb.top(from: centre, step: step, within: range, value)
            centre = top.x
            best = max(best, top.value)
            guard top.value > best - 12 else { continue }
            layers.append(Layer(spread: spread, top: top, step: 0.6 * step, value))
        }
        let posterior = LayeredPosterior(layers, top: best)
        median = exp(posterior.quantile(0.5))
        low = exp(posterior.quantile(0.025))
        high = exp(posterior.quantile(0.975))
        spread = exp(posterior.spread)
    }

    /// The posterior of the centre at one spread.
    struct Layer {
        var spread: Double
        var points: [(x: Double, value: Double)]

        init(
            spread: Double, top: (x: Double, value: Double), step: Double,
            _ value: (Double) -> Double
        ) {
            self.spread = spread
            points = [top]
            for direction in [-1.0, 1.0] {
                var (x, step) = (top.x, step)
                for _ in 0..<40 {
                    x += direction * step
                    let found = value(x)
                    if direction < 0 {
                        points.insert((x, found), at: 0)
                    } else {
                        points.append((x, found))
                    }
                    if found < top.value - 9 { break }
                    step *= 1.08
                }
            }
        }
    }
}

/// Densities of several layers together.
private struct LayeredPosterior {
    private let layers: [[(x: Double, height: Double)]]
    private let total: Double
    private(set) var spread = 0.0

    init(_ layers: [TypicalHalfLife.Layer], top: Double) {
        self.layers = layers.map { $0.points.map { ($0.x, exp($0.value - top)) } }
        var (total, spread) = (0.0, 0.0)
        for (layer, points) in zip(layers, self.layers) {
            let mass = Self.mass(points, below: .infinity)
            total += mass
            spread += mass * layer.spread
        }
        self.total = total
        self.spread = spread / total
    }

    private static func mass(_ points: [(x: Double, height: Double)], below limit: Double) -> Double
    {
        var sum = 0.0
        for (left, right) in zip(points, points.dropFirst()) where left.x < limit {
            let width = right.x - left.x
            let part = min(1, (limit - left.x) / width)
            sum += width * part * (left.height + part * (right.height - left.height) / 2)
        }
        return sum
    }

    func quantile(_ share: Double) -> Double {
        var low = layers.compactMap { $0.first?.x }.min() ?? 0
        var high = layers.compactMap { $0.last?.x }.max() ?? 0
        for _ in 0..<50 {
            let middle = (low + high) / 2
            let sum = layers.reduce(0) { $0 + Self.mass($1, below: middle) }
            if sum < share * total { low = middle } else { high = middle }
        }
        return (low + high) / 2
    }
}

/// The likelihoods of all posts on one grid of half-lives.
struct HalfLifeGrid {
    /// The distance between points, on the logarithm.
    let step: Double
    let bounds: ClosedRange<Double>
    /// Where most posts are.
    let start: Double
    private let count: Int
    private let posts: [Post]
    private let errors: [Double]

    /// One post's likelihood from `first` on, component by component.
    private struct Post {
        var first: Int
        var length: Int
        var masses: [Double]
    }

    init(_ members: [GroupDecay.Member]) {
        let curves = members.map(HalfLifeCurve.init)
        let low = curves.map { $0.points[0].x }.min() ?? 0
        let high = curves.compactMap { $0.points.last?.x }.max() ?? 1
        let known = members.filter { $0.decay.halfLife != nil }
        errors = known.map(\.error)
        let step = max(min(0.03, max(0.005, (errors.min() ?? 0.1) / 4)), (high - low) / 1500)
        self.step = step
        bounds = low...max(low + step, high)
        count = Int(((bounds.upperBound - low) / step).rounded(.up)) + 2
        posts = curves.map { curve in
            let (first, length, masses) = curve.masses(from: low, step: step)
            return Post(first: first, length: length, masses: masses)
        }
        var (sum, all) = (0.0, 0.0)
        for member in known {
            let weight = 1 / (member.error * member.error + 0.01)
            sum += weight * log(member.decay.halfLife ?? 1)
            all += weight
        }
        start = sum / max(1e-300, all)
    }

    /// About the standard error of the centre when posts differ by `spread`.
    func width(_ spread: Double) -> Double {
        var information = 0.0
        for error in errors { information += 1 / (error * error + spread * spread) }
        return 1 / information.squareRoot()
    }

    /// Each post's likelihood under each component, for posts that differ by `spread` around
    /// `centre`.
    func rows(_ centre: Double, _ spread: Double) -> [Double] {
        let kernel = (0..<count).map { index in
            let z = (bounds.lowerBound + Double(index) * step - centre) / spread
            return exp(-z * z / 2) / spread
        }
        var rows: [Double] = []
        rows.reserveCapacity(posts.count * TrickleMix.size)
        kernel.withUnsafeBufferPointer { kernel in
            for post in posts {
                post.masses.withUnsafeBufferPointer { masses in
                    for part in 0..<TrickleMix.size {
                        var sum = 0.0
                        for index in 0..<post.length {
                            sum += masses[part * post.length + index] * kernel[post.first + index]
                        }
                        rows.append(sum)
                    }
                }
            }
        }
        return rows
    }
}

/// One post's likelihood along the half-life, under each component of the trickle.
private struct HalfLifeCurve {
    var points: [(x: Double, logs: [Double])]

    init(_ member: GroupDecay.Member) {
        let (shape, error) = (member.shape, min(0.5, member.error))
        let range = shape.range
        let centre = min(
            range.upperBound, log(member.decay.halfLife ?? member.decay.low * 1.5))
        func logs(_ x: Double) -> [Double] {
            TrickleMix.components(shape, x, dispersion: member.decay.dispersion).logs
        }
        points = [(centre, logs(centre))]
        var top = points[0].logs.max() ?? 0
        for direction in [-1.0, 1.0] {
            var (x, step) = (centre, 0.5 * error)
            while x > range.lowerBound || direction > 0, x < range.upperBound || direction < 0 {
                x = min(range.upperBound, max(range.lowerBound, x + direction * step))
                let found = logs(x)
                points.insert((x, found), at: direction < 0 ? 0 : points.count)
                let highest = found.max() ?? 0
                top = max(top, highest)
                if highest < top - 10 { break }
                step *= 1.1
            }
        }
        // Far below the top only the order matters.
        points = points.map { ($0.x, $0.logs.map { max($0 - top, -60) }) }
    }

    /// The likelihood's mass at the points of a grid, shared between neighbours.
    func masses(from low: Double, step: Double) -> (first: Int, length: Int, masses: [Double]) {
        let first = Int((points[0].x - low) / step)
        let length = Int((points[points.count - 1].x - low) / step) + 2 - first
        var masses = Array(repeating: 0.0, count: length * TrickleMix.size)
        for index in 1..<points.count {
            let (a, b) = (points[index - 1].x, points[index].x)
            let cuts = max(4, Int((2 * (b - a) / step).rounded(.up)))
            let width = (b - a) / Double(cuts)
            for cut in 0..<cuts {
                let part = (Double(cut) + 0.5) / Double(cuts)
                let place = (a + part * (b - a) - low) / step - Double(first)
                let cell = min(length - 2, Int(place))
                let share = place - Double(cell)
                for component in 0..<TrickleMix.size {
                    let mass = width * exp(between(index, part, component))
                    masses[component * length + cell] += mass * (1 - share)
                    masses[component * length + cell + 1] += mass * share
                }
            }
        }
        return (first, length, masses)
    }

    /// Between two points: the mean of the parabolas through them and a third on either side.
    private func between(_ index: Int, _ part: Double, _ component: Int) -> Double {
        let (a, b) = (points[index - 1].x, points[index].x)
        let (fa, fb) = (points[index - 1].logs[component], points[index].logs[component])
        let straight = fa + part * (fb - fa)
        var (bends, count) = (0.0, 0.0)
        for outer in [index - 2, index + 1] where points.indices.contains(outer) {
            let (c, fc) = (points[outer].x, points[outer].logs[component])
            guard min(fa, fb, fc) > -59 else { continue }
            bends += ((fc - fa) / (c - a) - (fb - fa) / (b - a)) / (c - b)
            count += 1
        }
        guard count > 0 else { return straight }
        return straight - bends / count * part * (1 - part) * (b - a) * (b - a)
    }
}
