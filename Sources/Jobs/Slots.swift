import Kernel
import Synchronization

/// Counts how many more jobs of each pool may run at the same time.
final class Slots: Sendable {
    private let remaining: Mutex<[JobPool: Int]>
    private let all: Int

    init(_ counts: [JobPool: Int]) {
        remaining = Mutex(counts)
        all = counts.values.reduce(0, +)
    }

    func free(_ pool: JobPool) -> Int { remaining.withLock { $0[pool] ?? 0 } }
    /// Whether no job of any pool runs.
    var areAllFree: Bool { remaining.withLock { $0.values.reduce(0, +) == all } }
    func take(_ pool: JobPool) { remaining.withLock { $0[pool, default: 0] -= 1 } }
    func release(_ pool: JobPool) { remaining.withLock { $0[pool, default: 0] += 1 } }
}

/// The jobs that a worker has taken and not ended.
final class Running: Sendable {
    private let jobs = Mutex<Set<JobID>>([])

    var all: Set<JobID> { jobs.withLock { $0 } }
    func insert(_ more: [JobID]) { jobs.withLock { $0.formUnion(more) } }
    func remove(_ job: JobID) { jobs.withLock { _ = $0.remove(job) } }
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
