import Foundation
import Jobs
import Kernel
import Links
import Networks
import Store

extension DeliveryWork {
    /// The place of a card's picture among a publication's uploads, behind every picture of its own.
    private static let cardPlace = 100

    /// The card for the post's link, where the network takes one from us and no picture of its own
    /// stands in its place; nil elsewhere.
    ///
    /// What goes wrong on the way makes a plainer card, never a later post.
    func card(
        _ load: Load, _ publishing: Networks.Publishing, _ access: Networks.Access
    ) async throws -> LinkCard? {
        guard load.side.channel.rules.takesCard, load.side.content.pictures.isEmpty,
            let link = load.side.link,
            load.publication.delivery.partsOut == 0
                || load.side.content.furtherParts.contains(where: {
                    $0.contains(Content.linkMark)
                })
        else { return nil }
        let kept = try await cards.card(of: link.destination, in: load.publication.workspace)
        var card = LinkCard(url: "", title: kept.card.title, summary: kept.card.summary)
        if let image = kept.card.image {
            card.thumbnail = try? await thumbnail(image, load, publishing, access)
        }
        return card
    }

    private func thumbnail(
        _ image: String, _ load: Load, _ publishing: Networks.Publishing, _ access: Networks.Access
    ) async throws -> UploadedMedia? {
        let fingerprint = "card:" + image
        if let known = load.uploads[Self.cardPlace], known.fingerprint == fingerprint,
            surroundings.now() - known.upload.uploadedAt < .hours(1)
        {
            return known.upload
        }
        guard let (data, type) = await cards.picture(at: image),
            let file = await pictures.fitted(data, type, for: load.side.channel.rules)
        else { return nil }
        let uploaded = try await publishing.upload(access, file)
        try await keep(uploaded, fingerprint, at: Self.cardPlace, load.publication, file)
        return uploaded
    }
}
