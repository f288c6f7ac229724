import Kernel
import Planning
import Reviews
import Store
import Strategy
import TestSupport
import Testing

@Suite struct ReviewDeskTests {
    @Test(arguments: TestDatabase.engines)
    func `reviews open themselves once, with the figures filled in`(engine: Engine) async throws {
        try await ReviewWorld.with(engine) { world in
            _ = try await world.plan.addItem(
                ItemDraft(
                    title: "Tour film", month: try ReviewWorld.day("2026-11-01").civilMonth,
                    owner: world.ana), in: world.acme, by: world.principal)
            #expect(try await world.desk.openDue() == 6)
            #expect(try await world.desk.openDue() == 0)
            let open = try await world.desk.openReviews(in: world.acme)
            #expect(open.map(\.cadence) == [.weekly, .monthly, .quarterly])
            let weekly = try #require(open.first)
            #expect(weekly.title == "Week of 16 November 2026")
            #expect(weekly.figures.happened.first?.value == "4")
            #expect(weekly.figures.surprises.map(\.label) == ["Tour film"])
            #expect(
                weekly.figures.said.map(\.label) == ["Items in the plan", "Tour film"])
            // A week later each workspace has one more week to look back on.
            world.clock.advance(by: .days(7))
            #expect(try await world.desk.openDue() == 2)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `a cycle that is switched off opens nothing`(engine: Engine) async throws {
        try await ReviewWorld.with(engine) { world in
            try await world.desk.setCycle(
                .weekly, isOn: false, in: world.acme, by: world.principal)
            try await world.desk.openDue()
            #expect(
                try await world.desk.openReviews(in: world.acme).map(\.cadence)
                    == [.monthly, .quarterly])
            try await world.desk.setCycle(
                .weekly, isOn: true, in: world.acme, by: world.principal)
            #expect(try await world.desk.openDue() == 1)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `a review ends as a minute that nobody changes by accident`(
        engine: Engine
    ) async throws {
        try await ReviewWorld.with(engine) { world in
            let id = try await world.openReview()
            await #expect(throws: ReviewError.nothingFound) {
                try await world.desk.finish(
                    id, summary: "", in: world.acme, by: world.principal)
            }
            _ = try await world.desk.addFinding(
                .init(kind: .worked, what: "The film", why: "faces"), to: id, in: world.acme,
                by: world.principal)
            _ = try await world.desk.addLesson(
                .init(statement: "Faces work", tags: ["film"]), from: id, in: world.acme,
                by: world.principal)
            try await world.desk.finish(
                id, summary: "A good week.", in: world.acme, by: world.principal)
            await #expect(throws: ReviewError.finishedAlready) {
                try await world.desk.addFinding(
                    .init(kind: .didNot, what: "Late"), to: id, in: world.acme,
                    by: world.principal)
            }
            let detail = try await world.desk.review(id, in: world.acme)
            #expect(detail.review.summary == "A good week.")
            #expect(detail.review.finishedBy == "Ana Sol")
            #expect(detail.lessons.first?.evidence.map(\.subject) == ["review:\(id)"])
            await #expect(throws: ReviewError.noSuchReview) {
                try await world.desk.review(id, in: world.globex)
            }
            try await world.desk.reopen(id, in: world.acme, by: world.principal)
            #expect(try await world.desk.openReviews(in: world.acme).map(\.id) == [id])
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `a decision lands in the plan once and is asked about in the next review`(
        engine: Engine
    ) async throws {
        try await ReviewWorld.with(engine) { world in
            let review = try await world.openReview()
            let decision = try await world.desk.addDecision(
                .init(
                    what: "Film the next tour", why: "faces work", owner: world.ana,
                    dueOn: try ReviewWorld.day("2026-11-25")), to: review, in: world.acme,
                by: world.principal)
            let month = try ReviewWorld.day("2026-12-01").civilMonth
            let item = try await world.desk.planDecision(
                decision, for: month, in: world.acme, by: world.principal)
            #expect(
                try await world.plan.item(item, in: world.acme).item.title
                    == "Film the next tour")
            await #expect(throws: ReviewError.plannedAlready) {
                try await world.desk.planDecision(
                    decision, for: month, in: world.acme, by: world.principal)
            }
            world.clock.advance(by: .days(7))
            try await world.desk.openDue()
            let next = try #require(
                try await world.desk.openReviews(in: world.acme).first {
                    $0.period.startsOn.description == "2026-11-23"
                })
            #expect(
                next.figures.said.contains {
                    $0.subject == "decision:\(decision)" && $0.value == "Still open"
                })
            try await world.desk.settle(
                decision, as: .done, in: world.acme, by: world.principal)
            #expect(try await world.desk.openDecisions(in: world.acme).isEmpty)
            #expect(
                try await world.desk.decisions(page: PageRequest(), in: world.acme).items.count
                    == 1)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `late figures can be filled in again while the review is open`(
        engine: Engine
    ) async throws {
        try await ReviewWorld.with(engine) { world in
            let id = try await world.openReview()
            let goal = try await world.strategy.addGoal(
                .init(kind: .revenue, title: "sell"), in: world.acme, by: world.principal)
            let objective = try await world.strategy.addObjective(
                ObjectiveDraft(
                    businessGoal: goal, title: "Orders", kpi: "Orders", unit: "",
                    baseline: 0, target: 10, startsOn: try ReviewWorld.day("2026-11-01"),
                    dueOn: try ReviewWorld.day("2026-12-01"), owner: world.ana), in: world.acme,
                by: world.principal)
            try await world.desk.refreshFigures(
                of: id, zone: world.berlin, in: world.acme, by: world.principal)
            let line = try await world.desk.review(id, in: world.acme).review.figures.happened
                .last
            #expect(line?.subject == "objective:\(objective)")
            #expect(line?.value == "—")
            #expect(line?.note == "no check-in yet, target 10")
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `reviews of time that is not over, or opened before, are refused`(
        engine: Engine
    ) async throws {
        try await ReviewWorld.with(engine) { world in
            _ = try await world.openReview()
            await #expect(throws: ReviewError.openedAlready) { try await world.openReview() }
            await #expect(throws: ReviewError.periodNotOver) {
                try await world.desk.open(
                    .monthly, holding: try ReviewWorld.day("2026-11-02"), zone: world.berlin,
                    in: world.acme, by: world.principal)
            }
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `time that has begun can be looked at so far, and fills up when it is over`(
        engine: Engine
    ) async throws {
        try await ReviewWorld.with(engine) { world in
            let today = CivilDate(world.clock.now, in: world.berlin)
            let id = try await world.desk.open(
                .weekly, holding: today, soFar: true, zone: world.berlin, in: world.acme,
                by: world.principal)
            await #expect(throws: ReviewError.periodNotBegun) {
                try await world.desk.open(
                    .weekly, holding: today.adding(days: 7), soFar: true, zone: world.berlin,
                    in: world.acme, by: world.principal)
            }
            let early = try await world.desk.review(id, in: world.acme).review
            #expect(early.period.endsOn >= today)
            world.clock.advance(by: .days(8))
            try await world.desk.openDue()
            let whole = try await world.desk.review(id, in: world.acme).review
            #expect(whole.figuresAt > early.figuresAt)
            #expect(whole.state == .open)
        }
    }
}
