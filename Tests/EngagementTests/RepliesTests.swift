import Channels
import Engagement
import Kernel
import Networks
import Store
import TestSupport
import Testing

@Suite struct `Replies to our own posts` {
    @Test(arguments: TestDatabase.engines, Audience.allCases)
    func `an answer reaches whom the reply reached`(
        engine: Engine, audience: Audience
    ) async throws {
        try await EngagementWorld.with(engine) { world in
            await world.later(.seconds(1))
            // Seen as public first, as before this was kept.
            world.network.write("200", "Between us?", at: world.clock.now)
            await world.later(.minutes(1))
            world.network.set { $0.replies = [] }
            world.network.write("200", "Between us?", at: world.clock.now, audience: audience)
            await world.later(.hours(1))
            let talk = try #require(try await world.sheet())
            #expect(talk.messages.map(\.audience) == [audience])
            let sheet = try await world.desk.answer(
                talk.conversation.id, text: "Yes.", in: world.acme, by: world.principal)
            #expect(world.network.published.last?.audience == audience)
            #expect(sheet.messages.last?.audience == audience)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `arrive once, however often the network tells of them`(engine: Engine) async throws {
        try await EngagementWorld.with(engine) { world in
            await world.later(.seconds(1))
            #expect(try await world.sheet() == nil)
            world.network.write("101", "Where can I buy them?", at: EngagementWorld.start)
            for _ in 0..<4 { await world.later(.seconds(20)) }
            #expect(world.network.looks == 4)
            let sheet = try #require(try await world.sheet())
            #expect(sheet.messages.map(\.text) == ["Where can I buy them?"])
            #expect(sheet.messages.map(\.authorName) == ["Ben"])
            #expect(sheet.conversation.about == "New beans")
            #expect(sheet.conversation.isUnread)
            #expect(try await world.desk.unreadCount(in: world.acme) == 1)
            #expect(try await world.desk.unreadCount(in: world.globex) == 0)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `open a conversation again that was done`(engine: Engine) async throws {
        try await EngagementWorld.with(engine) { world in
            world.network.write("101", "Lovely", at: EngagementWorld.start)
            await world.later(.seconds(1))
            await world.later(.seconds(20))
            let first = try #require(try await world.sheet())
            _ = try await world.desk.mark(
                first.conversation.id, done: true, in: world.acme, by: world.principal)
            #expect(try await world.desk.list(.open, in: world.acme).items.isEmpty)
            #expect(try await world.desk.list(.done, in: world.acme).items.count == 1)
            await world.later(.seconds(20))
            #expect(try await world.desk.list(.open, in: world.acme).items.isEmpty)
            world.network.write("102", "Are they back?", at: world.clock.now)
            await world.later(.seconds(20))
            let open = try await world.desk.list(.open, in: world.acme).items
            #expect(open.map(\.isUnread) == [true])
            #expect(open.map(\.messageCount) == [2])
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `are looked for again after an outage, and not below what is gone`(
        engine: Engine
    ) async throws {
        try await EngagementWorld.with(engine) { world in
            await world.later(.seconds(1))
            world.network.set { $0.failure = NetworkFailure(.unavailable, "Down.") }
            await world.later(.seconds(20))
            #expect(world.network.looks == 1)
            await world.later(.minutes(1))
            #expect(world.network.looks == 1, "an outage is given five minutes")
            world.network.set { $0.failure = nil }
            world.network.write("101", "Hello", at: EngagementWorld.start)
            await world.later(.minutes(5))
            let sheet = try #require(try await world.sheet())
            #expect(sheet.messages.count == 1)
            world.network.set { $0.failure = NetworkFailure(.gone, "Not there.") }
            await world.later(.hours(1))
            let looks = world.network.looks
            await world.later(.days(2))
            #expect(world.network.looks == looks)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `wait as long as a rate limit says`(engine: Engine) async throws {
        try await EngagementWorld.with(engine) { world in
            await world.later(.seconds(1))
            world.network.set {
                $0.failure = NetworkFailure(.rateLimited(retryAfter: .hours(2)), "Slow down.")
            }
            await world.later(.seconds(20))
            await world.later(.hours(1))
            #expect(world.network.looks == 1)
            await world.later(.minutes(61))
            #expect(world.network.looks == 2)
        }
    }

    @Test(arguments: [
        (Duration.zero, Duration.seconds(15)), (.minutes(1), .seconds(15)),
        (.minutes(10), .minutes(1)), (.hours(10), .hours(1)), (.days(20), .hours(6)),
    ])
    func `are looked for less and less often`(age: Duration, pause: Duration) {
        #expect(ReplyWatch.pause(age: age) == pause)
    }

    @Test func `are not looked for after thirty days`() {
        #expect(ReplyWatch.pause(age: .days(30)) == nil)
    }
}

@Suite struct `Answers to replies` {
    /// A conversation in which Ben has asked something.
    private func asked(
        _ engine: Engine, _ body: (EngagementWorld, ConversationID) async throws -> Void
    ) async throws {
        try await EngagementWorld.with(engine) { world in
            world.network.write("101", "Where can I buy them?", at: EngagementWorld.start)
            await world.later(.seconds(1))
            await world.later(.seconds(20))
            let sheet = try #require(try await world.sheet())
            try await body(world, sheet.conversation.id)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `go below the last words, and the conversation is read`(engine: Engine) async throws {
        try await asked(engine) { world, id in
            let sheet = try await world.desk.answer(
                id, text: "  In the shop.", in: world.acme, by: world.principal)
            #expect(sheet.messages.map(\.state) == [.out, .out])
            #expect(sheet.messages.last?.text == "In the shop.")
            #expect(sheet.messages.last?.remoteID == "own-1")
            #expect(!sheet.conversation.isUnread)
            let sent = try #require(world.network.published.first)
            #expect(sent.replyTo?.id == "101")
            #expect(sent.threadRoot?.id == "100")
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `are looked for when the network's word is lost, and never sent twice`(
        engine: Engine
    ) async throws {
        try await asked(engine) { world, id in
            world.network.set {
                $0.publishFailure = NetworkFailure(.ambiguous, "No answer.")
                $0.proof = .found(RemotePost(id: "found"), by: "its own words")
            }
            let sheet = try await world.desk.answer(
                id, text: "In the shop.", in: world.acme, by: world.principal)
            #expect(sheet.messages.last?.state == .out)
            #expect(sheet.messages.last?.remoteID == "found")
            world.network.set { $0.proof = .unknown(why: "The network cannot tell.") }
            let second = try await world.desk.answer(
                id, text: "And online.", in: world.acme, by: world.principal)
            #expect(second.messages.last?.state == .doubtful)
            #expect(second.messages.last?.trouble == "No answer.")
            #expect(world.network.published.count == 2)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `that say the same twice are not taken for each other`(engine: Engine) async throws {
        try await asked(engine) { world, id in
            _ = try await world.desk.answer(
                id, text: "In the shop.", in: world.acme, by: world.principal)
            world.network.set {
                $0.publishFailure = NetworkFailure(.ambiguous, "No answer.")
                $0.proof = .found(RemotePost(id: "own-1"), by: "its own words")
            }
            let sheet = try await world.desk.answer(
                id, text: "In the shop.", in: world.acme, by: world.principal)
            #expect(sheet.messages.map(\.state) == [.out, .out, .doubtful])
            #expect(world.network.probes.map(\.others) == [["own-1"]])
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `that are refused are kept and say why`(engine: Engine) async throws {
        try await asked(engine) { world, id in
            world.network.set {
                $0.publishFailure = NetworkFailure(.contentRefused, "Too long for this server.")
            }
            await #expect(throws: NetworkFailure.self) {
                _ = try await world.desk.answer(
                    id, text: "In the shop.", in: world.acme, by: world.principal)
            }
            let sheet = try #require(try await world.sheet())
            #expect(sheet.messages.last?.state == .refused)
            #expect(sheet.messages.last?.trouble == "Too long for this server.")
            #expect(sheet.conversation.isUnread)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `whose sending was cut off are doubtful, not for ever under way`(
        engine: Engine
    ) async throws {
        try await asked(engine) { world, id in
            let cut: MessageID = world.surroundings.newID()
            let (acme, now) = (world.acme, world.clock.now)
            try await world.database.write { tx in
                try tx.execute(
                    """
                    INSERT INTO message (id, workspace_id, conversation_id, direction, state,
                        author_name, author_handle, body, in_reply_to, at)
                    VALUES (\(cut), \(acme), \(id), 'outgoing', 'sending', 'Ana Sol', 'acme',
                        'In the', '101', \(now))
                    """)
            }
            let before = try #require(try await world.sheet())
            #expect(before.messages.last?.state == .sending)
            await #expect(throws: EngagementError.answerUnderWay) {
                _ = try await world.desk.answer(
                    id, text: "In the shop.", in: world.acme, by: world.principal)
            }
            world.clock.advance(by: .minutes(3))
            let sheet = try #require(try await world.sheet())
            #expect(sheet.messages.last?.state == .doubtful)
            #expect(sheet.messages.last?.trouble?.contains("cut off") == true)
            let after = try await world.desk.answer(
                id, text: "In the shop.", in: world.acme, by: world.principal)
            #expect(after.messages.map(\.state) == [.out, .doubtful, .out])
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `need words, a connection and somebody to answer`(engine: Engine) async throws {
        try await asked(engine) { world, id in
            await #expect(throws: EngagementError.emptyAnswer) {
                _ = try await world.desk.answer(
                    id, text: " \n", in: world.acme, by: world.principal)
            }
            await #expect(throws: EngagementError.noSuchConversation) {
                _ = try await world.desk.answer(
                    id, text: "Hi", in: world.globex, by: world.principal)
            }
            world.network.set { $0.isConnected = false }
            await #expect(throws: EngagementError.notConnected) {
                _ = try await world.desk.answer(
                    id, text: "Hi", in: world.acme, by: world.principal)
            }
            #expect(world.network.published.isEmpty)
        }
    }
}
