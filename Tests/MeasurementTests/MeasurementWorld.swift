import Channels
import Foundation
import Jobs
import Kernel
import Links
import Logging
import Measurement
import People
import Planning
import Publishing
import Store
import Strategy
import TestSupport

/// Acme in Berlin sells by two posts of one initiative that serves one objective.
struct MeasurementWorld {
    let database: Database
    let clock: ManualClock
    let surroundings: Surroundings
    let spool: Spool
    let ingest: SpoolIngest
    let collector: Collector
    let conversions: ConversionDesk
    let results: ResultsDesk
    let costs: CostDesk
    let links: LinkDesk
    let acme: WorkspaceID
    let globex: WorkspaceID
    let goal: BusinessGoalID
    let objective: ObjectiveID
    let initiative: InitiativeID
    let channel: ChannelID
    let tour: PublicationID
    let recipe: PublicationID
    let tourLink: TrackedLink
    let recipeLink: TrackedLink
    let site: MeasuredSite
    let berlin: Zone
    let principal = Principal(kind: .person, person: nil, name: "Ana Sol")

    static let migrations =
        JobsSchema.migrations + PeopleSchema.migrations + ChannelsSchema.migrations
        + StrategySchema.migrations + LinksSchema.migrations + PlanningSchema.migrations
        + PublishingSchema.migrations + MeasurementSchema.migrations
    /// 23 November 2026, 09:20 in Berlin.
    static let start = Instant(milliseconds: 1_795_422_000_000)
    static let browser = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"

    static func with(
        _ engine: Engine, _ body: (MeasurementWorld) async throws -> Void
    ) async throws {
        try await TestDatabase.with(engine, migrations) { database in
            let folder = FileManager.default.temporaryDirectory
                .appendingPathComponent("spool-\(UUID().uuidString)").path
            let world = try await MeasurementWorld(database, folder: folder)
            defer {
                world.spool.close()
                try? FileManager.default.removeItem(atPath: folder)
            }
            try await body(world)
        }
    }

    init(_ database: Database, folder: String) async throws {
        let clock = ManualClock(Self.start)
        let surroundings = clock.surroundings(seed: 5)
        let events = EventLog(queue: JobQueue(surroundings: surroundings))
        guard let berlin = Zone("Europe/Berlin") else { throw Problem.notFound("zone") }
        self.database = database
        self.clock = clock
        self.surroundings = surroundings
        self.berlin = berlin
        links = LinkDesk(database: database, surroundings: surroundings)
        spool = try Spool(folder: folder, surroundings: surroundings)
        let salts = VisitorSalts(database: database, surroundings: surroundings)
        conversions = ConversionDesk(
            database: database, events: events, surroundings: surroundings)
        ingest = SpoolIngest(
            database: database, spool: spool, conversions: conversions, salts: salts,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        collector = Collector(
            database: database, links: links, spool: spool, salts: salts,
            surroundings: surroundings)
        results = ResultsDesk(database: database)
        costs = CostDesk(database: database, events: events, surroundings: surroundings)
        let ids = try await Self.fill(database, surroundings)
        acme = ids.acme
        globex = ids.globex
        goal = ids.goal
        objective = ids.objective
        initiative = ids.initiative
        channel = ids.channel
        tour = ids.posts[0]
        recipe = ids.posts[1]
        let destination = try Destination("https://acme.example/shop?size=1#top")
        let (links, posts, acme) = (links, ids.posts, ids.acme)
        let made = try await database.write { tx in
            try posts.map { post in
                try links.keep(
                    for: post.text, destination: destination, utm: UTM(source: "mastodon"),
                    label: "Post", in: acme, tx: tx)
            }
        }
        tourLink = made[0]
        recipeLink = made[1]
        site = try await MeasuredSite.find(
            in: ids.acme, database: database, surroundings: surroundings)
        try await salts.refresh()
    }

    private struct IDs {
        let acme: WorkspaceID
        let globex: WorkspaceID
        let goal: BusinessGoalID
        let objective: ObjectiveID
        let initiative: InitiativeID
        let channel: ChannelID
        let posts: [PublicationID]
    }

    private static func fill(
        _ database: Database, _ surroundings: Surroundings
    ) async throws -> IDs {
        let ids = IDs(
            acme: surroundings.newID(), globex: surroundings.newID(), goal: surroundings.newID(),
            objective: surroundings.newID(), initiative: surroundings.newID(),
            channel: surroundings.newID(),
            posts: [surroundings.newID(), surroundings.newID()])
        let item: ItemID = surroundings.newID()
        try await database.write { tx in
            for (id, slug) in [(ids.acme, "acme"), (ids.globex, "globex")] {
                try tx.execute(
                    """
                    INSERT INTO workspace (id, slug, name, zone, currency, created_at)
                    VALUES (\(id), \(slug), \(slug), 'Europe/Berlin', 'EUR', 0)
                    """)
            }
            try tx.execute(
                """
                INSERT INTO business_goal (id, workspace_id, kind, title, because, created_at)
                VALUES (\(ids.goal), \(ids.acme), 'revenue', 'to sell bags', '', 0)
                """)
            try tx.execute(
                """
                INSERT INTO objective (id, workspace_id, business_goal_id, title, kpi, unit,
                    source, baseline, target, starts_on, due_on, created_at)
                VALUES (\(ids.objective), \(ids.acme), \(ids.goal), 'Orders from social',
                    'Orders', 'orders', 'entered', \(0.0), \(100.0), '2026-10-01',
                    '2026-12-31', 0)
                """)
            try tx.execute(
                """
                INSERT INTO initiative (id, workspace_id, kind, title, purpose, state, starts_on,
                    ends_on, currency, created_at)
                VALUES (\(ids.initiative), \(ids.acme), 'sprint', 'Advent', '', 'running',
                    '2026-11-01', '2026-12-24', 'EUR', 0)
                """)
            try tx.execute(
                """
                INSERT INTO initiative_objective (workspace_id, initiative_id, objective_id,
                    is_primary)
                VALUES (\(ids.acme), \(ids.initiative), \(ids.objective), \(true))
                """)
            try tx.execute(
                """
                INSERT INTO item (id, workspace_id, initiative_id, primary_objective_id, title,
                    note, month, state, position, created_at, updated_at)
                VALUES (\(item), \(ids.acme), \(ids.initiative), \(ids.objective), 'Tour', '',
                    '2026-11', 'done', 1, 0, 0)
                """)
            try tx.execute(
                """
                INSERT INTO channel (id, workspace_id, network, name, connection, zone, created_at)
                VALUES (\(ids.channel), \(ids.acme), 'mastodon', 'Acme on Mastodon',
                    'unconnected', 'Europe/Berlin', 0)
                """)
            try publish(ids, item, surroundings, tx)
            try PlaceSums.rebuild(in: ids.acme, tx)
        }
        return ids
    }

    private static func publish(
        _ ids: IDs, _ item: ItemID, _ surroundings: Surroundings, _ tx: borrowing Transaction
    ) throws {
        for (index, publication) in ids.posts.enumerated() {
            let post: PostID = surroundings.newID()
            let variant: VariantID = surroundings.newID()
            try tx.execute(
                """
                INSERT INTO post (id, workspace_id, item_id, title, body, origin, revision,
                    created_at, updated_at)
                VALUES (\(post), \(ids.acme), \(index == 0 ? item.text : nil),
                    \(index == 0 ? "Roastery tour" : "Recipe"), 'Words', 'written', 1, 0, 0)
                """)
            try tx.execute(
                """
                INSERT INTO variant (id, workspace_id, post_id, channel_id, further_parts,
                    visibility, has_own_media)
                VALUES (\(variant), \(ids.acme), \(post), \(ids.channel), '[]', 'everyone',
                    \(false))
                """)
            try tx.execute(
                """
                INSERT INTO publication (id, workspace_id, post_id, variant_id, channel_id,
                    state, content_hash, epoch, tries, looks, absences, parts_out,
                    part_count, published_at, sent_link, updated_at)
                VALUES (\(publication), \(ids.acme), \(post), \(variant), \(ids.channel),
                    'published', 'x', 0, 0, 0, 0, 1, 1, \(Self.start - .hours(2)),
                    'https://go.example/l/x', 0)
                """)
        }
    }

    func facts(
        _ address: String = "203.0.113.7", agent: String = browser, isHead: Bool = false,
        optedOut: Bool = false
    ) -> VisitFacts {
        VisitFacts(
            at: clock.now, address: address, userAgent: agent, isHead: isHead,
            optedOut: optedOut)
    }

    /// A click on a link, as far as the spool; the address that the browser is sent to.
    @discardableResult
    func click(_ link: TrackedLink, _ facts: VisitFacts? = nil) async throws -> String {
        guard try await collector.resolve(slug: link.slug),
            let answer = collector.redirect(slug: link.slug, facts ?? self.facts())
        else { throw Problem.notFound("link") }
        guard await spool.append(answer.record) else { throw Problem.notFound("spool") }
        return answer.location
    }

    func send(_ json: String, _ facts: VisitFacts? = nil) async throws {
        guard let event = SnippetEvent(Array(json.utf8)),
            try await collector.resolveSite(code: event.site),
            let record = collector.record(event, facts ?? self.facts())
        else { throw Problem.notFound("event") }
        guard await spool.append(record) else { throw Problem.notFound("spool") }
    }

    func token(in address: String) -> String {
        let after = address.split(separator: "tlc=").last ?? ""
        return String(after.prefix(16))
    }

    func results(
        _ grain: ResultsGrain, _ model: CreditModel = .last
    ) async throws -> Results {
        try await results.results(
            by: grain, model: model,
            period: .last(30, today: CivilDate(clock.now, in: berlin)), currency: .euro, in: acme)
    }
}
