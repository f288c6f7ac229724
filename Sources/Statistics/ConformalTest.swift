/// Whether the last periods of a treated series differ from its synthetic control by more than any
/// stretch of the same length does.
///
/// Chernozhukov, Wüthrich and Zhu, "An exact and robust conformal inference method for
/// counterfactual and synthetic controls" (JASA, 2021): the supposed effect is taken off, weights
/// are fitted to all periods, and the last gaps are compared with the same gaps in another order.
package struct ConformalTest: Sendable {
    /// What is compared.
    package enum Measure: Sendable, Hashable {
        /// The mean of the gaps' sizes (`augsynth`, q = 1): finds an effect of any shape.
        case sizes
        /// The size of the gaps' mean: about the average effect, and so the one to invert.
        case mean
    }

    /// The orders that gaps are put into.
    package enum Orders: Sendable, Hashable {
        /// Every shift in time, the end joined to the beginning: keeps autocorrelation.
        case blocks
        /// Chance orders, for gaps without autocorrelation.
        case independent(draws: Int, seed: UInt64)
    }

    private let control: SyntheticControl
    private let treated: [Double]
    private let last: Int
    private let orders: Orders

    /// Tests the last `last` periods of `treated` against `donors`, periods in rows.
    package init(treated: [Double], donors: Matrix, last: Int, orders: Orders = .blocks) {
        precondition(last > 0 && last < treated.count)
        control = SyntheticControl(donors: donors, fitted: treated.count)
        self.treated = treated
        self.last = last
        self.orders = orders
    }

    /// The same donors with another treated series.
    private init(_ other: ConformalTest, treated: [Double]) {
        control = other.control
        last = other.last
        orders = other.orders
        self.treated = treated
    }

    /// The test of another treated series against the same donors.
    package func replacing(_ treated: [Double]) -> ConformalTest {
        ConformalTest(self, treated: treated)
    }

    /// How likely gaps this large are when every one of the last periods had the effect `effect`.
    package func pValue(
        _ effect: Double = 0, of measure: Measure
    ) throws(NumericsError) -> Double {
        var adjusted = treated
        for row in (treated.count - last)..<treated.count { adjusted[row] -= effect }
        let gaps = try control.gaps(adjusted)
        return share(measure == .mean ? gaps : gaps.map { abs($0) })
    }

    private func share(_ gaps: [Double]) -> Double {
        let count = gaps.count
        let observed = abs(gaps[(count - last)...].reduce(0, +))
        let bound = observed * (1 - 1e-12)
        var atLeast = 0
        switch orders {
        case .blocks:
            var sum = gaps[(count - last)...].reduce(0, +)
            for shift in 0..<count {
                if abs(sum) >= bound { atLeast += 1 }
                sum += gaps[shift] - gaps[(count - last + shift) % count]
            }
            return Double(atLeast) / Double(count)
        case .independent(let draws, let seed):
            var random = Philox(seed: seed)
            var order = gaps
            for _ in 0..<draws {
                var sum = 0.0
                for place in 0..<last {
                    order.swapAt(place, place + random.below(count - place))
                    sum += order[place]
                }
                if abs(sum) >= bound { atLeast += 1 }
            }
            return Double(atLeast + 1) / Double(draws + 1)
        }
    }

    /// The constant effects that are not refuted at `alpha`: the outermost ones.
    ///
    /// Nil when so few periods exist that nothing could be refuted.
    package func interval(
        around centre: Double, scale: Double, alpha: Double
    ) throws(NumericsError) -> ClosedRange<Double>? {
        let scale = scale > 0 ? scale : max(abs(centre), 1)
        guard try pValue(centre, of: .mean) >= alpha else { return nil }
        guard let low = try border(from: centre, step: -scale / 4, alpha),
            let high = try border(from: centre, step: scale / 4, alpha)
        else { return nil }
        return low...high
    }

    /// The border between effects that stand and effects that are refuted, on one side.
    private func border(
        from centre: Double, step: Double, _ alpha: Double
    ) throws(NumericsError) -> Double? {
        var (inside, outside) = (centre, centre)
        var step = step
        for _ in 0..<40 {
            outside = inside + step
            if try pValue(outside, of: .mean) < alpha { break }
            inside = outside
            step *= 1.25
        }
        guard try pValue(outside, of: .mean) < alpha else { return nil }
        for _ in 0..<30 {
            let middle = (inside + outside) / 2
            if try pValue(middle, of: .mean) >= alpha { inside = middle } else { outside = middle }
        }
        return inside
    }
}
