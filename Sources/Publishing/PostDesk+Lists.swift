package import Channels
import Jobs
package import Kernel
package import Links
package import Networks
package import Planning
package import Store

/// One line of a list of publications: enough for a row or a chip on the calendar.
package struct PublicationLine: Sendable, Hashable, RowReadable {
    package let publication: Publication
    package let title: String
    package let text: String
    package let item: ItemID?
    package let origin: Post.Origin
    package let postUpdatedAt: Instant
    package let channelName: String
    package let network: Network
    package let channelZone: Zone
    /// What the last look before the due time found; empty when all is well or nobody looked yet.
    package let warnings: [PreflightFinding]

    package init(row: Row) throws {
        publication = try Publication(row: row)
        title = try row("post_title")
        text = try row("shown_body")
        item = try row("item_id")
        origin = try row("origin")
        postUpdatedAt = try row("post_updated_at")
        channelName = try row("channel_name")
        network = try row("network")
        channelZone = try row("channel_zone")
        let found: String? = try row("preflight_findings")
        warnings = try found.map { try JSON.decode(from: $0) } ?? []
    }

    /// The title, or the first words.
    package var name: String { title.isEmpty ? Post.firstWords(of: text) : title }

    /// Everything a line is read from, for a `WHERE` to follow.
    package static let select: SQL = """
        SELECT publication.*, post.title AS post_title, post.item_id, post.origin,
            post.updated_at AS post_updated_at, COALESCE(variant.body, post.body) AS shown_body,
            channel.name AS channel_name, channel.network, channel.zone AS channel_zone,
            preflight.findings AS preflight_findings
        FROM publication
        JOIN post ON post.id = publication.post_id AND post.deleted_at IS NULL
        JOIN variant ON variant.id = publication.variant_id
        JOIN channel ON channel.id = publication.channel_id
        LEFT JOIN preflight ON preflight.publication_id = publication.id
            AND preflight.due_at = publication.due_at
            AND publication.state IN ('scheduled', 'preparing')
        """
}

/// Which publications a list shows.
package struct PublicationFilter: Sendable, Hashable {
    package var states: Set<Delivery.State>
    package var channel: ChannelID?
    package var item: ItemID?
    package var search: String
    package var origin: Post.Origin?

    package init(
        states: Set<Delivery.State> = [], channel: ChannelID? = nil, item: ItemID? = nil,
        search: String = "", origin: Post.Origin? = nil
    ) {
        self.states = states
        self.channel = channel
        self.item = item
        self.search = search
        self.origin = origin
    }

    func conditions(_ workspace: WorkspaceID) -> [SQL] {
        // Few posts hang from one item: from there it is quick, from all of a workspace it is not.
        var all: [SQL] =
            item.map { ["post.workspace_id = \(workspace)", "post.item_id = \($0)"] }
            ?? ["publication.workspace_id = \(workspace)"]
        if !states.isEmpty { all.append("publication.state IN \(.list(Array(states)))") }
        if let channel { all.append("publication.channel_id = \(channel)") }
        if let origin { all.append("post.origin = \(origin)") }
        if !search.isEmpty {
            let body: SQL = "COALESCE(variant.body, post.body)"
            all.append(
                "\(.contains("post.title", search)) OR \(.contains(body, search))")
        }
        return all
    }
}

extension PostDesk {
    /// Publications, newest first.
    package func list(
        _ filter: PublicationFilter = PublicationFilter(), in workspace: WorkspaceID,
        _ request: PageRequest = PageRequest()
    ) async throws -> Page<PublicationLine> {
        var conditions = filter.conditions(workspace)
        if let after = request.after { conditions.append("publication.id < \(after.id)") }
        let sql: SQL = """
            \(PublicationLine.select) WHERE \(.all(conditions))
            ORDER BY publication.id DESC LIMIT \(request.limit + 1)
            """
        let found = try await database.read { tx in try tx.all(PublicationLine.self, sql) }
        let items = Array(found.prefix(request.limit))
        let last = found.count > request.limit ? items.last : nil
        return Page(
            items: items, next: last.map { Cursor(key: "", id: $0.publication.id.text) })
    }

    /// What is due or went out between two instants, in the order of time.
    package func calendar(
        from start: Instant, to end: Instant, in workspace: WorkspaceID
    ) async throws -> [PublicationLine] {
        try await database.read { tx in
            try tx.all(
                PublicationLine.self,
                """
                \(PublicationLine.select) WHERE publication.workspace_id = \(workspace)
                    AND COALESCE(publication.due_at, publication.published_at) >= \(start)
                    AND COALESCE(publication.due_at, publication.published_at) < \(end)
                ORDER BY COALESCE(publication.due_at, publication.published_at), publication.id
                LIMIT 2000
                """)
        }
    }

    /// One day of a calendar: its first entries, and how many there are.
    package struct CalendarDay: Sendable {
        package let lines: [PublicationLine]
        package let count: Int
    }

    /// The days that begin at each of `starts` and end at the next one; the last only ends.
    ///
    /// Each day gives at most `most` entries, so that a busy month stays quick to draw.
    package func calendarDays(
        _ starts: [Instant], most: Int, in workspace: WorkspaceID
    ) async throws -> [CalendarDay] {
        let days = zip(starts, starts.dropFirst()).enumerated().map { number, day -> SQL in
            "(\(number), \(day.0), \(day.1))"
        }
        guard !days.isEmpty else { return [] }
        let moment: SQL = "COALESCE(publication.due_at, publication.published_at)"
        // One statement for all days: planning one for each took longer than finding the posts.
        let firsts: SQL = """
            WITH day (number, starts_at, ends_at) AS (VALUES \(.joined(days, separator: ", "))),
            entry AS (
                SELECT publication.id AS id, day.number AS number,
                    ROW_NUMBER() OVER (PARTITION BY day.number
                        ORDER BY \(moment), publication.id) AS place,
                    COUNT(*) OVER (PARTITION BY day.number) AS entries
                FROM day
                JOIN publication ON publication.workspace_id = \(workspace)
                    AND \(moment) >= day.starts_at AND \(moment) < day.ends_at
                JOIN post ON post.id = publication.post_id AND post.deleted_at IS NULL)
            SELECT id, number, entries FROM entry WHERE place <= \(most) ORDER BY number, place
            """
        return try await database.read { tx in
            let entries = try tx.rows(firsts).map { row in
                (
                    id: try row("id", as: PublicationID.self), day: try row("number", as: Int.self),
                    count: try row("entries", as: Int.self)
                )
            }
            let lines = try tx.all(
                PublicationLine.self,
                """
                \(PublicationLine.select) WHERE \(.unindexed("publication.workspace_id")) = \(workspace)
                    AND publication.id IN \(.list(entries.map(\.id)))
                """)
            let lineOf = Dictionary(
                lines.map { ($0.publication.id, $0) }, uniquingKeysWith: { first, _ in first })
            let byDay = Dictionary(grouping: entries, by: \.day)
            return days.indices.map { day in
                let entries = byDay[day] ?? []
                return CalendarDay(
                    lines: entries.compactMap { lineOf[$0.id] }, count: entries.first?.count ?? 0)
            }
        }
    }

    /// Drafts and approved posts without a due time, latest change first.
    package func unscheduled(
        in workspace: WorkspaceID, limit: Int = 50
    ) async throws -> [PublicationLine] {
        try await database.read { tx in
            try tx.all(
                PublicationLine.self,
                """
                \(PublicationLine.select) WHERE publication.workspace_id = \(workspace)
                    AND publication.state IN ('draft', 'inReview', 'approved')
                ORDER BY post.updated_at DESC, publication.id DESC LIMIT \(limit)
                """)
        }
    }

    /// What waits for a person: approvals, doubts, posts to publish by hand, refusals.
    package func needsYou(in workspace: WorkspaceID) async throws -> [PublicationLine] {
        try await database.read { tx in
            try tx.all(
                PublicationLine.self,
                """
                \(PublicationLine.select) WHERE publication.workspace_id = \(workspace)
                    AND publication.state IN ('inReview', 'needsPerson', 'refused')
                ORDER BY publication.due_at, publication.id LIMIT 100
                """)
        }
    }

    /// The evidence of one publication, oldest line first.
    package func attempts(
        of id: PublicationID, in workspace: WorkspaceID
    ) async throws -> [Attempt] {
        try await database.read { tx in
            _ = try Publication.load(id, in: workspace, tx)
            return try Ledger.lines(of: id, tx)
        }
    }

    /// What approvers decided about one publication, oldest first.
    package func approvals(
        of id: PublicationID, in workspace: WorkspaceID
    ) async throws -> [Approval] {
        try await database.read { tx in
            try tx.all(
                Approval.self,
                """
                SELECT * FROM approval
                WHERE workspace_id = \(workspace) AND publication_id = \(id) ORDER BY id
                """)
        }
    }

    /// The plan item a post was written for.
    package func item(of id: PostID, in workspace: WorkspaceID) async throws -> ItemID? {
        try await database.read { tx in
            try tx.scalar(
                ItemID.self,
                "SELECT item_id FROM post WHERE id = \(id) AND workspace_id = \(workspace)")
        }
    }

    /// The posts that show a picture, on all channels or on one.
    package func posts(
        with picture: PictureID, in workspace: WorkspaceID
    ) async throws -> [PostID] {
        try await database.read { tx in
            try tx.rows(
                """
                SELECT post_id FROM post_media
                WHERE media_id = \(picture) AND workspace_id = \(workspace)
                UNION
                SELECT variant.post_id FROM variant_media
                JOIN variant ON variant.id = variant_media.variant_id
                WHERE variant_media.media_id = \(picture)
                    AND variant_media.workspace_id = \(workspace)
                """
            ).map { try $0("post_id") }
        }
    }

    /// The post a publication belongs to.
    package func post(
        of id: PublicationID, in workspace: WorkspaceID
    ) async throws -> PostID {
        try await database.read { tx in try Publication.load(id, in: workspace, tx).post }
    }
}

extension PostDesk {
    /// Stored pictures of this workspace by their identifiers; unknown ones are left out.
    package func pictures(
        _ ids: [PictureID], in workspace: WorkspaceID
    ) async throws -> [PictureID: StoredPicture] {
        let wanted = Array(Set(ids))
        guard !wanted.isEmpty else { return [:] }
        let found = try await database.read { tx in
            try tx.all(
                StoredPicture.self,
                """
                SELECT * FROM media_asset
                WHERE \(.unindexed("workspace_id")) = \(workspace) AND id IN \(.list(wanted))
                """)
        }
        return Dictionary(found.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The public address as it stands, which decides what links become.
    package func publicAddress() async throws -> PublicAddress {
        try await database.read { tx in try PublicAddressDesk.load(tx) }
    }
}
