import Kernel
import Synchronization

/// Counts how many more jobs of each pool may run at the same time.
///
/// While prompt jobs begin one after the other, few others run beside them: a thousand posts of one
/// minute would wait for the thousands of things that follow from those before them.
final class Slots: Sendable {
    private struct State {
        var free: [JobPool: Int]
        var lastPrompt: ContinuousClock.Instant?
        /// When others were last held back altogether.
        var hush: ContinuousClock.Instant?
        var isStopping = false
    }

    private let state: Mutex<State>
    private let counts: [JobPool: Int]
    private let now: @Sendable () -> ContinuousClock.Instant

    /// How many others run while prompt jobs begin.
    static let fewOthers = 2
    /// How many prompt jobs run at once when nothing else is to begin.
    static let crowd = 16
    /// How long nothing else begins, and how often that may be at most.
    static let longestHush = Duration.seconds(3)
    static let hushInterval = Duration.seconds(15)
    /// How long after a prompt job began another one is still expected.
    static let precedence = Duration.milliseconds(250)

    init(
        _ counts: [JobPool: Int],
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.counts = counts
        self.now = now
        state = Mutex(State(free: counts))
    }

    func free(_ pool: JobPool) -> Int {
        let now = now()
        return state.withLock { state in
            let free = state.free[pool] ?? 0
            guard pool != .prompt, let last = state.lastPrompt, now - last < Self.precedence
            else { return free }
            let most = isHushed(state, at: now) ? 0 : Self.fewOthers
            return max(0, min(free, most - (counts[pool] ?? 0) + free))
        }
    }

    /// Whether nothing but prompt jobs is to begin, for a moment.
    var isHushed: Bool {
        let now = now()
        return state.withLock { state in
            guard let last = state.lastPrompt, now - last < Self.precedence else { return false }
            return isHushed(state, at: now)
        }
    }
    /// Whether no job of any pool runs.
    var areAllFree: Bool { state.withLock { $0.free == counts } }
    /// Whether nothing more is to begin.
    var isStopping: Bool { state.withLock(\.isStopping) }
    func take(_ pool: JobPool) { state.withLock { $0.free[pool, default: 0] -= 1 } }
    func release(_ pool: JobPool) { state.withLock { $0.free[pool, default: 0] += 1 } }
    func stop() { state.withLock { $0.isStopping = true } }

    private func isCrowded(_ state: State) -> Bool {
        (counts[.prompt] ?? 0) - (state.free[.prompt] ?? 0) >= Self.crowd
    }

    private func isHushed(_ state: State, at now: ContinuousClock.Instant) -> Bool {
        guard let start = state.hush else { return false }
        return isCrowded(state) && now - start < Self.longestHush
    }

    /// Notes that a job begins.
    func note(_ pool: JobPool) {
        guard pool == .prompt else { return }
        let now = now()
        state.withLock { state in
            state.lastPrompt = now
            guard isCrowded(state) else { return }
            if let start = state.hush, now - start < Self.hushInterval { return }
            state.hush = now
        }
    }
}

/// The jobs that a worker has taken and not ended.
final class Running: Sendable {
    /// How many hold each: a change that is tried again may take a job that another one took before.
    private let jobs = Mutex<[JobID: Int]>([:])

    /// All that run, without one mention of each of `some`.
    func all(but some: [JobID] = []) -> Set<JobID> {
        var rest = jobs.withLock { $0 }
        for job in some { rest[job] = rest[job].flatMap { $0 > 1 ? $0 - 1 : nil } }
        return Set(rest.keys)
    }
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
