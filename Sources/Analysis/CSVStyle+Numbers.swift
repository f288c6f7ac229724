import Foundation

extension CSVStyle {
    /// The finite number that a text says.
    package func number(_ text: String) -> Double? {
        var text = text
        return text.withUTF8 { number($0) }
    }

    /// The finite number that bytes say in plain decimal digits, such as `-1234.5` or `1.5e3`.
    ///
    /// Marks between thousands stand before groups of exactly three digits, and where a lone comma
    /// could also be a decimal one (`1,234`) it is not guessed. Up to 2⁵³ and 22 powers of ten both
    /// parts are exact, so that one division rounds correctly (Clinger, "How to read floating point
    /// numbers accurately", PLDI 1990); the rest is left to the standard library.
    package func number(_ cell: UnsafeBufferPointer<UInt8>) -> Double? {
        let point = UInt8(ascii: hasDecimalCommas ? "," : ".")
        var (mantissa, digits, decimals): (UInt64, Int, Int) = (0, 0, 0)
        var (hasPoint, hasDigit, isNegative) = (false, false, false)
        for (index, byte) in cell.enumerated() {
            let digit = byte &- 48
            if digit < 10 {
                hasDigit = true
                mantissa = mantissa &* 10 &+ UInt64(digit)
                if mantissa > 0 { digits += 1 }
                if hasPoint { decimals += 1 }
            } else if byte == point, !hasPoint {
                hasPoint = true
            } else if index == 0, byte == 45 {
                isNegative = true
            } else {
                return longNumber(cell)
            }
        }
        guard hasDigit, digits < 19, mantissa <= 1 << 53, decimals <= 22 else {
            return longNumber(cell)
        }
        let number = Double(mantissa) / Self.powersOfTen[decimals]
        return isNegative ? -number : number
    }

    /// The same by the full grammar: sign, digits, marks between thousands, decimals, exponent.
    private func longNumber(_ cell: UnsafeBufferPointer<UInt8>) -> Double? {
        guard let plain = NumberParts(cell, hasDecimalCommas: hasDecimalCommas)?.plain,
            let number = Double(plain), number.isFinite
        else { return nil }
        return number
    }

    /// What is wrong with a text that is no number here, and what to do.
    package func remedy(_ text: String) -> String {
        if text.isEmpty {
            return "needs a number; write 0 if there was none, or leave the row out."
        }
        let other = CSVStyle(hasDecimalCommas: !hasDecimalCommas)
        if !hasDecimalCommas {
            if text.contains(","), !text.contains("."),
                CSVStyle(hasDecimalCommas: false).isGrouped(text)
            {
                return "can be read in two ways. Write thousands without a comma; if commas "
                    + "separate decimals, say --decimal-comma."
            }
            if other.number(text) != nil {
                return "is not a number such as 1234.5. If commas separate decimals, say "
                    + "--decimal-comma."
            }
        } else if other.number(text) != nil {
            return "has a point where --decimal-comma allows one before three digits only. Write "
                + "it with a comma, or leave --decimal-comma out if points separate decimals."
        }
        switch text.lowercased().trimmingCharacters(in: CharacterSet(charactersIn: "+-")) {
        case "nan", "inf", "infinity", "na", "n/a", "null", "none":
            return "is not a finite number. Write a number, or leave the row out."
        default: break
        }
        let sample = hasDecimalCommas ? "1234,5" : "1234.5"
        if Double(text).map({ !$0.isFinite }) ?? false { return "is too large for a number." }
        return "is not a number such as \(sample). Write decimal digits without unit or currency."
    }

    /// Whether a text is digits with marks before groups of three.
    private func isGrouped(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 {
            NumberParts($0, hasDecimalCommas: hasDecimalCommas, allowsLoneComma: true) != nil
        }
    }

    private static let powersOfTen: [Double] = [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
        1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ]
}

/// A number as written, taken apart.
private struct NumberParts {
    /// The same number with a point and without marks between thousands.
    private(set) var plain = ""

    init?(
        _ cell: UnsafeBufferPointer<UInt8>, hasDecimalCommas: Bool, allowsLoneComma: Bool = false
    ) {
        let point = UInt8(ascii: hasDecimalCommas ? "," : ".")
        let mark = UInt8(ascii: hasDecimalCommas ? "." : ",")
        var at = 0
        if at < cell.count, cell[at] == 43 || cell[at] == 45 {
            if cell[at] == 45 { plain = "-" }
            at += 1
        }
        // Digits in groups; with marks the first has one to three, the others three.
        var groups = [0]
        while at < cell.count, Self.isDigit(cell[at]) || cell[at] == mark {
            if cell[at] == mark {
                groups.append(0)
            } else {
                groups[groups.count - 1] += 1
                plain.unicodeScalars.append(Unicode.Scalar(cell[at]))
            }
            at += 1
        }
        if groups.count > 1 {
            guard (1...3).contains(groups[0]), groups.dropFirst().allSatisfy({ $0 == 3 }) else {
                return nil
            }
        }
        var decimals = 0
        let hasPoint = at < cell.count && cell[at] == point
        if hasPoint {
            at += 1
            if groups == [0] { plain += "0" }
            plain += "."
            while at < cell.count, Self.isDigit(cell[at]) {
                plain.unicodeScalars.append(Unicode.Scalar(cell[at]))
                decimals += 1
                at += 1
            }
            if decimals == 0 { plain += "0" }
        }
        guard groups[0] + decimals > 0 else { return nil }
        // One comma and nothing else that tells: 1,234 may be either.
        if !hasDecimalCommas, groups.count == 2, !hasPoint, !allowsLoneComma { return nil }
        guard Self.exponent(cell, at, &plain) else { return nil }
    }

    /// Reads an exponent up to the end of the cell; false when something else stands there.
    private static func exponent(
        _ cell: UnsafeBufferPointer<UInt8>, _ start: Int, _ plain: inout String
    ) -> Bool {
        var at = start
        guard at < cell.count else { return true }
        guard cell[at] | 32 == UInt8(ascii: "e") else { return false }
        plain += "e"
        at += 1
        if at < cell.count, cell[at] == 43 || cell[at] == 45 {
            if cell[at] == 45 { plain += "-" }
            at += 1
        }
        guard at < cell.count else { return false }
        while at < cell.count {
            guard isDigit(cell[at]) else { return false }
            plain.unicodeScalars.append(Unicode.Scalar(cell[at]))
            at += 1
        }
        return true
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte &- 48 < 10 }
}
