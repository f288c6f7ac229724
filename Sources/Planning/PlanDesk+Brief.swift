package import Channels
package import Kernel
package import Store
import Strategy

extension PlanDesk {
    /// Keeps what a person wrote in the brief; blank parts are left to strategy and charter.
    ///
    /// So are parts that repeat what strategy and charter say: they follow when those change. A
    /// planned item whose brief is complete becomes *briefed*.
    package func keepBrief(
        _ draft: BriefDraft, of id: ItemID, in workspace: WorkspaceID, by principal: Principal
    ) async throws {
        try await database.write { tx in
            let before = try tx.snapshot(
                "SELECT * FROM brief WHERE item_id = \(id) AND workspace_id = \(workspace)")
            guard let item = try PlanItem.find(id, in: workspace, tx) else {
                throw PlanError.noSuchItem
            }
            let given = Brief(BriefDraft(), try Self.sources(of: item, [], in: workspace, tx))
            let draft = draft.without(given)
            try tx.execute(
                """
                INSERT INTO brief (item_id, workspace_id, what, timing, how, audience, why,
                    updated_at)
                VALUES (\(id), \(workspace), \(draft.what), \(draft.when), \(draft.how),
                    \(draft.toWhom), \(draft.why), \(surroundings.now()))
                ON CONFLICT (item_id) DO UPDATE SET what = excluded.what,
                    timing = excluded.timing, how = excluded.how, audience = excluded.audience,
                    why = excluded.why, updated_at = excluded.updated_at
                """)
            let missing = try Self.brief(of: item, in: workspace, tx).missing
            try record(
                "briefKept", item.subject,
                missing.isEmpty
                    ? "Completed the brief"
                    : "Worked on the brief; still open: "
                        + missing.map(\.word).joined(separator: ", "),
                changes: try before.changes(in: tx), in: workspace, by: principal, tx)
            if missing.isEmpty {
                try advance(id, to: .briefed, in: workspace, by: principal, tx)
            }
        }
    }

    /// Refuses to go on while the item's brief leaves a question open.
    ///
    /// `channels` are those the post goes to, beside the item's own.
    package static func requireBrief(
        _ id: ItemID, channels: [ChannelID] = [], in workspace: WorkspaceID,
        _ tx: borrowing Transaction
    ) throws {
        guard let item = try PlanItem.find(id, in: workspace, tx) else {
            throw PlanError.noSuchItem
        }
        let missing = try brief(of: item, channels: channels, in: workspace, tx).missing
        guard missing.isEmpty else { throw PlanError.briefIncomplete(missing: missing, item: id) }
    }

    /// The brief as it stands: what was written, else what strategy and charter say.
    package static func brief(
        of item: PlanItem, channels: [ChannelID] = [], in workspace: WorkspaceID,
        _ tx: borrowing Transaction
    ) throws -> Brief {
        Brief(
            try BriefDraft.find(of: item.id, in: workspace, tx),
            try sources(of: item, channels, in: workspace, tx))
    }

    private static func sources(
        of item: PlanItem, _ channels: [ChannelID], in workspace: WorkspaceID,
        _ tx: borrowing Transaction
    ) throws -> BriefSources {
        let own = try ItemDetail.channels(of: item.id, in: workspace, tx)
        let objective = try item.primaryObjective.flatMap {
            try Objective.find($0, in: workspace, tx)
        }
        return BriefSources(
            title: item.title, month: item.month,
            charters: try Set(own + channels).sorted().compactMap {
                try Charter.find(of: $0, in: workspace, tx)
            },
            voice: try Voice.find(in: workspace, tx), objective: objective,
            goal: try objective.flatMap {
                try BusinessGoal.find($0.businessGoal, in: workspace, tx)
            })
    }
}

// MARK: - Distribution

extension PlanDesk {
    /// Adds something that gets an item seen.
    package func addAction(
        _ draft: DistributionDraft, to item: ItemID, in workspace: WorkspaceID,
        by principal: Principal
    ) async throws -> DistributionActionID {
        try await database.write { tx in
            guard let found = try PlanItem.find(item, in: workspace, tx) else {
                throw PlanError.noSuchItem
            }
            try requireMember(draft.owner, in: workspace, tx)
            let id: DistributionActionID = surroundings.newID()
            try tx.execute(
                """
                INSERT INTO distribution_action (id, workspace_id, item_id, kind, title, owner_id,
                    due_on, created_at)
                VALUES (\(id), \(workspace), \(item), \(draft.kind), \(draft.title),
                    \(draft.owner), \(draft.dueOn), \(surroundings.now()))
                """)
            try record(
                "actionAdded", found.subject,
                "Added \(draft.kind.name.lowercased()): \(draft.title)",
                changes: try tx.made(
                    """
                    SELECT * FROM distribution_action WHERE id = \(id)
                        AND workspace_id = \(workspace)
                    """), in: workspace, by: principal, tx)
            return id
        }
    }

    /// Ticks a distribution action off, or opens it again.
    package func finishAction(
        _ id: DistributionActionID, _ isDone: Bool, in workspace: WorkspaceID,
        by principal: Principal
    ) async throws {
        try await database.write { tx in
            let before = try tx.snapshot(
                """
                SELECT * FROM distribution_action WHERE id = \(id) AND workspace_id = \(workspace)
                """)
            let row = try tx.first(
                """
                UPDATE distribution_action
                SET done_at = \(isDone ? surroundings.now() : nil as Instant?)
                WHERE id = \(id) AND workspace_id = \(workspace) RETURNING item_id, title
                """)
            guard let row else { throw PlanError.noSuchAction }
            let item: ItemID = try row("item_id")
            let title: String = try row("title")
            try record(
                isDone ? "actionDone" : "actionReopened", "item:\(item)",
                "\(isDone ? "Did" : "Reopened"): \(title)", changes: try before.changes(in: tx),
                in: workspace, by: principal, tx)
        }
    }

    /// Removes a distribution action.
    package func removeAction(
        _ id: DistributionActionID, in workspace: WorkspaceID, by principal: Principal
    ) async throws {
        try await database.write { tx in
            let before = try tx.snapshot(
                """
                SELECT * FROM distribution_action WHERE id = \(id) AND workspace_id = \(workspace)
                """)
            let row = try tx.first(
                """
                DELETE FROM distribution_action
                WHERE id = \(id) AND workspace_id = \(workspace) RETURNING item_id, title
                """)
            guard let row else { throw PlanError.noSuchAction }
            let item: ItemID = try row("item_id")
            let title: String = try row("title")
            try record(
                "actionRemoved", "item:\(item)", "Took out: \(title)",
                changes: try before.changes(in: tx), in: workspace, by: principal, tx)
        }
    }
}
