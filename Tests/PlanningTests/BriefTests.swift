import Kernel
import Planning
import Store
import Strategy
import TestSupport
import Testing

@Suite struct BriefTests {
    @Test func `asks for everything that nobody has said`() throws {
        let sources = BriefSources(title: "Tour", month: try PlanWorld.month("2026-12"))
        let brief = Brief(BriefDraft(), sources)
        #expect(brief.missing == [.how, .toWhom, .why])
        #expect(brief[.what]?.text == "Tour")
        #expect(brief[.when]?.text == "In December 2026")
        #expect(brief[.when]?.origin == .plan)
    }

    @Test func `blank answers are no answers`() throws {
        let sources = BriefSources(title: "Tour", month: try PlanWorld.month("2026-12"))
        let brief = Brief(BriefDraft(how: "  \n", toWhom: "brewers", why: "to sell"), sources)
        #expect(brief.missing == [.how])
    }

    @Test func `what a person writes wins`() throws {
        var sources = BriefSources(title: "Tour", month: try PlanWorld.month("2026-12"))
        sources.voice.sound = "warm"
        let brief = Brief(BriefDraft(what: "A film", how: "Handheld"), sources)
        #expect(brief[.what]?.text == "A film")
        #expect(brief[.how]?.text == "Handheld")
        #expect(brief[.how]?.origin == .written)
        #expect(Brief(BriefDraft(), sources)[.how]?.origin == .voice)
    }

    @Test(arguments: TestDatabase.engines)
    func `charter and objective answer, so that scheduling may go on`(engine: Engine) async throws {
        try await PlanWorld.with(engine) { world in
            let id = try await world.item(
                "Roastery tour", "2026-12", channels: [world.bluesky], objective: world.objective)
            await #expect(
                throws: PlanError.briefIncomplete(missing: [.how, .toWhom], item: id)
            ) {
                try await world.database.read { tx in
                    try PlanDesk.requireBrief(id, in: world.acme, tx)
                }
            }
            _ = try await world.strategy.keepCharter(
                of: world.bluesky,
                .init(role: .discovery, audience: "home brewers", voice: "warm"),
                in: world.acme, by: world.principal)
            try await world.database.read { tx in
                try PlanDesk.requireBrief(id, in: world.acme, tx)
            }
            let brief = try await world.plan.item(id, in: world.acme).brief
            #expect(
                brief[.why]?.text
                    == "To bring orders from 20\u{00A0}orders to 100\u{00A0}orders by "
                    + "31 March 2027, for our goal to sell 1,200 bags a month")
            #expect(brief[.toWhom]?.origin == .charter)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `a complete brief makes a planned item briefed`(engine: Engine) async throws {
        try await PlanWorld.with(engine) { world in
            let id = try await world.item("Tour", "2026-12")
            try await world.plan.keepBrief(
                BriefDraft(how: "film"), of: id, in: world.acme, by: world.principal)
            #expect(try await world.plan.item(id, in: world.acme).item.state == .idea)
            await #expect(
                throws: PlanError.briefIncomplete(missing: [.toWhom, .why], item: id)
            ) {
                try await world.plan.setState(
                    .inWork, of: id, in: world.acme, by: world.principal)
            }
            try await world.plan.keepBrief(
                BriefDraft(how: "film", toWhom: "brewers", why: "trust"), of: id,
                in: world.acme, by: world.principal)
            let detail = try await world.plan.item(id, in: world.acme)
            #expect(detail.item.state == .briefed)
            #expect(detail.written.how == "film")
        }
    }

    @Test func `the refusal names what is missing in words`() {
        let id: ItemID = ManualClock(Instant(milliseconds: 0)).surroundings(seed: 1).newID()
        let problem = PlanError.briefIncomplete(missing: [.how, .toWhom, .why], item: id).problem
        #expect(problem.message.contains("does not say how, to whom and why yet"))
        #expect(problem.code == "planning.brief-incomplete")
    }
}
