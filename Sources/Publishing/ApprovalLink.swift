import Crypto
import Foundation
package import Kernel
package import Store

/// Marks identifiers of approval links.
package enum ApprovalLinkTag {}
package typealias ApprovalLinkID = ID<ApprovalLinkTag>

/// A link by which somebody without an account decides about one post, once.
///
/// It stands for exactly the content it was made for: an edit voids it. Only a digest of its secret
/// is kept.
package struct ApprovalLink: Sendable, Hashable, RowReadable {
    /// Where a link stands.
    package enum State: Sendable, Hashable {
        case open
        case decided(Approval.Decision, at: Instant)
        case revoked
        case expired
        /// The post was edited, sent or put away since.
        case voided
    }

    /// The shortest and the longest time a link may work.
    package static let days = 1...30

    package let id: ApprovalLinkID
    package let workspace: WorkspaceID
    package let post: PostID
    /// Whom it is for: “Dana at Lark Hotels”.
    package let approver: String
    package let contentHash: String
    package let createdBy: String
    package let createdAt: Instant
    package let expiresAt: Instant
    package let openedAt: Instant?
    package let revokedAt: Instant?
    package let decidedAt: Instant?
    package let decision: Approval.Decision?
    package let note: String

    package init(row: Row) throws {
        id = try row("id")
        workspace = try row("workspace_id")
        post = try row("post_id")
        approver = try row("approver")
        contentHash = try row("content_hash")
        createdBy = try row("created_by")
        createdAt = try row("created_at")
        expiresAt = try row("expires_at")
        openedAt = try row("opened_at")
        revokedAt = try row("revoked_at")
        decidedAt = try row("decided_at")
        decision = try row("decision")
        note = try row("note")
    }

    /// Where it stands at `now`, when the post's content has this digest.
    package func state(at now: Instant, content: String) -> State {
        if let decision, let decidedAt { return .decided(decision, at: decidedAt) }
        if revokedAt != nil { return .revoked }
        if now >= expiresAt { return .expired }
        return content == contentHash ? .open : .voided
    }

    /// Who decides by it, for activity lists.
    func principal(from: String?) -> Principal {
        Principal(kind: .link, person: nil, name: "\(approver) (approval link)", from: from)
    }
}

/// A link at the one moment its secret can be read.
package struct NewApprovalLink: Sendable {
    package let link: ApprovalLink
    /// For the address `/approve/<secret>`.
    package let secret: String
}

extension PostSheet {
    /// Stands for everything an approver sees: every side with its content.
    ///
    /// Whether a side is reviewed or approved already does not matter; what is out is fixed.
    package var approvable: String {
        var hash = SHA256()
        for side in sides.sorted(by: { $0.publication.id < $1.publication.id }) {
            let line = "\(side.publication.id) \(side.channel.id) \(side.content.hash)\n"
            hash.update(data: Data(line.utf8))
        }
        return Hex.text(hash.finalize())
    }

    /// The sides somebody can still approve.
    package var undecided: [Side] {
        sides.filter { [.draft, .inReview].contains($0.publication.delivery.state) }
    }
}
