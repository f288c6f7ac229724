package import Channels
import Jobs
package import Kernel
import Links
import Networks
import People
import Planning
package import Store
import Strategy

/// A workspace with a year of invented history, for people who want to look around first.
///
/// The roastery, its people and its figures do not exist; the workspace says so on every page.
package struct DemoWorkspace: Sendable {
    /// Where the invented brand lives.
    package static let zone = Zone("Europe/Brussels") ?? .utc

    /// Opens the brand's accounts on the practice network with their past, and connects them.
    ///
    /// What it writes there must go with the workspace.
    package typealias Connect =
        @Sendable (DemoTimeline, Zone, WorkspaceID, Principal) async throws -> DemoTimeline.Place

    let database: Database
    let surroundings: Surroundings
    let seed: UInt64
    let localBase: String
    let connect: Connect?

    /// Prepares the generator; without `connect` the demo's channels are published to by hand.
    package init(
        database: Database, surroundings: Surroundings, seed: UInt64 = 20,
        localBase: String = "http://127.0.0.1:8080", connect: Connect? = nil
    ) {
        self.database = database
        self.surroundings = surroundings
        self.seed = seed
        self.localBase = localBase
        self.connect = connect
    }

    package static let name = "Kestrel & Finch (demo)"

    /// The oldest demo of the installation, when there is one.
    package func existing() async throws -> WorkspaceID? {
        try await database.read { tx in
            try tx.scalar(
                WorkspaceID.self, "SELECT id FROM workspace WHERE is_demo ORDER BY id LIMIT 1")
        }
    }

    /// The demo of this person, when there is one.
    package func existing(of owner: PersonID) async throws -> WorkspaceID? {
        try await database.read { tx in
            try tx.scalar(
                WorkspaceID.self,
                """
                SELECT workspace.id FROM workspace
                JOIN member ON member.workspace_id = workspace.id
                WHERE workspace.is_demo AND member.person_id = \(owner) LIMIT 1
                """)
        }
    }

    /// Writes the workspace with its year up to now; `owner` may do everything in it.
    ///
    /// Before anybody can sign in there is no owner; then the invented Ines is, and whoever opens
    /// the one-time link joins her.
    package func create(owner: PersonID?) async throws -> WorkspaceID {
        let now = surroundings.now()
        let number = try await database.read { tx in
            try tx.scalar(Int.self, "SELECT COUNT(*) FROM workspace WHERE is_demo") ?? 0
        }
        // A second demo needs links of its own: their addresses are shared by all workspaces.
        let seed = seed &+ UInt64(number) &* 7_919
        let zone = Self.zone
        let story = Story(now: now, zone: zone, seed: seed)
        let clock = ManualClock(zone.startOfDay(story.start) - .days(20))
        let stage = Stage(story: story, clock: clock, seed: seed, demo: self)
        let people = try await stage.invent()
        let workspace = try await stage.found(owner: owner ?? people[0])
        do {
            var cast = try await stage.hire(people, workspace, owner: owner ?? people[0])
            try await stage.writeStrategy(&cast)
            try await stage.writePlan(&cast)
            let published = try await stage.publishPast(cast)
            try await stage.measure(cast, published)
            try await stage.hearReplies(cast, published)
            try await stage.review(cast, published)
            clock.set(now)
            try await stage.schedule(cast)
        } catch {
            // Half a demo would show half the sums.
            try await erase(workspace)
            throw error
        }
        return workspace
    }

    /// Removes a demo workspace with everything in it; refuses any other workspace.
    package func remove(_ workspace: WorkspaceID) async throws {
        let isDemo = try await database.read { tx in
            try tx.exists("SELECT 1 FROM workspace WHERE id = \(workspace) AND is_demo")
        }
        guard isDemo else { throw Problem.notFound("demo workspace") }
        try await erase(workspace)
    }

    private func erase(_ workspace: WorkspaceID) async throws {
        let queue = JobQueue(surroundings: surroundings)
        try await database.write { tx in
            try queue.forget(workspace, in: tx)
            try tx.execute("DELETE FROM workspace WHERE id = \(workspace)")
            // The invented people never could sign in.
            try tx.execute(
                """
                DELETE FROM person WHERE password_hash IS NULL AND email LIKE '%.demo.example'
                    AND NOT EXISTS (SELECT 1 FROM member WHERE member.person_id = person.id)
                """)
        }
    }
}

/// What the brand's accounts on the practice network have behind them.
package struct DemoTimeline: Sendable {
    /// One account of the brand.
    package struct Account: Sendable {
        package let handle: String
        package let name: String
        package let followers: Int
    }

    /// One post of the past.
    package struct Post: Sendable {
        /// The position of its author in `accounts`.
        package let author: Int
        package let text: String
        package let at: Instant
        package let likes: Int
        package let boosts: Int
    }

    /// What became of a timeline: the channels and each post's identifier and address.
    package struct Place: Sendable {
        package let channels: [ChannelID]
        package let posts: [(id: String, url: String)]

        package init(channels: [ChannelID], posts: [(id: String, url: String)]) {
            self.channels = channels
            self.posts = posts
        }
    }

    package let accounts: [Account]
    package let posts: [Post]
}

/// Everything the parts of the demo share while it is written.
struct Stage: Sendable {
    let story: Story
    /// Stands at the moment that is being written, so that desks record the past.
    let clock: ManualClock
    let surroundings: Surroundings
    let database: Database
    let demo: DemoWorkspace
    let queue: JobQueue
    let events: EventLog
    /// The text of each post's tracked link.
    let slugs: [String]

    init(story: Story, clock: ManualClock, seed: UInt64, demo: DemoWorkspace) {
        self.story = story
        self.clock = clock
        self.demo = demo
        database = demo.database
        surroundings = clock.surroundings(seed: seed)
        queue = JobQueue(surroundings: surroundings)
        // Nobody subscribes: what happened in the story needs no work today.
        events = EventLog(queue: queue)
        let random = surroundings.randomBytes
        slugs = story.posts.map { _ in LinkSlug.make(random) }
    }

    /// A post as people read it, with its link.
    func sentText(_ index: Int) -> (text: String, link: String) {
        let link = demo.localBase + TrackedLink.pathPrefix + slugs[index]
        return (story.posts[index].text + "\n\n" + link, link)
    }

    static let ines = Principal(kind: .person, person: nil, name: "Ines Vercammen")
    static let tomas = Principal(kind: .person, person: nil, name: "Tomás Okafor")

    var zone: Zone { story.zone }
    var currency: Currency { .euro }
    var strategy: StrategyDesk {
        StrategyDesk(database: database, events: events, surroundings: surroundings)
    }
    var plan: PlanDesk {
        PlanDesk(database: database, events: events, surroundings: surroundings)
    }

    /// The identifier of something that began at `moment`.
    func id<Entity>(at moment: Instant, _: Entity.Type = Entity.self) -> ID<Entity> {
        clock.set(moment)
        return surroundings.newID()
    }

    /// Inserts rows in batches that both engines accept.
    func insert(_ head: SQL, _ rows: [SQL], tail: SQL = "", _ tx: borrowing Transaction) throws {
        for start in stride(from: 0, to: rows.count, by: 200) {
            let batch = Array(rows[start..<min(start + 200, rows.count)])
            try tx.execute("\(head) VALUES \(.joined(batch, separator: ", ")) \(tail)")
        }
    }
}

/// Who and what the story is about, once it is in the database.
struct Cast: Sendable {
    let workspace: WorkspaceID
    let owner: MemberID
    let ines: MemberID
    let tomas: MemberID
    var inesPerson: PersonID
    var channels: [Story.Place: ChannelID] = [:]
    /// Where each post of the story lies on the practice network.
    var remotes: [Int: (id: String, url: String)] = [:]
    var revenue: ObjectiveID?
    var bookings: ObjectiveID?
    var newsletter: ObjectiveID?
    var initiatives: [Story.Strand: InitiativeID] = [:]
    var nextGift: InitiativeID?
    /// The plan item of a strand in a month.
    var items: [String: ItemID] = [:]

    static func key(_ strand: Story.Strand, _ month: CivilMonth) -> String {
        "\(strand.rawValue) \(month)"
    }
}
