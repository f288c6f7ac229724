import Channels
import Engagement
import Foundation
import Jobs
import Kernel
import Logging
import Networks
import People
import Store
import Synchronization
import TestSupport

/// Acme has published one post on a network whose answers the test chooses.
struct EngagementWorld {
    let database: Database
    let clock: ManualClock
    let surroundings: Surroundings
    let network: ScriptedInbox
    let desk: ReplyDesk
    let worker: JobWorker
    let acme: WorkspaceID
    let globex: WorkspaceID
    let channel: ChannelID
    let publication: ID<Int>
    let principal = Principal(kind: .person, person: nil, name: "Ana Sol")

    static let migrations =
        JobsSchema.migrations + PeopleSchema.migrations + ChannelsSchema.migrations
        + EngagementSchema.migrations
    static let start = Instant(milliseconds: 1_795_422_000_000)

    static func with(
        _ engine: Engine, _ body: (EngagementWorld) async throws -> Void
    ) async throws {
        try await TestDatabase.with(engine, migrations) { database in
            try await body(try await EngagementWorld(database))
        }
    }

    init(_ database: Database) async throws {
        let clock = ManualClock(Self.start)
        let surroundings = clock.surroundings(seed: 11)
        let network = ScriptedInbox()
        let connectors = Connectors([
            Connector(
                network: .mastodon, publishing: network.publishing, inbox: network.inbox)
        ])
        let queue = JobQueue(surroundings: surroundings)
        let access: ReplyWatch.AccessSource = { _, _ in
            network.isConnected
                ? Networks.Access(
                    network: .mastodon, server: "https://m.example", accountID: "1",
                    handle: "acme@m.example", credentials: Credentials(accessToken: "t")) : nil
        }
        let ids: (WorkspaceID, WorkspaceID, ChannelID, ID<Int>) = (
            surroundings.newID(), surroundings.newID(), surroundings.newID(),
            surroundings.newID()
        )
        let watch = { (events: EventLog) in
            ReplyWatch(
                database: database, queue: queue, events: events, surroundings: surroundings,
                connectors: connectors, access: access,
                post: { _, _ in
                    WatchedPost(
                        channel: ids.2, remote: RemotePost(id: "100", url: "https://m.example/100"),
                        about: "New beans", publishedAt: Self.start)
                })
        }
        let handlers = watch(EventLog(queue: queue)).handlers()
        let events = EventLog(queue: queue, subscriptions: handlers.compactMap(\.subscription))
        self.database = database
        self.clock = clock
        self.surroundings = surroundings
        self.network = network
        (acme, globex, channel, publication) = ids
        desk = ReplyDesk(
            database: database, events: events, surroundings: surroundings,
            connectors: connectors, access: access)
        worker = JobWorker(
            database: database, queue: queue, handlers: watch(events).handlers(),
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
            name: "test")
        try await database.write { tx in
            for (id, slug) in [(ids.0, "acme"), (ids.1, "globex")] {
                try tx.execute(
                    """
                    INSERT INTO workspace (id, slug, name, zone, currency, created_at)
                    VALUES (\(id), \(slug), \(slug), 'UTC', 'EUR', 0)
                    """)
            }
            try tx.execute(
                """
                INSERT INTO channel (id, workspace_id, network, name, connection, server,
                    account_id, sealed, zone, created_at)
                VALUES (\(ids.2), \(ids.0), 'mastodon', 'Acme', 'connected',
                    'https://m.example', '1', \(Data([1])), 'UTC', 0)
                """)
            try events.record(
                Event(
                    "publishing.published", workspace: ids.0, subject: "post:\(ids.3)",
                    summary: "Published", by: .system("Test")), in: tx)
        }
    }

    /// Runs what is due, some time later.
    @discardableResult
    func later(_ time: Duration) async -> Int {
        clock.advance(by: time)
        var done = 0
        while case let some = await worker.runDue(), some > 0 { done += some }
        return done
    }

    /// The conversation below the post.
    func sheet() async throws -> ReplyDesk.Sheet? {
        try await desk.sheet(publication: publication.text, in: acme)
    }
}

/// A network that answers as it is told and remembers what it was asked.
final class ScriptedInbox: Sendable {
    struct State {
        var replies: [Inbox.Message] = []
        var failure: NetworkFailure?
        var looks = 0
        var published: [OutgoingPost] = []
        var publishFailure: NetworkFailure?
        var proof = Proof.absent(by: "test")
        var probes: [PostProbe] = []
        var isConnected = true
    }

    let state = Mutex(State())

    var isConnected: Bool { state.withLock { $0.isConnected } }
    var looks: Int { state.withLock { $0.looks } }
    var probes: [PostProbe] { state.withLock { $0.probes } }
    var published: [OutgoingPost] { state.withLock { $0.published } }

    func set(_ change: (inout State) -> Void) { state.withLock { change(&$0) } }

    /// Somebody writes below the post.
    func write(
        _ id: String, _ text: String, at: Instant, to parent: String = "100",
        audience: Audience = .everyone
    ) {
        set {
            $0.replies.append(
                Inbox.Message(
                    post: RemotePost(id: id, url: "https://m.example/\(id)"), inReplyTo: parent,
                    authorID: "9", authorHandle: "ben@m.example", authorName: "Ben",
                    authorURL: nil, text: text, at: at, audience: audience))
        }
    }

    var inbox: Inbox {
        Inbox { [self] _, _ throws(NetworkFailure) in
            let (failure, replies) = state.withLock { state in
                state.looks += 1
                return (state.failure, state.replies)
            }
            if let failure { throw failure }
            return replies
        }
    }

    var publishing: Networks.Publishing {
        Networks.Publishing(
            upload: { _, _ throws(NetworkFailure) in
                throw NetworkFailure(.contentRefused, "No pictures here.")
            },
            publish: { [self] _, post throws(NetworkFailure) in
                let (failure, count) = state.withLock { state in
                    state.published.append(post)
                    return (state.publishFailure, state.published.count)
                }
                if let failure { throw failure }
                return RemotePost(id: "own-\(count)", url: "https://m.example/own-\(count)")
            },
            find: { [self] _, probe in
                state.withLock { state in
                    state.probes.append(probe)
                    return state.proof
                }
            },
            delete: { _, _ in }, liveLimits: { _ in [:] })
    }
}
