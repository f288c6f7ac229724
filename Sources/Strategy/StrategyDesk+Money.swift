package import Kernel
import Store

extension StrategyDesk {
    /// Adds a budget period that overlaps no other.
    package func addPeriod(
        _ draft: BudgetPeriodDraft, in workspace: WorkspaceID, by principal: Principal
    ) async throws -> BudgetPeriodID {
        try await database.write { tx in
            try requireFree(draft, besides: nil, in: workspace, tx)
            let id: BudgetPeriodID = surroundings.newID()
            try tx.execute(
                """
                INSERT INTO budget_period (id, workspace_id, starts_on, ends_on, currency,
                    required_return, because, created_at)
                VALUES (\(id), \(workspace), \(draft.startsOn), \(draft.endsOn),
                    \(draft.currency), \(draft.requiredReturn), \(draft.because),
                    \(surroundings.now()))
                """)
            try record(
                "periodAdded", "strategy:\(workspace)",
                "Opened the budget from \(draft.startsOn.words) to \(draft.endsOn.words)",
                changes: try tx.made(
                    """
                    SELECT * FROM budget_period WHERE id = \(id) AND workspace_id = \(workspace)
                    """), in: workspace, by: principal, tx)
            return id
        }
    }

    /// Changes the days or the required return of a budget period.
    package func changePeriod(
        _ id: BudgetPeriodID, to draft: BudgetPeriodDraft, in workspace: WorkspaceID,
        by principal: Principal
    ) async throws {
        try await database.write { tx in
            let before = try tx.snapshot(
                "SELECT * FROM budget_period WHERE id = \(id) AND workspace_id = \(workspace)")
            try requireFree(draft, besides: id, in: workspace, tx)
            // The currency stays: the lines below are amounts in it.
            let changed = try tx.execute(
                """
                UPDATE budget_period SET starts_on = \(draft.startsOn),
                    ends_on = \(draft.endsOn), required_return = \(draft.requiredReturn),
                    because = \(draft.because)
                WHERE id = \(id) AND workspace_id = \(workspace)
                """)
            guard changed == 1 else { throw StrategyError.noSuchPeriod }
            try record(
                "periodChanged", "strategy:\(workspace)",
                "Changed the budget from \(draft.startsOn.words) to \(draft.endsOn.words)",
                changes: try before.changes(in: tx), in: workspace, by: principal, tx)
        }
    }

    /// Removes a budget period and its lines.
    package func removePeriod(
        _ id: BudgetPeriodID, in workspace: WorkspaceID, by principal: Principal
    ) async throws {
        try await database.write { tx in
            let before = try tx.snapshot(
                "SELECT * FROM budget_period WHERE id = \(id) AND workspace_id = \(workspace)")
            let removed = try tx.execute(
                "DELETE FROM budget_period WHERE id = \(id) AND workspace_id = \(workspace)")
            guard removed == 1 else { throw StrategyError.noSuchPeriod }
            try record(
                "periodRemoved", "strategy:\(workspace)", "Removed a budget period",
                changes: try before.changes(in: tx), in: workspace, by: principal, tx)
        }
    }

    /// Adds something the money of a period goes to.
    package func addLine(
        _ draft: BudgetLineDraft, to period: BudgetPeriodID, in workspace: WorkspaceID,
        by principal: Principal
    ) async throws -> BudgetLineID {
        let columns = try draft.columns()
        return try await database.write { tx in
            let exists = try tx.exists(
                "SELECT 1 FROM budget_period WHERE id = \(period) AND workspace_id = \(workspace)")
            guard exists else { throw StrategyError.noSuchPeriod }
            try requireOwn(draft, in: workspace, tx)
            let id: BudgetLineID = surroundings.newID()
            try tx.execute(
                """
                INSERT INTO budget_line (id, workspace_id, budget_period_id, kind, title,
                    channel_id, member_id, minutes, hourly_rate, amount, created_at)
                VALUES (\(id), \(workspace), \(period), \(draft.kind), \(draft.title),
                    \(draft.channel), \(draft.member), \(columns.minutes), \(columns.rate),
                    \(columns.amount), \(surroundings.now()))
                """)
            try record(
                "lineAdded", "strategy:\(workspace)", "Budgeted for \(draft.title)",
                changes: try tx.made(
                    """
                    SELECT * FROM budget_line WHERE id = \(id) AND workspace_id = \(workspace)
                    """), in: workspace, by: principal, tx)
            return id
        }
    }

    /// Changes one line of a budget.
    package func changeLine(
        _ id: BudgetLineID, to draft: BudgetLineDraft, in workspace: WorkspaceID,
        by principal: Principal
    ) async throws {
        let columns = try draft.columns()
        try await database.write { tx in
            let before = try tx.snapshot(
                "SELECT * FROM budget_line WHERE id = \(id) AND workspace_id = \(workspace)")
            try requireOwn(draft, in: workspace, tx)
            let changed = try tx.execute(
                """
                UPDATE budget_line SET kind = \(draft.kind), title = \(draft.title),
                    channel_id = \(draft.channel), member_id = \(draft.member),
                    minutes = \(columns.minutes), hourly_rate = \(columns.rate),
                    amount = \(columns.amount)
                WHERE id = \(id) AND workspace_id = \(workspace)
                """)
            guard changed == 1 else { throw StrategyError.noSuchLine }
            try record(
                "lineChanged", "strategy:\(workspace)", "Changed the budget for \(draft.title)",
                changes: try before.changes(in: tx), in: workspace, by: principal, tx)
        }
    }

    /// Removes one line of a budget.
    package func removeLine(
        _ id: BudgetLineID, in workspace: WorkspaceID, by principal: Principal
    ) async throws {
        try await database.write { tx in
            let before = try tx.snapshot(
                "SELECT * FROM budget_line WHERE id = \(id) AND workspace_id = \(workspace)")
            let row = try tx.first(
                """
                DELETE FROM budget_line WHERE id = \(id) AND workspace_id = \(workspace)
                RETURNING title
                """)
            guard let row else { throw StrategyError.noSuchLine }
            let title: String = try row("title")
            try record(
                "lineRemoved", "strategy:\(workspace)", "Took \(title) out of the budget",
                changes: try before.changes(in: tx), in: workspace, by: principal, tx)
        }
    }

    /// States the margin from a day on; a second one for the day replaces it.
    package func setMargin(
        hundredthsOfPercent: Int, validFrom: CivilDate, because: String,
        in workspace: WorkspaceID, by principal: Principal
    ) async throws -> MarginID {
        guard (1...10_000).contains(hundredthsOfPercent) else {
            throw StrategyError.marginOutOfRange
        }
        return try await database.write { tx in
            let before = try tx.snapshot(
                """
                SELECT * FROM margin WHERE valid_from = \(validFrom) AND workspace_id = \(workspace)
                """)
            let row = try tx.first(
                """
                INSERT INTO margin (id, workspace_id, valid_from, hundredths_of_percent, because,
                    created_at)
                VALUES (\(surroundings.newID(MarginTag.self)), \(workspace), \(validFrom),
                    \(hundredthsOfPercent), \(because), \(surroundings.now()))
                ON CONFLICT (workspace_id, valid_from) DO UPDATE
                    SET hundredths_of_percent = excluded.hundredths_of_percent,
                    because = excluded.because
                RETURNING id
                """)
            guard let row else { throw StrategyError.noSuchMargin }
            let percent = Objective.words(Double(hundredthsOfPercent) / 100, unit: "%")
            try record(
                "marginSet", "strategy:\(workspace)",
                "Set the margin to \(percent) from \(validFrom.words)",
                changes: try before.changes(in: tx), in: workspace,
                by: principal, tx)
            return try row("id")
        }
    }

    /// Removes a margin that was a mistake.
    package func removeMargin(
        _ id: MarginID, in workspace: WorkspaceID, by principal: Principal
    ) async throws {
        try await database.write { tx in
            let before = try tx.snapshot(
                "SELECT * FROM margin WHERE id = \(id) AND workspace_id = \(workspace)")
            let removed = try tx.execute(
                "DELETE FROM margin WHERE id = \(id) AND workspace_id = \(workspace)")
            guard removed == 1 else { throw StrategyError.noSuchMargin }
            try record(
                "marginRemoved", "strategy:\(workspace)", "Removed a margin",
                changes: try before.changes(in: tx), in: workspace, by: principal, tx)
        }
    }

    private func requireFree(
        _ draft: BudgetPeriodDraft, besides: BudgetPeriodID?, in workspace: WorkspaceID,
        _ tx: borrowing Transaction
    ) throws {
        guard draft.startsOn <= draft.endsOn else { throw StrategyError.periodEndsBeforeStart }
        let others = try tx.all(
            BudgetPeriod.self,
            """
            SELECT * FROM budget_period WHERE workspace_id = \(workspace)
                AND starts_on <= \(draft.endsOn) AND ends_on >= \(draft.startsOn)
            """)
        if let other = others.first(where: { $0.id != besides }) {
            throw StrategyError.periodsOverlap(with: other.startsOn, to: other.endsOn)
        }
    }

    private func requireOwn(
        _ draft: BudgetLineDraft, in workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws {
        if let member = draft.member { try requireMember(member, in: workspace, tx) }
        if let channel = draft.channel {
            let belongs = try tx.exists(
                "SELECT 1 FROM channel WHERE id = \(channel) AND workspace_id = \(workspace)")
            guard belongs else { throw StrategyError.noSuchChannel }
        }
    }
}
