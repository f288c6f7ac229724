import Foundation
package import Kernel
package import Networks
import People
import Store

extension ChannelDesk {
    /// Opens a channel's account for a worker; nil when the channel is published to by hand.
    ///
    /// What the connector renews on the way is sealed and kept before it is used.
    package func access(
        to id: ChannelID, in workspace: WorkspaceID
    ) async throws -> Networks.Access? {
        let kept = try await database.read { tx in try signIn(of: id, workspace, tx) }
        guard let kept else { return nil }
        var access = try open(kept)
        access.saveCredentials = { [since = access.connectedAt] fresh in
            try await save(fresh, id, workspace, since: since)
        }
        return access
    }

    /// A sign-in as the database holds it.
    struct SignIn: Sendable {
        let channel: Channel
        let sealed: Data
    }

    /// A channel's sign-in; nil when it has none.
    func signIn(
        of id: ChannelID, _ workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws -> SignIn? {
        let row = try tx.first(
            """
            SELECT * FROM channel WHERE id = \(id) AND workspace_id = \(workspace)
                AND sealed IS NOT NULL AND archived_at IS NULL
            """)
        guard let row else { return nil }
        return SignIn(channel: try Channel(row: row), sealed: try row("sealed"))
    }

    /// What a sign-in allows; what is renewed with it is not kept.
    func open(_ kept: SignIn) throws -> Networks.Access {
        let channel = kept.channel
        let credentials = try JSON.decode(
            Credentials.self, from: try box.open(kept.sealed, for: "channel:\(channel.id)"))
        return Networks.Access(
            network: channel.network, server: channel.server ?? "",
            accountID: channel.accountID ?? "", handle: channel.handle,
            credentials: credentials, connectedAt: channel.connectedAt)
    }

    /// Keeps renewed credentials, unless the channel was connected again meanwhile: then its new
    /// sign-in stays.
    private func save(
        _ credentials: Credentials, _ id: ChannelID, _ workspace: WorkspaceID, since: Instant?
    ) async throws {
        let sealed = try seal(credentials, id)
        let now = surroundings.now()
        try await database.write { tx in
            _ = try tx.execute(
                """
                UPDATE channel SET sealed = \(sealed), checked_at = \(now),
                    credentials_expire_at = \(lasting(credentials))
                WHERE id = \(id) AND workspace_id = \(workspace) AND sealed IS NOT NULL
                    AND connected_at = \(since)
                """)
        }
    }

    /// Notes that the network no longer accepts our sign-in; the channel asks for a person.
    ///
    /// `since` says when the sign-in that was refused was made, as `Access.connectedAt`: a call that
    /// was under way while the channel was connected again says nothing about its new one.
    package func noteRefusal(
        _ failure: NetworkFailure, of id: ChannelID, in workspace: WorkspaceID,
        since: Instant? = nil
    ) async throws {
        guard failure.kind == .authorizationExpired else { return }
        try await database.write { tx in
            let channel = try load(id, workspace, tx)
            guard channel.connection == .connected,
                since == nil || since == channel.connectedAt
            else { return }
            let row = try tx.snapshot(Self.row(id))
            try tx.execute(
                """
                UPDATE channel SET connection = \(Channel.Connection.needsReconnect),
                    trouble = \(String(failure.message.prefix(500)))
                WHERE id = \(id)
                """)
            try record(
                "channel.needs-reconnect", id, "\(channel.name) must be connected again",
                changes: try row.changes(in: tx), workspace, .system("Publisher"), tx)
        }
    }

    /// Asks the network whether it still accepts our sign-in, and keeps the answer.
    package func check(
        _ id: ChannelID, in workspace: WorkspaceID, by principal: Principal = .system("Publisher")
    ) async throws -> Channel {
        guard let access = try await access(to: id, in: workspace) else {
            _ = try await channel(id, in: workspace)
            throw ChannelError.byHandOnly
        }
        guard let insights = connectors[access.network]?.insights else {
            return try await channel(id, in: workspace)
        }
        do {
            _ = try await insights.followers(access)
        } catch let failure {
            try await noteRefusal(failure, of: id, in: workspace, since: access.connectedAt)
            guard failure.kind == .authorizationExpired else { throw failure }
            return try await channel(id, in: workspace)
        }
        let now = surroundings.now()
        return try await database.write { tx in
            let row = try tx.snapshot(Self.row(id))
            try tx.execute(
                """
                UPDATE channel SET checked_at = \(now), trouble = NULL,
                    connection = \(Channel.Connection.connected)
                WHERE id = \(id) AND workspace_id = \(workspace) AND sealed IS NOT NULL
                """)
            let channel = try load(id, workspace, tx)
            let changes = try row.changes(in: tx)
            if !changes.isEmpty {
                try record(
                    "channel.checked", id, "\(channel.name) is accepted again", changes: changes,
                    workspace, principal, tx)
            }
            return channel
        }
    }
}
