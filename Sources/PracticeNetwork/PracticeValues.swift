package import Kernel
import Networks
package import Store

/// An account of the practice network.
package struct PracticeAccount: Sendable, Hashable, RowReadable {
    package let id: Int64
    package let handle: String
    package let name: String
    package let isVisitor: Bool
    package let followers: Int64
    package let createdAt: Instant
    let workspace: WorkspaceID?
    let person: PersonID?

    package init(row: Row) throws {
        id = try row("id")
        handle = try row("handle")
        name = try row("name")
        isVisitor = try row("is_visitor")
        followers = try row("followers")
        createdAt = try row("created_at")
        workspace = try row("workspace_id")
        person = try row("person_id")
    }
}

/// A post of the practice network, with its figures.
struct PracticePost: Sendable, RowReadable {
    let id: Int64
    let account: Int64
    let parent: Int64?
    let parentAccount: Int64?
    let text: String
    let warning: String
    let visibility: String
    let language: String?
    let likes: Int64
    let boosts: Int64
    let replies: Int64
    let createdAt: Instant

    init(row: Row) throws {
        id = try row("id")
        account = try row("account_id")
        parent = try row("parent_id")
        parentAccount = try row("parent_account")
        text = try row("text")
        warning = try row("warning")
        visibility = try row("visibility")
        language = try row("language")
        likes = try row("likes")
        boosts = try row("boosts")
        replies = try row("replies")
        createdAt = try row("created_at")
    }

    /// The columns and tables of a post; a condition follows.
    static let query: SQL = """
        SELECT p.id, p.account_id, p.parent_id, q.account_id AS parent_account, p.text, p.warning,
            p.visibility, p.language, p.created_at,
            p.given_likes + (SELECT COUNT(*) FROM practice_mark m
                WHERE m.post_id = p.id AND m.kind = 'favourite') AS likes,
            p.given_boosts + (SELECT COUNT(*) FROM practice_mark m
                WHERE m.post_id = p.id AND m.kind = 'reblog') AS boosts,
            (SELECT COUNT(*) FROM practice_post r WHERE r.parent_id = p.id) AS replies
        FROM practice_post p LEFT JOIN practice_post q ON q.id = p.parent_id
        """
}

/// A picture without its bytes.
struct PracticePicture: Sendable, RowReadable {
    let id: Int64
    let account: Int64
    let post: Int64?
    let contentType: String
    let width: Int64?
    let height: Int64?
    let description: String

    init(row: Row) throws {
        id = try row("id")
        account = try row("account_id")
        post = try row("post_id")
        contentType = try row("content_type")
        width = try row("width")
        height = try row("height")
        description = try row("description")
    }

    static let query: SQL = """
        SELECT id, account_id, post_id, content_type, width, height, description
        FROM practice_media
        """
}

/// A post with everything a page or an answer shows of it.
struct PracticeCard: Sendable {
    let post: PracticePost
    let author: PracticeAccount
    let pictures: [PracticePicture]
}

/// What one account tells another.
struct PracticeNotice: Sendable {
    let id: Int64
    let kind: String
    let createdAt: Instant
    let from: PracticeAccount
    let card: PracticeCard
}

/// A post to make.
struct PracticeDraft: Sendable {
    var text: String
    var warning = ""
    var visibility = "public"
    var language: String?
    var parent: Int64?
    var pictures: [Int64] = []
    var key: String?
}

/// The limits of this network, from the one rules catalogue.
enum PracticeLimits {
    static let rules = NetworkRules.of(.practice)
    static let text = rules[.textLength] ?? 500
    static let pictures = rules[.imageCount] ?? 4
    static let bytes = rules[.imageBytes] ?? 8 << 20
    static let description = rules[.altTextLength] ?? 1500
}
