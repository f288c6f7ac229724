import Foundation
import Hummingbird
import Kernel
import NIOCore
import ServiceLifecycle
import Synchronization

/// Reads a body within a size, a pace and the memory that all bodies share.
struct BodyReader: Sendable {
    let limit: Int
    let allowance: BodyAllowance
    var pace = BodyPace()
    /// How long a server that was told to stop waits for the rest.
    static let grace = Duration.seconds(5)

    /// A body, and its share of the memory for as long as the value lives.
    struct Body: Sendable {
        var data = Data()
        var share: BodyShare?
    }

    func read(_ request: Request) async throws -> Body {
        if let length = request.headers[.contentLength], let count = Int(length), count > limit {
            throw tooLarge
        }
        if request.method == .get || request.method == .head { return Body() }
        let share = BodyShare(of: allowance)
        return try await withThrowingTaskGroup(of: Body.self) { group in
            group.addTask { try await collect(request.body, share) }
            group.addTask { try await watch(share) }
            group.addTask {
                try await gracefulShutdown()
                try await Task.sleep(for: Self.grace)
                throw Problem(
                    .unavailable, code: "stopping",
                    "The server is stopping. Please send this again in a moment.",
                    retryAfterSeconds: 5)
            }
            defer { group.cancelAll() }
            return try await group.next() ?? Body()
        }
    }

    private func collect(_ body: RequestBody, _ share: BodyShare) async throws -> Body {
        var data = Data()
        for try await chunk in body {
            guard data.count + chunk.readableBytes <= limit else { throw tooLarge }
            guard share.grow(by: chunk.readableBytes) else { throw BodyAllowance.spent }
            data.append(contentsOf: chunk.readableBytesView)
        }
        return Body(data: data, share: share)
    }

    /// Throws when the sender has fallen behind the slowest pace.
    private func watch(_ share: BodyShare) async throws -> Body {
        let start = ContinuousClock.now
        while true {
            let deadline = start + pace.time(for: share.count)
            guard ContinuousClock.now < deadline else {
                throw Problem(
                    .invalid, code: "body-too-slow",
                    "The body came too slowly, so it was given up. Please try again over a faster "
                        + "connection.")
            }
            try await Task.sleep(until: deadline)
        }
    }

    private var tooLarge: Problem {
        let size =
            limit >= 1 << 20 ? "\(limit >> 20) MB" : "\(limit >> 10) kB"
        return Problem(
            .tooLarge, code: "too-large", "This is larger than \(size), the most this takes.")
    }
}

/// How slowly a body may come: so long for a start, and then so many bytes each second.
struct BodyPace: Sendable, Hashable {
    var start = Duration.seconds(20)
    var bytesPerSecond = 8 << 10

    /// The time by which more than `count` bytes must have come.
    func time(for count: Int) -> Duration {
        start + .milliseconds(Int64(count) * 1000 / Int64(bytesPerSecond))
    }
}

/// The memory that bodies of all requests share.
package final class BodyAllowance: Sendable {
    /// So much of each body is not counted: small ones must always get through.
    static let free = 64 << 10

    private let most: Int
    private let used = Mutex(0)

    package init(most: Int = 192 << 20) { self.most = most }

    /// Bytes that are held at present.
    package var held: Int { used.withLock { $0 } }

    fileprivate func take(_ bytes: Int) -> Bool {
        used.withLock { used in
            guard used + bytes <= most else { return false }
            used += bytes
            return true
        }
    }

    fileprivate func giveBack(_ bytes: Int) { used.withLock { $0 -= bytes } }

    static let spent = Problem(
        .unavailable, code: "busy-uploads",
        "Too much is being uploaded at the same time. Please try again in a moment.",
        retryAfterSeconds: 10)
}

/// One body's part of the allowance; given back when the last request value that holds it goes.
final class BodyShare: Sendable {
    private let allowance: BodyAllowance
    private let state = Mutex((count: 0, taken: 0))

    init(of allowance: BodyAllowance) { self.allowance = allowance }

    /// Bytes so far.
    var count: Int { state.withLock { $0.count } }

    /// Makes room for more; false when all bodies together take too much.
    func grow(by bytes: Int) -> Bool {
        state.withLock { state in
            let wanted = max(0, state.count + bytes - BodyAllowance.free)
            guard allowance.take(wanted - state.taken) else { return false }
            state.count += bytes
            state.taken = wanted
            return true
        }
    }

    deinit { allowance.giveBack(state.withLock { $0.taken }) }
}
