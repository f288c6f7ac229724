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
        if let seconds = Int64(text) { return .seconds(min(max(0, seconds), 86_400)) }
        let parser = DateFormatter()
        parser.locale = Locale(identifier: "en_US_POSIX")
        parser.timeZone = TimeZone(identifier: "GMT")
        parser.dateFormat = "EEE, dd MMM yyyy HH:mm:ss zzz"
        guard let date = parser.date(from: text) else { return nil }
        return max(.zero, Instant(date) - now)
    }
}
