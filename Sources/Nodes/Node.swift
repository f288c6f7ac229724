package import Kernel
package import Store

package typealias NodeID = ID<Node>

/// A process on the database, as it says itself.
package struct Node: Sendable, Hashable {
    /// What it was started for.
    package enum Role: String, Sendable, Codable, CaseIterable, SQLConvertible {
        /// Pages and jobs.
        case serve
        /// Jobs.
        case work
    }

    package let id: NodeID
    /// Host and process, such as `web1-4711`.
    package let name: String
    package let role: Role
    package let version: String
    /// Its data folder.
    package let folder: String

    package init(id: NodeID, name: String, role: Role, version: String, folder: String) {
        self.id = id
        self.name = name
        self.role = role
        self.version = version
        self.folder = folder
    }

    /// How often it says that it runs.
    package static let beat = Duration.seconds(2)
    /// Who has not said so for this long is gone.
    package static let silence = Duration.seconds(15)
    /// Clocks that differ by more than this make leases look older or younger than they are.
    package static let mostAhead = Duration.seconds(5)
}

/// A process as the database knows it.
package struct NodeStanding: Sendable, Hashable, RowReadable {
    package let node: Node
    package let keyMark: String
    /// How far its clock is before the database's.
    package let clockAhead: Duration
    package let startedAt: Instant
    package let beatAt: Instant
    /// When this was read, by the database's clock.
    package let readAt: Instant
    package let isLeader: Bool

    package var isAlive: Bool { readAt - beatAt < Node.silence }
    package var isClockWrong: Bool {
        abs(clockAhead.inMilliseconds) > Node.mostAhead.inMilliseconds
    }

    package init(row: Row) throws {
        node = Node(
            id: try row("id"), name: try row("name"), role: try row("role"),
            version: try row("version"), folder: try row("folder"))
        keyMark = try row("key_mark")
        clockAhead = .milliseconds(try row("clock_ahead", as: Int64.self))
        startedAt = try row("started_at")
        beatAt = try row("beat_at")
        readAt = try row("read_at")
        isLeader = try row("is_leader", as: Int64.self) == 1
    }

    /// Every process of the last hour, the longest running first.
    package static func all(
        _ surroundings: Surroundings, _ tx: borrowing Transaction
    ) throws -> [NodeStanding] {
        let now = try tx.sharedClock(surroundings.now())
        return try tx.all(
            NodeStanding.self,
            """
            SELECT node.*, CAST(\(now.milliseconds) AS BIGINT) AS read_at,
                CASE WHEN leader_lease.expires_at > \(now) THEN 1 ELSE 0 END AS is_leader
            FROM node LEFT JOIN leader_lease ON leader_lease.holder = node.id
            ORDER BY node.started_at, node.id
            """)
    }
}

/// What a process can run into that is not alone.
package enum NodesError: Error, Sendable, Hashable {
    /// Another process leads now; nothing of this write may be kept.
    case leadsNoMore
    /// A process that runs seals with another key.
    case otherKey(name: String, folder: String)
}

extension NodesError: Presentable {
    package var problem: Problem {
        switch self {
        case .leadsNoMore:
            Problem(
                .conflict, code: "nodes.leads-no-more",
                "Another process of this installation does this now.")
        case .otherKey(let name, let folder):
            Problem(
                .conflict, code: "nodes.other-key",
                "\(name) runs on this database with another secret key, so neither could open what "
                    + "the other seals. Copy the file secret.key of its data folder (\(folder)) "
                    + "into this one's, or name the same --key-file for both, and start again.")
        }
    }
}
