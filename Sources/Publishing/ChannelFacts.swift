package import Channels
package import Kernel
package import Networks
package import Store

/// What publishing needs to know of a channel.
package struct ChannelFacts: Sendable, Hashable, RowReadable {
    package let id: ChannelID
    package let network: Network
    package let name: String
    package let handle: String
    package let server: String?
    /// Whether posts go out through the network's API; otherwise a person publishes by hand.
    package let isConnected: Bool
    package let isArchived: Bool
    /// While a channel is paused its due posts wait.
    package let isPaused: Bool
    package let zone: Zone
    package let visibility: Visibility
    /// The language of posts whose writer said none.
    package let language: String?
    /// What this channel takes: the catalogue's rules with what its own server says instead.
    package let rules: NetworkRules

    package init(row: Row) throws {
        id = try row("id")
        network = try row("network")
        name = try row("name")
        handle = try row("handle")
        server = try row("server")
        let connection: String = try row("connection")
        isConnected = connection != "unconnected"
        let archived: Instant? = try row("archived_at")
        isArchived = archived != nil
        let paused: Instant? = try row("paused_at")
        isPaused = paused != nil
        zone = try row("zone")
        visibility = try row("visibility")
        language = try row("language")
        rules = .of(network, try .of(channel: row))
    }

    /// The channels of a workspace in use, oldest first.
    package static func list(
        in workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws -> [ChannelFacts] {
        try tx.all(
            ChannelFacts.self,
            """
            SELECT * FROM channel WHERE workspace_id = \(workspace) AND archived_at IS NULL
            ORDER BY created_at, id
            """)
    }

    static func load(
        _ id: ChannelID, in workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws -> ChannelFacts {
        let found = try tx.first(
            ChannelFacts.self,
            "SELECT * FROM channel WHERE workspace_id = \(workspace) AND id = \(id)")
        guard let found else { throw PublishingError.noSuchChannel }
        return found
    }
}

extension Network: SQLConvertible {}
