import Channels
import Jobs
import Kernel
import People
import Planning
import Store
import Strategy
import TestSupport

/// Acme plans with one objective and a chartered channel; Globex is somebody else.
struct PlanWorld {
    let database: Database
    let clock: ManualClock
    let strategy: StrategyDesk
    let plan: PlanDesk
    let acme: WorkspaceID
    let globex: WorkspaceID
    let ana: MemberID
    let bluesky: ChannelID
    let goal: BusinessGoalID
    let objective: ObjectiveID
    let principal = Principal(kind: .person, person: nil, name: "Ana Sol")

    static let migrations =
        JobsSchema.migrations + PeopleSchema.migrations + ChannelsSchema.migrations
        + StrategySchema.migrations + PlanningSchema.migrations

    static func with(_ engine: Engine, _ body: (PlanWorld) async throws -> Void) async throws {
        try await TestDatabase.with(engine, migrations) { database in
            try await body(try await PlanWorld(database))
        }
    }

    init(_ database: Database) async throws {
        let clock = ManualClock(Instant(milliseconds: 1_795_420_800_000))
        let surroundings = clock.surroundings(seed: 7)
        let events = EventLog(queue: JobQueue(surroundings: surroundings))
        self.database = database
        self.clock = clock
        strategy = StrategyDesk(database: database, events: events, surroundings: surroundings)
        plan = PlanDesk(database: database, events: events, surroundings: surroundings)
        acme = surroundings.newID()
        globex = surroundings.newID()
        ana = surroundings.newID()
        bluesky = surroundings.newID()
        let (acme, globex, ana, bluesky) = (acme, globex, ana, bluesky)
        try await database.write { tx in
            for (workspace, slug, member) in [
                (acme, "acme", ana), (globex, "globex", surroundings.newID(MemberTag.self)),
            ] {
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
        goal = try await strategy.addGoal(
            .init(kind: .revenue, title: "to sell 1,200 bags a month"), in: acme, by: principal)
        objective = try await strategy.addObjective(
            ObjectiveDraft(
                businessGoal: goal, title: "Orders from social", kpi: "orders", unit: "orders",
                baseline: 20, target: 100, startsOn: Self.day("2026-10-01"),
                dueOn: Self.day("2027-03-31"), owner: ana), in: acme, by: principal)
    }

    static func day(_ text: String) throws -> CivilDate {
        guard let date = CivilDate(text) else { throw Problem.notFound("day \(text)") }
        return date
    }

    static func month(_ text: String) throws -> CivilMonth {
        guard let month = CivilMonth(text) else { throw Problem.notFound("month \(text)") }
        return month
    }

    func marathon(from: String = "2026-09-01") async throws -> InitiativeID {
        let id = try await plan.addInitiative(
            InitiativeDraft(
                kind: .marathon, title: "Brewing school", startsOn: try Self.day(from),
                owner: ana, primaryObjective: objective), currency: .euro, in: acme,
            by: principal)
        try await plan.setState(.running, of: id, in: acme, by: principal)
        return id
    }

    func item(
        _ title: String, _ month: String, in initiative: InitiativeID? = nil,
        channels: [ChannelID] = [], objective: ObjectiveID? = nil
    ) async throws -> ItemID {
        try await plan.addItem(
            ItemDraft(
                title: title, month: try Self.month(month), owner: ana, initiative: initiative,
                primaryObjective: objective, channels: channels), in: acme, by: principal)
    }
}
