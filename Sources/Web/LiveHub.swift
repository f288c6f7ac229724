package import Foundation
package import Kernel
import Synchronization

/// Tells open pages that something changed, so they fetch the parts that show it.
///
/// Only topics travel (`posts`, `replies`, `results`); the pages ask for the content themselves,
/// with their own rights.
package final class LiveHub: Sendable {
    private struct Listener {
        let workspace: WorkspaceID
        let continuation: AsyncStream<Data>.Continuation
    }

    private let listeners = Mutex<[Int: Listener]>([:])
    private let nextKey = Mutex(0)
    private let isClosed = Mutex(false)
    /// When each topic last changed, for pages drawn before and listening after.
    private let changes = Mutex<[WorkspaceID: [String: Instant]]>([:])
    private let surroundings: Surroundings
    private let start: Instant
    /// What the pages of other processes have to hear; nil when there are none.
    private let outbox: Outbox?
    /// How far the clocks of two processes may be apart.
    private let slack: Duration

    /// A topic of a workspace that changed.
    package struct Told: Sendable, Hashable {
        package let workspace: WorkspaceID
        package let topic: String

        package init(workspace: WorkspaceID, topic: String) {
            self.workspace = workspace
            self.topic = topic
        }
    }

    private final class Outbox: Sendable {
        let waiting = Mutex<Set<Told>>([])
        let stream: AsyncStream<Void>
        let continuation: AsyncStream<Void>.Continuation

        init() {
            (stream, continuation) = AsyncStream.makeStream(
                of: Void.self, bufferingPolicy: .bufferingNewest(1))
        }
    }

    /// Creates a hub; with `isShared`, what is told waits to be carried to other processes as well.
    package init(surroundings: Surroundings = .live, isShared: Bool = false) {
        self.surroundings = surroundings
        start = surroundings.now()
        outbox = isShared ? Outbox() : nil
        slack = isShared ? .seconds(5) : .zero
    }

    /// Yields when something waits to be carried to other processes; nil when there are none.
    package var waiting: AsyncStream<Void>? { outbox?.stream }

    /// Takes what waits to be carried to other processes.
    package func takeWaiting() -> Set<Told> {
        outbox?.waiting.withLock { waiting in
            defer { waiting = [] }
            return waiting
        } ?? []
    }

    /// Puts back what could not be carried.
    package func putBack(_ told: Set<Told>) {
        guard let outbox, !told.isEmpty else { return }
        outbox.waiting.withLock { $0.formUnion(told) }
        outbox.continuation.yield()
    }

    /// Tells every open page of the workspace, wherever it is open.
    package func tell(_ workspace: WorkspaceID, _ topic: String) {
        tellHere(workspace, topic)
        putBack([Told(workspace: workspace, topic: topic)])
    }

    /// Tells the pages that are open at this process.
    package func tellHere(_ workspace: WorkspaceID, _ topic: String) {
        let now = surroundings.now()
        changes.withLock { $0[workspace, default: [:]][topic] = now }
        let message = Self.message(topic, at: now)
        for listener in listeners.withLock({ Array($0.values) })
        where listener.workspace == workspace {
            listener.continuation.yield(message)
        }
    }

    /// Sends a comment on every stream, so that proxies and dead peers are noticed.
    package func heartbeat() {
        let beat = Data(": beat\n\n".utf8)
        for listener in listeners.withLock({ Array($0.values) }) {
            listener.continuation.yield(beat)
        }
    }

    /// Ends every stream, so that a stopping server need not wait for browsers.
    package func close() {
        isClosed.withLock { $0 = true }
        for listener in listeners.withLock({ Array($0.values) }) { listener.continuation.finish() }
    }

    /// The number of open streams.
    package var count: Int { listeners.withLock { $0.count } }

    private static func message(_ topic: String, at moment: Instant) -> Data {
        Data("event: \(topic)\nid: \(moment.milliseconds)\ndata: {}\n\n".utf8)
    }

    /// What a page that shows the state of `moment` has missed; nil when nobody remembers.
    private func missed(_ workspace: WorkspaceID, since moment: Instant) -> [Data]? {
        guard moment >= start else { return nil }
        // A page drawn by another process names a moment of that one's clock.
        let first = moment - slack
        return changes.withLock { $0[workspace] ?? [:] }.filter { $0.value >= first }
            .sorted { $0.value < $1.value }.map { Self.message($0.key, at: $0.value) }
    }

    /// A stream of server-sent events for one browser, whose page shows the state of `moment`.
    ///
    /// It begins with what changed since, or with the event `all` when that is not known.
    package func stream(
        _ workspace: WorkspaceID, since moment: Instant? = nil
    ) -> AsyncStream<Data> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: Data.self, bufferingPolicy: .bufferingNewest(64))
        let key = nextKey.withLock { value -> Int in
            value += 1
            return value
        }
        listeners.withLock {
            $0[key] = Listener(workspace: workspace, continuation: continuation)
        }
        continuation.onTermination = { [weak self] _ in
            _ = self?.listeners.withLock { $0.removeValue(forKey: key) }
        }
        continuation.yield(Data("retry: 3000\n\n".utf8))
        if let moment {
            let missed = missed(workspace, since: moment)
            for message in missed ?? [Self.message("all", at: surroundings.now())] {
                continuation.yield(message)
            }
        }
        if isClosed.withLock({ $0 }) { continuation.finish() }
        return stream
    }
}
