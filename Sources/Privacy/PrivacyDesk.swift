package import Jobs
package import Kernel
import People
package import Store

/// Finds, exports and erases one person, and clears what is past its time; by the declarations of
/// the tables alone.
package struct PrivacyDesk: Sendable {
    let database: Database
    let events: EventLog
    let surroundings: Surroundings
    /// What each table says of people, in the order of their references.
    package let policies: [TablePolicy]
    /// For how long the planned backups keep what was erased; nil when none are planned.
    package let longestBackup: Duration?

    package init(
        database: Database, events: EventLog, surroundings: Surroundings,
        policies: [TablePolicy], longestBackup: Duration?
    ) {
        self.database = database
        self.events = events
        self.surroundings = surroundings
        self.policies = policies
        self.longestBackup = longestBackup
    }

    /// Rows of one table that an export over the API holds at most.
    package static let mostRows = 5_000

    // MARK: - One person

    /// What is held of a person, by table, and what erasing them would do.
    package func find(
        _ question: PersonQuestion, reach: PersonReach
    ) async throws -> PersonFindings {
        try await database.read { tx in
            try findings(try search(question, reach, tx), tx)
        }
    }

    /// Everything held of a person; records that it was asked for, and not of whom.
    package func export(
        _ question: PersonQuestion, reach: PersonReach, most: Int = mostRows,
        by principal: Principal
    ) async throws -> PersonExport {
        let now = surroundings.now()
        return try await database.write { tx in
            let search = try search(question, reach, tx)
            var tables: [String: [[String: String]]] = [:]
            var leftOut: [String: Int] = [:]
            for policy in policies where search.isWithin(policy.table) {
                let (rows, more) = try rows(of: policy, search, most: most, tx)
                if !rows.isEmpty { tables[policy.table] = rows }
                if more > 0 { leftOut[policy.table] = more }
            }
            guard !tables.isEmpty else { throw PrivacyError.nobody(question.kind) }
            let export = PersonExport(
                askedBy: question.kind.rawValue, value: question.value, at: now, tables: tables,
                leftOut: leftOut)
            try record(
                "privacy.exported", "Exported what is held of one person",
                changes: [Change("rows", before: nil, after: "\(export.rows)")], reach, principal,
                tx)
            return export
        }
    }

    /// Erases a person everywhere within reach, in one transaction; `confirmation` repeats whom.
    package func erase(
        _ question: PersonQuestion, confirmation: String, reach: PersonReach,
        by principal: Principal
    ) async throws -> PersonFindings {
        let again = try PersonQuestion(question.kind, confirmation)
        guard again == question else { throw PrivacyError.notConfirmed }
        let erased = try await database.write { tx in
            let search = try search(question, reach, tx)
            let findings = try findings(search, tx)
            guard !findings.isEmpty else { throw PrivacyError.nobody(question.kind) }
            if let obstacle = findings.obstacle { throw PrivacyError.obstacle(obstacle) }
            try PersonErasure(search: search, events: events, surroundings: surroundings)
                .perform(tx)
            // Whoever erases themselves must not stand in the record of it.
            var actor = principal
            if let person = principal.person, search.marks[.person].contains(person.text) {
                actor = Principal(
                    kind: principal.kind, person: nil, name: "Somebody who was erased")
            }
            try record(
                "privacy.erased", "Erased one person from \(findings.rows) rows",
                changes: findings.lines.filter { $0.fate != .stays }.map {
                    Change("\($0.table) \($0.fate.rawValue)", before: "\($0.rows)", after: "0")
                }, reach, actor, tx)
            return findings
        }
        // What stood in the rows stands in SQLite's log still.
        await database.settle()
        return erased
    }

    private func search(
        _ question: PersonQuestion, _ reach: PersonReach, _ tx: borrowing Transaction
    ) throws -> PersonSearch {
        try PersonSearch(question, policies: policies, reach: reach, tx)
    }

    private func record(
        _ name: String, _ summary: String, changes: [Change], _ reach: PersonReach,
        _ principal: Principal, _ tx: borrowing Transaction
    ) throws {
        let place = reach.workspace ?? .installation
        try events.record(
            try Event(
                name, workspace: place, subject: "workspace:\(place)", summary: summary,
                changes: changes, by: principal), in: tx)
    }

    // MARK: - What is found

    private func findings(
        _ search: PersonSearch, _ tx: borrowing Transaction
    ) throws -> PersonFindings {
        var lines: [PersonFindings.Line] = []
        for policy in policies where search.isWithin(policy.table) {
            let groups = Dictionary(grouping: policy.traces) { $0.erasure.fate }
            for fate in PersonFindings.Fate.allCases {
                guard let traces = groups[fate] else { continue }
                let count = try count(traces, policy.table, search, tx)
                guard count > 0 else { continue }
                lines.append(
                    PersonFindings.Line(
                        table: policy.table, holds: policy.holds, rows: count, fate: fate,
                        because: traces.first?.erasure.reason))
            }
        }
        return PersonFindings(
            lines: lines, obstacle: try obstacle(search, tx),
            remark: search.reach != .installation && !search.marks[.person].isEmpty
                ? "The account itself belongs to the whole installation: its owner can erase it."
                : nil)
    }

    private func count(
        _ traces: [PersonTrace], _ table: String, _ search: PersonSearch,
        _ tx: borrowing Transaction
    ) throws -> Int {
        if traces.contains(where: { if case .seal = $0.erasure { true } else { false } }) {
            return try events.entries(of: search.eventTraces, in: tx).count
        }
        let conditions = try traces.flatMap { try search.conditions($0, of: table, tx) }
        guard !conditions.isEmpty else { return 0 }
        let any = SQL.joined(conditions.map { "(\($0))" }, separator: " OR ")
        return try tx.scalar(Int.self, "SELECT COUNT(*) FROM \(.name(table)) WHERE \(any)") ?? 0
    }

    /// A workspace must keep an owner, or nobody could ever manage it again.
    private func obstacle(
        _ search: PersonSearch, _ tx: borrowing Transaction
    ) throws -> String? {
        let people = search.marks[.person].sorted()
        guard !people.isEmpty else { return nil }
        let here: SQL = search.reach.workspace.map { "workspace.id = \($0)" } ?? "1 = 1"
        let names = try tx.rows(
            """
            SELECT DISTINCT workspace.name FROM workspace
            JOIN member ON member.workspace_id = workspace.id
            WHERE \(here) AND member.person_id IN \(.list(people)) AND member.removed_at IS NULL
                AND member.role = \(Role.owner) AND NOT EXISTS (
                    SELECT 1 FROM member AS other WHERE other.workspace_id = workspace.id
                        AND other.removed_at IS NULL AND other.role = \(Role.owner)
                        AND other.person_id NOT IN \(.list(people)))
            ORDER BY workspace.name
            """
        ).map { try $0("name", as: String.self) }
        guard !names.isEmpty else { return nil }
        let list = names.map { "“\($0)”" }.joined(separator: ", ")
        return "This is the only owner of \(list). Make somebody else an owner under Settings, "
            + "Members first, or delete the workspace."
    }

    /// The rows of a table that speak of the person, without secrets, and how many more there are.
    private func rows(
        of policy: TablePolicy, _ search: PersonSearch, most: Int, _ tx: borrowing Transaction
    ) throws -> ([[String: String]], Int) {
        guard let table = search.schema.tables[policy.table] else { return ([], 0) }
        let shown = table.columns.filter { !TablePolicy.isSecret($0.name) && $0.type != "bytes" }
        var conditions = try policy.traces.flatMap {
            try search.conditions($0, of: policy.table, tx)
        }
        if policy.traces.contains(where: { if case .seal = $0.erasure { true } else { false } }) {
            conditions = try events.entries(of: search.eventTraces, in: tx).batches(of: 500).map {
                "\(.name("id")) IN \(.list($0))"
            }
        }
        guard !conditions.isEmpty else { return ([], 0) }
        let any = SQL.joined(conditions.map { "(\($0))" }, separator: " OR ")
        let names = SQL.joined(shown.map { .name($0.name) }, separator: ", ")
        let order = SQL.joined(
            search.key(of: policy.table).map { .name($0) }, separator: ", ")
        let from: SQL = "FROM \(.name(policy.table)) WHERE \(any)"
        let total = try tx.scalar(Int.self, "SELECT COUNT(*) \(from)") ?? 0
        let found = try tx.rows("SELECT \(names) \(from) ORDER BY \(order) LIMIT \(most)")
        let rows = found.map { row in
            var fields: [String: String] = [:]
            for (name, value) in zip(row.names, row.all) {
                fields[name] = Snapshot.text(name, value)
            }
            return fields
        }
        return (rows, total - rows.count)
    }
}

/// What somebody can do when a person cannot be found or erased.
package enum PrivacyError: Error, Sendable, Hashable {
    case nobody(PersonQuestion.Kind)
    case notConfirmed
    case obstacle(String)
    case trafficDays
}

extension PrivacyError: Presentable {
    package var problem: Problem {
        switch self {
        case .nobody:
            Problem(
                .notFound, code: "privacy.nobody",
                "Nothing is held of this person here. Check how it is written.")
        case .notConfirmed:
            Problem.invalid(
                "confirmation", "Write whom you mean once more, exactly as above.")
        case .obstacle(let words): Problem(.conflict, code: "privacy.last-owner", words)
        case .trafficDays:
            Problem.invalid(
                "trafficDays",
                "Give \(PrivacySchema.fewestTrafficDays) to \(PrivacySchema.mostTrafficDays) days."
            )
        }
    }
}
