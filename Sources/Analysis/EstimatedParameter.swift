import Foundation
package import Statistics

/// A parameter of a model with what is known of it.
package struct EstimatedParameter: Sendable, Encodable, Hashable {
    package var name: String
    package var estimate: Double
    package var standardError: Double?
    package var low: Double?
    package var high: Double?

    /// The parameters of a fit, in its order.
    package static func all(_ names: [String], of fit: PositiveFit) -> [EstimatedParameter] {
        names.enumerated().map { index, name in
            let interval = fit.interval(index)
            return EstimatedParameter(
                name: name, estimate: fit.estimates[index],
                standardError: fit.standardError(index), low: interval?.lowerBound,
                high: interval?.upperBound)
        }
    }

    /// What people read of parameters.
    package static func section(_ parameters: [EstimatedParameter]) -> AnswerSection {
        .table(
            heading: ["parameter", "estimate", "standard error", "95 % from", "to"],
            rows: parameters.map {
                [
                    $0.name, Shown.number($0.estimate), Shown.number($0.standardError),
                    Shown.number($0.low), Shown.number($0.high),
                ]
            })
    }
}

/// Numbers as people read them.
package enum Shown {
    /// Four significant digits, or more where there are more before the point.
    package static func number(_ value: Double?) -> String {
        guard let value, value.isFinite else { return "–" }
        let size = abs(value)
        if size < 1e15, value == value.rounded() { return String(format: "%.0f", value) }
        if size >= 1000 { return String(format: "%.0f", value) }
        if size >= 100 { return String(format: "%.1f", value) }
        if size >= 10 { return String(format: "%.2f", value) }
        return size >= 0.01 || size == 0
            ? String(format: "%.3f", value) : String(format: "%.4g", value)
    }

    /// A share as a percentage.
    package static func percent(_ value: Double?) -> String {
        guard let value, value.isFinite else { return "–" }
        let digits = abs(value) < 0.01 ? 3 : abs(value) < 0.1 ? 2 : 1
        return String(format: "%.\(digits)f %%", value * 100)
    }

    /// A number with a fixed count of decimals.
    package static func decimals(_ value: Double?, _ digits: Int) -> String {
        guard let value, value.isFinite else { return "–" }
        return String(format: "%.\(digits)f", value)
    }
}
