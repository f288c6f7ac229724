import Kernel
import Links
@testable import Measurement
import Planning
import Store
import TestSupport
import Testing

@Suite struct LoopTests {
    @Test(arguments: TestDatabase.engines)
    func `carries an order's money from the click to the business goal`(
        engine: Engine
    ) async throws {
        try await MeasurementWorld.with(engine) { world in
            let landing = try await world.click(world.tourLink)
            #expect(landing.hasPrefix("https://acme.example/shop?size=1&utm_source=mastodon&tlc="))
            #expect(landing.hasSuffix("#top"))
            let token = world.token(in: landing)
            let site = world.site.code
            world.clock.advance(by: .seconds(20))
            try await world.send(#"{"s":"\#(site)","p":"/shop","e":1,"c":"\#(token)"}"#)
            try await world.send(#"{"s":"\#(site)","p":"/cart","c":"\#(token)"}"#)
            try await world.send(
                #"{"s":"\#(site)","g":"order","v":"49.90","m":"EUR","o":"A-1","c":"\#(token)"}"#)
            // The same order told twice, as browsers do on reload.
            try await world.send(
                #"{"s":"\#(site)","g":"order","v":"49.90","m":"EUR","o":"A-1","c":"\#(token)"}"#)
            while try await world.ingest.step() > 0 {}

            for grain in ResultsGrain.allCases {
                let row = try #require(try await world.results(grain).rows.first)
                #expect(row.revenue == 4990, "\(grain)")
                #expect(row.orders == 1_000_000, "\(grain)")
                #expect(row.clicks == 1, "\(grain)")
                #expect(row.visits == 1, "\(grain)")
            }
            let posts = try await world.results(.posts)
            #expect(posts.rows.map(\.title) == ["Roastery tour", "Recipe"])
            #expect(posts.rows[1].clicks == 0, "published with its link, clicked by nobody")
            #expect(posts.rows[1].cost.isKnown == false)
            #expect(posts.total.revenue == 4990)
            #expect(posts.total.uncredited == 0)
            #expect(try await world.results(.goals).rows.first?.id == world.goal.text)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `keeps robots apart and shows both counts`(engine: Engine) async throws {
        try await MeasurementWorld.with(engine) { world in
            try await world.click(world.tourLink)
            try await world.click(world.tourLink, world.facts(isHead: true))
            try await world.click(
                world.tourLink,
                world.facts(agent: "Mozilla/5.0 (compatible; Googlebot/2.1; +http://google.com)"))
            let preview = try await world.click(
                world.tourLink, world.facts(agent: "Bluesky Cardyb/1.1"))
            #expect(!preview.contains("tlc="), "robots get no number to share")
            while try await world.ingest.step() > 0 {}
            let row = try #require(try await world.results(.posts).rows.first)
            #expect(row.clicks == 1)
            #expect(row.allClicks == 4)
            let post = try await world.results.post(
                world.tour, model: .last, today: CivilDate(world.clock.now, in: world.berlin),
                currency: .euro, in: world.acme)
            #expect(post.bots == [.head: 1, .agent: 1, .preview: 1])
            #expect(post.clicks.count == 4)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `counts who asked not to be recognised without recognising them`(
        engine: Engine
    ) async throws {
        try await MeasurementWorld.with(engine) { world in
            let landing = try await world.click(world.tourLink, world.facts(optedOut: true))
            #expect(!landing.contains("tlc="))
            while try await world.ingest.step() > 0 {}
            let (visitors, tokens) = try await world.database.read { tx in
                (
                    try tx.scalar(
                        Int64.self, "SELECT COUNT(*) AS n FROM click WHERE visitor IS NOT NULL"),
                    try tx.scalar(
                        Int64.self, "SELECT COUNT(*) AS n FROM click WHERE token IS NOT NULL")
                )
            }
            #expect(visitors == 0)
            #expect(tokens == 0)
            #expect(try await world.results(.posts).rows.first?.clicks == 1)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `replays a spool without counting twice`(engine: Engine) async throws {
        try await MeasurementWorld.with(engine) { world in
            for second in 0..<5 {
                world.clock.advance(by: .seconds(10))
                try await world.click(world.tourLink, world.facts("198.51.100.\(second)"))
            }
            while try await world.ingest.step() > 0 {}
            #expect(try await world.ingest.step() == 0)
            #expect(try await world.results(.posts).rows.first?.clicks == 5)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `adds up to the same figures by post, by channel and in all`(
        engine: Engine
    ) async throws {
        try await MeasurementWorld.with(engine) { world in
            let poster = try await world.links.create(
                destination: try Destination("https://acme.example/poster"),
                utm: UTM(source: "poster"), label: "Poster", in: world.acme)
            for (day, link) in [
                world.tourLink, world.tourLink, world.recipeLink, poster, world.tourLink, poster,
            ].enumerated() {
                world.clock.advance(by: .hours(Int64(day) * 7))
                try await world.click(link, world.facts("198.51.100.\(day)"))
                try await world.click(link, world.facts(isHead: true))
                while try await world.ingest.step() > 0 {}
            }
            let posts = try await world.results(.posts)
            let channels = try await world.results(.channels)
            #expect(posts.rows.map(\.clicks) == [3, 2, 1])
            #expect(posts.rows.map(\.id) == [world.tour.text, "", world.recipe.text])
            #expect(channels.rows.map(\.clicks) == [4, 2])
            #expect(channels.rows.map(\.allClicks) == [8, 4])
            #expect(channels.rows.map(\.id) == [world.channel.text, ""])
            #expect(channels.total.clicks == 6)
            #expect(channels.total.allClicks == 12)
            for grain in ResultsGrain.allCases {
                let rows = try await world.results(grain).rows
                #expect(rows.reduce(0) { $0 + ($1.clicks ?? 0) } == 6, "\(grain)")
                #expect(rows.reduce(0) { $0 + ($1.allClicks ?? 0) } == 12, "\(grain)")
            }
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `moves the clicks of a post with its item, and the money's line of sight is one`(
        engine: Engine
    ) async throws {
        try await MeasurementWorld.with(engine) { world in
            for day in 0..<3 {
                try await world.click(world.tourLink, world.facts("198.51.100.\(day)"))
                try await world.click(world.recipeLink, world.facts("198.51.100.\(day + 9)"))
                world.clock.advance(by: .days(1))
                while try await world.ingest.step() > 0 {}
            }
            func clicks(_ grain: ResultsGrain) async throws -> [String: Int64?] {
                Dictionary(
                    uniqueKeysWithValues: try await world.results(grain).rows.map {
                        ($0.id, $0.clicks)
                    })
            }
            #expect(try await clicks(.initiatives) == [world.initiative.text: 3, "": 3])
            #expect(try await clicks(.goals) == [world.goal.text: 3, "": 3])
            let (acme, other): (WorkspaceID, InitiativeID) = (
                world.acme, world.surroundings.newID()
            )
            try await world.database.write { tx in
                try tx.execute(
                    """
                    INSERT INTO initiative (id, workspace_id, kind, title, purpose, state,
                        starts_on, currency, created_at)
                    VALUES (\(other), \(acme), 'marathon', 'Guides', '', 'running', '2026-11-01',
                        'EUR', 0)
                    """)
                try tx.execute(
                    """
                    UPDATE item SET initiative_id = \(other), primary_objective_id = NULL
                    WHERE workspace_id = \(acme)
                    """)
                try PlaceSums.settle(in: acme, tx)
                try PlaceSums.settle(in: acme, tx)
            }
            #expect(try await clicks(.initiatives) == [other.text: 3, "": 3])
            #expect(try await clicks(.objectives) == ["": 6])
            #expect(try await clicks(.channels) == [world.channel.text: 6])
            try await world.click(world.tourLink, world.facts("198.51.100.77"))
            while try await world.ingest.step() > 0 {}
            #expect(try await clicks(.initiatives) == [other.text: 4, "": 3])
            try await world.database.write { tx in
                try PlaceSums.rebuild(in: acme, tx)
            }
            #expect(try await clicks(.initiatives) == [other.text: 4, "": 3])
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `flags clicks that come faster than people click`(engine: Engine) async throws {
        try await MeasurementWorld.with(engine) { world in
            for _ in 0..<12 { try await world.click(world.tourLink) }
            while try await world.ingest.step() > 0 {}
            let row = try #require(try await world.results(.posts).rows.first)
            #expect(row.clicks == 8)
            #expect(row.allClicks == 12)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `takes a refund back from the clicks that earned the order`(
        engine: Engine
    ) async throws {
        try await MeasurementWorld.with(engine) { world in
            let token = world.token(in: try await world.click(world.tourLink))
            while try await world.ingest.step() > 0 {}
            world.clock.advance(by: .minutes(5))
            let now = world.clock.now
            let order = ConversionDraft(
                reference: "7", at: now, amount: Money(minorUnits: 10_000, currency: .euro),
                token: ClickToken.read(token))
            try await world.conversions.record(
                order, from: .api, zone: world.berlin, in: world.acme, by: world.principal)
            // The same facts again change nothing; other facts are refused.
            try await world.conversions.record(
                order, from: .api, zone: world.berlin, in: world.acme, by: world.principal)
            var other = order
            other.amount.minorUnits = 1
            await #expect(throws: MeasurementError.differs("7")) {
                try await world.conversions.record(
                    other, from: .api, zone: world.berlin, in: world.acme, by: world.principal)
            }
            var refund = order
            refund.reference = "7-back"
            refund.refundOf = "7"
            refund.amount.minorUnits = -2_500
            try await world.conversions.record(
                refund, from: .api, zone: world.berlin, in: world.acme, by: world.principal)
            let row = try #require(try await world.results(.posts).rows.first)
            #expect(row.revenue == 7_500)
            #expect(row.orders == 1_000_000)
            refund.reference = "7-again"
            refund.amount.minorUnits = -7_501
            await #expect(throws: MeasurementError.self) {
                try await world.conversions.record(
                    refund, from: .api, zone: world.berlin, in: world.acme, by: world.principal)
            }
            // Another workspace sees none of it.
            let strangers = try await world.results.results(
                by: .posts, model: .last,
                period: .last(30, today: CivilDate(now, in: world.berlin)), currency: .euro,
                in: world.globex)
            #expect(strangers.rows.isEmpty)
            #expect(strangers.total.revenue == 0)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `shares an order by model and keeps the old shares when computed again`(
        engine: Engine
    ) async throws {
        try await MeasurementWorld.with(engine) { world in
            try await world.click(world.tourLink)
            world.clock.advance(by: .hours(1))
            try await world.click(world.recipeLink)
            world.clock.advance(by: .hours(1))
            let token = world.token(in: try await world.click(world.tourLink))
            while try await world.ingest.step() > 0 {}
            let order = try await world.conversions.record(
                ConversionDraft(
                    reference: "1", at: world.clock.now,
                    amount: Money(minorUnits: 10_000, currency: .euro),
                    token: ClickToken.read(token)),
                from: .entered, zone: world.berlin, in: world.acme, by: world.principal)
            let first = try await world.results(.posts, .first).rows
            #expect(first.map(\.revenue) == [10_000, 0])
            let linear = try await world.results(.posts, .linear).rows
            // Three touches: 33.34 to the first, 33.33 to the others; the tour has two.
            #expect(linear.map(\.revenue) == [6_667, 3_333])
            #expect(linear.map(\.orders) == [666_667, 333_333])
            _ = try await world.conversions.recompute(in: world.acme, by: world.principal)
            let evidence = try await world.results.conversion(order.id, in: world.acme)
            #expect(evidence.conversion.version == 2)
            #expect(evidence.touches.map { $0.credits[.linear] } == [3_334, 3_333, 3_333])
            let kept: Int64? = try await world.database.read { tx in
                try tx.scalar(Int64.self, "SELECT COUNT(*) AS n FROM touch")
            }
            #expect(kept == 6, "the first calculation is still there")
            #expect(try await world.results(.posts, .linear).total.credited == 10_000)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `states the return exactly, or why there is none`(engine: Engine) async throws {
        try await MeasurementWorld.with(engine) { world in
            let today = CivilDate(world.clock.now, in: world.berlin)
            try await world.conversions.record(
                ConversionDraft(
                    reference: "1", at: world.clock.now,
                    amount: Money(minorUnits: 50_000, currency: .euro),
                    link: "https://go.example/l/\(world.tourLink.slug)"),
                from: .entered, zone: world.berlin, in: world.acme, by: world.principal)
            var row = try #require(try await world.results(.posts).rows.first)
            #expect(row.returned == .unknown(.noCost))
            // 90 minutes at 40 an hour are 60, and 40 in cash.
            try await world.costs.add(
                CostDraft(
                    subject: .post(world.tour), kind: .people, minutes: 90, hourlyRate: 4_000,
                    currency: .euro, spentOn: today), in: world.acme, by: world.principal)
            try await world.costs.add(
                CostDraft(
                    subject: .post(world.tour), kind: .direct, amount: 4_000, currency: .euro,
                    spentOn: today), in: world.acme, by: world.principal)
            row = try #require(try await world.results(.posts).rows.first)
            #expect(row.cost.amount == 10_000)
            #expect(row.returned == .revenuePerUnit(5))
            let (acme, id) = (world.acme, world.surroundings.newID(Margin.self))
            try await world.database.write { tx in
                try tx.execute(
                    """
                    INSERT INTO margin (id, workspace_id, valid_from, hundredths_of_percent,
                        because, created_at)
                    VALUES (\(id), \(acme), '2026-01-01', 6000, '', 0)
                    """)
            }
            row = try #require(try await world.results(.posts).rows.first)
            // (500 × 0.6 − 100) / 100
            #expect(row.returned == .roi(2))
            let total = try await world.results(.channels).total
            #expect(total.cost.note == "known for 1 of 2 posts")
        }
    }

    private enum Margin {}
}
