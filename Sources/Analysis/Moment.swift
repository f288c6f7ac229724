/// Moments as seconds since 1 January 1970, in universal time.
package enum Moment {
    /// Reads `2024-03-31`, `2024-03-31 18:05`, `2024-03-31T18:05:59.25+02:00`, or seconds (or, from
    /// 10¹¹ on, milliseconds) since 1970; without an offset the time is universal.
    package static func read(_ text: String) -> Double? {
        if text.utf8.count != 8, let number = CSVStyle().number(text) {
            return abs(number) >= 1e11 ? number / 1000 : number
        }
        guard let day = DayNumber.read(text) else { return nil }
        let date = text.prefix { $0 != "T" && $0 != " " }
        var rest = text[date.endIndex...].dropFirst()
        var offset = 0.0
        if rest.last == "Z" || rest.last == "z" {
            rest = rest.dropLast()
        } else if let sign = rest.lastIndex(where: { $0 == "+" || $0 == "-" }) {
            let digits = rest[sign...].dropFirst().filter { $0 != ":" }
            guard digits.count == 4 || digits.count == 2, let number = Int(digits) else {
                return nil
            }
            let minutes = digits.count == 2 ? number * 60 : number / 100 * 60 + number % 100
            offset = Double(rest[sign] == "-" ? -minutes : minutes) * 60
            rest = rest[..<sign]
        } else if rest.hasSuffix(" UTC") {
            rest = rest.dropLast(4)
        }
        var seconds = 0.0
        if !rest.isEmpty {
            let parts = rest.split(separator: ":", omittingEmptySubsequences: false)
            guard (2...3).contains(parts.count), let hour = Int(parts[0]),
                let minute = Int(parts[1]), (0...24).contains(hour), (0...59).contains(minute)
            else { return nil }
            seconds = Double(hour * 3600 + minute * 60)
            if parts.count == 3 {
                guard let second = CSVStyle().number(String(parts[2])), (0..<61).contains(second)
                else { return nil }
                seconds += second
            }
        }
        return Double(day) * 86_400 + seconds - offset
    }
}
