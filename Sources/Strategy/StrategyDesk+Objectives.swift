package import Kernel
package import Store

extension StrategyDesk {
    /// Adds an objective under a business goal.
    package func addObjective(
        _ draft: ObjectiveDraft, in workspace: WorkspaceID, by principal: Principal
    ) async throws -> ObjectiveID {
        try draft.check()
        return try await database.write { tx in
            try requireMember(draft.owner, in: workspace, tx)
            try requireGoal(draft.businessGoal, in: workspace, tx)
            let id: ObjectiveID = surroundings.newID()
            try tx.execute(
                """
                INSERT INTO objective (id, workspace_id, business_goal_id, title, kpi, unit,
                    source, baseline, target, starts_on, due_on, owner_id, created_at)
                VALUES (\(id), \(workspace), \(draft.businessGoal), \(draft.title),
                    \(draft.kpi), \(draft.unit), \(draft.source), \(draft.baseline),
                    \(draft.target), \(draft.startsOn), \(draft.dueOn), \(draft.owner),
                    \(surroundings.now()))
                """)
            try record(
                "objectiveAdded", "objective:\(id)",
                "Set the objective: \(draft.kpi) from \(draft.words(draft.baseline)) to "
                    + "\(draft.words(draft.target)) by \(draft.dueOn.words)",
                changes: try tx.made(
                    """
                    SELECT * FROM objective WHERE id = \(id) AND workspace_id = \(workspace)
                    """), in: workspace, by: principal, tx)
            return id
        }
    }

    /// Changes what an objective says; its check-ins stay.
    package func changeObjective(
        _ id: ObjectiveID, to draft: ObjectiveDraft, in workspace: WorkspaceID,
        by principal: Principal
    ) async throws {
        try draft.check()
        try await database.write { tx in
            let before = try tx.snapshot(
                "SELECT * FROM objective WHERE id = \(id) AND workspace_id = \(workspace)")
            try requireMember(draft.owner, in: workspace, tx)
            try requireGoal(draft.businessGoal, in: workspace, tx)
            let changed = try tx.execute(
                """
                UPDATE objective SET business_goal_id = \(draft.businessGoal),
                    title = \(draft.title), kpi = \(draft.kpi), unit = \(draft.unit),
                    source = \(draft.source), baseline = \(draft.baseline),
                    target = \(draft.target), starts_on = \(draft.startsOn),
                    due_on = \(draft.dueOn), owner_id = \(draft.owner)
                WHERE id = \(id) AND workspace_id = \(workspace)
                """)
            guard changed == 1 else { throw StrategyError.noSuchObjective }
            try record(
                "objectiveChanged", "objective:\(id)",
                "Changed the objective: \(draft.kpi) from \(draft.words(draft.baseline)) to "
                    + "\(draft.words(draft.target)) by \(draft.dueOn.words)",
                changes: try before.changes(in: tx), in: workspace, by: principal, tx)
        }
    }

    /// Takes an objective off the strategy page, or brings it back; its history stays.
    package func archiveObjective(
        _ id: ObjectiveID, _ isArchived: Bool = true, in workspace: WorkspaceID,
        by principal: Principal
    ) async throws {
        try await database.write { tx in
            let before = try tx.snapshot(
                "SELECT * FROM objective WHERE id = \(id) AND workspace_id = \(workspace)")
            let changed = try tx.execute(
                """
                UPDATE objective
                SET archived_at = \(isArchived ? surroundings.now() : nil as Instant?)
                WHERE id = \(id) AND workspace_id = \(workspace)
                """)
            guard changed == 1 else { throw StrategyError.noSuchObjective }
            try record(
                isArchived ? "objectiveClosed" : "objectiveReopened", "objective:\(id)",
                isArchived ? "Closed the objective" : "Reopened the objective",
                changes: try before.changes(in: tx), in: workspace, by: principal, tx)
        }
    }

    /// Records what a person found the KPI to be on a day; a second one for the day replaces it.
    package func checkIn(
        _ objective: ObjectiveID, value: Double, on day: CivilDate, note: String,
        today: CivilDate, in workspace: WorkspaceID, by principal: Principal
    ) async throws {
        guard value.isFinite else { throw StrategyError.notANumber(field: "value") }
        guard day <= today else { throw StrategyError.readingInFuture }
        try await database.write { tx in
            let before = try tx.snapshot(
                """
                SELECT * FROM objective_reading WHERE objective_id = \(objective)
                    AND taken_on = \(day) AND source = 'entered' AND workspace_id = \(workspace)
                """)
            guard let found = try Objective.find(objective, in: workspace, tx) else {
                throw StrategyError.noSuchObjective
            }
            try save(
                objective, value, day, .entered, note: note, by: principal.name, in: workspace, tx)
            let sentence = note.isEmpty ? "" : ": \(note)"
            try record(
                "checkedIn", found.subject,
                "Checked in \(found.words(value)) on \(day.words)\(sentence)",
                changes: try before.changes(in: tx), in: workspace, by: principal, tx)
        }
    }

    /// Records what the program measured on a day; a later measurement of the day replaces it.
    package func recordMeasured(
        _ objective: ObjectiveID, value: Double, on day: CivilDate, in workspace: WorkspaceID,
        _ tx: borrowing Transaction
    ) throws {
        guard value.isFinite else { throw StrategyError.notANumber(field: "value") }
        try save(
            objective, value, day, .measured, note: "", by: "Throughline", in: workspace, tx)
    }

    /// Removes a check-in that was a mistake.
    package func removeReading(
        _ reading: ReadingID, of objective: ObjectiveID, in workspace: WorkspaceID,
        by principal: Principal
    ) async throws {
        try await database.write { tx in
            let before = try tx.snapshot(
                """
                SELECT * FROM objective_reading WHERE id = \(reading)
                    AND workspace_id = \(workspace)
                """)
            let removed = try tx.execute(
                """
                DELETE FROM objective_reading WHERE id = \(reading)
                    AND objective_id = \(objective) AND workspace_id = \(workspace)
                """)
            guard removed == 1 else { throw StrategyError.noSuchReading }
            try record(
                "readingRemoved", "objective:\(objective)", "Removed a check-in",
                changes: try before.changes(in: tx), in: workspace, by: principal, tx)
        }
    }

    private func save(
        _ objective: ObjectiveID, _ value: Double, _ day: CivilDate, _ source: Reading.Source,
        note: String, by name: String, in workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws {
        let id: ReadingID = surroundings.newID()
        try tx.execute(
            """
            INSERT INTO objective_reading (id, workspace_id, objective_id, taken_on, value, source,
                note, recorded_by, recorded_at)
            VALUES (\(id), \(workspace), \(objective), \(day), \(value), \(source), \(note),
                \(name), \(surroundings.now()))
            ON CONFLICT (objective_id, taken_on, source) DO UPDATE SET value = excluded.value,
                note = excluded.note, recorded_by = excluded.recorded_by,
                recorded_at = excluded.recorded_at
            """)
    }

    private func requireGoal(
        _ goal: BusinessGoalID, in workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws {
        let exists = try tx.exists(
            "SELECT 1 FROM business_goal WHERE id = \(goal) AND workspace_id = \(workspace)")
        guard exists else { throw StrategyError.noSuchGoal }
    }
}

extension ObjectiveDraft {
    func words(_ value: Double) -> String { Objective.words(value, unit: unit) }
}
