import Channels
import Foundation
import Jobs
import Kernel
import Logging
import Networks
import People
import Store
import Synchronization
import TestSupport
import Testing

/// A server that states its limits, and can be changed or put out of order.
private final class Instance: Sendable {
    let answer = Mutex<Result<[RuleName: Int], NetworkFailure>>(.success([.textLength: 5000]))
    let asked = Mutex(0)

    var count: Int { asked.withLock { $0 } }

    func say(_ limits: [RuleName: Int]) { answer.withLock { $0 = .success(limits) } }

    func fail(_ kind: NetworkFailure.Kind, _ message: String) {
        let failure = NetworkFailure(kind, message)
        answer.withLock { $0 = .failure(failure) }
    }

    var connectors: Connectors {
        let account = Connecting.Account(
            server: "https://m.example", accountID: "1", handle: "ana@m.example",
            displayName: "Ana", credentials: Credentials(accessToken: "t"))
        return Connectors([
            Connector(
                network: .mastodon,
                connecting: Connecting(
                    method: .appPassword,
                    signIn: { _, _, _ throws(NetworkFailure) in account }),
                publishing: Networks.Publishing(
                    upload: { _, _ throws(NetworkFailure) in
                        throw NetworkFailure(.unavailable, "Not here.")
                    },
                    publish: { _, _ throws(NetworkFailure) in RemotePost(id: "1") },
                    find: { _, _ throws(NetworkFailure) in .unknown(why: "") },
                    delete: { _, _ throws(NetworkFailure) in },
                    liveLimits: { _ throws(NetworkFailure) in
                        self.asked.withLock { $0 += 1 }
                        return try self.answer.withLock { $0 }.get()
                    }))
        ])
    }
}

struct LiveLimitsTests {
    private struct World {
        let database: Database
        let clock: ManualClock
        let desk: ChannelDesk
        let limits: ChannelLimits
        let queue: JobQueue
        let instance: Instance
        let worker: JobWorker
        let workspace: WorkspaceID
        let channel: ChannelID

        func read() async throws -> Channel {
            try await desk.channel(channel, in: workspace)
        }

        func wait(_ time: Duration) async {
            clock.advance(by: time)
            await worker.runDue()
        }
    }

    private func with(_ engine: Engine, _ body: (World) async throws -> Void) async throws {
        let migrations =
            JobsSchema.migrations + PeopleSchema.migrations + ChannelsSchema.migrations
        try await TestDatabase.with(engine, migrations) { database in
            let clock = ManualClock(Instant(milliseconds: 1_800_000_000_000))
            let surroundings = clock.surroundings(seed: 5)
            let queue = JobQueue(surroundings: surroundings)
            let instance = Instance()
            let desk = { (events: EventLog) in
                ChannelDesk(
                    database: database, events: events, surroundings: surroundings,
                    connectors: instance.connectors,
                    box: try SecretBox(key: Array(1...32), surroundings: surroundings))
            }
            let deaf = ChannelLimits(desk: try desk(EventLog(queue: queue)))
            let events = EventLog(
                queue: queue, subscriptions: deaf.handlers().compactMap(\.subscription))
            let channels = try desk(events)
            let limits = ChannelLimits(desk: channels)
            let people = PeopleDesk(
                database: database, events: events, surroundings: surroundings,
                passwords: Passwords(surroundings: surroundings, cost: .cheap))
            let owner = try await people.addPerson(
                name: "Ana", email: "ana@example.org", password: nil)
            let workspace = try await people.createWorkspace(
                .init(name: "Roastery", zone: .utc, currency: .euro), owner: owner.id,
                by: owner.principal)
            let channel = try await channels.connect(
                .init(
                    network: .mastodon, server: "https://m.example", zone: .utc,
                    importsHistory: false), identifier: "ana", password: "p", in: workspace.id,
                by: owner.principal)
            try await body(
                World(
                    database: database, clock: clock, desk: channels, limits: limits, queue: queue,
                    instance: instance,
                    worker: JobWorker(
                        database: database, queue: queue, handlers: limits.handlers(),
                        logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
                        name: "test"), workspace: workspace.id, channel: channel.id))
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `are read when a channel is connected, and every day`(engine: Engine) async throws {
        try await with(engine) { world in
            #expect(try await world.read().rules[.textLength] == 500)
            await world.worker.runDue()
            let rule = try await world.read().rules.rule(.textLength)
            #expect(rule?.limit == 5000 && rule?.isLive == true)
            #expect(rule?.source == "https://m.example" && rule?.checked == "2027-01-15")
            world.instance.say([.textLength: 300])
            await world.wait(.hours(23))
            #expect(try await world.read().rules[.textLength] == 5000)
            await world.wait(.hours(2))
            #expect(try await world.read().rules[.textLength] == 300)
            // What is not said any more is the catalogue's again.
            world.instance.say([:])
            await world.wait(.hours(25))
            #expect(try await world.read().rules[.textLength] == 500)
            let said = try await world.desk.activity(of: world.channel, in: world.workspace)
            #expect(said.first?.summary == "Longest text: 500, not 300")
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `stay as they are while the server cannot be asked`(engine: Engine) async throws {
        try await with(engine) { world in
            await world.worker.runDue()
            world.instance.fail(.unavailable, "Out of order.")
            for _ in 0..<40 { await world.wait(.hours(1)) }
            #expect(try await world.read().rules[.textLength] == 5000)
            #expect(world.instance.count > 10)
            world.instance.say([.textLength: 700])
            await world.wait(.hours(2))
            let last = try await world.read()
            #expect(last.rules[.textLength] == 700)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `a start asks only for what is a day old`(engine: Engine) async throws {
        try await with(engine) { world in
            await world.worker.runDue()
            try await world.limits.start(queue: world.queue)
            await world.worker.runDue()
            #expect(world.instance.count == 1)
            world.clock.advance(by: .hours(30))
            try await world.limits.start(queue: world.queue)
            try await world.limits.start(queue: world.queue)
            await world.worker.runDue()
            #expect(world.instance.count == 2)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `a lost sign-in asks for a person and ends the asking`(engine: Engine) async throws {
        try await with(engine) { world in
            world.instance.fail(.authorizationExpired, "Signed out.")
            await world.worker.runDue()
            let lost = try await world.read()
            #expect(lost.status == .needsReconnect)
            await world.wait(.days(3))
            #expect(world.instance.count == 1)
        }
    }
}
