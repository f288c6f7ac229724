import Channels
import Jobs
import Kernel
package import Links
import Networks
import Store

extension PostDesk {
    /// Writes pictures and variants of a draft and lets every publication decide what follows.
    func fill(
        _ id: PostID, _ draft: PostDraft, _ destination: Destination?,
        in workspace: WorkspaceID, by principal: Principal, _ tx: borrowing Transaction
    ) throws -> PostSheet {
        try requirePictures(draft, in: workspace, tx)
        try tx.execute("DELETE FROM post_media WHERE post_id = \(id)")
        try place(draft.pictures, "post_media", "post_id", id.text, workspace, tx)
        let existing = try PostSheet.load(id, in: workspace, tx).sides
        let wanted = Set(draft.variants.map(\.channel))
        for side in existing where !wanted.contains(side.channel.id) {
            try remove(side, in: workspace, by: principal, tx)
        }
        for variant in draft.variants {
            let side = existing.first { $0.channel.id == variant.channel }
            // What is out stays as it was sent, whatever happens to the post.
            if let side, side.publication.delivery.state == .published { continue }
            try write(variant, existing: side, of: id, in: workspace, tx)
        }
        return try settle(id, destination, in: workspace, by: principal, tx)
    }

    private func remove(
        _ side: PostSheet.Side, in workspace: WorkspaceID, by principal: Principal,
        _ tx: borrowing Transaction
    ) throws {
        let publication = side.publication
        guard publication.delivery.isEditable else {
            throw PublishingError.cannot(.delete, in: publication.delivery.state)
        }
        try plan.follow(.cancel, publication, by: principal, tx)
        try links.drop(of: publication.id.text, in: workspace, tx: tx)
        try tx.execute(
            """
            DELETE FROM variant WHERE workspace_id = \(workspace) AND id = \(side.variant.id)
            """)
    }

    private func write(
        _ variant: VariantDraft, existing: PostSheet.Side?, of post: PostID,
        in workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws {
        let id: VariantID = existing?.variant.id ?? surroundings.newID()
        let parts = try JSON.text(variant.furtherParts)
        if existing == nil {
            _ = try ChannelFacts.load(variant.channel, in: workspace, tx)
        }
        try tx.execute(
            """
            INSERT INTO variant (id, workspace_id, post_id, channel_id, body, further_parts,
                visibility, content_warning, has_own_media)
            VALUES (\(id), \(workspace), \(post), \(variant.channel), \(variant.text), \(parts),
                \(variant.visibility), \(variant.contentWarning), \(variant.pictures != nil))
            ON CONFLICT (id) DO UPDATE SET body = excluded.body,
                further_parts = excluded.further_parts, visibility = excluded.visibility,
                content_warning = excluded.content_warning, has_own_media = excluded.has_own_media
            """)
        try tx.execute("DELETE FROM variant_media WHERE variant_id = \(id)")
        try place(variant.pictures ?? [], "variant_media", "variant_id", id.text, workspace, tx)
        if existing == nil {
            try Publication(
                id: surroundings.newID(), workspace: workspace, post: post, variant: id,
                channel: variant.channel, delivery: Delivery(contentHash: ""),
                at: surroundings.now()
            ).insert(tx)
        }
    }

    /// Brings links and deliveries up to date with the content as it is now.
    private func settle(
        _ id: PostID, _ destination: Destination?, in workspace: WorkspaceID,
        by principal: Principal, _ tx: borrowing Transaction
    ) throws -> PostSheet {
        let needsApproval = try Self.needsApproval(in: workspace, tx)
        try link(try PostSheet.load(id, in: workspace, tx), destination, in: workspace, tx)
        // Read again: the link's address counts with the text.
        let sheet = try PostSheet.load(id, in: workspace, tx)
        for side in sheet.sides where side.publication.delivery.state != .published {
            var publication = side.publication
            let hash = side.content.hash
            guard hash != publication.delivery.contentHash else { continue }
            let now = surroundings.now()
            let before = publication.delivery.state
            let action = try publication.delivery.edited(
                hash: hash, parts: 1 + side.content.furtherParts.count,
                needsApproval: needsApproval, at: now)
            if publication.delivery.due != nil {
                try requireRules(side, whilePlanned: true)
            }
            if before != publication.delivery.state { publication.message = nil }
            publication.updatedAt = now
            try publication.save(tx)
            try plan.follow(action, publication, by: principal, tx)
            let wasPlanned = before == .scheduled && action == .cancel
            if wasPlanned || [.inReview, .approved].contains(before) {
                try plan.record(
                    "publishing.approval-voided", publication,
                    "Edited; what was approved or asked for before no longer counts",
                    by: principal, tx)
            }
        }
        return try PostSheet.load(id, in: workspace, tx)
    }

    private func link(
        _ sheet: PostSheet, _ destination: Destination?, in workspace: WorkspaceID,
        _ tx: borrowing Transaction
    ) throws {
        for side in sheet.sides where side.publication.delivery.state != .published {
            let owner = side.publication.id.text
            if let destination {
                try links.keep(
                    for: owner, destination: destination, utm: Self.utm(sheet, side),
                    label: sheet.post.name, in: workspace, tx: tx)
            } else {
                try links.drop(of: owner, in: workspace, tx: tx)
            }
        }
    }

    /// What has a due time must stay something that its network takes.
    func requireRules(_ side: PostSheet.Side, whilePlanned: Bool = false) throws {
        let refusals = rules.verdict(on: side, localBase: localBase).refusals
        guard !refusals.isEmpty else { return }
        throw PublishingError.rulesBroken(
            channel: side.channel.name, refusals, isPlanned: whilePlanned)
    }

    private static func utm(_ sheet: PostSheet, _ side: PostSheet.Side) -> UTM {
        utm(
            on: side.channel,
            campaign: PostDraft.campaign(sheet.post.campaign, initiative: sheet.initiativeTitle),
            content: String(side.publication.id.text.suffix(12)))
    }

    /// What web analytics of any make will read on the page behind the link.
    package static func utm(
        on channel: ChannelFacts, campaign: String, content: String
    ) -> UTM {
        UTM(
            source: channel.network == .other
                ? UTM.tidy(channel.name) : channel.network.rawValue,
            medium: "social", campaign: campaign, content: content)
    }

    private func place(
        _ pictures: [PlacedPicture], _ table: String, _ column: String, _ owner: String,
        _ workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws {
        for (position, placed) in pictures.enumerated() {
            try tx.execute(
                """
                INSERT INTO \(SQL(raw: table))
                    (\(SQL(raw: column)), position, workspace_id, media_id, alt_text)
                VALUES (\(owner), \(position), \(workspace), \(placed.picture),
                    \(String(placed.altText.prefix(5000))))
                """)
        }
    }

    private func requirePictures(
        _ draft: PostDraft, in workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws {
        let wanted = Set(
            (draft.pictures + draft.variants.flatMap { $0.pictures ?? [] }).map(\.picture))
        guard !wanted.isEmpty else { return }
        let found = try tx.rows(
            """
            SELECT id FROM media_asset
            WHERE \(.unindexed("workspace_id")) = \(workspace)
                AND id IN \(.list(Array(wanted)))
            """)
        guard found.count == wanted.count else { throw PublishingError.noSuchPicture }
    }

    /// Whether posts of this workspace need an approval: by default from two members on.
    static func needsApproval(
        in workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws -> Bool {
        let setting = try ApprovalSetting.load(workspace, tx)
        switch setting {
        case .always: return true
        case .never: return false
        case .automatic:
            let members = try tx.scalar(
                Int.self,
                """
                SELECT COUNT(*) FROM member
                WHERE workspace_id = \(workspace) AND removed_at IS NULL
                """)
            return (members ?? 0) > 1
        }
    }
}

/// Whether posts need an approval before they are scheduled.
package enum ApprovalSetting: String, Sendable, Codable, CaseIterable, SQLConvertible {
    /// From two members on.
    case automatic
    case always
    case never

    static func load(
        _ workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws -> ApprovalSetting {
        try tx.scalar(
            ApprovalSetting.self,
            "SELECT approval FROM publishing_setting WHERE workspace_id = \(workspace)")
            ?? .automatic
    }
}

extension PostDraft {
    /// The campaign as it is kept: one way of writing, nil when the initiative decides.
    var tidyCampaign: String? {
        let tidy = UTM.tidy(campaign ?? "", longest: 40)
        return tidy.isEmpty ? nil : tidy
    }

    /// What a link says of its campaign: what the writer chose, or else the initiative's title.
    ///
    /// What a post or a plan item is called is for our own lists and stays there.
    package static func campaign(_ chosen: String?, initiative: String?) -> String {
        let tidy = UTM.tidy(chosen ?? initiative ?? "", longest: 40)
        return tidy.isEmpty ? "post" : tidy
    }
}
