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

    /// A statement that is ready to be stepped through.
    struct Prepared {
        let statement: Statement
        let facts: Facts
    }

    /// What is found out about a text once, however often it is run.
    struct Facts: Sendable {
        let columns: Row.Columns
        let effect: Effect

        init(_ text: String, _ statement: Statement) {
            columns = Row.Columns(statement.columnNames)
            effect = Effect(text, isReadonly: statement.isReadonly)
        }
    }

    /// What a statement can change.
    enum Effect: Sendable {
        case nothing
        /// Rows, which SQLite counts.
        case rows
        /// What tables there are, and what columns they have.
        case schema
        /// Something else of the database, such as a setting.
        case other

        init(_ text: String, isReadonly: Bool) {
            let text = text.drop(while: \.isWhitespace)
            let starts = { (words: [String]) in words.contains { text.hasPrefix($0) } }
            self =
                if isReadonly { .nothing } else if starts(["INSERT", "UPDATE", "DELETE"]) {
                    .rows
                } else if starts(["CREATE", "ALTER", "DROP"]) { .schema } else { .other }
        }
    }

    /// The texts that each connection keeps.
    private let kept = Mutex<[ObjectIdentifier: [String: Facts]]>([:])

    /// Lets go of all statements of a connection, since the columns of tables have changed.
    func forget(_ db: GRDB.Database) {
        kept.withLock { $0[ObjectIdentifier(db)] = nil }
        db.clearSchemaCache()
    }

    /// Prepares `text`, or takes it from what `db` keeps.
    func statement(
        _ text: String, values: Int, _ db: GRDB.Database
    ) throws -> Prepared {
        guard values <= Self.mostValues else {
            let statement = try db.makeStatement(sql: text)
            return Prepared(statement: statement, facts: Facts(text, statement))
        }
        let connection = ObjectIdentifier(db)
        if let facts = kept.withLock({ $0[connection]?[text] }) {
            let statement = try db.cachedStatement(sql: text)
            // Other where a table has got a column since.
            if facts.columns.names.count == statement.columnCount {
                return Prepared(statement: statement, facts: facts)
            }
        }
        let isFull = kept.withLock { $0[connection, default: [:]].count >= Self.most }
        if isFull {
            kept.withLock { $0[connection] = [:] }
            // Whoever is stepping through one of them holds it by itself.
            db.releaseMemory()
        }
        let statement = try db.cachedStatement(sql: text)
        let facts = Facts(text, statement)
        kept.withLock { $0[connection, default: [:]][text] = facts }
        return Prepared(statement: statement, facts: facts)
    }
}
