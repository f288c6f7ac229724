import Kernel
import Links
@testable import Measurement
import Planning
import Publishing
import Store
import Strategy
import TestSupport
import Testing

/// Each figure opens what it is made of, and both say the same.
@Suite struct EvidenceTests {
    /// Two clicks on the tour and one on the recipe, a visit, an order and a refund by the tour,
    /// and costs of the tour, of the recipe and of the initiative itself.
    private func fill(_ world: MeasurementWorld) async throws {
        let token = world.token(in: try await world.click(world.tourLink))
        try await world.click(world.tourLink, world.facts(isHead: true))
        try await world.click(world.recipeLink, world.facts("198.51.100.4"))
        let site = world.site.code
        world.clock.advance(by: .seconds(20))
        try await world.send(#"{"s":"\#(site)","p":"/shop","e":1,"c":"\#(token)"}"#)
        try await world.send(#"{"s":"\#(site)","p":"/","e":1}"#, world.facts("198.51.100.9"))
        try await world.send(
            #"{"s":"\#(site)","g":"order","v":"49.90","m":"EUR","o":"A-1","c":"\#(token)"}"#)
        while try await world.ingest.step() > 0 {}
        try await world.conversions.record(
            ConversionDraft(
                reference: "A-1-back", at: world.clock.now,
                amount: Money(minorUnits: -990, currency: .euro), refundOf: "A-1"),
            from: .site, zone: world.berlin, in: world.acme, by: world.principal)
        try await world.conversions.record(
            ConversionDraft(
                reference: "walk-in", at: world.clock.now,
                amount: Money(minorUnits: 700, currency: .euro)),
            from: .entered, zone: world.berlin, in: world.acme, by: world.principal)
        let today = CivilDate(world.clock.now, in: world.berlin)
        let subjects: [(CostDraft.Subject, Int64)] = [
            (.post(world.tour), 1_000), (.post(world.recipe), 300),
            (.initiative(world.initiative), 2_000),
        ]
        for (subject, amount) in subjects {
            try await world.costs.add(
                CostDraft(
                    subject: subject, kind: .direct, amount: amount, currency: .euro,
                    spentOn: today, note: "Paid \(amount)"), in: world.acme, by: world.principal)
        }
    }

    private func period(_ world: MeasurementWorld) -> ResultsPeriod {
        .last(30, today: CivilDate(world.clock.now, in: world.berlin))
    }

    @Test(arguments: TestDatabase.engines)
    func `gives every row of every table its page, with lists that add up to it`(
        engine: Engine
    ) async throws {
        try await MeasurementWorld.with(engine) { world in
            try await fill(world)
            let period = period(world)
            for grain in ResultsGrain.allCases {
                for model in [CreditModel.last, .linear] {
                    for row in try await world.results(grain, model).rows {
                        let place = ResultsPlace(grain, row.id)
                        let found = try await world.results.place(
                            place, model: model, period: period, currency: .euro, in: world.acme)
                        #expect(found.row == row, "\(grain) \(row.title)")
                        #expect(
                            found.posts.rows.reduce(0) { $0 + $1.revenue } == row.revenue,
                            "\(grain) \(row.title)")
                        try await expectLists(world, place, model, period, row)
                    }
                }
            }
            let posts = try await world.results.place(
                ResultsPlace(.objectives, world.objective.text), model: .last, period: period,
                currency: .euro, in: world.acme)
            #expect(posts.posts.rows.map(\.title) == ["Roastery tour"])
            #expect(posts.row.cost.amount == 3_000, "the post's own and its initiative's")
            let without = try await world.results.place(
                ResultsPlace(.goals, ""), model: .last, period: period, currency: .euro,
                in: world.acme)
            #expect(without.posts.rows.map(\.title) == ["Recipe"])
        }
    }

    private func expectLists(
        _ world: MeasurementWorld, _ place: ResultsPlace, _ model: CreditModel,
        _ period: ResultsPeriod, _ row: ResultsRow
    ) async throws {
        let filter = TrafficFilter(period: period, place: place)
        let clicks = try await world.results.clicks(filter, in: world.acme).items
        #expect(Int64(clicks.count) == row.clicks ?? 0, "\(place)")
        let visits = try await world.results.visits(filter, in: world.acme).items
        #expect(Int64(visits.count) == row.visits ?? 0, "\(place)")
        let orders = OrderFilter(
            period: period, place: place, model: model, isCredited: true, robots: .people)
        let sum = try await world.results.sum(of: orders, .euro, in: world.acme)
        #expect(sum.amount == row.revenue, "\(place)")
        let lines = try await world.results.orders(orders, in: world.acme).items
        #expect(lines.reduce(0) { $0 + ($1.credit ?? 0) } == row.revenue, "\(place)")
        let costs = try await world.costs.sum(
            of: CostFilter(period: period, place: place), .euro, in: world.acme)
        #expect(costs.amount + row.cost.tools == row.cost.amount, "\(place)")
    }

    @Test(arguments: TestDatabase.engines)
    func `lists what the sums of a period are made of`(engine: Engine) async throws {
        try await MeasurementWorld.with(engine) { world in
            try await fill(world)
            let period = period(world)
            let total = try await world.results(.posts).total
            let filter = TrafficFilter(period: period)
            let clicks = try await world.results.clicks(filter, in: world.acme).items
            #expect(Int64(clicks.count) == total.clicks)
            let visits = try await world.results.visits(filter, in: world.acme).items
            #expect(Int64(visits.count) == total.visits)
            #expect(visits.map(\.path).sorted() == ["/", "/shop"])
            #expect(visits.compactMap(\.link?.publication) == [world.tour])
            let credited = try await world.results.sum(
                of: OrderFilter(period: period, isCredited: true, robots: .people), .euro,
                in: world.acme)
            #expect(credited.amount == total.credited)
            let orders = try await world.results.orders(
                OrderFilter(period: period, kind: .order, robots: .people), in: world.acme
            ).items
            #expect(Int64(orders.count) == total.orders)
            let costs = try await world.costs.sum(
                of: CostFilter(period: period), .euro, in: world.acme)
            #expect(costs.amount == total.cost.amount)
            // Nothing of it is seen from elsewhere, and nothing of elsewhere has a page here.
            #expect(try await world.results.clicks(filter, in: world.globex).items.isEmpty)
            #expect(try await world.results.visits(filter, in: world.globex).items.isEmpty)
            #expect(try await world.results.orders(in: world.globex).items.isEmpty)
            #expect(try await world.costs.list(in: world.globex).items.isEmpty)
            await #expect(throws: Problem.self) {
                try await world.results.place(
                    ResultsPlace(.initiatives, world.initiative.text), model: .last,
                    period: period, currency: .euro, in: world.globex)
            }
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `reads a busy place by time and a quiet one by its links, with the same rows`(
        engine: Engine
    ) async throws {
        try await MeasurementWorld.with(engine) { world in
            try await fill(world)
            func lists() async throws -> [[Int64]] {
                var all: [[Int64]] = []
                for place in [
                    ResultsPlace(.channels, world.channel.text),
                    ResultsPlace(.initiatives, world.initiative.text),
                    ResultsPlace(.goals, ""),
                ] {
                    let filter = TrafficFilter(period: period(world), place: place, robots: .all)
                    let clicks = try await world.results.clicks(filter, in: world.acme).items
                    let visits = try await world.results.visits(filter, in: world.acme).items
                    all += [clicks.map(\.key), visits.map(\.key)]
                }
                return all
            }
            let quiet = try await lists()
            #expect(quiet.map(\.count) == [3, 1, 2, 1, 1, 0])
            try await world.database.write { tx in
                try tx.execute("UPDATE place_day SET people = people + 1000000")
            }
            #expect(try await lists() == quiet)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `turns the pages of a list in every order without a gap`(engine: Engine) async throws {
        try await MeasurementWorld.with(engine) { world in
            try await fill(world)
            func all<Item>(
                _ page: (PageRequest) async throws -> Page<Item>
            ) async throws -> [Item] {
                var items: [Item] = []
                var next: Cursor?
                repeat {
                    let found = try await page(PageRequest(limit: 1, after: next))
                    items += found.items
                    next = found.next.flatMap { Cursor(token: $0.token) }
                } while next != nil
                return items
            }
            let amounts = try await all {
                try await world.results.orders(OrderFilter(order: .largest), in: world.acme, $0)
            }.map(\.conversion.amount.minorUnits)
            #expect(amounts == [4_990, 700, -990])
            let newest = try await all {
                try await world.results.orders(in: world.acme, $0)
            }.map(\.conversion.reference)
            let oldest = try await all {
                try await world.results.orders(OrderFilter(order: .oldest), in: world.acme, $0)
            }.map(\.conversion.reference)
            #expect(newest == oldest.reversed() && newest.count == 3)
            let costs = try await all {
                try await world.costs.list(CostFilter(order: .largest), in: world.acme, page: $0)
            }.map(\.amount.minorUnits)
            #expect(costs == [2_000, 1_000, 300])
            let clicks = try await all {
                try await world.results.clicks(
                    TrafficFilter(robots: .all, order: .oldest), in: world.acme, $0)
            }
            #expect(clicks.count == 3 && clicks.map(\.at) == clicks.map(\.at).sorted())
            let found = try await world.costs.list(
                CostFilter(search: "PAID 2000"), in: world.acme
            ).items
            #expect(found.map(\.amount.minorUnits) == [2_000])
            let walked = try await world.results.orders(
                OrderFilter(isCredited: false, search: "walk"), in: world.acme
            ).items
            #expect(walked.map(\.conversion.reference) == ["walk-in"])
            await #expect(throws: Problem.self) {
                try await world.results.orders(
                    in: world.acme, PageRequest(limit: 1, after: Cursor(key: "x", id: "1")))
            }
        }
    }
}

/// What is not known is never zero, and what is known is not lost.
@Suite struct UnknownTests {
    /// The recipe goes out with its destination instead of a tagged link.
    private func goDirect(_ world: MeasurementWorld, loss: String? = "No address yet") async throws
        -> String
    {
        let mark = String(world.recipe.text.suffix(12))
        let (links, acme, recipe) = (world.links, world.acme, world.recipe)
        let destination = try Destination("https://acme.example/l/sale")
        try await world.database.write { tx in
            let link = try links.keep(
                for: recipe.text, destination: destination,
                utm: UTM(source: "mastodon", content: mark), label: "Recipe", in: acme, tx: tx)
            try tx.execute(
                """
                UPDATE publication SET sent_link = \(link.target), link_loss = \(loss)
                WHERE id = \(recipe)
                """)
        }
        return mark
    }

    private func row(_ world: MeasurementWorld) async throws -> ResultsRow {
        let row = try #require(
            try await world.results(.posts).rows.first { $0.id == world.recipe.text })
        let post = try await world.results.post(
            world.recipe, model: .last,
            period: .last(30, today: CivilDate(world.clock.now, in: world.berlin)),
            today: CivilDate(world.clock.now, in: world.berlin), currency: .euro, in: world.acme)
        #expect(post.row == row, "the page of a post and the table say the same")
        return row
    }

    @Test(arguments: TestDatabase.engines)
    func `knows no visits before the snippet was seen, and no clicks without a tagged link`(
        engine: Engine
    ) async throws {
        try await MeasurementWorld.with(engine) { world in
            #expect(try await row(world).clicks == 0)
            #expect(try await row(world).visits == nil)
            // An address that only looks like a tagged link.
            _ = try await goDirect(world)
            #expect(try await row(world).clicks == nil)
            try await world.send(#"{"s":"\#(world.site.code)","p":"/","e":1}"#)
            while try await world.ingest.step() > 0 {}
            #expect(try await row(world).visits == 0)
            #expect(try await row(world).clicks == nil)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `ties visits and orders to a post that went out without its tagged link`(
        engine: Engine
    ) async throws {
        try await MeasurementWorld.with(engine) { world in
            let mark = try await goDirect(world)
            let site = world.site.code
            try await world.send(#"{"s":"\#(site)","p":"/sale","e":1,"u":"\#(mark)"}"#)
            world.clock.advance(by: .seconds(40))
            // The second page has no campaign any more, and is the same visit.
            try await world.send(#"{"s":"\#(site)","p":"/cart"}"#)
            try await world.send(#"{"s":"\#(site)","g":"order","v":"12","m":"EUR","o":"D-1"}"#)
            // A one-page shop still has it.
            try await world.send(
                #"{"s":"\#(site)","g":"order","v":"5","m":"EUR","o":"D-2","u":"\#(mark)"}"#)
            while try await world.ingest.step() > 0 {}
            let known = try await row(world)
            #expect(known.visits == 1)
            #expect(known.clicks == nil, "nobody counted them")
            #expect(known.revenue == 1_700)
            #expect(known.orders == 2_000_000)
            let visits = try await world.results.visits(TrafficFilter(), in: world.acme).items
            #expect(visits.map(\.pages) == [2])
            _ = try await world.conversions.recompute(in: world.acme, by: world.principal)
            #expect(try await row(world).revenue == 1_700)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `believes no mark of elsewhere, of nobody, or of who asked not to be recognised`(
        engine: Engine
    ) async throws {
        try await MeasurementWorld.with(engine) { world in
            let mark = try await goDirect(world)
            let other = try await MeasuredSite.find(
                in: world.globex, database: world.database, surroundings: world.surroundings)
            let site = world.site.code
            for (index, text) in [
                "000000000000", "' OR 1=1 --", "spring-sale", mark.uppercased() + "x", "",
            ].enumerated() {
                try await world.send(
                    #"{"s":"\#(site)","p":"/","e":1,"u":"\#(text)"}"#,
                    world.facts("198.51.100.\(index)"))
            }
            try await world.send(
                #"{"s":"\#(site)","p":"/","e":1,"u":"\#(mark)"}"#,
                world.facts("198.51.100.20", optedOut: true))
            try await world.send(
                #"{"s":"\#(other.code)","p":"/","e":1,"u":"\#(mark)"}"#,
                world.facts("198.51.100.21"))
            try await world.send(
                #"{"s":"\#(other.code)","g":"order","v":"9","m":"EUR","o":"X","u":"\#(mark)"}"#,
                world.facts("198.51.100.21"))
            while try await world.ingest.step() > 0 {}
            #expect(try await row(world).visits == 0)
            #expect(try await row(world).revenue == 0)
            let visits = try await world.results.visits(TrafficFilter(), in: world.acme).items
            #expect(visits.count == 6 && visits.allSatisfy { $0.link == nil })
            let elsewhere = try await world.results.visits(
                TrafficFilter(), in: world.globex
            ).items
            #expect(elsewhere.count == 1 && elsewhere[0].link == nil)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `takes the click's own number before the mark beside it`(engine: Engine) async throws {
        try await MeasurementWorld.with(engine) { world in
            let mark = try await goDirect(world)
            let token = world.token(in: try await world.click(world.tourLink))
            let site = world.site.code
            try await world.send(
                #"{"s":"\#(site)","p":"/","e":1,"c":"\#(token)","u":"\#(mark)"}"#)
            try await world.send(
                #"{"s":"\#(site)","g":"order","v":"12","m":"EUR","o":"1","c":"\#(token)","u":"\#(mark)"}"#
            )
            while try await world.ingest.step() > 0 {}
            let rows = try await world.results(.posts).rows
            #expect(rows.first?.id == world.tour.text && rows.first?.revenue == 1_200)
            #expect(try await row(world).visits == 0)
        }
    }
}

/// What is summed as it comes in equals what it is made of.
@Suite struct SumsTests {
    private func expectExact(_ world: MeasurementWorld) async throws {
        let acme = world.acme
        try await world.database.read { tx in
            let kept = try tx.rows(
                """
                SELECT model, CAST(SUM(amount) AS BIGINT) AS amount,
                    CAST(SUM(orders) AS BIGINT) AS orders, CAST(SUM(leads) AS BIGINT) AS leads
                FROM credit_day WHERE workspace_id = \(acme) GROUP BY model ORDER BY model
                """)
            let live = try tx.rows(
                """
                SELECT credit.model, CAST(SUM(credit.amount) AS BIGINT) AS amount,
                    CAST(SUM(CASE WHEN conversion.kind = 'order' AND conversion.refund_of IS NULL
                        THEN credit.share ELSE 0 END) AS BIGINT) AS orders,
                    CAST(SUM(CASE WHEN conversion.kind = 'lead' THEN credit.share ELSE 0 END)
                        AS BIGINT) AS leads
                FROM conversion JOIN touch ON touch.conversion_key = conversion.key
                    AND touch.version = conversion.version
                JOIN credit ON credit.touch_id = touch.id
                WHERE conversion.workspace_id = \(acme) AND conversion.bot = 0
                GROUP BY credit.model ORDER BY credit.model
                """)
            #expect(kept.count == live.count)
            for (kept, live) in zip(kept, live) {
                for column in ["amount", "orders", "leads"] {
                    let (now, then): (Int64, Int64) = (try kept(column), try live(column))
                    #expect(now == then, "\(column)")
                }
            }
            let visits = try tx.scalar(
                Int64.self, "SELECT COUNT(*) AS n FROM visit WHERE bot = 0")
            let summed = try tx.scalar(
                Int64.self,
                "SELECT CAST(COALESCE(SUM(visits), 0) AS BIGINT) AS n FROM visit_quarter")
            #expect(visits == summed)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `stays exact through orders, refunds, leads, robots and computing again`(
        engine: Engine
    ) async throws {
        try await MeasurementWorld.with(engine) { world in
            try await world.click(world.tourLink)
            world.clock.advance(by: .hours(1))
            try await world.click(world.recipeLink)
            world.clock.advance(by: .hours(1))
            let token = world.token(in: try await world.click(world.tourLink))
            let site = world.site.code
            try await world.send(#"{"s":"\#(site)","p":"/","e":1,"c":"\#(token)"}"#)
            try await world.send(
                #"{"s":"\#(site)","p":"/","e":1}"#, world.facts("198.51.100.3", agent: "curl/8"))
            try await world.send(
                #"{"s":"\#(site)","g":"order","v":"100","m":"EUR","o":"1","c":"\#(token)"}"#)
            try await world.send(#"{"s":"\#(site)","g":"letter","c":"\#(token)"}"#)
            try await world.send(
                #"{"s":"\#(site)","g":"order","v":"7","m":"EUR","o":"r","c":"\#(token)"}"#,
                world.facts(agent: "curl/8"))
            while try await world.ingest.step() > 0 {}
            try await expectExact(world)
            world.clock.advance(by: .days(2))
            try await world.conversions.record(
                ConversionDraft(
                    reference: "1-back", at: world.clock.now,
                    amount: Money(minorUnits: -3_333, currency: .euro), refundOf: "1"),
                from: .site, zone: world.berlin, in: world.acme, by: world.principal)
            try await expectExact(world)
            // The shop itself knows the amount better, and corrects an order that has a refund.
            try await world.conversions.record(
                ConversionDraft(
                    reference: "1", at: world.clock.now,
                    amount: Money(minorUnits: 11_000, currency: .euro)),
                from: .api, zone: world.berlin, in: world.acme, by: world.principal)
            try await expectExact(world)
            let before = try await world.results(.posts, .linear).rows
            let short = try await world.results.results(
                by: .posts, model: .linear,
                period: .last(30, today: CivilDate(world.clock.now, in: world.berlin)),
                currency: .euro, in: world.acme, limit: 1)
            #expect(short.rows == Array(before.prefix(1)), "a full page reads only what it shows")
            #expect(before.reduce(0) { $0 + $1.revenue } == 7_667)
            _ = try await world.conversions.recompute(in: world.acme, by: world.principal)
            try await expectExact(world)
            #expect(try await world.results(.posts, .linear).rows == before)
            let acme = world.acme
            try await world.database.write { tx in try PlaceSums.rebuild(in: acme, tx) }
            try await expectExact(world)
            #expect(try await world.results(.posts, .linear).rows == before)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `moves posts, money and costs with the plan`(engine: Engine) async throws {
        try await MeasurementWorld.with(engine) { world in
            try await world.conversions.record(
                ConversionDraft(
                    reference: "1", at: world.clock.now,
                    amount: Money(minorUnits: 5_000, currency: .euro),
                    link: world.tourLink.slug),
                from: .entered, zone: world.berlin, in: world.acme, by: world.principal)
            try await world.costs.add(
                CostDraft(
                    subject: .post(world.tour), kind: .direct, amount: 900, currency: .euro,
                    spentOn: CivilDate(world.clock.now, in: world.berlin)), in: world.acme,
                by: world.principal)
            func row(_ id: String) async throws -> ResultsRow? {
                try await world.results(.initiatives).rows.first { $0.id == id }
            }
            let placed = try #require(try await row(world.initiative.text))
            #expect(placed.revenue == 5_000 && placed.cost.amount == 900)
            #expect(placed.cost.knownFor == 1 && placed.cost.of == 1)
            let acme = world.acme
            try await world.database.write { tx in
                try tx.execute(
                    "UPDATE item SET initiative_id = NULL WHERE workspace_id = \(acme)")
                try PlaceSums.settle(in: acme, tx)
            }
            let loose = try #require(try await row(""))
            #expect(loose.revenue == 5_000 && loose.cost.amount == 900 && loose.cost.of == 2)
            let entry = try #require(try await world.costs.list(in: world.acme).items.first)
            try await world.costs.remove(entry.id, in: world.acme, by: world.principal)
            #expect(try await row("")?.cost.knownFor == 0)
        }
    }
}
