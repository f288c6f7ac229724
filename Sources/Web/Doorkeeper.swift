import Kernel
import NIOCore
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// Knows every open connection, and closes what must make room.
package final class Doorkeeper: Sendable {
    /// Why a connection was turned away or given up.
    package enum Reason: String, Sendable, CaseIterable {
        /// All places are taken by requests under way.
        case full
        case tooManyFromThere
        /// It gave its place to a newcomer.
        case madeRoom
        case slowHead
        case largeHead
        case malformed
        /// The peer did not take its answer.
        case stalled
        /// The peer went on sending a body that nobody wanted.
        case unwantedBody
    }

    /// What the door has seen, for metrics.
    package struct Counts: Sendable, Hashable {
        package var open = 0
        package var working = 0
        package var accepted = 0
        package var outgoingBytes = 0
        package var turnedAway: [Reason: Int] = [:]
    }

    private struct State {
        var occupancy: Occupancy
        var channels: [Int: any Channel] = [:]
        var lastKey = 0
        var counts = Counts()
    }

    package let limits: ConnectionLimits
    private let trustsProxy: Bool
    /// Whether browsers reach this server by https only, which its refusals say as well.
    let isSecure: Bool
    private let state: Mutex<State>

    package init(
        limits: ConnectionLimits = ConnectionLimits(), trustsProxy: Bool = false,
        isSecure: Bool = false
    ) {
        self.limits = limits
        self.trustsProxy = trustsProxy
        self.isSecure = isSecure
        state = Mutex(State(occupancy: Occupancy(limits)))
    }

    package var counts: Counts {
        state.withLock { state in
            var counts = state.counts
            counts.open = state.occupancy.count
            counts.working = state.occupancy.count(.working)
            return counts
        }
    }

    /// Takes a new connection in and returns its key, or why it cannot stay.
    func enter(_ channel: any Channel) -> Result<Int, Refusal> {
        let address = Self.counted(channel.remoteAddress, trustsProxy: trustsProxy)
        let (answer, victim) = state.withLock { state -> (Result<Int, Refusal>, (any Channel)?) in
            state.lastKey += 1
            let key = state.lastKey
            state.counts.accepted += 1
            switch state.occupancy.enter(key, from: address) {
            case .welcome:
                state.channels[key] = channel
                return (.success(key), nil)
            case .instead(of: let other):
                state.channels[key] = channel
                state.counts.turnedAway[.madeRoom, default: 0] += 1
                return (.success(key), state.channels.removeValue(forKey: other))
            case .full:
                state.counts.turnedAway[.full, default: 0] += 1
                return (.failure(.full), nil)
            case .tooManyFromThere:
                state.counts.turnedAway[.tooManyFromThere, default: 0] += 1
                return (.failure(.tooManyFromThere), nil)
            }
        }
        victim?.close(promise: nil)
        return answer
    }

    func move(_ key: Int, to phase: Occupancy.Phase) {
        state.withLock { $0.occupancy.move(key, to: phase) }
    }

    func leave(_ key: Int) {
        state.withLock { state in
            state.occupancy.leave(key)
            state.channels[key] = nil
        }
    }

    func note(_ reason: Reason) {
        state.withLock { $0.counts.turnedAway[reason, default: 0] += 1 }
    }

    /// Counts bytes that wait for a peer; too many close whoever has been slowest.
    func hold(_ bytes: Int) {
        let victim = state.withLock { state -> (any Channel)? in
            state.counts.outgoingBytes += bytes
            guard state.counts.outgoingBytes > limits.outgoingBytes,
                let key = state.occupancy.slowest([.flushing])
            else { return nil }
            state.occupancy.leave(key)
            state.counts.turnedAway[.stalled, default: 0] += 1
            return state.channels.removeValue(forKey: key)
        }
        victim?.close(promise: nil)
    }

    func release(_ bytes: Int) {
        state.withLock { $0.counts.outgoingBytes -= bytes }
    }

    /// The address that counts: none for this machine and behind a trusted proxy, whose visitors
    /// all come from one address; a whole /64 for IPv6, which one household holds.
    static func counted(_ address: SocketAddress?, trustsProxy: Bool) -> String? {
        guard !trustsProxy, let text = address?.ipAddress else { return nil }
        let plain = CallerAddress.of(peer: text, forwarded: nil)
        return CallerAddress.isLoopback(plain) ? nil : household(plain)
    }

    /// The address of one household: itself, or of IPv6 the first half, which one holds whole.
    static func household(_ text: String) -> String {
        guard text.contains(":") else { return text }
        var bytes = [UInt8](repeating: 0, count: 16)
        guard inet_pton(AF_INET6, text, &bytes) == 1 else { return text }
        return Hex.text(bytes.prefix(8))
    }
}

/// An answer given at the door, before any request is read.
struct Refusal: Error, Sendable {
    let reason: Doorkeeper.Reason
    private let head: String
    private let body: String

    private init(_ status: String, _ reason: Doorkeeper.Reason, _ problem: Problem) {
        self.reason = reason
        body = (try? JSON.text(ProblemDocument(problem))) ?? ""
        let retry = problem.retryAfterSeconds.map { "Retry-After: \($0)\r\n" } ?? ""
        head =
            "HTTP/1.1 \(status)\r\nConnection: close\r\n\(retry)"
            + "Content-Type: application/problem+json\r\nCache-Control: no-store\r\n"
            + "X-Content-Type-Options: nosniff\r\n"
            + "Content-Security-Policy: \(SecurityHeaders.barePolicy)\r\n"
            + "Content-Length: \(body.utf8.count)\r\n"
    }

    /// The whole answer as it goes over the wire.
    func bytes(isSecure: Bool) -> ByteBuffer {
        let https =
            isSecure ? "Strict-Transport-Security: \(SecurityHeaders.httpsOnly)\r\n" : ""
        return ByteBuffer(string: head + https + "\r\n" + body)
    }

    static let full = Refusal(
        "503 Service Unavailable", .full,
        Problem(
            .unavailable, code: "door.full",
            "The server is answering as many requests as it can. Please try again in a moment.",
            retryAfterSeconds: 5))
    static let tooManyFromThere = Refusal(
        "429 Too Many Requests", .tooManyFromThere,
        Problem(
            .tooMany, code: "door.connections",
            "Too many connections are open from your address. Close some, then try again.",
            retryAfterSeconds: 10))
    static let slowHead = Refusal(
        "408 Request Timeout", .slowHead,
        Problem(
            .invalid, code: "door.slow",
            "The request's header did not arrive in time. Please try again."))
    static let largeHead = Refusal(
        "431 Request Header Fields Too Large", .largeHead,
        Problem(
            .invalid, code: "door.header",
            "The request's header is too long. Delete this site's cookies, or shorten the address."
        ))
    static let malformed = Refusal(
        "400 Bad Request", .malformed,
        Problem(.invalid, code: "door.malformed", "This is not an HTTP request."))
}
