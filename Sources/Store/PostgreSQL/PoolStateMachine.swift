/// Decides who gets which connection, and knows nothing of sockets, threads or clocks.
///
/// Every event returns what must be done; times are durations since the pool was made.
struct PoolStateMachine {
    struct Limits {
        /// Connections at the same time.
        var connections = 10
        /// Callers that may wait before further ones are refused.
        var waiters = 10_000
        /// An idle connection is closed after this long, unless it is the last one.
        var idle = Duration.seconds(300)
        /// The pause after the first failed attempt to connect; doubles each time.
        var firstPause = Duration.milliseconds(100)
        var longestPause = Duration.seconds(5)
    }

    enum Action: Hashable {
        case open(connection: Int)
        case lend(connection: Int, waiter: Int)
        case close(connection: Int)
        case refuse(waiter: Int, Refusal)
        /// The last connection of a pool that shuts down is gone.
        case finish
    }

    enum Refusal: Hashable {
        case unreachable
        case overloaded
        case closed
    }

    private enum State: Hashable {
        case opening
        case idle(since: Duration)
        case lent
    }

    let limits: Limits
    private var connections: [Int: State] = [:]
    /// The most recently used is last and is lent first, so that the others can grow old.
    private var idle: [Int] = []
    private var waiters: [Int] = []
    private var nextConnection = 0
    private var failures = 0
    /// No attempt to connect before this time.
    private var pausedUntil: Duration?
    private var isClosing = false

    init(_ limits: Limits = Limits()) { self.limits = limits }

    /// Somebody asks for a connection.
    mutating func asked(_ waiter: Int, at now: Duration) -> [Action] {
        if isClosing { return [.refuse(waiter: waiter, .closed)] }
        if let connection = idle.popLast() {
            connections[connection] = .lent
            return [.lend(connection: connection, waiter: waiter)]
        }
        if waiters.count >= limits.waiters { return [.refuse(waiter: waiter, .overloaded)] }
        waiters.append(waiter)
        return openIfNeeded(at: now)
    }

    /// A waiter gave up; false when it has been answered already.
    mutating func gaveUp(_ waiter: Int) -> Bool {
        guard let index = waiters.firstIndex(of: waiter) else { return false }
        waiters.remove(at: index)
        return true
    }

    mutating func opened(_ connection: Int, at now: Duration) -> [Action] {
        failures = 0
        pausedUntil = nil
        return settle(connection, at: now)
    }

    mutating func failedToOpen(_ connection: Int, at now: Duration) -> [Action] {
        connections[connection] = nil
        if isClosing { return finishIfEmpty() }
        failures += 1
        pausedUntil = now + pause(afterFailures: failures)
        return refuseIfHopeless()
    }

    /// A borrower is done; `isHealthy` is false when the connection broke or was interrupted.
    ///
    /// `isLost` when the server ended it or went silent: idle ones have met the same end.
    mutating func returned(
        _ connection: Int, isHealthy: Bool, isLost: Bool = false, at now: Duration
    ) -> [Action] {
        if isHealthy { return settle(connection, at: now) }
        connections[connection] = nil
        var actions = [Action.close(connection: connection)]
        if isClosing { return actions + finishIfEmpty() }
        if isLost { actions += dropIdle() }
        return actions + openIfNeeded(at: now)
    }

    private mutating func dropIdle() -> [Action] {
        defer { idle = [] }
        return idle.map { connection in
            connections[connection] = nil
            return .close(connection: connection)
        }
    }

    mutating func shutDown() -> [Action] {
        guard !isClosing else { return [] }
        isClosing = true
        var actions = waiters.map { Action.refuse(waiter: $0, .closed) }
        waiters = []
        actions += dropIdle()
        return actions + finishIfEmpty()
    }

    private func pause(afterFailures failures: Int) -> Duration {
        min(limits.firstPause * (1 << min(failures - 1, 16)), limits.longestPause)
    }

    /// Lends a free connection to the first waiter, or keeps it for later.
    private mutating func settle(_ connection: Int, at now: Duration) -> [Action] {
        if isClosing {
            connections[connection] = nil
            return [.close(connection: connection)] + finishIfEmpty()
        }
        if !waiters.isEmpty {
            connections[connection] = .lent
            return [.lend(connection: connection, waiter: waiters.removeFirst())]
        }
        connections[connection] = .idle(since: now)
        idle.append(connection)
        return trim(at: now)
    }

    private mutating func trim(at now: Duration) -> [Action] {
        var actions: [Action] = []
        while idle.count > 1, let oldest = idle.first,
            case .idle(let since) = connections[oldest], now - since > limits.idle
        {
            idle.removeFirst()
            connections[oldest] = nil
            actions.append(.close(connection: oldest))
        }
        return actions
    }

    private mutating func openIfNeeded(at now: Duration) -> [Action] {
        if let pausedUntil, now < pausedUntil { return refuseIfHopeless() }
        let opening = connections.values.count { $0 == .opening }
        guard opening < waiters.count, connections.count < limits.connections else { return [] }
        nextConnection += 1
        connections[nextConnection] = .opening
        return [.open(connection: nextConnection)]
    }

    /// While nothing connects, waiting would only hide the outage.
    private mutating func refuseIfHopeless() -> [Action] {
        guard connections.isEmpty else { return [] }
        defer { waiters = [] }
        return waiters.map { .refuse(waiter: $0, .unreachable) }
    }

    private func finishIfEmpty() -> [Action] { connections.isEmpty ? [.finish] : [] }
}
