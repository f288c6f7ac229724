import Channels
import Foundation
import Jobs
import Kernel
import Links
import Logging
import Networks
import People
import Planning
import Publishing
import Store
import Strategy
import Synchronization
import TestSupport
import Testing

/// Acme publishes on a scripted network; Ana writes.
struct PublishingWorld {
    let database: Database
    let clock: ManualClock
    let surroundings: Surroundings
    let queue: JobQueue
    let desk: PostDesk
    let freezes: FreezeDesk
    /// Runs once, when the worker opens the account: between its first read and its intent.
    let opening: Opening
    let plan: PlanDesk
    let network: ScriptedNetwork
    let worker: JobWorker
    let history: HistoryImport
    let preflight: PreflightWork
    let pictures: PictureStore
    let cards: LinkCards
    let site: ScriptedSite
    let acme: WorkspaceID
    let ana: PersonID
    let member: MemberID
    let channel: ChannelID
    let byHand: ChannelID
    let principal: Principal

    static let migrations =
        JobsSchema.migrations + PeopleSchema.migrations + ChannelsSchema.migrations
        + StrategySchema.migrations + LinksSchema.migrations + PlanningSchema.migrations
        + PublishingSchema.migrations
    static let start = Instant(milliseconds: 1_795_420_800_000)

    static func with(_ engine: Engine, _ body: (PublishingWorld) async throws -> Void) async throws
    {
        try await TestDatabase.with(engine, migrations) { database in
            try await body(try await PublishingWorld(database))
        }
    }

    init(_ database: Database) async throws {
        let clock = ManualClock(Self.start)
        let surroundings = clock.surroundings(seed: 11)
        let queue = JobQueue(surroundings: surroundings)
        let network = ScriptedNetwork(clock)
        let connectors = Connectors([network.connector, network.connector(on: .bluesky)])
        let opening = Opening()
        self.opening = opening
        let access: DeliveryWork.AccessSource = { _, _ in
            try await opening.run()
            return Networks.Access(
                network: .mastodon, server: "https://m.example", accountID: "1", handle: "acme",
                credentials: Credentials(accessToken: "t"))
        }
        history = HistoryImport(
            database: database, events: EventLog(queue: queue), queue: queue,
            surroundings: surroundings, connectors: connectors, access: access,
            figures: { _, _, _ in })
        // Who listens is known only from handlers, and one of them needs the plan's desk.
        let deaf = PlanDesk(
            database: database, events: EventLog(queue: queue), surroundings: surroundings)
        let progress = ItemProgress(database: database, plan: deaf)
        let listeners = history.handlers() + progress.handlers()
        let events = Self.events(queue, listeners)
        pictures = PictureStore(
            database: database, events: events, surroundings: surroundings,
            folder: FileManager.default.temporaryDirectory
                .appendingPathComponent("pictures-\(UUID().uuidString)").path,
            fitter: PictureFitter(tool: nil))
        let site = ScriptedSite()
        self.site = site
        let cards = LinkCards(
            database: database, surroundings: surroundings, page: { site.page($0) },
            file: { site.file($0) })
        self.cards = cards
        let work = DeliveryWork(
            database: database, events: events, queue: queue, surroundings: surroundings,
            connectors: connectors, pictures: pictures, cards: cards,
            localBase: "http://127.0.0.1:8080", access: access)
        let preflight = PreflightWork(delivery: work, rules: pictures.rules)
        let lookers = preflight.handlers()
        self.preflight = preflight
        self.database = database
        self.clock = clock
        self.surroundings = surroundings
        self.queue = queue
        self.network = network
        plan = PlanDesk(database: database, events: events, surroundings: surroundings)
        desk = PostDesk(
            database: database, events: events, queue: queue, surroundings: surroundings,
            links: LinkDesk(database: database, surroundings: surroundings),
            rules: pictures.rules, localBase: "http://127.0.0.1:8080")
        freezes = FreezeDesk(
            database: database, events: events, queue: queue, surroundings: surroundings,
            posts: desk)
        worker = JobWorker(
            database: database, queue: queue, handlers: work.handlers() + listeners + lookers,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
            name: "test")
        acme = surroundings.newID()
        ana = surroundings.newID()
        member = surroundings.newID()
        channel = surroundings.newID()
        byHand = surroundings.newID()
        principal = Principal(kind: .person, person: ana, name: "Ana Sol")
        try await fill()
    }

    /// Events that reach the handlers, and the preflight, which is made later.
    private static func events(_ queue: JobQueue, _ listeners: [JobHandler]) -> EventLog {
        let changes = [
            "channel.connected", "channel.disconnected", "channel.needs-reconnect",
            "channel.paused", "channel.resumed", "publishing.frozen", "publishing.resumed",
        ]
        let lookers = changes.map { JobHandler.on($0, name: "preflight") { _, _ in } }
        return EventLog(
            queue: queue, subscriptions: (listeners + lookers).compactMap(\.subscription))
    }

    private func fill() async throws {
        let (acme, ana, member, channel, byHand) = (acme, ana, member, channel, byHand)
        try await database.write { tx in
            try tx.execute(
                """
                INSERT INTO workspace (id, slug, name, zone, currency, created_at)
                VALUES (\(acme), 'acme', 'Acme', 'Europe/Berlin', 'EUR', 0)
                """)
            try tx.execute(
                """
                INSERT INTO person (id, email, name, created_at)
                VALUES (\(ana), 'ana@acme.example', 'Ana Sol', 0)
                """)
            try tx.execute(
                """
                INSERT INTO member (id, workspace_id, person_id, role, created_at)
                VALUES (\(member), \(acme), \(ana), 'owner', 0)
                """)
            try tx.execute(
                """
                INSERT INTO channel (id, workspace_id, network, name, connection, server,
                    account_id, sealed, zone, created_at)
                VALUES (\(channel), \(acme), 'mastodon', 'Acme', 'connected', 'https://m.example',
                    '1', \(Data([1])), 'Europe/Berlin', 0)
                """)
            try tx.execute(
                """
                INSERT INTO channel (id, workspace_id, network, name, connection, zone, created_at)
                VALUES (\(byHand), \(acme), 'linkedin', 'Acme IG', 'unconnected',
                    'Europe/Berlin', 1)
                """)
        }
    }

    @discardableResult
    func addMember() async throws -> Principal {
        let (person, member): (PersonID, MemberID) = (surroundings.newID(), surroundings.newID())
        try await database.write { tx in
            try tx.execute(
                """
                INSERT INTO person (id, email, name, created_at)
                VALUES (\(person), 'ben@acme.example', 'Ben', 0)
                """)
            try tx.execute(
                """
                INSERT INTO member (id, workspace_id, person_id, role, created_at)
                VALUES (\(member), \(acme), \(person), 'approver', 0)
                """)
        }
        return Principal(kind: .person, person: person, name: "Ben")
    }

    func draft(_ text: String = "Fresh beans are in.", on channel: ChannelID? = nil) -> PostDraft {
        PostDraft(
            text: text, destination: "https://shop.example/beans",
            variants: [VariantDraft(channel: channel ?? self.channel)])
    }

    /// A post that is due in ten minutes.
    func scheduled(_ draft: PostDraft? = nil) async throws -> PostSheet {
        let sheet = try await desk.create(draft ?? self.draft(), in: acme, by: principal)
        return try await desk.schedule(
            sheet.post.id, at: Due(now: clock.now + .minutes(10), in: .utc), in: acme,
            by: principal)
    }

    /// Gives a post a due time in ten minutes.
    func due(_ sheet: PostSheet) async throws {
        _ = try await desk.schedule(
            sheet.post.id, at: Due(now: clock.now + .minutes(10), in: .utc), in: acme,
            by: principal)
    }

    /// An initiative with one item whose brief is complete.
    func initiative() async throws -> (InitiativeID, ItemID) {
        let initiative: InitiativeID = surroundings.newID()
        let month = try #require(CivilMonth("2026-12"))
        let item = try await plan.addItem(
            ItemDraft(title: "Roastery tour", month: month, owner: member), in: acme,
            by: principal)
        try await plan.keepBrief(
            BriefDraft(what: "a", when: "b", how: "c", toWhom: "d", why: "e"), of: item,
            in: acme, by: principal)
        let acme = acme
        try await database.write { tx in
            try tx.execute(
                """
                INSERT INTO initiative (id, workspace_id, kind, title, purpose, state, starts_on,
                    ends_on, currency, created_at)
                VALUES (\(initiative), \(acme), 'sprint', 'Tours', '', 'running', '2026-11-01',
                    '2026-12-31', 'EUR', 0)
                """)
            try tx.execute("UPDATE item SET initiative_id = \(initiative) WHERE id = \(item)")
        }
        return (initiative, item)
    }

    func side(_ sheet: PostSheet) async throws -> PostSheet.Side {
        let fresh = try await desk.sheet(sheet.post.id, in: acme)
        guard let side = fresh.sides.first else { throw PublishingError.noChannels }
        return side
    }
}

/// Something that happens once at a moment that a test chooses.
final class Opening: Sendable {
    private let hook = Mutex<(@Sendable () async throws -> Void)?>(nil)

    func once(_ body: @escaping @Sendable () async throws -> Void) {
        hook.withLock { $0 = body }
    }

    func run() async throws {
        let body = hook.withLock { hook in
            defer { hook = nil }
            return hook
        }
        try await body?()
    }
}

/// The web behind links, which says what a test wants it to say.
final class ScriptedSite: Sendable {
    private let card = Mutex<PageCard?>(nil)
    private let calls = Mutex<[String]>([])

    var asked: [String] { calls.withLock { $0 } }

    func say(_ card: PageCard?) { self.card.withLock { $0 = card } }

    func page(_ url: String) -> PageCard? {
        calls.withLock { $0.append(url) }
        return card.withLock { $0 }
    }

    /// A picture of one point.
    func file(_ url: String) -> Data? {
        calls.withLock { $0.append(url) }
        return Data(
            base64Encoded: "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
                + "+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
    }
}

/// A network whose answers are written down beforehand, and that keeps what it accepted.
final class ScriptedNetwork: Sendable {
    enum Step: Sendable {
        case accept
        case fail(NetworkFailure.Kind)
        /// The connection breaks before the network has taken the post.
        case dropBefore
        /// The network has the post, and its answer is lost.
        case dropAfter
    }

    struct State: Sendable {
        var steps: [Step] = []
        var posts: [(key: String, post: OutgoingPost)] = []
        var calls = 0
        var looks = 0
        var probes: [PostProbe] = []
        /// What the account shows of its past besides one old post.
        var past: [History.Entry] = []
        var proof: Proof?
        var standing: Result<AccountStanding, NetworkFailure> = .success(AccountStanding())
        var limits: [RuleName: Int] = [:]
        var questions = 0
        /// How long an answer takes once the first byte has left.
        var slowness = Duration.zero
        /// What is at an address that people open.
        var addresses: [String: RemotePost] = [:]
        var deleteSteps: [Step] = []
        var deleted: [String] = []
        /// Says yes to every deletion and does none.
        var keepsWhatIsDeleted = false
    }

    let state = Mutex(State())
    private let clock: ManualClock

    init(_ clock: ManualClock) { self.clock = clock }

    func script(_ steps: Step...) { state.withLock { $0.steps = steps } }
    var posts: [OutgoingPost] { state.withLock { $0.posts.map(\.post) } }
    var calls: Int { state.withLock { $0.calls } }
    var deleted: [String] { state.withLock { $0.deleted } }

    func scriptDeletes(_ steps: Step...) { state.withLock { $0.deleteSteps = steps } }

    func delete(_ post: RemotePost) throws(NetworkFailure) {
        let failure: NetworkFailure? = state.withLock { state in
            let step = state.deleteSteps.isEmpty ? .accept : state.deleteSteps.removeFirst()
            if case .fail(let kind) = step { return NetworkFailure(kind, "No.") }
            if case .dropBefore = step { return NetworkFailure(.ambiguous, "Timed out.") }
            if !state.keepsWhatIsDeleted, !state.deleted.contains(post.id) {
                state.deleted.append(post.id)
            }
            guard case .dropAfter = step else { return nil }
            return NetworkFailure(.ambiguous, "Connection reset.")
        }
        if let failure { throw failure }
    }

    func publish(_ post: OutgoingPost) throws(NetworkFailure) -> RemotePost {
        post.trace?.left(at: clock.now)
        clock.advance(by: state.withLock { $0.slowness })
        defer { post.trace?.answered("HTTP 200") }
        let answer: Result<RemotePost, NetworkFailure> = state.withLock { state in
            state.calls += 1
            let step = state.steps.isEmpty ? .accept : state.steps.removeFirst()
            let remote = RemotePost(
                id: "r\(state.posts.count + 1)", url: "https://m.example/\(state.posts.count + 1)")
            switch step {
            case .accept:
                state.posts.append((post.key, post))
                return .success(remote)
            case .fail(let kind): return .failure(NetworkFailure(kind, "No."))
            case .dropBefore: return .failure(NetworkFailure(.ambiguous, "Timed out."))
            case .dropAfter:
                state.posts.append((post.key, post))
                return .failure(NetworkFailure(.ambiguous, "Connection reset."))
            }
        }
        return try answer.get()
    }

    func find(_ probe: PostProbe) -> Proof {
        state.withLock { state in
            state.looks += 1
            state.probes.append(probe)
            if let proof = state.proof { return proof }
            guard let index = state.posts.firstIndex(where: { $0.key == probe.post.key }),
                !state.deleted.contains("r\(index + 1)")
            else {
                return .absent(by: "reading the account's posts")
            }
            return .found(RemotePost(id: "r\(index + 1)"), by: "its link")
        }
    }

    var connector: Connector { connector(on: .mastodon) }

    func connector(on network: Network) -> Connector {
        Connector(
            network: network,
            publishing: Networks.Publishing(
                upload: { _, file throws(NetworkFailure) in
                    UploadedMedia(
                        reference: file.fileName, altText: file.altText,
                        uploadedAt: PublishingWorld.start)
                },
                publish: { _, post throws(NetworkFailure) in try self.publish(post) },
                find: { _, probe throws(NetworkFailure) in self.find(probe) },
                delete: { _, post throws(NetworkFailure) in try self.delete(post) },
                liveLimits: { _ throws(NetworkFailure) in self.state.withLock { $0.limits } },
                recognise: { _, address throws(NetworkFailure) in
                    self.state.withLock { $0.addresses[address] }
                }),
            history: History(page: { _, _ throws(NetworkFailure) in
                let old = History.Entry(
                    post: RemotePost(id: "old1"), text: "An old post",
                    at: PublishingWorld.start - .days(30), figures: PostFigures(likes: 3))
                return (self.state.withLock { $0.past } + [old], nil)
            }),
            standing: { _ throws(NetworkFailure) in
                try self.state.withLock { state in
                    state.questions += 1
                    return state.standing
                }.get()
            })
    }
}
