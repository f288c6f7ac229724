import Dispatch
import Foundation
import Synchronization

/// Carries pieces from a thread that may wait, such as a database's, to a task that may not.
///
/// Few pieces are under way at a time: a slow reader slows the writer down.
final class ChunkPipe: Sendable {
    private struct State {
        var pieces: [Data] = []
        var reader: CheckedContinuation<Data?, Never>?
        var isFinished = false
        var isAbandoned = false
    }

    private let state = Mutex(State())
    private let room = DispatchSemaphore(value: 0)
    private static let width = 4

    init() { for _ in 0..<Self.width { room.signal() } }

    /// Waits for room and passes a piece on; only from a thread of its own.
    func send(_ piece: Data) throws {
        room.wait()
        let reader = try state.withLock { state in
            guard !state.isAbandoned else { throw CancellationError() }
            guard let reader = state.reader else {
                state.pieces.append(piece)
                return nil as CheckedContinuation<Data?, Never>?
            }
            state.reader = nil
            return reader
        }
        guard let reader else { return }
        room.signal()
        reader.resume(returning: piece)
    }

    /// Tells the reader that nothing follows.
    func finish() {
        let reader = state.withLock { state in
            state.isFinished = true
            defer { state.reader = nil }
            return state.reader
        }
        reader?.resume(returning: nil)
    }

    /// Tells the writer that nobody reads any more.
    func abandon() {
        state.withLock { state in
            state.isAbandoned = true
            state.pieces = []
        }
        for _ in 0..<Self.width { room.signal() }
    }

    /// The next piece; nil after the last.
    func next() async -> Data? {
        await withCheckedContinuation { continuation in
            let (piece, isOver) = state.withLock { state in
                var piece: Data?
                if !state.pieces.isEmpty {
                    piece = state.pieces.removeFirst()
                } else if !state.isFinished {
                    state.reader = continuation
                }
                return (piece, state.isFinished)
            }
            if let piece {
                room.signal()
                continuation.resume(returning: piece)
            } else if isOver {
                continuation.resume(returning: nil)
            }
        }
    }
}
