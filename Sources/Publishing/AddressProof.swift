import Channels
package import Kernel
package import Networks
package import Store

/// Asks a network whether an address that a person gives is the account's own post.
package struct AddressProof: Sendable {
    /// What the network says.
    package enum Verdict: Sendable, Hashable {
        case own(RemotePost)
        case notOwn
        /// The channel is published to by hand, or the network cannot be asked just now.
        case unknown
    }

    private let database: Database
    private let connectors: Connectors
    private let access: DeliveryWork.AccessSource

    package init(
        database: Database, connectors: Connectors, access: @escaping DeliveryWork.AccessSource
    ) {
        self.database = database
        self.connectors = connectors
        self.access = access
    }

    /// Looks the address up in the account that was to publish it.
    package func verdict(
        on address: String, for id: PublicationID, in workspace: WorkspaceID
    ) async throws -> Verdict {
        let channel = try await database.read { tx in
            let publication = try Publication.load(id, in: workspace, tx)
            return try ChannelFacts.load(publication.channel, in: workspace, tx)
        }
        guard channel.isConnected,
            let recognise = connectors[channel.network]?.publishing?.recognise,
            let access = try await access(channel.id, workspace)
        else { return .unknown }
        do {
            return try await recognise(access, address).map(Verdict.own) ?? .notOwn
        } catch {
            return .unknown
        }
    }
}
