/// Days as numbers since 1 January 1970.
package enum DayNumber {
    /// The spellings that are read, for messages.
    static let forms =
        "a day such as 2024-03-31, 2024/03/31, 20240331 or 31.03.2024 (with points the day comes first)"

    /// The day that a text says: `2024-03-31`, `2024/03/31`, `20240331`, or `31.03.2024`.
    ///
    /// `03/31/2024` is not read: whether the day or the month comes first there is not known.
    package static func read(_ text: some StringProtocol) -> Int? {
        let day = text.prefix { $0 != "T" && $0 != " " }
        let parts: [Substring]
        if day.utf8.count == 8, day.allSatisfy(\.isNumber) {
            let digits = String(day)
            parts = [digits.prefix(4), digits.dropFirst(4).prefix(2), digits.dropFirst(6)]
        } else {
            let mark: Character = day.contains("/") ? "/" : day.contains(".") ? "." : "-"
            let written = String(day).split(separator: mark, omittingEmptySubsequences: false)
            parts = mark == "." ? written.reversed() : written
        }
        guard parts.count == 3, parts[0].count == 4, parts[1].count <= 2, parts[2].count <= 2,
            parts.allSatisfy({ $0.utf8.allSatisfy { $0 &- 48 < 10 } }), let year = Int(parts[0]),
            let month = Int(parts[1]), let day = Int(parts[2]), (1...12).contains(month),
            (1...31).contains(day)
        else { return nil }
        let number = number(year, month, day)
        return self.parts(number) == (year, month, day) ? number : nil
    }

    /// The day as `2024-03-31`.
    package static func text(_ number: Int) -> String {
        let (year, month, day) = parts(number)
        func padded(_ number: Int, _ width: Int) -> String {
            let text = String(number)
            return String(repeating: "0", count: max(0, width - text.count)) + text
        }
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
    }

    /// Hinnant's `days_from_civil`.
    package static func number(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let y = month <= 2 ? year - 1 : year
        let era = (y >= 0 ? y : y - 399) / 400
        let yearOfEra = y - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
            - 719_468
    }

    /// Hinnant's `civil_from_days`.
    package static func parts(_ number: Int) -> (year: Int, month: Int, day: Int) {
        let z = number + 719_468
        let era = (z >= 0 ? z : z - 146_096) / 146_097
        let dayOfEra = z - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let m = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * m + 2) / 5 + 1
        let month = m < 10 ? m + 3 : m - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }
}
