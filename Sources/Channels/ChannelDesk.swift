package import Jobs
package import Kernel
package import Networks
package import People
package import Store

/// Keeps a workspace's channels, and the keys to their accounts.
package struct ChannelDesk: Sendable {
    let database: Database
    let events: EventLog
    let surroundings: Surroundings
    package let connectors: Connectors
    let box: SecretBox
    /// Whether this is a copy, whose sign-ins another installation may be publishing with.
    let isHeld: @Sendable () -> Bool

    package init(
        database: Database, events: EventLog, surroundings: Surroundings, connectors: Connectors,
        box: SecretBox, isHeld: @escaping @Sendable () -> Bool = { false }
    ) {
        self.database = database
        self.events = events
        self.surroundings = surroundings
        self.connectors = connectors
        self.box = box
        self.isHeld = isHeld
    }

    /// The channels in use, oldest first.
    package func channels(in workspace: WorkspaceID) async throws -> [Channel] {
        try await database.read { tx in
            try tx.all(
                Channel.self,
                """
                SELECT * FROM channel WHERE workspace_id = \(workspace) AND archived_at IS NULL
                ORDER BY created_at, id
                """)
        }
    }

    /// One channel.
    package func channel(_ id: ChannelID, in workspace: WorkspaceID) async throws -> Channel {
        try await database.read { tx in try load(id, workspace, tx) }
    }

    func load(
        _ id: ChannelID, _ workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws -> Channel {
        let found = try tx.first(
            Channel.self,
            """
            SELECT * FROM channel
            WHERE id = \(id) AND workspace_id = \(workspace) AND archived_at IS NULL
            """)
        guard let found else { throw ChannelError.noSuchChannel }
        return found
    }

    /// What happened to a channel, newest first.
    package func activity(
        of id: ChannelID, in workspace: WorkspaceID
    ) async throws -> [RecordedEvent] {
        try await database.read { tx in
            try events.activity(of: "channel:\(id)", workspace: workspace, limit: 30, in: tx)
        }
    }

    /// Adds a place that is published to by hand.
    package func add(
        _ network: Network, plan: ChannelPlan, handle: String, profileURL: String?,
        in workspace: WorkspaceID, by principal: Principal
    ) async throws -> Channel {
        let plan = try plan.checked()
        let address = profileURL.map(ChannelText.trimmed).flatMap { $0.isEmpty ? nil : $0 }
        if let address {
            let isWeb = address.hasPrefix("https://") || address.hasPrefix("http://")
            guard isWeb, address.utf8.count <= 2048 else { throw ChannelError.profile }
        }
        let id: ChannelID = surroundings.newID()
        return try await database.write { tx in
            try tx.execute(
                """
                INSERT INTO channel (id, workspace_id, network, name, handle, profile_url,
                    connection, zone, language, visibility, created_at)
                VALUES (\(id), \(workspace), \(network.rawValue), \(plan.name),
                    \(ChannelText.handle(handle)), \(address), \(Channel.Connection.unconnected),
                    \(plan.zone), \(plan.language), \(plan.visibility.rawValue),
                    \(surroundings.now()))
                """)
            try record(
                "channel.added", id, "Added \(plan.name), published to by hand",
                changes: try tx.made(Self.row(id)), workspace, principal, tx)
            return try load(id, workspace, tx)
        }
    }

    /// Changes name, zone and posting defaults.
    package func change(
        _ id: ChannelID, to plan: ChannelPlan, in workspace: WorkspaceID, by principal: Principal
    ) async throws -> Channel {
        let plan = try plan.checked()
        return try await database.write { tx in
            let before = try load(id, workspace, tx)
            let row = try tx.snapshot(Self.row(id))
            try tx.execute(
                """
                UPDATE channel SET name = \(plan.name), zone = \(plan.zone),
                    language = \(plan.language), visibility = \(plan.visibility.rawValue)
                WHERE id = \(id) AND workspace_id = \(workspace)
                """)
            let after = try load(id, workspace, tx)
            if after != before {
                try record(
                    "channel.changed", id, "Changed the settings of \(plan.name)",
                    changes: try row.changes(in: tx), workspace, principal, tx)
            }
            return after
        }
    }

    /// Holds back everything that is due on a channel, or lets it go out again.
    package func setPaused(
        _ isPaused: Bool, _ id: ChannelID, in workspace: WorkspaceID, by principal: Principal
    ) async throws -> Channel {
        let at = isPaused ? surroundings.now() : nil
        return try await database.write { tx in
            try tx.takeTurn(Transaction.departures)
            let before = try load(id, workspace, tx)
            guard before.connection != .unconnected else { throw ChannelError.byHandOnly }
            guard (before.pausedAt != nil) != isPaused else { return before }
            let row = try tx.snapshot(Self.row(id))
            try tx.execute("UPDATE channel SET paused_at = \(at) WHERE id = \(id)")
            try record(
                isPaused ? "channel.paused" : "channel.resumed", id,
                isPaused ? "Paused \(before.name)" : "Let \(before.name) go on",
                changes: try row.changes(in: tx), workspace, principal, tx)
            return try load(id, workspace, tx)
        }
    }

    /// Forgets the sign-in and ends it; the channel is published to by hand from now on.
    package func disconnect(
        _ id: ChannelID, in workspace: WorkspaceID, by principal: Principal
    ) async throws -> Channel {
        let (channel, kept) = try await database.write { tx in
            let before = try load(id, workspace, tx)
            let kept = try signIn(of: id, workspace, tx)
            guard before.connection != .unconnected else { throw ChannelError.byHandOnly }
            let row = try tx.snapshot(Self.row(id))
            try tx.execute(
                """
                UPDATE channel SET connection = \(Channel.Connection.unconnected), sealed = NULL,
                    credentials_expire_at = NULL, trouble = NULL, paused_at = NULL
                WHERE id = \(id)
                """)
            try record(
                "channel.disconnected", id, "Disconnected \(before.name)",
                changes: try row.changes(in: tx), workspace, principal, tx)
            return (try load(id, workspace, tx), kept)
        }
        await end(kept, in: workspace, by: principal)
        return channel
    }

    /// Takes a channel out of use; its posts and figures stay.
    package func archive(
        _ id: ChannelID, in workspace: WorkspaceID, by principal: Principal
    ) async throws {
        let kept = try await database.write { tx in
            let before = try load(id, workspace, tx)
            let kept = try signIn(of: id, workspace, tx)
            let row = try tx.snapshot(Self.row(id))
            try tx.execute(
                """
                UPDATE channel SET archived_at = \(surroundings.now()), sealed = NULL,
                    connection = \(Channel.Connection.unconnected), credentials_expire_at = NULL,
                    trouble = NULL, paused_at = NULL
                WHERE id = \(id)
                """)
            try record(
                "channel.archived", id, "Took \(before.name) out of use",
                changes: try row.changes(in: tx), workspace, principal, tx)
            return kept
        }
        await end(kept, in: workspace, by: principal)
    }

    /// A channel's row for the record of changes; when it was last looked at is no change.
    static func row(_ id: ChannelID) -> SQL {
        """
        SELECT network, name, handle, profile_url, connection, server, account_id, sealed,
            trouble, paused_at, zone, language, visibility, archived_at
        FROM channel WHERE id = \(id)
        """
    }

    func record(
        _ name: String, _ id: ChannelID, _ summary: String, changes: [Change],
        _ workspace: WorkspaceID, _ principal: Principal, _ tx: borrowing Transaction
    ) throws {
        let event = try Event(
            name, workspace: workspace, subject: "channel:\(id)", summary: summary,
            changes: changes, by: principal)
        try events.record(event, in: tx)
    }
}
