package import Kernel
package import Store

/// Says that this process runs, and asks for the lead.
package struct NodeDesk: Sendable {
    package let node: Node
    private let database: Database
    private let surroundings: Surroundings
    /// Marks of the keys it can open with, the one it seals with first.
    private let keyMarks: @Sendable () -> [String]
    /// How long a lease counts.
    private let length: Duration

    /// A lease that is not renewed ends after this long.
    package static let lease = Duration.seconds(10)

    package init(
        database: Database, node: Node, surroundings: Surroundings, length: Duration = Self.lease,
        keyMarks: @escaping @Sendable () -> [String]
    ) {
        self.database = database
        self.node = node
        self.surroundings = surroundings
        self.length = length
        self.keyMarks = keyMarks
    }

    /// Whether no other process can be on this database.
    private var isAlone: Bool { database.engine == .sqlite }

    /// Joins the others; refused when one of them has another key.
    package func arrive() async throws {
        let marks = keyMarks()
        let (isAlone, own) = (isAlone, surroundings.now())
        try await database.write { [node, surroundings] tx in
            // A SQLite folder belongs to one process: whoever was here before has ended.
            if isAlone { try tx.execute("DELETE FROM node") }
            let stranger = try NodeStanding.all(surroundings, tx).first { other in
                other.isAlive && !marks.contains(other.keyMark)
            }
            if let stranger {
                throw NodesError.otherKey(name: stranger.node.name, folder: stranger.node.folder)
            }
            let now = try tx.sharedClock(own)
            try tx.execute(
                """
                INSERT INTO node (id, name, role, version, folder, key_mark, clock_ahead,
                    started_at, beat_at)
                VALUES (\(node.id), \(node.name), \(node.role), \(node.version), \(node.folder),
                    \(marks.first ?? ""), \((own - now).inMilliseconds), \(now), \(now))
                """)
        }
    }

    /// Says that this process runs, and forgets those that have not said so for an hour.
    package func beat() async throws {
        let mark = keyMarks().first ?? ""
        try await database.write(.readCommitted) { [node, surroundings] tx in
            let own = surroundings.now()
            let now = try tx.sharedClock(own)
            try tx.execute(
                """
                INSERT INTO node (id, name, role, version, folder, key_mark, clock_ahead,
                    started_at, beat_at)
                VALUES (\(node.id), \(node.name), \(node.role), \(node.version), \(node.folder),
                    \(mark), \((own - now).inMilliseconds), \(now), \(now))
                ON CONFLICT (id) DO UPDATE SET beat_at = excluded.beat_at,
                    key_mark = excluded.key_mark, clock_ahead = excluded.clock_ahead
                """)
            try tx.execute("DELETE FROM node WHERE beat_at < \(now - .hours(1))")
        }
    }

    /// Asks for the lead, or to keep it; nil when another has it.
    package func claim(holding term: LeaderTerm?) async throws -> LeaderTerm? {
        let isAlone = isAlone
        return try await database.write(.readCommitted) { [node, surroundings, length] tx in
            try tx.takeTurn("nodes.lead")
            let current = try Self.load(tx)
            let now = try tx.sharedClock(surroundings.now())
            // Alone counts once: from then on the lease is this process's own.
            let lease = LeaderLease.claimed(
                current, by: node.id, holding: term?.epoch, at: now, for: length,
                isAlone: isAlone)
            guard let lease else { return nil }
            try Self.save(lease, tx)
            return LeaderTerm(node: node.id, epoch: lease.epoch)
        }
    }

    /// Leaves the others, and the lead to one of them.
    package func leave(_ term: LeaderTerm?) async throws {
        try await database.write(.readCommitted) { [node] tx in
            if let term {
                try tx.takeTurn("nodes.lead")
                if let lease = try Self.load(tx)?.released(by: term) { try Self.save(lease, tx) }
            }
            try tx.execute("DELETE FROM node WHERE id = \(node.id)")
        }
    }

    private static func load(_ tx: borrowing Transaction) throws -> LeaderLease? {
        // Waits for whoever is writing as the leader.
        try tx.first(
            LeaderLease.self, "SELECT * FROM leader_lease WHERE one = 1 \(.rowLock)")
    }

    private static func save(_ lease: LeaderLease, _ tx: borrowing Transaction) throws {
        try tx.execute(
            """
            INSERT INTO leader_lease (one, epoch, holder, renewed_at, expires_at)
            VALUES (1, \(lease.epoch), \(lease.holder), \(lease.renewedAt), \(lease.expiresAt))
            ON CONFLICT (one) DO UPDATE SET epoch = excluded.epoch, holder = excluded.holder,
                renewed_at = excluded.renewed_at, expires_at = excluded.expires_at
            """)
    }
}
