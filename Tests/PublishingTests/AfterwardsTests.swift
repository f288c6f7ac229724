import Foundation
import Jobs
import Kernel
import Planning
import Publishing
import Store
import TestSupport
import Testing

/// What follows from posts beyond the network: plan items move, files of nobody go.
@Suite struct AfterwardsTests {
    @Test(arguments: TestDatabase.engines)
    func `an item is in work once a post is scheduled, and done once all are out`(
        engine: Engine
    ) async throws {
        try await PublishingWorld.with(engine) { world in
            let month = try #require(CivilMonth("2026-12"))
            let item = try await world.plan.addItem(
                ItemDraft(title: "Roastery tour", month: month, owner: world.member),
                in: world.acme, by: world.principal)
            try await world.plan.keepBrief(
                BriefDraft(what: "a", when: "b", how: "c", toWhom: "d", why: "e"), of: item,
                in: world.acme, by: world.principal)
            var draft = world.draft()
            draft.item = item
            let first = try await world.scheduled(draft)
            let second = try await world.desk.create(draft, in: world.acme, by: world.principal)
            await world.worker.runDue()
            #expect(try await state(of: item, world) == .inWork)
            await pass(world, .minutes(11))
            #expect(try await world.side(first).publication.delivery.state == .published)
            #expect(try await state(of: item, world) == .inWork)
            _ = try await world.desk.publishNow(
                second.post.id, zone: .utc, in: world.acme, by: world.principal)
            await pass(world, .minutes(1))
            #expect(try await state(of: item, world) == .done)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `files that no workspace has are swept away, young ones are not`(
        engine: Engine
    ) async throws {
        try await PublishingWorld.with(engine) { world in
            let picture = try #require(
                Data(
                    base64Encoded: "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
                        + "+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="))
            let stored = try await world.pictures.add(
                picture, fileName: "dot.png", in: world.acme)
            let sweep = PictureSweep(store: world.pictures)
            // The file's own time is the machine's, so the manual clock goes far ahead of it.
            world.clock.set(Instant(Date.distantFuture))
            #expect(try await sweep.sweep() == 0)
            try await world.database.write { tx in
                try tx.execute("DELETE FROM workspace WHERE id = \(world.acme)")
            }
            world.clock.set(Instant(Date.distantPast))
            #expect(try await sweep.sweep() == 0)
            world.clock.set(Instant(Date.distantFuture))
            #expect(try await sweep.sweep() == 1)
            await #expect(throws: (any Error).self) {
                try await world.pictures.read(stored.id, in: world.acme)
            }
        }
    }

    private func state(of item: ItemID, _ world: PublishingWorld) async throws -> PlanItem.State {
        try await world.plan.item(item, in: world.acme).item.state
    }

    private func pass(_ world: PublishingWorld, _ time: Duration) async {
        let end = world.clock.now + time
        while world.clock.now < end {
            world.clock.advance(by: .seconds(5))
            await world.worker.runDue()
        }
    }
}
