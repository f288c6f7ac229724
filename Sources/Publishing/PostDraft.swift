package import Channels
import Kernel
package import Networks
package import Planning

/// What a writer gives: the whole post, as it should be from now on.
package struct PostDraft: Sendable, Hashable {
    package var title: String
    package var text: String
    package var item: ItemID?
    package var objective: PostObjectiveID?
    /// Where the post's link leads.
    package var destination: String?
    /// What web analytics read of the campaign; nil for the initiative's name.
    package var campaign: String?
    package var language: String?
    package var pictures: [PlacedPicture]
    package var variants: [VariantDraft]

    package init(
        title: String = "", text: String, item: ItemID? = nil, objective: PostObjectiveID? = nil,
        destination: String? = nil, campaign: String? = nil, language: String? = nil,
        pictures: [PlacedPicture] = [],
        variants: [VariantDraft] = []
    ) {
        self.title = title
        self.text = text
        self.item = item
        self.objective = objective
        self.destination = destination
        self.campaign = campaign
        self.language = language
        self.pictures = pictures
        self.variants = variants
    }

    /// No network takes a longer text; this bounds what is stored.
    static let longestText = 100_000
    /// No network takes more pictures.
    package static let mostPictures = 20
    static let mostParts = 50

    func check() throws(PublishingError) {
        let texts = [text] + variants.flatMap { [$0.text ?? ""] + $0.furtherParts }
        guard texts.allSatisfy({ $0.utf8.count <= Self.longestText }),
            title.utf8.count <= 1000,
            variants.allSatisfy({ $0.furtherParts.count < Self.mostParts })
        else { throw .textTooLong }
        let lists = [pictures] + variants.compactMap(\.pictures)
        guard lists.allSatisfy({ $0.count <= Self.mostPictures }) else {
            throw .tooManyPictures(Self.mostPictures)
        }
        guard Set(variants.map(\.channel)).count == variants.count else { throw .noChannels }
    }
}

/// How the post is to read on one channel; what is nil is inherited.
package struct VariantDraft: Sendable, Hashable {
    package var channel: ChannelID
    package var text: String?
    package var furtherParts: [String]
    package var visibility: Visibility
    package var contentWarning: String?
    package var pictures: [PlacedPicture]?

    package init(
        channel: ChannelID, text: String? = nil, furtherParts: [String] = [],
        visibility: Visibility = .everyone, contentWarning: String? = nil,
        pictures: [PlacedPicture]? = nil
    ) {
        self.channel = channel
        self.text = text
        self.furtherParts = furtherParts
        self.visibility = visibility
        self.contentWarning = contentWarning
        self.pictures = pictures
    }

    init(_ variant: Variant) {
        self.init(
            channel: variant.channel, text: variant.text, furtherParts: variant.furtherParts,
            visibility: variant.visibility, contentWarning: variant.contentWarning,
            pictures: variant.pictures)
    }
}
