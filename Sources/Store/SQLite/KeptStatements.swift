import GRDB
import Synchronization

/// The prepared statements that connections keep, of which there must not be more and more.
///
/// GRDB keeps each text that a connection has ever prepared, 10 to 20 KB apiece.
final class KeptStatements: Sendable {
    /// A connection that has this many different ones begins again.
    ///
    /// More than what is asked again and again, and with five connections a bounded amount.
    static let most = 256
    /// A statement with more values is hardly asked twice in the same length.
    static let mostValues = SQL.longestPadded

    /// The texts that each connection keeps, with the names of the columns they answer with.
    private let kept = Mutex<[ObjectIdentifier: [String: Row.Columns]]>([:])

    /// Lets go of all statements of a connection, since the columns of tables have changed.
    func forget(_ db: GRDB.Database) {
        kept.withLock { $0[ObjectIdentifier(db)] = nil }
        db.clearSchemaCache()
    }

    /// Prepares `text`, or takes it from what `db` keeps.
    func statement(
        _ text: String, values: Int, _ db: GRDB.Database
    ) throws -> (Statement, Row.Columns) {
        guard values <= Self.mostValues else {
            let statement = try db.makeStatement(sql: text)
            return (statement, Row.Columns(statement.columnNames))
        }
        let connection = ObjectIdentifier(db)
        if let columns = kept.withLock({ $0[connection]?[text] }) {
            let statement = try db.cachedStatement(sql: text)
            // Other where a table has got a column since.
            if columns.names.count == statement.columnCount { return (statement, columns) }
        }
        let isFull = kept.withLock { $0[connection, default: [:]].count >= Self.most }
        if isFull {
            kept.withLock { $0[connection] = [:] }
            // Whoever is stepping through one of them holds it by itself.
            db.releaseMemory()
        }
        let statement = try db.cachedStatement(sql: text)
        let columns = Row.Columns(statement.columnNames)
        kept.withLock { $0[connection, default: [:]][text] = columns }
        return (statement, columns)
    }
}
