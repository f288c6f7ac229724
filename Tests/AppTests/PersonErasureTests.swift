import Foundation
import Jobs
import Kernel
import Measurement
import People
import Privacy
import Publishing
import Store
import TestSupport
import Testing

@testable import App

/// Export and erasure of one person, on a whole program and both engines.
@Suite struct PersonErasureTests {
    /// Text and JSON of every row of every table, by table.
    private static func everything(_ world: AppWorld) async throws -> [String: String] {
        let schema = try await world.program.database.describeSchema()
        return try await world.program.database.read { tx in
            var found: [String: String] = [:]
            for name in schema.tables.keys {
                let rows = try tx.rows("SELECT * FROM \(.name(name))")
                found[name] = rows.flatMap { row in
                    zip(row.names, row.all).compactMap { Snapshot.text($0, $1) }
                }.joined(separator: "\n")
            }
            return found
        }
    }

    private static func tables(
        with words: String, _ world: AppWorld
    ) async throws -> [String] {
        try await everything(world).filter { $0.value.mentions(words) }.keys.sorted()
    }

    /// Somebody who left traces in many places.
    private static func dora(_ world: AppWorld, in place: Workspace) async throws -> Person {
        let desk = world.program.people
        let test = Principal.system("Test")
        let dora = try await desk.addPerson(
            name: "Dora Field", email: "dora@canary.example", password: AppWorld.password)
        let member = try await desk.addMember(dora.id, as: .owner, in: place.id, by: test)
        var principal = dora.principal
        principal.from = "Firefox, internet"
        _ = try await desk.begin(dora.id, agent: "Dora's Browser")
        let token = try await desk.createToken(
            .init(name: "hers", permissions: [.view], days: 3), for: dora.id, in: place.id,
            by: principal)
        let posts = world.program.desks.posts
        let sheet = try await posts.create(
            .init(text: "Words of ours", item: world.inside.item, variants: []), in: place.id,
            by: principal)
        let viaToken = Principal(
            kind: .token, person: dora.id, name: "Dora Field via “hers”", from: nil)
        _ = try await world.program.desks.measuring.conversions.record(
            ConversionDraft(
                reference: "R-77", at: Instant(milliseconds: 1_700_000_000_000),
                amount: Money(minorUnits: 5000, currency: .euro)),
            from: .api, zone: .utc, in: place.id, by: viaToken)
        _ = token
        try await world.program.database.write { tx in
            try tx.execute(
                "UPDATE initiative SET owner_id = \(member.id) WHERE id = \(world.inside.initiative)"
            )
            try tx.execute(
                """
                INSERT INTO approval (id, workspace_id, publication_id, content_hash, decision,
                    note, person_id, person_name, at)
                VALUES ('a1', \(place.id), \(world.inside.publication), 'h', 'approved',
                    'Fine, says Dora Field', \(dora.id), 'Dora Field', 1)
                """)
            try tx.execute(
                """
                INSERT INTO idempotency_key (scope, key, fingerprint, status, body, created_at)
                VALUES ('s', 'k', 'f', 200, '{"email":"dora@canary.example"}', 1)
                """)
        }
        #expect(sheet.post.id.text.isEmpty == false)
        // Rows keep the name of the day they were made.
        _ = try await desk.rename(dora.id, to: "Dora Meadow", by: principal)
        return dora
    }

    @Test(arguments: TestDatabase.engines)
    func `exports a person from every table that knows them, without secrets`(
        engine: Engine
    ) async throws {
        try await AppWorld.with(engine) { world in
            let place = try await world.program.people.workspace(named: world.slug)
            let dora = try await Self.dora(world, in: place)
            let export = try await world.program.privacy.export(
                try PersonQuestion(.email, "Dora@Canary.example "), reach: .installation,
                by: .system("Test"))
            for table in [
                "person", "member", "session", "api_token", "post", "approval", "initiative",
                "conversion", "event", "idempotency_key",
            ] {
                #expect(export.tables[table]?.isEmpty == false, "\(table)")
            }
            #expect(export.tables["person"]?.first?["id"] == dora.id.text)
            #expect(export.tables["person"]?.first?["password_hash"] == nil)
            #expect(export.tables["session"]?.first?["secret_hash"] == nil)
            #expect(export.tables["member"]?.count == 1)
            #expect(export.leftOut == [:])
            let text = try JSON.text(export)
            #expect(!text.contains("owner@example.com"), "somebody else's rows")
            // The record says that it was asked, and not of whom.
            let events = try await world.program.people.activity(
                .init(search: "Exported"), in: .installation, PageRequest(limit: 5))
            #expect(events.items.map(\.summary) == ["Exported what is held of one person"])
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `leaves no trace of an erased person in any table, and the chain holds`(
        engine: Engine
    ) async throws {
        try await AppWorld.with(engine) { world in
            let place = try await world.program.people.workspace(named: world.slug)
            let dora = try await Self.dora(world, in: place)
            let audit = world.program.people.audit
            try await audit.seal()
            let head = try #require(try await audit.head(of: place.id))
            #expect(try await Self.tables(with: "dora@canary.example", world).count >= 3)
            let question = try PersonQuestion(.email, "dora@canary.example")
            let before = try await world.program.privacy.find(question, reach: .installation)
            #expect(before.obstacle == nil)
            let done = try await world.program.privacy.erase(
                question, confirmation: "dora@canary.example", reach: .installation,
                by: dora.principal)
            #expect(done == before, "the preview counts what is done")
            for words in [
                "dora@canary.example", "Dora Field", "Dora Meadow", dora.id.text,
                "Dora's Browser",
            ] {
                // What an entry of the record is about stays a bare number that leads nowhere.
                let left = try await Self.tables(with: words, world)
                #expect(left.filter { $0 != "event" || words != dora.id.text } == [], "\(words)")
            }
            let money = try await world.program.database.read { tx in
                try tx.scalar(Int64.self, "SELECT CAST(SUM(amount) AS BIGINT) FROM conversion")
            }
            #expect(money == 5000)
            for chain in [place.id, .installation] {
                #expect(try await audit.verify(chain, against: nil).isIntact)
            }
            try await audit.seal()
            #expect(try await audit.verify(place.id, against: head).isIntact)
            let entry = try #require(
                try await world.program.people.activity(
                    .init(search: "Erased one person"), in: .installation, PageRequest(limit: 5)
                ).items.first)
            #expect(entry.principalName == "Somebody who was erased")
            #expect(!entry.changes.isEmpty)
            await #expect(throws: PrivacyError.nobody(.email)) {
                _ = try await world.program.privacy.erase(
                    question, confirmation: question.value, reach: .installation,
                    by: .system("Test"))
            }
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `does not erase the last owner, and says what to do`(engine: Engine) async throws {
        try await AppWorld.with(engine) { world in
            let question = try PersonQuestion(.email, "owner@example.com")
            let found = try await world.program.privacy.find(question, reach: .installation)
            #expect(
                found.obstacle
                    == "This is the only owner of “Harbour Coffee”. Make somebody else an owner "
                    + "under Settings, Members first, or delete the workspace.")
            let obstacle = try #require(found.obstacle)
            await #expect(throws: PrivacyError.obstacle(obstacle)) {
                _ = try await world.program.privacy.erase(
                    question, confirmation: question.value, reach: .installation,
                    by: .system("Test"))
            }
            await #expect(throws: PrivacyError.notConfirmed) {
                _ = try await world.program.privacy.erase(
                    question, confirmation: "viewer@example.com", reach: .installation,
                    by: .system("Test"))
            }
            #expect(try await Self.tables(with: "owner@example.com", world).contains("person"))
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `a workspace reaches what is its own, and no account`(engine: Engine) async throws {
        try await AppWorld.with(engine) { world in
            let people = world.program.people
            let place = try await people.workspace(named: world.slug)
            let foreign = try await people.workspace(named: world.foreignSlug)
            _ = try await Self.dora(world, in: place)
            let question = try PersonQuestion(.email, "dora@canary.example")
            // Who is no member there does not exist there.
            let nobody = try await world.program.privacy.find(
                question, reach: .workspace(foreign.id))
            #expect(nobody.isEmpty)
            let found = try await world.program.privacy.erase(
                question, confirmation: question.value, reach: .workspace(place.id),
                by: .system("Test"))
            #expect(found.remark != nil)
            #expect(!found.lines.contains { $0.table == "person" || $0.table == "session" })
            let left = try await people.people().first { $0.person.email == question.value }
            #expect(left?.places.isEmpty == true)
        }
    }
}
