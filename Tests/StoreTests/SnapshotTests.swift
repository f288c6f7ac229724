import Kernel
import Store
import TestSupport
import Testing

struct SnapshotTests {
    private static let table = Migration(
        "test/0001-thing",
        [
            """
            CREATE TABLE thing (id \(.id) PRIMARY KEY, title TEXT, is_open BOOLEAN, share \(.real),
                due_at BIGINT, token_hash TEXT, sealed \(.bytes), updated_at BIGINT)
            """,
            "CREATE TABLE thing_tag (thing_id \(.id), tag TEXT)",
        ])
    private static let row: SQL = "SELECT * FROM thing WHERE id = 'a'"
    private static let lists: [(name: String, query: SQL)] = [
        ("tags", "SELECT tag FROM thing_tag WHERE thing_id = 'a' ORDER BY tag")
    ]

    @Test(arguments: TestDatabase.engines)
    func `tells what is different, the same on both engines`(engine: Engine) async throws {
        try await TestDatabase.with(engine, [Self.table]) { db in
            let due = Instant(milliseconds: 1_795_424_400_000)
            let made = try await db.write { tx in
                try tx.execute(
                    """
                    INSERT INTO thing VALUES ('a', 'Old', TRUE, 2, \(due), 'h1', NULL, 1)
                    """)
                return try tx.made(Self.row, lists: Self.lists)
            }
            #expect(
                made == [
                    Change("due_at", before: nil, after: due.iso8601),
                    Change("is_open", before: nil, after: "yes"),
                    Change("share", before: nil, after: "2"),
                    Change("title", before: nil, after: "Old"),
                    Change("token_hash", before: nil, after: "(secret)"),
                ])
            let changed = try await db.write { tx in
                let before = try tx.snapshot(Self.row, lists: Self.lists)
                try tx.execute(
                    """
                    UPDATE thing SET title = 'New', is_open = FALSE, share = 0.25, due_at = NULL,
                        token_hash = 'h2', updated_at = 2
                    """)
                try tx.execute("INSERT INTO thing_tag VALUES ('a', 'film'), ('a', 'spring')")
                return try before.changes(in: tx)
            }
            #expect(
                changed == [
                    Change("due_at", before: due.iso8601, after: nil),
                    Change("is_open", before: "yes", after: "no"),
                    Change("share", before: "2", after: "0.25"),
                    Change("tags", before: nil, after: "film, spring"),
                    Change("title", before: "Old", after: "New"),
                    Change("token_hash", before: "(secret)", after: "(secret)"),
                ])
            let gone = try await db.write { tx in
                let before = try tx.snapshot(Self.row)
                try tx.execute("DELETE FROM thing")
                return try before.changes(in: tx)
            }
            #expect(gone.contains(Change("title", before: "New", after: nil)))
            #expect(gone.allSatisfy { $0.after == nil })
        }
    }
}
