package import Kernel
package import Publishing
package import Store

/// Whose clicks and visits a list shows.
package enum RobotChoice: String, Sendable, Codable, CaseIterable {
    case people
    case robots
    case all

    /// The words people choose by.
    package var name: String {
        switch self {
        case .people: "People"
        case .robots: "Robots"
        case .all: "People and robots"
        }
    }

    func condition(_ column: SQL) -> SQL? {
        switch self {
        case .people: "\(column) = 0"
        case .robots: "\(column) <> 0"
        case .all: nil
        }
    }
}

/// By what the rows behind a figure are ordered.
package enum EvidenceOrder: String, Sendable, Codable, CaseIterable {
    case newest
    case oldest
    case largest

    /// The words people choose by.
    package var name: String {
        switch self {
        case .newest: "Newest first"
        case .oldest: "Oldest first"
        case .largest: "Largest first"
        }
    }

    /// Those that lists without amounts offer.
    package static let ofTime = [EvidenceOrder.newest, .oldest]
}

/// The link that a click or a visit came by.
package struct LinkEvidence: Sendable, Hashable {
    package let publication: PublicationID?
    /// The post's title or first words, or the link's own label.
    package let title: String
    package let channel: String

    /// Nil when no tagged link is known.
    init?(row: Row) throws {
        let slug: String? = try row("slug")
        guard slug != nil else { return nil }
        publication = try row("publication_id")
        let title: String? = try row("title")
        let body: String? = try row("body")
        let label: String? = try row("label")
        let words = title.flatMap { $0.isEmpty ? nil : $0 } ?? body.map { String($0.prefix(60)) }
        self.title = words ?? label.flatMap { $0.isEmpty ? nil : $0 } ?? "A tagged link"
        channel = try row("channel", as: String?.self) ?? ""
    }

    /// What `init(row:)` reads.
    static let columns: SQL = """
        measured_link.slug, measured_link.publication_id, post.title, post.body, link.label,
        channel.name AS channel
        """
    /// From a measured link to them.
    static let joins: SQL = """
        LEFT JOIN link ON link.slug = measured_link.slug
        LEFT JOIN publication ON publication.id = measured_link.publication_id
        LEFT JOIN post ON post.id = publication.post_id
        LEFT JOIN channel ON channel.id = publication.channel_id
        """
}

/// One click as evidence.
package struct ClickEvidence: Sendable, RowReadable {
    package let key: Int64
    package let at: Instant
    package let link: LinkEvidence?
    package let bot: BotReason?
    /// Whether the visitor let themselves be recognised for the day.
    package let isRecognised: Bool
    package let hasVisit: Bool

    package init(row: Row) throws {
        key = try row("id")
        at = try row("at")
        link = try LinkEvidence(row: row)
        bot = BotReason(rawValue: UInt8(clamping: try row("bot", as: Int64.self)))
        isRecognised = try row("visitor", as: Int64?.self) != nil
        hasVisit = try row("visited", as: Int64.self) != 0
    }
}

/// One visit of the website as evidence.
package struct VisitEvidence: Sendable, RowReadable {
    package let key: Int64
    package let at: Instant
    package let lastAt: Instant
    package let pages: Int64
    /// Where the visit began.
    package let path: String
    /// The tagged link that brought it.
    package let link: LinkEvidence?
    package let bot: BotReason?
    package let isRecognised: Bool

    package init(row: Row) throws {
        key = try row("id")
        at = try row("started_at")
        lastAt = try row("last_at")
        pages = try row("pages")
        path = try row("path", as: String?.self) ?? "/"
        link = try LinkEvidence(row: row)
        bot = BotReason(rawValue: UInt8(clamping: try row("bot", as: Int64.self)))
        isRecognised = try row("visitor", as: Int64?.self) != nil
    }
}

/// Which clicks or visits a list shows: those that a figure counts, and the robots beside them.
package struct TrafficFilter: Sendable, Hashable {
    package var period: ResultsPeriod?
    package var place: ResultsPlace?
    package var robots: RobotChoice
    /// Words in the path of the page; clicks have none.
    package var search: String
    package var order: EvidenceOrder

    package init(
        period: ResultsPeriod? = nil, place: ResultsPlace? = nil, robots: RobotChoice = .people,
        search: String = "", order: EvidenceOrder = .newest
    ) {
        self.period = period
        self.place = place
        self.robots = robots
        self.search = search
        self.order = order
    }

    private func conditions(
        _ column: SQL, _ bot: SQL, in workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws -> [SQL] {
        var all: [SQL] = []
        if let bounds = try period?.bounds(in: workspace, tx) {
            all.append("\(column) >= \(bounds.start) AND \(column) < \(bounds.end)")
        }
        if let chosen = robots.condition(bot) { all.append(chosen) }
        return all
    }

    /// A place with no more clicks and visits than these is read from its links.
    private static let few: Int64 = 5_000

    /// How a list is read without looking at more than it has to.
    private enum Way {
        /// By time until a page is full: among much it soon is.
        case time
        /// The links first, and then all that they have, sorted by time.
        case links
        /// One link by time.
        case link(Int64)
    }

    private func way(
        in workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws -> Way {
        guard let place else { return .time }
        if place.grain == .posts {
            let links = try tx.rows(
                """
                SELECT measured_link.key FROM measured_link
                WHERE measured_link.workspace_id = \(workspace)
                    AND \(place.onLink(in: workspace)) LIMIT 2
                """)
            return links.count == 1 ? .link(try links[0]("key")) : .links
        }
        let days: SQL =
            period.map { " AND day >= \($0.days.lowerBound) AND day <= \($0.days.upperBound)" }
            ?? ""
        let count = try tx.scalar(
            Int64.self,
            """
            SELECT CAST(COALESCE(SUM(people + bots + visits), 0) AS BIGINT) AS size FROM place_day
            WHERE place_key IN \(place.keys(in: workspace))\(days)
            """)
        return (count ?? 0) <= Self.few ? .links : .time
    }

    /// Visits with the links they came by, and what they are looked for by.
    private func visitTables(
        in workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws -> (tables: SQL, conditions: [SQL]) {
        let site: SQL = "(SELECT key FROM site WHERE workspace_id = \(workspace))"
        let ofSite: SQL = "visit.site_key = \(site)"
        guard let place else {
            return (
                "visit LEFT JOIN measured_link ON measured_link.key = visit.link_key", [ofSite]
            )
        }
        let ofPlace: [SQL] = [
            "measured_link.key = visit.link_key", "measured_link.workspace_id = \(workspace)",
            place.onLink(in: workspace),
        ]
        let beside: SQL = "\(.unindexed("visit.site_key")) = \(site)"
        return switch try way(in: workspace, tx) {
        case .time: ("visit CROSS JOIN measured_link", ofPlace + [ofSite])
        case .links: ("measured_link CROSS JOIN visit", ofPlace + [beside])
        case .link(let key):
            ("visit CROSS JOIN measured_link", ofPlace + [beside, "visit.link_key = \(key)"])
        }
    }

    func clicks(
        in workspace: WorkspaceID, _ page: PageRequest, _ tx: borrowing Transaction
    ) throws -> Page<ClickEvidence> {
        let list = ListOrder(
            "click.at", then: "click.id", .number, isDescending: order != .oldest)
        var all = try conditions("click.at", "click.bot", in: workspace, tx)
        all.append("measured_link.workspace_id = \(workspace)")
        if let place { all.append(place.onLink(in: workspace)) }
        if let after = try list.after(page.after) { all.append(after) }
        var tables: SQL = "click CROSS JOIN measured_link"
        switch try way(in: workspace, tx) {
        case .time: break
        case .links: tables = "measured_link CROSS JOIN click"
        case .link(let key): all.append("click.link_key = \(key)")
        }
        let found = try tx.all(
            ClickEvidence.self,
            """
            SELECT click.id, click.at, click.bot, click.visitor, \(LinkEvidence.columns),
                CASE WHEN EXISTS (SELECT 1 FROM visit WHERE visit.token = click.token
                    AND \(.unindexed("visit.link_key")) = click.link_key)
                    THEN 1 ELSE 0 END AS visited
            FROM \(tables) \(LinkEvidence.joins)
            WHERE measured_link.key = click.link_key AND \(.all(all))
            ORDER BY \(list.clause) LIMIT \(page.limit + 1)
            """)
        return Page(found, limit: page.limit) {
            Cursor(key: String($0.at.milliseconds), id: String($0.key))
        }
    }

    func visits(
        in workspace: WorkspaceID, _ page: PageRequest, _ tx: borrowing Transaction
    ) throws -> Page<VisitEvidence> {
        let list = ListOrder(
            "visit.started_at", then: "visit.id", .number, isDescending: order != .oldest)
        var all = try conditions("visit.started_at", "visit.bot", in: workspace, tx)
        let (tables, found) = try visitTables(in: workspace, tx)
        all += found
        if !search.isEmpty { all.append(.contains("site_page.path", search)) }
        if let after = try list.after(page.after) { all.append(after) }
        let visits = try tx.all(
            VisitEvidence.self,
            """
            SELECT visit.id, visit.started_at, visit.last_at, visit.pages, visit.visitor,
                visit.bot, site_page.path, \(LinkEvidence.columns)
            FROM \(tables) LEFT JOIN site_page ON site_page.key = visit.landing_key
                \(LinkEvidence.joins)
            WHERE \(.all(all)) ORDER BY \(list.clause) LIMIT \(page.limit + 1)
            """)
        return Page(visits, limit: page.limit) {
            Cursor(key: String($0.at.milliseconds), id: String($0.key))
        }
    }
}

extension ResultsPeriod {
    /// The instants at which the period begins and ends in the workspace's zone.
    func bounds(
        in workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws -> (start: Instant, end: Instant) {
        let zone =
            try tx.scalar(Zone.self, "SELECT zone FROM workspace WHERE id = \(workspace)") ?? .utc
        return (zone.startOfDay(from), zone.startOfDay(to.adding(days: 1)))
    }
}

extension ResultsDesk {
    /// Clicks on tagged links.
    package func clicks(
        _ filter: TrafficFilter, in workspace: WorkspaceID, _ page: PageRequest = PageRequest()
    ) async throws -> Page<ClickEvidence> {
        try await database.read { tx in try filter.clicks(in: workspace, page, tx) }
    }

    /// Visits of the website, with or without a tagged link before them.
    package func visits(
        _ filter: TrafficFilter, in workspace: WorkspaceID, _ page: PageRequest = PageRequest()
    ) async throws -> Page<VisitEvidence> {
        try await database.read { tx in try filter.visits(in: workspace, page, tx) }
    }

    /// The title of what a list is narrowed to.
    package func title(
        of place: ResultsPlace, in workspace: WorkspaceID
    ) async throws -> String {
        try await database.read { tx in
            try ResultsTitles(grain: place.grain, workspace: workspace).named(place.id, tx).title
        }
    }
}
