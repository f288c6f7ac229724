package import Kernel
import Store

/// What the tables hold of one person, and what erasing would do to it.
package struct PersonFindings: Sendable, Hashable {
    /// The rows of one table with the same fate.
    package struct Line: Sendable, Hashable, Codable {
        package let table: String
        package let holds: String
        package let rows: Int
        package let fate: Fate
        /// Why rows stay; nil when they do not.
        package let because: String?
    }

    /// What becomes of rows.
    package enum Fate: String, Sendable, Codable, CaseIterable {
        case deleted
        case madeNobodys
        case stays
    }

    package let lines: [Line]
    /// What stands in the way of an erasure, with what to do; nil when nothing does.
    package let obstacle: String?
    /// What is not done from here.
    package let remark: String?

    package var rows: Int { lines.reduce(0) { $0 + $1.rows } }
    package var isEmpty: Bool { rows == 0 }
}

/// Everything the schema says of one person, as a file.
package struct PersonExport: Sendable, Codable {
    package let askedBy: String
    package let value: String
    package let at: Instant
    /// Rows by table, each value as text.
    package let tables: [String: [[String: String]]]
    /// Tables of which more was found than the file holds, with how many rows were left out.
    package let leftOut: [String: Int]

    package var rows: Int { tables.values.reduce(0) { $0 + $1.count } }
}

extension PersonTrace.Erasure {
    var fate: PersonFindings.Fate {
        switch self {
        case .delete: .deleted
        case .replace, .renumber, .seal: .madeNobodys
        case .stay: .stays
        }
    }

    var reason: String? {
        if case .stay(let because) = self { return because }
        return nil
    }
}
