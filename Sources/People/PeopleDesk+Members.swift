import Jobs
package import Kernel
import Store

extension PeopleDesk {
    /// The members of a workspace, owners first.
    package func members(in workspace: WorkspaceID) async throws -> [Member] {
        try await database.read { tx in
            try tx.all(
                Member.self,
                """
                SELECT \(Member.columns) FROM member JOIN person ON person.id = member.person_id
                LEFT JOIN guest_pass ON guest_pass.member_id = member.id
                WHERE member.workspace_id = \(workspace) AND member.removed_at IS NULL
                ORDER BY CASE WHEN guest_pass.member_id IS NOT NULL THEN 5 ELSE 0 END,
                    CASE member.role WHEN 'owner' THEN 0 WHEN 'manager' THEN 1
                    WHEN 'editor' THEN 2 WHEN 'approver' THEN 3 ELSE 4 END, person.name, member.id
                """)
        }
    }

    /// Names of all who are or were members, for lists that show who did something.
    package func memberNames(in workspace: WorkspaceID) async throws -> [MemberID: String] {
        let rows = try await database.read { tx in
            try tx.rows(
                """
                SELECT member.id, person.name FROM member
                JOIN person ON person.id = member.person_id
                WHERE member.workspace_id = \(workspace)
                """)
        }
        var names: [MemberID: String] = [:]
        for row in rows { names[try row("id")] = try row("name", as: String.self) }
        return names
    }

    /// Changes a member's role and hours.
    package func change(
        _ id: MemberID, role: Role, hoursPerMonth: Int, in workspace: WorkspaceID,
        by principal: Principal
    ) async throws -> Member {
        guard (0...400).contains(hoursPerMonth) else {
            throw Problem.invalid("hoursPerMonth", "Give 0 to 400 hours a month.")
        }
        guard role != .guest else { throw PeopleError.guestNeedsScope }
        return try await database.write { tx in
            let before = try member(id, workspace, tx)
            let row = try tx.snapshot(Self.row(id))
            if before.role != role {
                if before.role == .owner || role == .owner {
                    try requireOwner(principal, in: workspace, tx)
                }
                if before.role == .owner { try keepAnOwner(besides: id, workspace, tx) }
            }
            try tx.execute(
                """
                UPDATE member SET role = \(role), hours_per_month = \(hoursPerMonth)
                WHERE id = \(id) AND workspace_id = \(workspace)
                """)
            try tx.execute("DELETE FROM guest_pass WHERE member_id = \(id)")
            let changes = try row.changes(in: tx)
            if !changes.isEmpty {
                try record(
                    before.role == role ? "people.hours-changed" : "people.role-changed", id,
                    before.role == role
                        ? "\(before.name) has \(hoursPerMonth) hours a month"
                        : "\(before.name) is now \(role.rawValue)",
                    changes: changes, workspace, principal, tx)
            }
            return try member(id, workspace, tx)
        }
    }

    /// Removes a member; what they made keeps their name, and their tokens stop working.
    package func remove(
        _ id: MemberID, in workspace: WorkspaceID, by principal: Principal
    ) async throws {
        try await database.write { tx in
            let member = try member(id, workspace, tx)
            let row = try tx.snapshot(Self.row(id))
            if member.role == .owner {
                if principal.person != member.person {
                    try requireOwner(principal, in: workspace, tx)
                }
                try keepAnOwner(besides: id, workspace, tx)
            }
            try tx.execute(
                """
                UPDATE member SET removed_at = \(surroundings.now())
                WHERE id = \(id) AND workspace_id = \(workspace)
                """)
            try tx.execute(
                """
                DELETE FROM api_token
                WHERE workspace_id = \(workspace) AND person_id = \(member.person)
                """)
            // Who belongs nowhere any more has nothing left to be signed in for.
            let isElsewhere = try tx.exists(
                """
                SELECT 1 FROM member
                WHERE person_id = \(member.person) AND removed_at IS NULL
                """)
            if !isElsewhere { try endSessions(of: member.person, but: nil, tx) }
            try record(
                "people.member-removed", id, "\(member.name) left the workspace",
                changes: try row.changes(in: tx), workspace, principal, tx)
        }
    }

    private func keepAnOwner(
        besides id: MemberID, _ workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws {
        let hasAnother = try tx.exists(
            """
            SELECT 1 FROM member WHERE workspace_id = \(workspace) AND removed_at IS NULL
                AND role = \(Role.owner) AND id <> \(id)
            """)
        guard hasAnother else { throw PeopleError.lastOwner }
    }

    /// A member's row for the record of changes.
    static func row(_ id: MemberID) -> SQL {
        """
        SELECT \(GuestPass.role) AS role, member.person_id, member.hours_per_month,
            member.removed_at FROM member WHERE member.id = \(id)
        """
    }

    func record(
        _ name: String, _ member: MemberID, _ summary: String, changes: [Change],
        _ workspace: WorkspaceID, _ principal: Principal, _ tx: borrowing Transaction
    ) throws {
        let event = try Event(
            name, workspace: workspace, subject: "member:\(member)", summary: summary,
            changes: changes, by: principal)
        try events.record(event, in: tx)
    }
}
