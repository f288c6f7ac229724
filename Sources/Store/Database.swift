package import Kernel
import Synchronization

/// The program's database: SQLite in a data folder, or PostgreSQL.
///
///     try await database.write { tx in
///         try tx.execute("UPDATE item SET title = \(title) WHERE id = \(id)")
///     }
package struct Database: Sendable {
    let driver: any Driver
    private let witness: Crossing.Witness?
    private let watch = StoreWatch()

    init(driver: any Driver, witness: Crossing.Witness? = nil) {
        self.driver = driver
        self.witness = witness
    }

    package var engine: Engine { driver.engine }

    /// Reads a consistent snapshot.
    package func read<Value: Sendable>(
        _ body: @escaping @Sendable (borrowing Transaction) throws -> Value
    ) async throws -> Value {
        do {
            return try await driver.read(body)
        } catch {
            watch.failed(error)
            throw error
        }
    }

    /// What the last answers say about the database.
    package var condition: StoreCondition { watch.condition }

    /// Changes the database; returns after the change is durable.
    ///
    /// Transactions are serializable on both engines. On PostgreSQL a transaction that loses
    /// against another runs again, so `body` must do nothing but use the transaction. Cancelling
    /// the task stops a running change there; one begun in a cancelled task is tidying up and runs.
    @discardableResult
    package func write<Value: Sendable>(
        _ isolation: Isolation = .serializable,
        _ body: @escaping @Sendable (borrowing Transaction) throws -> Value
    ) async throws -> Value {
        var change = body
        if let trace = TraceContext.current {
            // The change runs on a thread of its own, where the task's trace is not known.
            change = { tx in
                try TraceContext.$current.withValue(trace) { try body(tx) }
            }
        }
        witness?(.beforeCommit)
        do {
            let value = try await driver.write(isolation, change)
            watch.wrote()
            witness?(.afterCommit)
            return value
        } catch {
            watch.failed(error)
            throw error
        }
    }

    /// How large the database is and how much waits for it.
    package func load() async throws -> StoreLoad { try await driver.load() }

    /// What programs on this database tell each other; nil with SQLite, which belongs to one.
    package var signals: Signals? { driver.signals }

    /// Lets what was deleted go from the files too, as far as the engine does that by request.
    package func settle() async { await driver.settle() }

    /// Closes all connections; the database value must not be used afterwards.
    package func close() async { await driver.close() }

    /// How a PostgreSQL transaction sees others.
    ///
    /// SQLite has one writer, so it is always serial.
    package enum Isolation: Sendable {
        case serializable
        /// For queues that lock the rows they take and for appends.
        case readCommitted
    }
}

extension Database {
    /// Where the database is.
    package enum Location: Sendable, Hashable {
        /// A data folder that holds `throughline.sqlite`.
        case folder(String)
        /// A `postgres://` address.
        case postgres(String)

        /// Reads what `--data` and `--database` say; a database address wins.
        package init(data: String, database: String?) throws(Problem) {
            guard let database, !database.isEmpty else {
                self = .folder(data)
                return
            }
            guard
                database.hasPrefix("postgres://") || database.hasPrefix("postgresql://")
            else {
                throw Problem(
                    .invalid, code: "config.database",
                    "--database takes a postgres:// address, such as "
                        + "postgres://throughline@localhost/throughline. Leave it out to use "
                        + "SQLite in the data folder.")
            }
            self = .postgres(database)
        }
    }

    /// Opens the database; migrations are a separate step.
    ///
    /// `witness` is told before and after each commit. Without `checksReferences` a SQLite
    /// database takes rows in any order.
    package static func open(
        _ location: Location, witness: Crossing.Witness? = nil, checksReferences: Bool = true
    ) async throws -> Database {
        switch location {
        case .folder(let path):
            Database(
                driver: try SQLiteDriver(folder: path, checksReferences: checksReferences),
                witness: witness)
        case .postgres(let url):
            Database(driver: try await PostgresDriver.connect(url), witness: witness)
        }
    }
}

/// Keeps the condition of a database for everybody who uses it.
private final class StoreWatch: Sendable {
    private let state = Mutex(StoreCondition())

    var condition: StoreCondition { state.withLock { $0 } }
    func wrote() { state.withLock { $0.wrote(at: .now) } }
    func failed(_ error: any Error) { state.withLock { $0.failed(error, at: .now) } }
}

/// What each engine implements.
protocol Driver: Sendable {
    var engine: Engine { get }
    func read<Value: Sendable>(
        _ body: @escaping @Sendable (borrowing Transaction) throws -> Value
    ) async throws -> Value
    func write<Value: Sendable>(
        _ isolation: Database.Isolation,
        _ body: @escaping @Sendable (borrowing Transaction) throws -> Value
    ) async throws -> Value
    func migrate(_ plan: MigrationPlan, at now: Instant) async throws
    func load() async throws -> StoreLoad
    var signals: Signals? { get }
    func settle() async
    func close() async
}
