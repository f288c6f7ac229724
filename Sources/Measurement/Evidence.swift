package import Kernel
package import Publishing
package import Store

/// An order, lead or refund with what led to it.
package struct ConversionEvidence: Sendable {
    package let conversion: Conversion
    package let touches: [TouchEvidence]
    /// Refunds of this order.
    package let refunds: [Conversion]
    package let original: Conversion?
}

/// One click on the way to an order, with its credit by each model.
package struct TouchEvidence: Sendable, Hashable {
    package let at: Instant
    package let version: Int64
    package let publication: PublicationID?
    package let title: String
    package let channel: String
    /// Minor units by model; a model that gives it nothing is absent.
    package let credits: [CreditModel: Int64]
}

/// One click as evidence.
package struct ClickEvidence: Sendable, RowReadable {
    package let at: Instant
    package let bot: BotReason?
    /// Whether the visitor let themselves be recognised for the day.
    package let isRecognised: Bool
    package let hasVisit: Bool

    package init(row: Row) throws {
        at = try row("at")
        bot = BotReason(rawValue: UInt8(clamping: try row("bot", as: Int64.self)))
        isRecognised = try row("visitor", as: Int64?.self) != nil
        hasVisit = try row("visited", as: Int64.self) != 0
    }
}

/// What is known of one published post, from its clicks to its orders.
package struct PostEvidence: Sendable {
    package let row: ResultsRow
    package let clicks: [ClickEvidence]
    /// Clicks by reason for not counting them.
    package let bots: [BotReason: Int64]
    /// Orders and leads that the post has credit of, with the credit by the model asked for.
    package let conversions: [(conversion: Conversion, credit: Int64)]
    package let figures: NetworkFigures?
}

extension ResultsDesk {
    /// Everything measured of one published post, from its first day on.
    package func post(
        _ id: PublicationID, model: CreditModel, today: CivilDate, currency: Currency,
        in workspace: WorkspaceID
    ) async throws -> PostEvidence {
        try await database.read { tx in
            let found = try tx.first(
                """
                SELECT publication.published_at, publication.sent_link, workspace.zone
                FROM publication JOIN workspace ON workspace.id = publication.workspace_id
                WHERE publication.workspace_id = \(workspace) AND publication.id = \(id)
                """)
            guard let found else { throw Problem.notFound("post") }
            let zone: Zone = try found("zone")
            let published: Instant? = try found("published_at")
            let first = min(published.map { CivilDate($0, in: zone) } ?? today, today)
            let oldest = max(first, today.adding(days: -3600))
            let period = try ResultsPeriod(from: oldest, to: today)
            let query = PostQuery(id: id, workspace: workspace, model: model, currency: currency)
            var row = try query.row(tx)
            let link: String? = try found("sent_link")
            if row.clicks == nil, link?.contains("/l/") == true {
                row.clicks = 0
                row.allClicks = 0
            }
            let all = ResultsQuery(
                grain: .posts, model: model, period: period, currency: currency,
                workspace: workspace, limit: 1)
            // Exactly what the table of results allocates for these days.
            row.cost.amount += Int64(try all.allocatedTools(tx).rounded())
            let margins = try MarginHistory.load(in: workspace, tx)
            row.returned = .of(
                revenue: row.revenue,
                earned: margins.earned(try query.weighted(margins, tx)), cost: row.cost)
            var named = [row]
            try ResultsTitles(grain: .posts, workspace: workspace).fill(&named, tx)
            return PostEvidence(
                row: named[0], clicks: try query.clicks(tx), bots: try query.bots(tx),
                conversions: try query.conversions(tx), figures: try query.figures(tx))
        }
    }

    /// One order with its journey.
    package func conversion(
        _ id: ConversionID, in workspace: WorkspaceID
    ) async throws -> ConversionEvidence {
        try await database.read { tx in
            let found = try tx.first(
                Conversion.self,
                "SELECT * FROM conversion WHERE workspace_id = \(workspace) AND id = \(id)")
            guard let found else { throw MeasurementError.noSuchConversion }
            let refunds = try tx.all(
                Conversion.self,
                "SELECT * FROM conversion WHERE refund_of = \(found.key) ORDER BY key")
            let original = try found.refundOf.flatMap { key in
                try tx.first(Conversion.self, "SELECT * FROM conversion WHERE key = \(key)")
            }
            return ConversionEvidence(
                conversion: found, touches: try Self.touches(of: found, tx), refunds: refunds,
                original: original)
        }
    }

    private static func touches(
        of conversion: Conversion, _ tx: borrowing Transaction
    ) throws -> [TouchEvidence] {
        let rows = try tx.rows(
            """
            SELECT touch.id, touch.at, touch.version, measured_link.publication_id,
                post.title, post.body, link.label, channel.name AS channel,
                credit.model, credit.amount
            FROM touch JOIN measured_link ON measured_link.key = touch.link_key
            LEFT JOIN link ON link.slug = measured_link.slug
            LEFT JOIN publication ON publication.id = measured_link.publication_id
            LEFT JOIN post ON post.id = publication.post_id
            LEFT JOIN channel ON channel.id = publication.channel_id
            LEFT JOIN credit ON credit.touch_id = touch.id
            WHERE touch.conversion_key = \(conversion.key)
                AND touch.version = \(conversion.version)
            ORDER BY touch.position
            """)
        var order: [Int64] = []
        var byTouch: [Int64: [Row]] = [:]
        for row in rows {
            let id: Int64 = try row("id")
            if byTouch[id] == nil { order.append(id) }
            byTouch[id, default: []].append(row)
        }
        return try order.compactMap { id in
            guard let group = byTouch[id], let row = group.first else { return nil }
            var credits: [CreditModel: Int64] = [:]
            for row in group {
                if let name: String = try row("model"), let model = CreditModel(rawValue: name) {
                    credits[model] = try row("amount")
                }
            }
            let title: String? = try row("title")
            let body: String? = try row("body")
            let label: String? = try row("label")
            let words =
                title.flatMap { $0.isEmpty ? nil : $0 } ?? body.map { String($0.prefix(60)) }
            return TouchEvidence(
                at: try row("at"), version: try row("version"),
                publication: try row("publication_id"), title: words ?? label ?? "A tagged link",
                channel: try row("channel", as: String?.self) ?? "", credits: credits)
        }
    }

    /// Orders, leads and refunds, the newest first.
    package func conversions(
        in workspace: WorkspaceID, _ request: PageRequest = PageRequest()
    ) async throws -> Page<Conversion> {
        let after = request.after.flatMap { Int64($0.key) }
        let isAfter: SQL = after.map { "AND key < \($0)" } ?? ""
        let found = try await database.read { tx in
            try tx.all(
                Conversion.self,
                """
                SELECT * FROM conversion WHERE workspace_id = \(workspace) \(isAfter)
                ORDER BY key DESC LIMIT \(request.limit + 1)
                """)
        }
        let items = Array(found.prefix(request.limit))
        let last = found.count > request.limit ? items.last : nil
        return Page(
            items: items, next: last.map { Cursor(key: String($0.key), id: $0.id.text) })
    }
}

/// The questions about one published post.
struct PostQuery: Sendable {
    let id: PublicationID
    let workspace: WorkspaceID
    let model: CreditModel
    let currency: Currency

    func row(_ tx: borrowing Transaction) throws -> ResultsRow {
        var out = ResultsRow(id: id.text)
        let traffic = try tx.first(
            """
            SELECT CAST(SUM(link_day.people) AS BIGINT) AS people,
                CAST(SUM(link_day.bots) AS BIGINT) AS bots,
                CAST(SUM(link_day.visits) AS BIGINT) AS visits
            FROM measured_link JOIN link_day ON link_day.link_key = measured_link.key
            WHERE measured_link.publication_id = \(id)
                AND measured_link.workspace_id = \(workspace)
            """)
        if let traffic, let people: Int64 = try traffic("people") {
            out.clicks = people
            out.allClicks = people + (try traffic("bots", as: Int64.self))
            out.visits = try traffic("visits")
        }
        for entry in try conversions(tx) where entry.conversion.amount.currency == currency {
            out.revenue += entry.credit
        }
        let shares = try tx.rows(
            """
            SELECT conversion.kind, CAST(SUM(credit.share) AS BIGINT) AS share FROM touch
            \(joins) AND conversion.refund_of IS NULL GROUP BY conversion.kind
            """)
        for row in shares {
            let kind: Conversion.Kind = try row("kind")
            if kind == .order {
                out.orders = try row("share")
            } else {
                out.leads = try row("share")
            }
        }
        let cost = try tx.first(
            """
            SELECT CAST(SUM(amount) AS BIGINT) AS amount, CAST(COUNT(*) AS BIGINT) AS entries
            FROM cost_entry WHERE workspace_id = \(workspace) AND publication_id = \(id)
                AND currency = \(currency)
            """)
        let entries: Int64 = try cost?("entries") ?? 0
        out.cost = CostSum(
            amount: try cost?("amount", as: Int64?.self) ?? 0, knownFor: entries > 0 ? 1 : 0,
            of: 1)
        return out
    }

    /// Credited minor units times the margin of each order's day.
    func weighted(_ margins: MarginHistory, _ tx: borrowing Transaction) throws -> Int64 {
        try tx.scalar(
            Int64.self,
            """
            SELECT CAST(COALESCE(SUM(credit.amount
                    * \(margins.sql(on: ResultsQuery.marginDay))), 0) AS BIGINT) AS weighted
            FROM touch \(joins) AND conversion.currency = \(currency)
            """) ?? 0
    }

    private var joins: SQL {
        """
        JOIN conversion ON conversion.key = touch.conversion_key
            AND conversion.version = touch.version
        JOIN credit ON credit.touch_id = touch.id AND credit.model = \(model.rawValue)
        JOIN measured_link ON measured_link.key = touch.link_key
        WHERE measured_link.publication_id = \(id)
            AND measured_link.workspace_id = \(workspace) AND conversion.bot = 0
        """
    }

    func conversions(
        _ tx: borrowing Transaction
    ) throws -> [(conversion: Conversion, credit: Int64)] {
        let credits = try tx.rows(
            """
            SELECT conversion.key, CAST(SUM(credit.amount) AS BIGINT) AS credit FROM touch
            \(joins) GROUP BY conversion.key ORDER BY conversion.key DESC LIMIT 500
            """)
        var byKey: [Int64: Int64] = [:]
        for row in credits { byKey[try row("key")] = try row("credit") }
        guard !byKey.isEmpty else { return [] }
        return try tx.all(
            Conversion.self,
            """
            SELECT * FROM conversion WHERE key IN \(.list(byKey.keys.sorted()))
            ORDER BY at DESC
            """
        ).map { ($0, byKey[$0.key] ?? 0) }
    }

    func clicks(_ tx: borrowing Transaction) throws -> [ClickEvidence] {
        try tx.all(
            ClickEvidence.self,
            """
            SELECT click.at, click.bot, click.visitor,
                CASE WHEN EXISTS (SELECT 1 FROM visit WHERE visit.link_key = click.link_key
                    AND visit.token = click.token) THEN 1 ELSE 0 END AS visited
            FROM click JOIN measured_link ON measured_link.key = click.link_key
            WHERE measured_link.publication_id = \(id)
                AND measured_link.workspace_id = \(workspace)
            ORDER BY click.at DESC LIMIT 200
            """)
    }

    func bots(_ tx: borrowing Transaction) throws -> [BotReason: Int64] {
        var out: [BotReason: Int64] = [:]
        for row in try tx.rows(
            """
            SELECT click.bot, CAST(COUNT(*) AS BIGINT) AS clicks
            FROM click JOIN measured_link ON measured_link.key = click.link_key
            WHERE measured_link.publication_id = \(id)
                AND measured_link.workspace_id = \(workspace) AND click.bot <> 0
            GROUP BY click.bot
            """)
        {
            if let reason = BotReason(rawValue: UInt8(clamping: try row("bot", as: Int64.self))) {
                out[reason] = try row("clicks")
            }
        }
        return out
    }

    func figures(_ tx: borrowing Transaction) throws -> NetworkFigures? {
        try tx.first(
            NetworkFigures.self,
            """
            SELECT * FROM network_figures WHERE workspace_id = \(workspace)
                AND publication_id = \(id) ORDER BY taken_at DESC LIMIT 1
            """)
    }
}
