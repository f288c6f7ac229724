import Jobs
package import Kernel
import Networks
import People
import Store

extension PostDesk {
    /// Asks for approval of every draft side of a post.
    package func askApproval(
        _ id: PostID, in workspace: WorkspaceID, by principal: Principal
    ) async throws -> PostSheet {
        try await change(id, in: workspace, by: principal) { side, publication in
            guard publication.delivery.state == .draft else { return nil }
            guard !side.content.isEmpty else { throw PublishingError.nothingToSay }
            let action = try publication.delivery.askApproval()
            return ("publishing.approval-asked", "Asked for approval", action)
        }
    }

    /// Approves the sides whose digests the approver has seen.
    package func approve(
        _ id: PostID, seen: [PublicationID: String], note: String, in workspace: WorkspaceID,
        by principal: Principal
    ) async throws -> PostSheet {
        let approvals = ApprovalRecorder(surroundings: surroundings)
        return try await change(id, in: workspace, by: principal) { _, publication in
            guard let hash = seen[publication.id],
                [.draft, .inReview].contains(publication.delivery.state)
            else { return nil }
            let action = try publication.delivery.approve(hash: hash)
            return ("publishing.approved", "Approved", action)
        } also: { publication, tx in
            guard try !Self.needsOtherEyes(publication.post, than: principal, in: workspace, tx)
            else { throw PublishingError.ownWork }
            try approvals.write(.approved, publication, note, principal, tx)
        }
    }

    /// Whether somebody else has to approve a post, because `principal` wrote it.
    ///
    /// Whoever is the only one who may approve at all approves their own work.
    package func needsOtherEyes(
        _ id: PostID, than principal: Principal, in workspace: WorkspaceID
    ) async throws -> Bool {
        try await database.read { tx in
            try Self.needsOtherEyes(id, than: principal, in: workspace, tx)
        }
    }

    static func needsOtherEyes(
        _ id: PostID, than principal: Principal, in workspace: WorkspaceID,
        _ tx: borrowing Transaction
    ) throws -> Bool {
        guard let person = principal.person, try needsApproval(in: workspace, tx) else {
            return false
        }
        let isOwn = try tx.exists(
            """
            SELECT 1 FROM post WHERE id = \(id) AND workspace_id = \(workspace)
                AND author_id = \(person)
            """)
        guard isOwn else { return false }
        let approving = Role.allCases.filter { Policy.allows($0, .approve) }
        return try tx.exists(
            """
            SELECT 1 FROM member WHERE workspace_id = \(workspace) AND removed_at IS NULL
                AND person_id <> \(person) AND role IN \(.list(approving))
            """)
    }

    /// Sends a post back to its writer.
    package func wantChanges(
        _ id: PostID, note: String, in workspace: WorkspaceID, by principal: Principal
    ) async throws -> PostSheet {
        let approvals = ApprovalRecorder(surroundings: surroundings)
        return try await change(id, in: workspace, by: principal) { _, publication in
            guard [.inReview, .approved].contains(publication.delivery.state) else { return nil }
            let action = try publication.delivery.wantChanges()
            publication.message = note.isEmpty ? nil : "Changes wanted: \(note)"
            return (
                "publishing.changes-wanted",
                note.isEmpty ? "Wants changes" : "Wants changes: \(note)", action
            )
        } also: { publication, tx in
            try approvals.write(.changesWanted, publication, note, principal, tx)
        }
    }

    /// Whether posts of this workspace need an approval.
    package func needsApproval(in workspace: WorkspaceID) async throws -> Bool {
        try await database.read { tx in try Self.needsApproval(in: workspace, tx) }
    }

    /// The workspace's choice about approvals.
    package func approvalSetting(in workspace: WorkspaceID) async throws -> ApprovalSetting {
        try await database.read { tx in try ApprovalSetting.load(workspace, tx) }
    }

    /// Changes the workspace's choice about approvals.
    package func setApproval(
        _ setting: ApprovalSetting, in workspace: WorkspaceID, by principal: Principal
    ) async throws {
        let row: SQL = "SELECT * FROM publishing_setting WHERE workspace_id = \(workspace)"
        try await database.write { tx in
            let before = try tx.snapshot(row)
            try tx.execute(
                """
                INSERT INTO publishing_setting (workspace_id, approval)
                VALUES (\(workspace), \(setting))
                ON CONFLICT (workspace_id) DO UPDATE SET approval = excluded.approval
                """)
            try plan.events.record(
                try Event(
                    "publishing.approvals-chosen", workspace: workspace,
                    subject: "workspace:\(workspace)", summary: "Chose which posts need approval",
                    changes: try before.changes(in: tx), by: principal), in: tx)
        }
    }

    /// What is decided about one side: nil when it does not concern that side.
    typealias Deciding =
        @Sendable (PostSheet.Side, inout Publication) throws -> (
            event: String, summary: String, action: Delivery.Action
        )?

    /// Applies one decision to every side of a post it concerns, with everything that follows.
    ///
    /// `decide` returns nil for sides it does not concern; when it concerns none, the first
    /// side's state is the reason.
    func change(
        _ id: PostID, in workspace: WorkspaceID, by principal: Principal,
        only: Set<PublicationID>? = nil, _ decide: @escaping Deciding,
        also: @escaping @Sendable (Publication, borrowing Transaction) throws -> Void = { _, _ in }
    ) async throws -> PostSheet {
        try await database.write { tx in
            try apply(id, in: workspace, by: principal, only: only, decide, tx, also: also)
        }
    }

    /// The same in a transaction of the caller.
    func apply(
        _ id: PostID, in workspace: WorkspaceID, by principal: Principal,
        only: Set<PublicationID>? = nil, _ decide: Deciding, _ tx: borrowing Transaction,
        also: (Publication, borrowing Transaction) throws -> Void = { _, _ in }
    ) throws -> PostSheet {
        let now = surroundings.now()
        let sheet = try PostSheet.load(id, in: workspace, tx)
        guard sheet.post.deletedAt == nil else { throw PublishingError.noSuchPost }
        guard !sheet.sides.isEmpty else { throw PublishingError.noChannels }
        for side in sheet.sides where only?.contains(side.publication.id) ?? true {
            var publication = side.publication
            let row = try tx.snapshot(Publication.row(publication.id))
            guard let decision = try decide(side, &publication) else { continue }
            publication.updatedAt = now
            if let remote = publication.remote, remote.id != side.publication.remote?.id {
                try publication.replaceImported(remote.id, tx)
            }
            try publication.save(tx)
            try plan.follow(decision.action, publication, by: principal, tx)
            try plan.record(
                decision.event, publication, decision.summary,
                changes: try row.changes(in: tx), by: principal, tx)
            try also(publication, tx)
        }
        return try PostSheet.load(id, in: workspace, tx)
    }
}

/// Writes approvals down, bound to the content they were given for.
struct ApprovalRecorder: Sendable {
    let surroundings: Surroundings

    func write(
        _ decision: Approval.Decision, _ publication: Publication, _ note: String,
        _ principal: Principal, _ tx: borrowing Transaction
    ) throws {
        let id: ID<Approval> = surroundings.newID()
        try tx.execute(
            """
            INSERT INTO approval (id, workspace_id, publication_id, content_hash, decision, note,
                person_id, person_name, at)
            VALUES (\(id), \(publication.workspace), \(publication.id),
                \(publication.delivery.contentHash), \(decision), \(String(note.prefix(2000))),
                \(principal.person), \(principal.name), \(surroundings.now()))
            """)
    }
}
