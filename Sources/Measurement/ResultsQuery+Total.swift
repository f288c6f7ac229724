import Kernel
import Store

extension ResultsQuery {
    func total(_ tx: borrowing Transaction) throws -> ResultsTotal {
        let margins = try MarginHistory.load(in: workspace, tx)
        var total = ResultsTotal()
        try addTraffic(to: &total, tx)
        try addMoney(to: &total, tx)
        let weighted = try addCredited(to: &total, margins, tx)
        try addCost(to: &total, tx)
        total.returned = .of(
            revenue: total.credited, earned: margins.earned(weighted), cost: total.cost)
        return total
    }

    private func addTraffic(
        to total: inout ResultsTotal, _ tx: borrowing Transaction
    ) throws {
        let row = try tx.first(
            """
            SELECT CAST(COALESCE(SUM(people), 0) AS BIGINT) AS people,
                CAST(COALESCE(SUM(bots), 0) AS BIGINT) AS bots FROM workspace_day
            WHERE workspace_id = \(workspace) AND day >= \(from) AND day <= \(to)
            """)
        if let row {
            total.clicks = try row("people")
            total.allClicks = total.clicks + (try row("bots", as: Int64.self))
        }
        let bounds = try bounds(tx)
        if let site: Int64 = try tx.scalar(
            Int64.self,
            """
            SELECT key FROM site WHERE workspace_id = \(workspace) AND first_seen_at IS NOT NULL
            """)
        {
            total.visits = try tx.scalar(
                Int64.self,
                """
                SELECT CAST(COALESCE(SUM(visits), 0) AS BIGINT) AS visits FROM visit_quarter
                WHERE site_key = \(site)
                    AND quarter >= \(bounds.start.milliseconds / VisitSums.quarter)
                    AND quarter < \(bounds.end.milliseconds / VisitSums.quarter)
                """)
        }
    }

    private func addMoney(to total: inout ResultsTotal, _ tx: borrowing Transaction) throws {
        let row = try tx.first(
            """
            SELECT CAST(COALESCE(SUM(CASE WHEN currency = \(currency) THEN amount ELSE 0 END), 0)
                    AS BIGINT) AS revenue,
                CAST(COUNT(CASE WHEN kind = 'lead' THEN 1 END) AS BIGINT) AS leads,
                CAST(COUNT(CASE WHEN kind = 'order' AND refund_of IS NULL
                    AND currency = \(currency) THEN 1 END) AS BIGINT) AS orders,
                CAST(COUNT(CASE WHEN refund_of IS NOT NULL THEN 1 END) AS BIGINT) AS refunds,
                CAST(COUNT(CASE WHEN currency <> \(currency) AND amount <> 0 THEN 1 END)
                    AS BIGINT) AS strangers
            FROM conversion WHERE workspace_id = \(workspace) AND day >= \(from)
                AND day <= \(to) AND bot = 0
            """)
        if let row {
            total.revenue = try row("revenue")
            total.leads = try row("leads")
            total.orders = try row("orders")
            total.refunds = try row("refunds")
            total.foreignOrders = try row("strangers")
        }
    }

    /// Adds what tagged links brought; the result is weighted by the margin of each day.
    private func addCredited(
        to total: inout ResultsTotal, _ margins: MarginHistory, _ tx: borrowing Transaction
    ) throws -> Int64 {
        let row = try tx.first(
            """
            SELECT CAST(COALESCE(SUM(part.amount), 0) AS BIGINT) AS credited,
                CAST(COALESCE(SUM(part.weighted), 0) AS BIGINT) AS weighted
            FROM (\(creditByPlace(margins))) AS part
            """)
        guard let row else { return 0 }
        total.credited = try row("credited")
        return try row("weighted")
    }

    private func addCost(to total: inout ResultsTotal, _ tx: borrowing Transaction) throws {
        let counts = try tx.first(
            """
            SELECT CAST(COALESCE(SUM(part.posts), 0) AS BIGINT) AS posts,
                CAST(COALESCE(SUM(part.known), 0) AS BIGINT) AS known
            FROM (\(try postsByPlace(tx))) AS part
            """)
        if let counts {
            total.posts = try counts("posts")
            total.cost.of = Int(total.posts)
            total.cost.knownFor = Int(try counts("known", as: Int64.self))
        }
        let entered: Int64 =
            try tx.scalar(
                Int64.self,
                """
                SELECT CAST(SUM(amount) AS BIGINT) AS amount FROM cost_entry
                WHERE workspace_id = \(workspace) AND spent_on >= \(from) AND spent_on <= \(to)
                    AND currency = \(currency)
                """) ?? 0
        let tools = total.posts > 0 ? try toolsInPeriod(tx) : 0
        total.cost.tools = Int64(tools.rounded())
        total.cost.amount = entered + total.cost.tools
    }
}
