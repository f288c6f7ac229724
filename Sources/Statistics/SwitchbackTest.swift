import Foundation

/// Whether blocks in which something was on differ from blocks in which it was off, by the chance
/// that drew the blocks.
///
/// Randomisation inference (Fisher, "The Design of Experiments", 1935; for blocks in time Bojinov,
/// Simchi-Levi and Zhao, "Design and analysis of switchback experiments", Management Science 2023):
/// the difference is compared with what the same design could have drawn on the same values, so
/// that autocorrelation within blocks needs no model.
package struct SwitchbackTest: Sendable {
    /// How blocks were drawn.
    package enum Design: String, Sendable, Hashable, Codable {
        /// One of two neighbours is on, by the toss of a coin.
        case pairs
        /// As many as there are are on, any of them.
        case complete
    }

    private let values: [Double]
    private let isOn: [Bool]
    private let design: Design
    /// The difference that each draw shows, and how much of an effect of one it takes off.
    private let draws: [(difference: Double, share: Double)]
    /// Whether `draws` holds all that could have been drawn.
    package let isExact: Bool

    /// Tests the means of blocks; in pairs, blocks 0 and 1, 2 and 3 and so on belong together.
    package init(
        values: [Double], isOn: [Bool], design: Design, most: Int = 10_000, seed: UInt64 = 1
    ) {
        precondition(values.count == isOn.count, "one value for each block")
        self.values = values
        self.isOn = isOn
        self.design = design
        let count = design == .pairs ? values.count / 2 : values.count
        let chosen = isOn.count { $0 }
        let all =
            design == .pairs ? pow(2, Double(count)) : Self.combinations(count, chosen)
        isExact = all <= Double(max(most, 2))
        let own = isOn.map { $0 ? 1.0 : 0 }
        func read(_ draw: [Bool]) -> (difference: Double, share: Double) {
            (
                Self.difference(values, draw, design, isDraw: true),
                Self.difference(own, draw, design, isDraw: true)
            )
        }
        if isExact {
            draws = (design == .pairs ? Self.signs(count) : Self.subsets(count, chosen)).map(read)
            return
        }
        var random = Philox(seed: seed, stream: 77)
        draws = (0..<most).map { _ in
            if design == .pairs { return read((0..<count).map { _ in random.below(2) == 1 }) }
            var draw = isOn
            for place in draw.indices.dropLast() {
                draw.swapAt(place, place + random.below(draw.count - place))
            }
            return read(draw)
        }
    }

    /// How much higher blocks that were on are: the mean of pairs' differences, or the difference
    /// of means.
    package var effect: Double { Self.difference(values, isOn, design) }

    /// The smallest p-value that the design allows.
    package var leastPValue: Double {
        guard isExact else { return 1 / Double(draws.count + 1) }
        return Double(design == .pairs || 2 * isOn.count { $0 } == isOn.count ? 2 : 1)
            / Double(draws.count)
    }

    /// How likely a difference at least so large is when being on adds exactly `effect`.
    package func pValue(_ effect: Double = 0) -> Double {
        let bound = abs(self.effect - effect) * (1 - 1e-9) - 1e-300
        var extreme = 0
        for draw in draws where abs(draw.difference - effect * draw.share) >= bound {
            extreme += 1
        }
        return isExact
            ? Double(extreme) / Double(draws.count) : Double(extreme + 1) / Double(draws.count + 1)
    }

    /// The constant effects that are not refuted at `alpha`; nil when the design cannot refute any.
    package func interval(_ alpha: Double) -> ClosedRange<Double>? {
        guard leastPValue < alpha else { return nil }
        let centre = effect
        let spread = (values.max() ?? 0) - (values.min() ?? 0)
        guard spread > 0 else { return centre...centre }
        return edge(centre, -spread, alpha)...edge(centre, spread, alpha)
    }

    private func edge(_ centre: Double, _ step: Double, _ alpha: Double) -> Double {
        var (inside, outside) = (centre, centre + step)
        for _ in 0..<12 where pValue(outside) >= alpha { outside += outside - centre }
        for _ in 0..<40 {
            let middle = (inside + outside) / 2
            if pValue(middle) >= alpha { inside = middle } else { outside = middle }
        }
        return inside
    }

    /// In pairs a draw says which of the two is on; otherwise, like `isOn`, which blocks are.
    private static func difference(
        _ values: [Double], _ on: [Bool], _ design: Design, isDraw: Bool = false
    ) -> Double {
        if design == .pairs {
            var sum = 0.0
            for pair in 0..<(values.count / 2) {
                let first = isDraw ? on[pair] : on[2 * pair]
                let gap = values[2 * pair] - values[2 * pair + 1]
                sum += first ? gap : -gap
            }
            return sum / Double(values.count / 2)
        }
        var (sumOn, sumOff, countOn) = (0.0, 0.0, 0.0)
        for place in values.indices {
            if on[place] {
                sumOn += values[place]
                countOn += 1
            } else {
                sumOff += values[place]
            }
        }
        return sumOn / countOn - sumOff / (Double(values.count) - countOn)
    }

    private static func combinations(_ n: Int, _ k: Int) -> Double {
        (0..<min(k, n - k)).reduce(1) { $0 * Double(n - $1) / Double($1 + 1) }
    }

    private static func signs(_ count: Int) -> [[Bool]] {
        (0..<(1 << count)).map { draw in (0..<count).map { draw >> $0 & 1 == 1 } }
    }

    private static func subsets(_ count: Int, _ chosen: Int) -> [[Bool]] {
        var found: [[Bool]] = []
        func extend(_ draw: [Bool], _ left: Int) {
            if draw.count == count { return found.append(draw) }
            if left > 0 { extend(draw + [true], left - 1) }
            if count - draw.count > left { extend(draw + [false], left) }
        }
        extend([], chosen)
        return found
    }
}

/// The difference of two means of a series whose values hang together over time.
package enum NeweyWest {
    /// The standard error of mean on less mean off, with Bartlett weights to `lag` (Newey and West,
    /// Econometrica, 1987); `times` says which values are how far apart.
    package static func standardError(
        values: [Double], isOn: [Bool], times: [Int], lag: Int
    ) -> Double {
        let on = Double(isOn.count { $0 })
        let off = Double(isOn.count) - on
        var (meanOn, meanOff) = (0.0, 0.0)
        for place in values.indices {
            if isOn[place] { meanOn += values[place] / on } else { meanOff += values[place] / off }
        }
        // What each value adds to the error of the difference.
        let parts = values.indices.map {
            isOn[$0] ? (values[$0] - meanOn) / on : -(values[$0] - meanOff) / off
        }
        var sum = 0.0
        for place in parts.indices {
            sum += parts[place] * parts[place]
            var later = place + 1
            while later < parts.count, times[later] - times[place] <= lag {
                let weight = 1 - Double(times[later] - times[place]) / Double(lag + 1)
                sum += 2 * weight * parts[place] * parts[later]
                later += 1
            }
        }
        return max(0, sum).squareRoot()
    }

    /// Newey and West's rule for the lag (Review of Economic Studies, 1994): 4·(n/100)^(2/9).
    package static func lag(_ count: Int) -> Int {
        Int(4 * pow(Double(count) / 100, 2.0 / 9))
    }
}
