import Foundation
import Kernel
import Logging
import People
import Store

@testable import App

/// A whole program on a database of its own, with one person for each role and one stranger.
struct AppWorld: Sendable {
    let program: Program
    /// Session secrets by role.
    let sessions: [Role: String]
    let stranger: String
    let slug: String
    let foreignSlug: String

    static let password = "seven quiet harbours at dawn"

    /// Opens the world on SQLite in a folder of its own, runs `body` and cleans up.
    static func with(_ body: (AppWorld) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("throughline-app-\(UInt64.random(in: 0...UInt64.max))").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let settings = try ServerSettings(.init(dataFolder: folder), environment: [:])
        let program = try await Program.open(settings, logger: Logger(label: "test"))
        do {
            try await body(try await AppWorld(program))
            await program.close()
        } catch {
            await program.close()
            throw error
        }
    }

    private init(_ program: Program) async throws {
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
        for role in Role.allCases where role != .owner {
            let person = try await desk.addPerson(
                name: role.rawValue.capitalized, email: "\(role.rawValue)@example.com",
                password: nil)
            _ = try await desk.addMember(person.id, as: role, in: place.id, by: system)
            people.append((role, person.id))
        }
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
