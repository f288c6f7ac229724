import Foundation

/// So many of so many: people who did something among people who could.
package struct Rate: Sendable, Hashable {
    package var count: Int
    package var successes: Int

    /// The most people that are counted: a million millions, far below where numbers lose ones.
    package static let most = 1_000_000_000_000

    /// Two numbers of people; beyond `most` it is `most` and one.
    package static func sum(_ a: Int, _ b: Int) -> Int { min(a + b, most + 1) }

    /// `successes` in 0...`count`, which is above 0.
    package init(count: Int, successes: Int) {
        precondition(count > 0 && successes >= 0 && successes <= count)
        self.count = count
        self.successes = successes
    }

    package var value: Double { Double(successes) / Double(count) }

    /// p(1 − p)/n.
    package var varianceOfMean: Double { value * (1 - value) / Double(count) }

    /// The limits of Wilson (1927), `z` deviations away.
    package func wilson(z: Double) -> LiftInterval {
        let n = Double(count)
        let x = Double(successes)
        let middle = (x + z * z / 2) / (n + z * z)
        let half = z / (n + z * z) * (x * (n - x) / n + z * z / 4).squareRoot()
        return LiftInterval(
            lower: successes == 0 ? 0 : max(0, middle - half),
            upper: successes == count ? 1 : min(1, middle + half))
    }
}

/// Two limits; either may be infinite.
package struct LiftInterval: Sendable, Hashable {
    package var lower: Double
    package var upper: Double

    package init(lower: Double, upper: Double) {
        self.lower = lower
        self.upper = upper
    }

    /// The same limits for what is `change` less, as a lift is a ratio less one.
    package func shifted(by change: Double) -> LiftInterval {
        LiftInterval(lower: lower + change, upper: upper + change)
    }

    /// Whether a value lies between the limits or on one.
    package func contains(_ value: Double) -> Bool { lower <= value && value <= upper }
}

/// What a test has on its other side.
package enum LiftAlternative: String, Sendable, Hashable, CaseIterable {
    case twoSided = "two-sided"
    case greater
    case less

    /// How many deviations away the limits of an interval are.
    package func critical(confidence: Double) -> Double {
        let beyond = 1 - confidence
        return NormalDistribution.standard.upperQuantile(
            self == .twoSided ? beyond / 2 : beyond)
    }

    /// The probability of what is as far out, on the side or sides that are asked for.
    package func pValue(
        _ statistic: Double, _ law: some ContinuousDistribution = NormalDistribution.standard
    ) -> Double {
        switch self {
        case .twoSided: min(1, 2 * law.survival(abs(statistic)))
        case .greater: law.survival(statistic)
        case .less: law.cumulative(statistic)
        }
    }

    /// Leaves the side open that is not asked for.
    package func opened(
        _ interval: LiftInterval, least: Double = -.infinity, most: Double = .infinity
    ) -> LiftInterval {
        LiftInterval(
            lower: self == .less ? least : interval.lower,
            upper: self == .greater ? most : interval.upper)
    }
}

/// Finds where a falling function crosses 0 between `low` and `high`.
func fallingRoot(_ low: Double, _ high: Double, _ function: (Double) -> Double) -> Double {
    var (low, high) = (low, high)
    for _ in 0..<200 {
        let middle = low + (high - low) / 2
        if middle <= low || middle >= high { break }
        if function(middle) > 0 { low = middle } else { high = middle }
    }
    return low + (high - low) / 2
}
