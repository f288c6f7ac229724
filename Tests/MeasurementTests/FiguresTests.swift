import Channels
import Jobs
import Kernel
import Logging
import Measurement
import Networks
import People
import Publishing
import Store
import Synchronization
import TestSupport
import Testing

@Suite struct `A network's own figures` {
    /// A network that says what the test tells it to.
    private final class Told: Sendable {
        let answer = Mutex(Result<PostFigures, NetworkFailure>.success(PostFigures(likes: 3)))
        let asked = Mutex([String]())
    }

    private struct Place {
        let world: MeasurementWorld
        let figures: FiguresWork
        let worker: JobWorker
        let told: Told

        func later(_ time: Duration) async {
            world.clock.advance(by: time)
            while await worker.runDue() > 0 {}
        }

        func latest() async throws -> NetworkFigures? {
            try await world.results.post(
                world.tour, model: .last, today: CivilDate(world.clock.now, in: world.berlin),
                currency: .euro, in: world.acme
            ).figures
        }
    }

    private func with(_ engine: Engine, _ body: (Place) async throws -> Void) async throws {
        try await MeasurementWorld.with(engine) { world in
            let told = Told()
            let insights = Insights(
                figures: { _, post throws(NetworkFailure) in
                    told.asked.withLock { $0.append(post.id) }
                    return try told.answer.withLock { $0 }.get()
                }, followers: { _ in nil })
            let connecting = Connecting(
                method: .appPassword,
                signIn: { _, _, _ in
                    Connecting.Account(
                        server: "practice", accountID: "1", handle: "acme", displayName: "Acme",
                        credentials: Credentials(accessToken: "t"))
                })
            let queue = JobQueue(surroundings: world.surroundings)
            let connectors = Connectors([
                Connector(network: .practice, connecting: connecting, insights: insights)
            ])
            let channels = ChannelDesk(
                database: world.database, events: EventLog(queue: queue),
                surroundings: world.surroundings, connectors: connectors,
                box: try SecretBox(key: Array(1...32), surroundings: world.surroundings))
            let figures = FiguresWork(
                database: world.database, queue: queue, surroundings: world.surroundings,
                channels: channels, connectors: connectors)
            let channel = try await channels.connectPractice(
                named: "acme", zone: world.berlin, in: world.acme, by: world.principal)
            let (tour, acme) = (world.tour, world.acme)
            let events = EventLog(
                queue: queue, subscriptions: figures.handlers().compactMap(\.subscription))
            try await world.database.write { tx in
                try tx.execute(
                    """
                    UPDATE publication SET channel_id = \(channel.id), remote_id = '77',
                        published_at = \(MeasurementWorld.start) WHERE id = \(tour)
                    """)
                try events.record(
                    Event(
                        "publishing.published", workspace: acme, subject: "post:\(tour)",
                        summary: "Published",
                        payload: ["publication": tour.text], by: .system("Test")), in: tx)
            }
            let worker = JobWorker(
                database: world.database, queue: queue, handlers: figures.handlers(),
                logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
                name: "test")
            try await body(Place(world: world, figures: figures, worker: worker, told: told))
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `are asked for often at first, and what is not reported stays unknown`(
        engine: Engine
    ) async throws {
        try await with(engine) { place in
            await place.later(.seconds(1))
            #expect(place.told.asked.withLock { $0 }.isEmpty)
            await place.later(.minutes(15))
            #expect(place.told.asked.withLock { $0 } == ["77"])
            let figures = try #require(try await place.latest())
            #expect(figures.likes == 3)
            #expect(figures.reposts == nil)
            #expect(figures.impressions == nil)
            for wait: Duration in [.minutes(45), .hours(5), .hours(18), .days(2), .days(4)] {
                await place.later(wait)
            }
            #expect(place.told.asked.withLock { $0 }.count == 6)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `go on after an outage with the next look`(engine: Engine) async throws {
        try await with(engine) { place in
            await place.later(.seconds(1))
            place.told.answer.withLock { $0 = .failure(NetworkFailure(.unavailable, "Down.")) }
            await place.later(.minutes(15))
            for _ in 0..<10 { await place.later(.minutes(2)) }
            #expect(try await place.latest() == nil)
            place.told.answer.withLock { $0 = .success(PostFigures(likes: 9, reposts: 0)) }
            await place.later(.minutes(40))
            let figures = try #require(try await place.latest())
            #expect(figures.likes == 9)
            #expect(figures.reposts == 0)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `of posts from before the connection are kept, but not for strangers`(
        engine: Engine
    ) async throws {
        try await with(engine) { place in
            try await place.figures.keep(
                PostFigures(likes: 5, replies: 2), of: place.world.tour, in: place.world.globex)
            #expect(try await place.latest() == nil)
            place.world.clock.advance(by: .hours(3))
            try await place.figures.keep(
                PostFigures(likes: 5, replies: 2), of: place.world.tour, in: place.world.acme)
            let figures = try #require(try await place.latest())
            #expect(figures.likes == 5)
            #expect(figures.replies == 2)
            #expect(figures.quotes == nil)
            #expect(figures.takenAt == place.world.clock.now)
        }
    }
}
