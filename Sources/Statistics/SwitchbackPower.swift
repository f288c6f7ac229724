import Foundation

/// How large an effect a calendar of pairs would show, by differences of pairs in the past.
///
/// Differences that the past shows without anything being done are drawn, an effect is put on, and
/// the share of draws in which the test of `SwitchbackTest` finds it is the power. With up to ten
/// pairs all signs are counted out; with more the test is as good as Student's.
package struct SwitchbackPower: Sendable {
    private let pairs: Int
    private let alpha: Double
    private let spread: Double
    /// Differences without effect, `pairs` of them for each draw.
    private let draws: [Double]

    /// The past differences of two neighbouring blocks, which chance may turn round.
    package init(
        differences: [Double], pairs: Int, alpha: Double, draws count: Int = 400, seed: UInt64 = 1
    ) {
        precondition(pairs > 0 && !differences.isEmpty)
        self.pairs = pairs
        self.alpha = alpha
        spread = (differences.reduce(0) { $0 + $1 * $1 } / Double(differences.count)).squareRoot()
        var random = Philox(seed: seed, stream: 78)
        draws = (0..<(pairs <= Self.mostCounted ? pairs * count : 0)).map { _ in
            let size = differences[random.below(differences.count)]
            return random.below(2) == 1 ? size : -size
        }
    }

    private static let mostCounted = 10

    /// The smallest effect above zero that is found in the share `power` of cases; nil when so few
    /// pairs can prove nothing.
    package func smallestEffect(_ power: Double) -> Double? {
        guard exp2(1 - Double(pairs)) < alpha else { return nil }
        guard spread > 0 else { return 0 }
        if pairs > Self.mostCounted {
            let student = StudentDistribution(freedom: Double(pairs - 1))
            return (student.quantile(1 - alpha / 2) + student.quantile(power)) * spread
                / Double(pairs).squareRoot()
        }
        var (low, high) = (0.0, spread)
        for _ in 0..<12 where share(high) < power { high *= 2 }
        for _ in 0..<12 {
            let middle = (low + high) / 2
            if share(middle) >= power { high = middle } else { low = middle }
        }
        return high
    }

    /// The share of draws in which `effect` is found.
    private func share(_ effect: Double) -> Double {
        var found = 0
        for start in stride(from: 0, to: draws.count, by: pairs) {
            let values = draws[start..<(start + pairs)].map { $0 + effect }
            if Self.pValue(values) < alpha { found += 1 }
        }
        return Double(found) / Double(draws.count / pairs)
    }

    /// The share of all signs whose sum is at least as far from zero; one sign of two mirrored
    /// ones is counted.
    private static func pValue(_ values: [Double]) -> Double {
        let count = 1 << (values.count - 1)
        var sum = values.reduce(0, +)
        let bound = abs(sum) * (1 - 1e-9)
        var signs = Array(repeating: 1.0, count: values.count)
        var extreme = 1
        // Each step turns one sign (Gray code).
        for step in 1..<max(1, count) {
            let place = step.trailingZeroBitCount
            sum -= 2 * signs[place] * values[place]
            signs[place] = -signs[place]
            if abs(sum) >= bound { extreme += 1 }
        }
        return Double(extreme) / Double(count)
    }
}
