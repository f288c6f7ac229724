package import Kernel
package import Planning
import Store
import Strategy

/// What a person says about something noticed.
package struct FindingDraft: Sendable, Hashable {
    package var kind: Finding.Kind
    package var what: String
    package var why: String
    /// What it is about, as `kind:id`.
    package var about: String?

    package init(kind: Finding.Kind, what: String, why: String = "", about: String? = nil) {
        self.kind = kind
        self.what = what
        self.why = why
        self.about = about
    }
}

/// What a person says about a decision.
package struct DecisionDraft: Sendable, Hashable {
    package var what: String
    package var why: String
    package var owner: MemberID
    package var dueOn: CivilDate

    package init(what: String, why: String = "", owner: MemberID, dueOn: CivilDate) {
        self.what = what
        self.why = why
        self.owner = owner
        self.dueOn = dueOn
    }
}

extension ReviewDesk {
    /// Writes down something that worked, did not, or surprised.
    package func addFinding(
        _ draft: FindingDraft, to review: ReviewID, in workspace: WorkspaceID,
        by principal: Principal
    ) async throws -> FindingID {
        try await database.write { tx in
            let found = try requireOpen(review, in: workspace, tx)
            let id: FindingID = surroundings.newID()
            try tx.execute(
                """
                INSERT INTO finding (id, workspace_id, review_id, kind, what, why, subject,
                    recorded_by, created_at)
                VALUES (\(id), \(workspace), \(review), \(draft.kind), \(draft.what),
                    \(draft.why), \(draft.about), \(principal.name), \(surroundings.now()))
                """)
            try record(
                "findingAdded", found.subject, "\(draft.kind.name): \(draft.what)",
                changes: try tx.made(
                    """
                    SELECT * FROM finding WHERE id = \(id) AND workspace_id = \(workspace)
                    """), in: workspace, by: principal, tx)
            return id
        }
    }

    /// Takes a finding out again.
    package func removeFinding(
        _ id: FindingID, of review: ReviewID, in workspace: WorkspaceID, by principal: Principal
    ) async throws {
        try await database.write { tx in
            let before = try tx.snapshot(
                "SELECT * FROM finding WHERE id = \(id) AND workspace_id = \(workspace)")
            let found = try requireOpen(review, in: workspace, tx)
            let removed = try tx.execute(
                """
                DELETE FROM finding WHERE id = \(id) AND review_id = \(review)
                    AND workspace_id = \(workspace)
                """)
            guard removed == 1 else { throw ReviewError.noSuchFinding }
            try record(
                "findingRemoved", found.subject, "Took a finding out",
                changes: try before.changes(in: tx), in: workspace,
                by: principal, tx)
        }
    }

    /// Records a decision with its owner and day, in a review or on its own.
    package func addDecision(
        _ draft: DecisionDraft, to review: ReviewID?, in workspace: WorkspaceID,
        by principal: Principal
    ) async throws -> DecisionID {
        try await database.write { tx in
            if let review { _ = try requireOpen(review, in: workspace, tx) }
            try requireMember(draft.owner, in: workspace, tx)
            let id: DecisionID = surroundings.newID()
            try tx.execute(
                """
                INSERT INTO decision (id, workspace_id, review_id, what, why, owner_id, due_on,
                    state, created_at)
                VALUES (\(id), \(workspace), \(review), \(draft.what), \(draft.why),
                    \(draft.owner), \(draft.dueOn), 'open', \(surroundings.now()))
                """)
            try record(
                "decided", "decision:\(id)", "Decided: \(draft.what), by \(draft.dueOn.words)",
                changes: try tx.made(
                    "SELECT * FROM decision WHERE id = \(id) AND workspace_id = \(workspace)"),
                in: workspace, by: principal, tx)
            if let review {
                try record(
                    "decided", "review:\(review)", "Decided: \(draft.what)", in: workspace,
                    by: principal, tx)
            }
            return id
        }
    }

    /// Says what became of a decision.
    package func settle(
        _ id: DecisionID, as state: Decision.State, in workspace: WorkspaceID,
        by principal: Principal
    ) async throws {
        try await database.write { tx in
            let before = try tx.snapshot(
                "SELECT * FROM decision WHERE id = \(id) AND workspace_id = \(workspace)")
            let changed = try tx.execute(
                """
                UPDATE decision SET state = \(state),
                    settled_at = \(state == .open ? nil as Instant? : surroundings.now())
                WHERE id = \(id) AND workspace_id = \(workspace)
                """)
            guard changed == 1 else { throw ReviewError.noSuchDecision }
            let words =
                switch state {
                case .open: "Reopened"
                case .done: "Done"
                case .dropped: "Dropped"
                }
            try record(
                "settled", "decision:\(id)", words, changes: try before.changes(in: tx),
                in: workspace, by: principal, tx)
        }
    }

    /// Lands a decision in the plan as an item of `month`, with the same owner.
    package func planDecision(
        _ id: DecisionID, for month: CivilMonth, in workspace: WorkspaceID,
        by principal: Principal
    ) async throws -> ItemID {
        try await database.write { tx in
            let before = try tx.snapshot(
                "SELECT * FROM decision WHERE id = \(id) AND workspace_id = \(workspace)")
            guard let decision = try Decision.find(id, in: workspace, tx) else {
                throw ReviewError.noSuchDecision
            }
            guard decision.item == nil else { throw ReviewError.plannedAlready }
            guard let owner = decision.owner else { throw ReviewError.ownerNeeded }
            let item = try plan.addItem(
                ItemDraft(title: decision.what, month: month, owner: owner, note: decision.why),
                in: workspace, by: principal, tx)
            try tx.execute(
                """
                UPDATE decision SET item_id = \(item)
                WHERE id = \(id) AND workspace_id = \(workspace)
                """)
            try record(
                "planned", decision.subject, "Put into the plan for \(month.name)",
                changes: try before.changes(in: tx), in: workspace, by: principal, tx)
            return item
        }
    }
}
