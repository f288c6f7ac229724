package import Foundation

/// A point in time, in whole milliseconds since 1970-01-01T00:00:00Z.
///
/// Every table stores time as this number, so both database engines sort and compare it alike.
package struct Instant: Hashable, Comparable, Sendable {
    /// Milliseconds since the Unix epoch.
    package var milliseconds: Int64

    package init(milliseconds: Int64) { self.milliseconds = milliseconds }

    package init(_ date: Date) {
        milliseconds = Int64((date.timeIntervalSince1970 * 1000).rounded(.down))
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
    /// Reads an ISO 8601 timestamp with a zone, such as `2026-11-23T09:00:00Z` or `…+01:00`.
    package init?(iso8601 text: String) {
        let plain = Date.ISO8601FormatStyle()
        if let date = try? plain.parse(text) {
            self.init(date)
        } else if let date = try? Date.ISO8601FormatStyle(includingFractionalSeconds: true)
            .parse(text)
        {
            self.init(date)
        } else {
            return nil
        }
    }

    /// The UTC timestamp with milliseconds, as the API writes it: `2026-11-23T09:00:00.000Z`.
    package var iso8601: String {
        date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
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

    package static func minutes(_ count: Int64) -> Duration { .seconds(count * 60) }
    package static func hours(_ count: Int64) -> Duration { .seconds(count * 3600) }
    package static func days(_ count: Int64) -> Duration { .seconds(count * 86_400) }
}
