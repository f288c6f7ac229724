import Jobs
import Kernel
import Networks
import Publishing
import Store
import Synchronization
import TestSupport
import Testing

/// Posts that people take back from their network.
struct RemovalTests {
    private func pass(_ world: PublishingWorld, _ time: Duration) async {
        let end = world.clock.now + time
        while world.clock.now < end {
            world.clock.advance(by: .seconds(5))
            await world.worker.runDue()
        }
    }

    /// A post that is out.
    private func published(
        _ world: PublishingWorld, _ draft: PostDraft? = nil
    ) async throws -> PostSheet.Side {
        let sheet = try await world.scheduled(draft)
        await pass(world, .minutes(11))
        let side = try await world.side(sheet)
        #expect(side.publication.delivery.state == .published)
        return side
    }

    private func removed(_ side: PostSheet.Side, _ world: PublishingWorld) async throws -> Removal {
        _ = try await world.desk.removeThere(
            side.publication.id, in: world.acme, by: world.principal)
        await world.worker.runDue()
        return try await removal(side, world)
    }

    private func removal(_ side: PostSheet.Side, _ world: PublishingWorld) async throws -> Removal {
        let sheet = try await world.desk.sheet(side.publication.post, in: world.acme)
        return try #require(sheet[side.publication.id]?.removal)
    }

    private func lines(_ side: PostSheet.Side, _ world: PublishingWorld) async throws -> [Attempt] {
        try await world.desk.attempts(of: side.publication.id, in: world.acme)
    }

    @Test(arguments: TestDatabase.engines)
    func `a post is deleted there, and a look proves it`(engine: Engine) async throws {
        try await PublishingWorld.with(engine) { world in
            let side = try await published(world)
            #expect(world.desk.canRemove(side))
            let done = try await removed(side, world)
            #expect(done.state == .removed && done.askedBy == "Ana Sol")
            #expect(done.proof == "reading the account's posts")
            #expect(world.network.deleted == ["r1"])
            let kinds = try await lines(side, world).map {
                [$0.kind.rawValue, $0.outcome?.rawValue]
            }
            #expect(
                kinds == [["send", "accepted"], ["removal", "accepted"], ["look", "absent"]])
            let told = try await world.database.read { tx in
                try tx.rows(
                    "SELECT name FROM event WHERE name LIKE 'publishing.remov%' ORDER BY id"
                )
                .map { try $0("name") as String }
            }
            #expect(told == ["publishing.removal-asked", "publishing.removed"])
            // Asking again changes nothing.
            _ = try await removed(side, world)
            #expect(world.network.deleted == ["r1"])
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `a lost answer is followed by another try until nothing is there`(
        engine: Engine
    ) async throws {
        try await PublishingWorld.with(engine) { world in
            let side = try await published(world)
            world.network.scriptDeletes(.dropBefore, .fail(.unavailable), .dropAfter)
            let first = try await removed(side, world)
            #expect(first.state == .asked && first.message == "Timed out.")
            await pass(world, .minutes(2))
            let done = try await removal(side, world)
            #expect(done.state == .removed)
            let outcomes = try await lines(side, world).filter { $0.kind == .removal }
                .map(\.outcome)
            #expect(outcomes == [.unknown, .notAccepted, .unknown, .accepted])
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `a network that says yes and does nothing is not believed`(engine: Engine) async throws {
        try await PublishingWorld.with(engine) { world in
            let side = try await published(world)
            world.network.state.withLock { $0.keepsWhatIsDeleted = true }
            let first = try await removed(side, world)
            #expect(first.state == .asked && first.message?.contains("still there") == true)
            await pass(world, .hours(3))
            let last = try await removal(side, world)
            #expect(last.state == .refused)
            let fresh = try await world.desk.sheet(side.publication.post, in: world.acme)
            #expect(fresh.sides.first.map(world.desk.canRemove) == true)
            world.network.state.withLock { $0.keepsWhatIsDeleted = false }
            #expect(try await removed(side, world).state == .removed)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `a worker that was killed in between is followed by one that finishes`(
        engine: Engine
    ) async throws {
        try await PublishingWorld.with(engine) { world in
            let side = try await published(world)
            _ = try await world.desk.removeThere(
                side.publication.id, in: world.acme, by: world.principal)
            // The intent is durable, the network has deleted it, and nobody wrote that down.
            try world.network.delete(RemotePost(id: "r1"))
            let id: ID<Attempt> = world.surroundings.newID()
            try await world.database.write { tx in
                try tx.execute(
                    """
                    INSERT INTO removal_attempt (id, workspace_id, publication_id, kind, part,
                        started_at)
                    VALUES (\(id), \(world.acme), \(side.publication.id), 'removal', 0,
                        \(world.clock.now))
                    """)
            }
            await world.worker.runDue()
            #expect(try await removal(side, world).state == .removed)
            let outcomes = try await lines(side, world).filter { $0.kind == .removal }
                .map(\.outcome)
            #expect(outcomes == [.interrupted, .accepted])
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `a thread goes from its end`(engine: Engine) async throws {
        try await PublishingWorld.with(engine) { world in
            var draft = world.draft("One")
            draft.variants[0].furtherParts = ["Two", "Three"]
            let side = try await published(world, draft)
            _ = try await removed(side, world)
            await pass(world, .seconds(20))
            #expect(try await removal(side, world).state == .removed)
            #expect(world.network.deleted == ["r3", "r2", "r1"])
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `what did not go out from here is not deleted from here`(engine: Engine) async throws {
        try await PublishingWorld.with(engine) { world in
            let waiting = try await world.scheduled()
            let early = try await world.side(waiting).publication.id
            await #expect(throws: PublishingError.cannot(.remove, in: .scheduled)) {
                try await world.desk.removeThere(early, in: world.acme, by: world.principal)
            }
            let hand = try await world.scheduled(world.draft(on: world.byHand))
            let id = try await world.side(hand).publication.id
            _ = try await world.desk.settle(
                id, .found(address: "https://l.example/1"), in: world.acme, by: world.principal)
            await #expect(throws: PublishingError.notRemovable) {
                try await world.desk.removeThere(id, in: world.acme, by: world.principal)
            }
        }
    }
}
