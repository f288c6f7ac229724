import Foundation
import Kernel
import Store
import Synchronization
import TestSupport
import Testing

@Suite struct `A transaction` {
    static let schema = Migration(
        "test/0001-accounts",
        [
            """
            CREATE TABLE owner (
                id \(.id) PRIMARY KEY, name TEXT NOT NULL,
                CONSTRAINT owner_has_name CHECK (name <> ''))
            """,
            """
            CREATE TABLE account (
                id \(.id) PRIMARY KEY,
                owner_id \(.id) NOT NULL REFERENCES owner (id) ON DELETE CASCADE,
                slug TEXT NOT NULL, balance BIGINT NOT NULL,
                UNIQUE (owner_id, slug))
            """,
            "CREATE UNIQUE INDEX owner_name ON owner (LOWER(name))",
        ])

    struct Refusal: Error {}

    private func with(
        _ engine: Engine, _ body: (Database) async throws -> Void
    ) async throws {
        try await TestDatabase.with(engine, [Self.schema]) { db in
            try await db.write { tx in
                try tx.execute("INSERT INTO owner (id, name) VALUES ('o1', 'Ana')")
                try tx.execute("INSERT INTO account VALUES ('a1', 'o1', 'main', 0)")
            }
            try await body(db)
        }
    }

    private func error(
        _ db: Database, _ sql: SQL
    ) async -> StoreError? {
        await #expect(throws: StoreError.self) {
            try await db.write { tx in try tx.execute(sql) }
        }
    }

    /// Blocks a change in the middle, which tests of locks need.
    private final class Gate: Sendable {
        private let isOpen = Mutex(false)
        func open() { isOpen.withLock { $0 = true } }
        /// For the inside of a change, which has a thread of its own.
        func block() { while !isOpen.withLock({ $0 }) { usleep(1000) } }
        func wait() async throws {
            while !isOpen.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(1)) }
        }
    }

    private final class Order: Sendable {
        private let kept = Mutex<[String]>([])
        var words: [String] { kept.withLock { $0 } }
        func add(_ word: String) { kept.withLock { $0.append(word) } }
    }

    @Test(arguments: TestDatabase.engines)
    func `whoever takes a turn comes after those that share it`(engine: Engine) async throws {
        try await with(engine) { db in
            let (shared, gate) = (Gate(), Gate())
            let order = Order()
            try await withThrowingTaskGroup { group in
                group.addTask {
                    try await db.write(.readCommitted) { tx in
                        try tx.shareTurn("leaving")
                        shared.open()
                        gate.block()
                        order.add("left")
                    }
                }
                group.addTask {
                    try await shared.wait()
                    try await db.write { tx in try tx.takeTurn("leaving") }
                    order.add("stopped")
                }
                group.addTask {
                    try await shared.wait()
                    // Time in which a taker that does not wait would get ahead.
                    for _ in 0..<300 where order.words.isEmpty {
                        try await Task.sleep(for: .milliseconds(1))
                    }
                    gate.open()
                }
                try await group.waitForAll()
            }
            #expect(order.words == ["left", "stopped"])
        }
    }

    @Test func `those that share a turn do not wait for each other`() async throws {
        // SQLite has one writer at a time.
        guard TestDatabase.engines.contains(.postgres) else { return }
        try await with(.postgres) { db in
            let (first, second) = (Gate(), Gate())
            try await withThrowingTaskGroup { group in
                for (mine, other) in [(first, second), (second, first)] {
                    group.addTask {
                        try await db.write(.readCommitted) { tx in
                            try tx.shareTurn("leaving")
                            mine.open()
                            other.block()
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `of many at once those that fail halfway leave nothing, and the others all of it`(
        engine: Engine
    ) async throws {
        try await with(engine) { db in
            let kept = await withTaskGroup(of: Int?.self) { group in
                for number in 1...60 {
                    group.addTask {
                        try? await db.write { tx in
                            // These fail before they have written anything.
                            if number.isMultiple(of: 11) { throw Refusal() }
                            try tx.execute(
                                """
                                INSERT INTO account (id, owner_id, slug, balance)
                                VALUES (\("n\(number)"), 'o1', \("s\(number)"), \(number))
                                """)
                            if number.isMultiple(of: 7) { throw Refusal() }
                            return number
                        }
                    }
                }
                return await group.reduce(into: Set<Int>()) { kept, number in
                    if let number { kept.insert(number) }
                }
            }
            let wanted = Set(1...60).filter { !$0.isMultiple(of: 7) && !$0.isMultiple(of: 11) }
            #expect(kept == wanted)
            let found = try await db.read { tx in
                try tx.rows("SELECT balance FROM account WHERE id <> 'a1'")
                    .map { try $0("balance", as: Int.self) }
            }
            #expect(found.count == wanted.count)
            #expect(Set(found) == wanted)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `undoes everything when its body throws`(engine: Engine) async throws {
        try await with(engine) { db in
            await #expect(throws: Refusal.self) {
                try await db.write { tx in
                    try tx.execute("UPDATE account SET balance = 5")
                    throw Refusal()
                }
            }
            let balance = try await db.read { tx in
                try tx.scalar(Int.self, "SELECT balance FROM account")
            }
            #expect(balance == 0)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `keeps what was done around a failed savepoint`(engine: Engine) async throws {
        try await with(engine) { db in
            try await db.write { tx in
                try tx.execute("UPDATE account SET balance = 1")
                #expect(throws: StoreError.self) {
                    try tx.savepoint { tx in
                        try tx.execute("UPDATE account SET balance = 2")
                        try tx.execute("INSERT INTO account VALUES ('a2', 'o1', 'main', 0)")
                    }
                }
                try tx.savepoint { tx in
                    _ = try tx.execute("INSERT INTO account VALUES ('a3', 'o1', 'other', 0)")
                }
            }
            let row = try await db.read { tx in
                try tx.first("SELECT COUNT(*) AS n, MAX(balance) AS top FROM account")
            }
            #expect(try row?("n", as: Int.self) == 2)
            #expect(try row?("top", as: Int.self) == 1)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `counts the rows a statement itself changed`(engine: Engine) async throws {
        try await with(engine) { db in
            let counts = try await db.write { tx in
                [
                    try tx.execute("UPDATE account SET balance = 1 WHERE id = 'nobody'"),
                    try tx.execute("UPDATE account SET balance = 1"),
                    try tx.execute("INSERT INTO owner (id, name) VALUES ('o2', 'Bo') RETURNING id"),
                    // The account goes with its owner and is not counted.
                    try tx.execute("DELETE FROM owner WHERE id = 'o1'"),
                ]
            }
            #expect(counts == [0, 1, 1, 1])
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `says which constraint refused`(engine: Engine) async throws {
        try await with(engine) { db in
            guard
                case .constraint(.unique, let unique) = await error(
                    db, "INSERT INTO account VALUES ('a2', 'o1', 'main', 0)"),
                case .constraint(.unique, let key) = await error(
                    db, "INSERT INTO account VALUES ('a1', 'o1', 'x', 0)"),
                case .constraint(.unique, let expression) = await error(
                    db, "INSERT INTO owner VALUES ('o9', 'ANA')"),
                case .constraint(.check, let check) = await error(
                    db, "INSERT INTO owner VALUES ('o9', '')"),
                case .constraint(.notNull, let null) = await error(
                    db, "INSERT INTO owner VALUES ('o9', NULL)"),
                case .constraint(.foreignKey, _) = await error(
                    db, "INSERT INTO account VALUES ('a9', 'nobody', 'x', 0)")
            else {
                Issue.record("another kind of refusal was expected")
                return
            }
            #expect(unique == "account.owner_id, account.slug")
            #expect(key == "account.id")
            #expect(expression == "owner_name")
            #expect(check == "owner_has_name")
            #expect(null == "owner.name")
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `reports a faulty statement without its values`(engine: Engine) async throws {
        try await with(engine) { db in
            let failure = await error(db, "SELECT nothing FROM nowhere WHERE x = \("secret")")
            #expect(failure?.problem.kind == .broken)
            #expect(failure.map { "\($0)".contains("secret") } == false)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `loses no update of concurrent writers`(engine: Engine) async throws {
        try await with(engine) { db in
            try await withThrowingTaskGroup { group in
                for _ in 0..<40 {
                    group.addTask {
                        try await db.write { tx in
                            // Read, then write: lost updates would show here.
                            let balance = try tx.scalar(Int.self, "SELECT balance FROM account")
                            try tx.execute("UPDATE account SET balance = \((balance ?? 0) + 1)")
                        }
                    }
                }
                try await group.waitForAll()
            }
            let balance = try await db.read { tx in
                try tx.scalar(Int.self, "SELECT balance FROM account")
            }
            #expect(balance == 40)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `fails alone among changes that commit together`(engine: Engine) async throws {
        try await with(engine) { db in
            let failures = await withTaskGroup { group in
                for index in 0..<100 {
                    group.addTask { () -> Bool in
                        do {
                            try await db.write(.readCommitted) { tx in
                                try tx.execute(
                                    """
                                    INSERT INTO owner VALUES (\("n\(index)"), \("name \(index)"))
                                    """)
                                if index.isMultiple(of: 4) { throw Refusal() }
                            }
                            return false
                        } catch { return true }
                    }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            let count = try await db.read { tx in
                try tx.scalar(Int.self, "SELECT COUNT(*) FROM owner WHERE id LIKE 'n%'")
            }
            #expect(failures == 25)
            #expect(count == 75)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `cannot write while it reads`(engine: Engine) async throws {
        try await with(engine) { db in
            await #expect(throws: StoreError.self) {
                try await db.read { tx in try tx.execute("UPDATE account SET balance = 9") }
            }
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `survives closing and opening again`(engine: Engine) async throws {
        try await TestDatabase.location(engine) { location in
            let first = try await Database.open(location)
            let plan = MigrationPlan(version: 1, compatibleFrom: 1, steps: [Self.schema])
            try await first.migrate(plan, at: Instant(milliseconds: 0))
            try await first.write { tx in
                _ = try tx.execute("INSERT INTO owner (id, name) VALUES ('o1', 'Ana')")
            }
            await first.close()
            let second = try await Database.open(location)
            let name = try await second.read { tx in
                try tx.scalar(String.self, "SELECT name FROM owner")
            }
            await second.close()
            #expect(name == "Ana")
        }
    }
}
