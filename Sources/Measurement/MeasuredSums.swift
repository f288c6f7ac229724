import Kernel
import Store

/// The credit of each link by day, as the current calculation gives it.
///
/// Kept in the transaction of each conversion and written anew when credit is computed again, so a
/// year of money is read without looking at its orders.
enum CreditSums {
    /// Adds the credit of a conversion that has just been shared, with its refunds.
    static func add(_ conversion: Conversion, _ tx: borrowing Transaction) throws {
        try change(conversion, sign: 1, tx)
    }

    /// Takes the credit of a conversion out, with its refunds, before something of it changes.
    static func remove(_ conversion: Conversion, _ tx: borrowing Transaction) throws {
        try change(conversion, sign: -1, tx)
        let workspace: SQL = """
            (SELECT workspace_id FROM conversion WHERE key = \(conversion.key))
            """
        try tx.execute(
            """
            DELETE FROM credit_day WHERE amount = 0 AND orders = 0 AND leads = 0
                AND workspace_id = \(workspace)
            """)
        try tx.execute(BlockSums.credit.clearing(workspace))
    }

    private static func change(
        _ conversion: Conversion, sign: Int64, _ tx: borrowing Transaction
    ) throws {
        let these = these(conversion)
        try tx.execute(statement(these, sign: sign))
        let rows = BlockSums.rowsOfCredit(in: "(\(parts(these)))", "1 = 1")
        try tx.execute(BlockSums.credit.adding(rows, sign: sign))
    }

    /// Refunds earn at the margin of their order's day, so they come and go with it.
    private static func these(_ conversion: Conversion) -> SQL {
        "AND (conversion.key = \(conversion.key) OR conversion.refund_of = \(conversion.key))"
    }

    /// Adds up all credit of a workspace again.
    static func rebuild(in workspace: WorkspaceID, _ tx: borrowing Transaction) throws {
        try tx.execute("DELETE FROM credit_day WHERE workspace_id = \(workspace)")
        try tx.execute(statement("AND conversion.workspace_id = \(workspace)"))
        try tx.execute(BlockSums.credit.clearingAll("\(workspace)"))
        try tx.execute(
            BlockSums.credit.adding(
                BlockSums.rowsOfCredit("earned.workspace_id = \(workspace)")))
    }

    /// Takes out the blocks that links have left with all their credit.
    ///
    /// A cent that several clicks gave back leaves days without an amount, and they stay.
    static func clearingBlocks(of workspace: WorkspaceID) -> SQL {
        """
        \(BlockSums.credit.clearing("\(workspace)")) AND NOT EXISTS (
            SELECT 1 FROM credit_day CROSS JOIN measured_link
            WHERE measured_link.key = credit_day.link_key
                AND credit_day.workspace_id = credit_block.workspace_id
                AND credit_day.model = credit_block.model
                AND credit_day.currency = credit_block.currency
                AND credit_day.day >= \(Blocks.ofDays.start(of: "credit_block.block"))
                AND credit_day.day < \(Blocks.ofDays.start(of: "(credit_block.block + 1)"))
                AND \(Blocks.ofDays.block(of: "credit_day.earned_day"))
                    = credit_block.earned_block
                AND measured_link.place_key = credit_block.place_key)
        """
    }

    /// Robots' orders have no credit that counts. A refund earns at the margin of its order's day.
    static func statement(_ condition: SQL, sign: Int64 = 1) -> SQL {
        let times: SQL = sign < 0 ? "-1 *" : ""
        return """
            INSERT INTO credit_day (workspace_id, model, currency, day, link_key, earned_day, amount,
                orders, leads)
            SELECT part.workspace_id, part.model, part.currency, part.day, part.link_key,
                part.earned_day, \(times) CAST(SUM(part.amount) AS BIGINT),
                \(times) CAST(SUM(part.orders) AS BIGINT), \(times) CAST(SUM(part.leads) AS BIGINT)
            FROM (\(parts(condition))) AS part
            GROUP BY part.workspace_id, part.model, part.currency, part.day, part.link_key,
                part.earned_day
            ON CONFLICT (workspace_id, model, currency, day, link_key, earned_day) DO UPDATE
                SET amount = credit_day.amount + excluded.amount,
                    orders = credit_day.orders + excluded.orders,
                    leads = credit_day.leads + excluded.leads
            """
    }

    /// What each touch earns by the calculation that counts.
    private static func parts(_ condition: SQL) -> SQL {
        """
        SELECT conversion.workspace_id, credit.model, conversion.currency, conversion.day,
            touch.link_key, \(ResultsQuery.marginDay) AS earned_day, credit.amount,
            CASE WHEN conversion.kind = 'order' AND conversion.refund_of IS NULL
                THEN credit.share ELSE 0 END AS orders,
            CASE WHEN conversion.kind = 'lead' THEN credit.share ELSE 0 END AS leads
        FROM conversion JOIN touch ON touch.conversion_key = conversion.key
            AND touch.version = conversion.version
        JOIN credit ON credit.touch_id = touch.id
        WHERE conversion.bot = 0 \(condition)
        """
    }
}

/// What the figures need to know of each published post: its place, and what of it is measured.
enum MeasuredPosts {
    /// Brings one post up to date.
    static func keep(
        _ publication: String, in workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws {
        try tx.takeTurn("places:\(workspace)")
        let counted = BlockSums.rowsOfPosts("publication_id = \(publication)")
        try tx.execute(BlockSums.posts.adding(counted, sign: -1))
        for statement in statements("publication.id = \(publication)") {
            try tx.execute(statement)
        }
        try tx.execute(BlockSums.posts.adding(counted))
        try tx.execute(BlockSums.posts.clearing("\(workspace)"))
    }

    /// Brings all posts of a workspace that have ever gone out up to date.
    static func rebuild(in workspace: WorkspaceID, _ tx: borrowing Transaction) throws {
        try tx.execute("DELETE FROM measured_post WHERE workspace_id = \(workspace)")
        let these: SQL = """
            publication.workspace_id = \(workspace) AND publication.published_at IS NOT NULL
            """
        for statement in statements(these) { try tx.execute(statement) }
        try tx.execute(BlockSums.posts.clearingAll("\(workspace)"))
        try tx.execute(
            BlockSums.posts.adding(BlockSums.rowsOfPosts("workspace_id = \(workspace)")))
    }

    /// What counts of each post, as numbers.
    static let facts: SQL = """
        CASE WHEN is_tracked THEN 1 ELSE 0 END AS tracked,
            CASE WHEN is_marked THEN 1 ELSE 0 END AS marked,
            CASE WHEN has_cost THEN 1 ELSE 0 END AS known
        """

    /// From a publication up the line of sight.
    private static let live: SQL = """
        FROM publication LEFT JOIN post ON post.id = publication.post_id
        LEFT JOIN item ON item.id = post.item_id
        """

    /// The place that a publication has now.
    private static let isPlace: SQL = """
        measured_place.workspace_id = publication.workspace_id
            AND measured_place.channel_id IS NOT DISTINCT FROM publication.channel_id
            AND measured_place.initiative_id IS NOT DISTINCT FROM item.initiative_id
            AND measured_place.objective_id IS NOT DISTINCT FROM \(ResultsQuery.objective)
        """

    static func statements(_ condition: SQL) -> [SQL] {
        let hasCost: SQL = """
            EXISTS (SELECT 1 FROM cost_entry WHERE cost_entry.publication_id = publication.id)
            """
        return [
            """
            INSERT INTO measured_place (workspace_id, channel_id, initiative_id, objective_id)
            SELECT DISTINCT publication.workspace_id, publication.channel_id, item.initiative_id,
                \(ResultsQuery.objective) \(live)
            WHERE (\(condition)) AND NOT EXISTS (SELECT 1 FROM measured_place WHERE \(isPlace))
            """,
            """
            INSERT INTO measured_post (publication_id, workspace_id, place_key, published_at,
                is_tracked, is_marked, has_cost)
            SELECT publication.id, publication.workspace_id,
                (SELECT MIN(measured_place.key) FROM measured_place WHERE \(isPlace)),
                publication.published_at, \(ResultsQuery.isTracked), \(ResultsQuery.isMarked),
                \(hasCost) \(live)
            WHERE (\(condition))
            ON CONFLICT (publication_id) DO UPDATE SET place_key = excluded.place_key,
                published_at = excluded.published_at, is_tracked = excluded.is_tracked,
                is_marked = excluded.is_marked, has_cost = excluded.has_cost
            """,
        ]
    }

    /// Moves posts that have another place by now.
    static func settle(in workspace: WorkspaceID, _ tx: borrowing Transaction) throws {
        let strays = try tx.rows(
            """
            SELECT measured_post.publication_id FROM measured_post
            JOIN measured_place ON measured_place.key = measured_post.place_key
            JOIN publication ON publication.id = measured_post.publication_id
            LEFT JOIN post ON post.id = publication.post_id
            LEFT JOIN item ON item.id = post.item_id
            WHERE measured_post.workspace_id = \(workspace) AND NOT (\(isPlace))
            """)
        for row in strays { try keep(try row("publication_id"), in: workspace, tx) }
    }
}

/// Visits by people in quarters of an hour, in which days of every zone begin and end.
enum VisitSums {
    static let quarter: Int64 = 900_000

    static func add(
        _ visits: Int64, at moment: Instant, site: Int64, _ tx: borrowing Transaction
    ) throws {
        try tx.execute(
            """
            INSERT INTO visit_quarter (site_key, quarter, visits)
            VALUES (\(site), \(moment.milliseconds / quarter), \(visits))
            ON CONFLICT (site_key, quarter) DO UPDATE
                SET visits = visit_quarter.visits + excluded.visits
            """)
    }

    static func rebuild(in workspace: WorkspaceID, _ tx: borrowing Transaction) throws {
        let site: SQL = "(SELECT key FROM site WHERE workspace_id = \(workspace))"
        try tx.execute("DELETE FROM visit_quarter WHERE site_key = \(site)")
        try tx.execute(statement("AND visit.site_key = \(site)"))
    }

    static func statement(_ condition: SQL) -> SQL {
        """
        INSERT INTO visit_quarter (site_key, quarter, visits)
        SELECT visit.site_key, visit.started_at / 900000, CAST(COUNT(*) AS BIGINT)
        FROM visit WHERE visit.bot = 0 \(condition)
        GROUP BY visit.site_key, visit.started_at / 900000
        """
    }
}
