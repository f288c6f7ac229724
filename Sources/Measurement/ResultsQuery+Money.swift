import Kernel
import Store

extension ResultsQuery {
    /// The day whose margin counts: a refund gives back at the margin of its order.
    static let marginDay: SQL = """
        COALESCE((SELECT original.day FROM conversion AS original
            WHERE original.key = conversion.refund_of), conversion.day)
        """

    /// The credit that the question is about, on whatever days.
    var ofCredit: SQL { "part.model = \(model.rawValue) AND part.currency = \(currency)" }

    /// Credit with the links that have it. The few links of one post are found before their days.
    func creditOfLinks(within days: Range<Int64>) -> SQL {
        if let within, within.grain == .posts {
            return creditOfFew(within.onLink(in: workspace), within: days)
        }
        return """
            credit_day AS part CROSS JOIN measured_link
            WHERE measured_link.key = part.link_key AND part.workspace_id = \(workspace)
                AND \(ofCredit) AND part.day >= \(days.lowerBound)
                AND part.day < \(days.upperBound)\(isWithinLinks)
            """
    }

    private func creditOfFew(_ links: SQL, within days: Range<Int64>) -> SQL {
        """
        measured_link CROSS JOIN credit_day AS part
        WHERE part.link_key = measured_link.key
            AND \(.unindexed("part.workspace_id")) = \(workspace) AND \(ofCredit)
            AND part.day >= \(days.lowerBound) AND part.day < \(days.upperBound) AND (\(links))
        """
    }

    func addMoney(
        to rows: inout [String: ResultsRow], _ margins: MarginHistory,
        _ tx: borrowing Transaction
    ) throws {
        let found =
            try grain == .posts ? moneyByPost(margins, tx) : tx.rows(moneyByPlace(margins))
        for row in found {
            let id: String = try row("subject", as: String?.self) ?? ""
            var entry = rows[id] ?? ResultsRow(id: id)
            entry.revenue += try row("revenue", as: Int64.self)
            entry.weighted += try row("weighted", as: Int64.self)
            entry.orders += try row("orders", as: Int64.self)
            entry.leads += try row("leads", as: Int64.self)
            rows[id] = entry
        }
    }

    private static let moneySums: SQL = """
        CAST(SUM(part.amount) AS BIGINT) AS revenue, CAST(SUM(part.orders) AS BIGINT) AS orders,
            CAST(SUM(part.leads) AS BIGINT) AS leads
        """

    /// Whole numbers are grouped faster than identifiers, so places are summed before subjects.
    private func moneyByPlace(_ margins: MarginHistory) -> SQL {
        """
        SELECT \(placeSubject) AS subject, place.revenue, place.orders, place.leads, place.weighted
        FROM (SELECT part.place_key, \(Self.moneySums),
                CAST(SUM(part.weighted) AS BIGINT) AS weighted
            FROM (\(creditByPlace(margins))) AS part GROUP BY part.place_key) AS place \(places)
        """
    }

    // MARK: - Posts

    /// The posts that earned most; those of a page are found before all of their sums are made.
    private func moneyByPost(
        _ margins: MarginHistory, _ tx: borrowing Transaction
    ) throws -> [Row] {
        let days = from..<to + 1
        guard !isPlain, within?.grain != .posts, limit <= 1000 else {
            return try tx.rows(moneyByPost(margins, creditOfLinks(within: days)))
        }
        let best = try tx.rows(bestPosts(within: days)).map { try $0("subject", as: String?.self) }
        guard !best.isEmpty else { return [] }
        var posts: SQL = "measured_link.publication_id IN \(.list(best.compactMap(\.self)))"
        if best.contains(nil) {
            posts += """
                 OR (measured_link.workspace_id = \(workspace)
                    AND measured_link.publication_id IS NULL)
                """
        }
        return try tx.rows(
            moneyByPost(margins, creditOfFew("(\(posts))\(isHereToo)", within: days)))
    }

    /// Narrows links that are found by something else to the part that was asked for.
    private var isHereToo: SQL {
        within.map {
            " AND \($0.onLink(in: workspace, place: .unindexed("measured_link.place_key")))"
        } ?? ""
    }

    private func moneyByPost(_ margins: MarginHistory, _ credit: SQL) -> SQL {
        """
        SELECT measured_link.publication_id AS subject, \(Self.moneySums),
            CAST(SUM(part.amount * \(margins.sql(on: "part.earned_day"))) AS BIGINT) AS weighted
        FROM \(credit) GROUP BY measured_link.publication_id
        ORDER BY revenue DESC LIMIT \(limit)
        """
    }

    /// The posts that earned most, found by their links: whole numbers, with nothing joined.
    ///
    /// A post has one link. Links outside posts count together, and so do those of a post whose
    /// link was made anew; they are added up apart.
    private func bestPosts(within days: Range<Int64>) -> SQL {
        let shared: SQL = """
            (SELECT key FROM measured_link
                WHERE workspace_id = \(workspace) AND publication_id IS NULL
            UNION ALL SELECT measured_link.key FROM measured_link AS further
                CROSS JOIN measured_link
                WHERE further.is_further AND further.workspace_id = \(workspace)
                    AND measured_link.publication_id = further.publication_id)
            """
        // Of a part, the days are found by its links; of a workspace, by themselves.
        let owner: SQL = "part.workspace_id"
        let isHere: SQL =
            within.map { " AND part.link_key IN \($0.links(in: workspace))" } ?? ""
        return """
            SELECT measured_link.publication_id AS subject, best.revenue
            FROM (SELECT part.link_key, SUM(part.amount) AS revenue FROM credit_day AS part
                WHERE \(within == nil ? owner : .unindexed(owner)) = \(workspace) AND \(ofCredit)
                    AND part.day >= \(days.lowerBound) AND part.day < \(days.upperBound)
                    AND part.link_key NOT IN \(shared)\(isHere)
                GROUP BY part.link_key ORDER BY revenue DESC LIMIT \(limit)) AS best
            JOIN measured_link ON measured_link.key = best.link_key
            UNION ALL SELECT measured_link.publication_id, SUM(part.amount)
            FROM \(creditOfFew("measured_link.key IN \(shared)\(isHereToo)", within: days))
            GROUP BY measured_link.publication_id ORDER BY revenue DESC LIMIT \(limit)
            """
    }
}
