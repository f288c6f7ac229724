package import Jobs
package import Kernel
import People
import Store

extension PrivacyDesk {
    /// What a table keeps for how long, as people read it.
    package struct Entry: Sendable, Hashable {
        package let table: String
        package let holds: String
        /// The personal columns; empty when it speaks of nobody.
        package let personal: [String]
        /// Why it speaks of nobody.
        package let nobody: String?
        package let kept: String
        /// How many days that is, where it is a time.
        package let days: Int?
        package let because: String
        /// What erasing a person does.
        package let erasure: String
    }

    /// What every table keeps and for how long, with the choices of a workspace.
    package func entries(trafficDays: Int) -> [Entry] {
        Self.entries(policies, trafficDays: trafficDays)
    }

    static func entries(_ policies: [TablePolicy], trafficDays: Int) -> [Entry] {
        policies.map { policy in
            var nobody: String?
            if case .nobody(let because) = policy.people { nobody = because }
            let (kept, days, because) = policy.keeps.words(trafficDays: trafficDays)
            return Entry(
                table: policy.table, holds: policy.holds,
                personal: policy.personalColumns.sorted(), nobody: nobody, kept: kept, days: days,
                because: because, erasure: policy.erasureWords)
        }
    }

    /// How many days a workspace keeps single clicks and visits.
    package func trafficDays(in workspace: WorkspaceID) async throws -> Int {
        try await database.read { tx in try trafficDays(workspace, tx) }
    }

    private func trafficDays(_ workspace: WorkspaceID, _ tx: borrowing Transaction) throws -> Int {
        try tx.scalar(
            Int.self,
            "SELECT traffic_days FROM privacy_setting WHERE workspace_id = \(workspace)")
            ?? usualTrafficDays
    }

    /// What is kept where nobody chose otherwise.
    package var usualTrafficDays: Int { Self.usualTrafficDays(policies) }

    static func usualTrafficDays(_ policies: [TablePolicy]) -> Int {
        for policy in policies {
            if case .chosen(let time, _, _, _) = policy.keeps {
                return Int(time.inSeconds / 86_400)
            }
        }
        return PrivacySchema.mostTrafficDays
    }

    /// Chooses how many days single clicks and visits are kept.
    package func keepTraffic(
        days: Int, in workspace: WorkspaceID, by principal: Principal
    ) async throws {
        guard (PrivacySchema.fewestTrafficDays...PrivacySchema.mostTrafficDays).contains(days)
        else { throw PrivacyError.trafficDays }
        try await database.write { tx in
            let before = try trafficDays(workspace, tx)
            guard before != days else { return }
            try tx.execute(
                """
                INSERT INTO privacy_setting (workspace_id, traffic_days)
                VALUES (\(workspace), \(days))
                ON CONFLICT (workspace_id) DO UPDATE SET traffic_days = excluded.traffic_days
                """)
            try events.record(
                try Event(
                    "privacy.keeping-changed", workspace: workspace,
                    subject: "workspace:\(workspace)",
                    summary: "Single clicks and visits are kept for \(days) days",
                    changes: [Change("traffic_days", before: "\(before)", after: "\(days)")],
                    by: principal), in: tx)
        }
    }

    // MARK: - The daily clearing

    private static let batch = 500
    /// Batches of one table in one run; the rest waits for the next.
    private static let mostBatches = 200

    /// Deletes what is past its time, in small transactions; returns the rows deleted by table and
    /// whether more is left.
    @discardableResult
    package func clear() async throws -> (rows: [String: Int], isDone: Bool) {
        let schema = try await database.describeSchema()
        let workspaces = try await database.read { tx in
            try tx.rows("SELECT id FROM workspace ORDER BY id").map {
                try $0("id", as: WorkspaceID.self)
            }
        }
        var gone: [String: Int] = [:]
        var isDone = true
        for policy in policies {
            for condition in try await conditions(policy, schema, workspaces) {
                let (rows, isLast) = try await clear(policy.table, schema, condition)
                if rows > 0 { gone[policy.table, default: 0] += rows }
                if !isLast { isDone = false }
            }
        }
        return (gone, isDone)
    }

    /// Which rows of a table are past their time now.
    private func conditions(
        _ policy: TablePolicy, _ schema: SchemaDescription, _ workspaces: [WorkspaceID]
    ) async throws -> [(SQL, order: String)] {
        let now = surroundings.now()
        switch policy.keeps {
        case .always, .briefly, .with: return []
        case .lasting(let time, let column, let only, _):
            return [("\(.name(column)) < \(now - time) AND (\(only))", column)]
        case .chosen(_, let column, let only, _):
            var found: [(SQL, order: String)] = []
            for workspace in workspaces {
                let days = try await trafficDays(in: workspace)
                let here = schema.rows(
                    of: policy.table, under: "workspace", by: "workspace_id", "= \(workspace)")
                guard let here else { continue }
                found.append(
                    (
                        """
                        \(.name(column)) < \(now - .days(Int64(days))) AND (\(only)) AND (\(here))
                        """, column
                    ))
            }
            return found
        }
    }

    private func clear(
        _ table: String, _ schema: SchemaDescription, _ found: (SQL, order: String)
    ) async throws -> (rows: Int, isLast: Bool) {
        guard let key = schema.tables[table]?.primaryKey, !key.isEmpty else { return (0, true) }
        let names = SQL.joined(key.map { .name($0) }, separator: ", ")
        let (condition, order) = found
        var total = 0
        for _ in 0..<Self.mostBatches {
            let gone = try await database.write { tx in
                try tx.execute(
                    """
                    DELETE FROM \(.name(table)) WHERE (\(names)) IN (
                        SELECT \(names) FROM \(.name(table)) WHERE \(condition)
                        ORDER BY \(.name(order)) LIMIT \(Self.batch))
                    """)
            }
            total += gone
            if gone < Self.batch { return (total, true) }
        }
        return (total, false)
    }

    private struct Nothing: Codable, Sendable {}

    private static let kind = JobKind<Nothing>(
        "privacy.clear", retry: .persistent, lease: .minutes(30))

    /// Plans the daily clearing; planning it again changes nothing.
    package func start(queue: JobQueue) async throws {
        try await database.write { tx in
            try queue.enqueue(
                Self.kind, Nothing(), workspace: nil, lane: Self.kind.name,
                dueAt: surroundings.now() + .hours(1), key: Self.kind.name, in: tx)
        }
    }

    /// What the worker does.
    package func handlers() -> [JobHandler] {
        [
            JobHandler(Self.kind) { _, context in
                let outcome = try await clear()
                let next: Duration = outcome.isDone ? .days(1) : .minutes(1)
                try await database.write { tx in
                    try context.postpone(until: surroundings.now() + next, in: tx)
                }
            }
        ]
    }
}
