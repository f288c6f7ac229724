import Kernel

/// PostgreSQL through libpq: a pool of connections, each on its own thread.
struct PostgresDriver: Driver {
    let engine = Engine.postgres
    let pool: PostgresPool
    let address: String
    private let outbox = SignalOutbox()

    /// Attempts of one transaction against concurrent ones, and against lost connections.
    private static let serializationAttempts = 40
    private static let connectionAttempts = 4

    static func connect(_ url: String) async throws -> PostgresDriver {
        let driver = PostgresDriver(pool: PostgresPool(url), address: url)
        do {
            // Fails now and clearly rather than at the first request.
            _ = try await driver.read { tx in try tx.exists("SELECT 1") }
        } catch {
            await driver.close()
            throw error
        }
        return driver
    }

    func read<Value: Sendable>(
        _ body: @escaping @Sendable (borrowing Transaction) throws -> Value
    ) async throws -> Value {
        try Task.checkCancellation()
        return try await repeating(isShielded: false) { connection in
            connection.transact("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY", body)
        }
    }

    func write<Value: Sendable>(
        _ isolation: Database.Isolation,
        _ body: @escaping @Sendable (borrowing Transaction) throws -> Value
    ) async throws -> Value {
        let begin =
            switch isolation {
            case .serializable: "BEGIN ISOLATION LEVEL SERIALIZABLE"
            case .readCommitted: "BEGIN ISOLATION LEVEL READ COMMITTED"
            }
        // A change made by a task that is cancelled already is its tidying up: let it finish.
        return try await repeating(isShielded: Task.isCancelled) { connection in
            // Changes ask by key. For what is shown the values decide which way is short: a plan for
            // any of them took three times as long for twelve months of results.
            connection.keepsPlans = true
            defer { connection.keepsPlans = false }
            return connection.transact(begin, body)
        }
    }

    func load() async throws -> StoreLoad {
        let bytes: Int64 = try await read { tx in
            try tx.scalar(Int64.self, "SELECT pg_database_size(current_database())") ?? 0
        }
        return StoreLoad(
            bytes: bytes, waiting: pool.waitingCount, mostWaiting: pool.mostWaiting)
    }

    /// The server's own vacuum does that.
    func settle() async {}

    func close() async { await pool.close() }

    var signals: Signals? {
        Signals(outbox: outbox, address: address) { names in
            try await write(.readCommitted) { tx in
                for name in names {
                    _ = try tx.rows(
                        "SELECT pg_notify(\(PostgresConnection.channel), \(name))")
                }
            }
        }
    }

    private func repeating<Value: Sendable>(
        isShielded: Bool,
        _ body: @escaping @Sendable (PostgresConnection) -> PostgresSession.Outcome<Value>
    ) async throws -> Value {
        var conflicts = 0
        var losses = 0
        while true {
            let session = try await pool.lend(isShielded: isShielded)
            let outcome = await session.run(isShielded: isShielded, body)
            pool.takeBack(session, isHealthy: outcome.isHealthy, isLost: outcome.isLost)
            switch outcome.again {
            case .serialization where conflicts + 1 < Self.serializationAttempts:
                conflicts += 1
                // Different sessions wait differently long, so that one of them gets ahead.
                let wait = min(conflicts, 12) * (1 + session.number % 5)
                try await Task.sleep(for: .milliseconds(wait))
            case .connectionLost where losses + 1 < Self.connectionAttempts: losses += 1
            default:
                outbox.put(outcome.signals)
                return try outcome.result.get()
            }
        }
    }

    func migrate(_ plan: MigrationPlan, at now: Instant) async throws {
        let session = try await pool.lend(isShielded: false)
        let outcome = await session.run(isShielded: false) { connection in
            PostgresSession.Outcome(result: Result { try connection.migrate(plan, at: now) })
        }
        // A fresh connection has the timeouts and no lock, whatever happened to this one.
        pool.takeBack(session, isHealthy: false)
        try outcome.result.get()
    }
}

extension PostgresConnection {
    /// Runs `body` between `begin` and COMMIT.
    fileprivate func transact<Value: Sendable>(
        _ begin: String, _ body: (borrowing Transaction) throws -> Value
    ) -> PostgresSession.Outcome<Value> {
        forgetSignals()
        do throws(StoreError) {
            try command(begin)
        } catch {
            return .init(
                result: .failure(error), isHealthy: false, isLost: isBroken,
                // Asking again a server that stopped answering would only take longer.
                again: isSilent ? nil : isBroken ? .connectionLost : fault)
        }
        var result = Result { try body(Transaction(self)) }
        if case .success = result {
            // After a failed statement COMMIT would roll back and yet report success.
            let hadFailed = isAborted
            do throws(StoreError) {
                try command(hadFailed ? "ROLLBACK" : "COMMIT")
                if hadFailed {
                    result = .failure(
                        fault == .serialization
                            ? StoreError.serialization
                            : StoreError.statement(
                                message: "a failed statement was ignored", code: "25P02"))
                }
            } catch {
                // Lost during COMMIT: nobody knows whether it took effect, so it never runs again.
                return .init(
                    result: .failure(error), isHealthy: !isBroken && rollBack(),
                    isLost: isBroken, again: fault == .serialization ? .serialization : nil)
            }
        }
        guard case .failure = result else { return .init(result: result, signals: signals) }
        let reason = fault
        return .init(
            result: result, isHealthy: !isBroken && rollBack(), isLost: isBroken, again: reason)
    }

    /// Ends a failed transaction; false when that failed too.
    private func rollBack() -> Bool {
        if !isIdle { try? command("ROLLBACK") }
        return isIdle
    }

    /// Brings the schema up to date while holding the schema's lock.
    fileprivate func migrate(_ plan: MigrationPlan, at now: Instant) throws {
        // Waiting for another node's migration, or building an index, may take long.
        isPatient = true
        defer { isPatient = false }
        try command("SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0")
        // The number is arbitrary and ours; the schema's name lets databases share a server.
        _ = try rows("SELECT pg_advisory_lock(7526, hashtext(current_schema()))")
        let pending = try whole { tx in
            for statement in MigrationPlan.bookkeeping { try tx.execute(statement) }
            return try plan.pending(tx)
        }
        for step in pending { try whole { tx in try plan.apply(step, tx, at: now) } }
        try whole { tx in try plan.stamp(tx) }
    }

    private func whole<Value: Sendable>(
        _ body: (borrowing Transaction) throws -> Value
    ) throws -> Value {
        try transact("BEGIN", body).result.get()
    }
}

extension Database {
    /// Runs statements that PostgreSQL refuses inside a transaction, such as `CREATE DATABASE`.
    package static func executeAlone(_ statements: [SQL], on url: String) async throws {
        let pool = PostgresPool(url)
        let outcome: PostgresSession.Outcome<Void>
        do {
            let session = try await pool.lend(isShielded: false)
            outcome = await session.run(isShielded: false) { connection in
                .init(result: Result { for sql in statements { try connection.execute(sql) } })
            }
            pool.takeBack(session, isHealthy: false)
        } catch {
            await pool.close()
            throw error
        }
        await pool.close()
        try outcome.result.get()
    }
}
