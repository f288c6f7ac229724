import Jobs
package import Kernel
import Networks
import Store

extension PostDesk {
    /// A post to publish by hand, as the phone page shows it.
    package struct HandSheet: Sendable {
        package let sheet: PostSheet
        package let side: PostSheet.Side
        /// The texts to copy, with the link in its place.
        package let parts: [String]
        package let workspace: WorkspaceID
    }

    /// What the link to one's phone opens. The token is the whole permission.
    package func hand(_ token: String) async throws -> HandSheet {
        let localBase = localBase
        return try await database.read { tx in
            let found = try tx.first(
                Publication.self, "SELECT * FROM publication WHERE hand_token = \(token)")
            guard token.utf8.count >= 16, let found, found.delivery.state == .needsPerson else {
                throw PublishingError.handLinkOver
            }
            let sheet = try PostSheet.load(found.post, in: found.workspace, tx)
            guard let side = sheet[found.id] else { throw PublishingError.handLinkOver }
            let link = side.linkAddress(localBase: localBase)
            return HandSheet(
                sheet: sheet, side: side, parts: side.content.parts(link: link),
                workspace: found.workspace)
        }
    }

    /// Takes the address of the post that a person published by hand.
    package func published(
        byHand token: String, address: String, from: String? = nil
    ) async throws -> PostSheet {
        let hand = try await hand(token)
        guard !address.isEmpty else { throw PublishingError.addressNeeded }
        return try await settle(
            hand.side.publication.id, .found(address: address), in: hand.workspace,
            by: Principal(kind: .link, person: nil, name: "Phone page", from: from))
    }
}
