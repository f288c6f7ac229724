package import Channels
import Crypto
import Foundation
package import Kernel
package import Networks
package import Planning
package import Store

/// Marks identifiers of posts: one piece of content, for one plan item or on its own.
package enum PostTag {}
/// Marks identifiers of variants: how a post reads on one channel.
package enum VariantTag {}
/// Marks identifiers of publications: one variant on its way to its channel.
package enum PublicationTag {}
/// Marks identifiers of pictures.
package enum PictureTag {}
/// Marks the objective a post serves; the objective itself belongs to Strategy.
package enum PostObjectiveTag {}

package typealias PostID = ID<PostTag>
package typealias VariantID = ID<VariantTag>
package typealias PublicationID = ID<PublicationTag>
package typealias PictureID = ID<PictureTag>
package typealias PostObjectiveID = ID<PostObjectiveTag>

extension Visibility: SQLConvertible {}
extension Delivery.State: SQLConvertible {}
extension Delivery.Reason: SQLConvertible {}

/// One piece of content.
package struct Post: Sendable, Hashable, RowReadable {
    /// Where a post comes from.
    package enum Origin: String, Sendable, Codable, CaseIterable, SQLConvertible {
        case written
        /// Read from a channel's past; it was never delivered by us.
        case imported
    }

    package let id: PostID
    package let workspace: WorkspaceID
    package let item: ItemID?
    package let objective: PostObjectiveID?
    package let title: String
    package let text: String
    package let destination: String?
    /// What web analytics read of the campaign; nil for the initiative's name.
    package let campaign: String?
    /// BCP 47, such as `en` or `de-AT`.
    package let language: String?
    package let origin: Origin
    /// Counts saves, so that two writers notice each other.
    package let revision: Int
    package let author: PersonID?
    package let createdAt: Instant
    package let updatedAt: Instant
    package let deletedAt: Instant?

    package init(row: Row) throws {
        id = try row("id")
        workspace = try row("workspace_id")
        item = try row("item_id")
        objective = try row("objective_id")
        title = try row("title")
        text = try row("body")
        destination = try row("destination")
        campaign = try row("campaign")
        language = try row("language")
        origin = try row("origin")
        revision = try row("revision")
        author = try row("author_id")
        createdAt = try row("created_at")
        updatedAt = try row("updated_at")
        deletedAt = try row("deleted_at")
    }

    /// The title, or the first words of the text.
    package var name: String { title.isEmpty ? Self.firstWords(of: text) : title }

    /// The beginning of a text in at most sixty characters, cut between words.
    package static func firstWords(of text: String) -> String {
        let line = text.split(separator: "\n").first.map(String.init) ?? ""
        guard line.count > 60 else { return line.isEmpty ? "Untitled post" : line }
        let cut = line.prefix(60)
        let end = cut.lastIndex(of: " ") ?? cut.endIndex
        return cut[..<end] + "…"
    }
}

/// A picture where it stands in a post, with the words for people who do not see it.
package struct PlacedPicture: Sendable, Hashable, Codable {
    package var picture: PictureID
    package var altText: String

    package init(picture: PictureID, altText: String) {
        self.picture = picture
        self.altText = altText
    }
}

/// How a post reads on one channel; what is nil is inherited from the post.
package struct Variant: Sendable, Hashable {
    package let id: VariantID
    package let channel: ChannelID
    package let text: String?
    /// The rest of a thread, after the first part.
    package let furtherParts: [String]
    package let visibility: Visibility
    package let contentWarning: String?
    package let pictures: [PlacedPicture]?
}

/// What would be published: the post and its variant put together.
package struct Content: Sendable, Hashable, Codable {
    /// A picture by its bytes, so that another picture is another content.
    package struct Picture: Sendable, Hashable, Codable {
        package var hash: String
        package var altText: String

        package init(hash: String, altText: String) {
            self.hash = hash
            self.altText = altText
        }
    }

    package var text: String
    package var furtherParts: [String]
    package var pictures: [Picture]
    package var visibility: Visibility
    package var contentWarning: String?
    package var language: String?
    package var destination: String?

    package init(
        text: String, furtherParts: [String], pictures: [Picture], visibility: Visibility,
        contentWarning: String?, language: String?, destination: String?
    ) {
        self.text = text
        self.furtherParts = furtherParts
        self.pictures = pictures
        self.visibility = visibility
        self.contentWarning = contentWarning
        self.language = language
        self.destination = destination
    }

    /// Where in the text the link stands; at the end of the first part when it is not named.
    package static let linkMark = "{link}"

    /// The digest that an approval is bound to.
    package var hash: String {
        // Content is a plain value of our own; encoding it cannot fail.
        Hex.text(SHA256.hash(data: (try? JSON.encode(self)) ?? Data()))
    }

    package var isEmpty: Bool {
        text.allSatisfy(\.isWhitespace) && pictures.isEmpty && furtherParts.isEmpty
    }

    /// The most of a part's text that fits its channel's rules with the link in its place.
    package func longestBeginning(
        ofPart index: Int, link: String?, _ rules: NetworkRules
    ) -> String {
        let whole = index == 0 ? text : furtherParts[index - 1]
        let count = ThreadSplitter.longestBeginning(of: whole) { beginning in
            var shorter = self
            if index == 0 {
                shorter.text = beginning
            } else {
                shorter.furtherParts[index - 1] = beginning
            }
            return rules.fits(shorter.parts(link: link)[index], warning: contentWarning)
        }
        return String(whole.prefix(count))
    }

    /// The texts as they are sent, with the link in its place.
    package func parts(link: String?) -> [String] {
        let isNamedLater = furtherParts.contains { $0.contains(Self.linkMark) }
        let first = Self.placing(link, in: text, isFirst: !isNamedLater)
        return [first] + furtherParts.map { Self.placing(link, in: $0, isFirst: false) }
    }

    private static func placing(_ link: String?, in text: String, isFirst: Bool) -> String {
        let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard let link else {
            return trimmed.replacing(linkMark, with: "")
                .trimmingCharacters(in: .whitespacesAndNewlines)
        }
        if trimmed.contains(linkMark) { return trimmed.replacing(linkMark, with: link) }
        guard isFirst else { return trimmed }
        return trimmed.isEmpty ? link : trimmed + "\n\n" + link
    }
}
