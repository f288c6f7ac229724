package import Jobs
package import Kernel
package import Store
package import Strategy

/// Changes the plan, one recorded step at a time.
package struct PlanDesk: Sendable {
    let database: Database
    let events: EventLog
    let surroundings: Surroundings

    package init(database: Database, events: EventLog, surroundings: Surroundings) {
        self.database = database
        self.events = events
        self.surroundings = surroundings
    }

    func record(
        _ name: String, _ subject: String, _ summary: String, changes: [Change] = [],
        in workspace: WorkspaceID, by principal: Principal, _ tx: borrowing Transaction
    ) throws {
        try events.record(
            Event(
                "planning.\(name)", workspace: workspace, subject: subject, summary: summary,
                changes: changes, by: principal),
            in: tx)
    }

    func requireMember(
        _ member: MemberID?, in workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws {
        guard let member else { return }
        let belongs = try tx.exists(
            """
            SELECT 1 FROM member WHERE id = \(member) AND workspace_id = \(workspace)
                AND removed_at IS NULL
            """)
        guard belongs else { throw PlanError.ownerNeeded }
    }
}

extension PlanDesk {
    /// What happened to a subject, the newest first.
    package func activity(
        of subject: String, in workspace: WorkspaceID, limit: Int = 30
    ) async throws -> [RecordedEvent] {
        try await database.read { tx in
            try events.activity(of: subject, workspace: workspace, limit: limit, in: tx)
        }
    }

    /// The initiative an item belongs to; nil for items on their own and for unknown ones.
    package func initiative(
        of item: ItemID, in workspace: WorkspaceID
    ) async throws -> InitiativeID? {
        try await database.read { tx in try PlanItem.find(item, in: workspace, tx)?.initiative }
    }

    /// The names of a workspace's members and channels.
    package func directory(of workspace: WorkspaceID) async throws -> Directory {
        try await database.read { tx in try Directory.load(workspace, tx) }
    }

    /// The open objectives of a workspace, for lists of choices.
    package func objectives(in workspace: WorkspaceID) async throws -> [Objective] {
        try await database.read { tx in
            try tx.all(
                Objective.self,
                """
                SELECT * FROM objective WHERE workspace_id = \(workspace)
                    AND archived_at IS NULL ORDER BY due_on, id
                """)
        }
    }

    /// The initiatives that serve an objective.
    package func initiatives(
        serving objective: ObjectiveID, in workspace: WorkspaceID
    ) async throws -> [(initiative: Initiative, isPrimary: Bool)] {
        try await database.read { tx in
            try tx.rows(
                """
                SELECT initiative.*, initiative_objective.is_primary AS is_primary
                FROM initiative JOIN initiative_objective
                    ON initiative_objective.initiative_id = initiative.id
                WHERE initiative.workspace_id = \(workspace)
                    AND initiative_objective.objective_id = \(objective)
                ORDER BY initiative.starts_on DESC, initiative.id
                """
            ).map { (try Initiative(row: $0), try $0("is_primary", as: Bool.self)) }
        }
    }
}

// MARK: - Initiatives

extension PlanDesk {
    /// Adds a sprint or a marathon.
    package func addInitiative(
        _ draft: InitiativeDraft, currency: Currency, in workspace: WorkspaceID,
        by principal: Principal
    ) async throws -> InitiativeID {
        try draft.check()
        return try await database.write { tx in
            try requireMember(draft.owner, in: workspace, tx)
            let id: InitiativeID = surroundings.newID()
            try tx.execute(
                """
                INSERT INTO initiative (id, workspace_id, kind, title, purpose, state, starts_on,
                    ends_on, owner_id, budget, currency, created_at)
                VALUES (\(id), \(workspace), \(draft.kind), \(draft.title), \(draft.purpose),
                    'planned', \(draft.startsOn), \(draft.endsOn), \(draft.owner),
                    \(draft.budget?.minorUnits), \(draft.budget?.currency ?? currency),
                    \(surroundings.now()))
                """)
            try link(id, draft, in: workspace, tx)
            try record(
                "initiativeAdded", "initiative:\(id)",
                "Planned the \(draft.kind.rawValue) “\(draft.title)”",
                changes: try tx.made(
                    """
                    SELECT * FROM initiative WHERE id = \(id) AND workspace_id = \(workspace)
                    """, lists: Self.initiativeLists(id)), in: workspace, by: principal, tx)
            return id
        }
    }

    /// Changes what an initiative says; its items stay.
    package func changeInitiative(
        _ id: InitiativeID, to draft: InitiativeDraft, in workspace: WorkspaceID,
        by principal: Principal
    ) async throws {
        try draft.check()
        try await database.write { tx in
            let before = try tx.snapshot(
                """
                SELECT * FROM initiative WHERE id = \(id) AND workspace_id = \(workspace)
                """, lists: Self.initiativeLists(id))
            try requireMember(draft.owner, in: workspace, tx)
            let changed = try tx.execute(
                """
                UPDATE initiative SET kind = \(draft.kind), title = \(draft.title),
                    purpose = \(draft.purpose), starts_on = \(draft.startsOn),
                    ends_on = \(draft.endsOn), owner_id = \(draft.owner),
                    budget = \(draft.budget?.minorUnits)
                WHERE id = \(id) AND workspace_id = \(workspace)
                """)
            guard changed == 1 else { throw PlanError.noSuchInitiative }
            try tx.execute(
                """
                DELETE FROM initiative_objective
                WHERE initiative_id = \(id) AND workspace_id = \(workspace)
                """)
            try link(id, draft, in: workspace, tx)
            try record(
                "initiativeChanged", "initiative:\(id)", "Changed the plan of “\(draft.title)”",
                changes: try before.changes(in: tx), in: workspace, by: principal, tx)
        }
    }

    /// Says how far an initiative is.
    package func setState(
        _ state: Initiative.State, of id: InitiativeID, in workspace: WorkspaceID,
        by principal: Principal
    ) async throws {
        try await database.write { tx in
            let before = try tx.snapshot(
                "SELECT * FROM initiative WHERE id = \(id) AND workspace_id = \(workspace)")
            let changed = try tx.execute(
                """
                UPDATE initiative SET state = \(state)
                WHERE id = \(id) AND workspace_id = \(workspace)
                """)
            guard changed == 1 else { throw PlanError.noSuchInitiative }
            let words =
                switch state {
                case .planned: "Put back to planned"
                case .running: "Started"
                case .done: "Finished"
                case .dropped: "Dropped"
                }
            try record(
                "initiativeMoved", "initiative:\(id)", words, changes: try before.changes(in: tx),
                in: workspace, by: principal, tx)
        }
    }

    /// What belongs to an initiative beside its row, for the record of changes.
    private static func initiativeLists(_ id: InitiativeID) -> [(name: String, query: SQL)] {
        let objectives: SQL = """
            SELECT objective.title FROM initiative_objective JOIN objective
                ON objective.id = initiative_objective.objective_id
            WHERE initiative_objective.initiative_id = \(id)
            ORDER BY initiative_objective.is_primary DESC, objective.id
            """
        return [("objectives", objectives)]
    }

    private func link(
        _ id: InitiativeID, _ draft: InitiativeDraft, in workspace: WorkspaceID,
        _ tx: borrowing Transaction
    ) throws {
        for objective in draft.objectives {
            guard try Objective.find(objective.id, in: workspace, tx) != nil else {
                throw PlanError.noSuchObjective
            }
            try tx.execute(
                """
                INSERT INTO initiative_objective
                    (workspace_id, initiative_id, objective_id, is_primary)
                VALUES (\(workspace), \(id), \(objective.id), \(objective.isPrimary))
                """)
        }
    }
}
