package import Kernel
package import Store

/// Answers what came of the posts.
package struct ResultsDesk: Sendable {
    let database: Database

    package init(database: Database) { self.database = database }

    /// The figures by `grain` for a period.
    package func results(
        by grain: ResultsGrain, model: CreditModel, period: ResultsPeriod, currency: Currency,
        in workspace: WorkspaceID, limit: Int = Results.mostRows
    ) async throws -> Results {
        let query = ResultsQuery(
            grain: grain, model: model, period: period, currency: currency, workspace: workspace,
            limit: limit)
        // A year takes two processors half the time.
        async let total = database.read { tx in try query.total(tx) }
        var results = try await database.read { tx in try query.rows(tx) }
        results.total = try await total
        return results
    }

    /// The figures by `grain` as one transaction sees them.
    package static func results(
        by grain: ResultsGrain, model: CreditModel, period: ResultsPeriod, currency: Currency,
        in workspace: WorkspaceID, limit: Int = Results.mostRows, _ tx: borrowing Transaction
    ) throws -> Results {
        try ResultsQuery(
            grain: grain, model: model, period: period, currency: currency, workspace: workspace,
            limit: limit
        ).results(tx)
    }

    /// The sums of a period alone, for comparisons and cards.
    package func total(
        period: ResultsPeriod, currency: Currency, in workspace: WorkspaceID
    ) async throws -> ResultsTotal {
        try await database.read { tx in
            try Self.total(period: period, currency: currency, in: workspace, tx)
        }
    }

    /// The sums of a period as one transaction sees them.
    package static func total(
        period: ResultsPeriod, currency: Currency, in workspace: WorkspaceID,
        _ tx: borrowing Transaction
    ) throws -> ResultsTotal {
        let query = ResultsQuery(
            grain: .channels, model: .last, period: period, currency: currency,
            workspace: workspace, limit: 1)
        return try query.total(tx)
    }

    /// Clicks and revenue day by day.
    package func days(
        period: ResultsPeriod, currency: Currency, in workspace: WorkspaceID
    ) async throws -> [ResultsDay] {
        let (clicks, money) = try await database.read { tx in
            (
                try Self.byDay(
                    """
                    SELECT day, people AS figure FROM workspace_day
                    WHERE workspace_id = \(workspace) AND day >= \(period.days.lowerBound)
                        AND day <= \(period.days.upperBound)
                    """, tx),
                try Self.byDay(
                    """
                    SELECT day, CAST(SUM(amount) AS BIGINT) AS figure FROM conversion
                    WHERE workspace_id = \(workspace) AND day >= \(period.days.lowerBound)
                        AND day <= \(period.days.upperBound) AND bot = 0
                        AND currency = \(currency) GROUP BY day
                    """, tx)
            )
        }
        return period.days.map { day in
            ResultsDay(
                day: DayNumber.date(day), clicks: clicks[day] ?? 0, revenue: money[day] ?? 0)
        }
    }

    private static func byDay(
        _ sql: SQL, _ tx: borrowing Transaction
    ) throws -> [Int64: Int64] {
        var out: [Int64: Int64] = [:]
        for row in try tx.rows(sql) { out[try row("day")] = try row("figure") }
        return out
    }
}
