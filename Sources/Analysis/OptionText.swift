import Foundation

/// Numbers as options say them.
package enum OptionText {
    /// What is wrong with an option's text.
    package struct Refusal: Error, Sendable, Hashable {
        /// A sentence that says how to write it.
        package let message: String
    }

    /// A share such as a confidence, a level, a power or an alpha.
    ///
    /// Between 0 and 1 it is a share, with a percent sign or above 1 and below 100 a percentage;
    /// 0.95, 95 and 95% are the same. 1 could be either and is refused, like all that is left.
    package static func share(_ text: String) throws(Refusal) -> Double {
        var digits = text.trimmingCharacters(in: .whitespaces)
        let isPercent = digits.hasSuffix("%")
        if isPercent { digits = digits.dropLast().trimmingCharacters(in: .whitespaces) }
        guard let number = CSVStyle().number(digits) else {
            throw Refusal(message: "write a share such as 0.95, or a percentage such as 95%.")
        }
        if number == 1, !isPercent {
            throw Refusal(
                message: "1 could be all or 1 %; write a share below 1 such as 0.95, or 1%.")
        }
        let share = isPercent || number > 1 ? number / 100 : number
        guard share > 0, share < 1 else {
            throw Refusal(
                message: "it must lie between 0 and 1, without both; write a share such as 0.95, "
                    + "or a percentage such as 95%.")
        }
        return share
    }

    /// A finite number in decimal digits: no nan, inf or hexadecimal digits.
    package static func number(_ text: String) throws(Refusal) -> Double {
        guard let number = CSVStyle().number(text.trimmingCharacters(in: .whitespaces)) else {
            throw Refusal(message: "write a finite number in decimal digits, such as 2.5.")
        }
        return number
    }
}
