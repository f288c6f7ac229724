import Foundation
package import Store

/// Whether the key at hand opens what the database keeps sealed.
///
/// A restored database without its key goes on, with channels to connect again; whoever put a wrong
/// key there by mistake has to hear of it before that.
package struct SealCheck: Sendable, Hashable {
    /// How many values were looked at, the newest of each column.
    package private(set) var looked = 0
    /// How many of them no key opens.
    package private(set) var closed = 0
    /// The columns that these stand in, such as `channel.sealed`.
    package private(set) var columns: [String] = []

    private static let most = 20

    package init(
        _ columns: [SealedColumn], with box: SecretBox, _ tx: borrowing Transaction
    ) throws {
        for column in columns {
            let key = SQL(raw: "\"\(column.key)\"")
            let name = SQL(raw: "\"\(column.column)\"")
            let rows = try tx.rows(
                """
                SELECT \(key) AS key, \(name) AS sealed FROM \(SQL(raw: "\"\(column.table)\""))
                WHERE \(name) IS NOT NULL ORDER BY \(key) DESC LIMIT \(Self.most)
                """)
            let closed = try rows.count { row in
                let (id, sealed): (String, Data) = (try row("key"), try row("sealed"))
                return (try? box.open(sealed, for: column.place(id))) == nil
            }
            looked += rows.count
            self.closed += closed
            if closed > 0 { self.columns.append(column.name) }
        }
    }

    /// What is wrong and what to do; nil when everything opens.
    package func trouble(keyFile: String) -> String? {
        guard closed > 0 else { return nil }
        return "the secret key in \(keyFile) does not open \(closed) of \(looked) sealed values "
            + "(\(columns.joined(separator: ", "))). Put the key of this installation there and "
            + "start again; if it is lost, connect the channels and set up second factors anew"
    }
}
