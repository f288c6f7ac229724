import Kernel
import Measurement
import Store
import Strategy
import TestSupport
import Testing

/// What figures must not do: lose a cent, drop a goal in silence, or count twice after a crash.
@Suite struct HonestyTests {
    private func goal(
        _ world: MeasurementWorld, _ value: String, order: String, currency: String = "EUR"
    ) async throws {
        try await world.send(
            #"""
            {"s":"\#(world.site.code)","g":"order","v":"\#(value)","m":"\#(currency)",\#
            "o":"\#(order)"}
            """#)
    }

    @Test(arguments: TestDatabase.engines)
    func `rounds a site's value half to even and says so`(engine: Engine) async throws {
        try await MeasurementWorld.with(engine) { world in
            try await goal(world, "49.9", order: "plain")
            try await goal(world, "10.005", order: "half-even")
            try await goal(world, "10.015", order: "half-odd")
            try await goal(world, "10.0050001", order: "above")
            try await goal(world, "49.900000000000006", order: "float")
            try await goal(world, "1200.000", order: "zeros")
            try await goal(world, "1200.5", order: "yen", currency: "JPY")
            while try await world.ingest.step() > 0 {}
            let orders = try await world.results.orders(in: world.acme).items.map(\.conversion)
            var amounts: [String: Int64] = [:]
            var notes: [String: String] = [:]
            for order in orders {
                amounts[order.reference] = order.amount.minorUnits
                notes[order.reference] = order.note
            }
            #expect(
                amounts == [
                    "plain": 4990, "half-even": 1000, "half-odd": 1002, "above": 1001,
                    "float": 4990, "zeros": 120_000, "yen": 1200,
                ])
            #expect(notes["half-even"] == "The site said 10.005, rounded to 10.00.")
            #expect(notes["plain"] == "" && notes["zeros"] == "")
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `counts goals it could not record, with the reason`(engine: Engine) async throws {
        try await MeasurementWorld.with(engine) { world in
            try await goal(world, "1,234.50", order: "A")
            try await goal(world, "-5", order: "B")
            try await goal(world, "12", order: "C", currency: "€")
            try await goal(world, "12", order: String(repeating: "x", count: 101))
            try await goal(world, "12", order: "D")
            try await goal(world, "13", order: "D")
            try await goal(world, "12", order: "D")
            while try await world.ingest.step() > 0 {}
            let today = CivilDate(world.clock.now, in: world.berlin)
            let refused = try await world.results.refusedGoals(
                in: world.acme, .last(30, today: today))
            var found: [RefusedGoals.Reason: Int64] = [:]
            for entry in refused { found[entry.reason] = entry.goals }
            #expect(found == [.amount: 2, .currency: 1, .reference: 1, .differs: 1])
            #expect(refused.first { $0.reason == .amount }?.lastReference == "B")
            let other = try await world.results.refusedGoals(
                in: world.globex, .last(30, today: today))
            #expect(other.isEmpty)
            let orders = try await world.results.orders(in: world.acme).items.map(\.conversion)
            #expect(orders.map(\.reference) == ["D"])
            #expect(orders.map(\.amount.minorUnits) == [1200])
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `neither loses nor doubles when a batch fails at any table`(
        engine: Engine
    ) async throws {
        try await MeasurementWorld.with(engine) { world in
            let token = world.token(in: try await world.click(world.tourLink))
            let site = world.site.code
            world.clock.advance(by: .seconds(20))
            try await world.send(#"{"s":"\#(site)","p":"/shop","e":1,"c":"\#(token)"}"#)
            try await goal(world, "twelve", order: "never")
            try await world.send(
                #"{"s":"\#(site)","g":"order","v":"20","m":"EUR","o":"A-1","c":"\#(token)"}"#)
            let tables = [
                "spool_mark", "measured_link", "site", "click", "site_page", "visit",
                "refused_goal", "conversion", "touch", "credit", "link_day", "workspace_day",
            ]
            for table in tables {
                // Without the table, the first statement that needs it fails as a kill would.
                let here = SQL(raw: table)
                let away = SQL(raw: table + "_away")
                try await world.database.write { tx in
                    try tx.execute("ALTER TABLE \(here) RENAME TO \(away)")
                }
                await #expect(throws: StoreError.self, "\(table)") {
                    try await world.ingest.step()
                }
                try await world.database.write { tx in
                    try tx.execute("ALTER TABLE \(away) RENAME TO \(here)")
                }
            }
            while try await world.ingest.step() > 0 {}
            let results = try await world.results(.posts)
            let row = try #require(results.rows.first)
            #expect(row.clicks == 1 && row.allClicks == 1 && row.visits == 1)
            #expect(row.orders == 1_000_000 && row.revenue == 2000)
            #expect(results.total.clicks == 1 && results.total.revenue == 2000)
            let refused = try await world.results.refusedGoals(
                in: world.acme, .last(30, today: CivilDate(world.clock.now, in: world.berlin)))
            #expect(refused.map(\.goals) == [1])
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `earns each order at the margin of its own day`(engine: Engine) async throws {
        try await MeasurementWorld.with(engine) { world in
            let token = world.token(in: try await world.click(world.tourLink))
            while try await world.ingest.step() > 0 {}
            let today = CivilDate(world.clock.now, in: world.berlin)
            try await order(world, "first", 10_000, token)
            try await margin(world, from: today.adding(days: -60), hundredths: 5_000)
            try await margin(world, from: today.adding(days: 1), hundredths: 2_000)
            world.clock.advance(by: .days(2))
            try await order(world, "second", 10_000, token)
            // Money back of the first order takes back what that order earned.
            try await order(world, "back", -1_000, token, refundOf: "first")
            try await world.costs.add(
                CostDraft(
                    subject: .post(world.tour), kind: .direct, amount: 2_500, currency: .euro,
                    spentOn: today), in: world.acme, by: world.principal)
            // 9,000 × 50 % + 10,000 × 20 % = 6,500; (6,500 − 2,500) / 2,500 = 1.6
            for grain in ResultsGrain.allCases {
                let found = try await world.results(grain)
                #expect(found.rows.first?.returned == .roi(1.6), "\(grain)")
                #expect(found.total.returned == .roi(1.6), "\(grain)")
                #expect(found.marginChanges)
            }
            let post = try await world.results.post(
                world.tour, model: .last, today: today.adding(days: 2), currency: .euro,
                in: world.acme)
            #expect(post.row.returned == .roi(1.6))
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `gives a post the same cost on its page as in the table`(engine: Engine) async throws {
        try await MeasurementWorld.with(engine) { world in
            let today = CivilDate(world.clock.now, in: world.berlin)
            let budget: ID<CostTag> = world.surroundings.newID()
            let line: ID<CostTag> = world.surroundings.newID()
            try await world.database.write { tx in
                try tx.execute(
                    """
                    INSERT INTO budget_period (id, workspace_id, starts_on, ends_on, currency,
                        because, created_at)
                    VALUES (\(budget), \(world.acme), \(today), \(today.adding(days: 9)), 'EUR',
                        '', 0)
                    """)
                try tx.execute(
                    """
                    INSERT INTO budget_line (id, workspace_id, budget_period_id, kind, title,
                        amount, created_at)
                    VALUES (\(line), \(world.acme), \(budget), 'tools', 'Scheduler', 10000, 0)
                    """)
            }
            try await world.costs.add(
                CostDraft(
                    subject: .post(world.tour), kind: .people, minutes: 30, hourlyRate: 4_000,
                    currency: .euro, spentOn: today), in: world.acme, by: world.principal)
            // Tools of one of the budget's ten days, shared by the two posts of that day.
            let table = try await world.results.results(
                by: .posts, model: .last, period: .last(1, today: today), currency: .euro,
                in: world.acme)
            let row = try #require(table.rows.first { $0.id == world.tour.text })
            #expect(row.cost.amount == 2_500)
            let post = try await world.results.post(
                world.tour, model: .last, today: today, currency: .euro, in: world.acme)
            #expect(post.row.cost.amount == 2_500)
        }
    }

    private func margin(
        _ world: MeasurementWorld, from day: CivilDate, hundredths: Int
    ) async throws {
        let id: MarginID = world.surroundings.newID()
        try await world.database.write { tx in
            try tx.execute(
                """
                INSERT INTO margin (id, workspace_id, valid_from, hundredths_of_percent, because,
                    created_at)
                VALUES (\(id), \(world.acme), \(day), \(hundredths), '', 0)
                """)
        }
    }

    private func order(
        _ world: MeasurementWorld, _ reference: String, _ amount: Int64, _ token: String,
        refundOf: String? = nil
    ) async throws {
        try await world.conversions.record(
            ConversionDraft(
                reference: reference, at: world.clock.now,
                amount: Money(minorUnits: amount, currency: .euro), refundOf: refundOf,
                token: ClickToken.read(token)),
            from: .api, zone: world.berlin, in: world.acme, by: world.principal)
    }
}
