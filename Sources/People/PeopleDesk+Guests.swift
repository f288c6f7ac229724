package import Kernel
import Store

extension PeopleDesk {
    /// Offers a guest's place; what it holds counts from the day it is accepted.
    ///
    /// The caller has checked that the initiatives belong to the workspace.
    package func inviteGuest(
        _ email: String, _ plan: GuestPlan, in workspace: WorkspaceID, by principal: Principal
    ) async throws -> NewInvitation {
        let plan = try plan.checked()
        return try await offer(email, as: .viewer, guest: plan, in: workspace, by: principal)
    }

    /// Makes a person a guest without an invitation.
    package func addGuest(
        _ person: PersonID, _ plan: GuestPlan, in workspace: WorkspaceID, by principal: Principal
    ) async throws -> Member {
        let plan = try plan.checked()
        return try await database.write { tx in
            let isMember = try tx.exists(
                """
                SELECT 1 FROM member WHERE workspace_id = \(workspace)
                    AND person_id = \(person) AND removed_at IS NULL
                """)
            guard !isMember else { throw PeopleError.alreadyMember }
            let id = try join(person, workspace, as: .viewer, tx)
            try admit(id, plan, workspace, tx)
            let added = try member(id, workspace, tx)
            try record(
                "people.joined", id, "\(added.name) joined as a guest",
                changes: try tx.made(Self.guestRow(id)), workspace, principal, tx)
            return added
        }
    }

    /// Changes what a guest sees and may, and counts the days anew; full members are no guests.
    package func changeGuest(
        _ id: MemberID, _ plan: GuestPlan, in workspace: WorkspaceID, by principal: Principal
    ) async throws -> Member {
        let plan = try plan.checked()
        return try await database.write { tx in
            let before = try member(id, workspace, tx)
            guard before.guest != nil else { throw PeopleError.notAGuest }
            let row = try tx.snapshot(Self.guestRow(id))
            try admit(id, plan, workspace, tx)
            try record(
                "people.guest-changed", id, "Changed what \(before.name) sees as a guest",
                changes: try row.changes(in: tx), workspace, principal, tx)
            return try member(id, workspace, tx)
        }
    }

    /// Writes a pass that begins now.
    func admit(
        _ id: MemberID, _ plan: GuestPlan, _ workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws {
        let until = surroundings.now() + .days(Int64(plan.days))
        try tx.execute(
            """
            INSERT INTO guest_pass (member_id, workspace_id, scope, may, until, created_at)
            VALUES (\(id), \(workspace), \(GuestPass.Scope(plan.initiatives)), \(plan.may),
                \(until), \(surroundings.now()))
            ON CONFLICT (member_id) DO UPDATE SET scope = excluded.scope, may = excluded.may,
                until = excluded.until
            """)
    }

    /// A guest's pass for the record of changes.
    static func guestRow(_ id: MemberID) -> SQL {
        "SELECT scope, may, until AS until_at FROM guest_pass WHERE member_id = \(id)"
    }

    // MARK: - Offers

    /// Keeps what an invitation offers a guest.
    func keepOffer(
        _ plan: GuestPlan, of invitation: InvitationID, _ workspace: WorkspaceID,
        _ tx: borrowing Transaction
    ) throws {
        try tx.execute(
            """
            INSERT INTO guest_offer (invitation_id, workspace_id, scope, may, days)
            VALUES (\(invitation), \(workspace), \(GuestPass.Scope(plan.initiatives)),
                \(plan.may), \(plan.days))
            """)
    }

    /// What an invitation offers, when it is a guest's.
    func offer(of invitation: InvitationID, _ tx: borrowing Transaction) throws -> GuestPlan? {
        let row = try tx.first("SELECT * FROM guest_offer WHERE invitation_id = \(invitation)")
        guard let row else { return nil }
        let may: APIToken.Scopes = try row("may")
        let scope: GuestPass.Scope = try row("scope")
        return GuestPlan(
            initiatives: scope.initiatives, days: try row("days"),
            mayWrite: may.permissions.contains(.write),
            mayApprove: may.permissions.contains(.approve))
    }
}
