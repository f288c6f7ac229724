/// How large the database is and how much waits for it.
package struct StoreLoad: Sendable, Hashable {
    /// The database with its log.
    package let bytes: Int64
    /// Changes (SQLite) or borrowers of a connection (PostgreSQL) that wait in this process.
    package let waiting: Int
    /// So many may wait before further ones are refused.
    package let mostWaiting: Int
}
