import Kernel
import Store
import Strategy
import TestSupport
import Testing

/// Status is decided from check-ins; these use the database only to make them.
@Suite struct ObjectiveStatusTests {
    /// 100 days from 1 January 2026 to 11 April; the way is from 0 to 100.
    private func standing(
        _ values: [(day: String, value: Double)], today: String, baseline: Double = 0,
        target: Double = 100
    ) async throws -> ObjectiveStanding {
        try await TestDatabase.with(.sqlite, StrategyWorld.migrations) { database in
            let world = try await StrategyWorld(database)
            let goal = try await world.desk.addGoal(
                .init(kind: .revenue, title: "sell"), in: world.acme, by: world.principal)
            var draft = try world.objective(under: goal, baseline: baseline, target: target)
            draft.startsOn = try world.day("2026-01-01")
            draft.dueOn = try world.day("2026-04-11")
            let id = try await world.desk.addObjective(
                draft, in: world.acme, by: world.principal)
            for (day, value) in values {
                try await world.desk.checkIn(
                    id, value: value, on: try world.day(day), note: "",
                    today: try world.day("2026-12-31"), in: world.acme, by: world.principal)
            }
            return try await world.desk.objective(
                id, in: world.acme, today: try world.day(today)
            ).entry.standing
        }
    }

    @Test func `an even pace is on track and its forecast is the target`() async throws {
        let found = try await standing([("2026-02-20", 50)], today: "2026-02-21")
        #expect(found.status == .onTrack)
        #expect(found.progress == 0.5)
        #expect(found.expected == 0.5)
        #expect(found.forecast == 100)
    }

    @Test func `more than a tenth less than an even pace is behind`() async throws {
        #expect(
            try await standing([("2026-02-20", 40)], today: "2026-02-21").status == .onTrack)
        #expect(
            try await standing([("2026-02-20", 39)], today: "2026-02-21").status == .behind)
    }

    @Test func `reaching the target is met, even early, and stays met after the due day`()
        async throws
    {
        #expect(try await standing([("2026-01-05", 100)], today: "2026-01-06").status == .met)
        #expect(try await standing([("2026-04-01", 101)], today: "2026-05-01").status == .met)
    }

    @Test func `the due day still counts and the day after it is missed`() async throws {
        #expect(
            try await standing([("2026-04-11", 95)], today: "2026-04-11").status == .onTrack)
        #expect(
            try await standing([("2026-04-11", 95)], today: "2026-04-12").status == .missed)
    }

    @Test func `without a check-in nothing is known, and never zero`() async throws {
        let found = try await standing([], today: "2026-02-01")
        #expect(found.status == .unknown)
        #expect(found.progress == nil)
        #expect(try await standing([], today: "2025-12-31").status == .notStarted)
    }

    @Test func `a target below the baseline counts downwards`() async throws {
        let found = try await standing(
            [("2026-02-20", 5)], today: "2026-02-21", baseline: 10, target: 0)
        #expect(found.progress == 0.5)
        #expect(found.status == .onTrack)
    }

    @Test func `a check-in that lies ahead of the day is not looked at`() async throws {
        let found = try await standing(
            [("2026-01-20", 10), ("2026-03-20", 90)], today: "2026-02-01")
        #expect(found.latest?.value == 10)
    }

    @Test func `no forecast from the first days, and old check-ins are stale`() async throws {
        let early = try await standing([("2026-01-05", 9)], today: "2026-01-06")
        #expect(early.forecast == nil)
        #expect(!early.isStale)
        #expect(try await standing([("2026-01-20", 30)], today: "2026-02-21").isStale)
    }

    @Test(arguments: [
        (18_400.0, "€", "€18,400"), (62, "orders", "62\u{00A0}orders"), (3.5, "%", "3.5\u{00A0}%"),
        (-5, "€", "−€5"), (7, "", "7"), (11_619.9, "€", "€11,619.90"),
    ])
    func `says values with their unit`(value: Double, unit: String, words: String) {
        #expect(Objective.words(value, unit: unit) == words)
    }
}
