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

    /// The hashes of the texts that each connection keeps; one too many does no harm.
    private let kept = Mutex<[ObjectIdentifier: Set<Int>]>([:])

    /// Prepares `text`, or takes it from what `db` keeps.
    func statement(_ text: String, values: Int, _ db: GRDB.Database) throws -> Statement {
        guard values <= Self.mostValues else { return try db.makeStatement(sql: text) }
        let isFull = kept.withLock { kept in
            kept[ObjectIdentifier(db), default: []].insert(text.hashValue)
            guard kept[ObjectIdentifier(db), default: []].count > Self.most else { return false }
            kept[ObjectIdentifier(db)] = [text.hashValue]
            return true
        }
        // Whoever is stepping through one of them holds it by itself.
        if isFull { db.releaseMemory() }
        return try db.cachedStatement(sql: text)
    }
}
