/// What draws of all things together say of each.
package struct RankPosterior: Sendable {
    private let draws: [[Float]]
    private var best: [Double]
    private var inTop: [Double]
    private var ranks: [Double]
    private let sign: Float

    /// What is said of one thing.
    package struct Summary: Sendable {
        package var mean: Double
        package var low: Double
        package var high: Double
        package var best: Double
        package var top: Double
        package var better: Double
        package var rank: Double
    }

    package init(draws: [[Float]], top: Int, lowestIsBest: Bool) {
        self.draws = draws
        sign = lowestIsBest ? -1 : 1
        let count = draws.first?.count ?? 0
        best = Array(repeating: 0, count: count)
        (inTop, ranks) = (best, best)
        var keys = Array(repeating: UInt64(0), count: count)
        for draw in draws {
            for item in 0..<count { keys[item] = Self.key(sign * draw[item], item) }
            keys.sort()
            for (place, key) in keys.enumerated() {
                let item = Int(key & 0xFFFF_FFFF)
                ranks[item] += Double(place + 1)
                if place < top { inTop[item] += 1 }
            }
            if let first = keys.first { best[Int(first & 0xFFFF_FFFF)] += 1 }
        }
    }

    /// A number that is small where `value` is large and, among equals, where `item` is small.
    private static func key(_ value: Float, _ item: Int) -> UInt64 {
        let bits = value.bitPattern
        let ascending = bits >> 31 == 0 ? bits | 0x8000_0000 : ~bits
        return UInt64(~ascending) << 32 | UInt64(item)
    }

    /// What is said of `item`, against the `typical` value of each draw.
    package func summary(_ item: Int, typical: [Float]) -> Summary {
        var values: [Double] = []
        values.reserveCapacity(draws.count)
        var (sum, better) = (0.0, 0.0)
        for (index, draw) in draws.enumerated() {
            let value = draw[item]
            values.append(Double(value))
            sum += Double(value)
            if !typical.isEmpty, sign * value > sign * typical[index] { better += 1 }
        }
        let count = Double(max(1, values.count))
        let sample = SortedSample(values)
        return Summary(
            mean: sum / count, low: sample.quantile(0.025), high: sample.quantile(0.975),
            best: best[item] / count, top: inTop[item] / count, better: better / count,
            rank: ranks[item] / count)
    }
}
