import Foundation
import Jobs
import Kernel
import Networks
import Publishing
import Store
import Synchronization
import TestSupport
import Testing

struct DeliveryWorkTests {
    /// Runs what is due, then jumps to the due time and beyond in small steps.
    func pass(_ world: PublishingWorld, _ time: Duration, step: Duration = .seconds(5)) async {
        let end = world.clock.now + time
        while world.clock.now < end {
            world.clock.advance(by: step)
            await world.worker.runDue()
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `publishes at the due time with its tagged link`(engine: Engine) async throws {
        try await PublishingWorld.with(engine) { world in
            let sheet = try await world.scheduled()
            await pass(world, .seconds(590))
            #expect(world.network.calls == 0)
            await pass(world, .seconds(15))
            let side = try await world.side(sheet)
            #expect(side.publication.delivery.state == .published)
            #expect(side.publication.latenessText == "on time")
            #expect(side.publication.remote?.url == "https://m.example/1")
            let text = try #require(world.network.posts.first?.text)
            #expect(text.hasPrefix("Fresh beans are in.\n\nhttps://shop.example/beans?utm_source="))
            #expect(side.publication.linkLoss?.contains("no public https address") == true)
            let lines = try await world.desk.attempts(of: side.publication.id, in: world.acme)
            #expect(lines.map(\.outcome) == [.accepted])
        }
    }

    /// Moves to two seconds before the due time, where the worker reads what is to come.
    private func readAhead(_ world: PublishingWorld) async {
        await pass(world, .seconds(595))
        world.clock.advance(by: .seconds(3))
        let told = await world.worker.getReady()
        #expect(told.count == 1)
        #expect(await world.worker.getReady(but: told) == told)
    }

    @Test(arguments: TestDatabase.engines)
    func `a post that was read ahead goes out as it is`(engine: Engine) async throws {
        try await PublishingWorld.with(engine) { world in
            let sheet = try await world.scheduled()
            await readAhead(world)
            #expect(world.network.calls == 0)
            await pass(world, .seconds(15))
            #expect(try await world.side(sheet).publication.delivery.state == .published)
            #expect(world.network.posts.first?.text.hasPrefix("Fresh beans are in.") == true)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `an edit after it was read ahead counts`(engine: Engine) async throws {
        try await PublishingWorld.with(engine) { world in
            let sheet = try await world.scheduled()
            await readAhead(world)
            var draft = PostDraft(sheet)
            draft.text = "Fresher beans are in."
            _ = try await world.desk.save(
                sheet.post.id, draft, revision: nil, in: world.acme,
                by: world.principal)
            await pass(world, .seconds(30))
            #expect(try await world.side(sheet).publication.delivery.state == .published)
            #expect(world.network.posts.map { $0.text.hasPrefix("Fresher") } == [true])
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `a post that is taken off after it was read ahead stays`(engine: Engine) async throws {
        try await PublishingWorld.with(engine) { world in
            let sheet = try await world.scheduled()
            await readAhead(world)
            _ = try await world.desk.unschedule(sheet.post.id, in: world.acme, by: world.principal)
            await pass(world, .seconds(30))
            #expect(world.network.calls == 0)
            // Given a time again, it goes out then.
            try await world.due(sheet)
            await pass(world, .minutes(11))
            #expect(world.network.calls == 1)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `what was read ahead serves one send only`(engine: Engine) async throws {
        try await PublishingWorld.with(engine) { world in
            world.network.script(.dropAfter)
            let sheet = try await world.scheduled()
            await readAhead(world)
            await pass(world, .minutes(12))
            #expect(try await world.side(sheet).publication.proof == "read back: its link")
            #expect(world.network.calls == 1)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `a lost answer is proved and never sent twice`(engine: Engine) async throws {
        try await PublishingWorld.with(engine) { world in
            world.network.script(.dropAfter)
            let sheet = try await world.scheduled()
            await pass(world, .minutes(12))
            let side = try await world.side(sheet)
            #expect(side.publication.delivery.state == .published)
            #expect(side.publication.proof == "read back: its link")
            #expect(world.network.posts.count == 1)
            #expect(world.network.calls == 1)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `a send that never arrived is proved absent and sent again`(engine: Engine) async throws {
        try await PublishingWorld.with(engine) { world in
            world.network.script(.dropBefore, .accept)
            let sheet = try await world.scheduled()
            await pass(world, .minutes(12))
            let side = try await world.side(sheet)
            #expect(side.publication.delivery.state == .published)
            #expect(world.network.posts.count == 1)
            let lines = try await world.desk.attempts(of: side.publication.id, in: world.acme)
            #expect(lines.map(\.outcome) == [.unknown, .absent, .absent, .absent, .accepted])
            #expect(lines.filter { $0.kind == .send }.map(\.fingerprint).count == 2)
            #expect(Set(lines.filter { $0.kind == .send }.map(\.fingerprint)).count == 1)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `a refusal is final and says why`(engine: Engine) async throws {
        try await PublishingWorld.with(engine) { world in
            world.network.script(.fail(.contentRefused))
            let sheet = try await world.scheduled()
            await pass(world, .minutes(20))
            let side = try await world.side(sheet)
            #expect(side.publication.delivery.state == .refused)
            #expect(side.publication.message == "No.")
            #expect(world.network.calls == 1)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `comes back when the network says so, and counts the lateness`(
        engine: Engine
    ) async throws {
        try await PublishingWorld.with(engine) { world in
            world.network.script(.fail(.rateLimited(retryAfter: .seconds(120))))
            let sheet = try await world.scheduled()
            await pass(world, .minutes(13))
            let side = try await world.side(sheet)
            #expect(side.publication.delivery.state == .published)
            #expect(world.network.calls == 2)
            #expect(side.publication.latenessText == "2 min late")
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `lateness ends with the first byte, and each attempt keeps its own`(
        engine: Engine
    ) async throws {
        try await PublishingWorld.with(engine) { world in
            world.network.state.withLock {
                $0.steps = [.fail(.rateLimited(retryAfter: .seconds(120)))]
                $0.slowness = .seconds(40)
            }
            let sheet = try await world.scheduled()
            await pass(world, .minutes(14))
            let side = try await world.side(sheet)
            let lines = try await world.desk.attempts(of: side.publication.id, in: world.acme)
            #expect(lines.map(\.outcome) == [.notAccepted, .accepted])
            #expect(lines.map(\.lateness) == [.zero, .seconds(160)])
            #expect(lines.map(\.answer) == ["HTTP 200", "HTTP 200"])
            #expect(side.publication.lateness == .seconds(160))
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `an address that a person gives is looked up, and is one post only`(
        engine: Engine
    ) async throws {
        try await PublishingWorld.with(engine) { world in
            world.network.script(.dropAfter, .dropAfter)
            world.network.state.withLock {
                $0.proof = .unknown(why: "No way to read back.")
                $0.addresses = [
                    "https://m.example/@acme/9": RemotePost(
                        id: "9", url: "https://m.example/@acme/9")
                ]
            }
            let first = try await world.scheduled()
            let second = try await world.scheduled(world.draft("More beans."))
            await pass(world, .minutes(40))
            let proof = AddressProof(
                database: world.database, connectors: Connectors([world.network.connector]),
                access: { _, _ in
                    Networks.Access(
                        network: .mastodon, server: "https://m.example", accountID: "1",
                        handle: "acme", credentials: Credentials(accessToken: "t"))
                })
            let ids = try await [world.side(first), world.side(second)].map(\.publication.id)
            func verdict(_ address: String) async throws -> AddressProof.Verdict {
                try await proof.verdict(on: address, for: ids[0], in: world.acme)
            }
            #expect(try await verdict("https://m.example/@other/9") == .notOwn)
            guard case .own(let post) = try await verdict("https://m.example/@acme/9") else {
                Issue.record("not recognised")
                return
            }
            let settlement = PostDesk.Settlement.found(address: post.url, post: post)
            _ = try await world.desk.settle(
                ids[0], settlement, in: world.acme, by: world.principal)
            #expect(try await world.side(first).publication.remote?.id == "9")
            let lines = try await world.desk.attempts(of: ids[0], in: world.acme)
            #expect(lines.last?.message?.hasSuffix("the network knows it as ours") == true)
            await #expect(throws: PublishingError.knownElsewhere) {
                try await world.desk.settle(
                    ids[1], settlement, in: world.acme, by: world.principal)
            }
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `a crash between intent and answer leads to a look, not to a second send`(
        engine: Engine
    ) async throws {
        try await PublishingWorld.with(engine) { world in
            let sheet = try await world.scheduled()
            let id = try #require(sheet.sides.first?.publication.id)
            let attempt: ID<Attempt> = world.surroundings.newID()
            let (acme, now) = (world.acme, world.clock.now)
            // What a killed worker leaves behind: the durable intent and no answer.
            try await world.database.write { tx in
                try tx.execute(
                    "UPDATE publication SET state = 'sending', epoch = 1 WHERE id = \(id)")
                try tx.execute(
                    """
                    INSERT INTO attempt (id, workspace_id, publication_id, kind, part, epoch,
                        send_key, fingerprint, started_at)
                    VALUES (\(attempt), \(acme), \(id), 'send', 0, 1, 'k', 'f', \(now))
                    """)
            }
            await pass(world, .minutes(11))
            let side = try await world.side(sheet)
            #expect(side.publication.delivery.state == .published)
            #expect(world.network.posts.count == 1)
            let lines = try await world.desk.attempts(of: id, in: world.acme)
            #expect(lines.map(\.outcome) == [.interrupted, .absent, .absent, .absent, .accepted])
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `what is known as another post proves nothing, and is never taken for a second one`(
        engine: Engine
    ) async throws {
        try await PublishingWorld.with(engine) { world in
            // Two posts say the same; of the second nobody knows whether it arrived.
            world.network.script(.accept, .dropBefore)
            let first = try await world.scheduled()
            await pass(world, .minutes(11))
            let second = try await world.scheduled()
            world.network.state.withLock {
                $0.proof = .found(RemotePost(id: "r1"), by: "its text")
            }
            await pass(world, .minutes(40))
            let probes = world.network.state.withLock { $0.probes }
            #expect(!probes.isEmpty && probes.allSatisfy { $0.others == ["r1"] })
            // Whoever finds it all the same is not believed.
            let (one, other) = try await (world.side(first), world.side(second))
            #expect(one.publication.remote?.id == "r1")
            #expect(other.publication.remote == nil)
            #expect(other.publication.delivery.reason == .doubtful)
            #expect(other.publication.message?.contains("another post of yours") == true)
            #expect(world.network.calls == 2)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `the database refuses a second open send`(engine: Engine) async throws {
        try await PublishingWorld.with(engine) { world in
            let sheet = try await world.scheduled()
            let id = try #require(sheet.sides.first?.publication.id)
            let (acme, surroundings) = (world.acme, world.surroundings)
            await #expect(throws: StoreError.self) {
                try await world.database.write { tx in
                    for _ in 0..<2 {
                        let attempt: ID<Attempt> = surroundings.newID()
                        try tx.execute(
                            """
                            INSERT INTO attempt (id, workspace_id, publication_id, kind, part,
                                epoch, send_key, fingerprint, started_at)
                            VALUES (\(attempt), \(acme), \(id), 'send', 0, 1, 'k', 'f', 0)
                            """)
                    }
                }
            }
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `a network that cannot tell calls a person, who settles it`(engine: Engine) async throws {
        try await PublishingWorld.with(engine) { world in
            world.network.script(.dropAfter)
            world.network.state.withLock { $0.proof = .unknown(why: "No way to read back.") }
            let sheet = try await world.scheduled()
            await pass(world, .minutes(40))
            let side = try await world.side(sheet)
            #expect(side.publication.delivery.reason == .doubtful)
            #expect(try await world.desk.needsYou(in: world.acme).count == 1)
            _ = try await world.desk.settle(
                side.publication.id, .found(address: "https://m.example/9"), in: world.acme,
                by: world.principal)
            let settled = try await world.side(sheet)
            #expect(settled.publication.delivery.state == .published)
            #expect(settled.publication.remote?.url == "https://m.example/9")
            #expect(world.network.calls == 1)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `an unconnected network is published by hand from a phone`(engine: Engine) async throws {
        try await PublishingWorld.with(engine) { world in
            let sheet = try await world.scheduled(world.draft(on: world.byHand))
            await pass(world, .minutes(11))
            let side = try await world.side(sheet)
            #expect(side.publication.delivery.reason == .byHand)
            let token = try #require(side.publication.handToken)
            let hand = try await world.desk.hand(token)
            #expect(hand.parts.first?.contains("utm_source=linkedin") == true)
            await #expect(throws: PublishingError.addressNeeded) {
                try await world.desk.published(byHand: token, address: "nonsense")
            }
            _ = try await world.desk.published(
                byHand: token, address: "https://instagram.example/p/1")
            #expect(try await world.side(sheet).publication.delivery.state == .published)
            await #expect(throws: PublishingError.handLinkOver) { try await world.desk.hand(token) }
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `a thread goes out in order, each part below the one before`(
        engine: Engine
    ) async throws {
        try await PublishingWorld.with(engine) { world in
            var draft = world.draft("One")
            draft.variants[0].furtherParts = ["Two", "Three {link}"]
            world.network.script(.accept, .dropAfter, .accept)
            let sheet = try await world.scheduled(draft)
            await pass(world, .minutes(12))
            let side = try await world.side(sheet)
            #expect(side.publication.delivery.state == .published)
            let posts = world.network.posts
            #expect(posts.map(\.text).prefix(2) == ["One", "Two"])
            #expect(posts.count == 3)
            #expect(posts[1].replyTo?.id == "r1")
            #expect(posts[2].replyTo?.id == "r2")
            #expect(posts[2].threadRoot?.id == "r1")
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `a post moved later waits for the later time`(engine: Engine) async throws {
        try await PublishingWorld.with(engine) { world in
            let sheet = try await world.scheduled()
            _ = try await world.desk.schedule(
                sheet.post.id, at: Due(now: world.clock.now + .minutes(30), in: .utc),
                in: world.acme, by: world.principal)
            await pass(world, .minutes(29))
            #expect(world.network.calls == 0)
            await pass(world, .minutes(2))
            #expect(world.network.calls == 1)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `brings a channel's past in once`(engine: Engine) async throws {
        try await PublishingWorld.with(engine) { world in
            let history = world.history
            #expect(try await history.progress(of: world.channel, in: world.acme) == nil)
            let events = EventLog(
                queue: world.queue, subscriptions: history.handlers().compactMap(\.subscription))
            for _ in 0..<2 {
                try await world.database.write { tx in
                    try events.record(
                        try Event(
                            "channel.connected", workspace: world.acme,
                            subject: "channel:\(world.channel)", summary: "Connected",
                            by: .system("test")), in: tx)
                }
                await world.worker.runDue()
            }
            let found = try await world.desk.list(
                PublicationFilter(origin: .imported), in: world.acme)
            #expect(found.items.map(\.text) == ["An old post"])
            #expect(found.items.first?.publication.delivery.state == .published)
            var progress = try #require(
                try await history.progress(of: world.channel, in: world.acme))
            #expect(progress.finishedAt == world.clock.now)
            #expect(progress.seen == 1)
            #expect(progress.added == 0, "the second import found nothing new")
            #expect(progress.oldestAt != nil)
            // Asked for by a person, and while one runs there is no second.
            for _ in 0..<2 {
                progress = try await history.start(
                    world.channel, in: world.acme, by: world.principal)
                #expect(progress.isRunning(at: world.clock.now))
            }
            await world.worker.runDue()
            progress = try #require(
                try await history.progress(of: world.channel, in: world.acme))
            #expect(progress.isRunning(at: world.clock.now) == false)
            let elsewhere: WorkspaceID = world.surroundings.newID()
            #expect(try await history.progress(of: world.channel, in: elsewhere) == nil)
        }
    }

    /// The channel's past, in which the first post that was accepted is seen too.
    private func importPast(_ world: PublishingWorld) async throws -> [String] {
        let seen = History.Entry(
            post: RemotePost(id: "r1"), text: "As it stands there", at: world.clock.now,
            figures: PostFigures())
        world.network.state.withLock { $0.past = [seen] }
        _ = try await world.history.start(world.channel, in: world.acme, by: world.principal)
        await world.worker.runDue()
        return try await imported(world)
    }

    private func imported(_ world: PublishingWorld) async throws -> [String] {
        try await world.desk.list(PublicationFilter(origin: .imported), in: world.acme)
            .items.map(\.text)
    }

    @Test(arguments: TestDatabase.engines)
    func `an import waits for the outcome of a send, which it may be looking at`(
        engine: Engine
    ) async throws {
        try await PublishingWorld.with(engine) { world in
            world.network.script(.dropAfter)
            let sheet = try await world.scheduled()
            world.clock.advance(by: .minutes(10))
            await world.worker.runDue()
            #expect(try await world.side(sheet).publication.delivery.state == .doubtful)
            #expect(try await importPast(world).isEmpty)
            await pass(world, .minutes(1))
            #expect(try await world.side(sheet).publication.remote?.id == "r1")
            #expect(try await imported(world) == ["An old post"])
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `what was imported gives way to the post of ours that it is`(
        engine: Engine
    ) async throws {
        try await PublishingWorld.with(engine) { world in
            world.network.script(.dropAfter)
            world.network.state.withLock { $0.proof = .unknown(why: "No way to read back.") }
            let sheet = try await world.scheduled()
            await pass(world, .minutes(40))
            // Nobody knows, and nobody tries any more: it is imported as a post of the past.
            #expect(try await importPast(world).count == 2)
            let id = try await world.side(sheet).publication.id
            _ = try await world.desk.settle(
                id, .found(address: nil, post: RemotePost(id: "r1")), in: world.acme,
                by: world.principal)
            #expect(try await world.side(sheet).publication.remote?.id == "r1")
            #expect(try await imported(world) == ["An old post"])
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `a send takes the place of what another process has imported as it`(
        engine: Engine
    ) async throws {
        try await PublishingWorld.with(engine) { world in
            #expect(try await importPast(world).count == 2)
            let sheet = try await world.scheduled()
            await pass(world, .minutes(11))
            let side = try await world.side(sheet)
            #expect(side.publication.delivery.state == .published)
            #expect(side.publication.remote?.id == "r1")
            #expect(try await imported(world) == ["An old post"])
        }
    }
}
