package import Channels
package import Kernel
package import Networks
import Store

/// A publication that is out, as those who follow it up need it.
package struct PublishedPost: Sendable, Hashable {
    package let channel: ChannelID
    package let remote: RemotePost
    /// Its first words.
    package let about: String
    package let at: Instant
}

extension PostDesk {
    /// The published post; nil when it is not out or nothing of it can be read back.
    package func published(
        _ id: PublicationID, in workspace: WorkspaceID
    ) async throws -> PublishedPost? {
        try await database.read { tx in
            let found = try Publication.load(id, in: workspace, tx)
            guard let remote = found.remote, let at = found.publishedAt else { return nil }
            return PublishedPost(
                channel: found.channel, remote: remote,
                about: Post.firstWords(of: found.sentText ?? ""), at: at)
        }
    }
}
