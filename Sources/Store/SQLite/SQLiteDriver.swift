import Foundation
import GRDB
import Kernel
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// SQLite in one folder: many readers, one writer that commits waiting changes together.
final class SQLiteDriver: Driver {
    let engine = Engine.sqlite
    let signals: Signals? = nil
    private let pool: DatabasePool
    private let lock: FolderLock
    private let queue = Mutex(WriteQueue())
    private let trust = Mutex(SyncTrust())
    private let kept = KeptStatements()

    /// Changes that may wait before further ones are refused as overload.
    static let capacity = 10_000

    /// `checksReferences` is off while a database is filled in any order; a check follows then.
    init(folder: String, checksReferences: Bool = true) throws {
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
        } catch {
            throw StoreError.unreachable(
                "the folder \(folder) cannot be created (\(String(cString: strerror(errno))))")
        }
        lock = try FolderLock(folder: folder)
        var configuration = Configuration()
        configuration.busyMode = .timeout(10)
        configuration.foreignKeysEnabled = checksReferences
        configuration.maximumReaderCount = 4
        configuration.persistentReadOnlyConnections = true
        // Pages that were read are kept while nobody writes; a year of figures is near ten megabytes.
        configuration.prepareDatabase { db in try db.execute(sql: "PRAGMA cache_size = -16000") }
        do {
            pool = try DatabasePool(
                path: folder + "/throughline.sqlite", configuration: configuration)
            // GRDB sets NORMAL after prepareDatabase, so FULL must come after opening: with
            // NORMAL a power cut could forget a committed intent to publish.
            try pool.writeWithoutTransaction { db in
                try db.execute(sql: "PRAGMA synchronous = FULL")
                try db.execute(sql: "PRAGMA journal_size_limit = 67108864")
                try db.execute(sql: "PRAGMA cache_size = -2000")
                // Nobody reads yet, so all of the log fits into the database file.
                try Self.secure(db, "TRUNCATE")
            }
            trust.withLock { $0.secured() }
        } catch let error as DatabaseError {
            switch StoreError(error) {
            case .storage(let trouble): throw StoreError.storage(trouble)
            case .damaged: throw StoreError.damaged
            default: break
            }
            throw StoreError.unreachable(
                "\(folder)/throughline.sqlite cannot be opened (\(error.message ?? "no reason"))")
        } catch {
            throw StoreError.unreachable("\(folder)/throughline.sqlite cannot be opened")
        }
    }

    func read<Value: Sendable>(
        _ body: @escaping @Sendable (borrowing Transaction) throws -> Value
    ) async throws -> Value {
        do {
            let kept = kept
            return try await pool.read { db in
                try body(Transaction(SQLiteConnection(db: db, kept: kept)))
            }
        } catch let error as DatabaseError {
            throw StoreError(error)
        }
    }

    func write<Value: Sendable>(
        _ isolation: Database.Isolation,
        _ body: @escaping @Sendable (borrowing Transaction) throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            let waiting = WaitingWrite(
                body: { tx in
                    let result = Result { try body(tx) }
                    // What the caller learns waits for COMMIT; see `drain`.
                    let reply: @Sendable (StoreError?) -> Void = { failure in
                        if let failure {
                            continuation.resume(throwing: failure)
                        } else {
                            continuation.resume(with: result)
                        }
                    }
                    if case .failure(let error) = result {
                        return .init(error: error, reply: reply)
                    }
                    return .init(error: nil, reply: reply)
                },
                refuse: { continuation.resume(throwing: $0) })
            enqueue(waiting)
        }
    }

    func load() async throws -> StoreLoad {
        let path = pool.path
        let pages: Int64 = try await read { tx in
            let count = try tx.scalar(Int64.self, "PRAGMA page_count") ?? 0
            let size = try tx.scalar(Int64.self, "PRAGMA page_size") ?? 0
            return count * size
        }
        let log = try? FileManager.default.attributesOfItem(atPath: path + "-wal")
        return StoreLoad(
            bytes: pages + ((log?[.size] as? NSNumber)?.int64Value ?? 0),
            waiting: queue.withLock { $0.waiting.count }, mostWaiting: Self.capacity)
    }

    func close() async {
        // After queued writes, since the pool's writer runs blocks in order.
        await settle()
        await withCheckedContinuation { continuation in
            // It waits for readers, and they need the threads of tasks to give connections back.
            Thread.detachNewThread { [pool] in
                try? pool.close()
                continuation.resume()
            }
        }
        lock.release()
    }

    /// Carries the log into the database and empties it: what was deleted lies in neither then.
    func settle() async {
        try? await pool.writeWithoutTransaction { db in try Self.secure(db, "TRUNCATE") }
    }

    func migrate(_ plan: MigrationPlan, at now: Instant) async throws {
        // The folder lock already keeps every other process out.
        let pending = try await write(.serializable) { tx in
            for statement in MigrationPlan.bookkeeping { try tx.execute(statement) }
            return try plan.pending(tx)
        }
        for step in pending {
            try await write(.serializable) { tx in try plan.apply(step, tx, at: now) }
        }
        try await write(.serializable) { tx in try plan.stamp(tx) }
    }
}

// MARK: - Group commit

private struct WaitingWrite: Sendable {
    struct Outcome: Sendable {
        let error: (any Error)?
        /// Tells the caller; a failure here replaces the body's own result.
        let reply: @Sendable (StoreError?) -> Void
    }

    let body: @Sendable (borrowing Transaction) -> Outcome
    let refuse: @Sendable (StoreError) -> Void
}

private struct WriteQueue {
    var waiting: [WaitingWrite] = []
    var isDraining = false
}

extension SQLiteDriver {
    private func enqueue(_ write: WaitingWrite) {
        enum Next { case wait, start, refuse }
        let next = queue.withLock { queue -> Next in
            guard queue.waiting.count < Self.capacity else { return .refuse }
            queue.waiting.append(write)
            if queue.isDraining { return .wait }
            queue.isDraining = true
            return .start
        }
        switch next {
        case .wait: break
        case .refuse: write.refuse(.overloaded)
        case .start:
            pool.asyncWriteWithoutTransaction { db in
                while let batch = self.nextBatch() { self.commit(batch, db) }
            }
        }
    }

    private func nextBatch() -> [WaitingWrite]? {
        queue.withLock { queue in
            guard !queue.waiting.isEmpty else {
                queue.isDraining = false
                return nil
            }
            let batch = Array(queue.waiting.prefix(500))
            queue.waiting.removeFirst(batch.count)
            return batch
        }
    }

    /// Runs a batch in one transaction and answers after COMMIT.
    private func commit(_ batch: [WaitingWrite], _ db: GRDB.Database) {
        var outcomes: [WaitingWrite.Outcome] = []
        do {
            try regainTrust(db)
            try db.execute(sql: "BEGIN IMMEDIATE")
            if try run(batch, db, &outcomes) {
                try db.execute(sql: "COMMIT")
            } else {
                try db.execute(sql: "ROLLBACK")
                if batch.count > 1 {
                    outcomes = []
                    try db.execute(sql: "BEGIN IMMEDIATE")
                    try runApart(batch, db, &outcomes)
                    try db.execute(sql: "COMMIT")
                }
            }
            for outcome in outcomes { outcome.reply(nil) }
        } catch {
            if db.isInsideTransaction { try? db.execute(sql: "ROLLBACK") }
            let failure = explained(
                (error as? DatabaseError).map(StoreError.init) ?? error as? StoreError
                    ?? .overloaded)
            trust.withLock { $0.failed(isSync: failure.isUnsynced) }
            for outcome in outcomes { outcome.reply(failure) }
            for write in batch.dropFirst(outcomes.count) { write.refuse(failure) }
        }
    }

    /// Runs changes one after the other; false when one failed after it had written something.
    ///
    /// Nearly all succeed, or fail before they write. So none pays for being undone alone: a
    /// savepoint keeps a copy of each page that is touched, which for a thousand posts at once was
    /// seven times the writes of the log.
    private func run(
        _ batch: [WaitingWrite], _ db: GRDB.Database, _ outcomes: inout [WaitingWrite.Outcome]
    ) throws -> Bool {
        for write in batch {
            let change = Change()
            let outcome = try outcome(of: write, change, db, &outcomes)
            if outcome.error != nil, change.hasWritten { return false }
        }
        return true
    }

    /// Runs changes of which one fails halfway, so that the others stay.
    private func runApart(
        _ batch: [WaitingWrite], _ db: GRDB.Database, _ outcomes: inout [WaitingWrite.Outcome]
    ) throws {
        for write in batch {
            try db.execute(sql: "SAVEPOINT change")
            let outcome = try outcome(of: write, Change(), db, &outcomes)
            if outcome.error != nil { try db.execute(sql: "ROLLBACK TO SAVEPOINT change") }
            try db.execute(sql: "RELEASE SAVEPOINT change")
        }
    }

    private func outcome(
        of write: WaitingWrite, _ change: Change, _ db: GRDB.Database,
        _ outcomes: inout [WaitingWrite.Outcome]
    ) throws -> WaitingWrite.Outcome {
        let connection = SQLiteConnection(db: db, kept: kept, change: change)
        let outcome = write.body(Transaction(connection))
        outcomes.append(outcome)
        // A full disk makes SQLite undo the whole transaction, with the changes before.
        guard db.isInsideTransaction else {
            throw change.failure ?? outcome.error ?? StoreError.storage(.failing)
        }
        return outcome
    }
}

// MARK: - Disks that fail

extension SQLiteDriver {
    /// Writes what was acknowledged again, before anything rests on a log that may not be there.
    private func regainTrust(_ db: GRDB.Database) throws {
        guard trust.withLock(\.isSuspect) else { return }
        // Waits for nobody: what readers still need stays in the log, and that is synced first.
        try Self.secure(db, "PASSIVE")
        trust.withLock { $0.secured() }
    }

    /// SQLite tells a disk that is mounted read-only from a broken one only when it opens a file.
    private func explained(_ error: StoreError) -> StoreError {
        guard case .storage(.failing) = error else { return error }
        return access(pool.path, W_OK) != 0 && errno == EROFS ? .storage(.readOnly) : error
    }

    private static func secure(_ db: GRDB.Database, _ mode: String) throws {
        _ = try GRDB.Row.fetchAll(db, sql: "PRAGMA wal_checkpoint(\(mode))")
    }
}

// MARK: - Connection

/// Whether a change has come so far that undoing it means something.
private final class Change {
    private(set) var hasWritten = false
    /// Why the last statement failed that did, whatever the change made of it.
    private(set) var failure: (any Error)?

    /// Notes a statement that may write, after it ran: rows are counted, tables are not.
    func ran(_ effect: KeptStatements.Effect, changing rows: Int) {
        if rows > 0 || effect != .rows { hasWritten = true }
    }

    /// Notes a statement that may write and failed; what it did before that is not known.
    func failed(_ error: any Error) {
        hasWritten = true
        failure = error
    }
}

private struct SQLiteConnection: Connection {
    let engine = Engine.sqlite
    let db: GRDB.Database
    let kept: KeptStatements
    /// Nothing for whoever only reads.
    var change: Change?

    /// Whoever ignores that the transaction was undone must not go on without one.
    private func confirmTransaction() throws(StoreError) {
        guard change == nil || db.isInsideTransaction else { throw .storage(.failing) }
    }

    /// Steps through a statement and notes whether it changed anything.
    private func run<Value>(
        _ text: String, _ values: Int, _ body: (Statement, Row.Columns) throws -> Value
    ) throws -> Value {
        // A change goes through; a question whose asker is gone does not.
        if change == nil { try Task.checkCancellation() }
        let prepared = try kept.statement(text, values: values, db)
        let (statement, facts) = (prepared.statement, prepared.facts)
        guard let change, facts.effect != .nothing else {
            return try body(statement, facts.columns)
        }
        defer { if facts.effect == .schema { kept.forget(db) } }
        let before = db.totalChangesCount
        do {
            let value = try body(statement, facts.columns)
            change.ran(facts.effect, changing: db.totalChangesCount - before)
            return value
        } catch {
            change.failed(error)
            throw error
        }
    }

    /// Nobody else is on this database.
    func signal(_ name: String) {}

    func execute(_ sql: SQL) throws(StoreError) -> Int {
        try confirmTransaction()
        let (text, values) = sql.render(for: .sqlite)
        try SQLValue.refuseNUL(values)
        do {
            let before = db.totalChangesCount
            // RETURNING makes a statement a query; it is stepped through either way.
            try run(text, values.count) { statement, _ in
                try statement.run(values, in: db) { _ in }
            }
            // The statement's own rows, without those that foreign keys deleted with them.
            return db.totalChangesCount == before ? 0 : db.changesCount
        } catch {
            throw failure(error)
        }
    }

    func rows(_ sql: SQL) throws(StoreError) -> [Row] {
        try confirmTransaction()
        let (text, values) = sql.render(for: .sqlite)
        try SQLValue.refuseNUL(values)
        do {
            return try run(text, values.count) { statement, columns in
                var out: [Row] = []
                try statement.run(values, in: db) { row in out.append(row.row(columns)) }
                return out
            }
        } catch {
            throw failure(error)
        }
    }

    func stream(_ sql: SQL, batch: Int, _ body: ([Row]) throws -> Void) throws {
        let (text, values) = sql.render(for: .sqlite)
        var waiting: [Row] = []
        do {
            let statement = try db.makeStatement(sql: text)
            let columns = Row.Columns(statement.columnNames)
            try statement.run(values, in: db) { row in
                waiting.append(row.row(columns))
                guard waiting.count == batch else { return }
                try body(waiting)
                waiting.removeAll(keepingCapacity: true)
            }
        } catch let error as DatabaseError {
            throw StoreError(error)
        }
        if !waiting.isEmpty { try body(waiting) }
    }

    private func failure(_ error: any Error) -> StoreError {
        if let error = error as? StoreError { return error }
        if let error = error as? DatabaseError { return StoreError(error) }
        return .statement(message: "\(error)", code: "sqlite")
    }
}

extension StoreError {
    fileprivate init(_ error: DatabaseError) {
        let message = error.message ?? ""
        // “UNIQUE constraint failed: item.title” or “… failed: index 'item_title'”.
        var name = message.firstRange(of: "failed: ").map { message[$0.upperBound...] } ?? ""
        if name.hasPrefix("index '") { name = name.dropFirst(7).dropLast() }
        switch error.extendedResultCode {
        case .SQLITE_CONSTRAINT_UNIQUE, .SQLITE_CONSTRAINT_PRIMARYKEY:
            self = .constraint(.unique, name: String(name))
        case .SQLITE_CONSTRAINT_FOREIGNKEY: self = .constraint(.foreignKey, name: String(name))
        case .SQLITE_CONSTRAINT_CHECK: self = .constraint(.check, name: String(name))
        case .SQLITE_CONSTRAINT_NOTNULL: self = .constraint(.notNull, name: String(name))
        case let code where [.SQLITE_CORRUPT, .SQLITE_NOTADB].contains(code.primaryResultCode):
            self = .damaged
        default:
            self =
                Self.trouble(error).map(StoreError.storage)
                ?? .statement(message: message, code: "sqlite-\(error.extendedResultCode.rawValue)")
        }
    }

    /// What the disk did not do, when it is to blame.
    private static func trouble(_ error: DatabaseError) -> StorageTrouble? {
        switch error.extendedResultCode {
        case .SQLITE_FULL, .SQLITE_IOERR_SHMSIZE: .full
        case let code where code.primaryResultCode == .SQLITE_READONLY: .readOnly
        case let code where [.SQLITE_IOERR, .SQLITE_CANTOPEN].contains(code.primaryResultCode):
            .failing
        default: nil
        }
    }

    /// Whether a sync may have failed: any error of the disk that is not a lack of room.
    fileprivate var isUnsynced: Bool {
        switch self {
        case .storage(.failing), .storage(.readOnly): true
        default: false
        }
    }
}

// MARK: - One process per folder

/// An advisory lock on `lock` in the data folder, held for the life of the process.
private final class FolderLock: Sendable {
    /// Negative once released: its number may belong to somebody else by then.
    private let held: Mutex<Int32>

    init(folder: String) throws(StoreError) {
        let descriptor = open(folder + "/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            let reason = errno
            if reason == ENOSPC { throw .storage(.full) }
            throw .unreachable(
                reason == EROFS
                    ? "the folder \(folder) is on a disk that is mounted read-only. Mount it "
                        + "writable, or give --data another folder"
                    : "the folder \(folder) cannot be written "
                        + "(\(String(cString: strerror(reason))))")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw StoreError.folderInUse(path: folder)
        }
        held = Mutex(descriptor)
    }

    deinit { release() }

    func release() {
        let descriptor = held.withLock { held in
            defer { held = -1 }
            return held
        }
        guard descriptor >= 0 else { return }
        // A process that is just being started may still have a copy of the number.
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }
}
