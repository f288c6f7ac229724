import Jobs
import Kernel
import Planning
import Publishing
import Store
import TestSupport
import Testing

struct FreezeTests {
    /// Runs what is due, then moves on in steps of fifteen seconds.
    func pass(_ world: PublishingWorld, _ time: Duration) async {
        let end = world.clock.now + time
        while world.clock.now < end {
            world.clock.advance(by: .seconds(15))
            await world.worker.runDue()
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `nothing due leaves a frozen workspace, and times are kept`(engine: Engine) async throws {
        try await PublishingWorld.with(engine) { world in
            let sheet = try await world.scheduled()
            let due = try await world.side(sheet).publication.delivery.due
            let freeze = try await world.freezes.freeze(
                .workspace, reason: "A recall", in: world.acme, by: world.principal)
            #expect(try await world.freezes.open(in: world.acme).map(\.id) == [freeze.id])
            await pass(world, .minutes(12))
            #expect(world.network.calls == 0)
            let held = try await world.side(sheet).publication
            #expect(held.delivery.state == .needsPerson)
            #expect(held.delivery.reason == .frozen)
            #expect(held.delivery.due == due)
            #expect(held.message == "Held by a freeze: “A recall”.")
            #expect(try await world.freezes.late(freeze.id, in: world.acme).count == 1)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `a post that is not due yet goes out after the freeze as if nothing was`(
        engine: Engine
    ) async throws {
        try await PublishingWorld.with(engine) { world in
            let sheet = try await world.scheduled()
            let freeze = try await world.freezes.freeze(
                .workspace, reason: "", in: world.acme, by: world.principal)
            await pass(world, .minutes(5))
            let lifted = try await world.freezes.lift(
                freeze.id, in: world.acme, by: world.principal)
            #expect(lifted.liftedBy == "Ana Sol")
            await pass(world, .minutes(6))
            #expect(try await world.side(sheet).publication.latenessText == "on time")
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `lifting asks about what became late while no worker ran`(engine: Engine) async throws {
        try await PublishingWorld.with(engine) { world in
            let sheet = try await world.scheduled()
            let freeze = try await world.freezes.freeze(
                .channel(world.channel), reason: "", in: world.acme, by: world.principal)
            world.clock.advance(by: .hours(2))
            #expect(try await world.freezes.late(freeze.id, in: world.acme).count == 1)
            _ = try await world.freezes.lift(freeze.id, in: world.acme, by: world.principal)
            await pass(world, .minutes(1))
            #expect(world.network.calls == 0)
            #expect(try await world.side(sheet).publication.delivery.reason == .frozen)
            #expect(try await world.freezes.late(freeze.id, in: world.acme).count == 1)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `resuming publishes now, moves or leaves each late post`(engine: Engine) async throws {
        try await PublishingWorld.with(engine) { world in
            let freeze = try await world.freezes.freeze(
                .workspace, reason: "", in: world.acme, by: world.principal)
            var posts: [PostSheet] = []
            for text in ["Now.", "Later.", "Never.", "Undecided."] {
                posts.append(try await world.scheduled(world.draft(text)))
            }
            // Later than the twelve hours after which a late post would be asked about again.
            await pass(world, .minutes(11))
            world.clock.advance(by: .hours(20))
            let ids = try posts.map { try #require($0.sides.first).publication.id }
            let moved = Due(now: world.clock.now + .hours(1), in: .utc)
            let done = try await world.freezes.resume(
                freeze.id, [ids[0]: .publishNow, ids[1]: .move(moved), ids[2]: .leave],
                in: world.acme, by: world.principal)
            #expect(done.refused.isEmpty)
            await pass(world, .minutes(1))
            let now = try await states(posts, world)
            #expect(now == [.published, .scheduled, .draft, .needsPerson])
            await pass(world, .hours(1))
            let later = try await states(posts, world)
            #expect(later == [.published, .published, .draft, .needsPerson])
            #expect(world.network.calls == 2)
        }
    }

    private func states(
        _ posts: [PostSheet], _ world: PublishingWorld
    ) async throws -> [Delivery.State] {
        var states: [Delivery.State] = []
        for sheet in posts { states.append(try await world.side(sheet).publication.delivery.state) }
        return states
    }

    @Test(arguments: TestDatabase.engines)
    func `a frozen initiative stops its own posts only`(engine: Engine) async throws {
        try await PublishingWorld.with(engine) { world in
            let (initiative, item) = try await world.initiative()
            var inside = world.draft("Inside.")
            inside.item = item
            let stopped = try await world.desk.create(
                inside, in: world.acme, by: world.principal)
            try await world.due(stopped)
            let other = try await world.scheduled(world.draft("Outside."))
            _ = try await world.freezes.freeze(
                .initiative(initiative), reason: "", in: world.acme, by: world.principal)
            await pass(world, .minutes(11))
            #expect(try await world.side(stopped).publication.delivery.reason == .frozen)
            #expect(try await world.side(other).publication.delivery.state == .published)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `a freeze that comes while pictures are uploaded still holds the post`(
        engine: Engine
    ) async throws {
        try await PublishingWorld.with(engine) { world in
            let sheet = try await world.scheduled()
            world.clock.advance(by: .minutes(10))
            // The worker has read the post; before it commits its intent somebody freezes.
            let freezes = world.freezes
            world.opening.once {
                _ = try await freezes.freeze(
                    .workspace, reason: "", in: world.acme, by: world.principal)
            }
            await world.worker.runDue()
            #expect(world.network.calls == 0)
            #expect(try await world.side(sheet).publication.delivery.reason == .frozen)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `freezing twice is one freeze, and another can follow it`(engine: Engine) async throws {
        try await PublishingWorld.with(engine) { world in
            let first = try await world.freezes.freeze(
                .workspace, reason: "", in: world.acme, by: world.principal)
            let again = try await world.freezes.freeze(
                everything: [world.acme], reason: "More", by: world.principal)
            #expect(again.map(\.id) == [first.id])
            _ = try await world.freezes.lift(first.id, in: world.acme, by: world.principal)
            let next = try await world.freezes.freeze(
                .workspace, reason: "", in: world.acme, by: world.principal)
            #expect(next.id != first.id)
            await #expect(throws: Problem.self) {
                _ = try await world.freezes.freeze(
                    .initiative(world.surroundings.newID()), reason: "", in: world.acme,
                    by: world.principal)
            }
        }
    }
}
