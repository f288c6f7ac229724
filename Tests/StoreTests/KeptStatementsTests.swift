import Kernel
import TestSupport
import Testing

@testable import Store

@Suite struct `Kept statements` {
    private func count(_ db: Database) async throws -> Int {
        try await db.write { tx in
            try tx.scalar(Int.self, "SELECT COUNT(*) FROM sqlite_stmt") ?? 0
        }
    }

    @Test(arguments: [
        ("SELECT 1", true, KeptStatements.Effect.nothing), ("UPDATE a SET b = 1", false, .rows),
        ("\n  INSERT INTO a VALUES (1)", false, .rows), ("DELETE FROM a", false, .rows),
        ("CREATE TABLE a (b)", false, .schema), (" ALTER TABLE a ADD c", false, .schema),
        ("DROP INDEX a", false, .schema), ("WITH a AS (SELECT 1) DELETE FROM b", false, .other),
    ])
    func `know what they can change`(
        text: String, isReadonly: Bool, effect: KeptStatements.Effect
    ) {
        #expect(KeptStatements.Effect(text, isReadonly: isReadonly) == effect)
    }

    @Test func `do not become more and more with the texts that were asked`() async throws {
        try await TestDatabase.with(.sqlite, []) { db in
            for round in 0..<20 {
                try await db.write { tx in
                    for number in 0..<100 {
                        let name = SQL(raw: "n\(round * 100 + number)")
                        _ = try tx.scalar(Int.self, "SELECT \(7) AS \(name)")
                    }
                }
            }
            // Besides them GRDB keeps a few of its own.
            let kept = try await count(db)
            #expect((1...KeptStatements.most + 20).contains(kept))
        }
    }

    @Test func `forgetting them disturbs nobody who is reading`() async throws {
        try await TestDatabase.with(.sqlite, []) { db in
            let seen = try await db.write { tx in
                try tx.execute("CREATE TABLE thing (id INTEGER PRIMARY KEY)")
                for id in 0..<(2 * KeptStatements.most) {
                    try tx.execute("INSERT INTO thing (id) VALUES (\(id))")
                }
                var seen: [Int] = []
                // The stream stops for the first 500 of them.
                try tx.stream("SELECT id FROM thing ORDER BY id") { rows in
                    for row in rows {
                        let id: Int = try row("id")
                        let name = SQL(raw: "n\(id)")
                        seen.append(try tx.scalar(Int.self, "SELECT \(id) AS \(name)") ?? -1)
                    }
                }
                return seen
            }
            #expect(seen == Array(0..<(2 * KeptStatements.most)))
        }
    }

    @Test func `are few for lists of all lengths, and long ones are not kept`() async throws {
        let longest = SQL.longestPadded
        let texts = (0...longest).map { SQL.list(Array(0..<$0)).render(for: .sqlite).text }
        #expect(Set(texts).count == 8)
        try await TestDatabase.with(.sqlite, []) { db in
            let before = try await count(db)
            try await db.write { tx in
                for length in longest + 1...longest + 50 {
                    let list = SQL.list(Array(1...length))
                    _ = try tx.exists("SELECT 1 WHERE \(length) IN \(list)")
                }
            }
            #expect(try await count(db) <= before + 5)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `a list holds what it was given, and nothing else`(engine: Engine) async throws {
        try await TestDatabase.with(engine, []) { db in
            for length in [0, 1, 2, 3, 5, 63, 64, 65, 130, 1023, 1024, 1025] {
                let list = SQL.list(Array(1...(length + 1)).dropLast())
                let (inside, outside) = try await db.read { tx in
                    (
                        try tx.exists("SELECT 1 WHERE \(length) IN \(list)"),
                        try tx.exists("SELECT 1 WHERE \(length + 1) IN \(list)")
                    )
                }
                #expect(inside == (length > 0))
                #expect(!outside)
            }
        }
    }
}
