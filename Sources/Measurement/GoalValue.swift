import Kernel

/// The value of a goal as a site reports it: a decimal text from somebody else's program.
struct GoalValue: Sendable, Hashable {
    let money: Money
    /// Whether the text had more decimals than the currency, and not just zeros.
    let isRounded: Bool

    /// Reads a value, rounding half to even in minor units; nil for what is no decimal number.
    ///
    /// A comma is refused: `1,234` means a thousand to some and one to others.
    init?(_ text: String, currency: Currency) {
        guard !text.isEmpty else {
            money = Money(minorUnits: 0, currency: currency)
            isRounded = false
            return
        }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let fraction = parts.count == 2 ? Array(parts[1].utf8) : []
        guard parts.count <= 2, !parts[0].isEmpty, parts.count == 1 || !fraction.isEmpty,
            (parts[0].utf8 + fraction).allSatisfy({ (48...57).contains($0) })
        else { return nil }
        let places = currency.decimals
        let kept =
            fraction.prefix(places) + Array(repeating: 48, count: max(0, places - fraction.count))
        let rest = fraction.dropFirst(places)
        guard
            var units = Int64(String(parts[0]) + String(decoding: kept, as: UTF8.self)),
            units < 1_000_000_000_000
        else { return nil }
        isRounded = rest.contains { $0 != 48 }
        if let first = rest.first {
            let isHalf = first == 53 && !rest.dropFirst().contains { $0 != 48 }
            if first >= 53, !isHalf || !units.isMultiple(of: 2) { units += 1 }
        }
        money = Money(minorUnits: units, currency: currency)
    }
}
