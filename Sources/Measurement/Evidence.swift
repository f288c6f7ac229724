package import Kernel
package import Publishing
import Store

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

/// What is known of one published post, from its clicks to its orders.
package struct PostEvidence: Sendable {
    /// The same figures as in the table of results for these days.
    package let row: ResultsRow
    package let period: ResultsPeriod
    package let clicks: [ClickEvidence]
    package let visits: [VisitEvidence]
    /// Clicks by reason for not counting them.
    package let bots: [BotReason: Int64]
    /// Orders and leads that the post has credit of, with the credit by the model asked for.
    package let conversions: [ConversionLine]
    package let figures: NetworkFigures?
}

extension ResultsDesk {
    /// Everything measured of one published post in a period; without one, from its first day on.
    package func post(
        _ id: PublicationID, model: CreditModel, period: ResultsPeriod? = nil, today: CivilDate,
        currency: Currency, in workspace: WorkspaceID
    ) async throws -> PostEvidence {
        let place = ResultsPlace(.posts, id.text)
        let orders = OrderFilter(place: place, model: model)
        return try await database.read { tx in
            let period = try period ?? Self.life(of: id, today, in: workspace, tx)
            let query = ResultsQuery(
                grain: .posts, model: model, period: period, currency: currency,
                workspace: workspace, limit: 1, within: place)
            var these = orders
            these.period = period
            let seen = TrafficFilter(period: period, place: place, robots: .all)
            let post = PostQuery(id: id, workspace: workspace)
            return PostEvidence(
                row: try query.row(tx), period: period,
                clicks: try seen.clicks(in: workspace, PageRequest(limit: 100), tx).items,
                visits: try seen.visits(in: workspace, PageRequest(limit: 100), tx).items,
                bots: try post.bots(try query.bounds(tx), tx),
                conversions: try these.page(in: workspace, PageRequest(limit: 200), tx).items,
                figures: try post.figures(tx))
        }
    }

    /// From the first thing that is known of a post, be it a cost before it went out.
    private static func life(
        of id: PublicationID, _ today: CivilDate, in workspace: WorkspaceID,
        _ tx: borrowing Transaction
    ) throws -> ResultsPeriod {
        let found = try tx.first(
            """
            SELECT publication.published_at, workspace.zone,
                (SELECT MIN(spent_on) FROM cost_entry
                    WHERE cost_entry.publication_id = publication.id) AS spent_on,
                (SELECT MIN(link_day.day) FROM measured_link
                    JOIN link_day ON link_day.link_key = measured_link.key
                    WHERE measured_link.publication_id = publication.id) AS seen_on
            FROM publication JOIN workspace ON workspace.id = publication.workspace_id
            WHERE publication.workspace_id = \(workspace) AND publication.id = \(id)
            """)
        guard let found else { throw Problem.notFound("post") }
        let zone: Zone = try found("zone")
        let published: Instant? = try found("published_at")
        let days: [CivilDate?] = [
            published.map { CivilDate($0, in: zone) },
            try found("spent_on", as: Int64?.self).map(DayNumber.date),
            try found("seen_on", as: Int64?.self).map(DayNumber.date),
        ]
        let first = days.compactMap { $0 }.min() ?? today
        return try ResultsPeriod(
            from: max(min(first, today), today.adding(days: -3600)), to: today)
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
}

/// The questions about one published post that no list answers.
struct PostQuery: Sendable {
    let id: PublicationID
    let workspace: WorkspaceID

    func bots(
        _ bounds: (start: Instant, end: Instant), _ tx: borrowing Transaction
    ) throws -> [BotReason: Int64] {
        var out: [BotReason: Int64] = [:]
        for row in try tx.rows(
            """
            SELECT click.bot, CAST(COUNT(*) AS BIGINT) AS clicks
            FROM click JOIN measured_link ON measured_link.key = click.link_key
            WHERE measured_link.publication_id = \(id)
                AND measured_link.workspace_id = \(workspace) AND click.bot <> 0
                AND click.at >= \(bounds.start) AND click.at < \(bounds.end)
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
