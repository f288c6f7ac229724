import Foundation

/// A thread of its own that runs one piece of work after another.
///
/// libpq calls block; on this thread they hold up neither event loops nor the tasks' own threads.
final class WorkThread: @unchecked Sendable {
    // Sendable by hand: `waiting` and `isStopped` are touched only with `condition` locked.
    private let condition = NSCondition()
    private var waiting: [@Sendable () -> Void] = []
    private var isStopped = false

    init(name: String) {
        let thread = Thread { [self] in loop() }
        thread.name = name
        thread.stackSize = 2 << 20
        thread.start()
    }

    /// Runs `work` after everything enqueued before it; nothing runs after `stop`.
    func enqueue(_ work: @escaping @Sendable () -> Void) {
        condition.lock()
        precondition(!isStopped, "a stopped thread takes no work")
        waiting.append(work)
        condition.signal()
        condition.unlock()
    }

    /// Ends the thread after the work it already has.
    func stop() {
        condition.lock()
        isStopped = true
        condition.signal()
        condition.unlock()
    }

    private func loop() {
        while let work = next() { work() }
    }

    private func next() -> (@Sendable () -> Void)? {
        condition.lock()
        defer { condition.unlock() }
        while waiting.isEmpty && !isStopped { condition.wait() }
        return waiting.isEmpty ? nil : waiting.removeFirst()
    }
}
