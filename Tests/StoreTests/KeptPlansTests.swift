import Kernel
import TestSupport
import Testing

@testable import Store

@Suite struct `Kept plans of PostgreSQL` {
    private func key(_ text: String, _ types: [UInt32] = []) -> KeptPlans.Key {
        KeptPlans.Key(text: text, types: types)
    }

    /// Asks, and does what the answer says.
    private func ask(_ plans: inout KeptPlans, _ key: KeptPlans.Key) -> KeptPlans.Way {
        let way = plans.way(for: key)
        if case .new(let name, let forgettingOthers) = way {
            if forgettingOthers { plans.forgotten() }
            plans.prepared(key, as: name)
        }
        return way
    }

    @Test func `what is asked again and again is kept, by its words and its types`() {
        var plans = KeptPlans()
        let text = "SELECT * FROM post WHERE id = $1"
        #expect(ask(&plans, key(text)) == .plain)
        #expect(ask(&plans, key(text)) == .plain)
        #expect(ask(&plans, key(text)) == .new("kept_1", forgettingOthers: false))
        #expect(ask(&plans, key(text)) == .kept("kept_1"))
        #expect(ask(&plans, key(text, [20])) == .plain)
    }

    @Test(arguments: [
        ("SELECT 1", true), ("\n  INSERT INTO a VALUES ($1)", true), ("UPDATE a SET b = 1", true),
        ("DELETE FROM a", true), ("WITH a AS (SELECT 1) SELECT * FROM a", true),
        ("(SELECT 1) UNION (SELECT 2)", true), ("WITHOUT", false), ("BEGIN", false),
        ("DECLARE stream NO SCROLL CURSOR FOR SELECT 1", false), ("FETCH 1 FROM a", false),
        ("CREATE TABLE a (b INT)", false), ("", false),
    ])
    func `only reading and changing rows is kept`(text: String, isKept: Bool) {
        var plans = KeptPlans()
        let ways = (0..<4).map { _ in ask(&plans, key(text)) }
        #expect(ways.contains { $0 != .plain } == isKept)
    }

    @Test func `there are never more than so many`() {
        var plans = KeptPlans()
        var known = 0
        for number in 0..<(3 * KeptPlans.most) {
            for _ in 0..<KeptPlans.threshold {
                guard case .new(_, let forgettingOthers) = ask(&plans, key("SELECT \(number)"))
                else { continue }
                known = forgettingOthers ? 1 : known + 1
            }
            #expect(known <= KeptPlans.most)
        }
        #expect(known == KeptPlans.most)
    }

    @Test func `what no longer fits is not used again`() {
        var plans = KeptPlans()
        for _ in 0..<3 { _ = ask(&plans, key("SELECT 1")) }
        plans.distrust()
        #expect(ask(&plans, key("SELECT 1")) == .plain)
        #expect(ask(&plans, key("SELECT 1")) == .plain)
        #expect(ask(&plans, key("SELECT 1")) == .new("kept_2", forgettingOthers: true))
        #expect(ask(&plans, key("SELECT 1")) == .kept("kept_2"))
    }

    @Test func `a table that another program changes disturbs nobody`() async throws {
        try await TestDatabase.with(.postgres, []) { db in
            try await db.write { tx in
                try tx.execute("CREATE TABLE thing (id BIGINT)")
                try tx.execute("INSERT INTO thing VALUES (1)")
            }
            func width() async throws -> Int? {
                try await db.write { tx in try tx.first("SELECT * FROM thing")?.all.count }
            }
            for _ in 0..<10 { #expect(try await width() == 1) }
            for columns in 2..<5 {
                try await db.write { tx in
                    try tx.execute(SQL(raw: "ALTER TABLE thing ADD COLUMN c\(columns) TEXT"))
                }
                for _ in 0..<10 { #expect(try await width() == columns) }
            }
            // A value of another kind in the same place is another statement.
            for _ in 0..<5 {
                let both = try await db.write { tx in
                    try (
                        tx.exists("SELECT 1 FROM thing WHERE id = \(1)"),
                        tx.exists("SELECT 1 FROM thing WHERE id = \(Int?.none)")
                    )
                }
                #expect(both.0 && !both.1)
            }
        }
    }

    @Test func `what was prepared in a change that failed is still good`() async throws {
        try await TestDatabase.with(.postgres, []) { db in
            try await db.write { tx in try tx.execute("CREATE TABLE thing (id BIGINT PRIMARY KEY)")
            }
            for round in 0..<12 {
                await #expect(throws: StoreError.self) {
                    try await db.write { tx in
                        for _ in 0..<2 { try tx.execute("INSERT INTO thing VALUES (\(round))") }
                    }
                }
            }
            let count = try await db.read { tx in
                try tx.scalar(Int.self, "SELECT COUNT(*) FROM thing")
            }
            #expect(count == 0)
        }
    }
}
