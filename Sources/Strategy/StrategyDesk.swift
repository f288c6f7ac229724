package import Jobs
package import Kernel
package import Store

/// Changes the strategy, one recorded step at a time.
package struct StrategyDesk: Sendable {
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
                "strategy.\(name)", workspace: workspace, subject: subject, summary: summary,
                changes: changes, by: principal),
            in: tx)
    }

    func requireMember(
        _ member: MemberID, in workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws {
        let belongs = try tx.exists(
            """
            SELECT 1 FROM member WHERE id = \(member) AND workspace_id = \(workspace)
                AND removed_at IS NULL
            """)
        guard belongs else { throw StrategyError.notAMember }
    }
}

// MARK: - Business goals

extension StrategyDesk {
    /// Adds a business goal.
    package func addGoal(
        _ draft: BusinessGoalDraft, in workspace: WorkspaceID, by principal: Principal
    ) async throws -> BusinessGoalID {
        try await database.write { tx in
            let id: BusinessGoalID = surroundings.newID()
            try tx.execute(
                """
                INSERT INTO business_goal (id, workspace_id, kind, title, because, created_at)
                VALUES (\(id), \(workspace), \(draft.kind), \(draft.title), \(draft.because),
                    \(surroundings.now()))
                """)
            try record(
                "goalAdded", "businessGoal:\(id)", "Added the business goal “\(draft.title)”",
                changes: try tx.made(
                    """
                    SELECT * FROM business_goal WHERE id = \(id) AND workspace_id = \(workspace)
                    """), in: workspace, by: principal, tx)
            return id
        }
    }

    /// Says a business goal in other words.
    package func changeGoal(
        _ id: BusinessGoalID, to draft: BusinessGoalDraft, in workspace: WorkspaceID,
        by principal: Principal
    ) async throws {
        try await database.write { tx in
            let before = try tx.snapshot(
                "SELECT * FROM business_goal WHERE id = \(id) AND workspace_id = \(workspace)")
            let changed = try tx.execute(
                """
                UPDATE business_goal SET kind = \(draft.kind), title = \(draft.title),
                    because = \(draft.because)
                WHERE id = \(id) AND workspace_id = \(workspace)
                """)
            guard changed == 1 else { throw StrategyError.noSuchGoal }
            try record(
                "goalChanged", "businessGoal:\(id)", "Changed the goal to “\(draft.title)”",
                changes: try before.changes(in: tx), in: workspace, by: principal, tx)
        }
    }

    /// Takes a goal without open objectives off the page, or brings it back.
    package func archiveGoal(
        _ id: BusinessGoalID, _ isArchived: Bool = true, in workspace: WorkspaceID,
        by principal: Principal
    ) async throws {
        try await database.write { tx in
            let before = try tx.snapshot(
                "SELECT * FROM business_goal WHERE id = \(id) AND workspace_id = \(workspace)")
            let open = try tx.scalar(
                Int.self,
                """
                SELECT COUNT(*) FROM objective WHERE workspace_id = \(workspace)
                    AND business_goal_id = \(id) AND archived_at IS NULL
                """)
            if isArchived, let open, open > 0 {
                throw StrategyError.goalInUse(objectives: open)
            }
            let changed = try tx.execute(
                """
                UPDATE business_goal
                SET archived_at = \(isArchived ? surroundings.now() : nil as Instant?)
                WHERE id = \(id) AND workspace_id = \(workspace)
                """)
            guard changed == 1 else { throw StrategyError.noSuchGoal }
            try record(
                isArchived ? "goalClosed" : "goalReopened", "businessGoal:\(id)",
                isArchived ? "Closed the goal" : "Reopened the goal",
                changes: try before.changes(in: tx), in: workspace, by: principal, tx)
        }
    }
}

extension StrategyDesk {
    /// What happened to a subject, the newest first.
    package func activity(
        of subject: String, in workspace: WorkspaceID, limit: Int = 30
    ) async throws -> [RecordedEvent] {
        try await database.read { tx in
            try events.activity(of: subject, workspace: workspace, limit: limit, in: tx)
        }
    }
}
