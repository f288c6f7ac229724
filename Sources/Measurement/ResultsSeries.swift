package import Kernel
import Store

/// A figure that can be followed over time.
package enum ResultsMeasure: String, Sendable, Codable, CaseIterable {
    case clicks
    case visits
    case leads
    case orders
    case revenue

    /// The words people choose by.
    package var name: String {
        switch self {
        case .clicks: "Clicks by people"
        case .visits: "Visits from tagged links"
        case .leads: "Leads"
        case .orders: "Orders"
        case .revenue: "Credited revenue"
        }
    }

    /// How the credit of several clicks is shared matters only for what they led to.
    package var isCredited: Bool { self != .clicks && self != .visits }
}

/// By what a series over time is taken apart.
package enum ResultsSplit: String, Sendable, Codable, CaseIterable {
    case none
    case channels
    case initiatives
    case objectives

    /// The words people choose by.
    package var name: String {
        switch self {
        case .none: "Nothing, all together"
        case .channels: "Channels"
        case .initiatives: "Initiatives"
        case .objectives: "Objectives"
        }
    }

    var grain: ResultsGrain {
        switch self {
        case .none, .channels: .channels
        case .initiatives: .initiatives
        case .objectives: .objectives
        }
    }
}

/// How long one step of a series is, so that there are neither too many nor too few of them.
package enum ResultsStep: String, Sendable, Codable, CaseIterable {
    case day
    case week
    case month

    package init(_ period: ResultsPeriod) {
        self = period.dayCount <= 45 ? .day : period.dayCount <= 200 ? .week : .month
    }

    /// The word over a table's first column.
    package var name: String {
        switch self {
        case .day: "Day"
        case .week: "Week"
        case .month: "Month"
        }
    }

    /// The first day of the step that holds `day`.
    package func start(of day: CivilDate) -> CivilDate {
        switch self {
        case .day: day
        case .week: day.startOfWeek
        case .month: day.civilMonth.firstDay
        }
    }
}

/// A measure over time, taken apart by what brought it.
package struct ResultsSeries: Sendable, Hashable {
    /// One line of the chart.
    package struct Line: Sendable, Hashable {
        /// The identifier's text; empty for what belongs to nothing and for the rest.
        package let id: String
        package let title: String
        /// One value for each step: a count, millionths of an order, or minor units.
        package let values: [Int64]

        package var sum: Int64 { values.reduce(0, +) }
    }

    package let measure: ResultsMeasure
    package let split: ResultsSplit
    package let model: CreditModel
    package let period: ResultsPeriod
    package let currency: Currency
    package let step: ResultsStep
    /// The first day of each step; the first may begin before the period does.
    package let starts: [CivilDate]
    /// The largest first; what is beyond the sixth is added up as the last.
    package let lines: [Line]

    /// More lines than these cannot be told apart in one picture.
    package static let mostLines = 6

    /// A value as a decimal text: `3`, `0.5`, `49.90`.
    package func text(_ value: Int64) -> String {
        switch measure {
        case .clicks, .visits: String(value)
        case .leads, .orders: ResultsRow.count(value)
        case .revenue: Money(minorUnits: value, currency: currency).decimal
        }
    }
}

extension ResultsDesk {
    /// A measure over time.
    package func series(
        _ measure: ResultsMeasure, by split: ResultsSplit, model: CreditModel,
        period: ResultsPeriod, currency: Currency, in workspace: WorkspaceID
    ) async throws -> ResultsSeries {
        let query = ResultsQuery(
            grain: split.grain, model: model, period: period, currency: currency,
            workspace: workspace, limit: Results.mostRows)
        return try await database.read { tx in
            let days = try query.days(of: measure, isSplit: split != .none, tx)
            return try query.series(measure, split, days, tx)
        }
    }
}

extension ResultsQuery {
    /// The value of each day by subject; the empty subject stands for all or for none.
    func days(
        of measure: ResultsMeasure, isSplit: Bool, _ tx: borrowing Transaction
    ) throws -> [String: [Int64: Int64]] {
        let sql: SQL
        let chosen: SQL = isSplit ? "\(placeSubject) AS subject," : ""
        let grouped: SQL = isSplit ? "\(placeSubject)," : ""
        if measure.isCredited {
            let value: SQL =
                switch measure {
                case .orders: "part.orders"
                case .leads: "part.leads"
                default: "part.amount"
                }
            let joins: SQL =
                isSplit ? "JOIN measured_link AS place ON place.key = part.link_key \(places)" : ""
            sql = """
                SELECT \(chosen) part.day AS day, CAST(SUM(\(value)) AS BIGINT) AS figure
                FROM credit_day AS part \(joins)
                WHERE part.workspace_id = \(workspace) AND \(ofCredit)
                    AND part.day >= \(from) AND part.day <= \(to)
                GROUP BY \(grouped) part.day
                """
        } else {
            let value: SQL = measure == .clicks ? "place.people" : "place.visits"
            let table: SQL = isSplit ? "place_day" : "workspace_day"
            let joins: SQL = isSplit ? places : ""
            sql = """
                SELECT \(chosen) place.day AS day, CAST(SUM(\(value)) AS BIGINT) AS figure
                FROM \(table) AS place \(joins)
                WHERE place.workspace_id = \(workspace) AND place.day >= \(from)
                    AND place.day <= \(to)
                GROUP BY \(grouped) place.day
                """
        }
        var out: [String: [Int64: Int64]] = [:]
        for row in try tx.rows(sql) {
            let id = isSplit ? try row("subject", as: String?.self) ?? "" : ""
            out[id, default: [:]][try row("day")] = try row("figure", as: Int64.self)
        }
        return out
    }

    func series(
        _ measure: ResultsMeasure, _ split: ResultsSplit, _ days: [String: [Int64: Int64]],
        _ tx: borrowing Transaction
    ) throws -> ResultsSeries {
        let step = ResultsStep(period)
        var starts: [CivilDate] = []
        for number in period.days {
            let start = step.start(of: DayNumber.date(number))
            if starts.last != start { starts.append(start) }
        }
        let places = Dictionary(
            uniqueKeysWithValues: starts.enumerated().map { ($0.element, $0.offset) })
        var found: [(id: String, values: [Int64])] = days.map { id, figures in
            var values = [Int64](repeating: 0, count: starts.count)
            for (day, figure) in figures {
                if let place = places[step.start(of: DayNumber.date(day))] {
                    values[place] += figure
                }
            }
            return (id, values)
        }
        found.removeAll { $0.values.allSatisfy { $0 == 0 } }
        found.sort { left, right in
            (right.values.reduce(0, +), left.id) < (left.values.reduce(0, +), right.id)
        }
        var named = found.prefix(ResultsSeries.mostLines).map { ResultsRow(id: $0.id) }
        if split == .none {
            for index in named.indices { named[index].title = measure.name }
        } else {
            try ResultsTitles(grain: grain, workspace: workspace).fill(&named, tx)
        }
        var lines = zip(named, found).map { row, entry in
            ResultsSeries.Line(id: entry.id, title: row.title, values: entry.values)
        }
        let rest = found.dropFirst(ResultsSeries.mostLines)
        if !rest.isEmpty {
            var sums = [Int64](repeating: 0, count: starts.count)
            for entry in rest { for index in sums.indices { sums[index] += entry.values[index] } }
            lines.append(.init(id: "", title: "All others", values: sums))
        }
        return ResultsSeries(
            measure: measure, split: split, model: model, period: period, currency: currency,
            step: step, starts: starts, lines: lines)
    }
}
