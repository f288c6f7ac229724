import Channels
import Foundation
import Kernel
import Logging
import Networks
import People
import Planning
import Publishing
import Store
import TestSupport
import Testing

@testable import App

/// A whole program on a database of its own, with one person for each role and one stranger.
struct AppWorld: Sendable {
    let program: Program
    /// Session secrets by role.
    let sessions: [Role: String]
    let stranger: String
    let slug: String
    let foreignSlug: String

    /// What the guest was invited to, and the same of another initiative.
    let inside: Parts
    let outside: Parts

    /// One of everything that belongs to an initiative.
    struct Parts: Sendable {
        let initiative: InitiativeID
        let item: ItemID
        let post: PostID
        let publication: PublicationID
        let channel: ChannelID

        var names: [String: String] {
            [
                "initiative": initiative.text, "item": item.text, "post": post.text,
                "publication": publication.text,
            ]
        }
    }

    private static func fill(
        _ program: Program, _ workspace: WorkspaceID, _ owner: Person
    ) async throws -> (Parts, Parts) {
        let desks = program.desks
        let member = try #require(
            try await desks.people.members(in: workspace).first { $0.person == owner.id })
        let channel = try await desks.channels.add(
            .instagram, plan: ChannelPlan(name: "Pictures", zone: .utc), handle: "",
            profileURL: nil, in: workspace, by: owner.principal)
        var made: [Parts] = []
        for title in ["Spring", "Summer"] {
            let initiative = try await desks.plan.addInitiative(
                InitiativeDraft(
                    kind: .marathon, title: title,
                    startsOn: try #require(CivilDate("2026-11-01")), owner: member.id),
                currency: .euro, in: workspace, by: owner.principal)
            let item = try await desks.plan.addItem(
                ItemDraft(
                    title: "\(title) film", month: try #require(CivilMonth("2026-12")),
                    owner: member.id, initiative: initiative),
                in: workspace, by: owner.principal)
            let sheet = try await desks.posts.create(
                PostDraft(
                    text: "\(title) words", item: item,
                    variants: [VariantDraft(channel: channel.id)]),
                in: workspace, by: owner.principal)
            made.append(
                Parts(
                    initiative: initiative, item: item, post: sheet.post.id,
                    publication: try #require(sheet.sides.first).publication.id,
                    channel: channel.id))
        }
        return (made[0], made[1])
    }

    static let password = "seven quiet harbours at dawn"

    /// Opens the world on one engine, with a folder of its own, runs `body` and cleans up.
    static func with(
        _ engine: Engine, _ body: (AppWorld) async throws -> Void
    ) async throws {
        try await TestDatabase.location(engine) { location in
            var database: String?
            if case .postgres(let address) = location { database = address }
            try await with(database: database, body)
        }
    }

    /// Opens the world in a folder of its own, on SQLite unless another database is given.
    static func with(
        database: String? = nil, _ body: (AppWorld) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("throughline-app-\(UInt64.random(in: 0...UInt64.max))").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let settings = try ServerSettings(
            .init(dataFolder: folder, database: database), environment: [:])
        let program = try await Program.open(settings, logger: Logger(label: "test"))
        do {
            try await body(try await AppWorld(program))
            await program.close()
        } catch {
            await program.close()
            throw error
        }
    }

    init(_ program: Program) async throws {
        self.program = program
        let desk = program.people
        let system = Principal.system("Test")
        guard let zone = Zone("Europe/Berlin"), let currency = Currency("EUR") else {
            throw Problem.notFound("zone")
        }
        let owner = try await desk.addPerson(
            name: "Olive", email: "owner@example.com", password: Self.password)
        let place = try await desk.createWorkspace(
            WorkspacePlan(name: "Harbour Coffee", zone: zone, currency: currency),
            owner: owner.id, by: system)
        slug = place.slug
        var people: [(Role, PersonID)] = [(.owner, owner.id)]
        for role in Role.allCases where role != .owner && role != .guest {
            let person = try await desk.addPerson(
                name: role.rawValue.capitalized, email: "\(role.rawValue)@example.com",
                password: nil)
            _ = try await desk.addMember(person.id, as: role, in: place.id, by: system)
            people.append((role, person.id))
        }
        (inside, outside) = try await Self.fill(program, place.id, owner)
        let guest = try await desk.addPerson(
            name: "Gil", email: "guest@example.com", password: nil)
        _ = try await desk.addGuest(
            guest.id,
            GuestPlan(
                initiatives: [inside.initiative.text], days: 3, mayWrite: true, mayApprove: true),
            in: place.id, by: system)
        people.append((.guest, guest.id))
        var secrets: [Role: String] = [:]
        for (role, person) in people {
            secrets[role] = try await desk.begin(person, agent: "Test").secret
        }
        sessions = secrets
        let other = try await desk.addPerson(
            name: "Stranger", email: "stranger@example.com", password: nil)
        let foreign = try await desk.createWorkspace(
            WorkspacePlan(name: "Elsewhere", zone: zone, currency: currency), owner: other.id,
            by: system)
        foreignSlug = foreign.slug
        stranger = try await desk.begin(other.id, agent: "Test").secret
    }
}
