import Foundation
import Statistics

/// How figures are written for people.
package enum LiftWords {
    /// What stands where a limit is open.
    package static let noLimit = "no limit"

    /// `+22.0 %`, `0.24 %`: with as many digits as say something.
    package static func percent(_ value: Double?, signed: Bool = false) -> String {
        guard let value else { return "unknown" }
        guard value.isFinite else { return value.isNaN ? "unknown" : noLimit }
        let hundred = abs(value) * 100
        let digits = hundred >= 10 || hundred == 0 ? 1 : hundred >= 1 ? 2 : 4
        let sign = value < 0 ? "−" : signed && value > 0 ? "+" : ""
        return sign + String(format: "%.\(digits)f %%", hundred)
    }

    /// `20 %`, `−7.5 %`: a share as it stands beside an axis.
    static func share(_ value: Double) -> String {
        (value < 0 ? "−" : "") + String(format: "%.4g %%", abs(value) * 100)
    }

    /// Six significant digits.
    package static func number(_ value: Double?) -> String {
        guard let value else { return "unknown" }
        guard value.isFinite else { return value.isNaN ? "unknown" : noLimit }
        return String(format: "%.6g", value)
    }

    /// Two significant digits.
    package static func chance(_ value: Double?) -> String {
        value.map { String(format: "%.2g", $0) } ?? "unknown"
    }

    static func finite(_ value: Double?) -> Double? {
        value.flatMap { $0.isFinite ? $0 : nil }
    }
}

/// Whether an effect is there, in words.
package enum LiftVerdict: String, Sendable, Encodable, Hashable {
    case up = "proven up"
    case down = "proven down"
    case notProven = "not proven"
    /// The arms are not what they were meant to be, so that no effect can be read.
    case notTrustworthy = "not trustworthy"

    /// Proven only when the test and the limits say so.
    static func of(
        _ estimate: Double, pValue: Double, confidence: Double, limits: LiftIntervalLimits
    ) -> LiftVerdict {
        guard pValue < 1 - confidence else { return .notProven }
        if estimate > 0, limits.excludesBelow { return .up }
        if estimate < 0, limits.excludesAbove { return .down }
        return .notProven
    }
}

/// On which side of no effect an interval lies wholly.
struct LiftIntervalLimits {
    var excludesBelow: Bool
    var excludesAbove: Bool

    init(excludesBelow: Bool, excludesAbove: Bool) {
        self.excludesBelow = excludesBelow
        self.excludesAbove = excludesAbove
    }

    /// Around `none`, the value of no effect; a limit on it is not beyond it.
    init(_ interval: LiftInterval, none: Double) {
        self.init(excludesBelow: interval.lower > none, excludesAbove: interval.upper < none)
    }

    /// Why the verdict is not what the limits, or the test, say by themselves; nil if they agree.
    func disagreement(_ test: String, pValue: Double, confidence: Double) -> String? {
        let isSignificant = pValue < 1 - confidence
        guard isSignificant != (excludesBelow || excludesAbove) else { return nil }
        let chance = LiftWords.chance(pValue)
        return isSignificant
            ? "The \(test) test alone (p = \(chance)) would call this proven, but the limits still "
                + "hold no effect: at the edge, it is not proven."
            : "The limits alone leave out no effect, but the \(test) test (p = \(chance)) does not "
                + "call it proven. They are reckoned in different ways, and both must agree: it is "
                + "not proven."
    }
}
