import Kernel
import Store

/// Where rows come from: a backup, or another database.
protocol RowSource: Sendable {
    /// Tells this source from every other, to go on with the same after an interruption.
    var identity: String { get }
    /// What it is, in words.
    var words: String { get }
    var schema: BackupHeader.Schema { get }
    var tables: [TableShape] { get }
    /// Hands over a table's rows in an order that is always the same, without the first `skipped`.
    func rows(
        of shape: TableShape, skipped: Int64, _ body: ([[SQLValue]]) async throws -> Void
    ) async throws
    func counters() async throws -> [SerialCounter]
    /// What must have arrived in the end.
    func sums() async throws -> [String: RowSum]
}

/// Fills an empty database from a source, in steps that are kept, and proves that all arrived.
///
/// Every batch of rows is written in the transaction that also notes how far the table has come,
/// so a process killed at any moment goes on at the right row.
struct Arrival: Sendable {
    let database: Database
    /// The target, in words.
    let place: String
    let schema: MigrationPlan
    let surroundings: Surroundings

    /// Rows of one transaction.
    private static let batch = 2000

    /// Does everything; `files` comes once the place is taken, and `finish` writes what makes it
    /// usable, in the last transaction.
    func run(
        from source: some RowSource, progress: ProgressReport, files: () throws -> Void = {},
        finish: @escaping @Sendable (borrowing Transaction) throws -> Void
    ) async throws {
        let isAgain = try await begin(source)
        if isAgain { await progress("Going on where it stopped.") }
        try files()
        let steps = Set(source.schema.steps)
        try await database.migrate(
            MigrationPlan(
                version: source.schema.version, compatibleFrom: source.schema.compatibleFrom,
                steps: schema.steps.filter { steps.contains($0.id) }),
            at: surroundings.now())
        try await compare(source.tables)
        try await putReferencesAside()
        for (index, shape) in source.tables.enumerated() {
            let count = try await fill(shape, from: source, progress)
            if count > 0 {
                await progress(
                    "\(index + 1) of \(source.tables.count) tables: \(shape.name), \(count) rows.")
            }
        }
        let counters = try await source.counters()
        try await database.write { tx in for counter in counters { try tx.set(counter) } }
        await progress("Comparing what arrived with what was sent.")
        try await prove(try await source.sums())
        try await bringReferencesBack()
        let findings = try await database.read { tx in try tx.integrityFindings() }
        guard findings.isEmpty else { throw SafekeepingError.unfit(findings) }
        try await database.migrate(schema, at: surroundings.now())
        // Whole without it: it makes the first minutes fast.
        _ = try? await database.write(.readCommitted) { tx in try tx.gatherStatistics() }
        try await database.write { tx in
            try finish(tx)
            try tx.execute("DROP TABLE arrival_reference")
            try tx.execute("DROP TABLE arrival_table")
            try tx.execute("DROP TABLE arrival")
        }
    }

    /// What a half filled database waits for, in words; nil when it is none.
    static func unfinished(_ database: Database) async throws -> String? {
        try await database.read { tx in
            guard try hasTable("arrival", tx) else { return nil }
            return try tx.scalar(String.self, "SELECT words FROM arrival")
        }
    }

    private static func hasTable(_ name: String, _ tx: borrowing Transaction) throws -> Bool {
        try SchemaDescription(tx).tables[name] != nil
    }

    /// Takes the empty place, or finds it half filled from the same source.
    private func begin(_ source: some RowSource) async throws -> Bool {
        let (identity, words, place) = (source.identity, source.words, place)
        let now = surroundings.now()
        return try await database.write { tx in
            if try Self.hasTable("arrival", tx) {
                let found = try tx.scalar(String.self, "SELECT source FROM arrival")
                guard found == identity else { throw SafekeepingError.otherArrival(place) }
                return true
            }
            guard try SchemaDescription(tx).tables.isEmpty else {
                throw SafekeepingError.notEmpty(place)
            }
            try tx.execute(
                """
                CREATE TABLE arrival (
                    one INTEGER PRIMARY KEY CHECK (one = 1), source TEXT NOT NULL,
                    words TEXT NOT NULL, began_at BIGINT NOT NULL)
                """)
            try tx.execute(
                """
                CREATE TABLE arrival_table (
                    name \(.key) PRIMARY KEY, row_count BIGINT NOT NULL, is_done BOOLEAN NOT NULL)
                """)
            try tx.execute(
                """
                CREATE TABLE arrival_reference (
                    owner \(.key) NOT NULL, name \(.key) NOT NULL, definition TEXT NOT NULL,
                    PRIMARY KEY (owner, name))
                """)
            try tx.execute(
                """
                INSERT INTO arrival (one, source, words, began_at)
                VALUES (1, \(identity), \(words), \(now))
                """)
            return false
        }
    }

    private func compare(_ shapes: [TableShape]) async throws {
        let here = try await database.read { tx in
            Dictionary(
                uniqueKeysWithValues: TableShape.all(try SchemaDescription(tx)).map {
                    ($0.name, Set($0.columns))
                })
        }
        for shape in shapes where here[shape.name] != Set(shape.columns) {
            throw SafekeepingError.otherSchema(table: shape.name)
        }
        if let missing = Set(here.keys).subtracting(shapes.map(\.name)).min() {
            throw SafekeepingError.otherSchema(table: missing)
        }
    }

    private func putReferencesAside() async throws {
        try await database.write { tx in
            for reference in try tx.checkedReferences() {
                try tx.execute(
                    """
                    INSERT INTO arrival_reference (owner, name, definition)
                    VALUES (\(reference.table), \(reference.name), \(reference.definition))
                    """)
                try tx.drop(reference)
            }
        }
    }

    private func bringReferencesBack() async throws {
        let aside = try await database.read { tx in
            try tx.rows("SELECT owner, name, definition FROM arrival_reference").map {
                Transaction.Reference(
                    table: try $0("owner"), name: try $0("name"),
                    definition: try $0("definition"))
            }
        }
        // One at a time: each looks at a whole table.
        for reference in aside {
            try await database.write { tx in
                try tx.add(reference)
                try tx.execute(
                    """
                    DELETE FROM arrival_reference
                    WHERE owner = \(reference.table) AND name = \(reference.name)
                    """)
            }
        }
    }

    // MARK: - Rows

    private func fill(
        _ shape: TableShape, from source: some RowSource, _ progress: ProgressReport
    ) async throws -> Int64 {
        let mark = try await database.write { tx -> (rows: Int64, isDone: Bool) in
            if let row = try tx.first("SELECT * FROM arrival_table WHERE name = \(shape.name)") {
                return (try row("row_count"), try row("is_done"))
            }
            // What migrations put in themselves comes with the source as well.
            try tx.execute("DELETE FROM \(shape.source)")
            try tx.execute(
                """
                INSERT INTO arrival_table (name, row_count, is_done)
                VALUES (\(shape.name), 0, FALSE)
                """)
            return (0, false)
        }
        guard !mark.isDone else { return 0 }
        var count = mark.rows
        var said = count
        try await source.rows(of: shape, skipped: mark.rows) { rows in
            for start in stride(from: 0, to: rows.count, by: Self.batch) {
                try Task.checkCancellation()
                let batch = Array(rows[start..<min(start + Self.batch, rows.count)])
                count += Int64(batch.count)
                try await insert(batch, shape, count)
                if count - said >= 100_000 {
                    said = count
                    await progress("\(shape.name): \(count) rows.")
                }
            }
        }
        try await database.write { tx in
            try tx.execute("UPDATE arrival_table SET is_done = TRUE WHERE name = \(shape.name)")
        }
        return count
    }

    private func insert(_ rows: [[SQLValue]], _ shape: TableShape, _ count: Int64) async throws {
        // Engines bound the number of values in a statement.
        let step = max(1, min(200, 20_000 / shape.columns.count))
        try await database.write { tx in
            for start in stride(from: 0, to: rows.count, by: step) {
                let lines = rows[start..<min(start + step, rows.count)].map { values -> SQL in
                    "(\(.joined(values.map { "\($0)" }, separator: ", ")))"
                }
                try tx.execute(
                    """
                    INSERT INTO \(shape.source) (\(shape.list))
                    VALUES \(.joined(lines, separator: ", "))
                    """)
            }
            try tx.execute(
                "UPDATE arrival_table SET row_count = \(count) WHERE name = \(shape.name)")
        }
    }

    private func prove(_ sums: [String: RowSum]) async throws {
        let here = try await database.read { tx in
            let shapes = TableShape.all(try SchemaDescription(tx))
            return Dictionary(
                uniqueKeysWithValues: try shapes.map { ($0.name, try RowSum.of($0, tx)) })
        }
        let names = Set(here.keys).union(sums.keys)
        let different = names.filter { here[$0] != sums[$0] }.sorted()
        guard different.isEmpty else { throw SafekeepingError.differs(tables: different) }
    }
}
