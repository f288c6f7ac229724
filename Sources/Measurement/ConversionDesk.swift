package import Jobs
package import Kernel
package import Store

/// Records leads, orders and refunds, and shares their money among the clicks before them.
package struct ConversionDesk: Sendable {
    let database: Database
    let events: EventLog
    let surroundings: Surroundings

    package init(database: Database, events: EventLog, surroundings: Surroundings) {
        self.database = database
        self.events = events
        self.surroundings = surroundings
    }

    /// Records one conversion; the same number with the same facts again counts once, whichever
    /// source says it.
    @discardableResult
    package func record(
        _ draft: ConversionDraft, from source: Conversion.Source, zone: Zone,
        in workspace: WorkspaceID, by principal: Principal
    ) async throws -> Conversion {
        let now = surroundings.now()
        guard draft.at <= now + .minutes(5) else { throw MeasurementError.future }
        return try await database.write { tx in
            let before = try tx.snapshot(
                """
                SELECT * FROM conversion WHERE workspace_id = \(workspace)
                    AND reference = \(draft.reference) ORDER BY key LIMIT 1
                """)
            let (conversion, added) = try add(
                draft, from: source, zone: zone, in: workspace, by: principal.name, tx)
            if added != .known {
                try events.record(
                    try Event(
                        added == .new
                            ? "measurement.conversion-recorded"
                            : "measurement.conversion-completed", workspace: workspace,
                        subject: conversion.subject,
                        summary: Self.summary(conversion, added),
                        changes: try before.changes(in: tx), by: principal), in: tx)
            }
            return conversion
        }
    }

    private static func summary(_ conversion: Conversion, _ added: Added) -> String {
        if added == .completed {
            return "Completed order \(conversion.reference): \(conversion.amount.formatted)"
        }
        if conversion.refundOf != nil {
            return "Recorded a refund of \(conversion.amount.formatted)"
        }
        return conversion.kind == .order
            ? "Recorded an order of \(conversion.amount.formatted)" : "Recorded a lead"
    }

    /// Adds a conversion and its credit, or completes the one with its number.
    func add(
        _ draft: ConversionDraft, from source: Conversion.Source, zone: Zone,
        in workspace: WorkspaceID, by name: String, _ tx: borrowing Transaction
    ) throws -> (Conversion, Added) {
        try Self.check(draft)
        if let known = try known(draft, from: source, in: workspace, tx) {
            return try join(
                draft, to: known, from: source, zone: zone, in: workspace, by: name, tx)
        }
        let original = try refunded(draft, source, workspace, tx)
        let slug = try draft.slug.map { try Self.knownSlug($0, workspace, tx) }
        let id: ConversionID = surroundings.newID()
        let day = Int64(CivilDate(draft.at, in: zone).daysSinceEpoch)
        let conversion = try tx.first(
            Conversion.self,
            """
            INSERT INTO conversion (id, workspace_id, source, reference, kind, name, at, day,
                amount, currency, refund_of, visitor, token, slug, note, bot, version,
                recorded_by, recorded_at)
            VALUES (\(id), \(workspace), \(source), \(draft.reference), \(draft.kind),
                \(draft.name), \(draft.at), \(day), \(draft.amount.minorUnits),
                \(draft.amount.currency), \(original?.key), \(draft.visitor), \(draft.token),
                \(slug), \(draft.note), \(Int64(draft.bot?.rawValue ?? 0)), 1, \(name),
                \(surroundings.now()))
            RETURNING *
            """)
        guard let conversion else { throw StoreError.noRow }
        try Self.credit(conversion, version: 1, in: workspace, tx)
        try CreditSums.add(conversion, tx)
        return (conversion, .new)
    }

    private static func check(_ draft: ConversionDraft) throws(MeasurementError) {
        guard (1...100).contains(draft.reference.utf8.count) else { throw .reference }
        let isRefund = draft.refundOf != nil
        guard isRefund ? draft.amount.minorUnits < 0 : draft.amount.minorUnits >= 0,
            abs(draft.amount.minorUnits) < 1_000_000_000_000
        else { throw .amount }
    }

    private func refunded(
        _ draft: ConversionDraft, _ source: Conversion.Source, _ workspace: WorkspaceID,
        _ tx: borrowing Transaction
    ) throws -> Conversion? {
        guard let reference = draft.refundOf else { return nil }
        let orders = try tx.all(
            Conversion.self,
            """
            SELECT * FROM conversion WHERE workspace_id = \(workspace)
                AND reference = \(reference) AND refund_of IS NULL ORDER BY key
            """)
        guard let order = orders.first(where: { $0.source == source }) ?? orders.first,
            order.amount.currency == draft.amount.currency
        else { throw MeasurementError.noSuchOrder(reference) }
        let before: Int64 =
            try tx.scalar(
                Int64.self,
                """
                SELECT CAST(SUM(amount) AS BIGINT) AS total FROM conversion
                WHERE refund_of = \(order.key)
                """) ?? 0
        let left = order.amount.minorUnits + before
        guard -draft.amount.minorUnits <= left else {
            throw MeasurementError.refundTooLarge(
                Money(minorUnits: left, currency: order.amount.currency))
        }
        return order
    }

    static func knownSlug(
        _ slug: String, _ workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws -> String {
        guard try MeasuredLinks.key(slug: slug, in: workspace, tx) != nil else {
            throw MeasurementError.noSuchLink(slug)
        }
        return slug
    }
}

// MARK: - Credit

extension ConversionDesk {
    /// Computes the credit of every conversion again, as the next version; the old ones stay.
    package func recompute(in workspace: WorkspaceID, by principal: Principal) async throws -> Int {
        try await database.write { tx in
            // Orders first: a refund follows the clicks of its order.
            let all = try tx.all(
                Conversion.self,
                """
                SELECT * FROM conversion WHERE workspace_id = \(workspace)
                ORDER BY CASE WHEN refund_of IS NULL THEN 0 ELSE 1 END, key
                """)
            for conversion in all {
                let version = conversion.version + 1
                try Self.credit(conversion, version: version, in: workspace, tx)
                try tx.execute(
                    "UPDATE conversion SET version = \(version) WHERE key = \(conversion.key)")
            }
            try CreditSums.rebuild(in: workspace, tx)
            try events.record(
                try Event(
                    "measurement.credit-recomputed", workspace: workspace,
                    subject: "workspace:\(workspace)",
                    summary: "Computed the credit of \(all.count) orders and leads again",
                    by: principal), in: tx)
            return all.count
        }
    }

    static func credit(
        _ conversion: Conversion, version: Int64, in workspace: WorkspaceID,
        _ tx: borrowing Transaction
    ) throws {
        let journey: Journey
        if let original = conversion.refundOf {
            journey = Journey(refundOf: try touches(of: original, tx))
        } else {
            journey = Journey(
                try clicks(before: conversion, in: workspace, tx), before: conversion.at)
        }
        guard !journey.touches.isEmpty else { return }
        // A link that an order named may never have been clicked; its money has a place as well.
        _ = try PlaceSums.places(of: Set(journey.touches.map(\.link)), in: workspace, tx)
        let credits = CreditModel.allCases.map { model in
            (model, journey.credits(model, amount: conversion.amount.minorUnits))
        }
        for (index, touch) in journey.touches.enumerated() {
            let id: Int64? = try tx.scalar(
                Int64.self,
                """
                INSERT INTO touch (conversion_key, version, position, at, link_key, click_id)
                VALUES (\(conversion.key), \(version), \(index), \(touch.at), \(touch.link),
                    \(touch.click))
                RETURNING id
                """)
            guard let id else { throw StoreError.noRow }
            for (model, shares) in credits where shares[index].share > 0 {
                try tx.execute(
                    """
                    INSERT INTO credit (touch_id, model, amount, share)
                    VALUES (\(id), \(model.rawValue), \(shares[index].amount),
                        \(shares[index].share))
                    """)
            }
        }
    }

    private static func touches(
        of key: Int64, _ tx: borrowing Transaction
    ) throws -> [JourneyClick] {
        try tx.rows(
            """
            SELECT touch.at, touch.link_key, touch.click_id FROM touch
            JOIN conversion ON conversion.key = touch.conversion_key
                AND conversion.version = touch.version
            WHERE conversion.key = \(key) ORDER BY touch.position
            """
        ).map { row in
            JourneyClick(at: try row("at"), link: try row("link_key"), click: try row("click_id"))
        }
    }

    private static func clicks(
        before conversion: Conversion, in workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws -> [JourneyClick] {
        let facts = try tx.first(
            "SELECT token, visitor, slug FROM conversion WHERE key = \(conversion.key)")
        guard let facts else { return [] }
        let token: Int64? = try facts("token")
        var conditions: [SQL] = []
        if let token { conditions.append("click.token = \(token)") }
        var visitors: Set<Int64> = []
        if let visitor: Int64 = try facts("visitor") { visitors.insert(visitor) }
        if let token,
            let clicker: Int64 = try tx.scalar(
                Int64.self,
                "SELECT visitor FROM click WHERE token = \(token) AND visitor IS NOT NULL")
        {
            visitors.insert(clicker)
        }
        if !visitors.isEmpty {
            conditions.append("click.visitor IN \(.list(visitors.sorted()))")
        }
        var clicks: [JourneyClick] = []
        if !conditions.isEmpty {
            clicks = try tx.rows(
                """
                SELECT click.id, click.at, click.link_key FROM click
                JOIN measured_link ON measured_link.key = click.link_key
                WHERE (\(.joined(conditions, separator: " OR "))) AND click.bot = 0
                    AND measured_link.workspace_id = \(workspace)
                    AND click.at <= \(conversion.at)
                    AND click.at >= \(conversion.at - Journey.lookback)
                """
            ).map { row in
                JourneyClick(at: try row("at"), link: try row("link_key"), click: try row("id"))
            }
        }
        clicks += try visits(by: visitors, before: conversion, in: workspace, tx)
        if let slug: String = try facts("slug"),
            let link = try MeasuredLinks.key(slug: slug, in: workspace, tx),
            !clicks.contains(where: { $0.link == link })
        {
            clicks.append(JourneyClick(at: conversion.at, link: link, click: nil))
        }
        return clicks
    }
}

extension ConversionDesk {
    /// Visits that a post without a tracked link brought; nobody's click stands before them.
    private static func visits(
        by visitors: Set<Int64>, before conversion: Conversion, in workspace: WorkspaceID,
        _ tx: borrowing Transaction
    ) throws -> [JourneyClick] {
        guard !visitors.isEmpty else { return [] }
        return try tx.rows(
            """
            SELECT visit.started_at, visit.link_key FROM visit
            JOIN site ON site.key = visit.site_key AND site.workspace_id = \(workspace)
            WHERE visit.visitor IN \(.list(visitors.sorted())) AND visit.by_mark = \(true)
                AND visit.link_key IS NOT NULL AND visit.bot = 0
                AND visit.started_at <= \(conversion.at)
                AND visit.started_at >= \(conversion.at - Journey.lookback)
            """
        ).map { row in
            JourneyClick(at: try row("started_at"), link: try row("link_key"), click: nil)
        }
    }
}

extension Journey {
    /// The journey of a refund: the touches of its order, as they were.
    init(refundOf touches: [JourneyClick]) { self.touches = touches }
}

/// The short keys of links.
enum MeasuredLinks {
    /// The key of a link of this workspace, made when it is new; nil when there is no such link.
    static func key(
        slug: String, in workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws -> Int64? {
        try keys(slugs: [slug], tx).first { $0.workspace == workspace }?.key
    }

    struct Entry: Sendable {
        let slug: String
        let key: Int64
        let workspace: WorkspaceID
    }

    /// The keys of links, made where they are new; slugs without a link are left out.
    static func keys(
        slugs: some Collection<String>, _ tx: borrowing Transaction
    ) throws -> [Entry] {
        guard !slugs.isEmpty else { return [] }
        let list = SQL.list(slugs.sorted())
        try tx.execute(
            """
            INSERT INTO measured_link (workspace_id, slug, publication_id, is_further)
            SELECT workspace_id, slug, publication_id, EXISTS (SELECT 1 FROM measured_link
                WHERE measured_link.publication_id = link.publication_id)
            FROM link WHERE slug IN \(list)
            ON CONFLICT (slug) DO NOTHING
            """)
        return try tx.rows(
            "SELECT key, slug, workspace_id FROM measured_link WHERE slug IN \(list)"
        ).map { row in
            Entry(slug: try row("slug"), key: try row("key"), workspace: try row("workspace_id"))
        }
    }

    /// Marks links of posts that had another one before; there are few, if any.
    static func marking(_ condition: SQL) -> SQL {
        """
        UPDATE measured_link SET is_further = TRUE WHERE \(condition) AND EXISTS (
            SELECT 1 FROM measured_link AS other
            WHERE other.publication_id = measured_link.publication_id
                AND other.key < measured_link.key)
        """
    }
}
