import Jobs
import Kernel
import People
import Store

/// Carries out what the policies say of an erasure, in the caller's transaction.
struct PersonErasure {
    let search: PersonSearch
    let events: EventLog
    let surroundings: Surroundings

    /// Rows that hang from others go first, so tables are taken from the last to the first.
    func perform(_ tx: borrowing Transaction) throws {
        for policy in search.policies.reversed() where search.isWithin(policy.table) {
            for trace in policy.traces {
                switch trace.erasure {
                case .delete: try delete(trace, policy.table, tx)
                case .replace(let columns): try replace(columns, trace, policy.table, tx)
                case .renumber, .seal, .stay: break
                }
            }
        }
        for mark in [PersonMark.visitor, .token] {
            for number in search.marks.numbers(mark) { try renumber(mark, number, tx) }
        }
        _ = try events.erase(search.eventTraces, in: tx)
    }

    private func delete(
        _ trace: PersonTrace, _ table: String, _ tx: borrowing Transaction
    ) throws {
        for condition in try search.conditions(trace, of: table, tx) {
            try tx.execute("DELETE FROM \(.name(table)) WHERE \(condition)")
        }
    }

    private func replace(
        _ columns: [String: PersonTrace.Replacement], _ trace: PersonTrace, _ table: String,
        _ tx: borrowing Transaction
    ) throws {
        for condition in try search.conditions(trace, of: table, tx) {
            let needsWord = columns.values.contains {
                if case .freshWord = $0 { true } else { false }
            }
            guard needsWord else {
                try set(columns, table, condition, tx)
                continue
            }
            let key = search.key(of: table)
            let names = SQL.joined(key.map { .name($0) }, separator: ", ")
            for row in try tx.rows("SELECT \(names) FROM \(.name(table)) WHERE \(condition)") {
                let these = try key.map { name in
                    let value = try row.raw(name)
                    return "\(.name(name)) = \(value)" as SQL
                }
                try set(columns, table, .all(these), tx)
            }
        }
    }

    private func set(
        _ columns: [String: PersonTrace.Replacement], _ table: String, _ condition: SQL,
        _ tx: borrowing Transaction
    ) throws {
        let settings = columns.sorted { $0.key < $1.key }.map { name, replacement -> SQL in
            switch replacement {
            case .nothing: return "\(.name(name)) = NULL"
            case .text(let text): return "\(.name(name)) = \(text)"
            case .freshWord:
                let word = "erased-" + Hex.text(surroundings.randomBytes(8))
                return "\(.name(name)) = \(word)"
            }
        }
        try tx.execute(
            """
            UPDATE \(.name(table)) SET \(.joined(settings, separator: ", ")) WHERE \(condition)
            """)
    }

    /// Puts the same fresh number in the place of one, in every table: sums and credit stay as
    /// they are, and whoever knows the old number finds nothing.
    private func renumber(
        _ mark: PersonMark, _ number: Int64, _ tx: borrowing Transaction
    ) throws {
        let fresh = surroundings.randomBytes(8).reduce(Int64(0)) { $0 << 8 | Int64($1) } & .max
        for policy in search.policies {
            for trace in policy.traces where trace.mark == mark {
                guard case .renumber = trace.erasure, let within = search.within(policy.table)
                else {
                    continue
                }
                let column = SQL.name(trace.column)
                try tx.execute(
                    """
                    UPDATE \(.name(policy.table)) SET \(column) = \(fresh)
                    WHERE \(column) = \(number) AND (\(within))
                    """)
            }
        }
    }
}
