import Foundation
import Synchronization

/// Long work on threads of its own at low priority, so that nothing else has to wait.
package enum OwnThreads {
    /// Whether the work is still wanted; bodies look at it often.
    package final class Wish: Sendable {
        private let cancelled = Atomic(false)
        package var isCancelled: Bool { cancelled.load(ordering: .relaxed) }
        func cancel() { cancelled.store(true, ordering: .relaxed) }
    }

    /// Results of work as they come in.
    private final class Desk<Value: Sendable>: Sendable {
        struct State {
            var next = 0
            var results: [Value?]
            var failure: (any Error)?
            var running: Int
        }
        let state: Mutex<State>
        init(_ count: Int, _ running: Int) {
            state = Mutex(State(results: Array(repeating: nil, count: count), running: running))
        }

        /// The next number to work on; nil when there is none or something failed.
        func take() -> Int? {
            state.withLock { state in
                guard state.failure == nil, state.next < state.results.count else { return nil }
                state.next += 1
                return state.next - 1
            }
        }
    }

    /// `body` of each number below `count`, in order, on as many threads as there are cores.
    package static func map<Value: Sendable>(
        _ count: Int, _ body: @escaping @Sendable (Int, Wish) throws -> Value
    ) async throws -> [Value] {
        guard count > 0 else { return [] }
        let width = max(1, min(count, ProcessInfo.processInfo.activeProcessorCount))
        let wish = Wish()
        let desk = Desk<Value>(count, width)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                for _ in 0..<width {
                    let thread = Thread {
                        work(desk, wish, body, continuation)
                    }
                    thread.qualityOfService = .utility
                    thread.stackSize = 8 << 20
                    thread.start()
                }
            }
        } onCancel: {
            wish.cancel()
        }
    }

    private static func work<Value: Sendable>(
        _ desk: Desk<Value>, _ wish: Wish,
        _ body: @Sendable (Int, Wish) throws -> Value,
        _ continuation: CheckedContinuation<[Value], any Error>
    ) {
        #if os(Linux)
            // On Linux each thread has a priority of its own, and 0 means this one.
            _ = setpriority(__priority_which_t(0), 0, 10)
        #endif
        while let index = desk.take() {
            do {
                let value = try body(index, wish)
                desk.state.withLock { $0.results[index] = value }
            } catch {
                wish.cancel()
                desk.state.withLock { state in
                    if state.failure == nil { state.failure = error }
                }
            }
        }
        let isLast = desk.state.withLock { state in
            state.running -= 1
            return state.running == 0
        }
        guard isLast else { return }
        desk.state.withLock { state in
            if let failure = state.failure {
                continuation.resume(throwing: failure)
            } else {
                continuation.resume(returning: state.results.compactMap { $0 })
            }
        }
    }
}
