package import Kernel
package import Store
import Strategy

extension PlanDesk {
    /// Adds a piece of content to the plan, at the end of its month.
    package func addItem(
        _ draft: ItemDraft, in workspace: WorkspaceID, by principal: Principal
    ) async throws -> ItemID {
        try await database.write { tx in
            try addItem(draft, in: workspace, by: principal, tx)
        }
    }

    /// Adds a piece of content in a transaction of the caller, such as a review's.
    package func addItem(
        _ draft: ItemDraft, in workspace: WorkspaceID, by principal: Principal,
        _ tx: borrowing Transaction
    ) throws -> ItemID {
        let id: ItemID = surroundings.newID()
        let now = surroundings.now()
        let draft = try checked(draft, in: workspace, tx)
        let last = try tx.scalar(
            Int.self,
            """
            SELECT MAX(position) FROM item
            WHERE workspace_id = \(workspace) AND month = \(draft.month)
            """)
        let state: PlanItem.State = draft.initiative == nil ? .idea : .planned
        try tx.execute(
            """
            INSERT INTO item (id, workspace_id, initiative_id, primary_objective_id, title, note,
                owner_id, month, state, position, created_at, updated_at)
            VALUES (\(id), \(workspace), \(draft.initiative), \(draft.primaryObjective),
                \(draft.title), \(draft.note), \(draft.owner), \(draft.month), \(state),
                \((last ?? 0) + 1), \(now), \(now))
            """)
        try attach(draft, to: id, in: workspace, tx)
        try record(
            "itemAdded", "item:\(id)", "Planned “\(draft.title)” for \(draft.month.name)",
            changes: try tx.made(
                "SELECT * FROM item WHERE id = \(id) AND workspace_id = \(workspace)",
                lists: Self.itemLists(id)), in: workspace, by: principal, tx)
        return id
    }

    /// Changes what an item says; its brief, actions and posts stay.
    package func changeItem(
        _ id: ItemID, to draft: ItemDraft, in workspace: WorkspaceID, by principal: Principal
    ) async throws {
        try await database.write { tx in
            let before = try tx.snapshot(
                """
                SELECT * FROM item WHERE id = \(id) AND workspace_id = \(workspace)
                """, lists: Self.itemLists(id))
            let draft = try checked(draft, in: workspace, tx)
            let changed = try tx.execute(
                """
                UPDATE item SET initiative_id = \(draft.initiative),
                    primary_objective_id = \(draft.primaryObjective), title = \(draft.title),
                    note = \(draft.note), owner_id = \(draft.owner), month = \(draft.month),
                    updated_at = \(surroundings.now())
                WHERE id = \(id) AND workspace_id = \(workspace)
                """)
            guard changed == 1 else { throw PlanError.noSuchItem }
            for table in ["item_channel", "item_tag"] {
                try tx.execute(
                    """
                    DELETE FROM \(SQL(raw: table))
                    WHERE item_id = \(id) AND workspace_id = \(workspace)
                    """)
            }
            try attach(draft, to: id, in: workspace, tx)
            try record(
                "itemChanged", "item:\(id)", "Changed “\(draft.title)”",
                changes: try before.changes(in: tx), in: workspace, by: principal, tx)
        }
    }

    /// Moves an item to a month and a row of the plan, before another item or to the end.
    ///
    /// Returns where it was, so that the move can be taken back.
    package func moveItem(
        _ id: ItemID, to place: ItemPlace, in workspace: WorkspaceID, by principal: Principal
    ) async throws -> ItemPlace {
        try await database.write { tx in
            let before = try tx.snapshot(
                "SELECT * FROM item WHERE id = \(id) AND workspace_id = \(workspace)")
            guard let item = try PlanItem.find(id, in: workspace, tx) else {
                throw PlanError.noSuchItem
            }
            try requireInitiative(place.initiative, in: workspace, tx)
            let old = try Self.order(of: item.month, in: workspace, tx)
            let follower = old.firstIndex(of: id).flatMap { index in
                index + 1 < old.count ? old[index + 1] : nil
            }
            var order = try Self.order(of: place.month, in: workspace, tx)
            order.removeAll { $0 == id }
            let index = place.before.flatMap { order.firstIndex(of: $0) } ?? order.count
            order.insert(id, at: index)
            try tx.execute(
                """
                UPDATE item SET month = \(place.month), initiative_id = \(place.initiative),
                    updated_at = \(surroundings.now())
                WHERE id = \(id) AND workspace_id = \(workspace)
                """)
            for (position, other) in order.enumerated() {
                try tx.execute(
                    """
                    UPDATE item SET position = \(position + 1) WHERE id = \(other)
                        AND workspace_id = \(workspace) AND position <> \(position + 1)
                    """)
            }
            let changes = try before.changes(in: tx)
            if !changes.isEmpty {
                try record(
                    "itemMoved", "item:\(id)",
                    item.month == place.month
                        ? "Moved within \(place.month.name)"
                        : "Moved from \(item.month.name) to \(place.month.name)",
                    changes: changes, in: workspace, by: principal, tx)
            }
            return ItemPlace(month: item.month, initiative: item.initiative, before: follower)
        }
    }

    /// Says how far an item is; *briefed* and beyond need a complete brief.
    package func setState(
        _ state: PlanItem.State, of id: ItemID, in workspace: WorkspaceID,
        by principal: Principal
    ) async throws {
        try await database.write { tx in
            let before = try tx.snapshot(
                "SELECT * FROM item WHERE id = \(id) AND workspace_id = \(workspace)")
            guard let item = try PlanItem.find(id, in: workspace, tx) else {
                throw PlanError.noSuchItem
            }
            if state.needsBrief { try Self.requireBrief(id, in: workspace, tx) }
            try tx.execute(
                """
                UPDATE item SET state = \(state), updated_at = \(surroundings.now())
                WHERE id = \(id) AND workspace_id = \(workspace)
                """)
            guard item.state != state else { return }
            try record(
                "itemAdvanced", "item:\(id)",
                "\(item.state.name) → \(state.name.lowercased())",
                changes: try before.changes(in: tx), in: workspace, by: principal,
                tx)
        }
    }

    /// Carries an item forward because its posts moved on; never back, and never a dropped one.
    package func advance(
        _ id: ItemID, to state: PlanItem.State, in workspace: WorkspaceID,
        by principal: Principal, _ tx: borrowing Transaction
    ) throws {
        guard let item = try PlanItem.find(id, in: workspace, tx),
            item.state.mayAdvance(to: state)
        else { return }
        let before = try tx.snapshot(
            "SELECT * FROM item WHERE id = \(id) AND workspace_id = \(workspace)")
        try tx.execute(
            """
            UPDATE item SET state = \(state), updated_at = \(surroundings.now())
            WHERE id = \(id) AND workspace_id = \(workspace)
            """)
        try record(
            "itemAdvanced", "item:\(id)", "\(item.state.name) → \(state.name.lowercased())",
            changes: try before.changes(in: tx), in: workspace, by: principal, tx)
    }

    /// Removes an item that nothing was written for.
    package func removeItem(
        _ id: ItemID, in workspace: WorkspaceID, by principal: Principal
    ) async throws {
        do {
            try await database.write { tx in
                let before = try tx.snapshot(
                    """
                    SELECT * FROM item WHERE id = \(id) AND workspace_id = \(workspace)
                    """, lists: Self.itemLists(id))
                guard let item = try PlanItem.find(id, in: workspace, tx) else {
                    throw PlanError.noSuchItem
                }
                try tx.execute(
                    "DELETE FROM item WHERE id = \(id) AND workspace_id = \(workspace)")
                try record(
                    "itemRemoved", "item:\(id)", "Removed “\(item.title)” from the plan",
                    changes: try before.changes(in: tx), in: workspace, by: principal, tx)
            }
        } catch StoreError.constraint(.foreignKey, _) {
            throw PlanError.itemHasPosts
        }
    }
}

/// A place in the plan: a month, a row, and the item it stands before.
package struct ItemPlace: Sendable, Hashable {
    package var month: CivilMonth
    package var initiative: InitiativeID?
    package var before: ItemID?

    package init(month: CivilMonth, initiative: InitiativeID?, before: ItemID? = nil) {
        self.month = month
        self.initiative = initiative
        self.before = before
    }
}

extension PlanItem.State {
    /// Whether an item may only be here with a complete brief.
    package var needsBrief: Bool { self == .briefed || self == .inWork }

    /// Whether work on posts may carry an item from here to `next`.
    package func mayAdvance(to next: Self) -> Bool {
        guard self != .dropped, next != .dropped,
            let here = Self.allCases.firstIndex(of: self),
            let there = Self.allCases.firstIndex(of: next)
        else { return false }
        return there > here
    }
}

// MARK: - Checks

extension PlanDesk {
    /// What belongs to an item beside its row, for the record of changes.
    static func itemLists(_ id: ItemID) -> [(name: String, query: SQL)] {
        let channels: SQL = """
            SELECT channel.name FROM item_channel JOIN channel
                ON channel.id = item_channel.channel_id
            WHERE item_channel.item_id = \(id) ORDER BY channel.name, channel.id
            """
        return [
            ("channels", channels),
            ("tags", "SELECT tag FROM item_tag WHERE item_id = \(id) ORDER BY tag"),
        ]
    }

    private static func order(
        of month: CivilMonth, in workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws -> [ItemID] {
        try tx.rows(
            """
            SELECT id FROM item WHERE workspace_id = \(workspace) AND month = \(month)
            ORDER BY position, id
            """
        ).map { try $0("id") }
    }

    /// The draft with tags in one form and the initiative's objective filled in.
    private func checked(
        _ draft: ItemDraft, in workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws -> ItemDraft {
        var draft = draft
        draft.tags = Tag.all(draft.tags)
        guard draft.tags.count <= Tag.limit, draft.tags.allSatisfy({ $0.count <= 40 }) else {
            throw PlanError.tooManyTags
        }
        try requireMember(draft.owner, in: workspace, tx)
        try requireInitiative(draft.initiative, in: workspace, tx)
        if draft.primaryObjective == nil, let initiative = draft.initiative {
            draft.primaryObjective = try tx.scalar(
                ObjectiveID.self,
                """
                SELECT objective_id FROM initiative_objective
                WHERE initiative_id = \(initiative) AND workspace_id = \(workspace)
                    AND is_primary
                """)
        }
        if let objective = draft.primaryObjective,
            try Objective.find(objective, in: workspace, tx) == nil
        {
            throw PlanError.noSuchObjective
        }
        return draft
    }

    private func requireInitiative(
        _ id: InitiativeID?, in workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws {
        guard let id else { return }
        guard try Initiative.find(id, in: workspace, tx) != nil else {
            throw PlanError.noSuchInitiative
        }
    }

    private func attach(
        _ draft: ItemDraft, to id: ItemID, in workspace: WorkspaceID,
        _ tx: borrowing Transaction
    ) throws {
        for channel in Set(draft.channels).sorted() {
            let belongs = try tx.exists(
                "SELECT 1 FROM channel WHERE id = \(channel) AND workspace_id = \(workspace)")
            guard belongs else { throw PlanError.noSuchChannel }
            try tx.execute(
                """
                INSERT INTO item_channel (workspace_id, item_id, channel_id)
                VALUES (\(workspace), \(id), \(channel))
                """)
        }
        for tag in draft.tags {
            try tx.execute(
                """
                INSERT INTO item_tag (workspace_id, item_id, tag)
                VALUES (\(workspace), \(id), \(tag))
                """)
        }
    }
}
