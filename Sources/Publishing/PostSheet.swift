import Kernel
package import Links
package import Networks
import Planning
package import Store

/// A post with everything that stands on its page.
package struct PostSheet: Sendable {
    /// One channel's side of a post.
    package struct Side: Sendable {
        package let channel: ChannelFacts
        package let variant: Variant
        package var publication: Publication
        package let link: TrackedLink?
        package let content: Content
        /// Its pictures as far as rules look at them.
        package let images: [RuleCheck.Image]
        package let publicAddress: PublicAddress
        /// How far it is taken back from its network; nil when nobody asked for that.
        package let removal: Removal?
        /// Whether the network has told us of it by a name of its own.
        let hasParts: Bool

        /// Which address the link gets, and what is lost when it is not the tracked one.
        package func linkChoice(localBase: String) -> LinkChoice {
            .decide(
                isPractice: channel.network == .practice, localBase: localBase,
                address: publicAddress, destination: link?.destination)
        }

        /// The address that would stand in the post now.
        package func linkAddress(localBase: String) -> String? {
            link.map { linkChoice(localBase: localBase).address(of: $0) }
        }
    }

    package let post: Post
    package let pictures: [PlacedPicture]
    package var sides: [Side]
    /// The plan item's title, when the post belongs to one.
    package var itemTitle: String?
    /// The title of the initiative that item belongs to.
    package var initiativeTitle: String?
    /// Every picture the post refers to, by identifier.
    package let library: [PictureID: StoredPicture]

    /// The least advanced state of its publications, which is the state of the whole.
    package var state: Delivery.State {
        let order: [Delivery.State] = [
            .needsPerson, .refused, .doubtful, .sending, .preparing, .scheduled, .inReview,
            .draft, .approved, .published,
        ]
        let states = Set(sides.map(\.publication.delivery.state))
        return order.first(where: states.contains) ?? .draft
    }

    package subscript(_ publication: PublicationID) -> Side? {
        sides.first { $0.publication.id == publication }
    }
}

/// A stored picture: its bytes lie in the data folder under their hash.
package struct StoredPicture: Sendable, Hashable, RowReadable {
    package let id: PictureID
    package let contentHash: String
    package let contentType: String
    package let fileName: String
    package let byteCount: Int
    package let width: Int
    package let height: Int

    package init(row: Row) throws {
        id = try row("id")
        contentHash = try row("content_hash")
        contentType = try row("content_type")
        fileName = try row("file_name")
        byteCount = try row("byte_count")
        width = try row("width")
        height = try row("height")
    }
}

extension PostSheet {
    static func load(
        _ id: PostID, in workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws -> PostSheet {
        var sheet = try load(id, in: workspace, only: nil, tx)
        guard let item = sheet.post.item else { return sheet }
        sheet.itemTitle = try tx.scalar(
            String.self,
            "SELECT title FROM item WHERE workspace_id = \(workspace) AND id = \(item)")
        sheet.initiativeTitle = try tx.scalar(
            String.self,
            """
            SELECT initiative.title FROM item
            JOIN initiative ON initiative.id = item.initiative_id
            WHERE item.workspace_id = \(workspace) AND item.id = \(item)
            """)
        return sheet
    }

    /// Only what a worker needs of one side: nothing of the others, and no titles.
    static func load(_ publication: Publication, _ tx: borrowing Transaction) throws -> PostSheet {
        try load(publication.post, in: publication.workspace, only: publication, tx)
    }

    private static func load(
        _ id: PostID, in workspace: WorkspaceID, only publication: Publication?,
        _ tx: borrowing Transaction
    ) throws -> PostSheet {
        let found = try tx.first(
            Post.self, "SELECT * FROM post WHERE workspace_id = \(workspace) AND id = \(id)")
        guard let post = found else { throw PublishingError.noSuchPost }
        let pictures = try placed("post_media", "post_id", id.text, tx)
        let condition: SQL = publication.map { "AND variant.id = \($0.variant)" } ?? ""
        let rows = try tx.rows(
            """
            SELECT variant.* FROM variant JOIN channel ON channel.id = variant.channel_id
            WHERE variant.workspace_id = \(workspace) AND variant.post_id = \(id) \(condition)
            ORDER BY channel.created_at, channel.id
            """)
        let hasOwn = try rows.contains { try $0("has_own_media", as: Bool.self) }
        let library = pictures.isEmpty && !hasOwn ? [:] : try library(of: id, tx)
        let sides = try rows.map { row in
            try side(row, of: publication, post, pictures, library, workspace, tx)
        }
        return PostSheet(
            post: post, pictures: pictures, sides: sides, itemTitle: nil, initiativeTitle: nil,
            library: library)
    }

    private static func side(
        _ row: Row, of known: Publication?, _ post: Post, _ inherited: [PlacedPicture],
        _ library: [PictureID: StoredPicture], _ workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws -> Side {
        let id: VariantID = try row("id")
        let parts: String = try row("further_parts")
        let hasOwn: Bool = try row("has_own_media")
        let variant = Variant(
            id: id, channel: try row("channel_id"), text: try row("body"),
            furtherParts: try JSON.decode(from: parts), visibility: try row("visibility"),
            contentWarning: try row("content_warning"),
            pictures: hasOwn ? try placed("variant_media", "variant_id", id.text, tx) : nil)
        let found =
            try known
            ?? tx.first(
                Publication.self,
                """
                SELECT * FROM publication WHERE workspace_id = \(workspace) AND variant_id = \(id)
                """)
        guard let publication = found else { throw PublishingError.noSuchPublication }
        let link = try tx.first(
            TrackedLink.self,
            """
            SELECT * FROM link
            WHERE workspace_id = \(workspace) AND publication_id = \(publication.id)
            """)
        return Side(
            channel: try .load(variant.channel, in: workspace, tx), variant: variant,
            publication: publication, link: link,
            content: Content(post, variant, inherited, library),
            images: (variant.pictures ?? inherited).compactMap { placed in
                library[placed.picture].map { RuleCheck.Image($0, altText: placed.altText) }
            },
            publicAddress: try PublicAddressDesk.load(tx),
            removal: try Removal.load(publication.id, in: workspace, tx),
            hasParts: try tx.exists(
                "SELECT 1 FROM publication_part WHERE publication_id = \(publication.id)"))
    }

    private static func placed(
        _ table: String, _ column: String, _ id: String, _ tx: borrowing Transaction
    ) throws -> [PlacedPicture] {
        try tx.rows(
            """
            SELECT media_id, alt_text FROM \(SQL(raw: table))
            WHERE \(SQL(raw: column)) = \(id) ORDER BY position
            """
        ).map { PlacedPicture(picture: try $0("media_id"), altText: try $0("alt_text")) }
    }

    private static func library(
        of post: PostID, _ tx: borrowing Transaction
    ) throws -> [PictureID: StoredPicture] {
        let pictures = try tx.all(
            StoredPicture.self,
            """
            SELECT * FROM media_asset WHERE id IN (
                SELECT media_id FROM post_media WHERE post_id = \(post)
                UNION SELECT media_id FROM variant_media JOIN variant
                    ON variant.id = variant_media.variant_id WHERE variant.post_id = \(post))
            """)
        return Dictionary(pictures.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    }
}

extension RuleCheck.Image {
    /// A stored picture with its words.
    package init(_ picture: StoredPicture, altText: String) {
        self.init(
            contentType: picture.contentType, bytes: picture.byteCount, width: picture.width,
            height: picture.height, altText: altText)
    }
}

extension Content {
    /// Puts a post and its variant together.
    init(
        _ post: Post, _ variant: Variant, _ inherited: [PlacedPicture],
        _ library: [PictureID: StoredPicture]
    ) {
        text = variant.text ?? post.text
        furtherParts = variant.furtherParts
        pictures = (variant.pictures ?? inherited).compactMap { placed in
            library[placed.picture].map {
                Picture(hash: $0.contentHash, altText: placed.altText)
            }
        }
        visibility = variant.visibility
        contentWarning = variant.contentWarning
        language = post.language
        destination = post.destination
    }
}
