import Kernel
import Planning
import Reviews
import Store
import TestSupport
import Testing

@Suite struct LessonTests {
    private func keep(
        _ world: ReviewWorld, _ statement: String, tags: [String] = [], onBluesky: Bool = false,
        kind: Initiative.Kind? = nil
    ) async throws -> LessonID {
        world.clock.advance(by: .minutes(1))
        return try await world.desk.addLesson(
            LessonDraft(
                statement: statement, tags: tags, channel: onBluesky ? world.bluesky : nil,
                initiativeKind: kind), from: nil, in: world.acme, by: world.principal)
    }

    @Test(arguments: TestDatabase.engines)
    func `a lesson appears beside items that match, the closest first`(
        engine: Engine
    ) async throws {
        try await ReviewWorld.with(engine) { world in
            let channel = try await keep(world, "Short posts", onBluesky: true)
            let tagged = try await keep(world, "No followers buy", tags: ["Giveaways"])
            let elsewhere = try await keep(
                world, "Ask first", tags: ["giveaways"], onBluesky: true)
            _ = try await keep(world, "Unrelated", tags: ["video"])
            let sprint = try await keep(world, "Warn support", kind: .sprint)
            let item = try await world.plan.addItem(
                ItemDraft(
                    title: "Christmas giveaway",
                    month: try ReviewWorld.day("2026-12-01").civilMonth,
                    owner: world.ana), in: world.acme, by: world.principal)
            let found = try await world.desk.lessons(for: item, in: world.acme)
            #expect(Set(found.map(\.lesson.id)) == [tagged, elsewhere])
            #expect(found.first?.reasons == ["about giveaways"])

            let context = LessonContext(
                title: "Thanks", tags: ["giveaways"], channels: [world.bluesky],
                initiativeKind: .sprint)
            let ranked = try await world.desk.lessons(
                for: context, limit: 10, in: world.acme)
            #expect(ranked.map(\.lesson.id) == [elsewhere, tagged, channel, sprint])
            #expect(
                try await world.desk.lessons(for: context, in: world.globex).isEmpty)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `retired lessons are quiet and can be brought back`(engine: Engine) async throws {
        try await ReviewWorld.with(engine) { world in
            let id = try await keep(world, "Short posts", tags: ["text"])
            let context = LessonContext(title: "A text")
            try await world.desk.archiveLesson(id, in: world.acme, by: world.principal)
            #expect(try await world.desk.lessons(for: context, in: world.acme).isEmpty)
            #expect(
                try await world.desk.lessons(
                    LessonFilter(), page: PageRequest(), in: world.acme
                ).items.isEmpty)
            try await world.desk.archiveLesson(id, false, in: world.acme, by: world.principal)
            #expect(
                try await world.desk.lessons(for: context, in: world.acme).map(\.lesson.id)
                    == [id])
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `searches by words and by tag and counts tags`(engine: Engine) async throws {
        try await ReviewWorld.with(engine) { world in
            let short = try await keep(world, "Short posts win", tags: ["text", "Spring menu"])
            let long = try await keep(world, "Long films lose", tags: ["text"])
            func found(_ filter: LessonFilter) async throws -> [LessonID] {
                try await world.desk.lessons(filter, page: PageRequest(), in: world.acme)
                    .items.map(\.id)
            }
            #expect(try await found(LessonFilter(text: "SHORT")) == [short])
            #expect(try await found(LessonFilter(tag: "text")) == [long, short])
            #expect(try await found(LessonFilter(text: "%")) == [])
            let tags = try await world.desk.lessonTags(in: world.acme)
            #expect(tags.map(\.tag) == ["text", "spring-menu"])
            #expect(tags.map(\.count) == [2, 1])
            try await world.desk.changeLesson(
                short,
                to: LessonDraft(
                    statement: "Short posts win", tags: ["short"],
                    evidence: [.init(subject: "item:x", label: "Tip")]), in: world.acme,
                by: world.principal)
            let lesson = try await world.desk.lesson(short, in: world.acme)
            #expect(lesson.tags == ["short"])
            #expect(lesson.evidence.map(\.label) == ["Tip"])
        }
    }
}
