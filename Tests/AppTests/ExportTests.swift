import Foundation
import Kernel
import People
import Store
import Testing

@testable import App

@Suite struct ExportTests {
    private static func lines(_ world: AppWorld) async throws -> [String] {
        let export = try await world.program.export(of: world.slug, withPictures: true)
        var data = Data()
        while let more = try await export.next() { data += more }
        return String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    @Test func `writes the workspace's rows and its people, and no secret`() async throws {
        try await AppWorld.with { world in
            let lines = try await Self.lines(world)
            let text = lines.joined(separator: "\n")
            #expect(text.contains("Harbour Coffee"))
            #expect(text.contains("owner@example.com"))
            #expect(lines.count > Role.allCases.count)
            #expect(!text.contains("Elsewhere"), "another workspace's rows")
            #expect(!text.contains("stranger@example.com"), "another workspace's people")
            #expect(!text.contains("secret_hash"))
            #expect(!text.contains("password_hash"))
            for secret in world.sessions.values { #expect(!text.contains(secret)) }
            #expect(lines.last == #"{"end":{"pictures":0,"rows":\#(lines.count - 1)}}"#)
        }
    }

    @Test func `leaves no table out without a reason`() async throws {
        try await AppWorld.with { world in
            let schema = try await world.program.database.describeSchema()
            let workspace = try await world.program.people.workspace(named: world.slug).id
            let plan = ExportPlan(schema, workspace: workspace)
            #expect(plan.unexplained == [])
            for table in ["click", "visit", "touch", "credit", "site_page", "person", "job"] {
                let isThere = plan.tables.contains { $0.name == table }
                #expect(isThere == (ExportPlan.leftOut[table] == nil), "\(table)")
            }
            for name in ExportPlan.leftOut.keys {
                #expect(schema.tables[name] != nil, "\(name) is left out, but there is none")
            }
            for table in plan.tables {
                let secrets = table.columns.filter { $0.contains("secret") || $0 == "sealed" }
                #expect(secrets == [], "\(table.name)")
            }
        }
    }

    @Test func `reads a table in pages without losing or repeating a row`() async throws {
        try await AppWorld.with { world in
            let schema = try await world.program.database.describeSchema()
            let workspace = try await world.program.people.workspace(named: world.slug).id
            let plan = ExportPlan(schema, workspace: workspace)
            let members = try #require(plan.tables.first { $0.name == "member" })
            var seen: [String] = []
            var last: [SQLValue]?
            while true {
                let query = members.page(after: last, limit: 2)
                let rows = try await world.program.database.read { tx in try tx.rows(query) }
                guard let end = rows.last else { break }
                seen += try rows.map { try $0("id") }
                last = try members.order.map { try end.raw($0) }
            }
            #expect(seen.count == Role.allCases.count)
            #expect(Set(seen).count == seen.count)
        }
    }

    @Test func `says plainly that there is no such workspace`() async throws {
        try await AppWorld.with { world in
            await #expect(throws: PeopleError.noSuchWorkspace) {
                _ = try await world.program.export(of: "nowhere", withPictures: false)
            }
        }
    }
}
