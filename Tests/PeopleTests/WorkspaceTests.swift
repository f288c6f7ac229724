import Kernel
import Store
import TestSupport
import Testing

@testable import People

struct WorkspaceTests {
    @Test(arguments: TestDatabase.engines)
    func `creates workspaces with readable addresses`(engine: Engine) async throws {
        try await PeopleWorld.with(engine) { world in
            let owner = try await world.owner()
            let first = try await world.workspace(owner)
            let second = try await world.workspace(owner)
            #expect(first.slug == "rosterei-nord")
            #expect(second.slug == "rosterei-nord-2")
            let place = try #require(
                try await world.desk.place(of: owner.id, in: "rosterei-nord"))
            #expect(place.role == .owner)
            #expect(place.memberCount == 1)
            #expect(place.zone.name == "Europe/Berlin")
            #expect(try await world.desk.place(of: owner.id, in: first.id.text)?.slug == first.slug)
            #expect(try await world.desk.place(of: owner.id, in: "elsewhere") == nil)
            #expect(try await world.desk.places(of: owner.id).count == 2)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `invites once and lets only the invited in`(engine: Engine) async throws {
        try await PeopleWorld.with(engine) { world in
            let owner = try await world.owner()
            let workspace = try await world.workspace(owner)
            let sent = try await world.desk.invite(
                "Ben@Example.org", as: .editor, in: workspace.id, by: owner.principal)
            #expect(try await !world.desk.invitation(secret: sent.secret).hasAccount)
            await #expect(throws: PeopleError.invitedToAnother) {
                try await world.desk.accept(sent.secret, as: owner.id)
            }
            let (ben, _) = try await world.desk.accept(
                sent.secret, name: "Ben Ode", password: "another long phrase")
            #expect(try await world.member(ben, workspace).role == .editor)
            await #expect(throws: PeopleError.invitationSpent) {
                try await world.desk.accept(sent.secret, as: ben.id)
            }
            await #expect(throws: PeopleError.alreadyMember) {
                try await world.desk.invite(
                    "ben@example.org", as: .viewer, in: workspace.id, by: owner.principal)
            }
            let late = try await world.desk.invite(
                "eve@example.org", as: .viewer, in: workspace.id, by: owner.principal)
            world.clock.advance(by: .days(7))
            await #expect(throws: PeopleError.invitationSpent) {
                try await world.desk.invitation(secret: late.secret)
            }
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `keeps an owner and lets only owners make owners`(engine: Engine) async throws {
        try await PeopleWorld.with(engine) { world in
            let owner = try await world.owner()
            let workspace = try await world.workspace(owner)
            let manager = try await world.newcomer(
                "mia@example.org", .manager, workspace, by: owner)
            let own = try await world.member(owner, workspace)
            let other = try await world.member(manager, workspace)
            let change = { (member: Member, role: Role, by: Person) in
                try await world.desk.change(
                    member.id, role: role, hoursPerMonth: 10, in: workspace.id, by: by.principal)
            }
            await #expect(throws: PeopleError.lastOwner) {
                _ = try await change(own, .editor, owner)
            }
            await #expect(throws: PeopleError.ownersOnly) {
                _ = try await change(other, .owner, manager)
            }
            await #expect(throws: PeopleError.ownersOnly) {
                try await world.desk.invite(
                    "x@example.org", as: .owner, in: workspace.id, by: manager.principal)
            }
            await #expect(throws: PeopleError.ownersOnly) {
                try await world.desk.remove(own.id, in: workspace.id, by: manager.principal)
            }
            _ = try await change(other, .owner, owner)
            _ = try await change(own, .editor, manager)
            await #expect(throws: PeopleError.lastOwner) {
                try await world.desk.remove(other.id, in: workspace.id, by: manager.principal)
            }
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `takes a member's way in when they leave, and keeps their name`(
        engine: Engine
    ) async throws {
        try await PeopleWorld.with(engine) { world in
            let owner = try await world.owner()
            let workspace = try await world.workspace(owner)
            let ben = try await world.newcomer("ben@example.org", .editor, workspace, by: owner)
            let token = try await world.desk.createToken(
                .init(name: "script", permissions: [.view], days: nil), for: ben.id,
                in: workspace.id, by: ben.principal)
            let member = try await world.member(ben, workspace)
            let other = try await world.workspace(owner)
            let there = try await world.desk.addMember(
                ben.id, as: .viewer, in: other.id, by: owner.principal)
            let session = try await world.desk.begin(ben.id, agent: nil)
            try await world.desk.remove(there.id, in: other.id, by: owner.principal)
            #expect(try await world.desk.signedIn(secret: session.secret) != nil)
            try await world.desk.remove(member.id, in: workspace.id, by: owner.principal)
            // Who belongs nowhere any more is signed out.
            #expect(try await world.desk.signedIn(secret: session.secret) == nil)
            #expect(try await world.desk.place(of: ben.id, in: workspace.slug) == nil)
            #expect(try await world.desk.use(token: token.text) == nil)
            #expect(try await world.desk.memberNames(in: workspace.id)[member.id] == "New Person")
            let again = try await world.desk.addMember(
                ben.id, as: .viewer, in: workspace.id, by: owner.principal)
            #expect(again.id == member.id)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `creates tokens within their creator's rights`(engine: Engine) async throws {
        try await PeopleWorld.with(engine) { world in
            let owner = try await world.owner()
            let workspace = try await world.workspace(owner)
            let ben = try await world.newcomer("ben@example.org", .editor, workspace, by: owner)
            await #expect(throws: PeopleError.scopesTooWide) {
                try await world.desk.createToken(
                    .init(name: "x", permissions: [.manageMembers], days: nil), for: ben.id,
                    in: workspace.id, by: ben.principal)
            }
            let made = try await world.desk.createToken(
                .init(name: "website", permissions: [.view, .recordResults], days: 30),
                for: ben.id, in: workspace.id, by: ben.principal)
            let use = try #require(try await world.desk.use(token: made.text))
            #expect(use.allows(.recordResults))
            #expect(!use.allows(.write))
            #expect(use.principal.name == "New Person via “website”")
            #expect(try await world.desk.tokens(in: workspace.id).first?.lastUsedAt != nil)
            #expect(try await world.desk.use(token: made.text + "x") == nil)
            let late = try await world.desk.createToken(
                .init(name: "child", permissions: [.view], days: nil), for: ben.id,
                in: workspace.id, by: use.principal, endingBy: made.token.expiresAt)
            #expect(late.token.expiresAt == made.token.expiresAt)
            try await world.desk.revoke(
                late.token.id, in: workspace.id, by: owner.principal, anyones: true)
            world.clock.advance(by: .days(30))
            #expect(try await world.desk.use(token: made.text) == nil)
            try await world.desk.revoke(
                made.token.id, in: workspace.id, by: owner.principal, anyones: true)
            #expect(try await world.desk.tokens(in: workspace.id).isEmpty)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `keeps a token's digest only, and checks its sum before it asks`(
        engine: Engine
    ) async throws {
        try await PeopleWorld.with(engine) { world in
            let owner = try await world.owner()
            let workspace = try await world.workspace(owner)
            let made = try await world.desk.createToken(
                .init(name: "x", permissions: [.view], days: nil), for: owner.id,
                in: workspace.id, by: owner.principal)
            let stored = try await world.database.read { tx in
                try tx.rows("SELECT * FROM api_token").flatMap(\.all)
            }
            #expect(!stored.contains(.text(made.text)))
            #expect(made.text.hasPrefix(made.token.prefix))
            // With the table gone, a mistyped token still gets its answer: nobody was asked.
            try await world.database.write { tx in
                _ = try tx.execute("ALTER TABLE api_token RENAME TO elsewhere")
            }
            let wrong = made.text.dropLast() + (made.text.hasSuffix("a") ? "b" : "a")
            for text in [String(wrong), "tl_", "", String(made.text.dropLast())] {
                #expect(try await world.desk.use(token: text) == nil)
            }
            await #expect(throws: (any Error).self) {
                try await world.desk.use(token: made.text)
            }
        }
    }

    @Test(arguments: Role.allCases)
    func `groups of permissions never exceed the role`(role: Role) {
        for group in TokenAccess.allCases {
            let held = group.permissions(for: role)
            #expect(held.allSatisfy { Policy.allows(role, $0) })
            #expect(held.contains(.view))
        }
        #expect(TokenAccess.read.permissions(for: role) == [.view])
        #expect(
            TokenAccess.all.permissions(for: role)
                == Set(Permission.allCases.filter { Policy.allows(role, $0) }))
    }

    @Test(arguments: TestDatabase.engines)
    func `changes and deletes a workspace with all its rows`(engine: Engine) async throws {
        try await PeopleWorld.with(engine) { world in
            let owner = try await world.owner()
            let workspace = try await world.workspace(owner)
            let zone = try #require(Zone("America/New_York"))
            let changed = try await world.desk.change(
                workspace.id,
                to: .init(name: "North", zone: zone, currency: .euro),
                by: owner.principal)
            #expect(changed.name == "North")
            #expect(changed.slug == workspace.slug)
            try await world.desk.closeSetup(workspace.id, by: .system("Test"))
            #expect(try await world.desk.workspace(workspace.id).setupClosedAt != nil)
            await #expect(throws: PeopleError.nameMismatch) {
                try await world.desk.deleteWorkspace(
                    workspace.id, name: "South", by: owner.principal)
            }
            // Its owners run the installation, which is not to fall to others unnoticed.
            let vic = try await world.newcomer(
                "vic@example.org", .viewer, workspace, by: owner)
            let other = try await world.workspace(vic, "Mine")
            await #expect(throws: PeopleError.installationWouldPass(to: "Mine")) {
                try await world.desk.deleteWorkspace(
                    workspace.id, name: "North", by: owner.principal)
            }
            #expect(try await world.desk.ownsInstallation(owner.id))
            try await world.desk.deleteWorkspace(other.id, name: "Mine", by: vic.principal)
            try await world.desk.deleteWorkspace(workspace.id, name: "North", by: owner.principal)
            let left = try await world.database.read { tx in
                try ["member", "event", "invitation"].map { table in
                    try tx.scalar(
                        Int.self,
                        """
                        SELECT COUNT(*) FROM \(SQL(raw: table))
                        WHERE workspace_id = \(workspace.id)
                        """) ?? -1
                } + [try tx.scalar(Int.self, "SELECT COUNT(*) FROM workspace") ?? -1]
            }
            // That it was deleted stays in the installation's own record.
            #expect(left == [0, 0, 0, 0])
            #expect(Set(try await world.desk.people().map(\.person.id)) == [owner.id, vic.id])
        }
    }
}
