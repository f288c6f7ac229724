import Foundation
import Jobs
package import Kernel
import People
import Store

extension PostDesk {
    /// What somebody with an approval link sees.
    package struct LinkSheet: Sendable {
        package let link: ApprovalLink
        package let state: ApprovalLink.State
        package let sheet: PostSheet
    }

    /// What an approver says.
    package enum LinkAnswer: Sendable, Hashable {
        case approved
        case changesWanted(String)
    }

    /// Makes a link for one approver; drafts are put into review.
    ///
    /// Who wrote the post makes no link for it while somebody else approves: a link in one's own
    /// hand would be an approval of one's own work.
    package func makeLink(
        _ id: PostID, for approver: String, days: Int, in workspace: WorkspaceID,
        by principal: Principal
    ) async throws -> NewApprovalLink {
        let approver = approver.trimmingCharacters(in: .whitespacesAndNewlines)
        guard (1...80).contains(approver.count), !approver.contains(where: \.isNewline) else {
            throw PublishingError.approverName
        }
        guard ApprovalLink.days.contains(days) else { throw PublishingError.approvalLinkDays }
        let secret = surroundings.newSecret(bytes: 24)
        let link: ApprovalLinkID = surroundings.newID()
        let now = surroundings.now()
        return try await database.write { tx in
            guard try !Self.needsOtherEyes(id, than: principal, in: workspace, tx) else {
                throw PublishingError.ownWork
            }
            var sheet = try PostSheet.load(id, in: workspace, tx)
            guard sheet.post.deletedAt == nil else { throw PublishingError.noSuchPost }
            guard !sheet.sides.isEmpty else { throw PublishingError.noChannels }
            guard !sheet.undecided.isEmpty else { throw PublishingError.nothingToApprove }
            sheet = try apply(id, in: workspace, by: principal, Self.asking, tx)
            try tx.execute(
                """
                INSERT INTO approval_link (id, workspace_id, post_id, token_hash, content_hash,
                    approver, created_by, created_at, expires_at, note)
                VALUES (\(link), \(workspace), \(id), \(Digest.of(secret)), \(sheet.approvable),
                    \(approver), \(principal.name), \(now), \(now + .days(Int64(days))), '')
                """)
            try plan.record(
                "publishing.approval-link-made", id, "Made an approval link for \(approver)",
                changes: try tx.made(Self.row(link)), in: workspace, by: principal, tx)
            return NewApprovalLink(link: try Self.load(link, id, workspace, tx), secret: secret)
        }
    }

    /// The links of a post with where each stands, the newest first.
    package func links(
        of id: PostID, in workspace: WorkspaceID
    ) async throws -> [(link: ApprovalLink, state: ApprovalLink.State)] {
        let now = surroundings.now()
        return try await database.read { tx in
            let sheet = try PostSheet.load(id, in: workspace, tx)
            return try tx.all(
                ApprovalLink.self,
                """
                SELECT * FROM approval_link WHERE workspace_id = \(workspace) AND post_id = \(id)
                ORDER BY id DESC
                """
            ).map { ($0, $0.state(at: now, content: sheet.approvable)) }
        }
    }

    /// Makes a link useless at once.
    package func revokeLink(
        _ link: ApprovalLinkID, of id: PostID, in workspace: WorkspaceID, by principal: Principal
    ) async throws {
        let now = surroundings.now()
        try await database.write { tx in
            let found = try Self.load(link, id, workspace, tx)
            guard found.decidedAt == nil, found.revokedAt == nil else { return }
            let row = try tx.snapshot(Self.row(link))
            try tx.execute("UPDATE approval_link SET revoked_at = \(now) WHERE id = \(link)")
            try plan.record(
                "publishing.approval-link-revoked", id,
                "Revoked the approval link of \(found.approver)",
                changes: try row.changes(in: tx), in: workspace, by: principal, tx)
        }
    }

    /// What a link opens. Looking changes nothing but the time it was first seen: mail programs and
    /// scanners open links too.
    package func opened(_ secret: String) async throws -> LinkSheet {
        let now = surroundings.now()
        let found = try await database.read { tx in try find(secret, tx) }
        if found.link.openedAt == nil, found.state == .open {
            try await database.write { tx in
                _ = try tx.execute(
                    """
                    UPDATE approval_link SET opened_at = \(now)
                    WHERE id = \(found.link.id) AND opened_at IS NULL
                    """)
            }
        }
        return found
    }

    /// Takes the decision of whoever has the link; it counts once.
    ///
    /// `person` is who is signed in in that browser, if anybody is: an author does not approve
    /// their own work with a link either.
    package func decide(
        _ secret: String, seen: String, _ answer: LinkAnswer, person: Principal?, from: String?
    ) async throws -> PostSheet {
        let approvals = ApprovalRecorder(surroundings: surroundings)
        let now = surroundings.now()
        return try await database.write { tx in
            let found = try find(secret, tx)
            let link = found.link
            try found.state.requireOpen(link)
            guard seen == link.contentHash else { throw PublishingError.changedSinceSeen }
            if let person, answer == .approved,
                try Self.needsOtherEyes(link.post, than: person, in: link.workspace, tx)
            {
                throw PublishingError.ownWork
            }
            let principal = link.principal(from: from)
            let sheet: PostSheet
            switch answer {
            case .approved:
                sheet = try apply(link.post, in: link.workspace, by: principal, Self.approving, tx)
                { try approvals.write(.approved, $0, "", principal, $1) }
            case .changesWanted(let note):
                sheet = try apply(
                    link.post, in: link.workspace, by: principal, Self.wanting(note), tx
                ) { try approvals.write(.changesWanted, $0, note, principal, $1) }
            }
            try tx.execute(
                """
                UPDATE approval_link SET decided_at = \(now), decision = \(answer.decision),
                    note = \(answer.note)
                WHERE id = \(link.id)
                """)
            return sheet
        }
    }

    /// The name and the zone of a workspace, for people without an account.
    package func place(of workspace: WorkspaceID) async throws -> (name: String, zone: Zone) {
        let row = try await database.read { tx in
            try tx.first("SELECT name, zone FROM workspace WHERE id = \(workspace)")
        }
        guard let row else { throw PublishingError.approvalLinkUnknown }
        return (try row("name"), try row("zone"))
    }

    // MARK: - Parts

    private func find(_ secret: String, _ tx: borrowing Transaction) throws -> LinkSheet {
        let found = try tx.first(
            ApprovalLink.self,
            "SELECT * FROM approval_link WHERE token_hash = \(Digest.of(secret))")
        guard let link = found else { throw PublishingError.approvalLinkUnknown }
        let sheet = try PostSheet.load(link.post, in: link.workspace, tx)
        let content = sheet.post.deletedAt == nil ? sheet.approvable : ""
        var state = link.state(at: surroundings.now(), content: content)
        // Somebody of the team was faster, or it is out already: there is nothing left to decide.
        if state == .open, sheet.undecided.isEmpty { state = .voided }
        return LinkSheet(link: link, state: state, sheet: sheet)
    }

    private static func load(
        _ id: ApprovalLinkID, _ post: PostID, _ workspace: WorkspaceID,
        _ tx: borrowing Transaction
    ) throws -> ApprovalLink {
        let found = try tx.first(
            ApprovalLink.self,
            """
            SELECT * FROM approval_link
            WHERE id = \(id) AND post_id = \(post) AND workspace_id = \(workspace)
            """)
        guard let found else { throw Problem.notFound("approval link") }
        return found
    }

    /// A link's row for the record of changes.
    private static func row(_ id: ApprovalLinkID) -> SQL {
        "SELECT approver, content_hash, expires_at, revoked_at FROM approval_link WHERE id = \(id)"
    }

    private static let asking: Deciding = { side, publication in
        guard publication.delivery.state == .draft else { return nil }
        guard !side.content.isEmpty else { throw PublishingError.nothingToSay }
        return (
            "publishing.approval-asked", "Asked for approval",
            try publication.delivery.askApproval()
        )
    }

    private static let approving: Deciding = { _, publication in
        guard [.draft, .inReview].contains(publication.delivery.state) else { return nil }
        let action = try publication.delivery.approve(hash: publication.delivery.contentHash)
        return ("publishing.approved", "Approved", action)
    }

    private static func wanting(_ note: String) -> Deciding {
        { _, publication in
            guard publication.delivery.state == .inReview else { return nil }
            let action = try publication.delivery.wantChanges()
            publication.message = "Changes wanted: \(note)"
            return ("publishing.changes-wanted", "Wants changes: \(note)", action)
        }
    }
}

extension PostDesk.LinkAnswer {
    fileprivate var decision: Approval.Decision {
        self == .approved ? .approved : .changesWanted
    }

    fileprivate var note: String {
        if case .changesWanted(let note) = self { note } else { "" }
    }
}

extension ApprovalLink.State {
    /// Throws unless the link still takes a decision.
    fileprivate func requireOpen(_ link: ApprovalLink) throws(PublishingError) {
        switch self {
        case .open: return
        case .decided: throw .approvalLinkUsed
        case .revoked, .expired: throw .approvalLinkOver(link.createdBy)
        case .voided: throw .approvalLinkVoid(link.createdBy)
        }
    }
}
