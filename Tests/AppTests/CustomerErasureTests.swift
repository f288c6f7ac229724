import Foundation
import Jobs
import Kernel
import Measurement
import People
import Privacy
import Store
import TestSupport
import Testing

@testable import App

/// Customers, visitors and people who replied: found by order, number and handle.
@Suite struct CustomerErasureTests {
    private static let visitor: Int64 = 4_611_111_111_111_111
    private static let token: Int64 = 7_311_111_111_111_111

    /// A click and a visit of one browser, and the order they led to.
    private static func order(_ world: AppWorld, in place: Workspace) async throws {
        let now = Instant(milliseconds: 1_790_000_000_000)
        try await world.program.database.write { tx in
            try tx.execute(
                """
                INSERT INTO measured_link (key, workspace_id, slug) VALUES (1, \(place.id), 'abcdef')
                """)
            try tx.execute(
                """
                INSERT INTO click (id, link_key, at, visitor, token, bot)
                VALUES (1, 1, \(now - .hours(1)), \(visitor), \(token), 0)
                """)
            try tx.execute(
                "INSERT INTO site (key, workspace_id, code) VALUES (1, \(place.id), 'site')")
            try tx.execute(
                """
                INSERT INTO visit (id, site_key, started_at, last_at, pages, visitor, token,
                    link_key, bot)
                VALUES (1, 1, \(now - .hours(1)), \(now), 3, \(visitor), \(token), 1, 0)
                """)
        }
        let desk = world.program.desks.measuring.conversions
        _ = try await desk.record(
            ConversionDraft(
                reference: "SHOP-1001", at: now, amount: Money(minorUnits: 9900, currency: .euro),
                token: token, visitor: visitor, note: "for Kim Customer"),
            from: .api, zone: .utc, in: place.id, by: .system("Shop"))
        _ = try await desk.record(
            ConversionDraft(
                reference: "SHOP-1001-back", at: now,
                amount: Money(minorUnits: -900, currency: .euro), refundOf: "SHOP-1001"),
            from: .api, zone: .utc, in: place.id, by: .system("Shop"))
    }

    private static func figures(_ world: AppWorld) async throws -> [String] {
        try await world.program.database.read { tx in
            try tx.rows(
                """
                SELECT model, currency, day, link_key, earned_day, amount, orders, leads
                FROM credit_day WHERE amount <> 0 ORDER BY model, day, link_key, earned_day
                """
            ).map { "\($0.all)" }
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `an erased order keeps its amount and its credit, and is nobody's`(
        engine: Engine
    ) async throws {
        try await AppWorld.with(engine) { world in
            let place = try await world.program.people.workspace(named: world.slug)
            try await Self.order(world, in: place)
            let reach = PersonReach.workspace(place.id)
            let question = try PersonQuestion(.order, "SHOP-1001")
            let before = try await Self.figures(world)
            #expect(!before.isEmpty)
            let export = try await world.program.privacy.export(
                question, reach: reach, by: .system("Test"))
            #expect(export.tables["conversion"]?.count == 2)
            #expect(export.tables["click"]?.count == 1)
            #expect(export.tables["visit"]?.count == 1)
            #expect(export.tables["touch"]?.isEmpty == false)
            _ = try await world.program.privacy.erase(
                question, confirmation: "SHOP-1001", reach: reach, by: .system("Test"))
            let left = try await world.program.privacy.export(
                try PersonQuestion(.name, "Shop"), reach: reach, by: .system("Test"))
            let text = try JSON.text(left)
            for words in ["SHOP-1001", "Kim Customer", "\(Self.visitor)", "\(Self.token)"] {
                #expect(!text.contains(words), "\(words)")
            }
            #expect(left.tables["conversion"]?.count == 2)
            let rows = try await world.program.database.read { tx in
                try tx.rows(
                    """
                    SELECT click.visitor, click.token, conversion.visitor AS whose,
                        conversion.token AS which FROM click
                    JOIN touch ON touch.click_id = click.id
                    JOIN conversion ON conversion.key = touch.conversion_key
                        AND conversion.refund_of IS NULL
                    """)
            }
            // What belonged together still does, so credit can be computed again.
            let row = try #require(rows.first)
            #expect(try row("visitor", as: Int64.self) == row("whose", as: Int64.self))
            #expect(try row("token", as: Int64.self) == row("which", as: Int64.self))
            #expect(try row("token", as: Int64.self) != Self.token)
            #expect(try await Self.figures(world) == before)
            _ = try await world.program.desks.measuring.conversions.recompute(
                in: place.id, by: .system("Test"))
            #expect(try await Self.figures(world) == before)
            let visitor = try await world.program.privacy.find(
                try PersonQuestion(.visitor, "\(Self.visitor)"), reach: reach)
            #expect(visitor.isEmpty)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `whoever replied is forgotten, and their reply is not read again`(
        engine: Engine
    ) async throws {
        try await AppWorld.with(engine) { world in
            let place = try await world.program.people.workspace(named: world.slug)
            try await world.program.database.write { tx in
                try tx.execute(
                    """
                    INSERT INTO conversation (id, workspace_id, channel_id, publication_id, about,
                        is_unread, last_at)
                    VALUES ('c1', \(place.id), \(world.inside.channel), \(world.inside.publication),
                        'Our post', TRUE, 1)
                    """)
                for (id, handle) in [("m1", "Kim@Social.example"), ("m2", "lee@social.example")] {
                    try tx.execute(
                        """
                        INSERT INTO message (id, workspace_id, conversation_id, direction, state,
                            author_name, author_handle, author_url, body, remote_id, url, at)
                        VALUES (\(id), \(place.id), 'c1', 'incoming', 'out', \("Name " + handle),
                            \(handle), 'https://social.example/x', 'Words', \(id), 'https://x', 1)
                        """)
                }
            }
            let question = try PersonQuestion(.handle, "@kim@social.example")
            let done = try await world.program.privacy.erase(
                question, confirmation: "kim@social.example", reach: .workspace(place.id),
                by: .system("Test"))
            #expect(done.lines.map(\.table) == ["message"])
            let rows = try await world.program.database.read { tx in
                try tx.rows("SELECT * FROM message ORDER BY id")
            }
            #expect(try rows[0]("author_name") == "Somebody who was erased")
            #expect(try rows[0]("author_handle") == "")
            #expect(try rows[0]("body") == "Erased with a person")
            #expect(try rows[0]("remote_id") == "m1")
            #expect(try rows[1]("author_handle") == "lee@social.example")
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `clears each day what is past its time, and keeps sums and what orders need`(
        engine: Engine
    ) async throws {
        try await AppWorld.with(engine) { world in
            let place = try await world.program.people.workspace(named: world.slug)
            let privacy = world.program.privacy
            try await Self.order(world, in: place)
            try await privacy.keepTraffic(days: 400, in: place.id, by: .system("Test"))
            let now = world.program.floor.surroundings.now()
            try await world.program.database.write { tx in
                for (id, age) in [(10, 399), (11, 401), (12, 900)] {
                    try tx.execute(
                        """
                        INSERT INTO click (id, link_key, at, bot)
                        VALUES (\(id), 1, \(now - .days(Int64(age))), 0)
                        """)
                }
                // Led to an order, so it stays however old it is.
                try tx.execute("UPDATE click SET at = \(now - .days(900)) WHERE id = 1")
                try tx.execute(
                    """
                    INSERT INTO link_day (workspace_id, day, link_key, people, bots, visits)
                    VALUES (\(place.id), 1, 1, 3, 0, 0)
                    """)
                for (key, age) in [("old", 3), ("young", 1)] {
                    try tx.execute(
                        """
                        INSERT INTO idempotency_key (scope, key, fingerprint, created_at)
                        VALUES ('s', \(key), 'f', \(now - .days(Int64(age))))
                        """)
                }
            }
            let (rows, isDone) = try await privacy.clear()
            #expect(isDone)
            #expect(rows["click"] == 2)
            #expect(rows["idempotency_key"] == 1)
            let left = try await world.program.database.read { tx in
                (
                    try tx.rows("SELECT id FROM click ORDER BY id").map {
                        try $0("id", as: Int64.self)
                    },
                    try tx.scalar(Int64.self, "SELECT people FROM link_day")
                )
            }
            #expect(left.0 == [1, 10])
            #expect(left.1 == 3)
            #expect(try await privacy.clear().rows == [:])
            await #expect(throws: PrivacyError.trafficDays) {
                try await privacy.keepTraffic(days: 30, in: place.id, by: .system("Test"))
            }
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `more than one batch is cleared to the end`(engine: Engine) async throws {
        try await AppWorld.with(engine) { world in
            try await world.program.database.write { tx in
                for number in 0..<1203 {
                    try tx.execute(
                        """
                        INSERT INTO idempotency_key (scope, key, fingerprint, created_at)
                        VALUES ('s', \("k\(number)"), 'f', 1)
                        """)
                }
            }
            #expect(try await world.program.privacy.clear().rows == ["idempotency_key": 1203])
        }
    }
}
