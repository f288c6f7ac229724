import Kernel
import Store
import TestSupport
import Testing

@Suite struct `Signals between programs` {
    private static let table = Migration("test/0001-thing", ["CREATE TABLE thing (id BIGINT)"])

    @Test func `do not exist where there is one program`() async throws {
        try await TestDatabase.with(.sqlite, [Self.table]) { db in
            #expect(db.signals == nil)
            try await db.write { tx in tx.signal("things") }
        }
    }

    @Test func `are heard by another connection after the commit`() async throws {
        try await TestDatabase.location(.postgres) { location in
            let (one, other) = (
                try await Database.open(location), try await Database.open(location)
            )
            let heard = try #require(other.signals).hear()
            var ears = heard.makeAsyncIterator()
            #expect(await ears.next() == .connected)
            try await one.write { tx in
                tx.signal("jobs")
                tx.signal("jobs")
            }
            try await #require(one.signals).send()
            #expect(await ears.next() == .signal("jobs"))
            // What was undone tells nobody.
            _ = try? await one.write { tx in
                tx.signal("nothing")
                throw StoreError.noRow
            }
            try await one.write { tx in tx.signal("live") }
            try await #require(one.signals).send()
            #expect(await ears.next() == .signal("live"))
            await one.close()
            await other.close()
        }
    }

    @Test func `are heard again after the connection was cut`() async throws {
        try await TestDatabase.location(.postgres) { location in
            let db = try await Database.open(location)
            let signals = try #require(db.signals)
            var ears = signals.hear().makeAsyncIterator()
            #expect(await ears.next() == .connected)
            _ = try await db.read { tx in
                try tx.rows(
                    """
                    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                    WHERE query LIKE 'LISTEN%' || hashtext(current_schema()) || '"'
                    """)
            }
            #expect(await ears.next() == .lost)
            #expect(await ears.next() == .connected)
            try await db.write { tx in tx.signal("jobs") }
            try await signals.send()
            #expect(await ears.next() == .signal("jobs"))
            await db.close()
        }
    }
}
