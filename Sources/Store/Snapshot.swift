package import Kernel

/// What stands in a row before a change, as text by column, to tell afterwards what is different.
///
///     let before = try tx.snapshot("SELECT * FROM margin WHERE id = \(id)")
///     …
///     let changes = try before.changes(in: tx)
///
/// Secrets show only that they changed, never what they are.
package struct Snapshot: Sendable {
    private let row: SQL
    private let lists: [(name: String, query: SQL)]
    private let fields: [String: String]

    init(_ row: SQL, lists: [(name: String, query: SQL)], fields: [String: String]) {
        self.row = row
        self.lists = lists
        self.fields = fields
    }

    /// The same row as it is now against what it was, by field.
    package func changes(in tx: borrowing Transaction) throws -> [Change] {
        let later = try tx.snapshot(row, lists: lists).fields
        return Set(fields.keys).union(later.keys).sorted().compactMap { name in
            guard fields[name] != later[name], !Self.isNoise(name) else { return nil }
            return Change(
                name, before: Self.shown(name, fields[name]), after: Self.shown(name, later[name]))
        }
    }

    /// A column's value as people read it; nil for nothing.
    package static func text(_ name: String, _ value: SQLValue) -> String? {
        switch value {
        case .null: return nil
        case .integer(let number):
            if name.hasSuffix("_at") { return Instant(milliseconds: number).iso8601 }
            // SQLite keeps yes and no as numbers.
            let isFlag = ["is_", "has_", "needs_"].contains(where: name.hasPrefix)
            return isFlag ? (number == 0 ? "no" : "yes") : "\(number)"
        case .boolean(let flag): return flag ? "yes" : "no"
        case .real(let number): return Int64(exactly: number).map { "\($0)" } ?? "\(number)"
        case .text(let text): return text
        case .bytes(let data): return "\(data.count) bytes"
        }
    }

    private static let secrets = ["secret", "token", "sealed", "salt", "password"]

    /// The longest value that is kept of each side; a post's text is shorter.
    private static let longest = 20_000

    private static func shown(_ name: String, _ text: String?) -> String? {
        guard let text else { return nil }
        if secrets.contains(where: name.contains) { return "(secret)" }
        return text.count > longest ? text.prefix(longest) + "…" : text
    }

    /// Columns that change with every write and say nothing.
    private static func isNoise(_ name: String) -> Bool {
        ["id", "workspace_id", "created_at", "updated_at", "revision", "epoch"].contains(name)
    }
}

extension Transaction {
    /// What stands in the one row of a query, with lists from further queries by their name.
    package func snapshot(
        _ row: SQL, lists: [(name: String, query: SQL)] = []
    ) throws -> Snapshot {
        var fields: [String: String] = [:]
        if let found = try first(row) {
            for (name, value) in zip(found.names, found.all) {
                fields[name] = Snapshot.text(name, value)
            }
            for list in lists {
                let texts = try rows(list.query).compactMap { row in
                    row.all.first.flatMap { Snapshot.text(list.name, $0) }
                }
                fields[list.name] = texts.isEmpty ? nil : texts.joined(separator: ", ")
            }
        }
        return Snapshot(row, lists: lists, fields: fields)
    }

    /// The fields of something that was just made.
    package func made(
        _ row: SQL, lists: [(name: String, query: SQL)] = []
    ) throws -> [Change] {
        try Snapshot(row, lists: lists, fields: [:]).changes(in: self)
    }
}
