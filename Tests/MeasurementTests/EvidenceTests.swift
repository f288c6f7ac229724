import Kernel
import Links
import Measurement
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
