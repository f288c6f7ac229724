extension BinaryInteger {
    /// The number for people, with a comma between thousands: `1,234,567`.
    package var grouped: String {
        (self < 0 ? "−" : "") + Thousands.grouped(String(magnitude))
    }
}

/// Numbers that people read.
enum Thousands {
    /// Digits with a comma before each three of them.
    static func grouped(_ digits: String) -> String {
        var out = ""
        for (index, digit) in digits.enumerated() {
            if index > 0 && (digits.count - index).isMultiple(of: 3) { out.append(",") }
            out.append(digit)
        }
        return out
    }
}
