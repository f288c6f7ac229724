package import Foundation

/// A point in time, in whole milliseconds since 1970-01-01T00:00:00Z.
///
/// Every table stores time as this number, so both database engines sort and compare it alike.
package struct Instant: Hashable, Comparable, Sendable {
    /// Milliseconds since the Unix epoch.
    package var milliseconds: Int64

    package init(milliseconds: Int64) { self.milliseconds = milliseconds }

    package init(_ date: Date) {
        // To the nearest: a date made from whole milliseconds must give them back.
        milliseconds = Int64((date.timeIntervalSince1970 * 1000).rounded())
    }

    /// The same point as a Foundation date.
    package var date: Date { Date(timeIntervalSince1970: Double(milliseconds) / 1000) }

    package static func < (left: Instant, right: Instant) -> Bool {
        left.milliseconds < right.milliseconds
    }

    package static func + (instant: Instant, duration: Duration) -> Instant {
        Instant(milliseconds: instant.milliseconds + duration.inMilliseconds)
    }

    package static func - (instant: Instant, duration: Duration) -> Instant {
        Instant(milliseconds: instant.milliseconds - duration.inMilliseconds)
    }

    /// The time from `start` to `end`; negative when `end` comes first.
    package static func - (end: Instant, start: Instant) -> Duration {
        .milliseconds(end.milliseconds - start.milliseconds)
    }
}

extension Instant {
    /// Reads an RFC 3339 timestamp with a zone, such as `2026-11-23T09:00:00Z` or `…+01:00`.
    ///
    /// Digits beyond milliseconds are dropped; a leap second counts as the one before it.
    package init?(iso8601 text: String) {
        guard text.utf8.count >= 17, let date = CivilDate(String(text.prefix(10))) else {
            return nil
        }
        var rest = text.dropFirst(10)
        guard let separator = rest.popFirst(), "Tt ".contains(separator) else { return nil }
        guard let hour = rest.takeTwoDigits(upTo: 23), rest.popFirst() == ":",
            let minute = rest.takeTwoDigits(upTo: 59)
        else { return nil }
        var milliseconds: Int64 = 0
        if rest.first == ":" {
            rest.removeFirst()
            guard let second = rest.takeTwoDigits(upTo: 60) else { return nil }
            milliseconds = Int64(min(second, 59)) * 1000
            if rest.first == "." || rest.first == "," {
                let digits = rest.dropFirst().prefix { $0.isASCII && $0.isNumber }
                guard let fraction = Digits.number((digits + "00").prefix(3)), !digits.isEmpty
                else { return nil }
                milliseconds += Int64(fraction)
                rest = rest.dropFirst(1 + digits.count)
            }
        }
        guard let offset = Self.minutesEastOfUTC(rest) else { return nil }
        let minutes = Int64(date.daysSinceEpoch * 1440 + hour * 60 + minute - offset)
        self.init(milliseconds: minutes * 60_000 + milliseconds)
    }

    private static func minutesEastOfUTC(_ zone: Substring) -> Int? {
        if zone == "Z" || zone == "z" { return 0 }
        var rest = zone
        guard let sign = rest.popFirst(), sign == "+" || sign == "-",
            let hours = rest.takeTwoDigits(upTo: 23)
        else { return nil }
        if rest.first == ":" { rest.removeFirst() }
        guard let minutes = rest.takeTwoDigits(upTo: 59), rest.isEmpty else { return nil }
        return (sign == "-" ? -1 : 1) * (hours * 60 + minutes)
    }

    /// The UTC timestamp with milliseconds, as the API writes it: `2026-11-23T09:00:00.000Z`.
    package var iso8601: String {
        let day = Int64(86_400_000)
        let rest = ((milliseconds % day) + day) % day
        let date = CivilDate(daysSinceEpoch: Int((milliseconds - rest) / day))
        let pad = { (number: Int64, width: Int) in
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        return "\(date)T\(pad(rest / 3_600_000, 2)):\(pad(rest / 60_000 % 60, 2)):"
            + "\(pad(rest / 1000 % 60, 2)).\(pad(rest % 1000, 3))Z"
    }
}

extension Substring {
    fileprivate mutating func takeTwoDigits(upTo largest: Int) -> Int? {
        let digits = prefix(2)
        guard digits.utf8.count == 2, let number = Digits.number(digits), number <= largest else {
            return nil
        }
        removeFirst(2)
        return number
    }
}

extension Instant: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let instant = Instant(iso8601: text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "not an ISO 8601 timestamp: \(text)")
        }
        self = instant
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(iso8601)
    }
}

extension Duration {
    /// The whole milliseconds in this duration, rounded toward zero.
    package var inMilliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }

    /// The duration in seconds, with its fraction.
    package var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }

    /// A duration of whole minutes.
    package static func minutes(_ count: Int64) -> Duration { .seconds(count * 60) }
    /// A duration of whole hours.
    package static func hours(_ count: Int64) -> Duration { .seconds(count * 3600) }
    /// A duration of days of 24 hours.
    package static func days(_ count: Int64) -> Duration { .seconds(count * 86_400) }
}
