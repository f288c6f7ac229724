/// Numbers in ascending order, for quantiles.
package struct SortedSample: Sendable, Hashable {
    /// The numbers, ascending.
    package let values: [Double]

    /// Sorts numbers, none of which may be NaN.
    package init(_ values: some Sequence<Double>) { self.values = values.sorted() }

    /// The quantile at `share`, between neighbours: the seventh definition of Hyndman and Fan,
    /// "Sample quantiles in statistical packages" (The American Statistician 50, 1996), which R and
    /// NumPy use. Not a number when there are none.
    package func quantile(_ share: Double) -> Double {
        guard let first = values.first, let last = values.last else { return .nan }
        let place = share * Double(values.count - 1)
        guard place > 0 else { return share.isNaN ? .nan : first }
        guard place < Double(values.count - 1) else { return last }
        let below = Int(place)
        let part = place - Double(below)
        // No difference of infinite neighbours.
        guard part > 0, values[below + 1] > values[below] else { return values[below] }
        return values[below] + part * (values[below + 1] - values[below])
    }

    /// The median.
    package var median: Double { quantile(0.5) }

    /// The middle part of the numbers that holds `level` of them.
    package func interval(_ level: Double) -> (lower: Double, upper: Double) {
        (quantile((1 - level) / 2), quantile((1 + level) / 2))
    }
}
