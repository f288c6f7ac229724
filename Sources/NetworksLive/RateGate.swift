import Crypto
import Foundation
import Kernel
import Outbound
import Synchronization

/// Remembers which calls a server has said no more of for now, so that they are not made.
///
/// A server counts by account and kind of call; so does this.
final class RateGate: Sendable {
    private let closed = Mutex<[String: Instant]>([:])
    /// Below 1 when faults are rehearsed: waits are as much shorter.
    private let pace: Double
    /// Kinds of calls that are remembered at once.
    private static let most = 10_000

    init(pace: Double = 1) { self.pace = pace }

    /// When the call may be made again; nil when it may now.
    func opening(for request: OutboundRequest, at now: Instant) -> Instant? {
        guard let key = Self.key(of: request) else { return nil }
        return closed.withLock { closed in
            guard let moment = closed[key] else { return nil }
            if moment > now { return moment }
            closed[key] = nil
            return nil
        }
    }

    /// Reads what an answer says about calls of its kind.
    func note(_ answer: OutboundAnswer, to request: OutboundRequest, at now: Instant) {
        guard let key = Self.key(of: request) else { return }
        let isSpent = answer.status == 429 || RateHeaders.remaining(answer) == 0
        guard isSpent, let wait = RateHeaders.wait(answer, now: now), wait > .zero else { return }
        closed.withLock { closed in
            if closed.count >= Self.most { closed = closed.filter { $0.value > now } }
            if closed.count < Self.most { closed[key] = now + wait * pace }
        }
    }

    /// The account, the server, and the kind of call: its path without identifiers.
    private static func key(of request: OutboundRequest) -> String? {
        guard let url = URLComponents(string: request.url),
            let secret = request.headers.first(where: { $0.name == "authorization" })?.value
        else { return nil }
        let path = url.path.split(separator: "/").map { segment in
            segment.contains(where: \.isNumber) && segment.count > 2 || segment.count > 20
                ? ":" : String(segment)
        }.joined(separator: "/")
        let account = SHA256.hash(data: Data(secret.utf8)).prefix(8).map { "\($0)" }.joined()
        return "\(request.method) \(url.host ?? ""):\(url.port ?? 0)/\(path) \(account)"
    }
}

/// What servers say about how often they may be asked.
enum RateHeaders {
    /// Calls that are left; nil when the server does not say.
    static func remaining(_ answer: OutboundAnswer) -> Int? {
        (answer.headers["x-ratelimit-remaining"] ?? answer.headers["ratelimit-remaining"])
            .flatMap { Double($0.trimmingCharacters(in: .whitespaces)) }
            .map { Int(min(max($0, 0), 1e9)) }
    }

    /// How long to wait: `Retry-After` in seconds or as a date, else when the count starts anew,
    /// as an ISO date, in seconds from now or since 1970.
    ///
    /// Dates are the server's, so they are compared with its own clock where it shows one. Nobody is
    /// kept waiting for more than a day: a server that says so is asked again then.
    static func wait(_ answer: OutboundAnswer, now: Instant) -> Duration? {
        let there = now + answer.clockAhead(now: now)
        if let told = answer.retryAfter(now: there) { return told }
        return reset(answer, there).map { min(max(.seconds(1), $0), .days(1)) }
    }

    private static func reset(_ answer: OutboundAnswer, _ there: Instant) -> Duration? {
        for name in ["x-ratelimit-reset", "ratelimit-reset"] {
            guard let text = answer.headers[name]?.trimmingCharacters(in: .whitespaces) else {
                continue
            }
            if let moment = Instant(iso8601: text) ?? HTTPDate.instant(text) {
                return moment - there
            }
            guard let number = Double(text), number >= 0, number < 1e14 else { continue }
            switch number {
            case ..<1e8: return .milliseconds(Int64(number * 1000))
            case ..<1e11: return Instant(milliseconds: Int64(number * 1000)) - there
            default: return Instant(milliseconds: Int64(number)) - there
            }
        }
        return nil
    }
}
