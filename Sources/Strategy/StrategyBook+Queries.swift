package import Channels
package import Kernel
package import Store

extension StrategyBook {
    /// Reads the strategy of a workspace as it stands on `today`.
    package static func load(
        _ workspace: WorkspaceID, today: CivilDate, _ tx: borrowing Transaction
    ) throws -> StrategyBook {
        let goals = try tx.all(
            BusinessGoal.self,
            """
            SELECT * FROM business_goal WHERE workspace_id = \(workspace)
                AND archived_at IS NULL ORDER BY id
            """)
        let objectives = try entries(
            tx.all(
                Objective.self,
                """
                SELECT * FROM objective WHERE workspace_id = \(workspace)
                    AND archived_at IS NULL ORDER BY due_on, id
                """), in: workspace, today: today, tx)
        let byGoal = Dictionary(grouping: objectives, by: \.objective.businessGoal)
        return StrategyBook(
            today: today,
            goals: goals.map { GoalEntry(goal: $0, objectives: byGoal[$0.id] ?? []) },
            closedGoals: try tx.all(
                BusinessGoal.self,
                """
                SELECT * FROM business_goal WHERE workspace_id = \(workspace)
                    AND archived_at IS NOT NULL ORDER BY archived_at DESC, id LIMIT 100
                """),
            closedObjectives: try tx.all(
                Objective.self,
                """
                SELECT * FROM objective WHERE workspace_id = \(workspace)
                    AND archived_at IS NOT NULL ORDER BY archived_at DESC, id LIMIT 100
                """),
            charters: try tx.all(
                Charter.self,
                "SELECT * FROM charter WHERE workspace_id = \(workspace) ORDER BY id"),
            messages: try tx.all(
                KeyMessage.self,
                "SELECT * FROM key_message WHERE workspace_id = \(workspace) ORDER BY id"),
            voice: try Voice.find(in: workspace, tx),
            periods: try periods(workspace, tx), margins: try Margin.all(in: workspace, tx))
    }

    /// The objectives with their readings and standing.
    static func entries(
        _ objectives: [Objective], in workspace: WorkspaceID, today: CivilDate,
        _ tx: borrowing Transaction
    ) throws -> [ObjectiveEntry] {
        let readings = try tx.all(
            Reading.self,
            """
            SELECT * FROM objective_reading WHERE workspace_id = \(workspace)
                AND objective_id IN \(.list(objectives.map(\.id))) ORDER BY taken_on, id
            """)
        let byObjective = Dictionary(grouping: readings, by: \.objective)
        return objectives.map { objective in
            let own = byObjective[objective.id] ?? []
            return ObjectiveEntry(
                objective: objective, readings: own,
                standing: objective.standing(readings: own, today: today))
        }
    }

    private static func periods(
        _ workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws -> [PeriodEntry] {
        let lines = try tx.all(
            BudgetLine.self,
            "SELECT * FROM budget_line WHERE workspace_id = \(workspace) ORDER BY id")
        let byPeriod = Dictionary(grouping: lines, by: \.period)
        return try tx.all(
            BudgetPeriod.self,
            """
            SELECT * FROM budget_period WHERE workspace_id = \(workspace)
            ORDER BY starts_on DESC
            """
        ).map { PeriodEntry(period: $0, lines: byPeriod[$0.id] ?? []) }
    }
}

extension StrategyDesk {
    /// The whole strategy as it stands on `today`.
    package func book(in workspace: WorkspaceID, today: CivilDate) async throws -> StrategyBook {
        try await database.read { tx in try StrategyBook.load(workspace, today: today, tx) }
    }

    /// One objective, closed or not, with its goal.
    package func objective(
        _ id: ObjectiveID, in workspace: WorkspaceID, today: CivilDate
    ) async throws -> (entry: StrategyBook.ObjectiveEntry, goal: BusinessGoal) {
        try await database.read { tx in
            guard let found = try Objective.find(id, in: workspace, tx),
                let goal = try BusinessGoal.find(found.businessGoal, in: workspace, tx),
                let entry = try StrategyBook.entries([found], in: workspace, today: today, tx)
                    .first
            else { throw StrategyError.noSuchObjective }
            return (entry, goal)
        }
    }
}

extension BusinessGoal {
    /// A goal of the workspace, closed or not.
    package static func find(
        _ id: BusinessGoalID, in workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws -> BusinessGoal? {
        try tx.first(
            BusinessGoal.self,
            "SELECT * FROM business_goal WHERE id = \(id) AND workspace_id = \(workspace)")
    }
}

extension Objective {
    /// An objective of the workspace, closed or not.
    package static func find(
        _ id: ObjectiveID, in workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws -> Objective? {
        try tx.first(
            Objective.self,
            "SELECT * FROM objective WHERE id = \(id) AND workspace_id = \(workspace)")
    }
}

extension Charter {
    /// The charter of a channel.
    package static func find(
        of channel: ChannelID, in workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws -> Charter? {
        try tx.first(
            Charter.self,
            """
            SELECT * FROM charter WHERE channel_id = \(channel) AND workspace_id = \(workspace)
            """)
    }
}

extension Voice {
    /// The workspace's voice; empty while nobody has written one.
    package static func find(
        in workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws -> Voice {
        try tx.first(Voice.self, "SELECT * FROM voice WHERE workspace_id = \(workspace)")
            ?? Voice()
    }
}

extension Margin {
    /// Every margin of the workspace, the newest first.
    package static func all(
        in workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws -> [Margin] {
        try tx.all(
            Margin.self,
            "SELECT * FROM margin WHERE workspace_id = \(workspace) ORDER BY valid_from DESC")
    }

    /// The margin that counts on `day`; nil while nobody has stated one.
    package static func current(
        on day: CivilDate, in workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws -> Margin? {
        try tx.first(
            Margin.self,
            """
            SELECT * FROM margin WHERE workspace_id = \(workspace) AND valid_from <= \(day)
            ORDER BY valid_from DESC LIMIT 1
            """)
    }
}

extension BudgetLine {
    /// What an hour of a member's work costs on `day`, in minor units, from the budget.
    package static func hourlyRate(
        of member: MemberID, on day: CivilDate, in workspace: WorkspaceID,
        _ tx: borrowing Transaction
    ) throws -> Int64? {
        try tx.scalar(
            Int64.self,
            """
            SELECT budget_line.hourly_rate FROM budget_line
            JOIN budget_period ON budget_period.id = budget_line.budget_period_id
            WHERE budget_line.workspace_id = \(workspace) AND budget_line.member_id = \(member)
                AND budget_line.kind = 'people' AND budget_period.starts_on <= \(day)
            ORDER BY budget_period.starts_on DESC, budget_line.id LIMIT 1
            """)
    }
}
