import Channels
import Jobs
import Kernel
import People
import Planning
import Reviews
import Store
import Strategy
import TestSupport

/// Acme in Berlin and Globex in Auckland, which begin on the same day.
struct ReviewWorld {
    let database: Database
    let clock: ManualClock
    let strategy: StrategyDesk
    let plan: PlanDesk
    let desk: ReviewDesk
    let queue: JobQueue
    let acme: WorkspaceID
    let globex: WorkspaceID
    let ana: MemberID
    let bluesky: ChannelID
    let berlin: Zone
    let principal = Principal(kind: .person, person: nil, name: "Ana Sol")

    static let migrations =
        JobsSchema.migrations + PeopleSchema.migrations + ChannelsSchema.migrations
        + StrategySchema.migrations + PlanningSchema.migrations + ReviewsSchema.migrations

    static func with(
        _ engine: Engine, now: String = "2026-11-23T12:00:00Z",
        _ body: (ReviewWorld) async throws -> Void
    ) async throws {
        try await TestDatabase.with(engine, migrations) { database in
            try await body(try await ReviewWorld(database, now: now))
        }
    }

    init(_ database: Database, now: String) async throws {
        guard let start = Instant(iso8601: now),
            let began = Instant(iso8601: "2026-05-04T10:00:00Z"),
            let berlin = Zone("Europe/Berlin")
        else { throw Problem.notFound("time") }
        let clock = ManualClock(start)
        let surroundings = clock.surroundings(seed: 7)
        let queue = JobQueue(surroundings: surroundings)
        let events = EventLog(queue: queue)
        self.database = database
        self.clock = clock
        self.queue = queue
        self.berlin = berlin
        strategy = StrategyDesk(database: database, events: events, surroundings: surroundings)
        plan = PlanDesk(database: database, events: events, surroundings: surroundings)
        desk = ReviewDesk(
            database: database, events: events, surroundings: surroundings, plan: plan,
            figures: FiguresSource { _, period, _, _ in
                (
                    [.init(label: "Posts published", value: "4", note: "\(period.startsOn)")],
                    [.init(label: "Tour film", value: "3× the usual clicks")]
                )
            })
        acme = surroundings.newID()
        globex = surroundings.newID()
        ana = surroundings.newID()
        bluesky = surroundings.newID()
        let places = [
            (acme, "acme", "Europe/Berlin", ana),
            (globex, "globex", "Pacific/Auckland", surroundings.newID(MemberTag.self)),
        ]
        let (acme, bluesky) = (acme, bluesky)
        try await database.write { tx in
            for (workspace, slug, zone, member) in places {
                let person: PersonID = surroundings.newID()
                try tx.execute(
                    """
                    INSERT INTO workspace (id, slug, name, zone, currency, created_at)
                    VALUES (\(workspace), \(slug), \(slug), \(zone), 'EUR', \(began))
                    """)
                try tx.execute(
                    """
                    INSERT INTO person (id, email, name, created_at)
                    VALUES (\(person), \("ana@\(slug).example"), 'Ana Sol', 0)
                    """)
                try tx.execute(
                    """
                    INSERT INTO member (id, workspace_id, person_id, role, created_at)
                    VALUES (\(member), \(workspace), \(person), 'owner', 0)
                    """)
            }
            try tx.execute(
                """
                INSERT INTO channel (id, workspace_id, network, name, connection, zone, created_at)
                VALUES (\(bluesky), \(acme), 'bluesky', 'Acme', 'unconnected', 'Europe/Berlin', 0)
                """)
        }
    }

    static func day(_ text: String) throws -> CivilDate {
        guard let date = CivilDate(text) else { throw Problem.notFound("day \(text)") }
        return date
    }

    func openReview() async throws -> ReviewID {
        try await desk.open(
            .weekly, holding: try Self.day("2026-11-18"), zone: berlin, in: acme, by: principal)
    }
}
