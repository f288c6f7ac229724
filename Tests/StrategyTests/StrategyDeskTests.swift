import Kernel
import Store
import Strategy
import TestSupport
import Testing

@Suite struct StrategyDeskTests {
    @Test(arguments: TestDatabase.engines)
    func `keeps a whole strategy and answers all eight questions`(engine: Engine) async throws {
        try await StrategyWorld.with(engine) { world in
            let desk = world.desk
            #expect(
                try await desk.book(in: world.acme, today: world.today).unanswered
                    == StrategyQuestion.allCases)
            let goal = try await desk.addGoal(
                .init(kind: .revenue, title: "to sell 1,200 bags a month", because: "rent"),
                in: world.acme, by: world.principal)
            let objective = try await desk.addObjective(
                try world.objective(under: goal), in: world.acme, by: world.principal)
            try await desk.checkIn(
                objective, value: 48, on: try world.day("2026-11-20"), note: "shop report",
                today: world.today, in: world.acme, by: world.principal)
            _ = try await desk.keepCharter(
                of: world.bluesky,
                .init(
                    role: .consideration, audience: "home brewers", postsPerWeek: 3,
                    voice: "warm", answerWithinHours: 4, requiredReturn: 150,
                    difference: "recipes first"), in: world.acme, by: world.principal)
            for statement: StrategyStatement in [
                .voice(sound: "warm and plain", avoid: "hype"),
                .feedback(answerWithinHours: 4, how: "thank, fix, follow up"),
                .focus("where brewers ask"), .higherReturns("a newsletter"),
            ] {
                try await desk.keep(statement, in: world.acme, by: world.principal)
            }
            let period = try await desk.addPeriod(
                .init(
                    startsOn: try world.day("2026-10-01"), endsOn: try world.day("2026-12-31"),
                    currency: .euro, requiredReturn: 150), in: world.acme, by: world.principal)
            _ = try await desk.addLine(
                .init(
                    kind: .people, title: "Editor", member: world.ana,
                    cost: .time(minutes: 1200, hourlyRate: 3_500)),
                to: period, in: world.acme, by: world.principal)
            _ = try await desk.addLine(
                .init(kind: .promotion, title: "Boosts", cost: .money(25_000)), to: period,
                in: world.acme, by: world.principal)

            let book = try await desk.book(in: world.acme, today: world.today)
            #expect(book.unanswered.isEmpty)
            // 20 hours at €35 are €700; with €250 of boosts, €950.
            #expect(book.currentPeriod?.total == Money(minorUnits: 95_000, currency: .euro))
            #expect(book.objectives.first?.standing.latest?.value == 48)
            #expect(book.voice.sound == "warm and plain")
            #expect(book.voice.higherReturns == "a newsletter")
            let other = try await desk.book(in: world.globex, today: world.today)
            #expect(other.unanswered == StrategyQuestion.allCases)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `a second check-in of a day replaces the first`(engine: Engine) async throws {
        try await StrategyWorld.with(engine) { world in
            let goal = try await world.desk.addGoal(
                .init(kind: .revenue, title: "sell"), in: world.acme, by: world.principal)
            let id = try await world.desk.addObjective(
                try world.objective(under: goal), in: world.acme, by: world.principal)
            for value in [30.0, 31] {
                try await world.desk.checkIn(
                    id, value: value, on: world.today, note: "", today: world.today,
                    in: world.acme, by: world.principal)
            }
            try await world.database.write { tx in
                try world.desk.recordMeasured(
                    id, value: 29, on: world.today, in: world.acme, tx)
            }
            let entry = try await world.desk.objective(id, in: world.acme, today: world.today)
                .entry
            #expect(entry.readings.map(\.value).sorted() == [29, 31])
            #expect(entry.standing.latest?.value == 31)
            await #expect(throws: StrategyError.readingInFuture) {
                try await world.desk.checkIn(
                    id, value: 1, on: world.today.adding(days: 1), note: "", today: world.today,
                    in: world.acme, by: world.principal)
            }
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `refuses owners, goals and channels of other workspaces`(engine: Engine) async throws {
        try await StrategyWorld.with(engine) { world in
            let goal = try await world.desk.addGoal(
                .init(kind: .revenue, title: "sell"), in: world.acme, by: world.principal)
            await #expect(throws: StrategyError.notAMember) {
                try await world.desk.addObjective(
                    try world.objective(under: goal, owner: world.stranger), in: world.acme,
                    by: world.principal)
            }
            await #expect(throws: StrategyError.noSuchGoal) {
                try await world.desk.addObjective(
                    try world.objective(under: goal, owner: world.stranger), in: world.globex,
                    by: world.principal)
            }
            await #expect(throws: StrategyError.noSuchChannel) {
                try await world.desk.keepCharter(
                    of: world.bluesky, .init(role: .loyalty), in: world.globex,
                    by: world.principal)
            }
            await #expect(throws: StrategyError.noSuchGoal) {
                try await world.desk.changeGoal(
                    goal, to: .init(kind: .other, title: "stolen"), in: world.globex,
                    by: world.principal)
            }
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `a goal closes only after its objectives, and comes back`(engine: Engine) async throws {
        try await StrategyWorld.with(engine) { world in
            let desk = world.desk
            let goal = try await desk.addGoal(
                .init(kind: .revenue, title: "sell"), in: world.acme, by: world.principal)
            let id = try await desk.addObjective(
                try world.objective(under: goal), in: world.acme, by: world.principal)
            await #expect(throws: StrategyError.goalInUse(objectives: 1)) {
                try await desk.archiveGoal(goal, in: world.acme, by: world.principal)
            }
            try await desk.archiveObjective(id, in: world.acme, by: world.principal)
            try await desk.archiveGoal(goal, in: world.acme, by: world.principal)
            let book = try await desk.book(in: world.acme, today: world.today)
            #expect(book.goals.isEmpty)
            #expect(book.closedGoals.map(\.id) == [goal])
            #expect(book.closedObjectives.map(\.id) == [id])
            try await desk.archiveGoal(goal, false, in: world.acme, by: world.principal)
            #expect(try await desk.book(in: world.acme, today: world.today).goals.count == 1)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `budget periods do not overlap and margins are dated`(engine: Engine) async throws {
        try await StrategyWorld.with(engine) { world in
            let desk = world.desk
            let first = BudgetPeriodDraft(
                startsOn: try world.day("2026-10-01"), endsOn: try world.day("2026-12-31"),
                currency: .euro)
            let id = try await desk.addPeriod(first, in: world.acme, by: world.principal)
            await #expect(
                throws: StrategyError.periodsOverlap(with: first.startsOn, to: first.endsOn)
            ) {
                try await desk.addPeriod(
                    .init(
                        startsOn: try world.day("2026-12-31"),
                        endsOn: try world.day("2027-01-31"), currency: .euro), in: world.acme,
                    by: world.principal)
            }
            try await desk.changePeriod(id, to: first, in: world.acme, by: world.principal)
            for (percent, day) in [(5_000, "2026-01-01"), (6_000, "2026-07-01")] {
                _ = try await desk.setMargin(
                    hundredthsOfPercent: percent, validFrom: try world.day(day), because: "",
                    in: world.acme, by: world.principal)
            }
            for (day, fraction) in [("2026-06-30", 0.5), ("2026-07-01", 0.6)] {
                let date = try world.day(day)
                let margin = try await world.database.read { tx in
                    try Margin.current(on: date, in: world.acme, tx)
                }
                #expect(margin?.fraction == fraction)
            }
            let before = try await world.database.read { tx in
                try Margin.current(on: world.today.adding(days: -900), in: world.acme, tx)
            }
            #expect(before == nil)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `finds what an hour of a member costs`(engine: Engine) async throws {
        try await StrategyWorld.with(engine) { world in
            let period = try await world.desk.addPeriod(
                .init(
                    startsOn: try world.day("2026-10-01"), endsOn: try world.day("2026-12-31"),
                    currency: .euro), in: world.acme, by: world.principal)
            _ = try await world.desk.addLine(
                .init(
                    kind: .people, title: "Editor", member: world.ana,
                    cost: .time(minutes: 90, hourlyRate: 3_333)), to: period, in: world.acme,
                by: world.principal)
            let rate = try await world.database.read { tx in
                try BudgetLine.hourlyRate(of: world.ana, on: world.today, in: world.acme, tx)
            }
            #expect(rate == 3_333)
            // 1.5 × 33.33 is 49.995, which is 50.00 to the nearest cent.
            #expect(BudgetLine.cost(minutes: 90, hourlyRate: 3_333) == 5_000)
        }
    }

    @Test func `a line for people needs time and one for tools needs money`() async throws {
        try await StrategyWorld.with(.sqlite) { world in
            let period = try await world.desk.addPeriod(
                .init(startsOn: world.today, endsOn: world.today, currency: .euro),
                in: world.acme, by: world.principal)
            await #expect(throws: StrategyError.peopleNeedTimeAndRate) {
                try await world.desk.addLine(
                    .init(kind: .people, title: "Editor", cost: .money(100)), to: period,
                    in: world.acme, by: world.principal)
            }
            await #expect(throws: StrategyError.lineNeedsAmount) {
                try await world.desk.addLine(
                    .init(
                        kind: .tools, title: "Camera", cost: .time(minutes: 60, hourlyRate: 1)),
                    to: period, in: world.acme, by: world.principal)
            }
        }
    }
}
