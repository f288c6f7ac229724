import Kernel
import Synchronization

/// What the programs on one database tell each other at once, and no more than its name.
///
/// A transaction says `tx.signal("jobs")`; after its commit the name waits here until `send` passes
/// it on. Nothing depends on a signal: whoever misses one finds the rows a little later.
package struct Signals: Sendable {
    /// What a listener hears.
    package enum Heard: Sendable, Hashable {
        /// From now on it hears; what came before must be read.
        case connected
        case signal(String)
        /// It hears nothing until it is connected again.
        case lost
    }

    let outbox: SignalOutbox
    let address: String
    let notify: @Sendable ([String]) async throws -> Void

    /// Yields when names wait for `send`; to be used by one reader.
    package var waiting: AsyncStream<Void> { outbox.waiting }

    /// Passes on what waits; what could not be sent waits on.
    package func send() async throws {
        let names = outbox.take()
        guard !names.isEmpty else { return }
        do {
            try await notify(names.sorted())
        } catch {
            outbox.put(names)
            throw error
        }
    }

    /// Hears every program on the database, this one included, until the reader goes away.
    ///
    /// It has a connection of its own, which it opens again as often as it breaks.
    package func hear() -> AsyncStream<Heard> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: Heard.self, bufferingPolicy: .bufferingNewest(1024))
        let listener = PostgresListener(address) { continuation.yield($0) }
        continuation.onTermination = { _ in listener.stop() }
        listener.start()
        return stream
    }
}

/// Names that wait to be passed on; the same one waits once.
final class SignalOutbox: Sendable {
    private let names = Mutex<Set<String>>([])
    let waiting: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init() {
        (waiting, continuation) = AsyncStream.makeStream(
            of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    func put(_ more: Set<String>) {
        guard !more.isEmpty else { return }
        names.withLock { $0.formUnion(more) }
        continuation.yield()
    }

    func take() -> Set<String> {
        names.withLock { names in
            defer { names = [] }
            return names
        }
    }
}
