import Foundation

enum Digits {
    /// The number that ASCII digits spell; unlike `Int(_:)` it takes no sign.
    static func number(_ text: some StringProtocol) -> Int? {
        guard text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return Int(text)
    }
}

/// A calendar day without a time or a zone: `2026-11-23`.
package struct CivilDate: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    package let year: Int
    package let month: Int
    package let day: Int

    /// Refuses days that do not exist, such as 30 February.
    package init?(year: Int, month: Int, day: Int) {
        guard (1...9999).contains(year), (1...12).contains(month),
            (1...CivilMonth.length(year: year, month: month)).contains(day)
        else { return nil }
        self.year = year
        self.month = month
        self.day = day
    }

    /// Reads `yyyy-mm-dd`.
    package init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.map(\.utf8.count) == [4, 2, 2], let year = Digits.number(parts[0]),
            let month = Digits.number(parts[1]), let day = Digits.number(parts[2])
        else { return nil }
        self.init(year: year, month: month, day: day)
    }

    /// The day on which `instant` falls in `zone`.
    package init(_ instant: Instant, in zone: Zone) {
        self = zone.localTime(instant).date
    }

    fileprivate init(firstOf month: CivilMonth) {
        year = month.year
        self.month = month.month
        day = 1
    }

    init(daysSinceEpoch days: Int) {
        // Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": civil_from_days.
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// Days since 1970-01-01 (Hinnant: days_from_civil).
    package var daysSinceEpoch: Int {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    /// The date that many days later.
    package func adding(days: Int) -> CivilDate {
        CivilDate(daysSinceEpoch: daysSinceEpoch + days)
    }

    /// 1 for Monday to 7 for Sunday (ISO 8601).
    package var isoWeekday: Int { (((daysSinceEpoch + 3) % 7) + 7) % 7 + 1 }

    /// The Monday of this day's week.
    package var startOfWeek: CivilDate { adding(days: 1 - isoWeekday) }

    package var civilMonth: CivilMonth { CivilMonth(unchecked: year, month) }

    package var description: String {
        let pad = { (value: Int, width: Int) in
            String(repeating: "0", count: max(0, width - String(value).count)) + String(value)
        }
        return "\(pad(year, 4))-\(pad(month, 2))-\(pad(day, 2))"
    }

    package static func < (left: CivilDate, right: CivilDate) -> Bool {
        (left.year, left.month, left.day) < (right.year, right.month, right.day)
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let date = CivilDate(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "not a date: \(text)")
        }
        self = date
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// A calendar month: `2026-11`.
package struct CivilMonth: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    package let year: Int
    package let month: Int

    /// Reads `yyyy-mm`.
    package init?(_ text: String) {
        guard let first = CivilDate(text + "-01") else { return nil }
        self = first.civilMonth
    }

    init(unchecked year: Int, _ month: Int) {
        self.year = year
        self.month = month
    }

    /// The month that many months later.
    package func adding(months: Int) -> CivilMonth {
        let index = year * 12 + (month - 1) + months
        let rest = (index % 12 + 12) % 12
        return CivilMonth(unchecked: (index - rest) / 12, rest + 1)
    }

    /// The number of months from `start` to this month.
    package func months(since start: CivilMonth) -> Int {
        (year - start.year) * 12 + month - start.month
    }

    /// The first day; also of the months before year 1 and after 9999 that lie next to readable ones.
    package var firstDay: CivilDate { CivilDate(firstOf: self) }
    package var lastDay: CivilDate { adding(months: 1).firstDay.adding(days: -1) }

    /// `November 2026`.
    package var name: String { "\(Self.names[month - 1]) \(year)" }
    /// `Nov`.
    package var shortName: String { String(Self.names[month - 1].prefix(3)) }

    private static let names = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September",
        "October", "November", "December",
    ]

    static func length(year: Int, month: Int) -> Int {
        switch month {
        case 4, 6, 9, 11: 30
        case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
        default: 31
        }
    }

    package var description: String { String(firstDay.description.prefix(7)) }

    package static func < (left: CivilMonth, right: CivilMonth) -> Bool {
        (left.year, left.month) < (right.year, right.month)
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let month = CivilMonth(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "not a month: \(text)")
        }
        self = month
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

extension CivilDate {
    /// The day for sentences: `31 March 2027`.
    package var words: String { "\(day) \(civilMonth.name)" }
}

/// A wall-clock reading without a zone: `2026-03-29T02:30`.
package struct LocalTime: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    package let date: CivilDate
    package let hour: Int
    package let minute: Int

    package init?(date: CivilDate, hour: Int, minute: Int) {
        guard (0...23).contains(hour), (0...59).contains(minute) else { return nil }
        self.date = date
        self.hour = hour
        self.minute = minute
    }

    /// Reads `yyyy-mm-ddThh:mm`, as `<input type="datetime-local">` sends it; seconds are ignored.
    package init?(_ text: String) {
        let halves = text.split(separator: "T", omittingEmptySubsequences: false)
        guard halves.count == 2, let date = CivilDate(String(halves[0])) else { return nil }
        let clock = halves[1].split(separator: ":", omittingEmptySubsequences: false)
        guard (2...3).contains(clock.count), clock.prefix(2).map(\.utf8.count) == [2, 2],
            let hour = Digits.number(clock[0]), let minute = Digits.number(clock[1])
        else { return nil }
        self.init(date: date, hour: hour, minute: minute)
    }

    /// `09:05`.
    package var clock: String {
        (hour < 10 ? "0" : "") + String(hour) + ":" + (minute < 10 ? "0" : "") + String(minute)
    }

    package var description: String { "\(date)T\(clock)" }

    package static func < (left: LocalTime, right: LocalTime) -> Bool {
        (left.date, left.hour, left.minute) < (right.date, right.hour, right.minute)
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let time = LocalTime(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "not a local time: \(text)")
        }
        self = time
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// An IANA time zone that this machine knows: `Europe/Berlin`.
package struct Zone: Hashable, Sendable, Codable, CustomStringConvertible {
    /// The IANA identifier.
    package let name: String
    private let timeZone: TimeZone

    package init?(_ name: String) {
        // Foundation also accepts abbreviations and offsets, which have no daylight-saving rules.
        guard name == "UTC" || name.contains("/"), let zone = TimeZone(identifier: name) else {
            return nil
        }
        self.name = name
        timeZone = zone
    }

    package static let utc = Zone(name: "UTC", timeZone: .gmt)

    private init(name: String, timeZone: TimeZone) {
        self.name = name
        self.timeZone = timeZone
    }

    /// Every identifier this machine knows, sorted.
    package static var allNames: [String] {
        TimeZone.knownTimeZoneIdentifiers.filter { $0.contains("/") }.sorted()
    }

    /// What a clock on the wall in this zone shows at `instant`.
    package func localTime(_ instant: Instant) -> LocalTime {
        let offset = timeZone.secondsFromGMT(for: instant.date)
        let seconds = Int((Double(instant.milliseconds) / 1000).rounded(.down)) + offset
        let days = Int((Double(seconds) / 86_400).rounded(.down))
        let rest = seconds - days * 86_400
        guard
            let time = LocalTime(
                date: CivilDate(daysSinceEpoch: days), hour: rest / 3600,
                minute: rest % 3600 / 60)
        else { preconditionFailure("a remainder of a day is a time of day") }
        return time
    }

    /// The instant at which a wall clock in this zone shows `local`.
    ///
    /// When clocks go forward and `local` is skipped, the answer is the moment that many minutes
    /// after the jump (02:30 becomes 03:30). When clocks go back and `local` happens twice, the
    /// answer is the first of the two. (RFC 5545 §3.3.5 says the same of calendar events.)
    package func instant(_ local: LocalTime) -> Instant {
        let naive = local.date.daysSinceEpoch * 86_400 + local.hour * 3600 + local.minute * 60
        let offsetBefore = timeZone.secondsFromGMT(
            for: Date(timeIntervalSince1970: Double(naive - 86_400)))
        let offsetAfter = timeZone.secondsFromGMT(
            for: Date(timeIntervalSince1970: Double(naive + 86_400)))
        for offset in [max(offsetBefore, offsetAfter), min(offsetBefore, offsetAfter)] {
            let candidate = Instant(milliseconds: Int64(naive - offset) * 1000)
            if localTime(candidate) == local { return candidate }
        }
        return Instant(milliseconds: Int64(naive - offsetBefore) * 1000)
    }

    /// The first instant of `date` in this zone.
    package func startOfDay(_ date: CivilDate) -> Instant {
        guard let midnight = LocalTime(date: date, hour: 0, minute: 0) else {
            preconditionFailure("midnight is a time of day")
        }
        return instant(midnight)
    }

    /// The offset from UTC at `instant`, such as `UTC+01:00`.
    package func offsetName(at instant: Instant) -> String {
        let seconds = timeZone.secondsFromGMT(for: instant.date)
        let minutes = abs(seconds) / 60
        let pad = { (value: Int) in (value < 10 ? "0" : "") + String(value) }
        return "UTC\(seconds < 0 ? "−" : "+")\(pad(minutes / 60)):\(pad(minutes % 60))"
    }

    package var description: String { name }

    package static func == (left: Zone, right: Zone) -> Bool { left.name == right.name }
    package func hash(into hasher: inout Hasher) { hasher.combine(name) }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let zone = Zone(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "not a time zone: \(text)")
        }
        self = zone
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(name)
    }
}
