import Foundation

/// One row of an answer; columns are read by name.
///
///     let title: String = try row("title")
///     let due: Instant? = try row("due_at")
package struct Row: Sendable {
    /// The column names, shared by all rows of an answer.
    final class Columns: Sendable {
        let names: [String]
        let index: [String: Int]

        init(_ names: [String]) {
            self.names = names
            index = Dictionary(
                names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        }
    }

    let columns: Columns
    let values: [SQLValue]

    /// The value of a column that is never NULL.
    package func callAsFunction<Value: SQLReadable>(
        _ column: String, as type: Value.Type = Value.self
    ) throws -> Value {
        let stored = try raw(column)
        guard let value = Value(sqlValue: stored) else {
            throw StoreError.unexpectedValue(column: column, type: "\(Value.self)")
        }
        return value
    }

    /// The value of a column, or nil for NULL.
    package func callAsFunction<Value: SQLReadable>(
        _ column: String, as type: Value?.Type = Value?.self
    ) throws -> Value? {
        let stored = try raw(column)
        if case .null = stored { return nil }
        guard let value = Value(sqlValue: stored) else {
            throw StoreError.unexpectedValue(column: column, type: "\(Value.self)")
        }
        return value
    }

    /// The column's value as the engine returned it.
    package func raw(_ column: String) throws -> SQLValue {
        guard let index = columns.index[column] else {
            throw StoreError.unknownColumn(column)
        }
        return values[index]
    }

    /// All column names, in order.
    package var names: [String] { columns.names }
    /// All values, in the order of `names`.
    package var all: [SQLValue] { values }
}

/// A value that one row describes.
package protocol RowReadable: Sendable {
    init(row: Row) throws
}
