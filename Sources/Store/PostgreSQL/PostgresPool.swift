import Synchronization

/// Lends sessions; what to do is decided by `PoolStateMachine`.
final class PostgresPool: Sendable {
    private let url: String
    private let start = ContinuousClock.now
    private let state: Mutex<State>

    private struct State {
        var machine: PoolStateMachine
        var sessions: [Int: PostgresSession] = [:]
        var waiting: [Int: CheckedContinuation<PostgresSession, any Error>] = [:]
        var lastWaiter = 0
        var lastFailure = StoreError.unreachable("it has not answered yet")
        var closers: [CheckedContinuation<Void, Never>] = []
        var isFinished = false
    }

    /// Callers that may wait before further ones are refused.
    let mostWaiting: Int

    /// Callers that wait for a session.
    var waitingCount: Int { state.withLock { $0.waiting.count } }

    init(_ url: String, limits: PoolStateMachine.Limits = .init()) {
        self.url = url
        mostWaiting = limits.waiters
        state = Mutex(State(machine: PoolStateMachine(limits)))
    }

    /// Waits for a session; a cancelled task stops waiting unless `isShielded`.
    func lend(isShielded: Bool) async throws -> PostgresSession {
        let waiter = state.withLock { state in
            state.lastWaiter += 1
            return state.lastWaiter
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                change { state, now in
                    state.waiting[waiter] = continuation
                    return state.machine.asked(waiter, at: now)
                }
                // The handler below may have run before the waiter was known.
                if Task.isCancelled && !isShielded { giveUp(waiter) }
            }
        } onCancel: {
            if !isShielded { giveUp(waiter) }
        }
    }

    func takeBack(_ session: PostgresSession, isHealthy: Bool, isLost: Bool = false) {
        change { state, now in
            state.machine.returned(
                session.number, isHealthy: isHealthy, isLost: isLost, at: now)
        }
    }

    /// Refuses new borrowers, waits for the sessions in use, and closes all.
    func close() async {
        await withCheckedContinuation { continuation in
            let isFinished = state.withLock { state in
                if !state.isFinished { state.closers.append(continuation) }
                return state.isFinished
            }
            if isFinished { return continuation.resume() }
            change { state, _ in state.machine.shutDown() }
        }
    }

    private func giveUp(_ waiter: Int) {
        let continuation = state.withLock { state in
            state.machine.gaveUp(waiter) ? state.waiting.removeValue(forKey: waiter) : nil
        }
        continuation?.resume(throwing: CancellationError())
    }

    private func change(
        _ event: (inout State, Duration) -> [PoolStateMachine.Action]
    ) {
        let now = start.duration(to: .now)
        // Continuations and threads are touched after the lock is free.
        let effects = state.withLock { state in
            event(&state, now).compactMap { effect($0, &state) }
        }
        for effect in effects { effect() }
    }

    private func effect(
        _ action: PoolStateMachine.Action, _ state: inout State
    ) -> (@Sendable () -> Void)? {
        switch action {
        case .open(let number):
            let session = PostgresSession(number: number)
            state.sessions[number] = session
            return { [self] in session.open(url) { self.opened(session, $0) } }
        case .lend(let number, let waiter):
            guard let session = state.sessions[number],
                let continuation = state.waiting.removeValue(forKey: waiter)
            else { preconditionFailure("the machine lends only what the pool has") }
            return { continuation.resume(returning: session) }
        case .close(let number):
            let session = state.sessions.removeValue(forKey: number)
            return { session?.close() }
        case .refuse(let waiter, let refusal):
            let continuation = state.waiting.removeValue(forKey: waiter)
            let error: StoreError =
                switch refusal {
                case .unreachable: state.lastFailure
                case .overloaded: .overloaded
                case .closed: .unreachable("the program is stopping")
                }
            return { continuation?.resume(throwing: error) }
        case .finish:
            state.isFinished = true
            let closers = state.closers
            state.closers = []
            return { for closer in closers { closer.resume() } }
        }
    }

    private func opened(_ session: PostgresSession, _ failure: StoreError?) {
        guard let failure else {
            return change { state, now in state.machine.opened(session.number, at: now) }
        }
        change { state, now in
            state.lastFailure = failure
            state.sessions[session.number] = nil
            return state.machine.failedToOpen(session.number, at: now)
        }
        session.close()
    }
}
