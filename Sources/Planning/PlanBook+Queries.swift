package import Channels
package import Kernel
package import Store
package import Strategy

extension PlanBook {
    /// Reads the twelve months that start with `today`'s, moved by `offset` months.
    package static func load(
        _ workspace: WorkspaceID, today: CivilDate, offset: Int = 0,
        _ tx: borrowing Transaction
    ) throws -> PlanBook {
        let window = PlanWindow(today: today, offset: offset)
        let items = try tx.all(
            PlanItem.self,
            """
            SELECT * FROM item WHERE workspace_id = \(workspace)
                AND month >= \(window.first) AND month <= \(window.last)
            ORDER BY month, position, id
            """)
        let initiatives = try tx.all(
            Initiative.self,
            """
            SELECT * FROM initiative WHERE workspace_id = \(workspace)
                AND starts_on <= \(window.last.lastDay)
                AND (ends_on IS NULL OR ends_on >= \(window.first.firstDay)
                    OR id IN (SELECT initiative_id FROM item WHERE workspace_id = \(workspace)
                        AND month >= \(window.first) AND month <= \(window.last)))
                AND state <> 'dropped'
            ORDER BY starts_on, id
            """)
        let shown = items.filter { !$0.isDropped }
        let counts = window.months.map { month in
            (month: month, count: shown.count { $0.month == month })
        }
        return PlanBook(
            today: today, window: window,
            rows: try rows(initiatives, shown, window, workspace, tx),
            leftOver: try leftOver(workspace, before: today.civilMonth, tx),
            loads: Load.all(counts), due: try due(workspace, window, tx))
    }

    private static func rows(
        _ initiatives: [Initiative], _ items: [PlanItem], _ window: PlanWindow,
        _ workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws -> [Row] {
        var primary: [InitiativeID: ObjectiveID] = [:]
        for row in try tx.rows(
            """
            SELECT initiative_id, objective_id FROM initiative_objective
            WHERE workspace_id = \(workspace) AND is_primary
            """)
        {
            primary[try row("initiative_id")] = try row("objective_id", as: ObjectiveID.self)
        }
        let shown = Set(initiatives.map(\.id))
        let byRow = Dictionary(grouping: items) { item in
            item.initiative.flatMap { shown.contains($0) ? $0 : nil }
        }
        var rows = initiatives.map { initiative in
            Row(
                initiative: initiative, primaryObjective: primary[initiative.id],
                items: Dictionary(grouping: byRow[initiative.id] ?? [], by: \.month),
                span: window.span(from: initiative.startsOn, to: initiative.endsOn))
        }
        rows.append(
            Row(
                initiative: nil, primaryObjective: nil,
                items: Dictionary(grouping: byRow[nil] ?? [], by: \.month), span: []))
        return rows
    }

    private static func leftOver(
        _ workspace: WorkspaceID, before month: CivilMonth, _ tx: borrowing Transaction
    ) throws -> [PlanItem] {
        try tx.all(
            PlanItem.self,
            """
            SELECT * FROM item WHERE workspace_id = \(workspace) AND month < \(month)
                AND state NOT IN ('done', 'dropped')
            ORDER BY month, position, id LIMIT 100
            """)
    }

    private static func due(
        _ workspace: WorkspaceID, _ window: PlanWindow, _ tx: borrowing Transaction
    ) throws -> [CivilMonth: [Objective]] {
        let objectives = try tx.all(
            Objective.self,
            """
            SELECT * FROM objective WHERE workspace_id = \(workspace) AND archived_at IS NULL
                AND due_on >= \(window.first.firstDay) AND due_on <= \(window.last.lastDay)
            ORDER BY due_on, id
            """)
        return Dictionary(grouping: objectives, by: \.dueOn.civilMonth)
    }
}

/// An item with everything its page shows.
package struct ItemDetail: Sendable {
    package let item: PlanItem
    package let initiative: Initiative?
    package let objective: Objective?
    package let goal: BusinessGoal?
    package let channels: [ChannelID]
    package let tags: [String]
    package let written: BriefDraft
    package let brief: Brief
    package let actions: [DistributionAction]

    /// Reads an item of the workspace.
    package static func load(
        _ id: ItemID, in workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws -> ItemDetail {
        guard let item = try PlanItem.find(id, in: workspace, tx) else {
            throw PlanError.noSuchItem
        }
        let objective = try item.primaryObjective.flatMap {
            try Objective.find($0, in: workspace, tx)
        }
        return ItemDetail(
            item: item,
            initiative: try item.initiative.flatMap { try Initiative.find($0, in: workspace, tx) },
            objective: objective,
            goal: try objective.flatMap {
                try BusinessGoal.find($0.businessGoal, in: workspace, tx)
            },
            channels: try channels(of: id, in: workspace, tx),
            tags: try tx.rows(
                """
                SELECT tag FROM item_tag WHERE item_id = \(id) AND workspace_id = \(workspace)
                ORDER BY tag
                """
            ).map { try $0("tag") },
            written: try BriefDraft.find(of: id, in: workspace, tx),
            brief: try PlanDesk.brief(of: item, in: workspace, tx),
            actions: try tx.all(
                DistributionAction.self,
                """
                SELECT * FROM distribution_action WHERE item_id = \(id)
                    AND workspace_id = \(workspace) ORDER BY id
                """))
    }

    static func channels(
        of id: ItemID, in workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws -> [ChannelID] {
        try tx.rows(
            """
            SELECT channel_id FROM item_channel WHERE item_id = \(id)
                AND workspace_id = \(workspace) ORDER BY channel_id
            """
        ).map { try $0("channel_id") }
    }
}

/// What an item is about, read for many items at once.
package struct ItemTraits: Sendable, Hashable {
    package var tags: [String] = []
    package var channels: [ChannelID] = []
    package var initiativeKind: Initiative.Kind?

    /// Reads the traits of items of the workspace.
    package static func load(
        of items: [PlanItem], in workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws -> [ItemID: ItemTraits] {
        let ids = SQL.list(items.map(\.id))
        let initiatives = SQL.list(Set(items.compactMap(\.initiative)).sorted())
        let kinds = try tx.all(
            Initiative.self,
            "SELECT * FROM initiative WHERE workspace_id = \(workspace) AND id IN \(initiatives)"
        ).map { ($0.id, $0.kind) }
        let kindOf = Dictionary(kinds, uniquingKeysWith: { first, _ in first })
        var traits = Dictionary(
            items.map { item in
                (item.id, ItemTraits(initiativeKind: item.initiative.flatMap { kindOf[$0] }))
            }, uniquingKeysWith: { first, _ in first })
        for row in try tx.rows(
            """
            SELECT item_id, tag FROM item_tag
            WHERE workspace_id = \(workspace) AND item_id IN \(ids) ORDER BY tag
            """)
        {
            traits[try row("item_id")]?.tags.append(try row("tag"))
        }
        for row in try tx.rows(
            """
            SELECT item_id, channel_id FROM item_channel
            WHERE workspace_id = \(workspace) AND item_id IN \(ids) ORDER BY channel_id
            """)
        {
            traits[try row("item_id")]?.channels.append(try row("channel_id"))
        }
        return traits
    }
}

/// An initiative with everything its page shows.
package struct InitiativeDetail: Sendable {
    package let initiative: Initiative
    package let primary: Objective?
    package let others: [Objective]
    package let goal: BusinessGoal?
    package let items: [PlanItem]

    /// Reads an initiative of the workspace.
    package static func load(
        _ id: InitiativeID, in workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws -> InitiativeDetail {
        guard let initiative = try Initiative.find(id, in: workspace, tx) else {
            throw PlanError.noSuchInitiative
        }
        let linked = try tx.rows(
            """
            SELECT objective_id, is_primary FROM initiative_objective
            WHERE initiative_id = \(id) AND workspace_id = \(workspace) ORDER BY objective_id
            """
        ).map { row in
            (try row("objective_id", as: ObjectiveID.self), try row("is_primary", as: Bool.self))
        }
        let objectives = try linked.compactMap { id, isPrimary in
            try Objective.find(id, in: workspace, tx).map { ($0, isPrimary) }
        }
        let primary = objectives.first(where: \.1)?.0
        return InitiativeDetail(
            initiative: initiative, primary: primary,
            others: objectives.filter { !$0.1 }.map(\.0),
            goal: try primary.flatMap { try BusinessGoal.find($0.businessGoal, in: workspace, tx) },
            items: try tx.all(
                PlanItem.self,
                """
                SELECT * FROM item WHERE initiative_id = \(id) AND workspace_id = \(workspace)
                ORDER BY month, position, id
                """))
    }
}

/// Which items a list shows.
package struct ItemFilter: Sendable, Hashable {
    package var initiative: InitiativeID?
    package var month: CivilMonth?
    package var state: PlanItem.State?
    /// Words in the title.
    package var text: String?

    package init(
        initiative: InitiativeID? = nil, month: CivilMonth? = nil, state: PlanItem.State? = nil,
        text: String? = nil
    ) {
        self.initiative = initiative
        self.month = month
        self.state = state
        self.text = text
    }
}

extension PlanDesk {
    /// The rolling twelve months.
    package func plan(
        in workspace: WorkspaceID, today: CivilDate, offset: Int = 0
    ) async throws -> PlanBook {
        try await database.read { tx in
            try PlanBook.load(workspace, today: today, offset: offset, tx)
        }
    }

    /// One item with its brief, its actions and its place in the line of sight.
    package func item(_ id: ItemID, in workspace: WorkspaceID) async throws -> ItemDetail {
        try await database.read { tx in try ItemDetail.load(id, in: workspace, tx) }
    }

    /// One initiative with its objectives and items.
    package func initiative(
        _ id: InitiativeID, in workspace: WorkspaceID
    ) async throws -> InitiativeDetail {
        try await database.read { tx in try InitiativeDetail.load(id, in: workspace, tx) }
    }

    /// Every initiative of the workspace, the latest start first.
    package func initiatives(in workspace: WorkspaceID) async throws -> [Initiative] {
        try await database.read { tx in
            try tx.all(
                Initiative.self,
                """
                SELECT * FROM initiative WHERE workspace_id = \(workspace)
                ORDER BY starts_on DESC, id
                """)
        }
    }

    /// The items that match, by month and then by age.
    package func items(
        _ filter: ItemFilter, page: PageRequest, in workspace: WorkspaceID
    ) async throws -> Page<PlanItem> {
        try await database.read { tx in
            var conditions: [SQL] = ["workspace_id = \(workspace)"]
            if let initiative = filter.initiative {
                conditions.append("initiative_id = \(initiative)")
            }
            if let month = filter.month { conditions.append("month = \(month)") }
            if let state = filter.state { conditions.append("state = \(state)") }
            if let text = filter.text { conditions.append(.contains("title", text)) }
            if let after = page.after {
                conditions.append("(month, id) > (\(after.key), \(after.id))")
            }
            let items = try tx.all(
                PlanItem.self,
                """
                SELECT * FROM item WHERE \(.all(conditions)) ORDER BY month, id
                LIMIT \(page.limit + 1)
                """)
            let shown = Array(items.prefix(page.limit))
            let next = items.count > page.limit ? shown.last : nil
            return Page(
                items: shown,
                next: next.map { Cursor(key: $0.month.description, id: $0.id.text) })
        }
    }
}

extension PlanItem {
    /// An item of the workspace.
    package static func find(
        _ id: ItemID, in workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws -> PlanItem? {
        try tx.first(
            PlanItem.self,
            "SELECT * FROM item WHERE id = \(id) AND workspace_id = \(workspace)")
    }
}

extension Initiative {
    /// An initiative of the workspace.
    package static func find(
        _ id: InitiativeID, in workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws -> Initiative? {
        try tx.first(
            Initiative.self,
            "SELECT * FROM initiative WHERE id = \(id) AND workspace_id = \(workspace)")
    }
}

extension BriefDraft {
    static func find(
        of item: ItemID, in workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws -> BriefDraft {
        try tx.first(
            BriefDraft.self,
            "SELECT * FROM brief WHERE item_id = \(item) AND workspace_id = \(workspace)")
            ?? BriefDraft()
    }
}
