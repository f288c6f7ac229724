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
        let plain = Money(minorUnits: Int64(clamping: minorUnits.magnitude), currency: currency)
            .decimal
        let parts = plain.split(separator: ".")
        let grouped = Thousands.grouped(String(parts[0])) + (parts.count > 1 ? "." + parts[1] : "")
        let symbol =
            switch currency.code {
            case "EUR": "€"
            case "USD": "$"
            case "GBP": "£"
            default: currency.code + "\u{00A0}"
            }
        return sign + symbol + grouped
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
        let shares = whole(weights)
        let sum = shares.reduce(0, +)
        // 128 bits hold any amount times any share, so every step here is exact.
        let size = Int128(total.magnitude)
        var parts = shares.map { size * $0 / sum }
        let missing = Int(size - parts.reduce(0, +))
        let remainders = shares.map { size * $0 % sum }
        let order = weights.indices.sorted { left, right in
            remainders[left] == remainders[right]
                ? left < right : remainders[left] > remainders[right]
        }
        for index in order.prefix(missing) { parts[index] += 1 }
        return parts.map { Int64(total < 0 ? -$0 : $0) }
    }

    /// The weights as whole numbers in the same proportion, to 52 bits.
    private static func whole(_ weights: [Double]) -> [Int128] {
        let sum = weights.reduce(0, +)
        precondition(
            sum > 0 && sum.isFinite && weights.allSatisfy { $0 >= 0 },
            "weights must be finite, not negative and not all zero")
        let limit = 4_503_599_627_370_496.0
        if sum <= limit && weights.allSatisfy({ $0 == $0.rounded() }) {
            return weights.map { Int128($0) }
        }
        return weights.map { Int128(($0 / sum * limit).rounded()) }
    }
}
