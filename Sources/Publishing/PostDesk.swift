import Channels
package import Jobs
package import Kernel
package import Links
import Networks
import Planning
package import Store
import Strategy

/// Keeps posts and takes people's decisions about them.
package struct PostDesk: Sendable {
    package let database: Database
    let plan: DeliveryPlan
    let links: LinkDesk
    let surroundings: Surroundings
    package let rules: ContentRules
    /// The address of this server on its own machine, where the practice network lives.
    package let localBase: String

    package init(
        database: Database, events: EventLog, queue: JobQueue, surroundings: Surroundings,
        links: LinkDesk, rules: ContentRules, localBase: String
    ) {
        self.database = database
        plan = DeliveryPlan(queue: queue, events: events, surroundings: surroundings)
        self.links = links
        self.surroundings = surroundings
        self.rules = rules
        self.localBase = localBase
    }

    /// The post with all its sides.
    package func sheet(_ id: PostID, in workspace: WorkspaceID) async throws -> PostSheet {
        try await database.read { tx in
            let sheet = try PostSheet.load(id, in: workspace, tx)
            guard sheet.post.deletedAt == nil else { throw PublishingError.noSuchPost }
            return sheet
        }
    }

    /// The channels one can write for.
    package func channels(in workspace: WorkspaceID) async throws -> [ChannelFacts] {
        try await database.read { tx in try ChannelFacts.list(in: workspace, tx) }
    }

    /// Starts a post.
    package func create(
        _ draft: PostDraft, in workspace: WorkspaceID, by principal: Principal
    ) async throws -> PostSheet {
        try draft.check()
        let destination = try draft.destination.map { try Destination($0) }
        let id: PostID = surroundings.newID()
        let now = surroundings.now()
        return try await database.write { tx in
            try require(draft.item, draft.objective, in: workspace, tx)
            try tx.execute(
                """
                INSERT INTO post (id, workspace_id, item_id, objective_id, title, body,
                    destination, campaign, language, origin, revision, author_id, created_at,
                    updated_at)
                VALUES (\(id), \(workspace), \(draft.item), \(draft.objective), \(draft.title),
                    \(draft.text), \(destination?.url), \(draft.tidyCampaign),
                    \(draft.language), 'written', 1, \(principal.person), \(now), \(now))
                """)
            let made = try fill(id, draft, destination, in: workspace, by: principal, tx)
            try plan.record(
                "publishing.post-written", id, "Started “\(made.post.name)”",
                changes: try tx.made(Self.row(id), lists: Self.lists(id)), in: workspace,
                by: principal, tx)
            return made
        }
    }

    /// A post's row for the record of changes.
    static func row(_ id: PostID) -> SQL { "SELECT * FROM post WHERE id = \(id)" }

    /// What belongs to a post beside its row, for the record of changes.
    static func lists(_ id: PostID) -> [(name: String, query: SQL)] {
        let variants: SQL = """
            SELECT channel.name || ': ' || COALESCE(variant.body, '(the same text)') || ' '
                || CAST(variant.further_parts AS TEXT) || ' ' || variant.visibility || ' '
                || COALESCE(variant.content_warning, '')
            FROM variant JOIN channel ON channel.id = variant.channel_id
            WHERE variant.post_id = \(id) ORDER BY channel.name, channel.id
            """
        let pictures: SQL = """
            SELECT media_asset.file_name || ' (' || post_media.alt_text || ')' FROM post_media
            JOIN media_asset ON media_asset.id = post_media.media_id
            WHERE post_media.post_id = \(id) ORDER BY post_media.position
            """
        let own: SQL = """
            SELECT media_asset.file_name || ' (' || variant_media.alt_text || ')'
            FROM variant_media JOIN variant ON variant.id = variant_media.variant_id
            JOIN media_asset ON media_asset.id = variant_media.media_id
            WHERE variant.post_id = \(id)
            ORDER BY variant_media.variant_id, variant_media.position
            """
        return [("variants", variants), ("pictures", pictures), ("own_pictures", own)]
    }

    /// Replaces the content; a changed variant loses its approval.
    ///
    /// `revision` is what the writer saw last; another one means that somebody saved meanwhile.
    package func save(
        _ id: PostID, _ draft: PostDraft, revision: Int?, in workspace: WorkspaceID,
        by principal: Principal
    ) async throws -> PostSheet {
        try draft.check()
        let destination = try draft.destination.map { try Destination($0) }
        let now = surroundings.now()
        return try await database.write { tx in
            let before = try PostSheet.load(id, in: workspace, tx)
            guard before.post.deletedAt == nil else { throw PublishingError.noSuchPost }
            if let revision, revision != before.post.revision {
                throw PublishingError.changedMeanwhile
            }
            // What it hangs from already may be gone meanwhile; that keeps nobody from writing.
            try require(
                draft.item == before.post.item ? nil : draft.item,
                draft.objective == before.post.objective ? nil : draft.objective,
                in: workspace, tx)
            let row = try tx.snapshot(Self.row(id), lists: Self.lists(id))
            try tx.execute(
                """
                UPDATE post SET item_id = \(draft.item), objective_id = \(draft.objective),
                    title = \(draft.title), body = \(draft.text),
                    destination = \(destination?.url), campaign = \(draft.tidyCampaign),
                    language = \(draft.language),
                    revision = revision + 1, updated_at = \(now)
                WHERE workspace_id = \(workspace) AND id = \(id)
                """)
            let saved = try fill(id, draft, destination, in: workspace, by: principal, tx)
            let changes = try row.changes(in: tx)
            if !changes.isEmpty {
                try plan.record(
                    "publishing.post-edited", id, "Edited “\(saved.post.name)”", changes: changes,
                    in: workspace, by: principal, tx)
            }
            let hasMoved =
                before.post.item != draft.item || before.post.objective != draft.objective
            if hasMoved, let side = saved.sides.first {
                try plan.record(
                    "publishing.changed", side.publication, "Gave it another place in the plan",
                    by: principal, tx)
            }
            return saved
        }
    }

    /// A fresh draft with the same content and no due time.
    package func duplicate(
        _ id: PostID, in workspace: WorkspaceID, by principal: Principal
    ) async throws -> PostSheet {
        let sheet = try await sheet(id, in: workspace)
        var draft = PostDraft(sheet)
        draft.variants.removeAll { variant in
            sheet.sides.contains { $0.channel.id == variant.channel && $0.channel.isArchived }
        }
        return try await create(draft, in: workspace, by: principal)
    }

    /// Puts the post away; what is scheduled is taken off the calendar first.
    package func delete(
        _ id: PostID, in workspace: WorkspaceID, by principal: Principal
    ) async throws {
        let now = surroundings.now()
        try await database.write { tx in
            let sheet = try PostSheet.load(id, in: workspace, tx)
            for side in sheet.sides {
                var publication = side.publication
                guard publication.delivery.state != .published,
                    publication.delivery.isEditable
                else {
                    throw PublishingError.cannot(.delete, in: publication.delivery.state)
                }
                guard publication.delivery.due != nil else { continue }
                let action = try publication.delivery.unschedule()
                publication.handToken = nil
                publication.updatedAt = now
                try publication.save(tx)
                try plan.follow(action, publication, by: principal, tx)
            }
            let row = try tx.snapshot(Self.row(id))
            try tx.execute(
                """
                UPDATE post SET deleted_at = \(now), updated_at = \(now)
                WHERE workspace_id = \(workspace) AND id = \(id)
                """)
            try plan.record(
                "publishing.post-deleted", id, "Deleted “\(sheet.post.name)”",
                changes: try row.changes(in: tx), in: workspace, by: principal, tx)
        }
    }

    /// Takes a deletion back; the post returns as it was, without its due times.
    package func restore(
        _ id: PostID, in workspace: WorkspaceID, by principal: Principal
    ) async throws -> PostSheet {
        let now = surroundings.now()
        return try await database.write { tx in
            let row = try tx.snapshot(Self.row(id))
            try tx.execute(
                """
                UPDATE post SET deleted_at = NULL, updated_at = \(now)
                WHERE workspace_id = \(workspace) AND id = \(id)
                """)
            let sheet = try PostSheet.load(id, in: workspace, tx)
            let changes = try row.changes(in: tx)
            if !changes.isEmpty {
                try plan.record(
                    "publishing.post-restored", id, "Brought “\(sheet.post.name)” back",
                    changes: changes, in: workspace, by: principal, tx)
            }
            return sheet
        }
    }

    /// Refuses a plan item or an objective that is none of the workspace's.
    private func require(
        _ item: ItemID?, _ objective: PostObjectiveID?, in workspace: WorkspaceID,
        _ tx: borrowing Transaction
    ) throws {
        if let item {
            let exists = try tx.exists(
                "SELECT 1 FROM item WHERE workspace_id = \(workspace) AND id = \(item)")
            guard exists else { throw Problem.notFound("plan item") }
        }
        if let objective {
            let exists = try tx.exists(
                "SELECT 1 FROM objective WHERE workspace_id = \(workspace) AND id = \(objective)")
            guard exists else { throw Problem.notFound("objective") }
        }
    }
}

extension PostDraft {
    /// The draft that would save the post as it is.
    package init(_ sheet: PostSheet) {
        self.init(
            title: sheet.post.title, text: sheet.post.text, item: sheet.post.item,
            objective: sheet.post.objective, destination: sheet.post.destination,
            campaign: sheet.post.campaign, language: sheet.post.language, pictures: sheet.pictures,
            variants: sheet.sides.map { VariantDraft($0.variant) })
    }
}
