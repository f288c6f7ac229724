package import Kernel
package import Store

/// What open pages of other processes have to be told, kept until each has read it.
///
/// Each change of a topic gets the next number; a reader asks for what came after the last one it
/// has seen, so a connection that broke costs nothing but time.
package struct LiveChanges: Sendable {
    /// One topic of one workspace.
    package struct Change: Sendable, Hashable {
        package let workspace: WorkspaceID
        package let topic: String

        package init(workspace: WorkspaceID, topic: String) {
            self.workspace = workspace
            self.topic = topic
        }
    }

    /// What was found, and up to which number.
    package struct News: Sendable, Hashable {
        package let changes: Set<Change>
        package let number: Int64
    }

    /// What other processes are told when there is something to read.
    package static let signal = "live"
    /// How long changes are kept.
    package static let memory = Duration.hours(1)

    private let database: Database
    private let node: NodeID
    private let surroundings: Surroundings

    package init(database: Database, node: NodeID, surroundings: Surroundings) {
        self.database = database
        self.node = node
        self.surroundings = surroundings
    }

    /// Keeps what this process told its own pages, and wakes the others.
    package func keep(_ changes: Set<Change>) async throws {
        guard !changes.isEmpty else { return }
        let sorted = changes.sorted {
            ($0.workspace.text, $0.topic) < ($1.workspace.text, $1.topic)
        }
        try await database.write(.readCommitted) { [node, surroundings] tx in
            // One after the other, so that a number is never seen before a smaller one.
            try tx.takeTurn("nodes.live")
            let now = try tx.sharedClock(surroundings.now())
            var number = try Self.latest(tx)
            for change in sorted {
                number += 1
                try tx.execute(
                    """
                    INSERT INTO live_change (workspace_id, topic, node, number, at)
                    VALUES (\(change.workspace), \(change.topic), \(node), \(number), \(now))
                    ON CONFLICT (workspace_id, topic, node) DO UPDATE
                        SET number = excluded.number, at = excluded.at
                    """)
            }
            tx.signal(Self.signal)
        }
    }

    /// The number of the last change.
    package func latest() async throws -> Int64 {
        try await database.read { tx in try Self.latest(tx) }
    }

    /// What other processes changed after `number`.
    package func since(_ number: Int64) async throws -> News {
        try await database.read { [node] tx in
            let changes = try tx.rows(
                """
                SELECT DISTINCT workspace_id, topic FROM live_change
                WHERE number > \(number) AND node <> \(node)
                """
            ).map { row in
                Change(workspace: try row("workspace_id"), topic: try row("topic"))
            }
            return News(changes: Set(changes), number: max(number, try Self.latest(tx)))
        }
    }

    /// Forgets what everybody has read; the last number stays, so that numbers go on.
    package func prune(
        fence: @escaping @Sendable (borrowing Transaction) throws -> Void
    ) async throws {
        try await database.write(.readCommitted) { [surroundings] tx in
            try fence(tx)
            let oldest = try tx.sharedClock(surroundings.now()) - Self.memory
            try tx.execute(
                """
                DELETE FROM live_change WHERE at < \(oldest)
                    AND number < (SELECT MAX(number) FROM live_change)
                """)
        }
    }

    private static func latest(_ tx: borrowing Transaction) throws -> Int64 {
        try tx.scalar(Int64.self, "SELECT MAX(number) AS number FROM live_change") ?? 0
    }
}
