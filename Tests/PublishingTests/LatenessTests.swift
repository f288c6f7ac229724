import Jobs
import Kernel
import Networks
import Publishing
import Store
import Synchronization
import TestSupport
import Testing

struct LatenessTests {
    @Test(
        arguments: TestDatabase.engines, LatePolicy.Action.allCases)
    func `after a four-hour outage a post does what its rule says`(
        engine: Engine, action: LatePolicy.Action
    ) async throws {
        try await PublishingWorld.with(engine) { world in
            let sheet = try await world.scheduled()
            try await world.desk.setLatePolicy(
                LatePolicy(after: .hours(1), action: action), .post(sheet.post.id),
                in: world.acme, by: world.principal)
            world.clock.advance(by: .hours(4) + .minutes(10))
            await world.worker.runDue()
            let publication = try await world.side(sheet).publication
            switch action {
            case .publish:
                #expect(publication.delivery.state == .published)
                #expect(publication.latenessText == "4 h late")
            case .hold:
                #expect(publication.delivery.state == .draft)
                #expect(publication.delivery.due == nil)
                #expect(publication.message?.hasPrefix("It was 4 hours late") == true)
            case .ask:
                #expect(publication.delivery.reason == .tooLate)
                #expect(
                    publication.message == "The due time passed 4 hours ago. Publish it still?")
            }
            #expect(world.network.posts.count == (action == .publish ? 1 : 0))
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `the closest rule counts: post, channel, workspace, twelve hours`(
        engine: Engine
    ) async throws {
        try await PublishingWorld.with(engine) { world in
            let sheet = try await world.scheduled()
            let id = try #require(sheet.sides.first).publication.id
            let rules = [
                LatePolicy(after: .hours(3), action: .hold),
                LatePolicy(after: .hours(2), action: .publish),
                LatePolicy(after: .minutes(5), action: .ask),
            ]
            let scopes: [LateScope] = [
                .workspace, .channel(world.channel), .post(sheet.post.id),
            ]
            #expect(
                try await world.desk.latePolicy(of: id, in: world.acme)
                    == LatePolicy(after: .hours(12), action: .ask))
            for (scope, rule) in zip(scopes, rules) {
                try await world.desk.setLatePolicy(
                    rule, scope, in: world.acme, by: world.principal)
                #expect(try await world.desk.latePolicy(of: id, in: world.acme) == rule)
            }
            for (scope, rule) in zip(scopes.reversed(), rules.reversed()) {
                #expect(try await world.desk.latePolicy(scope, in: world.acme) == rule)
                try await world.desk.setLatePolicy(
                    nil, scope, in: world.acme, by: world.principal)
            }
            #expect(try await world.desk.latePolicy(of: id, in: world.acme) == .standard)
            await #expect(throws: PublishingError.latePolicy) {
                try await world.desk.setLatePolicy(
                    LatePolicy(after: .seconds(5), action: .ask), .workspace, in: world.acme,
                    by: world.principal)
            }
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `a person's word is enough, however late it is`(engine: Engine) async throws {
        try await PublishingWorld.with(engine) { world in
            let sheet = try await world.scheduled()
            let id = try #require(sheet.sides.first).publication.id
            world.clock.advance(by: .hours(20))
            await world.worker.runDue()
            #expect(try await world.side(sheet).publication.delivery.reason == .tooLate)
            _ = try await world.desk.settle(id, .absent, in: world.acme, by: world.principal)
            await world.worker.runDue()
            #expect(try await world.side(sheet).publication.delivery.state == .published)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `an outage of the network outlasts no post that is to go out anyway`(
        engine: Engine
    ) async throws {
        try await PublishingWorld.with(engine) { world in
            let sheet = try await world.scheduled()
            try await world.desk.setLatePolicy(
                LatePolicy(after: .hours(1), action: .publish), .workspace, in: world.acme,
                by: world.principal)
            world.network.state.withLock {
                $0.steps = Array(repeating: .fail(.unavailable), count: 30)
            }
            for _ in 0..<(6 * 60) {
                world.clock.advance(by: .minutes(1))
                await world.worker.runDue()
            }
            #expect(try await world.side(sheet).publication.delivery.state == .published)
            #expect(world.network.posts.count == 1)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `a clock that jumps two hours either way sends each post once`(
        engine: Engine
    ) async throws {
        try await PublishingWorld.with(engine) { world in
            let soon = try await world.scheduled(world.draft("Soon."))
            let later = try await world.desk.create(
                world.draft("Later."), in: world.acme, by: world.principal)
            _ = try await world.desk.schedule(
                later.post.id, at: Due(now: world.clock.now + .hours(3), in: .utc),
                in: world.acme, by: world.principal)
            // Forward by two hours: what is due by then goes out, late but within the rule.
            world.clock.advance(by: .hours(2))
            await world.worker.runDue()
            #expect(world.network.posts.count == 1)
            #expect(try await world.side(soon).publication.delivery.state == .published)
            // Back again: nothing that is out goes out a second time.
            world.clock.advance(by: .hours(-2))
            for _ in 0..<(4 * 60) {
                world.clock.advance(by: .minutes(1))
                await world.worker.runDue()
            }
            #expect(world.network.posts.count == 2)
            #expect(world.network.calls == 2)
            let side = try await world.side(later)
            #expect(side.publication.latenessText == "on time")
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `both nights when clocks change keep the wall clock`(engine: Engine) async throws {
        try await PublishingWorld.with(engine) { world in
            let zone = try #require(Zone("Europe/Berlin"))
            // 28 March 2027: 02:30 does not exist. 31 October 2027: 02:30 comes twice.
            for (text, expected) in [
                ("2027-03-28T02:30", "2027-03-28T01:30:00Z"),
                ("2027-10-31T02:30", "2027-10-31T00:30:00Z"),
            ] {
                let local = try #require(LocalTime(text))
                let instant = try #require(Instant(iso8601: expected))
                let sheet = try await world.desk.create(
                    world.draft(text), in: world.acme, by: world.principal)
                _ = try await world.desk.schedule(
                    sheet.post.id, at: Due(local, in: zone), in: world.acme, by: world.principal)
                let calls = world.network.calls
                world.clock.advance(by: instant - world.clock.now - .seconds(1))
                await world.worker.runDue()
                #expect(world.network.calls == calls)
                world.clock.advance(by: .seconds(1))
                await world.worker.runDue()
                world.clock.advance(by: .hours(2))
                await world.worker.runDue()
                #expect(world.network.calls == calls + 1)
                #expect(try await world.side(sheet).publication.latenessText == "on time")
            }
        }
    }
}
