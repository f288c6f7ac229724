import Kernel

/// A statement whose interpolated values are bound, never pasted.
///
///     let rows: SQL = "SELECT title FROM item WHERE id = \(id) AND month >= \(month)"
///
/// Interpolating another `SQL` splices its text and its bindings. The renderer writes `?` for
/// SQLite and `$n` for PostgreSQL.
package struct SQL: Sendable, ExpressibleByStringInterpolation {
    enum Segment: Sendable {
        case text(String)
        case value(SQLValue)
        /// Text that differs between the engines.
        case dialect(sqlite: String, postgres: String)
        /// The value again, so many times, where statements are kept by their text.
        case padding(SQLValue, Int)
    }

    var segments: [Segment]

    package init(stringLiteral value: String) { segments = [.text(value)] }

    package init(stringInterpolation: Interpolation) { segments = stringInterpolation.segments }

    /// Text taken as it is.
    ///
    /// Only for names the program itself chose.
    package init(raw text: String) { segments = [.text(text)] }

    init(segments: [Segment]) { self.segments = segments }

    package struct Interpolation: StringInterpolationProtocol {
        var segments: [Segment] = []

        package init(literalCapacity: Int, interpolationCount: Int) {
            segments.reserveCapacity(2 * interpolationCount + 1)
        }

        package mutating func appendLiteral(_ literal: String) {
            if !literal.isEmpty { segments.append(.text(literal)) }
        }

        package mutating func appendInterpolation(_ value: some SQLBindable) {
            segments.append(.value(value.sqlValue))
        }

        package mutating func appendInterpolation<Value: SQLBindable>(_ value: Value?) {
            segments.append(.value(value?.sqlValue ?? .null))
        }

        package mutating func appendInterpolation(_ fragment: SQL) {
            segments += fragment.segments
        }
    }

    package static func + (left: SQL, right: SQL) -> SQL {
        SQL(segments: left.segments + right.segments)
    }

    package static func += (left: inout SQL, right: SQL) { left.segments += right.segments }
}

/// The two database engines.
package enum Engine: String, Sendable, CaseIterable {
    case sqlite
    case postgres
}

extension SQL {
    /// The statement's text and its values for one engine.
    package func render(for engine: Engine) -> (text: String, values: [SQLValue]) {
        var text = ""
        var values: [SQLValue] = []
        for segment in segments {
            switch segment {
            case .text(let part): text += part
            case .value(let value):
                values.append(value)
                text += engine == .sqlite ? "?" : "$\(values.count)"
            case .dialect(let sqlite, let postgres):
                text += engine == .sqlite ? sqlite : postgres
            case .padding(let value, let count):
                guard engine == .sqlite else { continue }
                values += Array(repeating: value, count: count)
                text += String(repeating: ", ?", count: count)
            }
        }
        return (text, values)
    }
}

// MARK: - Named fragments: everything the two engines say differently

extension SQL {
    /// Text that differs between the engines; prefer a named fragment.
    package static func dialect(sqlite: String, postgres: String) -> SQL {
        SQL(segments: [.dialect(sqlite: sqlite, postgres: postgres)])
    }

    /// A parenthesised list for `IN`; an empty list matches nothing.
    ///
    /// SQLite keeps statements by their text, so a list repeats its last value up to one of few
    /// lengths: otherwise each further post would make a further statement of the same question.
    package static func list(_ values: some Collection<some SQLBindable>) -> SQL {
        var out = joined(values.map { "\($0)" }, separator: ", ")
        guard let last = out.segments.last else { return "(NULL)" }
        if case .value(let value) = last {
            out.segments.append(.padding(value, padded(values.count) - values.count))
        }
        return "(\(out))"
    }

    /// A longer list is not padded, and its statement not kept.
    static let longestPadded = 1024

    private static func padded(_ count: Int) -> Int {
        // Exact while SQLite decides by it which index to take.
        [1, 2, 4, 16, 64, 256, longestPadded].first { count <= $0 } ?? count
    }

    /// The fragments with `separator` between them.
    package static func joined(_ fragments: [SQL], separator: String) -> SQL {
        var out = SQL(segments: [])
        for (index, fragment) in fragments.enumerated() {
            if index > 0 { out.segments.append(.text(separator)) }
            out.segments += fragment.segments
        }
        return out
    }

    /// `AND` between the conditions; true when there are none.
    package static func all(_ conditions: [SQL]) -> SQL {
        conditions.isEmpty ? "1 = 1" : "(\(joined(conditions, separator: ") AND (")))"
    }

    /// A column by which SQLite looks for no row and sorts none, because another condition finds
    /// far fewer: it has no statistics and takes the index with the most equal columns.
    package static func unindexed(_ column: SQL) -> SQL {
        .dialect(sqlite: "+", postgres: "") + column
    }

    /// Names the index that SQLite is to begin with, behind the table's name.
    ///
    /// Without statistics it takes the index with the most equal columns, even one by a state that
    /// nearly all rows have. PostgreSQL knows how many there are.
    package static func indexed(by name: String) -> SQL {
        .dialect(sqlite: "INDEXED BY \(name)", postgres: "")
    }

    /// Locks the selected rows for this worker and skips rows that another holds.
    package static var claimLock: SQL {
        .dialect(sqlite: "", postgres: "FOR UPDATE SKIP LOCKED")
    }

    /// Locks the selected rows, after waiting for whoever holds them.
    package static var rowLock: SQL { .dialect(sqlite: "", postgres: "FOR UPDATE") }

    /// Keeps the selected rows as they are to the end; others may read and do the same.
    package static var shareLock: SQL { .dialect(sqlite: "", postgres: "FOR SHARE") }

    /// The greater of two expressions.
    package static func greatest(_ left: SQL, _ right: SQL) -> SQL {
        "\(.dialect(sqlite: "MAX", postgres: "GREATEST"))(\(left), \(right))"
    }

    /// The lesser of two expressions.
    package static func least(_ left: SQL, _ right: SQL) -> SQL {
        "\(.dialect(sqlite: "MIN", postgres: "LEAST"))(\(left), \(right))"
    }

    /// Whether `column` contains `text`, whatever the case; `%` and `_` in it are ordinary.
    package static func contains(_ column: SQL, _ text: String) -> SQL {
        let escaped = text.lowercased()
            .replacing(byte: "\\", with: "\\\\")
            .replacing(byte: "%", with: "\\%")
            .replacing(byte: "_", with: "\\_")
        return "LOWER(\(column)) LIKE \("%" + escaped + "%") ESCAPE '\\'"
    }

    /// All values of a group as one text, in the given order where the engine keeps it.
    package static func concatenated(_ expression: SQL, separator: String) -> SQL {
        """
        \(.dialect(sqlite: "group_concat", postgres: "string_agg"))\
        (\(expression), \(separator))
        """
    }

    /// The start of the UTC day of a millisecond column, in milliseconds.
    package static func dayBucket(_ column: SQL) -> SQL {
        "(\(column) - (\(column) % 86400000))"
    }

    /// The text at `key` of a JSON object column, or NULL.
    package static func json(_ column: SQL, _ key: String) -> SQL { "\(column) ->> \(key)" }
}

// MARK: - Column types for migrations

extension SQL {
    /// An identifier column's type; sorts bytewise on both engines.
    package static var id: SQL { .dialect(sqlite: "TEXT", postgres: "TEXT COLLATE \"C\"") }
    /// Text that sorts bytewise on both engines.
    package static var key: SQL { .id }
    /// A JSON object or array.
    package static var jsonType: SQL { .dialect(sqlite: "JSON", postgres: "JSONB") }
    /// Raw bytes.
    package static var bytes: SQL { .dialect(sqlite: "BLOB", postgres: "BYTEA") }
    /// A floating-point number.
    package static var real: SQL { .dialect(sqlite: "REAL", postgres: "DOUBLE PRECISION") }
    /// Keeps a table's rows in the order of its primary key, where the engine can; after the `)`.
    package static var clustered: SQL { .dialect(sqlite: "WITHOUT ROWID", postgres: "") }
    /// An automatically numbered 64-bit primary key.
    package static var serialKey: SQL {
        .dialect(
            sqlite: "INTEGER PRIMARY KEY AUTOINCREMENT",
            postgres: "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY")
    }
}
