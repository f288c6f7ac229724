import Foundation

/// Numbers of experiments in time, as sentences and tables write them.
enum Wording {
    /// Four significant digits, more where there are more before the point, with thousands apart.
    static func number(_ value: Double?) -> String {
        guard let value, value.isFinite else { return "–" }
        let size = abs(value)
        let decimals = size >= 1000 ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : size >= 0.1 ? 3 : 4
        let text = String(format: "%.\(decimals)f", size)
        let parts = text.split(separator: ".")
        var whole = ""
        for (index, digit) in parts[0].enumerated() {
            if index > 0, (parts[0].count - index) % 3 == 0 { whole.append(",") }
            whole.append(digit)
        }
        let sign = value < 0 && text.contains { $0 != "0" && $0 != "." } ? "−" : ""
        return sign + whole + (parts.count > 1 ? "." + parts[1] : "")
    }

    /// A number with its sign.
    static func signed(_ value: Double?) -> String {
        guard let value, value.isFinite else { return "–" }
        let text = number(value)
        return value < 0 ? text : "+" + text
    }

    /// A share as a percentage with a sign.
    static func change(_ value: Double?) -> String {
        guard let value, value.isFinite else { return "–" }
        return (value < 0 ? "−" : "+") + String(format: "%.1f %%", abs(value) * 100)
    }

    /// A share as a percentage.
    static func percent(_ value: Double?) -> String {
        guard let value, value.isFinite else { return "–" }
        let text = String(format: "%.1f %%", abs(value) * 100)
        return (value < 0 && text != "0.0 %" ? "−" : "") + text
    }

    /// A probability.
    static func probability(_ value: Double?) -> String {
        guard let value, value.isFinite else { return "–" }
        return String(format: "%.4f", value)
    }

    /// An interval.
    static func interval(_ interval: EffectInterval?) -> String {
        guard let interval else { return "–" }
        return "\(number(interval.lower)) … \(number(interval.upper))"
    }
}

/// The ends of an interval.
package struct EffectInterval: Sendable, Codable, Hashable {
    package var lower: Double
    package var upper: Double

    package init(lower: Double, upper: Double) {
        self.lower = lower
        self.upper = upper
    }

    init(_ range: ClosedRange<Double>) {
        lower = range.lowerBound
        upper = range.upperBound
    }

    /// Whether zero lies outside.
    package var excludesZero: Bool { lower > 0 || upper < 0 }

    /// Both ends times a number.
    func times(_ factor: Double) -> EffectInterval {
        let ends = [lower * factor, upper * factor].sorted()
        return EffectInterval(lower: ends[0], upper: ends[1])
    }
}
