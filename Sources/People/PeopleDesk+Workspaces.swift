import Jobs
package import Kernel
import Store

extension PeopleDesk {
    /// Creates a workspace whose owner is `person`.
    ///
    /// Where it asks for a second factor, the owner sets one up before anything else.
    package func createWorkspace(
        _ plan: WorkspacePlan, owner person: PersonID, isDemo: Bool = false,
        needsSecondFactor: Bool = false, by principal: Principal
    ) async throws -> Workspace {
        let plan = try plan.checked()
        return try await database.write { tx in
            if let asking = principal.person { try requirePlace(of: asking, tx) }
            return try createWorkspace(
                plan, owner: person, isDemo: isDemo, needsSecondFactor: needsSecondFactor,
                by: principal, tx)
        }
    }

    /// Refuses those who are nobody's full member: a guest is let into what was chosen, no further.
    ///
    /// Before there is a workspace, whoever made the first account makes it.
    private func requirePlace(of person: PersonID, _ tx: borrowing Transaction) throws {
        let isFirst = try !tx.exists("SELECT 1 FROM workspace WHERE NOT is_demo")
        let isMember = try tx.exists(
            """
            SELECT 1 FROM member WHERE person_id = \(person) AND removed_at IS NULL
                AND NOT EXISTS (SELECT 1 FROM guest_pass WHERE guest_pass.member_id = member.id)
            """)
        guard isFirst || isMember else { throw PeopleError.membersOnly }
    }

    private func createWorkspace(
        _ plan: WorkspacePlan, owner person: PersonID, isDemo: Bool, needsSecondFactor: Bool,
        by principal: Principal, _ tx: borrowing Transaction
    ) throws -> Workspace {
        let id: WorkspaceID = surroundings.newID()
        let slug = try freeSlug(plan.name, tx)
        try tx.execute(
            """
            INSERT INTO workspace (id, slug, name, zone, currency, is_demo, needs_second_factor,
                created_at)
            VALUES (\(id), \(slug), \(plan.name), \(plan.zone), \(plan.currency), \(isDemo),
                \(needsSecondFactor), \(surroundings.now()))
            """)
        try join(person, id, as: .owner, tx)
        let event = try Event(
            "people.workspace-created", workspace: id, subject: "workspace:\(id)",
            summary: "Created the workspace \(plan.name)", changes: try tx.made(Self.row(id)),
            by: principal)
        try events.record(event, in: tx)
        return try workspace(id, tx)
    }

    private func freeSlug(_ name: String, _ tx: borrowing Transaction) throws -> String {
        let wanted = Slug.make(name)
        for number in 1...200 {
            let slug = number == 1 ? wanted : "\(wanted)-\(number)"
            if try !tx.exists("SELECT 1 FROM workspace WHERE slug = \(slug)") { return slug }
        }
        return "\(wanted)-\(Hex.text(surroundings.randomBytes(4)))"
    }

    /// One workspace.
    package func workspace(_ id: WorkspaceID) async throws -> Workspace {
        try await database.read { tx in try workspace(id, tx) }
    }

    /// All workspaces, by name; for the command line and for jobs.
    package func workspaces() async throws -> [Workspace] {
        try await database.read { tx in
            try tx.all(Workspace.self, "SELECT * FROM workspace ORDER BY name, id")
        }
    }

    /// Changes name, zone and currency.
    package func change(
        _ id: WorkspaceID, to plan: WorkspacePlan, by principal: Principal
    ) async throws -> Workspace {
        let plan = try plan.checked()
        return try await database.write { tx in
            let before = try workspace(id, tx)
            let row = try tx.snapshot(Self.row(id))
            try tx.execute(
                """
                UPDATE workspace SET name = \(plan.name), zone = \(plan.zone),
                    currency = \(plan.currency)
                WHERE id = \(id)
                """)
            let after = try workspace(id, tx)
            if after != before {
                let event = try Event(
                    "people.workspace-changed", workspace: id, subject: "workspace:\(id)",
                    summary: Self.summary(of: before, after), changes: try row.changes(in: tx),
                    by: principal)
                try events.record(event, in: tx)
            }
            return after
        }
    }

    private static func summary(of before: Workspace, _ after: Workspace) -> String {
        var parts: [String] = []
        if before.name != after.name { parts.append("name “\(after.name)”") }
        if before.zone != after.zone { parts.append("time zone \(after.zone)") }
        if before.currency != after.currency { parts.append("currency \(after.currency)") }
        return "Changed the workspace: " + parts.joined(separator: ", ")
    }

    /// Decides whether members come in with a second factor only.
    ///
    /// Who decides so must have come in with one: otherwise the door closes behind everybody.
    package func ask(
        forSecondFactor isNeeded: Bool, in id: WorkspaceID, by principal: Principal,
        hasSecondFactor: Bool
    ) async throws -> Workspace {
        guard !isNeeded || hasSecondFactor else { throw PeopleError.secondFactorFirst }
        return try await database.write { tx in
            let before = try workspace(id, tx)
            guard before.needsSecondFactor != isNeeded else { return before }
            let row = try tx.snapshot(
                "SELECT needs_second_factor FROM workspace WHERE id = \(id)")
            try tx.execute(
                "UPDATE workspace SET needs_second_factor = \(isNeeded) WHERE id = \(id)")
            let event = try Event(
                "people.second-factor-rule", workspace: id, subject: "workspace:\(id)",
                summary: isNeeded
                    ? "Members now come in with a second factor only"
                    : "Members may come in without a second factor",
                changes: try row.changes(in: tx), by: principal)
            try events.record(event, in: tx)
            return try workspace(id, tx)
        }
    }

    /// Puts the set-up checklist away, or brings it back.
    package func closeSetup(
        _ id: WorkspaceID, closed: Bool = true, by principal: Principal
    ) async throws {
        let at = closed ? surroundings.now() : nil
        try await database.write { tx in
            let row = try tx.snapshot(Self.row(id))
            try tx.execute("UPDATE workspace SET setup_closed_at = \(at) WHERE id = \(id)")
            let event = try Event(
                "people.setup-closed", workspace: id, subject: "workspace:\(id)",
                summary: closed ? "Put the first steps away" : "Brought the first steps back",
                changes: try row.changes(in: tx), by: principal)
            try events.record(event, in: tx)
        }
    }

    /// A workspace's row for the record of changes.
    private static func row(_ id: WorkspaceID) -> SQL {
        "SELECT * FROM workspace WHERE id = \(id)"
    }

    /// Deletes a workspace and everything in it, for good. `name` must be its name.
    package func deleteWorkspace(
        _ id: WorkspaceID, name: String, by principal: Principal
    ) async throws {
        try await database.write { tx in
            try requireOwner(principal, in: id, tx)
            let found = try workspace(id, tx)
            guard found.name == name.trimmed else { throw PeopleError.nameMismatch }
            try keepInstallation(without: id, by: principal, tx)
            let row = try tx.snapshot(Self.row(id))
            try tx.execute("DELETE FROM job WHERE workspace_id = \(id)")
            try tx.execute("DELETE FROM event WHERE workspace_id = \(id)")
            try tx.execute("DELETE FROM audit_head WHERE workspace_id = \(id)")
            try tx.execute("DELETE FROM workspace WHERE id = \(id)")
            // Its own record is gone with it, so the installation's says what happened.
            let event = try Event(
                "people.workspace-deleted", workspace: .installation,
                subject: "workspace:\(id)", summary: "Deleted the workspace \(found.name)",
                changes: try row.changes(in: tx), by: principal)
            try events.record(event, in: tx)
            // The demo's invented people never could sign in.
            if found.isDemo {
                try tx.execute(
                    """
                    DELETE FROM person WHERE password_hash IS NULL AND NOT EXISTS (
                        SELECT 1 FROM member WHERE member.person_id = person.id)
                    """)
            }
        }
    }

    // MARK: - Places

    /// A person's place in the workspace with this slug or identifier; nil for strangers.
    package func place(of person: PersonID, in workspace: String) async throws -> Place? {
        let now = surroundings.now()
        return try await database.read { tx in
            try tx.first(
                Place.self,
                """
                \(Place.query) AND member.person_id = \(person) AND \(GuestPass.holds(at: now))
                    AND (workspace.slug = \(workspace) OR workspace.id = \(workspace))
                """)
        }
    }

    /// All places of a person, by the workspace's name.
    package func places(of person: PersonID) async throws -> [Place] {
        let now = surroundings.now()
        return try await database.read { tx in
            try tx.all(
                Place.self,
                """
                \(Place.query) AND member.person_id = \(person) AND \(GuestPass.holds(at: now))
                ORDER BY workspace.is_demo, workspace.name, workspace.id
                """)
        }
    }
}
