import Foundation
import Kernel
import TestSupport
import Testing

@testable import Store

@Suite struct `SQLite in a folder` {
    @Test func `is refused to a second program, with what to do`() async throws {
        try await TestDatabase.location(.sqlite) { location in
            let first = try await Database.open(location)
            let error = await #expect(throws: StoreError.self) {
                _ = try await Database.open(location)
            }
            #expect(error?.problem.code == "store.folder-in-use")
            #expect(error?.problem.message.contains("Stop it first") == true)
            await first.close()
            let again = try await Database.open(location)
            await again.close()
        }
    }

    @Test func `flushes every commit to the disk`() async throws {
        try await TestDatabase.with(.sqlite, []) { db in
            let settings = try await db.write { tx in
                // 2 is FULL; what the writer itself uses counts.
                [
                    try tx.scalar(Int.self, "PRAGMA synchronous"),
                    try tx.scalar(Int.self, "PRAGMA foreign_keys"),
                ]
            }
            let journal = try await db.read { tx in
                try tx.scalar(String.self, "PRAGMA journal_mode")
            }
            #expect(settings == [2, 1])
            #expect(journal == "wal")
        }
    }

    @Test func `that is damaged is told so, with the way back`() async throws {
        try await TestDatabase.location(.sqlite) { location in
            guard case .folder(let folder) = location else { return }
            let first = try await Database.open(location)
            try await first.write { tx in
                try tx.execute("CREATE TABLE much (id BIGINT PRIMARY KEY, words TEXT NOT NULL)")
                for id in 0..<2000 {
                    let words = String(repeating: "word ", count: 40)
                    try tx.execute("INSERT INTO much VALUES (\(id), \(words))")
                }
            }
            await first.close()
            let path = folder + "/throughline.sqlite"
            var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
            #expect(bytes.count > 400_000, "a clean close leaves everything in the file")
            for index in 20_000..<bytes.count { bytes[index] = 0xA5 }
            try bytes.write(to: URL(fileURLWithPath: path))
            let error = await #expect(throws: StoreError.self) {
                let again = try await Database.open(location)
                do {
                    _ = try await again.read { tx in try tx.rows("SELECT * FROM much") }
                } catch {
                    await again.close()
                    throw error
                }
            }
            #expect(error?.problem.code == "store.damaged")
            #expect(error?.problem.message.contains("restore") == true)
        }
    }

    @Test func `is refused where no folder can be`() async throws {
        let error = await #expect(throws: StoreError.self) {
            _ = try await Database.open(.folder("/proc/no/such/folder"))
        }
        #expect(error?.problem.code == "store.unreachable")
    }
}

@Suite struct `PostgreSQL` {
    @Test func `that is not there is reported clearly and soon`() async throws {
        let error = await #expect(throws: StoreError.self) {
            _ = try await Database.open(.postgres("postgres://someone:secret@127.0.0.1:1/x"))
        }
        #expect(error?.problem.code == "store.unreachable")
        #expect(error?.problem.message.contains("secret") == false)
    }

    @Test func `stops a statement whose task is cancelled`() async throws {
        try await TestDatabase.with(.postgres, []) { db in
            let start = ContinuousClock.now
            await #expect(throws: CancellationError.self) {
                try await withThrowingTaskGroup { group in
                    group.addTask { _ = try await db.read { try $0.rows("SELECT pg_sleep(20)") } }
                    group.addTask {
                        // Cancels once the statement is seen running.
                        while try await db.read({ tx in
                            try !tx.exists(
                                """
                                SELECT 1 FROM pg_stat_activity
                                WHERE query = 'SELECT pg_sleep(20)' AND state = 'active'
                                """)
                        }) {}
                        throw CancellationError()
                    }
                    try await group.next()
                }
            }
            #expect(start.duration(to: .now) < .seconds(10))
            let isUsable = try await db.read { tx in try tx.exists("SELECT 1") }
            #expect(isUsable)
        }
    }

    @Test func `is used again after its server dropped every connection`() async throws {
        try await TestDatabase.with(
            .postgres, [Migration("test/0001-a", ["CREATE TABLE a (id BIGINT PRIMARY KEY)"])]
        ) { db in
            await #expect(throws: StoreError.self) {
                try await db.write { tx in
                    try tx.execute("INSERT INTO a VALUES (1)")
                    _ = try tx.rows("SELECT pg_terminate_backend(pg_backend_pid())")
                }
            }
            try await db.write { tx in _ = try tx.execute("INSERT INTO a VALUES (2)") }
            let ids = try await db.read { tx in
                try tx.rows("SELECT id FROM a").map { try $0("id", as: Int.self) }
            }
            #expect(ids == [2])
        }
    }

    @Test func `runs a transaction again that lost against another`() async throws {
        try await TestDatabase.with(
            .postgres,
            [
                Migration(
                    "test/0001-doctor",
                    [
                        "CREATE TABLE doctor (name TEXT PRIMARY KEY, on_call BOOLEAN NOT NULL)",
                        "INSERT INTO doctor VALUES ('Ana', TRUE), ('Bo', TRUE)",
                    ])
            ]
        ) { db in
            // Write skew: each may leave only while the other stays (Cahill et al., 2008).
            try await withThrowingTaskGroup { group in
                for name in ["Ana", "Bo"] {
                    group.addTask {
                        try await db.write { tx in
                            let count = try tx.scalar(
                                Int.self, "SELECT COUNT(*) FROM doctor WHERE on_call")
                            _ = try tx.rows("SELECT pg_sleep(0.05)")
                            guard count == 2 else { return }
                            try tx.execute(
                                "UPDATE doctor SET on_call = FALSE WHERE name = \(name)")
                        }
                    }
                }
                try await group.waitForAll()
            }
            let left = try await db.read { tx in
                try tx.scalar(Int.self, "SELECT COUNT(*) FROM doctor WHERE on_call")
            }
            #expect(left == 1)
        }
    }

    @Test func `does not report success for a statement that failed unnoticed`() async throws {
        try await TestDatabase.with(.postgres, []) { db in
            await #expect(throws: StoreError.self) {
                try await db.write { tx in
                    _ = try? tx.execute("INSERT INTO nowhere VALUES (1)")
                }
            }
        }
    }

    @Test(arguments: [
        ("Key (a, b)=(1, 2) already exists.", "t.a, t.b"),
        ("Schlüssel »(a)=(x (y)=(z)« existiert bereits.", "t.a"),
        ("Key (lower(name))=(x) already exists.", "the_index"),
        ("", "the_index"),
    ])
    func `names unique constraints as SQLite does`(detail: String, name: String) {
        #expect(
            PostgresFailure.uniqueName(table: "t", detail: detail, constraint: "the_index")
                == name)
    }
}

@Suite struct `An SQL literal` {
    @Test func `numbers its bindings for PostgreSQL only`() {
        let part: SQL = "b = \(2)"
        let sql: SQL = "SELECT x FROM t WHERE a = \("one") AND \(part) AND c = \(true)"
        let sqlite = sql.render(for: .sqlite)
        let postgres = sql.render(for: .postgres)
        #expect(sqlite.text == "SELECT x FROM t WHERE a = ? AND b = ? AND c = ?")
        #expect(postgres.text == "SELECT x FROM t WHERE a = $1 AND b = $2 AND c = $3")
        #expect(postgres.values == [.text("one"), .integer(2), .boolean(true)])
    }

    @Test func `binds NULL for nothing`() {
        let nothing: Int? = nil
        let sql: SQL = "UPDATE t SET a = \(nothing)"
        #expect(sql.render(for: .postgres).values == [.null])
    }
}
