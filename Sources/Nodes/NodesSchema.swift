package import Store

/// The tables of the processes on one database.
package enum NodesSchema {
    package static let migrations: [Migration] = [
        Migration(
            "nodes/0001-node",
            [
                """
                CREATE TABLE node (
                    id \(.key) PRIMARY KEY,
                    name TEXT NOT NULL,
                    role TEXT NOT NULL CHECK (role IN ('serve', 'work')),
                    version TEXT NOT NULL,
                    folder TEXT NOT NULL,
                    key_mark TEXT NOT NULL,
                    clock_ahead BIGINT NOT NULL,
                    started_at BIGINT NOT NULL,
                    beat_at BIGINT NOT NULL)
                """,
                """
                CREATE TABLE leader_lease (
                    one INTEGER PRIMARY KEY CHECK (one = 1),
                    epoch BIGINT NOT NULL CHECK (epoch > 0),
                    holder \(.key),
                    renewed_at BIGINT NOT NULL,
                    expires_at BIGINT NOT NULL)
                """,
            ]),
        Migration(
            "nodes/0002-live-change",
            [
                // The last change of each topic that each node told; readers go by the number.
                """
                CREATE TABLE live_change (
                    workspace_id \(.id) NOT NULL,
                    topic \(.key) NOT NULL,
                    node \(.key) NOT NULL,
                    number BIGINT NOT NULL UNIQUE,
                    at BIGINT NOT NULL,
                    PRIMARY KEY (workspace_id, topic, node))
                """
            ]),
    ]
}
