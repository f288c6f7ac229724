package import Kernel
package import Store
import Strategy

/// Answers what came of the posts.
package struct ResultsDesk: Sendable {
    let database: Database

    package init(database: Database) { self.database = database }

    /// The figures by `grain` for a period.
    package func results(
        by grain: ResultsGrain, model: CreditModel, period: ResultsPeriod, currency: Currency,
        in workspace: WorkspaceID, limit: Int = Results.mostRows
    ) async throws -> Results {
        let query = ResultsQuery(
            grain: grain, model: model, period: period, currency: currency, workspace: workspace,
            limit: limit)
        return try await database.read { tx in try query.results(tx) }
    }

    /// The figures by `grain` as one transaction sees them.
    package static func results(
        by grain: ResultsGrain, model: CreditModel, period: ResultsPeriod, currency: Currency,
        in workspace: WorkspaceID, limit: Int = Results.mostRows, _ tx: borrowing Transaction
    ) throws -> Results {
        try ResultsQuery(
            grain: grain, model: model, period: period, currency: currency, workspace: workspace,
            limit: limit
        ).results(tx)
    }

    /// The sums of a period alone, for comparisons and cards.
    package func total(
        period: ResultsPeriod, currency: Currency, in workspace: WorkspaceID
    ) async throws -> ResultsTotal {
        try await database.read { tx in
            try Self.total(period: period, currency: currency, in: workspace, tx)
        }
    }

    /// The sums of a period as one transaction sees them.
    package static func total(
        period: ResultsPeriod, currency: Currency, in workspace: WorkspaceID,
        _ tx: borrowing Transaction
    ) throws -> ResultsTotal {
        let query = ResultsQuery(
            grain: .channels, model: .last, period: period, currency: currency,
            workspace: workspace, limit: 1)
        return try query.total(margin: try query.margin(tx), tx)
    }

    /// Clicks and revenue day by day.
    package func days(
        period: ResultsPeriod, currency: Currency, in workspace: WorkspaceID
    ) async throws -> [ResultsDay] {
        let (clicks, money) = try await database.read { tx in
            (
                try Self.byDay(
                    """
                    SELECT day, CAST(SUM(people) AS BIGINT) AS figure FROM link_day
                    WHERE workspace_id = \(workspace) AND day >= \(period.days.lowerBound)
                        AND day <= \(period.days.upperBound) GROUP BY day
                    """, tx),
                try Self.byDay(
                    """
                    SELECT day, CAST(SUM(amount) AS BIGINT) AS figure FROM conversion
                    WHERE workspace_id = \(workspace) AND day >= \(period.days.lowerBound)
                        AND day <= \(period.days.upperBound) AND bot = 0
                        AND currency = \(currency) GROUP BY day
                    """, tx)
            )
        }
        return period.days.map { day in
            ResultsDay(
                day: DayNumber.date(day), clicks: clicks[day] ?? 0, revenue: money[day] ?? 0)
        }
    }

    private static func byDay(
        _ sql: SQL, _ tx: borrowing Transaction
    ) throws -> [Int64: Int64] {
        var out: [Int64: Int64] = [:]
        for row in try tx.rows(sql) { out[try row("day")] = try row("figure") }
        return out
    }
}

/// One question to the tables: by what, with which model, for which days.
struct ResultsQuery: Sendable {
    let grain: ResultsGrain
    let model: CreditModel
    let period: ResultsPeriod
    let currency: Currency
    let workspace: WorkspaceID
    let limit: Int

    private var from: Int64 { period.days.lowerBound }
    private var to: Int64 { period.days.upperBound }

    /// What a publication counts for at this grain.
    private var subject: SQL {
        switch grain {
        case .posts: "publication.id"
        case .channels: "publication.channel_id"
        case .initiatives: "item.initiative_id"
        case .objectives: Self.objective
        case .goals: "objective.business_goal_id"
        }
    }

    /// The post's own objective, else its plan item's; exactly one receives the money.
    private static let objective: SQL = "COALESCE(post.objective_id, item.primary_objective_id)"

    /// From a publication up the line of sight, as far as the grain needs.
    private var scope: SQL {
        var joins: SQL = ""
        if grain == .posts || grain == .channels { return joins }
        joins += """
             LEFT JOIN post ON post.id = publication.post_id
             LEFT JOIN item ON item.id = post.item_id
            """
        if grain == .goals {
            joins += " LEFT JOIN objective ON objective.id = \(Self.objective)"
        }
        return joins
    }

    func results(_ tx: borrowing Transaction) throws -> Results {
        var rows: [String: ResultsRow] = [:]
        try addMoney(to: &rows, tx)
        try addTraffic(to: &rows, tx)
        try addPublished(to: &rows, tx)
        try addCosts(to: &rows, tx)
        let margin = try margin(tx)
        let hasVisits = try tx.exists(
            """
            SELECT 1 FROM site WHERE workspace_id = \(workspace) AND first_seen_at IS NOT NULL
            """)
        var listed = rows.values.map { row in
            var row = row
            row.returned = .of(revenue: row.revenue, margin: margin, cost: row.cost)
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
            total: try total(margin: margin, tx), margin: margin, hasVisits: hasVisits)
    }

    func margin(_ tx: borrowing Transaction) throws -> Double? {
        try Margin.current(on: period.to, in: workspace, tx)?.fraction
    }

    private func addMoney(
        to rows: inout [String: ResultsRow], _ tx: borrowing Transaction
    ) throws {
        let found = try tx.rows(
            """
            SELECT \(subject) AS subject, CAST(SUM(credit.amount) AS BIGINT) AS revenue,
                CAST(SUM(CASE WHEN conversion.kind = 'order' AND conversion.refund_of IS NULL
                    THEN credit.share ELSE 0 END) AS BIGINT) AS orders,
                CAST(SUM(CASE WHEN conversion.kind = 'lead' THEN credit.share ELSE 0 END)
                    AS BIGINT) AS leads
            FROM conversion
            JOIN touch ON touch.conversion_key = conversion.key
                AND touch.version = conversion.version
            JOIN credit ON credit.touch_id = touch.id AND credit.model = \(model.rawValue)
            JOIN measured_link ON measured_link.key = touch.link_key
            LEFT JOIN publication ON publication.id = measured_link.publication_id\(scope)
            WHERE conversion.workspace_id = \(workspace) AND conversion.day >= \(from)
                AND conversion.day <= \(to) AND conversion.bot = 0
                AND conversion.currency = \(currency)
            GROUP BY \(subject) ORDER BY revenue DESC LIMIT \(max(limit, 1000))
            """)
        for row in found {
            let id: String = try row("subject", as: String?.self) ?? ""
            var entry = rows[id] ?? ResultsRow(id: id)
            entry.revenue += try row("revenue", as: Int64.self)
            entry.orders += try row("orders", as: Int64.self)
            entry.leads += try row("leads", as: Int64.self)
            rows[id] = entry
        }
    }

    private func addTraffic(
        to rows: inout [String: ResultsRow], _ tx: borrowing Transaction
    ) throws {
        let found = try tx.rows(
            """
            SELECT \(subject) AS subject, CAST(SUM(traffic.people) AS BIGINT) AS people,
                CAST(SUM(traffic.bots) AS BIGINT) AS bots,
                CAST(SUM(traffic.visits) AS BIGINT) AS visits
            FROM (SELECT link_key, SUM(people) AS people, SUM(bots) AS bots,
                    SUM(visits) AS visits FROM link_day
                WHERE workspace_id = \(workspace) AND day >= \(from) AND day <= \(to)
                GROUP BY link_key\(shortlist)) AS traffic
            JOIN measured_link ON measured_link.key = traffic.link_key
            LEFT JOIN publication ON publication.id = measured_link.publication_id\(scope)
            GROUP BY \(subject)
            """)
        for row in found {
            let id: String = try row("subject", as: String?.self) ?? ""
            try add(row, to: &rows[id, default: ResultsRow(id: id)])
        }
        guard grain == .posts else { return }
        // Posts that earned money but are not among the most clicked.
        let missing = rows.values.filter { $0.clicks == nil && !$0.id.isEmpty }.map(\.id).sorted()
        guard !missing.isEmpty else { return }
        for row in try tx.rows(
            """
            SELECT measured_link.publication_id AS subject,
                CAST(SUM(link_day.people) AS BIGINT) AS people,
                CAST(SUM(link_day.bots) AS BIGINT) AS bots,
                CAST(SUM(link_day.visits) AS BIGINT) AS visits
            FROM measured_link JOIN link_day ON link_day.link_key = measured_link.key
                AND link_day.day >= \(from) AND link_day.day <= \(to)
            WHERE measured_link.publication_id IN \(.list(missing))
            GROUP BY measured_link.publication_id
            """)
        {
            let id: String = try row("subject")
            try add(row, to: &rows[id, default: ResultsRow(id: id)])
        }
    }

    /// A page shows the most clicked posts only, so the database need not name all the others.
    private var shortlist: SQL {
        guard grain == .posts else { return "" }
        return " ORDER BY SUM(people) DESC LIMIT \(max(limit, 1000))"
    }

    private func add(_ row: Row, to entry: inout ResultsRow) throws {
        let people: Int64 = try row("people")
        let bots: Int64 = try row("bots")
        entry.clicks = (entry.clicks ?? 0) + people
        entry.allClicks = (entry.allClicks ?? 0) + people + bots
        entry.visits = (entry.visits ?? 0) + (try row("visits", as: Int64.self))
    }

    /// Adds what was published in the period, so that a post nobody clicked shows its zero.
    private func addPublished(
        to rows: inout [String: ResultsRow], _ tx: borrowing Transaction
    ) throws {
        let bounds = try bounds(tx)
        let tracked: SQL = """
            CAST(SUM(CASE WHEN publication.sent_link LIKE '%/l/%' THEN 1 ELSE 0 END) AS BIGINT)
            """
        let found = try tx.rows(
            """
            SELECT \(subject) AS subject, CAST(COUNT(*) AS BIGINT) AS posts,
                \(tracked) AS tracked,
                CAST(SUM(CASE WHEN EXISTS (SELECT 1 FROM cost_entry
                    WHERE cost_entry.publication_id = publication.id) THEN 1 ELSE 0 END)
                    AS BIGINT) AS known
            FROM publication\(scope)
            WHERE publication.workspace_id = \(workspace)
                AND publication.published_at >= \(bounds.start)
                AND publication.published_at < \(bounds.end)
            GROUP BY \(subject) LIMIT \(max(limit, 1000))
            """)
        for row in found {
            let id: String = try row("subject", as: String?.self) ?? ""
            var entry = rows[id] ?? ResultsRow(id: id)
            if entry.clicks == nil, try row("tracked", as: Int64.self) > 0 {
                entry.clicks = 0
                entry.allClicks = 0
                entry.visits = 0
            }
            entry.cost.of = Int(try row("posts", as: Int64.self))
            entry.cost.knownFor = Int(try row("known", as: Int64.self))
            rows[id] = entry
        }
    }

    private func bounds(_ tx: borrowing Transaction) throws -> (start: Instant, end: Instant) {
        let zone =
            try tx.scalar(Zone.self, "SELECT zone FROM workspace WHERE id = \(workspace)") ?? .utc
        return (zone.startOfDay(period.from), zone.startOfDay(period.to.adding(days: 1)))
    }

    private func addCosts(
        to rows: inout [String: ResultsRow], _ tx: borrowing Transaction
    ) throws {
        for row in try tx.rows(
            """
            SELECT \(subject) AS subject, CAST(SUM(cost_entry.amount) AS BIGINT) AS amount,
                CAST(COUNT(DISTINCT publication.id) AS BIGINT) AS known
            FROM cost_entry JOIN publication ON publication.id = cost_entry.publication_id\(scope)
            WHERE cost_entry.workspace_id = \(workspace) AND cost_entry.spent_on >= \(from)
                AND cost_entry.spent_on <= \(to) AND cost_entry.currency = \(currency)
            GROUP BY \(subject)
            """)
        {
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
                row.cost.amount += Int64((perPost * Double(row.cost.of)).rounded())
                return row
            }
        }
        try addInitiativeCosts(to: &rows, tx)
    }

    /// Costs of an initiative itself go to it, to its primary objective and to that one's goal.
    private func addInitiativeCosts(
        to rows: inout [String: ResultsRow], _ tx: borrowing Transaction
    ) throws {
        let place: SQL
        switch grain {
        case .posts, .channels: return
        case .initiatives: place = "cost_entry.initiative_id"
        case .objectives: place = "initiative_objective.objective_id"
        case .goals: place = "objective.business_goal_id"
        }
        for row in try tx.rows(
            """
            SELECT \(place) AS subject, CAST(SUM(cost_entry.amount) AS BIGINT) AS amount
            FROM cost_entry
            LEFT JOIN initiative_objective
                ON initiative_objective.initiative_id = cost_entry.initiative_id
                AND initiative_objective.is_primary = TRUE
            LEFT JOIN objective ON objective.id = initiative_objective.objective_id
            WHERE cost_entry.workspace_id = \(workspace)
                AND cost_entry.initiative_id IS NOT NULL AND cost_entry.spent_on >= \(from)
                AND cost_entry.spent_on <= \(to) AND cost_entry.currency = \(currency)
            GROUP BY \(place)
            """)
        {
            let id: String = try row("subject", as: String?.self) ?? ""
            rows[id, default: ResultsRow(id: id)].cost.amount += try row("amount", as: Int64.self)
        }
    }

    /// What each post published in the period bears of the budget's tools, in minor units.
    private func allocatedTools(_ tx: borrowing Transaction) throws -> Double {
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
    private func toolsInPeriod(_ tx: borrowing Transaction) throws -> Double {
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

extension ResultsQuery {
    func total(margin: Double?, _ tx: borrowing Transaction) throws -> ResultsTotal {
        var total = ResultsTotal()
        try addTraffic(to: &total, tx)
        try addMoney(to: &total, tx)
        try addCost(to: &total, tx)
        total.returned = .of(revenue: total.credited, margin: margin, cost: total.cost)
        return total
    }

    private func addTraffic(
        to total: inout ResultsTotal, _ tx: borrowing Transaction
    ) throws {
        let row = try tx.first(
            """
            SELECT CAST(COALESCE(SUM(people), 0) AS BIGINT) AS people,
                CAST(COALESCE(SUM(bots), 0) AS BIGINT) AS bots FROM link_day
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
                SELECT CAST(COUNT(*) AS BIGINT) AS visits FROM visit WHERE site_key = \(site)
                    AND started_at >= \(bounds.start) AND started_at < \(bounds.end) AND bot = 0
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
        total.credited =
            try tx.scalar(
                Int64.self,
                """
                SELECT CAST(SUM(amount) AS BIGINT) AS credited FROM conversion
                WHERE workspace_id = \(workspace) AND day >= \(from) AND day <= \(to)
                    AND bot = 0 AND currency = \(currency)
                    AND EXISTS (SELECT 1 FROM touch
                        WHERE touch.conversion_key = conversion.key
                            AND touch.version = conversion.version)
                """) ?? 0
    }

    private func addCost(to total: inout ResultsTotal, _ tx: borrowing Transaction) throws {
        let bounds = try bounds(tx)
        let counts = try tx.first(
            """
            SELECT CAST(COUNT(*) AS BIGINT) AS posts,
                CAST(COUNT(CASE WHEN EXISTS (SELECT 1 FROM cost_entry
                    WHERE cost_entry.publication_id = publication.id) THEN 1 END) AS BIGINT)
                    AS known
            FROM publication WHERE workspace_id = \(workspace)
                AND published_at >= \(bounds.start) AND published_at < \(bounds.end)
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
        total.cost.amount = entered + Int64(tools.rounded())
    }
}

/// Names the rows of a table.
struct ResultsTitles: Sendable {
    let grain: ResultsGrain
    let workspace: WorkspaceID

    func fill(_ rows: inout [ResultsRow], _ tx: borrowing Transaction) throws {
        let ids = rows.map(\.id).filter { !$0.isEmpty }
        var titles: [String: (String, String)] = [:]
        if !ids.isEmpty {
            for row in try tx.rows(query(.list(ids))) {
                let detail: String? = try row("detail")
                titles[try row("id")] = (try row("title"), detail ?? "")
            }
        }
        for index in rows.indices {
            let id = rows[index].id
            let known = titles[id]
            rows[index].title = known?.0 ?? (id.isEmpty ? unplaced : "Removed")
            rows[index].detail = known?.1 ?? ""
        }
    }

    private var unplaced: String {
        switch grain {
        case .posts, .channels: "Links outside posts"
        case .initiatives: "Without an initiative"
        case .objectives: "Without an objective"
        case .goals: "Without a business goal"
        }
    }

    private func query(_ ids: SQL) -> SQL {
        switch grain {
        case .posts:
            """
            SELECT publication.id, CASE WHEN post.title = '' THEN SUBSTR(post.body, 1, 60)
                ELSE post.title END AS title, channel.name AS detail
            FROM publication JOIN post ON post.id = publication.post_id
            JOIN channel ON channel.id = publication.channel_id
            WHERE publication.workspace_id = \(workspace) AND publication.id IN \(ids)
            """
        case .channels:
            """
            SELECT id, name AS title, network AS detail FROM channel
            WHERE workspace_id = \(workspace) AND id IN \(ids)
            """
        case .initiatives:
            """
            SELECT id, title, kind AS detail FROM initiative
            WHERE workspace_id = \(workspace) AND id IN \(ids)
            """
        case .objectives:
            """
            SELECT id, title, kpi AS detail FROM objective
            WHERE workspace_id = \(workspace) AND id IN \(ids)
            """
        case .goals:
            """
            SELECT id, title, because AS detail FROM business_goal
            WHERE workspace_id = \(workspace) AND id IN \(ids)
            """
        }
    }
}
