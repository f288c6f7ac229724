package import Channels
import Jobs
package import Kernel
import Networks
package import Store

/// How far the past posts of a channel are brought in.
package struct HistoryProgress: Sendable, Hashable, RowReadable {
    /// Posts the network showed, ours included.
    package let seen: Int
    /// Posts that were not here before.
    package let added: Int
    /// When the oldest of them went out.
    package let oldestAt: Instant?
    package let startedAt: Instant
    package let updatedAt: Instant
    package let finishedAt: Instant?

    package init(row: Row) throws {
        seen = try row("seen")
        added = try row("added")
        oldestAt = try row("oldest_at")
        startedAt = try row("started_at")
        updatedAt = try row("updated_at")
        finishedAt = try row("finished_at")
    }

    /// A page is read in seconds and tried again for minutes; after an hour nobody is at it any more.
    package func isRunning(at now: Instant) -> Bool {
        finishedAt == nil && updatedAt > now - .hours(1)
    }
}

extension HistoryImport {
    /// How far the import of a channel is; nil when there was none.
    package func progress(
        of channel: ChannelID, in workspace: WorkspaceID
    ) async throws -> HistoryProgress? {
        try await database.read { tx in try found(channel, in: workspace, tx) }
    }

    /// Whether the channel's network shows past posts, and its account is connected.
    package func isPossible(_ channel: ChannelID, in workspace: WorkspaceID) async throws -> Bool {
        let facts = try await database.read { tx in
            try ChannelFacts.load(channel, in: workspace, tx)
        }
        guard connectors[facts.network]?.history != nil else { return false }
        return try await access(channel, workspace) != nil
    }

    /// Brings past posts in that are not here yet; one import of a channel runs at a time.
    package func start(
        _ channel: ChannelID, in workspace: WorkspaceID, by principal: Principal
    ) async throws -> HistoryProgress {
        guard try await isPossible(channel, in: workspace) else {
            throw Problem(
                .conflict, code: "publishing.no-history",
                "Past posts cannot be read there. Connect the channel first; networks where you "
                    + "publish by hand show none.")
        }
        let now = surroundings.now()
        return try await database.write { tx in
            if let running = try found(channel, in: workspace, tx), running.isRunning(at: now) {
                return running
            }
            try start(channel, in: workspace, tx)
            try events.record(
                try Event(
                    "publishing.history-asked", workspace: workspace,
                    subject: "channel:\(channel)", summary: "Asked for its past posts",
                    by: principal), in: tx)
            guard let begun = try found(channel, in: workspace, tx) else {
                throw StoreError.noRow
            }
            return begun
        }
    }

    private func found(
        _ channel: ChannelID, in workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws -> HistoryProgress? {
        try tx.first(
            HistoryProgress.self,
            """
            SELECT * FROM history_import WHERE channel_id = \(channel)
                AND workspace_id = \(workspace)
            """)
    }

    func begin(
        _ channel: ChannelID, in workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws {
        let now = surroundings.now()
        try tx.execute(
            """
            INSERT INTO history_import (channel_id, workspace_id, seen, added, started_at,
                updated_at)
            VALUES (\(channel), \(workspace), 0, 0, \(now), \(now))
            ON CONFLICT (channel_id) DO UPDATE SET seen = 0, added = 0, oldest_at = NULL,
                started_at = excluded.started_at, updated_at = excluded.updated_at,
                finished_at = NULL
            """)
    }

    func advance(
        _ channel: ChannelID, _ entries: [History.Entry], added: Int, isLast: Bool,
        _ tx: borrowing Transaction
    ) throws {
        let now = surroundings.now()
        let oldest = entries.map(\.at).min()
        let finished: Instant? = isLast ? now : nil
        try tx.execute(
            """
            UPDATE history_import SET seen = seen + \(entries.count), added = added + \(added),
                oldest_at = COALESCE(\(oldest), oldest_at), updated_at = \(now),
                finished_at = \(finished)
            WHERE channel_id = \(channel)
            """)
    }
}
