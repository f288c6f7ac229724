package import Kernel

/// Reads and writes inside one transaction.
///
/// Valid only within the closure that received it.
///
/// Everything in a transaction is synchronous: no network call can hide in one.
package struct Transaction: ~Copyable {
    let connection: any Connection

    init(_ connection: any Connection) { self.connection = connection }

    package var engine: Engine { connection.engine }

    /// Runs a statement and returns the number of rows it changed.
    @discardableResult
    package func execute(_ sql: SQL) throws(StoreError) -> Int {
        try connection.execute(sql)
    }

    /// All rows of an answer.
    package func rows(_ sql: SQL) throws(StoreError) -> [Row] { try connection.rows(sql) }

    /// The first row, or nil.
    package func first(_ sql: SQL) throws(StoreError) -> Row? { try connection.rows(sql).first }

    /// All rows as values.
    package func all<Value: RowReadable>(_ type: Value.Type, _ sql: SQL) throws -> [Value] {
        try connection.rows(sql).map(Value.init(row:))
    }

    /// The first row as a value, or nil.
    package func first<Value: RowReadable>(_ type: Value.Type, _ sql: SQL) throws -> Value? {
        try connection.rows(sql).first.map(Value.init(row:))
    }

    /// The first column of the first row, or nil when there is no row or it is NULL.
    package func scalar<Value: SQLReadable>(
        _ type: Value.Type = Value.self, _ sql: SQL
    ) throws -> Value? {
        guard let row = try connection.rows(sql).first, let name = row.names.first else {
            return nil
        }
        return try row(name, as: Value?.self)
    }

    /// Waits until no other transaction has the turn `name`, and keeps it to the end of this one.
    ///
    /// SQLite has one writer at a time, so there every change has its turn already.
    package func takeTurn(_ name: String) throws(StoreError) {
        guard engine == .postgres else { return }
        // The schema's name lets several databases of ours share one of the server's.
        _ = try connection.rows(
            "SELECT pg_advisory_xact_lock(hashtext(current_schema()), hashtext(\(name)))")
    }

    /// Goes on beside others that share the turn `name`, and beside nobody who has taken it.
    package func shareTurn(_ name: String) throws(StoreError) {
        guard engine == .postgres else { return }
        _ = try connection.rows(
            "SELECT pg_advisory_xact_lock_shared(hashtext(current_schema()), hashtext(\(name)))")
    }

    /// The turn that every change shares which lets something leave, and that whoever stops it takes.
    ///
    /// So what stops things is answered after the last one that did not know of it.
    package static var departures: String { "departures" }

    /// Lets PostgreSQL count what lies in the tables, after many rows came at once: until it has done so by
    /// itself, within minutes, it takes wrong ways to them.
    package func gatherStatistics() throws(StoreError) {
        // What SQLite does is said in the statements themselves.
        guard engine == .postgres else { return }
        try connection.execute("ANALYZE")
    }

    /// Tells every program on the database after the commit; with SQLite there is only this one.
    package func signal(_ name: String) { connection.signal(name) }

    /// The present moment by the clock that all programs on this database share.
    ///
    /// With SQLite that is the program's own.
    package func sharedClock(_ own: Instant) throws -> Instant {
        guard engine == .postgres else { return own }
        let now = try scalar(
            Instant.self,
            "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT) AS now")
        guard let now else { throw StoreError.noRow }
        return now
    }

    /// Whether the query has any row.
    package func exists(_ sql: SQL) throws(StoreError) -> Bool {
        try !connection.rows(sql).isEmpty
    }

    /// Runs `body` so that its failure undoes its own changes only.
    package func savepoint<Value>(
        _ body: (borrowing Transaction) throws -> Value
    ) throws -> Value {
        try connection.execute("SAVEPOINT nested")
        do {
            let value = try body(self)
            try connection.execute("RELEASE SAVEPOINT nested")
            return value
        } catch {
            do {
                try connection.execute("ROLLBACK TO SAVEPOINT nested")
                try connection.execute("RELEASE SAVEPOINT nested")
            } catch let further {
                // A full disk has undone the whole transaction; that is the news, not what follows.
                if case StoreError.storage = error { throw error }
                throw further
            }
            throw error
        }
    }
}

/// One open connection of either engine, used by one thread at a time.
protocol Connection {
    var engine: Engine { get }
    func signal(_ name: String)
    @discardableResult func execute(_ sql: SQL) throws(StoreError) -> Int
    func rows(_ sql: SQL) throws(StoreError) -> [Row]
    func stream(_ sql: SQL, batch: Int, _ body: ([Row]) throws -> Void) throws
}
