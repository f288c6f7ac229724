package import Foundation
package import Kernel

/// One request to another server.
package struct OutboundRequest: Sendable {
    package var method: String
    package var url: String
    package var headers: [(name: String, value: String)]
    package var body: Data?
    /// From the first step to the last byte of the answer.
    package var deadline: Duration
    /// The longest answer to read, in bytes.
    package var maxBytes: Int
    /// The body leaves before this moment or not at all.
    ///
    /// A process that slept in between would else send what another has taken over meanwhile.
    package var bodyLeavesBefore: ContinuousClock.Instant?
    /// Told when the first bytes have left and the body follows; not called when nothing leaves.
    package var onDeparture: (@Sendable () -> Void)?

    package init(
        _ method: String, _ url: String, headers: [(name: String, value: String)] = [],
        body: Data? = nil, deadline: Duration = .seconds(20), maxBytes: Int = 4 << 20
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.deadline = deadline
        self.maxBytes = maxBytes
    }
}

/// What another server answered, whatever its status.
package struct OutboundAnswer: Sendable {
    package var status: Int
    /// Lower-case names; of repeated headers the first.
    package var headers: [String: String]
    package var body: Data
    /// The address that answered, after redirects.
    package var url: String

    package init(status: Int, headers: [String: String] = [:], body: Data, url: String) {
        self.status = status
        self.headers = headers
        self.body = body
        self.url = url
    }

    package var isSuccess: Bool { (200..<300).contains(status) }

    /// How long the server asks to wait: `Retry-After` in seconds or as a date.
    package func retryAfter(now: Instant) -> Duration? {
        guard let text = headers["retry-after"]?.trimmingCharacters(in: .whitespaces) else {
            return nil
        }
        if let seconds = Double(text), seconds.isFinite {
            return .milliseconds(Int64(min(max(0, seconds), 86_400) * 1000))
        }
        guard let moment = HTTPDate.instant(text) else { return nil }
        return min(max(.zero, moment - now), .days(1))
    }

    /// How far the server's clock is ahead of ours (or behind, when less than zero).
    ///
    /// Zero when it does not say, and when it is half a day off: that is no clock but a copy.
    package func clockAhead(now: Instant) -> Duration {
        guard let there = headers["date"].flatMap(HTTPDate.instant) else { return .zero }
        let ahead = there - now
        return max(ahead, .zero - ahead) < .hours(12) ? ahead : .zero
    }
}

/// Dates as HTTP writes them.
package enum HTTPDate {
    /// Reads `Wed, 21 Oct 2026 07:28:00 GMT`; nil for a moment that no server can mean.
    package static func instant(_ text: String) -> Instant? {
        let words = text.split { $0 == " " || $0 == "," || $0 == "\t" }
        guard words.count == 6, (1...2).contains(words[1].utf8.count),
            let month = months.firstIndex(of: words[2].lowercased()), words[3].utf8.count == 4,
            words[4].utf8.count == 8, ["GMT", "UTC", "+0000"].contains(words[5])
        else { return nil }
        let pad = { (digits: String) in digits.utf8.count == 1 ? "0" + digits : digits }
        let date = "\(words[3])-\(pad("\(month + 1)"))-\(pad(String(words[1])))"
        return Instant(iso8601: "\(date)T\(words[4])Z")
    }

    private static let months = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ]
}
