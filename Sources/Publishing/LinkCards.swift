import Crypto
package import Foundation
package import Kernel
package import Links
import Networks
package import Store

/// Keeps what the pages behind links say about themselves, so that a card never shows what a post is
/// called in our own lists.
package struct LinkCards: Sendable {
    /// Reads a page at a checked address; nil when there is none, or it says nothing.
    package typealias PageSource = @Sendable (_ url: String) async -> PageCard?
    /// Reads a file at a checked address.
    package typealias FileSource = @Sendable (_ url: String) async -> Data?

    private let database: Database
    private let surroundings: Surroundings
    private let page: PageSource
    private let file: FileSource
    private let scan: PictureStore.Scan

    package init(
        database: Database, surroundings: Surroundings, page: @escaping PageSource,
        file: @escaping FileSource, scan: @escaping PictureStore.Scan = { _ in }
    ) {
        self.database = database
        self.surroundings = surroundings
        self.page = page
        self.file = file
        self.scan = scan
    }

    /// How long what a page said is good for.
    static let age = Duration.hours(6)
    /// How soon a page that said nothing is asked again.
    static let retry = Duration.minutes(10)

    /// A card as it was last read.
    package struct Kept: Sendable, Hashable {
        package let card: PageCard
        /// Whether the page itself said it; otherwise it is the host's name.
        package let isFound: Bool
        let readAt: Instant
    }

    /// What is known of a page; nil before anybody asked.
    package func known(
        of destination: Destination, in workspace: WorkspaceID
    ) async throws -> Kept? {
        try await database.read { tx in try Self.known(of: destination, in: workspace, tx) }
    }

    static func known(
        of destination: Destination, in workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws -> Kept? {
        let row = try tx.first(
            """
            SELECT * FROM link_card WHERE workspace_id = \(workspace)
                AND address_hash = \(hash(destination))
            """)
        guard let row else { return nil }
        let title: String? = try row("title")
        return Kept(
            card: PageCard(
                title: title ?? destination.host, summary: try row("summary"),
                image: try row("image")),
            isFound: title != nil, readAt: try row("read_at"))
    }

    /// What the page says, read now when nothing fresh is known; the host's name when it says
    /// nothing.
    package func card(
        of destination: Destination, in workspace: WorkspaceID
    ) async throws -> Kept {
        let now = surroundings.now()
        let known = try await known(of: destination, in: workspace)
        if let known, now - known.readAt < (known.isFound ? Self.age : Self.retry) {
            return known
        }
        let found = await page(destination.url)
        // A page that is away for a moment does not take away what it said before.
        if found == nil, let known, known.isFound { return known }
        try await database.write { tx in
            try tx.execute(
                """
                INSERT INTO link_card (workspace_id, address_hash, address, title, summary, image,
                    read_at)
                VALUES (\(workspace), \(Self.hash(destination)), \(destination.url),
                    \(found?.title), \(found?.summary ?? ""), \(found?.image), \(now))
                ON CONFLICT (workspace_id, address_hash) DO UPDATE SET title = excluded.title,
                    summary = excluded.summary, image = excluded.image, read_at = excluded.read_at
                """)
        }
        return Kept(
            card: found ?? PageCard(title: destination.host), isFound: found != nil, readAt: now)
    }

    /// The picture a page named for its card, cleaned; nil when it is none.
    package func picture(
        of destination: Destination, in workspace: WorkspaceID
    ) async throws -> (data: Data, contentType: String)? {
        guard let image = try await known(of: destination, in: workspace)?.card.image else {
            return nil
        }
        return await picture(at: image)
    }

    func picture(at url: String) async -> (data: Data, contentType: String)? {
        guard let data = await file(url), let probe = PictureProbe(data),
            (try? await scan(data)) != nil
        else { return nil }
        let clean = PictureProbe.stripped(
            data, contentType: probe.contentType, orientation: PictureProbe.orientation(data))
        // Of a damaged file nothing may be left.
        guard PictureProbe(clean)?.contentType == probe.contentType else { return nil }
        return (clean, probe.contentType)
    }

    private static func hash(_ destination: Destination) -> String {
        Hex.text(SHA256.hash(data: Data(destination.url.utf8)))
    }
}
