package import Kernel

/// The order of a list, and how the rows after a cursor are found in it.
///
/// A list is ordered by a key that may repeat and then by one that does not, so that every row has
/// its place and a page begins exactly where the last one ended.
package struct ListOrder: Sendable {
    /// What the text of a cursor stands for.
    package enum Kind: Sendable {
        case number
        case text
    }

    private let key: SQL
    private let tie: SQL
    private let kinds: (key: Kind, tie: Kind)
    private let isDescending: Bool

    package init(
        _ key: SQL, _ keyKind: Kind = .number, then tie: SQL, _ tieKind: Kind,
        isDescending: Bool = true
    ) {
        self.key = key
        self.tie = tie
        kinds = (keyKind, tieKind)
        self.isDescending = isDescending
    }

    /// `key DESC, tie DESC`, for `ORDER BY`.
    package var clause: SQL {
        let direction: SQL = isDescending ? "DESC" : "ASC"
        return "\(key) \(direction), \(tie) \(direction)"
    }

    /// The condition that leaves the rows after `cursor`; nil for the first page.
    package func after(_ cursor: Cursor?) throws(Problem) -> SQL? {
        guard let cursor else { return nil }
        let (first, second) = (
            try Self.value(cursor.key, kinds.key), try Self.value(cursor.id, kinds.tie)
        )
        let sign: SQL = isDescending ? "<" : ">"
        return "\(key) \(sign) \(first) OR (\(key) = \(first) AND \(tie) \(sign) \(second))"
    }

    private static func value(_ text: String, _ kind: Kind) throws(Problem) -> SQL {
        switch kind {
        case .text: return "\(text)"
        case .number:
            guard let number = Int64(text) else {
                throw .invalid("cursor", "Send the cursor exactly as the last page gave it.")
            }
            return "\(number)"
        }
    }
}

extension Page {
    /// A page of at most `limit` from rows that were asked for one more than that.
    package init(_ found: [Item], limit: Int, cursor: (Item) -> Cursor) {
        let last = found.count > limit ? found.prefix(limit).last : nil
        self.init(items: Array(found.prefix(limit)), next: last.map(cursor))
    }
}
