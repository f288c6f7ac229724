import Foundation

/// An ISO 4217 currency code and the number of its decimal places.
package struct Currency: Hashable, Sendable, Codable, CustomStringConvertible {
    /// Three upper-case letters, such as `EUR`.
    package let code: String

    /// Accepts any three ASCII letters.
    package init?(_ code: String) {
        let upper = code.uppercased()
        guard upper.utf8.count == 3, upper.utf8.allSatisfy({ (65...90).contains($0) }) else {
            return nil
        }
        self.code = upper
    }

    init(unchecked code: String) { self.code = code }

    package static let euro = Currency(unchecked: "EUR")

    /// Decimal places of the minor unit (ISO 4217 table A.1).
    package var decimals: Int {
        switch code {
        case "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI",
            "VND", "VUV", "XAF", "XOF", "XPF":
            0
        case "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND": 3
        default: 2
        }
    }

    package var description: String { code }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let currency = Currency(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "not a currency code: \(text)")
        }
        self = currency
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(code)
    }
}

/// An amount in minor units (cents) of one currency; never a floating-point number.
package struct Money: Hashable, Sendable, Codable {
    /// Minor units: 1234 is 12.34 in a currency with two decimals.
    package var minorUnits: Int64
    package var currency: Currency

    package init(minorUnits: Int64, currency: Currency) {
        self.minorUnits = minorUnits
        self.currency = currency
    }

    /// Reads a decimal amount such as `1234.5`; refuses more decimals than the currency has.
    package init?(decimal text: String, currency: Currency) {
        var digits = text.trimmingCharacters(in: .whitespaces)
        let isNegative = digits.hasPrefix("-")
        if isNegative { digits.removeFirst() }
        let parts = digits.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, let whole = parts.first, !whole.isEmpty,
            digits.utf8.allSatisfy({ (48...57).contains($0) || $0 == 46 })
        else { return nil }
        let fraction = parts.count == 2 ? String(parts[1]) : ""
        guard fraction.count <= currency.decimals, parts.count == 1 || !fraction.isEmpty else {
            return nil
        }
        let padded = fraction.padding(
            toLength: currency.decimals, withPad: "0", startingAt: 0)
        guard let units = Int64(whole + padded) else { return nil }
        self.init(minorUnits: isNegative ? -units : units, currency: currency)
    }

    /// The plain decimal amount without a symbol: `1234.50`.
    package var decimal: String {
        let digits = String(minorUnits.magnitude)
        let places = currency.decimals
        let sign = minorUnits < 0 ? "-" : ""
        guard places > 0 else { return sign + digits }
        let padded = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
        return sign + padded.dropLast(places) + "." + padded.suffix(places)
    }

    /// The amount for people: `€1,234.50`, `CHF 12.00`.
    package var formatted: String {
        let sign = minorUnits < 0 ? "−" : ""
        let plain = Money(minorUnits: Int64(minorUnits.magnitude), currency: currency).decimal
        let parts = plain.split(separator: ".")
        let grouped = Self.grouped(String(parts[0])) + (parts.count > 1 ? "." + parts[1] : "")
        let symbol =
            switch currency.code {
            case "EUR": "€"
            case "USD": "$"
            case "GBP": "£"
            default: currency.code + "\u{00A0}"
            }
        return sign + symbol + grouped
    }

    private static func grouped(_ digits: String) -> String {
        var out = ""
        for (index, digit) in digits.enumerated() {
            if index > 0 && (digits.count - index).isMultiple(of: 3) { out.append(",") }
            out.append(digit)
        }
        return out
    }

    /// Splits the amount by `weights` so that the parts sum to it exactly (largest remainder).
    ///
    /// Ties go to the earlier part. Weights must be finite, not negative and not all zero.
    package func split(by weights: [Double]) -> [Money] {
        LargestRemainder.split(minorUnits, by: weights)
            .map { Money(minorUnits: $0, currency: currency) }
    }
}

/// Largest-remainder (Hamilton) apportionment of a whole number.
package enum LargestRemainder {
    /// Whole parts in proportion to `weights` whose sum is exactly `total`.
    package static func split(_ total: Int64, by weights: [Double]) -> [Int64] {
        let sum = weights.reduce(0, +)
        precondition(
            sum > 0 && sum.isFinite && weights.allSatisfy { $0 >= 0 },
            "weights must be finite, not negative and not all zero")
        let exact = weights.map { Double(total.magnitude) * ($0 / sum) }
        var parts = exact.map { Int64($0.rounded(.down)) }
        let missing = Int64(total.magnitude) - parts.reduce(0, +)
        let order = weights.indices.sorted { left, right in
            let a = exact[left] - exact[left].rounded(.down)
            let b = exact[right] - exact[right].rounded(.down)
            return a == b ? left < right : a > b
        }
        for step in 0..<Int(max(0, missing)) { parts[order[step % order.count]] += 1 }
        for step in 0..<Int(max(0, -missing)) {
            parts[order[order.count - 1 - step % order.count]] -= 1
        }
        return total < 0 ? parts.map { -$0 } : parts
    }
}
