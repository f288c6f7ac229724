package import Kernel
package import Store
package import Strategy

/// Writes what was measured into the objectives whose figures the program knows.
package struct ObjectiveWatch: Sendable {
    private let database: Database
    private let strategy: StrategyDesk
    private let surroundings: Surroundings

    package init(database: Database, strategy: StrategyDesk, surroundings: Surroundings) {
        self.database = database
        self.strategy = strategy
        self.surroundings = surroundings
    }

    private struct Task: Sendable {
        let objective: Objective
        let workspace: WorkspaceID
        let zone: Zone
        let currency: Currency
    }

    /// Asked in the transaction of each value; throws when somebody else is to measure.
    package typealias Fence = @Sendable (borrowing Transaction) throws -> Void

    /// Measures every open objective from its first day to today.
    package func update(fence: @escaping Fence = { _ in }) async throws {
        let now = surroundings.now()
        for task in try await tasks() {
            try await measure(task, on: CivilDate(now, in: task.zone), fence)
        }
    }

    /// Measures the objectives of one workspace as they stood at the end of each day.
    package func measure(in workspace: WorkspaceID, on days: [CivilDate]) async throws {
        for task in try await tasks() where task.workspace == workspace {
            for day in days { try await measure(task, on: day) { _ in } }
        }
    }

    private func tasks() async throws -> [Task] {
        try await database.read { tx in
            try tx.rows(
                """
                SELECT objective.*, workspace.zone, workspace.currency,
                    workspace.id AS workspace FROM objective
                JOIN workspace ON workspace.id = objective.workspace_id
                WHERE objective.source <> 'entered' AND objective.archived_at IS NULL
                """
            ).map { row in
                Task(
                    objective: try Objective(row: row), workspace: try row("workspace"),
                    zone: try row("zone"), currency: try row("currency"))
            }
        }
    }

    private func measure(
        _ task: Task, on day: CivilDate, _ fence: @escaping Fence
    ) async throws {
        let day = min(day, task.objective.dueOn)
        guard let period = try? ResultsPeriod(from: task.objective.startsOn, to: day) else {
            return
        }
        let results = try await ResultsDesk(database: database).results(
            by: .objectives, model: .last, period: period, currency: task.currency,
            in: task.workspace)
        let row = results.rows.first { $0.id == task.objective.id.text }
        guard let value = Self.value(row, task), let row, row.clicks != nil || row.revenue != 0
        else { return }
        let (strategy, objective) = (strategy, task.objective.id)
        let workspace = task.workspace
        try await database.write { tx in
            try fence(tx)
            try strategy.recordMeasured(objective, value: value, on: day, in: workspace, tx)
        }
    }

    /// Nil where nothing is known, because missing is never zero.
    private static func value(_ row: ResultsRow?, _ task: Task) -> Double? {
        guard let row else { return nil }
        switch task.objective.source {
        case .entered: return nil
        case .revenue:
            let unit = (0..<task.currency.decimals).reduce(1.0) { value, _ in value * 10 }
            return task.objective.baseline + Double(row.revenue) / unit
        case .conversions:
            return task.objective.baseline + Double(row.orders + row.leads) / 1e6
        case .visits: return row.visits.map { task.objective.baseline + Double($0) }
        case .clicks: return row.clicks.map { task.objective.baseline + Double($0) }
        }
    }
}
