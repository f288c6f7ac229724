import Foundation

/// Room to work in for one place of a mix model: everything that a step of a chain fills anew.
final class MixDesk {
    /// What a place says at a point.
    struct Found {
        var value = 0.0
        var noiseSlope = 0.0
        var betaSlopes: [Double]
        /// By the variances of the place's own effects.
        var varianceSlopes: [Double]
    }

    let scale: Double
    let rows: Int
    /// Rows, filled up to a whole number of lanes.
    let size: Int
    let seen: Int
    let basis: MixBasis
    let channels: Int
    let longest: Int
    private let hidden: [Int]
    private let slab: UnsafeMutablePointer<Double>
    let target, rest, solved, carriedSlope, carried: UnsafeMutablePointer<Double>
    let spend, saturated, slope, first, second, bar, directions: UnsafeMutablePointer<Double>

    init(_ place: MixModel.Place, _ basis: MixBasis, _ forms: [MixModel.Channel]) {
        scale = place.scale
        rows = place.target.count
        let size = (place.target.count + 3) & ~3
        let longest = forms.map(\.carryOver.length).max() ?? 1
        let channels = forms.count
        (self.size, self.longest, self.channels, self.basis) = (size, longest, channels, basis)
        hidden = place.hidden.filter { $0 < place.target.count }.sorted()
        seen = rows - hidden.count
        let wide = channels * size
        let total = 5 * size + channels * (size + longest) + 5 * wide
        let all = total + basis.directions.count * size
        slab = .allocate(capacity: all)
        slab.initialize(repeating: 0, count: all)
        target = slab
        rest = slab + size
        solved = slab + 2 * size
        carriedSlope = slab + 3 * size
        carried = slab + 4 * size
        spend = slab + 5 * size
        let after = spend + channels * (size + longest)
        saturated = after
        slope = after + wide
        first = after + 2 * wide
        second = after + 3 * wide
        bar = after + 4 * wide
        directions = after + 5 * wide
        for row in 0..<rows { target[row] = place.target[row] }
        for row in hidden { target[row] = 0 }
        for (channel, media) in place.media.enumerated() {
            let begin = spend + channel * (size + longest) + longest - 1
            for row in 0..<rows { begin[row] = media[row] }
        }
        for (index, direction) in basis.directions.enumerated() {
            for row in 0..<rows { directions[index * size + row] = direction[row] }
        }
    }

    deinit { slab.deallocate() }

    /// Spend with what is left of earlier periods, saturated, with its derivatives.
    func transform(
        _ channel: Int, _ weights: [Double], _ form: Saturation, _ parameters: [Double],
        showsAll: Bool = false
    ) {
        let begin = spend + channel * (size + longest) + longest - 1
        for row in 0..<size { carried[row] = 0 }
        for (lag, weight) in weights.enumerated() {
            Lanes.add(weight, begin - lag, carried, size)
        }
        let at = channel * size
        form.fill(
            carried, size, parameters, saturated + at, slope + at, first + at, second + at)
        for row in hidden where !showsAll {
            saturated[at + row] = 0
            slope[at + row] = 0
            first[at + row] = 0
            second[at + row] = 0
        }
        for row in rows..<size {
            saturated[at + row] = 0
            slope[at + row] = 0
            first[at + row] = 0
            second[at + row] = 0
        }
    }

    func clearSlopes(_ channel: Int) {
        for row in 0..<size { bar[channel * size + row] = 0 }
    }

    func sum(_ channel: Int, _ range: Range<Int>) -> Double {
        var sum = 0.0
        for row in range.clamped(to: 0..<rows) { sum += saturated[channel * size + row] }
        return sum
    }

    func sum(_ channel: Int, weighted weights: [Double]) -> Double {
        var sum = 0.0
        for row in 0..<min(rows, weights.count) {
            sum += saturated[channel * size + row] * weights[row]
        }
        return sum
    }

    func addSlope(_ channel: Int, _ range: Range<Int>, _ slope: Double) {
        for row in range.clamped(to: 0..<rows) { bar[channel * size + row] += slope }
    }

    func addSlope(_ channel: Int, weighted weights: [Double], _ slope: Double) {
        for row in 0..<min(rows, weights.count) {
            bar[channel * size + row] += slope * weights[row]
        }
    }

    /// Derivatives by saturation's parameters; those by the weights of lags are added.
    func backwards(
        _ channel: Int, _ weightSlopes: inout [Double]
    ) -> (first: Double, second: Double) {
        let at = channel * size
        let result = (
            Lanes.dot(bar + at, first + at, size), Lanes.dot(bar + at, second + at, size)
        )
        guard weightSlopes.count > 1 else { return result }
        Lanes.multiply(bar + at, slope + at, carriedSlope, size)
        let begin = spend + channel * (size + longest) + longest - 1
        for lag in weightSlopes.indices {
            weightSlopes[lag] += Lanes.dot(carriedSlope, begin - lag, size)
        }
        return result
    }
}

/// Sums and products of rows of numbers, four at a time and in a fixed order.
enum Lanes {
    typealias Row = UnsafeMutablePointer<Double>

    @inline(__always)
    private static func load(_ row: Row, _ at: Int) -> SIMD4<Double> {
        UnsafeRawPointer(row + at).loadUnaligned(as: SIMD4<Double>.self)
    }

    @inline(__always)
    private static func store(_ value: SIMD4<Double>, _ row: Row, _ at: Int) {
        UnsafeMutableRawPointer(row + at).storeBytes(of: value, as: SIMD4<Double>.self)
    }

    /// Σ a·b over a count that is a multiple of four.
    static func dot(_ a: Row, _ b: Row, _ count: Int) -> Double {
        var (one, two) = (SIMD4<Double>(), SIMD4<Double>())
        var at = 0
        while at + 8 <= count {
            one += load(a, at) * load(b, at)
            two += load(a, at + 4) * load(b, at + 4)
            at += 8
        }
        if at < count { one += load(a, at) * load(b, at) }
        return (one + two).sum()
    }

    /// Adds a multiple of one row to another.
    static func add(_ factor: Double, _ row: Row, _ sum: Row, _ count: Int) {
        var at = 0
        while at < count {
            store(load(sum, at) + factor * load(row, at), sum, at)
            at += 4
        }
    }

    /// The products of two rows.
    static func multiply(_ a: Row, _ b: Row, _ result: Row, _ count: Int) {
        var at = 0
        while at < count {
            store(load(a, at) * load(b, at), result, at)
            at += 4
        }
    }
}
