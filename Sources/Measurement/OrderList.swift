package import Kernel
package import Store

/// What a list of conversions shows.
package enum OrderKind: String, Sendable, Codable, CaseIterable {
    case order
    case lead
    case refund

    /// The words people choose by.
    package var name: String {
        switch self {
        case .order: "Orders"
        case .lead: "Leads"
        case .refund: "Refunds"
        }
    }

    var condition: SQL {
        switch self {
        case .order: "conversion.kind = 'order' AND conversion.refund_of IS NULL"
        case .lead: "conversion.kind = 'lead'"
        case .refund: "conversion.refund_of IS NOT NULL"
        }
    }
}

/// Which orders, leads and refunds a list shows.
package struct OrderFilter: Sendable, Hashable {
    package var period: ResultsPeriod?
    /// Only what this has credit of by `model`, each with that credit.
    package var place: ResultsPlace?
    package var model: CreditModel
    package var kind: OrderKind?
    package var source: Conversion.Source?
    /// Whether a tagged click stands before it.
    package var isCredited: Bool?
    package var robots: RobotChoice
    /// Words in its number, goal or note.
    package var search: String
    package var order: EvidenceOrder

    package init(
        period: ResultsPeriod? = nil, place: ResultsPlace? = nil, model: CreditModel = .last,
        kind: OrderKind? = nil, source: Conversion.Source? = nil, isCredited: Bool? = nil,
        robots: RobotChoice = .all, search: String = "", order: EvidenceOrder = .newest
    ) {
        self.period = period
        self.place = place
        self.model = model
        self.kind = kind
        self.source = source
        self.isCredited = isCredited
        self.robots = robots
        self.search = search
        self.order = order
    }

    /// The conversions with the credit of the place, where one is named.
    private func from(_ workspace: WorkspaceID) -> SQL {
        guard let place else { return "conversion" }
        return """
            (SELECT touch.conversion_key, touch.version,
                    CAST(SUM(credit.amount) AS BIGINT) AS credit
                FROM touch JOIN credit ON credit.touch_id = touch.id
                    AND credit.model = \(model.rawValue)
                WHERE touch.link_key IN \(place.links(in: workspace))
                GROUP BY touch.conversion_key, touch.version) AS part CROSS JOIN conversion
            """
    }

    private func conditions(_ workspace: WorkspaceID) -> [SQL] {
        var all: [SQL] = ["conversion.workspace_id = \(workspace)"]
        if place != nil {
            all.append("part.conversion_key = conversion.key")
            all.append("part.version = conversion.version")
        }
        if let days = period?.days {
            all.append(
                "conversion.day >= \(days.lowerBound) AND conversion.day <= \(days.upperBound)")
        }
        if let kind { all.append(kind.condition) }
        if let source { all.append("conversion.source = \(source)") }
        if let chosen = robots.condition("conversion.bot") { all.append(chosen) }
        if let isCredited {
            let not: SQL = isCredited ? "" : "NOT"
            all.append(
                """
                \(not) EXISTS (SELECT 1 FROM touch WHERE touch.conversion_key = conversion.key
                    AND touch.version = conversion.version)
                """)
        }
        if !search.isEmpty {
            all.append(
                """
                \(.contains("conversion.reference", search))
                    OR \(.contains("conversion.name", search))
                    OR \(.contains("conversion.note", search))
                """)
        }
        return all
    }

    func page(
        in workspace: WorkspaceID, _ page: PageRequest, _ tx: borrowing Transaction
    ) throws -> Page<ConversionLine> {
        let list = ListOrder(
            order == .largest ? "conversion.amount" : "conversion.at", then: "conversion.key",
            .number, isDescending: order != .oldest)
        var all = conditions(workspace)
        if let after = try list.after(page.after) { all.append(after) }
        let credit: SQL = place == nil ? "CAST(NULL AS BIGINT) AS credit" : "part.credit"
        let found = try tx.all(
            ConversionLine.self,
            """
            SELECT conversion.*, \(credit) FROM \(from(workspace))
            WHERE \(.all(all)) ORDER BY \(list.clause) LIMIT \(page.limit + 1)
            """)
        return Page(found, limit: page.limit) { line in
            let key =
                order == .largest
                ? line.conversion.amount.minorUnits : line.conversion.at.milliseconds
            return Cursor(key: String(key), id: String(line.conversion.key))
        }
    }

    func sum(
        _ currency: Currency, in workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws -> ListSum {
        let amount: SQL = place == nil ? "conversion.amount" : "part.credit"
        let row = try tx.first(
            """
            SELECT CAST(COUNT(*) AS BIGINT) AS entries,
                CAST(COALESCE(SUM(CASE WHEN conversion.bot = 0
                    AND conversion.currency = \(currency) THEN \(amount) ELSE 0 END), 0)
                    AS BIGINT) AS amount
            FROM \(from(workspace)) WHERE \(.all(conditions(workspace)))
            """)
        guard let row else { return ListSum(entries: 0, amount: 0) }
        return ListSum(entries: try row("entries"), amount: try row("amount"))
    }
}

/// How many rows a list has, and what they come to in one currency.
package struct ListSum: Sendable, Hashable {
    package let entries: Int64
    /// Minor units; robots and other currencies are not in it.
    package let amount: Int64
}

/// A conversion in a list.
package struct ConversionLine: Sendable, Hashable, RowReadable {
    package let conversion: Conversion
    /// What the place that was asked for has of it, in minor units.
    package let credit: Int64?

    package init(row: Row) throws {
        conversion = try Conversion(row: row)
        credit = try row("credit")
    }
}

extension ResultsDesk {
    /// Orders, leads and refunds.
    package func orders(
        _ filter: OrderFilter = OrderFilter(), in workspace: WorkspaceID,
        _ page: PageRequest = PageRequest()
    ) async throws -> Page<ConversionLine> {
        try await database.read { tx in try filter.page(in: workspace, page, tx) }
    }

    /// What all rows of such a list come to.
    package func sum(
        of filter: OrderFilter, _ currency: Currency, in workspace: WorkspaceID
    ) async throws -> ListSum {
        try await database.read { tx in try filter.sum(currency, in: workspace, tx) }
    }
}
