import Foundation
import Jobs
import Kernel
import Networks
import Publishing
import Store
import TestSupport
import Testing

struct LiveRulesTests {
    /// The account's own server says that it takes so many characters.
    private func say(_ limit: Int, _ world: PublishingWorld) async throws {
        let text = "{\"textLength\":\(limit)}"
        try await world.database.write { tx in
            try tx.execute(
                """
                UPDATE channel SET live_limits = \(text), limits_read_at = \(world.clock.now)
                WHERE id = \(world.channel)
                """)
        }
    }

    private func words(_ count: Int) -> String { String(repeating: "x", count: count) }

    private func draft(_ count: Int, _ world: PublishingWorld) -> PostDraft {
        var draft = world.draft(words(count))
        draft.destination = nil
        return draft
    }

    @Test(arguments: TestDatabase.engines)
    func `a server's own limit holds where its posts are planned`(engine: Engine) async throws {
        try await PublishingWorld.with(engine) { world in
            try await say(5000, world)
            let long = try await world.scheduled(draft(4000, world))
            #expect(long.state == .scheduled)
            let rule = try await world.side(long).channel.rules.rule(.textLength)
            #expect(rule?.limit == 5000 && rule?.source == "https://m.example")
            #expect(rule?.isLive == true && rule?.checked == "2026-11-23")
            try await say(300, world)
            await #expect(
                throws: PublishingError.rulesBroken(
                    channel: "Acme", ["The text is 301 characters long; Mastodon takes 300."])
            ) { try await world.scheduled(draft(301, world)) }
        }
    }

    @Test(arguments: TestDatabase.engines, [(501, "501 characters"), (0, "nothing to publish")])
    func `an edit of a planned post that its network would refuse is not saved`(
        engine: Engine, edit: (count: Int, says: String)
    ) async throws {
        try await PublishingWorld.with(engine) { world in
            let sheet = try await world.scheduled(draft(20, world))
            let error = await #expect(throws: PublishingError.self) {
                try await world.desk.save(
                    sheet.post.id, draft(edit.count, world), revision: nil, in: world.acme,
                    by: world.principal)
            }
            let message = try #require(error).problem.message
            #expect(message.contains(edit.says))
            #expect(message.contains("take it off the calendar first"))
            let side = try await world.side(sheet)
            #expect(side.content.text == words(20))
            #expect(side.publication.delivery.state == .scheduled)
            // Off the calendar it may say anything.
            _ = try await world.desk.unschedule(
                sheet.post.id, in: world.acme, by: world.principal)
            _ = try await world.desk.save(
                sheet.post.id, draft(edit.count, world), revision: nil, in: world.acme,
                by: world.principal)
            #expect(try await world.side(sheet).publication.delivery.state == .draft)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `a warning that makes a planned post too long is not saved`(
        engine: Engine
    ) async throws {
        try await PublishingWorld.with(engine) { world in
            let sheet = try await world.scheduled(draft(490, world))
            var warned = draft(490, world)
            warned.variants[0].contentWarning = "food and drink"
            await #expect(throws: PublishingError.self) {
                try await world.desk.save(
                    sheet.post.id, warned, revision: nil, in: world.acme, by: world.principal)
            }
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `the worker asks the rules again before anything leaves`(engine: Engine) async throws {
        try await PublishingWorld.with(engine) { world in
            try await say(5000, world)
            let sheet = try await world.scheduled(draft(900, world))
            try await say(500, world)
            world.clock.advance(by: .minutes(6))
            await world.worker.runDue()
            let side = try await world.side(sheet)
            #expect(side.publication.delivery.state == .refused)
            #expect(
                side.publication.message == "The text is 900 characters long; Mastodon takes 500.")
            world.clock.advance(by: .minutes(6))
            await world.worker.runDue()
            #expect(world.network.calls == 0)
            let lines = try await world.desk.attempts(of: side.publication.id, in: world.acme)
            #expect(lines.map(\.outcome) == [.refused] && lines.first?.code == "rules")
            #expect(try await world.desk.needsYou(in: world.acme).count == 1)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `a post sent at once is asked too`(engine: Engine) async throws {
        try await PublishingWorld.with(engine) { world in
            try await say(5000, world)
            let sheet = try await world.desk.create(
                draft(900, world), in: world.acme, by: world.principal)
            _ = try await world.desk.publishNow(
                sheet.post.id, zone: .utc, in: world.acme, by: world.principal)
            try await say(500, world)
            await world.worker.runDue()
            #expect(world.network.calls == 0)
            #expect(try await world.side(sheet).publication.delivery.state == .refused)
        }
    }
}
