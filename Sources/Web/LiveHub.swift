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

    package init() {}

    /// Tells every open page of the workspace.
    package func tell(_ workspace: WorkspaceID, _ topic: String) {
        let message = Data("event: \(topic)\ndata: {}\n\n".utf8)
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

    /// A stream of server-sent events for one browser.
    package func stream(_ workspace: WorkspaceID) -> AsyncStream<Data> {
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
        if isClosed.withLock({ $0 }) { continuation.finish() }
        return stream
    }
}
