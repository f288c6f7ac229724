import Kernel
import Store
import TestSupport
import Testing

@Suite struct `Migrations` {
    static let now = Instant(milliseconds: 1_000)

    private func plan(
        _ steps: [Migration], version: Int = 1, compatibleFrom: Int = 1
    ) -> MigrationPlan {
        MigrationPlan(version: version, compatibleFrom: compatibleFrom, steps: steps)
    }

    private let first = Migration(
        "test/0001-a", ["CREATE TABLE a (id \(.id) PRIMARY KEY)", "INSERT INTO a VALUES ('1')"])
    private let second = Migration(
        "test/0002-b",
        ["CREATE TABLE b (id \(.id) PRIMARY KEY)", "INSERT INTO b SELECT id FROM a"])

    /// The step with its statement at `index` broken, as if the process had died there.
    private func killed(_ step: Migration, at index: Int) -> Migration {
        var statements = step.statements
        statements.insert("SELECT killed FROM here", at: index)
        return Migration(step.id, statements)
    }

    @Test(arguments: TestDatabase.engines)
    func `a new column is seen by whoever asked before`(engine: Engine) async throws {
        let third = Migration(
            "test/0003-c", ["ALTER TABLE a ADD COLUMN word TEXT", "UPDATE a SET word = 'new'"])
        try await TestDatabase.with(engine, [first]) { db in
            let ask = {
                try await db.write { tx in try tx.first("SELECT * FROM a") }
            }
            #expect(try await ask()?.names == ["id"])
            try await db.migrate(plan([first, third]), at: Self.now)
            let word: String? = try await ask()?("word")
            #expect(word == "new")
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `run once`(engine: Engine) async throws {
        try await TestDatabase.with(engine, [first]) { db in
            try await db.migrate(plan([first, second]), at: Self.now)
            try await db.migrate(plan([first, second]), at: Self.now)
            let counts = try await db.read { tx in
                try [
                    tx.scalar(Int.self, "SELECT COUNT(*) FROM a"),
                    tx.scalar(Int.self, "SELECT COUNT(*) FROM b"),
                    tx.scalar(Int.self, "SELECT COUNT(*) FROM schema_step"),
                ]
            }
            #expect(counts == [1, 1, 2])
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `resume when stopped at any statement`(engine: Engine) async throws {
        for step in 0...1 {
            for statement in 0...2 {
                try await TestDatabase.with(engine, []) { db in
                    let broken =
                        step == 0
                        ? [killed(first, at: statement), second]
                        : [first, killed(second, at: statement)]
                    await #expect(throws: StoreError.self) {
                        try await db.migrate(plan(broken), at: Self.now)
                    }
                    let half = try await db.describeSchema()
                    #expect(half.tables["a"] != nil || step == 0)
                    #expect(half.tables["b"] == nil)
                    try await db.migrate(plan([first, second]), at: Self.now)
                    let rows = try await db.read { tx in try tx.rows("SELECT id FROM b").count }
                    #expect(rows == 1)
                }
            }
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `refuse a step that changed after it ran`(engine: Engine) async throws {
        try await TestDatabase.with(engine, [first]) { db in
            let edited = Migration(first.id, ["CREATE TABLE a (id \(.id) PRIMARY KEY, x TEXT)"])
            let error = await #expect(throws: StoreError.self) {
                try await db.migrate(plan([edited]), at: Self.now)
            }
            #expect(error?.problem.code == "store.migration-changed")
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `refuse a schema made for newer programs only`(engine: Engine) async throws {
        try await TestDatabase.with(engine, []) { db in
            try await db.migrate(plan([first], version: 7, compatibleFrom: 5), at: Self.now)
            // Older, but new enough: works, and does not lower what is recorded.
            try await db.migrate(plan([first], version: 5, compatibleFrom: 3), at: Self.now)
            let error = await #expect(throws: StoreError.self) {
                try await db.migrate(plan([first], version: 4, compatibleFrom: 3), at: Self.now)
            }
            #expect(error?.problem.code == "store.schema-too-new")
            #expect(error?.problem.message.contains("Start the newer program") == true)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `run one after another when several programs start`(engine: Engine) async throws {
        try await TestDatabase.location(engine) { location in
            // On SQLite the folder's lock keeps other programs out, so they share one there.
            let databases =
                engine == .sqlite
                ? [try await Database.open(location)]
                : [
                    try await Database.open(location), try await Database.open(location),
                    try await Database.open(location),
                ]
            let plan = plan([first, second])
            try await withThrowingTaskGroup { group in
                for database in databases {
                    group.addTask { try await database.migrate(plan, at: Self.now) }
                }
                try await group.waitForAll()
            }
            let steps = try await databases[0].read { tx in
                try tx.scalar(Int.self, "SELECT COUNT(*) FROM schema_step")
            }
            for database in databases { await database.close() }
            #expect(steps == 2)
        }
    }

    @Test func `describe the same schema on both engines`() async throws {
        let rich = Migration(
            "test/0003-rich",
            [
                """
                CREATE TABLE parent (
                    id \(.id) PRIMARY KEY, ok BOOLEAN NOT NULL, doc \(.jsonType) NOT NULL,
                    ratio \(.real), data \(.bytes), small INTEGER, big BIGINT)
                """,
                """
                CREATE TABLE child (
                    number \(.serialKey),
                    parent_id \(.id) NOT NULL REFERENCES parent (id) ON DELETE CASCADE,
                    other_id \(.id) REFERENCES parent (id) ON DELETE SET NULL,
                    name TEXT NOT NULL, UNIQUE (parent_id, name))
                """,
                "CREATE INDEX child_name ON child (name, parent_id) WHERE other_id IS NULL",
                "CREATE UNIQUE INDEX child_lower ON child (LOWER(name), parent_id)",
            ])
        var schemas: [SchemaDescription] = []
        for engine in TestDatabase.engines {
            schemas.append(
                try await TestDatabase.with(engine, [rich]) { try await $0.describeSchema() })
        }
        #expect(schemas[0].differences(from: schemas[1]) == [])
        let child = try #require(schemas[0].tables["child"])
        #expect(child.primaryKey == ["number"])
        #expect(child.unique == [["parent_id", "name"]])
        #expect(child.foreignKeys.map(\.onDelete).sorted() == ["CASCADE", "SET NULL"])
        #expect(child.indexes.map(\.name).sorted() == ["child_lower", "child_name"])
        #expect(child.columns.map(\.type) == ["integer", "text", "text", "text"])
    }
}
