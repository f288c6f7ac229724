import Jobs
import Kernel
import Store
import TestSupport
import Testing

@testable import People

/// A migrated database with a desk, for every test that queries.
struct PeopleWorld {
    static let migrations = JobsSchema.migrations + PeopleSchema.migrations
    static let password = "violet kettle drum"

    let database: Database
    let clock: ManualClock
    let desk: PeopleDesk

    static func with(
        _ engine: Engine, rigour: SignInRigour = .usual,
        _ body: (PeopleWorld) async throws -> Void
    ) async throws {
        try await TestDatabase.with(engine, migrations) { database in
            let clock = ManualClock(Instant(milliseconds: 1_800_000_000_000))
            let surroundings = clock.surroundings(seed: 11)
            let desk = PeopleDesk(
                database: database, events: EventLog(queue: JobQueue(surroundings: surroundings)),
                surroundings: surroundings,
                passwords: Passwords(surroundings: surroundings, cost: .cheap),
                box: try SecretBox(key: Array(1...32), surroundings: surroundings),
                rigour: rigour)
            try await body(PeopleWorld(database: database, clock: clock, desk: desk))
        }
    }

    func owner() async throws -> Person {
        let link = try #require(try await desk.ownerLink())
        return try await desk.createOwner(
            link: link, name: "Ana Sol", email: "Ana@Example.org", password: Self.password)
    }

    func workspace(_ owner: Person, _ name: String = "Röstéreï Nord") async throws -> Workspace {
        let zone = try #require(Zone("Europe/Berlin"))
        return try await desk.createWorkspace(
            WorkspacePlan(name: name, zone: zone, currency: .euro), owner: owner.id,
            by: owner.principal)
    }

    func newcomer(
        _ email: String, _ role: Role, _ workspace: Workspace, by owner: Person
    ) async throws -> Person {
        let sent = try await desk.invite(email, as: role, in: workspace.id, by: owner.principal)
        return try await desk.accept(
            sent.secret, name: "New Person", password: "another long phrase"
        ).person
    }

    /// Signs in somebody who has no second factor.
    func signIn(
        _ email: String, _ password: String = password, from address: String,
        agent: String? = nil
    ) async throws -> PeopleDesk.NewSession {
        let answer = try await desk.signIn(
            email: email, password: password, address: address, agent: agent)
        guard case .begun(let begun) = answer else { throw PeopleError.wrongCode }
        return begun
    }

    func member(_ person: Person, _ workspace: Workspace) async throws -> Member {
        try #require(
            try await desk.members(in: workspace.id).first { $0.person == person.id })
    }
}
