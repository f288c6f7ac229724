import Kernel
import TestSupport
import Testing

@testable import Store

@Suite struct `What fails below the database` {
    @Test func `a failed sync is trusted again only after everything was secured`() {
        var trust = SyncTrust()
        #expect(trust.isSuspect, "what an earlier process left is not known to be on the disk")
        trust.secured()
        trust.failed(isSync: false)
        #expect(!trust.isSuspect)
        trust.failed(isSync: true)
        #expect(trust.isSuspect)
        trust.failed(isSync: false)
        #expect(trust.isSuspect)
        trust.secured()
        #expect(!trust.isSuspect)
    }

    @Test func `the condition follows changes, and only faults of the database count`() {
        var condition = StoreCondition()
        let now = ContinuousClock.now
        condition.failed(StoreError.constraint(.unique, name: "post.id"), at: now)
        condition.failed(StoreError.overloaded, at: now)
        #expect(condition.trouble == nil && !condition.isOutOfReach)
        condition.failed(StoreError.storage(.full), at: now)
        #expect(condition.trouble?.code == "store.disk-full" && !condition.isOutOfReach)
        condition.failed(StoreError.unreachable("refused"), at: now)
        #expect(condition.trouble?.code == "store.unreachable" && condition.isOutOfReach)
        condition.failed(StoreError.storage(.failing), at: now)
        #expect(condition.trouble?.code == "store.disk-failing" && !condition.isOutOfReach)
        condition.wrote(at: now + StoreCondition.patience)
        #expect(condition == StoreCondition())
    }

    @Test func `a disk that keeps one change and refuses the next is not mended`() {
        var condition = StoreCondition()
        let start = ContinuousClock.now
        for second in 0..<20 {
            let now = start + .seconds(second)
            condition.failed(StoreError.storage(.full), at: now)
            condition.wrote(at: now + .milliseconds(900))
            #expect(condition.trouble?.code == "store.disk-full")
        }
        condition.wrote(at: start + .seconds(23))
        #expect(condition.trouble != nil)
        condition.wrote(at: start + .seconds(24))
        #expect(condition == StoreCondition())
    }

    @Test func `a database that is back needs no patience`() {
        var condition = StoreCondition()
        let now = ContinuousClock.now
        condition.failed(StoreError.unreachable("refused"), at: now)
        condition.wrote(at: now)
        #expect(condition == StoreCondition())
    }

    @Test(arguments: [
        StoreError.storage(.full), .storage(.readOnly), .storage(.failing), .unreachable("x"),
    ])
    func `each is an answer that says when to come back`(error: StoreError) {
        #expect(error.problem.httpStatus == 503)
        #expect((error.problem.retryAfterSeconds ?? 0) > 0)
    }

    @Test func `a server that answers others is waited for, and one that does not is given up`() {
        var patience = ServerPatience(isEndless: false)
        var asked = 0
        func isOver(_ isThere: Bool, unwanted: Bool = false) -> Bool {
            patience.isOver(isUnwanted: unwanted) {
                asked += 1
                return isThere
            }
        }
        // Two seconds of silence come before the first question.
        for _ in 0..<7 { #expect(!isOver(false)) }
        #expect(asked == 0)
        #expect(!isOver(true))
        #expect(asked == 1)
        for _ in 0..<15 { #expect(!isOver(false)) }
        #expect(isOver(false))
        #expect(asked == 2)
        // What nobody wants any more is waited for a second, whatever the server says.
        patience = ServerPatience(isEndless: true)
        let endings = (0..<4).map { _ in isOver(true, unwanted: true) }
        #expect(endings == [false, false, false, true])
        // The server ends a statement by itself; when it does not, somebody has to.
        patience = ServerPatience(isEndless: false)
        var steps = 1
        while !isOver(true) { steps += 1 }
        #expect(steps * Int(ServerPatience.step) == ServerPatience.limit)
    }

    @Test func `connections that idle go with one that the server ended`() {
        var pool = PoolStateMachine(.init(connections: 3))
        for waiter in 1...3 { _ = pool.asked(waiter, at: .zero) }
        for connection in 1...3 { _ = pool.opened(connection, at: .zero) }
        _ = pool.returned(1, isHealthy: true, at: .zero)
        _ = pool.returned(2, isHealthy: true, at: .zero)
        let actions = pool.returned(3, isHealthy: false, isLost: true, at: .zero)
        #expect(
            Set(actions) == [
                .close(connection: 1), .close(connection: 2), .close(connection: 3),
            ])
        #expect(pool.asked(4, at: .zero) == [.open(connection: 4)])
    }

    @Test func `a full disk undoes the change as a whole and is over when there is room`()
        async throws
    {
        let table = Migration(
            "test/0001-note", ["CREATE TABLE note (id BIGINT PRIMARY KEY, body TEXT NOT NULL)"])
        try await TestDatabase.with(.sqlite, [table]) { db in
            let long = String(repeating: "tea ", count: 200_000)
            let pages = try await db.read { try $0.scalar(Int64.self, "PRAGMA page_count") }
            let most = SQL(raw: "PRAGMA max_page_count = \((pages ?? 0) + 4)")
            try await db.write { tx in _ = try tx.rows(most) }
            let kept = try await db.write { tx in
                try tx.execute("INSERT INTO note VALUES (1, 'small')")
            }
            #expect(kept == 1)
            let error = await #expect(throws: StoreError.self) {
                try await db.write { tx in
                    try tx.execute("INSERT INTO note VALUES (2, 'small')")
                    // Whoever passes over the refusal keeps nothing either.
                    _ = try? tx.execute("INSERT INTO note VALUES (3, \(long))")
                    try tx.execute("INSERT INTO note VALUES (4, 'small')")
                }
            }
            #expect(error?.problem.code == "store.disk-full")
            #expect(db.condition.trouble != nil)
            let inside = await #expect(throws: StoreError.self) {
                try await db.write { tx in
                    try tx.execute("INSERT INTO note VALUES (2, 'small')")
                    try tx.savepoint { tx in
                        _ = try tx.execute("INSERT INTO note VALUES (3, \(long))")
                    }
                }
            }
            #expect(inside?.problem.code == "store.disk-full")
            let passedOver = await #expect(throws: StoreError.self) {
                try await db.write { tx in
                    _ = try? tx.execute("INSERT INTO note VALUES (3, \(long))")
                }
            }
            #expect(passedOver?.problem.code == "store.disk-full")
            let names = try await db.read { try $0.rows("SELECT id FROM note").count }
            #expect(names == 1)
            try await db.write { tx in _ = try tx.rows("PRAGMA max_page_count = 1000000") }
            try await db.write { tx in
                _ = try tx.execute("INSERT INTO note VALUES (3, \(long))")
            }
            try await Task.sleep(for: StoreCondition.patience)
            try await db.write { tx in try tx.execute("INSERT INTO note VALUES (5, 'later')") }
            #expect(db.condition.trouble == nil)
        }
    }
}
