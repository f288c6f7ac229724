import Foundation
package import Kernel
package import Store

/// A column of sealed values, and the place that each value is bound to.
package struct SealedColumn: Sendable {
    let table: String
    let column: String
    let key: String
    let place: @Sendable (_ key: String) -> String

    /// Names a column; `place` gives the words that the slice seals a row's value with.
    package init(
        _ table: String, _ column: String, key: String = "id",
        place: @escaping @Sendable (_ key: String) -> String
    ) {
        self.table = table
        self.column = column
        self.key = key
        self.place = place
    }

    package var name: String { "\(table).\(column)" }
}

/// Seals every value anew with a new key, while others go on working.
///
/// The old key counts until the last value is done, so a rotation that is cut off loses nothing and
/// goes on when it is started again.
package struct KeyRotation: Sendable {
    let database: Database
    let box: SecretBox
    let columns: [SealedColumn]
    let surroundings: Surroundings
    /// Waits for seals that are on their way with the key before.
    let pause: @Sendable () async throws -> Void

    package init(
        database: Database, box: SecretBox, columns: [SealedColumn], surroundings: Surroundings,
        pause: @escaping @Sendable () async throws -> Void = {
            try await Task.sleep(for: .seconds(2))
        }
    ) {
        self.database = database
        self.box = box
        self.columns = columns
        self.surroundings = surroundings
        self.pause = pause
    }

    /// What a rotation did.
    package struct Outcome: Sendable, Encodable {
        package let sealed: Int
        /// Values that no key opens: they were lost before, and stay as they are.
        package let lost: [String]
        /// Whether the old keys are gone; where somebody else keeps the file, they take them away.
        package let isOldKeyGone: Bool
    }

    /// Does it all; nothing is forgotten before everything opens with the new key.
    package func run(progress: @Sendable (String) async -> Void = { _ in }) async throws -> Outcome
    {
        try box.ring.addKey(surroundings)
        try await pause()
        var sealed = 0
        var lost: Set<String> = []
        while true {
            var round = 0
            for column in columns { round += try await reseal(column, &lost) }
            sealed += round
            await progress("\(sealed) values are sealed anew.")
            // What somebody changed at the same moment is looked at in the next round.
            if round == 0 { break }
        }
        return Outcome(
            sealed: sealed, lost: lost.sorted(), isOldKeyGone: try box.ring.dropOldKeys())
    }

    private func reseal(_ column: SealedColumn, _ lost: inout Set<String>) async throws -> Int {
        let (table, name) = (SQL(raw: "\"\(column.table)\""), SQL(raw: "\"\(column.column)\""))
        let key = SQL(raw: "\"\(column.key)\"")
        var (count, last) = (0, "")
        while true {
            let after = last
            let rows = try await database.read { tx in
                try tx.rows(
                    """
                    SELECT \(key) AS key, \(name) AS sealed FROM \(table)
                    WHERE \(name) IS NOT NULL AND \(key) > \(after) ORDER BY \(key) LIMIT 200
                    """)
            }
            for row in rows {
                let (id, old): (String, Data) = (try row("key"), try row("sealed"))
                last = id
                let place = column.place(id)
                if box.isNewest(old, for: place) { continue }
                guard let text = try? box.open(old, for: place) else {
                    lost.insert("\(column.name) \(id)")
                    continue
                }
                let new = try box.seal(text, for: place)
                // A change in the meantime counts; the next round looks at it.
                try await database.write { tx in
                    try tx.execute(
                        """
                        UPDATE \(table) SET \(name) = \(new)
                        WHERE \(key) = \(id) AND \(name) = \(old)
                        """)
                }
                count += 1
            }
            if rows.count < 200 { return count }
        }
    }
}
