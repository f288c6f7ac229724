import Statistics

/// Which sets of places are worth a try.
struct GeoChoice {
    var panel: GeoPanel
    /// The places that may be added.
    var free: [Int]
    /// The places that every set holds.
    var included: [Int]

    /// All sets of `size`, or, when there are more than `most`, for each place the ones that move
    /// most like it (as GeoLift does), and then sets by chance.
    func sets(of size: Int, most: Int, seed: UInt64) -> [[Int]] {
        let open = size - included.count
        if open == 0 { return [included.sorted()] }
        if Self.combinations(free.count, open) <= Double(most) { return every(open) }
        var found: Set<[Int]> = []
        for place in free {
            let near = free.filter { $0 != place }
                .map { ($0, likeness(place, $0)) }
                .sorted { ($1.1, $0.0) < ($0.1, $1.0) }
            found.insert((included + [place] + near.prefix(open - 1).map(\.0)).sorted())
        }
        var random = Philox(seed: seed)
        for _ in 0..<min(20 * most, 1_000_000) where found.count < most {
            var rest = free
            for place in 0..<open { rest.swapAt(place, place + random.below(rest.count - place)) }
            found.insert((included + rest.prefix(open)).sorted())
        }
        return found.sorted { $0.lexicographicallyPrecedes($1) }
    }

    private func every(_ open: Int) -> [[Int]] {
        var sets: [[Int]] = [[]]
        for _ in 0..<open {
            sets = sets.flatMap { set in
                free.filter { $0 > (set.last ?? -1) }.map { set + [$0] }
            }
        }
        return sets.map { ($0 + included).sorted() }
    }

    private static func combinations(_ n: Int, _ k: Int) -> Double {
        (0..<k).reduce(1) { $0 * Double(n - $1) / Double($1 + 1) }
    }

    /// The correlation of two places.
    private func likeness(_ a: Int, _ b: Int) -> Double {
        let (x, y) = (Array(panel.values.column(a)), Array(panel.values.column(b)))
        let count = Double(x.count)
        let (meanX, meanY) = (x.reduce(0, +) / count, y.reduce(0, +) / count)
        var (xy, xx, yy) = (0.0, 0.0, 0.0)
        for row in x.indices {
            xy += (x[row] - meanX) * (y[row] - meanY)
            xx += (x[row] - meanX) * (x[row] - meanX)
            yy += (y[row] - meanY) * (y[row] - meanY)
        }
        let size = (xx * yy).squareRoot()
        return size > 0 ? xy / size : -2
    }
}
