import Foundation
import Kernel
import Store
import TestSupport
import Testing

@Suite struct `Values in the database` {
    static let schema = Migration(
        "test/0001-values",
        [
            """
            CREATE TABLE thing (
                id \(.id) PRIMARY KEY, name TEXT, count INTEGER, big BIGINT, ratio \(.real),
                flag BOOLEAN, document \(.jsonType), data \(.bytes))
            """
        ])

    struct Document: SQLDocument, Equatable {
        var words: [String]
        var size: Int
    }

    enum Colour: String, SQLConvertible, CaseIterable { case red, green }

    @Test(arguments: TestDatabase.engines)
    func `come back as they went in`(engine: Engine) async throws {
        try await TestDatabase.with(engine, [Self.schema]) { db in
            let document = Document(words: ["ä \"quoted\" word", "🌱"], size: 3)
            let data = Data([0, 1, 127, 128, 255])
            try await db.write { tx in
                try tx.execute(
                    """
                    INSERT INTO thing (id, name, count, big, ratio, flag, document, data)
                    VALUES (\("a"), \("O'Neil; DROP TABLE thing --"), \(-7), \(Int64.max),
                        \(0.1), \(true), \(document), \(data))
                    """)
            }
            let row = try #require(
                try await db.read { tx in try tx.first("SELECT * FROM thing") })
            #expect(try row("name", as: String.self) == "O'Neil; DROP TABLE thing --")
            #expect(try row("count", as: Int.self) == -7)
            #expect(try row("big", as: Int64.self) == Int64.max)
            #expect(try row("ratio", as: Double.self) == 0.1)
            #expect(try row("flag", as: Bool.self))
            #expect(try row("document", as: Document.self) == document)
            #expect(try row("data", as: Data.self) == data)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `keep domain types`(engine: Engine) async throws {
        try await TestDatabase.with(engine, []) { db in
            let id = try #require(WorkspaceID("0190b6d0-0000-7000-8000-00000000000a"))
            let date = try #require(CivilDate("2026-11-23"))
            let zone = try #require(Zone("Europe/Berlin"))
            let at = Instant(milliseconds: 1_795_000_000_123)
            let row = try #require(
                try await db.read { tx in
                    try tx.first(
                        """
                        SELECT CAST(\(id) AS TEXT) AS id, CAST(\(date) AS TEXT) AS date,
                            CAST(\(zone) AS TEXT) AS zone, \(at) AS at,
                            \(Duration.seconds(90)) AS pause, CAST(\(Colour.green) AS TEXT) AS colour,
                            CAST(\(Currency.euro) AS TEXT) AS currency
                        """)
                })
            #expect(try row("id", as: WorkspaceID.self) == id)
            #expect(try row("date", as: CivilDate.self) == date)
            #expect(try row("zone", as: Zone.self) == zone)
            #expect(try row("at", as: Instant.self) == at)
            #expect(try row("pause", as: Duration.self) == .seconds(90))
            #expect(try row("colour", as: Colour.self) == .green)
            #expect(try row("currency", as: Currency.self) == .euro)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `may be missing`(engine: Engine) async throws {
        try await TestDatabase.with(engine, [Self.schema]) { db in
            let none: String? = nil
            let noNumber: Int? = nil
            try await db.write { tx in
                try tx.execute(
                    """
                    INSERT INTO thing (id, name, count, document)
                    VALUES (\("a"), \(none), \(noNumber), \(none))
                    """)
            }
            let row = try #require(
                try await db.read { tx in try tx.first("SELECT * FROM thing") })
            #expect(try row("name", as: String?.self) == nil)
            #expect(try row("count", as: Int?.self) == nil)
            #expect(throws: StoreError.self) { try row("name", as: String.self) }
            #expect(throws: StoreError.self) { try row("nmae", as: String.self) }
            #expect(throws: StoreError.self) { try row("id", as: Int.self) }
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `sum up as whole numbers`(engine: Engine) async throws {
        try await TestDatabase.with(engine, [Self.schema]) { db in
            try await db.write { tx in
                for (index, big) in [Int64(3_000_000_000), 4].enumerated() {
                    try tx.execute(
                        "INSERT INTO thing (id, big) VALUES (\("\(index)"), \(big))")
                }
            }
            let sum = try await db.read { tx in
                try tx.scalar(Int64.self, "SELECT SUM(big) FROM thing")
            }
            #expect(sum == 3_000_000_004)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `refuse text with NUL on both engines alike`(engine: Engine) async throws {
        try await TestDatabase.with(engine, [Self.schema]) { db in
            let error = await #expect(throws: StoreError.self) {
                try await db.write { tx in
                    try tx.execute("INSERT INTO thing (id, name) VALUES ('a', \("x\0y"))")
                }
            }
            #expect(error?.problem.kind == .invalid)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `sort identifiers bytewise`(engine: Engine) async throws {
        try await TestDatabase.with(engine, [Self.schema]) { db in
            try await db.write { tx in
                for id in ["b", "A", "a", "B", "_"] {
                    try tx.execute("INSERT INTO thing (id) VALUES (\(id))")
                }
            }
            let ids = try await db.read { tx in
                try tx.rows("SELECT id FROM thing ORDER BY id").map {
                    try $0("id", as: String.self)
                }
            }
            #expect(ids == ["A", "B", "_", "a", "b"])
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `answer the named fragments alike`(engine: Engine) async throws {
        try await TestDatabase.with(engine, [Self.schema]) { db in
            try await db.write { tx in
                let texts = ["100% Arabica", "100 grams", "flat_white"]
                for (index, name) in texts.enumerated() {
                    try tx.execute(
                        """
                        INSERT INTO thing (id, name, big, document)
                        VALUES (\("\(index)"), \(name), \(86_400_000 * 3 + index),
                            \(Document(words: [name], size: index)))
                        """)
                }
            }
            try await db.read { tx in
                let found = try tx.rows("SELECT id FROM thing WHERE \(.contains("name", "0% a"))")
                #expect(found.count == 1)
                let underscore = try tx.rows(
                    "SELECT id FROM thing WHERE \(.contains("name", "T_W"))")
                #expect(underscore.count == 1)
                #expect(
                    try tx.rows("SELECT id FROM thing WHERE id IN \(.list(["0", "2"]))").count == 2)
                #expect(
                    try tx.rows("SELECT id FROM thing WHERE id IN \(.list([String]()))").isEmpty)
                let top = try tx.scalar(
                    Int.self, "SELECT MAX(\(.greatest("big", "259200001"))) FROM thing")
                #expect(top == 259_200_002)
                let day = try tx.scalar(
                    Int.self, "SELECT DISTINCT \(.dayBucket("big")) FROM thing")
                #expect(day == 259_200_000)
                let all = try tx.scalar(
                    String.self,
                    "SELECT \(.concatenated("id", separator: "+")) FROM thing WHERE id < '2'")
                #expect(Set(all?.split(separator: "+") ?? []) == ["0", "1"])
                let size = try tx.scalar(
                    String.self,
                    "SELECT CAST(\(.json("document", "size")) AS TEXT) FROM thing WHERE id = '2'")
                #expect(size == "2")
            }
        }
    }
}
