import Kernel
import People
import Store
import TestSupport
import Testing

struct GuestTests {
    private static let spring = "01900000-0000-7000-8000-0000000000a1"
    private static let summer = "01900000-0000-7000-8000-0000000000a2"

    @Test(arguments: TestDatabase.engines)
    func `a guest comes by invitation and leaves by the clock`(engine: Engine) async throws {
        try await PeopleWorld.with(engine) { world in
            let owner = try await world.owner()
            let workspace = try await world.workspace(owner)
            let made = try await world.desk.inviteGuest(
                "gil@example.org",
                GuestPlan(initiatives: [Self.spring], days: 3, mayWrite: true),
                in: workspace.id, by: owner.principal)
            #expect(made.invitation.role == .guest)
            world.clock.advance(by: .days(2))
            let (gil, _) = try await world.desk.accept(
                made.secret, name: "Gil", password: "seven quiet harbours at dawn")
            // The days count from the day it was accepted.
            world.clock.advance(by: .days(2))
            let place = try #require(
                try await world.desk.place(of: gil.id, in: workspace.slug))
            #expect(place.role == .guest)
            let pass = try #require(place.guest)
            #expect(pass.scope.initiatives == [Self.spring])
            #expect(pass.may.permissions == [.view, .write])
            world.clock.advance(by: .days(1))
            #expect(try await world.desk.place(of: gil.id, in: workspace.slug) == nil)
            #expect(try await world.desk.places(of: gil.id).isEmpty)
            let member = try await world.member(gil, workspace)
            let later = try await world.desk.changeGuest(
                member.id, GuestPlan(initiatives: [Self.summer], days: 10, mayApprove: true),
                in: workspace.id, by: owner.principal)
            #expect(later.guest?.may.permissions == [.view, .approve])
            let recorded = try await world.database.read { tx in
                try tx.scalar(
                    String.self, "SELECT changes FROM event WHERE name = 'people.guest-changed'")
            }
            #expect(recorded?.contains("until_at") == true)
            #expect(try await world.desk.place(of: gil.id, in: workspace.slug)?.role == .guest)
            let full = try await world.desk.change(
                member.id, role: .editor, hoursPerMonth: 5, in: workspace.id, by: owner.principal)
            #expect(full.role == .editor)
            #expect(full.guest == nil)
            await #expect(throws: PeopleError.notAGuest) {
                try await world.desk.changeGuest(
                    member.id, GuestPlan(initiatives: [Self.spring], days: 1),
                    in: workspace.id, by: owner.principal)
            }
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `a guest makes no workspace of their own`(engine: Engine) async throws {
        try await PeopleWorld.with(engine) { world in
            let owner = try await world.owner()
            let workspace = try await world.workspace(owner)
            let made = try await world.desk.inviteGuest(
                "gil@example.org", GuestPlan(initiatives: [Self.spring], days: 3),
                in: workspace.id, by: owner.principal)
            let (gil, _) = try await world.desk.accept(
                made.secret, name: "Gil", password: "seven quiet harbours at dawn")
            await #expect(throws: PeopleError.membersOnly) {
                try await world.workspace(gil, "Mine")
            }
            let member = try await world.member(gil, workspace)
            _ = try await world.desk.change(
                member.id, role: .viewer, hoursPerMonth: 0, in: workspace.id,
                by: owner.principal)
            _ = try await world.workspace(gil, "Mine")
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `nobody becomes a guest without initiatives and an end`(engine: Engine) async throws {
        try await PeopleWorld.with(engine) { world in
            let owner = try await world.owner()
            let workspace = try await world.workspace(owner)
            let ben = try await world.newcomer("ben@example.org", .editor, workspace, by: owner)
            let member = try await world.member(ben, workspace)
            await #expect(throws: PeopleError.guestNeedsScope) {
                try await world.desk.invite(
                    "x@example.org", as: .guest, in: workspace.id, by: owner.principal)
            }
            await #expect(throws: PeopleError.guestNeedsScope) {
                try await world.desk.change(
                    member.id, role: .guest, hoursPerMonth: 1, in: workspace.id,
                    by: owner.principal)
            }
            for plan in [
                GuestPlan(initiatives: [], days: 3), GuestPlan(initiatives: [Self.spring], days: 0),
                GuestPlan(initiatives: [Self.spring], days: 366),
            ] {
                await #expect(throws: PeopleError.self) {
                    try await world.desk.inviteGuest(
                        "x@example.org", plan, in: workspace.id, by: owner.principal)
                }
            }
            await #expect(throws: PeopleError.alreadyMember) {
                try await world.desk.addGuest(
                    ben.id, GuestPlan(initiatives: [Self.spring], days: 3), in: workspace.id,
                    by: owner.principal)
            }
            // Whoever comes back after being a guest comes back as what they are invited to.
            try await world.desk.remove(member.id, in: workspace.id, by: owner.principal)
            _ = try await world.desk.addGuest(
                ben.id, GuestPlan(initiatives: [Self.spring], days: 3), in: workspace.id,
                by: owner.principal)
            #expect(try await world.desk.members(in: workspace.id).last?.role == .guest)
            try await world.desk.remove(member.id, in: workspace.id, by: owner.principal)
            let again = try await world.desk.addMember(
                ben.id, as: .viewer, in: workspace.id, by: owner.principal)
            #expect(again.role == .viewer)
        }
    }

    @Test func `a guest never holds more than the guest role`() {
        let most = Set(Permission.allCases.filter { Policy.allows(.guest, $0) })
        #expect(most == [.view, .write, .approve])
    }
}
