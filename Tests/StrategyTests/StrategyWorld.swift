import Channels
import Jobs
import Kernel
import People
import Store
import Strategy
import TestSupport

/// Acme roasts coffee and Ana works there; Globex is somebody else.
struct StrategyWorld {
    let database: Database
    let clock: ManualClock
    let desk: StrategyDesk
    let acme: WorkspaceID
    let globex: WorkspaceID
    let ana: MemberID
    let stranger: MemberID
    let bluesky: ChannelID
    let principal = Principal(kind: .person, person: nil, name: "Ana Sol")
    let today = CivilDate("2026-11-23") ?? CivilDate(Instant(milliseconds: 0), in: .utc)

    static let migrations =
        JobsSchema.migrations + PeopleSchema.migrations + ChannelsSchema.migrations
        + StrategySchema.migrations

    static func with(
        _ engine: Engine, _ body: (StrategyWorld) async throws -> Void
    ) async throws {
        try await TestDatabase.with(engine, migrations) { database in
            try await body(try await StrategyWorld(database))
        }
    }

    init(_ database: Database) async throws {
        let clock = ManualClock(Instant(milliseconds: 1_795_420_800_000))
        let surroundings = clock.surroundings(seed: 7)
        let queue = JobQueue(surroundings: surroundings)
        self.database = database
        self.clock = clock
        desk = StrategyDesk(
            database: database, events: EventLog(queue: queue), surroundings: surroundings)
        acme = surroundings.newID()
        globex = surroundings.newID()
        ana = surroundings.newID()
        stranger = surroundings.newID()
        bluesky = surroundings.newID()
        let (acme, globex, ana, stranger, bluesky) = (acme, globex, ana, stranger, bluesky)
        try await database.write { tx in
            for (workspace, slug, member) in [(acme, "acme", ana), (globex, "globex", stranger)] {
                let person: PersonID = surroundings.newID()
                try tx.execute(
                    """
                    INSERT INTO workspace (id, slug, name, zone, currency, created_at)
                    VALUES (\(workspace), \(slug), \(slug), 'Europe/Berlin', 'EUR', 0)
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

    func day(_ text: String) throws -> CivilDate {
        guard let date = CivilDate(text) else { throw Problem.notFound("day \(text)") }
        return date
    }

    func objective(
        under goal: BusinessGoalID, owner: MemberID? = nil, baseline: Double = 20,
        target: Double = 100, due: String = "2027-03-31"
    ) throws -> ObjectiveDraft {
        ObjectiveDraft(
            businessGoal: goal, title: "Orders from social", kpi: "Orders", unit: "orders",
            baseline: baseline, target: target, startsOn: try day("2026-10-01"),
            dueOn: try day(due), owner: owner ?? ana)
    }
}
