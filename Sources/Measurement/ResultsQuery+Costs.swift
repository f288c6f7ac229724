import Kernel
import Store
import Strategy

extension ResultsQuery {
    /// Adds what was published in the period, so that a post nobody clicked shows its zero.
    func addPublished(
        to rows: inout [String: ResultsRow], _ tx: borrowing Transaction
    ) throws {
        // A file lists all of them.
        guard grain == .posts else { return try addPublishedPlaces(to: &rows, tx) }
        guard limit <= 1000 else { return try addPublished(to: &rows, "", tx) }
        // A page does not show thousands of posts that nobody clicked: first those it has, …
        let listed = rows.keys.filter { !$0.isEmpty }.sorted()
        if !listed.isEmpty {
            try addPublished(
                to: &rows, " AND publication.id IN \(.list(listed))", areListed: true, tx)
        }
        // … then as many of the others as there is room for.
        guard rows.count < limit else { return }
        let others: SQL =
            listed.isEmpty ? "" : " AND publication.id NOT IN \(.list(listed))"
        try addPublished(to: &rows, others, tx)
    }

    private func addPublishedPlaces(
        to rows: inout [String: ResultsRow], _ tx: borrowing Transaction
    ) throws {
        for row in try tx.rows(
            """
            SELECT \(placeSubject) AS subject, CAST(SUM(place.posts) AS BIGINT) AS posts,
                CAST(SUM(place.tracked) AS BIGINT) AS tracked,
                CAST(SUM(place.marked) AS BIGINT) AS marked,
                CAST(SUM(place.known) AS BIGINT) AS known
            FROM (SELECT place_key, SUM(posts) AS posts, SUM(tracked) AS tracked,
                    SUM(marked) AS marked, SUM(known) AS known
                FROM (\(try postsByPlace(tx))) AS part GROUP BY place_key) AS place \(places)
            GROUP BY \(placeSubject)
            """)
        { try addPublished(row, to: &rows) }
    }

    private func addPublished(_ row: Row, to rows: inout [String: ResultsRow]) throws {
        let id: String = try row("subject", as: String?.self) ?? ""
        var entry = rows[id] ?? ResultsRow(id: id)
        if entry.clicks == nil, try row("tracked", as: Int64.self) > 0 {
            entry.clicks = 0
            entry.allClicks = 0
        }
        if entry.visits == nil, try row("marked", as: Int64.self) > 0 { entry.visits = 0 }
        entry.cost.of = Int(try row("posts", as: Int64.self))
        entry.cost.knownFor = Int(try row("known", as: Int64.self))
        rows[id] = entry
    }

    private func addPublished(
        to rows: inout [String: ResultsRow], _ condition: SQL, areListed: Bool = false,
        _ tx: borrowing Transaction
    ) throws {
        let owner: SQL = "publication.workspace_id"
        let bounds = try bounds(tx)
        let tracked: SQL = """
            CAST(SUM(CASE WHEN \(Self.isTracked) THEN 1 ELSE 0 END) AS BIGINT)
            """
        let marked: SQL = """
            CAST(SUM(CASE WHEN \(Self.isMarked) THEN 1 ELSE 0 END) AS BIGINT)
            """
        let (joined, isHere) = here("publication.id")
        let found = try tx.rows(
            """
            SELECT publication.id AS subject, CAST(COUNT(*) AS BIGINT) AS posts,
                \(tracked) AS tracked, \(marked) AS marked,
                CAST(SUM(CASE WHEN EXISTS (SELECT 1 FROM cost_entry
                    WHERE cost_entry.publication_id = publication.id) THEN 1 ELSE 0 END)
                    AS BIGINT) AS known
            FROM publication\(joined)
            WHERE \(areListed ? .unindexed(owner) : owner) = \(workspace)
                AND publication.published_at >= \(bounds.start)
                AND publication.published_at < \(bounds.end)\(isHere)\(condition)
            GROUP BY publication.id LIMIT \(limit)
            """)
        for row in found { try addPublished(row, to: &rows) }
    }

    /// Narrows publications or costs of posts by the place that is kept for each post.
    private func here(_ publication: SQL) -> (join: SQL, condition: SQL) {
        guard let within else { return ("", "") }
        if within.grain == .posts { return ("", " AND \(within.onPost(publication))") }
        return (
            " JOIN measured_post ON measured_post.publication_id = \(publication)",
            " AND measured_post.place_key IN \(within.keys(in: workspace))"
        )
    }

    /// Whether a post went out with its tracked link, as delivery recorded it: a link without one
    /// has a sentence about what is lost.
    static let isTracked: SQL = """
        publication.sent_link IS NOT NULL AND publication.link_loss IS NULL
        """

    /// Whether visits from its link are known to be of this post: by a click's number, or because
    /// the destination carries the post's own mark.
    static let isMarked: SQL = """
        publication.sent_link IS NOT NULL AND (publication.link_loss IS NULL
            OR publication.sent_link LIKE '%utm_content=' || SUBSTR(publication.id, 25, 12) || '%')
        """

    func bounds(_ tx: borrowing Transaction) throws -> (start: Instant, end: Instant) {
        try period.bounds(in: workspace, tx)
    }

    func addCosts(
        to rows: inout [String: ResultsRow], _ tx: borrowing Transaction
    ) throws {
        // A full page has no room for posts that cost something and brought nothing.
        let isFull = grain == .posts && limit <= 1000 && rows.count >= limit
        let listed: SQL? =
            isFull
            ? """
             AND cost_entry.publication_id IN
                \(.list(rows.keys.filter { !$0.isEmpty }.sorted()))
            """ : nil
        for row in try tx.rows(grain == .posts ? costsByPost(listed) : costsByPlace) {
            let id: String = try row("subject", as: String?.self) ?? ""
            var entry = rows[id] ?? ResultsRow(id: id)
            entry.cost.amount += try row("amount", as: Int64.self)
            let known = Int(try row("known", as: Int64.self))
            entry.cost.knownFor = max(entry.cost.knownFor, known)
            entry.cost.of = max(entry.cost.of, entry.cost.knownFor)
            rows[id] = entry
        }
        let perPost = try allocatedTools(tx)
        if perPost > 0 {
            rows = rows.mapValues { row in
                var row = row
                row.cost.tools = Int64((perPost * Double(row.cost.of)).rounded())
                row.cost.amount += row.cost.tools
                return row
            }
        }
        try addInitiativeCosts(to: &rows, tx)
    }

    private func costsByPost(_ listed: SQL?) -> SQL {
        let (joined, isHere) = here("cost_entry.publication_id")
        // A few posts have fewer costs than the days of a workspace.
        let areFew = within?.grain == .posts || listed != nil
        let these = ofCosts(areFew ? .unindexed("cost_entry.workspace_id") : nil)
        return """
            SELECT cost_entry.publication_id AS subject,
                CAST(SUM(cost_entry.amount) AS BIGINT) AS amount,
                CAST(COUNT(DISTINCT cost_entry.publication_id) AS BIGINT) AS known
            FROM cost_entry\(joined)
            WHERE \(these)\(isHere)\(listed ?? "")
            GROUP BY cost_entry.publication_id
            """
    }

    private var costsByPlace: SQL {
        """
        SELECT \(placeSubject) AS subject, CAST(SUM(place.amount) AS BIGINT) AS amount,
            CAST(SUM(place.known) AS BIGINT) AS known
        FROM (SELECT measured_post.place_key, SUM(cost_entry.amount) AS amount,
                COUNT(DISTINCT cost_entry.publication_id) AS known
            FROM cost_entry CROSS JOIN measured_post
            WHERE measured_post.publication_id = cost_entry.publication_id
                AND \(ofCosts())\(isHere(.unindexed("measured_post.place_key")))
            GROUP BY measured_post.place_key) AS place \(places)
        GROUP BY \(placeSubject)
        """
    }

    /// The costs of posts that the question is about.
    private func ofCosts(_ owner: SQL? = nil) -> SQL {
        """
        \(owner ?? "cost_entry.workspace_id") = \(workspace)
            AND cost_entry.publication_id IS NOT NULL AND cost_entry.spent_on >= \(from)
            AND cost_entry.spent_on <= \(to) AND cost_entry.currency = \(currency)
        """
    }

    /// Costs of an initiative itself go to it, to its primary objective and to that one's goal.
    private func addInitiativeCosts(
        to rows: inout [String: ResultsRow], _ tx: borrowing Transaction
    ) throws {
        guard let place = grain.ofInitiativeCost else { return }
        let isHere: SQL = within.map { " AND \($0.onInitiativeCost)" } ?? ""
        for row in try tx.rows(
            """
            SELECT \(place) AS subject, CAST(SUM(cost_entry.amount) AS BIGINT) AS amount
            FROM cost_entry \(ResultsPlace.initiativeCostJoins)
            WHERE cost_entry.workspace_id = \(workspace)
                AND cost_entry.initiative_id IS NOT NULL AND cost_entry.spent_on >= \(from)
                AND cost_entry.spent_on <= \(to) AND cost_entry.currency = \(currency)\(isHere)
            GROUP BY \(place)
            """)
        {
            let id: String = try row("subject", as: String?.self) ?? ""
            rows[id, default: ResultsRow(id: id)].cost.amount += try row("amount", as: Int64.self)
        }
    }

    /// What each post published in the period bears of the budget's tools, in minor units.
    func allocatedTools(_ tx: borrowing Transaction) throws -> Double {
        let tools = try toolsInPeriod(tx)
        guard tools > 0 else { return 0 }
        let bounds = try bounds(tx)
        let posts: Int64 =
            try tx.scalar(
                Int64.self,
                """
                SELECT CAST(COUNT(*) AS BIGINT) AS posts FROM publication
                WHERE workspace_id = \(workspace) AND published_at >= \(bounds.start)
                    AND published_at < \(bounds.end)
                """) ?? 0
        return posts > 0 ? tools / Double(posts) : 0
    }

    /// The tools of each budget, by the days that it shares with the period.
    func toolsInPeriod(_ tx: borrowing Transaction) throws -> Double {
        let budgets = try tx.rows(
            """
            SELECT budget_period.starts_on, budget_period.ends_on,
                CAST(SUM(budget_line.amount) AS BIGINT) AS amount
            FROM budget_period
            JOIN budget_line ON budget_line.budget_period_id = budget_period.id
            WHERE budget_period.workspace_id = \(workspace) AND budget_line.kind = 'tools'
                AND budget_period.currency = \(currency)
                AND budget_period.starts_on <= \(period.to)
                AND budget_period.ends_on >= \(period.from)
            GROUP BY budget_period.id, budget_period.starts_on, budget_period.ends_on
            """)
        return try budgets.reduce(0) { sum, row in
            let starts: CivilDate = try row("starts_on")
            let ends: CivilDate = try row("ends_on")
            let all = ends.daysSinceEpoch - starts.daysSinceEpoch + 1
            let shared =
                min(ends, period.to).daysSinceEpoch - max(starts, period.from).daysSinceEpoch + 1
            let amount: Int64 = try row("amount")
            return sum + Double(amount) * Double(shared) / Double(all)
        }
    }
}
