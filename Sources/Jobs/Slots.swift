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
    /// How many hold each: a change that is tried again may take a job that another one took before.
    private let jobs = Mutex<[JobID: Int]>([:])

    var all: Set<JobID> { jobs.withLock { Set($0.keys) } }
    func contains(_ job: JobID) -> Bool { jobs.withLock { $0[job] != nil } }
    func insert(_ more: [JobID]) {
        jobs.withLock { jobs in for job in more { jobs[job, default: 0] += 1 } }
    }

    func remove(_ some: [JobID]) {
        jobs.withLock { jobs in
            for job in some { jobs[job] = jobs[job].flatMap { $0 > 1 ? $0 - 1 : nil } }
        }
    }
}

/// What one change took, in however many attempts.
final class Taken: Sendable {
    private let jobs = Mutex<[JobID]>([])

    func insert(_ more: [JobID]) { jobs.withLock { $0 += more } }

    /// All but one mention of each of `kept`.
    func all(but kept: [JobID] = []) -> [JobID] {
        var rest = jobs.withLock { $0 }
        for job in kept {
            if let place = rest.firstIndex(of: job) { rest.remove(at: place) }
        }
        return rest
    }
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
