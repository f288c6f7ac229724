import Foundation
import Kernel
import Store
import TestSupport
import Testing

@testable import Publishing

struct ApprovalLinkTests {
    private func link(
        _ world: PublishingWorld, days: Int = 7
    ) async throws -> (PostSheet, NewApprovalLink, Principal) {
        let ben = try await world.addMember()
        let sheet = try await world.desk.create(world.draft(), in: world.acme, by: world.principal)
        let made = try await world.desk.makeLink(
            sheet.post.id, for: "Dana at Lark", days: days, in: world.acme, by: ben)
        return (sheet, made, ben)
    }

    private func state(
        _ made: NewApprovalLink, _ world: PublishingWorld
    ) async throws -> ApprovalLink.State {
        try await world.desk.opened(made.secret).state
    }

    @Test(arguments: TestDatabase.engines)
    func `somebody without an account approves exactly what they saw, once`(
        engine: Engine
    ) async throws {
        try await PublishingWorld.with(engine) { world in
            let (sheet, made, ben) = try await link(world)
            let seen = try await world.desk.opened(made.secret)
            #expect(seen.state == .open)
            #expect(seen.sheet.state == .inReview)
            let stored = try await world.database.read { tx in
                try tx.rows("SELECT * FROM approval_link").flatMap(\.all)
            }
            #expect(!stored.contains(.text(made.secret)))
            // Looking again and again decides nothing: scanners open links too.
            _ = try await world.desk.opened(made.secret)
            let hash = seen.sheet.approvable
            let approved = try await world.desk.decide(
                made.secret, seen: hash, .approved, person: nil, from: "Safari on iPhone, internet")
            #expect(approved.state == .approved)
            await #expect(throws: PublishingError.approvalLinkUsed) {
                try await world.desk.decide(
                    made.secret, seen: hash, .changesWanted("no"), person: nil, from: nil)
            }
            let side = try await world.side(sheet)
            let approvals = try await world.desk.approvals(
                of: side.publication.id, in: world.acme)
            #expect(approvals.map(\.personName) == ["Dana at Lark (approval link)"])
            let event = try #require(
                try await world.database.read { tx in
                    try tx.first("SELECT * FROM event WHERE name = 'publishing.approved'")
                })
            #expect(try event("principal_kind", as: String.self) == "link")
            #expect(try event("origin", as: String.self) == "Safari on iPhone, internet")
            await #expect(throws: PublishingError.nothingToApprove) {
                try await world.desk.makeLink(
                    sheet.post.id, for: "Another", days: 7, in: world.acme, by: ben)
            }
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `asking for changes sends the post back with the words`(engine: Engine) async throws {
        try await PublishingWorld.with(engine) { world in
            let (sheet, made, _) = try await link(world)
            let seen = try await world.desk.opened(made.secret).sheet.approvable
            _ = try await world.desk.decide(
                made.secret, seen: seen, .changesWanted("Name the farm"), person: nil, from: nil)
            let side = try await world.side(sheet)
            #expect(side.publication.delivery.state == .draft)
            #expect(side.publication.message == "Changes wanted: Name the farm")
            #expect(try await state(made, world) == .decided(.changesWanted, at: world.clock.now))
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `an edit voids the link, and says so`(engine: Engine) async throws {
        try await PublishingWorld.with(engine) { world in
            let (sheet, made, ben) = try await link(world)
            let seen = try await world.desk.opened(made.secret).sheet.approvable
            await #expect(throws: PublishingError.changedSinceSeen) {
                try await world.desk.decide(
                    made.secret, seen: "other", .approved, person: nil, from: nil)
            }
            _ = try await world.desk.save(
                sheet.post.id, world.draft("Other words"), revision: nil, in: world.acme,
                by: world.principal)
            #expect(try await state(made, world) == .voided)
            await #expect(throws: PublishingError.approvalLinkVoid(ben.name)) {
                try await world.desk.decide(
                    made.secret, seen: seen, .approved, person: nil, from: nil)
            }
            #expect(try await world.side(sheet).publication.delivery.approvedHash == nil)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `a link ends by itself, when revoked and when the team was faster`(
        engine: Engine
    ) async throws {
        try await PublishingWorld.with(engine) { world in
            let (sheet, made, ben) = try await link(world, days: 2)
            let seen = try await world.desk.opened(made.secret).sheet.approvable
            let other = try await world.desk.makeLink(
                sheet.post.id, for: "Eli", days: 30, in: world.acme, by: ben)
            let third = try await world.desk.makeLink(
                sheet.post.id, for: "Fay", days: 30, in: world.acme, by: ben)
            world.clock.advance(by: .days(2))
            #expect(try await state(made, world) == .expired)
            try await world.desk.revokeLink(
                other.link.id, of: sheet.post.id, in: world.acme, by: ben)
            #expect(try await state(other, world) == .revoked)
            for secret in [made.secret, other.secret] {
                await #expect(throws: PublishingError.approvalLinkOver(ben.name)) {
                    try await world.desk.decide(
                        secret, seen: seen, .approved, person: nil, from: nil)
                }
            }
            await #expect(throws: PublishingError.approvalLinkUnknown) {
                try await world.desk.opened(third.secret + "x")
            }
            let side = try await world.side(sheet)
            _ = try await world.desk.approve(
                sheet.post.id, seen: [side.publication.id: side.content.hash], note: "",
                in: world.acme, by: ben)
            #expect(try await state(third, world) == .voided)
            #expect(
                try await world.desk.links(of: sheet.post.id, in: world.acme).map(\.link.approver)
                    == ["Fay", "Eli", "Dana at Lark"])
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `no author approves by a link what others have to approve`(engine: Engine) async throws {
        try await PublishingWorld.with(engine) { world in
            let (sheet, made, _) = try await link(world)
            await #expect(throws: PublishingError.ownWork) {
                try await world.desk.makeLink(
                    sheet.post.id, for: "Myself", days: 7, in: world.acme, by: world.principal)
            }
            let seen = try await world.desk.opened(made.secret).sheet.approvable
            await #expect(throws: PublishingError.ownWork) {
                try await world.desk.decide(
                    made.secret, seen: seen, .approved, person: world.principal, from: nil)
            }
            #expect(try await state(made, world) == .open)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `two decisions at once count once`(engine: Engine) async throws {
        try await PublishingWorld.with(engine) { world in
            let (sheet, made, _) = try await link(world)
            let seen = try await world.desk.opened(made.secret).sheet.approvable
            let counted = await withTaskGroup(of: Bool.self) { group in
                for answer: PostDesk.LinkAnswer in [.approved, .changesWanted("no"), .approved] {
                    group.addTask {
                        (try? await world.desk.decide(
                            made.secret, seen: seen, answer, person: nil, from: nil)) != nil
                    }
                }
                return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(counted == 1)
            let side = try await world.side(sheet)
            #expect(
                try await world.desk.approvals(of: side.publication.id, in: world.acme).count == 1)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `asks for a name and a sensible time`(engine: Engine) async throws {
        try await PublishingWorld.with(engine) { world in
            let sheet = try await world.desk.create(
                world.draft(), in: world.acme, by: world.principal)
            await #expect(throws: PublishingError.approverName) {
                try await world.desk.makeLink(
                    sheet.post.id, for: "  ", days: 7, in: world.acme, by: world.principal)
            }
            await #expect(throws: PublishingError.approvalLinkDays) {
                try await world.desk.makeLink(
                    sheet.post.id, for: "Dana", days: 31, in: world.acme, by: world.principal)
            }
        }
    }
}
