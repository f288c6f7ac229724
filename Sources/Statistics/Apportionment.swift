/// Whole units shared out so that their sum is the total.
package enum Apportionment {
    /// The largest remainder method (Hamilton, 1792): each amount rounded down, and the units that
    /// are left go to the largest remainders, the earlier first among equals.
    ///
    /// Nil when the amounts are too large to be counted in units.
    package static func wholes(_ amounts: [Double], total: Double) -> [Int]? {
        let bound = 0x1p53
        guard abs(total) < bound, amounts.allSatisfy({ abs($0) < bound }) else { return nil }
        var units = amounts.map { Int($0.rounded(.down)) }
        let order = amounts.indices.sorted { a, b in
            let (x, y) = (amounts[a] - Double(units[a]), amounts[b] - Double(units[b]))
            return x == y ? a < b : x > y
        }
        var left = Int(total.rounded()) - units.reduce(0, +)
        guard !order.isEmpty, abs(left) <= order.count * 2 else { return nil }
        var place = 0
        while left > 0 {
            units[order[place % order.count]] += 1
            left -= 1
            place += 1
        }
        while left < 0 {
            units[order[order.count - 1 - place % order.count]] -= 1
            left += 1
            place += 1
        }
        return units
    }
}
