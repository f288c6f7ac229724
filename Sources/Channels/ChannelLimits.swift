package import Jobs
package import Kernel
import Networks
import Store

extension ChannelDesk {
    /// Asks the account's own server for its limits and keeps what it says.
    ///
    /// Returns whether there was somebody to ask.
    func readLimits(of id: ChannelID, in workspace: WorkspaceID) async throws -> Bool {
        guard let access = try await access(to: id, in: workspace),
            let publishing = connectors[access.network]?.publishing
        else { return false }
        let said: [RuleName: Int]
        do {
            said = try await publishing.liveLimits(access)
        } catch {
            try await noteRefusal(error, of: id, in: workspace, since: access.connectedAt)
            throw error
        }
        let now = surroundings.now()
        let fresh = LiveLimits(said, server: access.server, readAt: now)
        let text = try JSON.text(
            Dictionary(uniqueKeysWithValues: fresh.limits.map { ($0.key.rawValue, $0.value) }))
        try await database.write { tx in
            let before = try load(id, workspace, tx)
            try tx.execute(
                """
                UPDATE channel SET live_limits = \(text), limits_read_at = \(now)
                WHERE id = \(id) AND workspace_id = \(workspace)
                """)
            let after = try load(id, workspace, tx)
            let changes = Self.changes(from: before.rules, to: after.rules)
            guard !changes.isEmpty else { return }
            try record(
                "channel.limits-changed", id, changes.joined(separator: "; "), changes: [],
                workspace, .system("Channels"), tx)
        }
        return true
    }

    /// What a server takes now and did not before, in words.
    static func changes(from before: NetworkRules, to after: NetworkRules) -> [String] {
        after.rules.compactMap { rule in
            guard let old = before.rule(rule.name), old.limit != rule.limit else { return nil }
            return "\(rule.name.words): \(rule.amount), not \(old.amount)"
        }
    }
}

/// Keeps the limits of channels' own servers fresh: when one is connected, and every day.
package struct ChannelLimits: Sendable {
    private let desk: ChannelDesk

    package init(desk: ChannelDesk) { self.desk = desk }

    /// Which channel's server to ask.
    struct Target: Codable, Sendable {
        let workspace: WorkspaceID
        let channel: ChannelID
    }

    static let kind = JobKind<Target>(
        "channels.read-limits", retry: .persistent, lease: .minutes(2))
    /// How long an answer is good for.
    static let age = Duration.days(1)

    package func handlers() -> [JobHandler] {
        let starts = ["channel.connected", "channel.connected-only"].map { event in
            JobHandler.on(event, name: "limits") { delivery, context in
                let prefix = "channel:"
                guard delivery.subject.hasPrefix(prefix),
                    let channel = ChannelID(String(delivery.subject.dropFirst(prefix.count)))
                else { return }
                try await desk.database.write { tx in
                    try context.complete(in: tx)
                    try plan(
                        Target(workspace: delivery.workspace, channel: channel),
                        at: desk.surroundings.now(), context.queue, tx)
                }
            }
        }
        return starts + [
            JobHandler(Self.kind) { target, context in try await read(target, context) }
        ]
    }

    /// Asks the servers of all channels that were not asked for a day; starting again changes
    /// nothing.
    package func start(queue: JobQueue) async throws {
        let now = desk.surroundings.now()
        try await desk.database.write { tx in
            let rows = try tx.rows(
                """
                SELECT id, workspace_id FROM channel
                WHERE sealed IS NOT NULL AND archived_at IS NULL
                    AND (limits_read_at IS NULL OR limits_read_at < \(now - Self.age))
                """)
            for row in rows {
                try plan(
                    Target(workspace: try row("workspace_id"), channel: try row("id")), at: now,
                    queue, tx)
            }
        }
    }

    /// Asks a channel's server again at once, as when it refuses what its limits allowed.
    package func askSoon(
        _ channel: ChannelID, in workspace: WorkspaceID, queue: JobQueue
    ) async throws {
        try await desk.database.write { tx in
            try plan(
                Target(workspace: workspace, channel: channel), at: desk.surroundings.now(), queue,
                tx)
        }
    }

    private func plan(
        _ target: Target, at due: Instant, _ queue: JobQueue, _ tx: borrowing Transaction
    ) throws {
        let key = "limits:\(target.channel)"
        try queue.enqueue(
            Self.kind, target, workspace: target.workspace, lane: key, dueAt: due, key: key,
            in: tx)
    }

    private func read(_ target: Target, _ context: JobContext) async throws {
        do {
            // A channel that is not connected any more starts again when it is.
            guard try await desk.readLimits(of: target.channel, in: target.workspace) else {
                return
            }
        } catch let failure as NetworkFailure {
            // It is noted already, and the next connection reads them.
            guard failure.kind == .authorizationExpired else { throw failure }
            return
        }
        try await desk.database.write { tx in
            try context.complete(in: tx)
            try plan(target, at: desk.surroundings.now() + Self.age, context.queue, tx)
        }
    }
}
