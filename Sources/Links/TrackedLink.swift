package import Kernel
package import Store

/// Marks identifiers of links.
package enum LinkTag {}

package typealias LinkID = ID<LinkTag>

/// One variant's own link: every click on it belongs to that variant and to nothing else.
package struct TrackedLink: Sendable, Hashable, RowReadable {
    package let id: LinkID
    package let workspace: WorkspaceID
    /// What stands in the short address; unique over all workspaces.
    package let slug: String
    package let destination: Destination
    package let utm: UTM
    /// The publication the link was made for; nil for links made for other places.
    package let publication: String?
    package let label: String
    package let createdAt: Instant

    package init(row: Row) throws {
        id = try row("id")
        workspace = try row("workspace_id")
        slug = try row("slug")
        destination = try Destination(stored: row("destination"))
        utm = UTM(
            source: try row("utm_source"), medium: try row("utm_medium"),
            campaign: try row("utm_campaign"), content: try row("utm_content"),
            term: try row("utm_term"))
        publication = try row("publication_id")
        label = try row("label")
        createdAt = try row("created_at")
    }

    /// The path that the redirect server answers.
    package static let pathPrefix = "/l/"

    /// The short address below `base`, such as `https://go.example/l/k3Xq9Bf`.
    package func shortAddress(base: String) -> String { base + Self.pathPrefix + slug }

    /// Where a click ends: the destination with the UTM parameters.
    package var target: String { utm.applied(to: destination) }
}

/// The text of a link in its address.
package enum LinkSlug {
    /// No letters or digits that are read for another, so that a slug survives being typed.
    static let alphabet = Array("23456789abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ".utf8)
    /// 56^8 is about 10^14: ten million links leave one chance in ten million for a collision.
    package static let length = 8

    /// A slug from random bytes; unbiased because bytes beyond the last whole alphabet are skipped.
    package static func make(_ randomBytes: (Int) -> [UInt8]) -> String {
        var out: [UInt8] = []
        let limit = 256 - 256 % alphabet.count
        while out.count < length {
            for byte in randomBytes(length) where Int(byte) < limit && out.count < length {
                out.append(alphabet[Int(byte) % alphabet.count])
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// Whether `text` could be a slug; the redirect server asks before it looks one up.
    package static func isPlausible(_ text: some StringProtocol) -> Bool {
        text.utf8.count == length && text.utf8.allSatisfy(alphabet.contains)
    }
}
