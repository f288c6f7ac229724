package import Kernel
package import Store

/// Goals that the site reported on one day and that could not be recorded.
package struct RefusedGoals: Sendable, Hashable, RowReadable {
    /// Why a goal was not recorded.
    package enum Reason: String, Sendable, Codable, CaseIterable, SQLConvertible {
        case amount
        case currency
        case reference
        case differs

        /// What to mend on the site.
        package var remedy: String {
            switch self {
            case .amount:
                "The value is no plain number. Send it like 49.90: a point, no thousands, no sign."
            case .currency: "The currency is no three-letter code. Send it like EUR."
            case .reference: "The order number is longer than 100 characters."
            case .differs:
                "The order number came again with another amount. The first amount counts."
            }
        }
    }

    package let day: CivilDate
    package let reason: Reason
    package let goals: Int64
    package let lastAt: Instant
    /// The order number or the goal's name of the latest one.
    package let lastReference: String

    package init(row: Row) throws {
        day = DayNumber.date(try row("day"))
        reason = try row("reason")
        goals = try row("goals")
        lastAt = try row("last_at")
        lastReference = try row("last_reference")
    }

    /// Counts one more.
    static func add(
        _ reason: Reason, reference: String, at: Instant, day: Int64, in workspace: WorkspaceID,
        _ tx: borrowing Transaction
    ) throws {
        try tx.execute(
            """
            INSERT INTO refused_goal (workspace_id, day, reason, goals, last_at, last_reference)
            VALUES (\(workspace), \(day), \(reason), 1, \(at), \(String(reference.prefix(100))))
            ON CONFLICT (workspace_id, day, reason) DO UPDATE
                SET goals = refused_goal.goals + 1, last_at = excluded.last_at,
                    last_reference = excluded.last_reference
            """)
    }
}

extension ResultsDesk {
    /// What the site reported in a period and could not be recorded, the latest day first.
    package func refusedGoals(
        in workspace: WorkspaceID, _ period: ResultsPeriod
    ) async throws -> [RefusedGoals] {
        try await database.read { tx in
            try tx.all(
                RefusedGoals.self,
                """
                SELECT day, reason, goals, last_at, last_reference FROM refused_goal
                WHERE workspace_id = \(workspace) AND day >= \(period.days.lowerBound)
                    AND day <= \(period.days.upperBound) ORDER BY day DESC, reason LIMIT 100
                """)
        }
    }
}
