import Foundation
package import Kernel
package import Store

/// Carries an installation over to another database, on either engine, and proves that all arrived.
///
/// The old database keeps every row. It is marked at the start, so that nothing publishes from it
/// any more, and an interrupted move goes on at the right row.
package struct Move: Sendable {
    let from: Database.Location
    let to: Database.Location
    /// The data folder now, and the one that belongs to the new database.
    let folder: String
    let newFolder: String
    let schema: MigrationPlan
    let surroundings: Surroundings
    /// Whether a program works on the old database.
    let isBusy: @Sendable (borrowing Transaction) throws -> Bool

    /// Creates the move; `newFolder` is the folder of a SQLite target, else the present one.
    package init(
        from: Database.Location, to: Database.Location, folder: String, schema: MigrationPlan,
        surroundings: Surroundings,
        isBusy: @escaping @Sendable (borrowing Transaction) throws -> Bool
    ) {
        self.isBusy = isBusy
        self.from = from
        self.to = to
        self.folder = folder
        if case .folder(let path) = to { newFolder = path } else { newFolder = folder }
        self.schema = schema
        self.surroundings = surroundings
    }

    /// Does the whole move and returns how many rows it carried.
    package func run(progress: ProgressReport = { _ in }) async throws -> Int64 {
        guard from != to else { throw SafekeepingError.sameDatabase }
        let source = try await Database.open(from)
        do {
            let rows = try await carry(source, progress)
            await source.close()
            return rows
        } catch {
            await source.close()
            throw error
        }
    }

    private func carry(_ source: Database, _ progress: ProgressReport) async throws -> Int64 {
        if let waits = try await Arrival.unfinished(source) {
            throw SafekeepingError.unfinished(waits)
        }
        try await source.migrate(schema, at: surroundings.now())
        let id = try await mark(source)
        let rows = try await DatabaseRows(source, identity: id, words: from.words)
        try await setAsideOldCopy()
        try Files.makeFolder(newFolder)
        let target = try await Database.open(to, checksReferences: false)
        do {
            guard try await !isSame(source, target) else { throw SafekeepingError.sameDatabase }
            let now = surroundings.now()
            let place = try await target.read { tx in try tx.placeOnServer() }
            if try await !hasArrived(id, in: target) {
                try await Arrival(
                    database: target, place: to.words, schema: schema, surroundings: surroundings
                ).run(
                    from: rows, progress: progress, files: { try copyFolder() },
                    finish: { tx in
                        try InstanceRow(
                            id: id, epoch: InstanceRow.confirmationLeap, place: place, beatAt: now
                        ).save(tx)
                    })
            }
            let epoch = InstanceFile(folder: newFolder)
            try epoch.write(id: id)
            try epoch.note(epoch: InstanceRow.confirmationLeap)
            await target.close()
        } catch {
            await target.close()
            throw error
        }
        return try await rows.sums().values.reduce(0) { $0 + $1.rows }
    }

    /// Marks the old database: whatever runs on it sends nothing from this transaction on.
    ///
    /// Returns the identity that moves.
    private func mark(_ source: Database) async throws -> String {
        let words = to.words
        let now = surroundings.now()
        let fresh = Hex.text(surroundings.randomBytes(16))
        let isBusy = isBusy
        return try await source.write { tx in
            // A SQLite folder is open here, so nobody else has it.
            if tx.engine == .postgres, try isBusy(tx) { throw SafekeepingError.stillRunning }
            var row = try InstanceRow.load(tx) ?? InstanceRow(id: fresh, beatAt: now)
            if let hold = row.hold {
                guard hold.cause == .moved else {
                    throw SafekeepingError.held(
                        "This database may not publish: \(hold.why). Say with `throughline "
                            + "instance confirm` that it is the right one, then move it.")
                }
                guard hold.why == Self.why(words) else {
                    throw SafekeepingError.sourceMoved(to: hold.movedTo)
                }
                return row.id
            }
            row.hold = Hold(.moved, Self.why(words), at: now)
            try row.save(tx)
            return row.id
        }
    }

    static func why(_ words: String) -> String { Hold.moved + words }

    /// Whether all was there, compared and in use when an earlier try was cut off at its very end.
    private func hasArrived(_ id: String, in target: Database) async throws -> Bool {
        try await target.read { tx in
            let tables = try SchemaDescription(tx).tables
            guard tables["arrival"] == nil, tables["instance"] != nil else { return false }
            return try InstanceRow.load(tx)?.id == id
        }
    }

    private func isSame(_ left: Database, _ right: Database) async throws -> Bool {
        guard left.engine == .postgres, right.engine == .postgres else { return false }
        let one = try await left.read { tx in try tx.placeOnServer() }
        let other = try await right.read { tx in try tx.placeOnServer() }
        return one == other
    }

    /// Coming back, the SQLite file that was moved away before makes room; it is not deleted.
    private func setAsideOldCopy() async throws {
        guard case .folder(let path) = to,
            FileManager.default.fileExists(atPath: path + "/throughline.sqlite")
        else { return }
        let old = try await Database.open(to)
        let wasMoved = try? await old.read { tx in try InstanceRow.load(tx)?.hold?.cause == .moved }
        await old.close()
        guard wasMoved == true else { return }
        let name = "\(path)/before-move-\(surroundings.now().milliseconds).sqlite"
        for end in ["-wal", "-shm", ""] {
            try? FileManager.default.moveItem(
                atPath: path + "/throughline.sqlite" + end, toPath: name + end)
        }
    }

    /// Key, pictures and uncounted clicks follow into another folder.
    private func copyFolder() throws {
        guard newFolder != folder else { return }
        let files = FileManager.default
        var names = ["secret.key"]
        for part in ["media", "spool"] {
            let found = files.enumerator(atPath: folder + "/" + part)
            while let name = found?.nextObject() as? String { names.append(part + "/" + name) }
        }
        for name in names {
            var isFolder: ObjCBool = false
            let path = folder + "/" + name
            guard files.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue,
                let source = FileHandle(forReadingAtPath: path)
            else { continue }
            defer { try? source.close() }
            try Files.write(newFolder + "/" + name) { write in
                while let data = try source.read(upToCount: Backup.fileStep), !data.isEmpty {
                    try write(data)
                }
            }
        }
    }
}

/// The rows of a database on their way into another.
private struct DatabaseRows: RowSource {
    let database: Database
    let identity: String
    let words: String
    let schema: BackupHeader.Schema
    let tables: [TableShape]

    init(_ database: Database, identity: String, words: String) async throws {
        self.database = database
        self.identity = "move:" + identity
        self.words = words
        (schema, tables) = try await database.read { tx in
            let steps = try tx.rows("SELECT id FROM schema_step ORDER BY id")
            guard let row = try tx.first("SELECT * FROM schema_version") else {
                throw StoreError.noRow
            }
            let schema = BackupHeader.Schema(
                version: try row("version"), compatibleFrom: try row("compatible_from"),
                steps: try steps.map { try $0("id") })
            return (schema, TableShape.all(try SchemaDescription(tx)))
        }
    }

    /// Rows in the order of the primary key, page by page.
    func rows(
        of shape: TableShape, skipped: Int64, _ body: ([[SQLValue]]) async throws -> Void
    ) async throws {
        var last: SQL?
        if skipped > 0 {
            let found = try await database.read { tx in
                try tx.first(
                    """
                    SELECT \(shape.keyList) FROM \(shape.source) ORDER BY \(shape.keyList)
                    LIMIT 1 OFFSET \(skipped - 1)
                    """)
            }
            guard let found else { throw SafekeepingError.differs(tables: [shape.name]) }
            last = Self.tuple(found.all)
        }
        while true {
            let condition: SQL = last.map { "(\(shape.keyList)) > \($0)" } ?? "TRUE"
            let page = try await database.read { tx in
                try tx.rows(
                    """
                    SELECT \(shape.list) FROM \(shape.source) WHERE \(condition)
                    ORDER BY \(shape.keyList) LIMIT 2000
                    """)
            }
            guard let end = page.last else { return }
            try await body(page.map(shape.values))
            if page.count < 2000 { return }
            last = Self.tuple(try shape.key.map { try end.raw($0) })
        }
    }

    private static func tuple(_ values: [SQLValue]) -> SQL {
        "(\(.joined(values.map { "\($0)" }, separator: ", ")))"
    }

    func counters() async throws -> [SerialCounter] {
        try await database.read { tx in
            try tx.serialCounters().filter { !TableShape.left.contains($0.table) }
        }
    }

    func sums() async throws -> [String: RowSum] {
        try await database.read { tx in
            Dictionary(
                uniqueKeysWithValues: try tables.map { ($0.name, try RowSum.of($0, tx)) })
        }
    }
}
