import Foundation
import Jobs
import Kernel
import Networks
import Store
import Synchronization
import TestSupport
import Testing

@testable import Publishing

/// The decision alone.
struct PreflightDecisionTests {
    let now = PublishingWorld.start

    func facts(_ account: Preflight.Facts.Account, in time: Duration = .hours(20))
        -> Preflight.Facts
    {
        Preflight.Facts(channel: "Acme", network: "Mastodon", account: account, due: now + time)
    }

    func kinds(_ facts: Preflight.Facts) -> [PreflightFinding.Kind] {
        Preflight.findings(facts, at: now).map(\.kind)
    }

    @Test func `nothing is wrong with a good account`() {
        #expect(kinds(facts(.good(AccountStanding()))).isEmpty)
        #expect(kinds(facts(.byHand)).isEmpty)
    }

    @Test func `a lost sign-in, missing rights and restrictions are for who manages channels`() {
        let expired = NetworkFailure(.authorizationExpired, "No.")
        #expect(kinds(facts(.lost)) == [.signIn])
        #expect(kinds(facts(.failed(expired))) == [.signIn])
        #expect(kinds(facts(.failed(NetworkFailure(.notPermitted, "No.")))) == [.account])
        let poor = AccountStanding(
            missingRights: ["write:media"], restriction: "Suspended.", postsLeft: 0)
        let found = Preflight.findings(facts(.good(poor)), at: now)
        #expect(found.map(\.kind) == [.account, .rights, .quota])
        #expect(found.allSatisfy { $0.mender == .channels })
        #expect(found[1].message == "Acme lacks the right to write:media. Connect it again.")
    }

    @Test func `a network that cannot be reached counts only in the last hour`() {
        let failure = NetworkFailure(.unavailable, "Down.")
        #expect(kinds(facts(.failed(failure))).isEmpty)
        #expect(kinds(facts(.failed(failure), in: .hours(1))) == [.unreachable])
    }

    @Test func `a sign-in that ends before the due time is found, whoever tells it`() {
        var stored = facts(.good(AccountStanding()))
        stored.signInEnds = now + .hours(19)
        #expect(kinds(stored) == [.signInEnds])
        stored.signInEnds = now + .hours(21)
        #expect(kinds(stored).isEmpty)
        #expect(kinds(facts(.good(AccountStanding(signInEnds: now + .hours(2))))) == [.signInEnds])
    }

    @Test func `content is for the author, stops are for publishers`() {
        var facts = facts(.byHand)
        facts.brokenRules = ["The text is too long."]
        facts.missingPictures = ["cup.jpg"]
        facts.frozen = "A recall"
        facts.isPaused = true
        facts.isArchived = true
        let found = Preflight.findings(facts, at: now)
        #expect(found.map(\.kind) == [.archived, .frozen, .paused, .picture, .rule])
        #expect(
            found.map(\.mender) == [.publishers, .publishers, .publishers, .author, .author])
        #expect(
            found[1].message == "Publishing is frozen: “A recall”. Resume it to let this go out.")
    }

    @Test func `looks again at the last hour, and more often while something is wrong`() {
        let due = now + .hours(24)
        #expect(Preflight.next(due, hasFindings: false, at: now) == due - .hours(1))
        #expect(Preflight.next(due, hasFindings: true, at: now) == now + .hours(1))
        #expect(Preflight.next(due, hasFindings: false, at: due - .hours(1)) == nil)
        #expect(
            Preflight.next(due, hasFindings: true, at: due - .hours(1)) == due - .minutes(50))
        #expect(Preflight.next(due, hasFindings: true, at: due - .minutes(9)) == nil)
        // Half past the last-but-one look, the look of the last hour is not passed over.
        #expect(
            Preflight.next(due, hasFindings: true, at: due - .minutes(90)) == due - .hours(1))
    }
}

/// The work around it, on both engines.
struct PreflightTests {
    /// A post that is due after `time`.
    func post(_ world: PublishingWorld, in time: Duration, _ draft: PostDraft? = nil) async throws
        -> PostSheet
    {
        let sheet = try await world.desk.create(
            draft ?? world.draft(), in: world.acme, by: world.principal)
        return try await world.desk.schedule(
            sheet.post.id, at: Due(now: world.clock.now + time, in: .utc), in: world.acme,
            by: world.principal)
    }

    func pass(_ world: PublishingWorld, _ time: Duration, step: Duration = .minutes(5)) async {
        let end = world.clock.now + time
        while world.clock.now < end {
            world.clock.advance(by: step)
            await world.worker.runDue()
        }
    }

    func told(_ world: PublishingWorld, _ sheet: PostSheet) async throws -> [String] {
        let subject = try await world.side(sheet).publication.subject
        return try await world.database.read { tx in
            try tx.rows(
                """
                SELECT name FROM event WHERE subject = \(subject)
                    AND name LIKE 'publishing.preflight%' ORDER BY id
                """
            ).map { try $0("name") as String }
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `asks a day and an hour ahead, and a good post goes out untouched`(
        engine: Engine
    ) async throws {
        try await PublishingWorld.with(engine) { world in
            let sheet = try await post(world, in: .hours(30))
            await pass(world, .hours(5))
            #expect(world.network.state.withLock { $0.questions } == 0)
            await pass(world, .hours(2))
            #expect(world.network.state.withLock { $0.questions } == 1)
            let id = try await world.side(sheet).publication.id
            let look = try await world.desk.preflights(of: [id], in: world.acme)[id]
            #expect(look?.findings.isEmpty == true)
            await pass(world, .hours(22))
            #expect(world.network.state.withLock { $0.questions } == 2)
            await pass(world, .hours(2))
            #expect(try await world.side(sheet).publication.delivery.state == .published)
            #expect(try await told(world, sheet).isEmpty)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `tells once of a lost sign-in, and once when it is mended`(engine: Engine) async throws {
        try await PublishingWorld.with(engine) { world in
            world.network.state.withLock {
                $0.standing = .failure(NetworkFailure(.authorizationExpired, "No."))
            }
            let sheet = try await post(world, in: .hours(10))
            await world.worker.runDue()
            let atRisk = try await world.desk.atRisk(in: world.acme)
            #expect(atRisk.map(\.warnings).first?.map(\.kind) == [.signIn])
            await pass(world, .hours(4))
            #expect(try await told(world, sheet) == ["publishing.preflight-failed"])
            world.network.state.withLock { $0.standing = .success(AccountStanding()) }
            await pass(world, .hours(2))
            #expect(
                try await told(world, sheet)
                    == ["publishing.preflight-failed", "publishing.preflight-passed"])
            #expect(try await world.desk.atRisk(in: world.acme).isEmpty)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `moves with the schedule, and what was found for another time does not count`(
        engine: Engine
    ) async throws {
        try await PublishingWorld.with(engine) { world in
            world.network.state.withLock {
                $0.standing = .failure(NetworkFailure(.notPermitted, "No."))
            }
            let sheet = try await post(world, in: .hours(10))
            await world.worker.runDue()
            #expect(try await world.desk.atRisk(in: world.acme).count == 1)
            _ = try await world.desk.schedule(
                sheet.post.id, at: Due(now: world.clock.now + .days(3), in: .utc),
                in: world.acme, by: world.principal)
            #expect(try await world.desk.atRisk(in: world.acme).isEmpty)
            let questions = world.network.state.withLock { $0.questions }
            await pass(world, .days(1), step: .hours(1))
            #expect(world.network.state.withLock { $0.questions } == questions)
            await pass(world, .hours(26), step: .hours(1))
            #expect(try await world.desk.atRisk(in: world.acme).count == 1)
            _ = try await world.desk.unschedule(
                sheet.post.id, in: world.acme, by: world.principal)
            #expect(try await world.desk.atRisk(in: world.acme).isEmpty)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `asks a network once a minute, however many posts are due`(engine: Engine) async throws {
        try await PublishingWorld.with(engine) { world in
            for _ in 0..<6 { _ = try await post(world, in: .hours(3)) }
            await world.worker.runDue()
            #expect(world.network.state.withLock { $0.questions } == 1)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `asks again for a sign-in that was made since`(engine: Engine) async throws {
        try await PublishingWorld.with(engine) { world in
            _ = try await post(world, in: .hours(3))
            await world.worker.runDue()
            // The row alone: what was asked with the old sign-in was under way meanwhile.
            try await world.database.write { tx in
                try tx.execute(
                    "UPDATE channel SET connected_at = 77 WHERE id = \(world.channel)")
            }
            for _ in 0..<2 { _ = try await post(world, in: .hours(3)) }
            await world.worker.runDue()
            #expect(world.network.state.withLock { $0.questions } == 3)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `holds the text against what the server itself allows`(engine: Engine) async throws {
        try await PublishingWorld.with(engine) { world in
            _ = try await post(world, in: .hours(3))
            world.network.state.withLock { $0.limits = [.textLength: 5] }
            world.clock.advance(by: .hours(2))
            await world.worker.runDue()
            let found = try await world.desk.atRisk(in: world.acme).flatMap(\.warnings)
            #expect(found.map(\.kind) == [.rule])
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `a freeze and a pause are found at once, and gone with them`(
        engine: Engine
    ) async throws {
        try await PublishingWorld.with(engine) { world in
            _ = try await post(world, in: .hours(3))
            await world.worker.runDue()
            let freeze = try await world.freezes.freeze(
                .channel(world.channel), reason: "A recall", in: world.acme, by: world.principal)
            await world.worker.runDue()
            let found = try await world.desk.atRisk(in: world.acme)
            #expect(found.flatMap(\.warnings).map(\.kind) == [.frozen])
            _ = try await world.freezes.lift(freeze.id, in: world.acme, by: world.principal)
            await world.worker.runDue()
            #expect(try await world.desk.atRisk(in: world.acme).isEmpty)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `a picture whose file is gone is found, once for each post`(engine: Engine) async throws {
        try await PublishingWorld.with(engine) { world in
            let dot = try #require(
                Data(
                    base64Encoded: "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
                        + "+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="))
            let picture = try await world.pictures.add(
                dot, fileName: "cup.png", in: world.acme)
            var draft = world.draft()
            draft.pictures = [PlacedPicture(picture: picture.id, altText: "A cup")]
            _ = try await post(world, in: .hours(3), draft)
            await world.worker.runDue()
            #expect(try await world.desk.atRisk(in: world.acme).isEmpty)
            try FileManager.default.removeItem(atPath: world.pictures.folder)
            // With PostgreSQL the database has it too, for the other processes.
            try await world.database.write { tx in
                _ = try tx.execute("DELETE FROM media_file")
            }
            await pass(world, .hours(2))
            let troubles = PreflightTrouble.all(try await world.desk.atRisk(in: world.acme))
            #expect(troubles.map(\.finding.kind) == [.picture])
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `looks at what was scheduled before there was a look`(engine: Engine) async throws {
        try await PublishingWorld.with(engine) { world in
            _ = try await post(world, in: .hours(3))
            try await world.database.write { tx in
                _ = try tx.execute("DELETE FROM job WHERE kind = 'publishing.preflight'")
            }
            try await world.preflight.start()
            try await world.preflight.start()
            await world.worker.runDue()
            #expect(world.network.state.withLock { $0.questions } == 1)
        }
    }
}
