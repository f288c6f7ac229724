import Kernel
import Store
import Strategy

/// One question to the tables: by what, with which model, for which days.
struct ResultsQuery: Sendable {
    let grain: ResultsGrain
    let model: CreditModel
    let period: ResultsPeriod
    let currency: Currency
    let workspace: WorkspaceID
    let limit: Int
    /// Only what belongs to this part of the line of sight.
    var within: ResultsPlace?
    /// Whether every day of every link is read; the figures are the same, only later.
    var isPlain = false

    var from: Int64 { period.days.lowerBound }
    var to: Int64 { period.days.upperBound }

    /// The post's own objective, else its plan item's; exactly one receives the money.
    static let objective: SQL = "COALESCE(post.objective_id, item.primary_objective_id)"

    /// The rows with the sums of all.
    func results(_ tx: borrowing Transaction) throws -> Results {
        var results = try rows(tx)
        // The sums of all are no sums of a part.
        if within == nil { results.total = try total(tx) }
        return results
    }

    func rows(_ tx: borrowing Transaction) throws -> Results {
        let margins = try MarginHistory.load(in: workspace, tx)
        var rows: [String: ResultsRow] = [:]
        try addMoney(to: &rows, margins, tx)
        try addTraffic(to: &rows, tx)
        try addPublished(to: &rows, tx)
        try addCosts(to: &rows, tx)
        let hasVisits = try tx.exists(
            """
            SELECT 1 FROM site WHERE workspace_id = \(workspace) AND first_seen_at IS NOT NULL
            """)
        var listed = rows.values.map { row in
            var row = row
            row.returned = .of(
                revenue: row.revenue, earned: margins.earned(row.weighted), cost: row.cost)
            if !hasVisits { row.visits = nil }
            return row
        }
        listed.sort { left, right in
            (right.revenue, right.clicks ?? 0, left.id) < (left.revenue, left.clicks ?? 0, right.id)
        }
        listed = Array(listed.prefix(limit))
        try ResultsTitles(grain: grain, workspace: workspace).fill(&listed, tx)
        return Results(
            grain: grain, model: model, period: period, currency: currency, rows: listed,
            total: ResultsTotal(),
            margin: margins.hundredths(on: to).map { Double($0) / 10_000 },
            marginChanges: margins.changes(in: period.days), hasVisits: hasVisits)
    }

    /// Narrows what is joined to a measured link.
    var isWithinLinks: SQL { within.map { " AND \($0.onLink(in: workspace))" } ?? "" }

    private func addTraffic(
        to rows: inout [String: ResultsRow], _ tx: borrowing Transaction
    ) throws {
        if grain != .posts { return try addPlaces(to: &rows, tx) }
        // Posts stand by their revenue first: when it fills the page, no other clicks are shown.
        if rows[""] == nil, rows.values.count(where: { $0.revenue > 0 }) >= limit {
            return try addTraffic(of: rows.keys.sorted(), to: &rows, tx)
        }
        if within != nil { return try addLinks(to: &rows, tx) }
        try add(
            """
            SELECT publication.id AS subject, CAST(SUM(traffic.people) AS BIGINT) AS people,
                CAST(SUM(traffic.bots) AS BIGINT) AS bots,
                CAST(SUM(traffic.visits) AS BIGINT) AS visits, \(Self.tracked)
            FROM (\(traffic)) AS traffic
            JOIN measured_link ON measured_link.key = traffic.link_key
            LEFT JOIN publication ON publication.id = measured_link.publication_id
            WHERE measured_link.workspace_id = \(workspace)
            GROUP BY publication.id
            """, to: &rows, tx)
        // Posts that earned money but are not among the most clicked.
        try addTraffic(
            of: rows.values.filter { $0.visits == nil }.map(\.id).sorted(), to: &rows, tx)
    }

    private func addTraffic(
        of posts: [String], to rows: inout [String: ResultsRow], _ tx: borrowing Transaction
    ) throws {
        let posts = posts.filter { !$0.isEmpty }
        guard !posts.isEmpty else { return }
        try add(
            ofLinks(
                "measured_link.publication_id IN \(.list(posts))", by: "traffic.publication_id"),
            to: &rows, tx)
    }

    /// The posts of one place, from the days of their own links.
    private func addLinks(
        to rows: inout [String: ResultsRow], _ tx: borrowing Transaction
    ) throws {
        try add(
            ofLinks(
                "measured_link.workspace_id = \(workspace)\(isWithinLinks)", by: "publication.id"),
            to: &rows, tx)
    }

    /// The traffic of chosen links by post. Days are added up before posts are looked at.
    private func ofLinks(_ condition: SQL, by post: SQL) -> SQL {
        """
        SELECT \(post) AS subject, CAST(SUM(traffic.people) AS BIGINT) AS people,
            CAST(SUM(traffic.bots) AS BIGINT) AS bots,
            CAST(SUM(traffic.visits) AS BIGINT) AS visits, \(Self.tracked)
        FROM (SELECT measured_link.key, measured_link.publication_id,
                SUM(link_day.people) AS people, SUM(link_day.bots) AS bots,
                SUM(link_day.visits) AS visits
            FROM measured_link JOIN link_day ON link_day.link_key = measured_link.key
                AND link_day.day >= \(from) AND link_day.day <= \(to)
            WHERE \(condition) GROUP BY measured_link.key, measured_link.publication_id)
            AS traffic LEFT JOIN publication ON publication.id = traffic.publication_id
        GROUP BY \(post)
        """
    }

    /// Whether any of the links is one whose clicks are counted.
    private static let tracked: SQL = """
        CAST(MAX(CASE WHEN publication.id IS NULL OR (\(isTracked)) THEN 1 ELSE 0 END) AS BIGINT)
            AS tracked
        """

    /// The figures of each link.
    private var traffic: SQL {
        let sums: SQL = "SUM(people) AS people, SUM(bots) AS bots, SUM(visits) AS visits"
        let days: SQL = """
            workspace_id = \(workspace) AND day >= \(from) AND day <= \(to)
            """
        guard limit <= 1000 else {
            return "SELECT link_key, \(sums) FROM link_day WHERE \(days) GROUP BY link_key"
        }
        // A page shows the most clicked posts only, so the database need not add up all the others.
        return """
            SELECT link_day.link_key, \(sums)
            FROM (SELECT link_key FROM link_day WHERE \(days)
                GROUP BY link_key ORDER BY SUM(people) DESC LIMIT \(limit)) AS top
            JOIN link_day ON link_day.link_key = top.link_key
                AND link_day.day >= \(from) AND link_day.day <= \(to)
            GROUP BY link_day.link_key
            """
    }

    /// What a place counts for at this grain.
    var placeSubject: SQL {
        switch grain {
        case .posts, .channels: "measured_place.channel_id"
        case .initiatives: "measured_place.initiative_id"
        case .objectives: "measured_place.objective_id"
        case .goals: "objective.business_goal_id"
        }
    }

    /// Narrows the sums of places to those of the place that was asked for.
    func isHere(_ placeKey: SQL) -> SQL {
        within.map { " AND \(placeKey) IN \($0.keys(in: workspace))" } ?? ""
    }

    /// From the sums of places to what this grain asks for.
    var places: SQL {
        var joins: SQL = "JOIN measured_place ON measured_place.key = place.place_key"
        if grain == .goals {
            joins += " LEFT JOIN objective ON objective.id = measured_place.objective_id"
        }
        return joins
    }

    private func addPlaces(
        to rows: inout [String: ResultsRow], _ tx: borrowing Transaction
    ) throws {
        try add(
            """
            SELECT \(placeSubject) AS subject, CAST(SUM(place.people) AS BIGINT) AS people,
                CAST(SUM(place.bots) AS BIGINT) AS bots,
                CAST(SUM(place.visits) AS BIGINT) AS visits, 0 AS tracked
            FROM (SELECT place_key, SUM(people) AS people, SUM(bots) AS bots,
                    SUM(visits) AS visits FROM (\(countsByPlace)) AS part
                GROUP BY place_key) AS place \(places)
            GROUP BY \(placeSubject)
            """, to: &rows, tx)
    }

    private func add(
        _ sql: SQL, to rows: inout [String: ResultsRow], _ tx: borrowing Transaction
    ) throws {
        for row in try tx.rows(sql) {
            let id: String = try row("subject", as: String?.self) ?? ""
            try add(row, to: &rows[id, default: ResultsRow(id: id)])
        }
    }

    private func add(_ row: Row, to entry: inout ResultsRow) throws {
        let people: Int64 = try row("people")
        let bots: Int64 = try row("bots")
        // Visits alone say nothing of the clicks on a link that nobody counts.
        let isTracked = try row("tracked", as: Int64.self) > 0
        if isTracked || people + bots > 0 || entry.clicks != nil {
            entry.clicks = (entry.clicks ?? 0) + people
            entry.allClicks = (entry.allClicks ?? 0) + people + bots
        }
        entry.visits = (entry.visits ?? 0) + (try row("visits", as: Int64.self))
    }
}
