import Synchronization

/// Counts how many more jobs may run at the same time.
final class Slots: Sendable {
    private let remaining: Mutex<Int>

    init(_ count: Int) { remaining = Mutex(count) }

    var free: Int { remaining.withLock { $0 } }
    func take() { remaining.withLock { $0 -= 1 } }
    func release() { remaining.withLock { $0 += 1 } }
}

extension Bell {
    /// Returns at the next ring, or after `longest`.
    func wait(_ rings: inout AsyncStream<Void>.Iterator, atMost longest: Duration) async {
        // The timer rings the bell instead of racing the iterator: an iterator cannot be shared.
        await withTaskGroup { group in
            group.addTask {
                try? await Task.sleep(for: longest)
                if !Task.isCancelled { self.ring() }
            }
            _ = await rings.next(isolation: nil)
            group.cancelAll()
        }
    }
}
