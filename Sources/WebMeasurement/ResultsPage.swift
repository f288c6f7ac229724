import Kernel
import Measurement
import People
import Publishing
import Web

/// What the results page shows.
struct ResultsPageView: Sendable {
    struct Figure: Sendable {
        let label: String
        let value: String
        let note: String
        /// The list that the figure is made of.
        var href: String?
    }

    struct Bar: Sendable {
        let title: String
        let href: String?
        let width: Int
        let value: String
    }

    struct Line: Sendable {
        let title: String
        let href: String?
        let detail: String
        let clicks: String
        let all: String
        let visits: String
        let leads: String
        let orders: String
        let revenue: String
        let cost: String
        let costNote: String?
        let returned: String
        let why: String?
    }

    let root: String
    let question: String
    let answer: String
    let tabs: Tabs
    let models: [Tabs.Item]
    let periods: [Tabs.Item]
    let grain: String
    let noun: String
    let model: String
    let modelName: String
    let meaning: String
    let from: String
    let to: String
    let comparisons: [Choice]
    let figures: [Figure]
    let hasBars: Bool
    let bars: [Bar]
    let barLabel: String
    let days: String?
    let daysNote: String
    let rows: [Line]
    let isEmpty: Bool
    let empty: EmptyState
    let returnLabel: String
    let marginNote: String
    let foreign: String?
    let csv: String
    let refresh: String
    let needsSnippet: Bool
    let canRecord: Bool
}

extension ResultsWeb {
    func resultsPage(_ request: WebRequest) async throws -> Reply {
        let membership = request.workspace
        let question = try ResultsQuestion(request, today: today(request))
        async let days = results.days(
            period: question.period, currency: membership.currency, in: membership.workspace)
        async let before = total(before: question, membership)
        let found = try await answer(question, membership)
        let draw = try await ResultsDrawing(
            root: "/w/\(membership.slug)", question: question, results: found, days: days,
            before: before, today: today(request),
            canRecord: Web.Access.allows(.recordResults, request))
        return try await frame.page(
            "measurement/results", draw.view, title: "Results", section: .results, for: request)
    }
}

extension ResultsWeb {
    func total(
        before question: ResultsQuestion, _ membership: Membership
    ) async throws -> ResultsTotal? {
        guard let period = question.before else { return nil }
        return try await results.total(
            period: period, currency: membership.currency, in: membership.workspace)
    }
}

/// Turns figures into what the page shows.
struct ResultsDrawing: Sendable {
    let root: String
    let question: ResultsQuestion
    let results: Results
    let days: [ResultsDay]
    let before: ResultsTotal?
    let today: CivilDate
    let canRecord: Bool

    private var page: String { "\(root)/results" }

    func money(_ units: Int64) -> String {
        Money(minorUnits: units, currency: results.currency).formatted
    }

    var view: ResultsPageView {
        let total = results.total
        let hasFigures = !results.rows.isEmpty || total.revenue != 0
        return ResultsPageView(
            root: root, question: headline, answer: answer, tabs: tabs,
            models: CreditModel.allCases.map { model in
                Tabs.Item(
                    model.name, href: question.href(page, model: model),
                    current: model == question.model)
            }, periods: periods, grain: question.grain.rawValue, noun: question.grain.noun,
            model: question.model.rawValue, modelName: question.model.name,
            meaning: question.model.meaning, from: question.period.from.description,
            to: question.period.to.description,
            comparisons: ResultsQuestion.Comparison.allCases.map {
                Choice($0.rawValue, $0.name, selected: $0 == question.comparison)
            }, figures: figures, hasBars: !bars.isEmpty, bars: bars,
            barLabel: results.rows.contains { $0.revenue > 0 } ? "Credited revenue" : "Clicks",
            days: DayChart(days)?.svg, daysNote: daysNote,
            rows: results.rows.map { line($0, as: question.grain) },
            isEmpty: !hasFigures, empty: empty, returnLabel: returnLabel,
            marginNote: marginNote,
            foreign: total.foreignOrders > 0
                ? Counted.words(
                    total.foreignOrders, "order in another currency is",
                    "orders in other currencies are") + " not in these sums." : nil,
            csv: question.href(page + "/table.csv"), refresh: question.href(page),
            needsSnippet: !results.hasVisits, canRecord: canRecord)
    }

    private var headline: String {
        switch question.grain {
        case .posts: "Which posts earned?"
        case .channels: "Which channels earned?"
        case .initiatives: "Which initiatives earned?"
        case .objectives: "Which objectives moved?"
        case .goals: "What reached the business?"
        }
    }

    private var answer: String {
        let total = results.total
        let earners = results.rows.filter { $0.revenue > 0 && !$0.id.isEmpty }
        if let best = earners.first {
            let rest = total.uncredited
            return "“\(best.title)” earned most: \(money(best.revenue)) of "
                + "\(money(total.credited)) credited by \(question.model.name.lowercased())."
                + (rest > 0 ? " \(money(rest)) came without a tagged click before it." : "")
        }
        let clicked = results.rows.filter { ($0.clicks ?? 0) > 0 && !$0.id.isEmpty }
            .max { ($0.clicks ?? 0) < ($1.clicks ?? 0) }
        if let clicked, let clicks = clicked.clicks {
            return "Not proven yet: no order is credited in these days. “\(clicked.title)” was "
                + "clicked most, \(Counted.words(clicks, "time", "times"))."
        }
        return "Nothing is known of these days yet."
    }

    private var tabs: Tabs {
        Tabs(
            "Results by",
            ResultsGrain.allCases.map { grain in
                Tabs.Item(
                    grain.name, href: question.href(page, grain: grain),
                    current: grain == question.grain)
            })
    }

    private var periods: [Tabs.Item] { periods(at: page) }

    func periods(at page: String) -> [Tabs.Item] {
        [(7, "7 days"), (30, "30 days"), (90, "90 days"), (365, "12 months")].map { count, name in
            let period = ResultsPeriod.last(count, today: today)
            return Tabs.Item(
                name, href: question.href(page, period: period),
                current: period == question.period)
        }
    }

    private var figures: [ResultsPageView.Figure] {
        let total = results.total
        let comparison: ResultsQuestion.Comparison =
            question.comparison == .none ? .previous : question.comparison
        let earlier = comparison.name
        func change(_ now: Int64, _ then: Int64?) -> String {
            guard let then else { return "" }
            if then == 0, now == 0 { return "" }
            // Of less than nothing there is no percentage that says anything.
            guard then > 0 else { return "nothing to compare with" }
            let times = Double(now) / Double(then)
            // A percentage of thousands says less than how many times it is.
            if times >= 11 { return "\(Int64(times).grouped) × \(earlier)" }
            let percent = Int((Double(now - then) / Double(then) * 100).rounded())
            return (percent > 0 ? "+" : percent < 0 ? "−" : "±") + "\(abs(percent)) % vs \(earlier)"
        }
        let behind = EvidenceLinks(root, question.period, question.model)
        return [
            .init(
                label: "Credited revenue", value: money(total.credited),
                note: change(total.credited, before?.credited), href: behind.revenue),
            .init(
                label: "Orders", value: total.orders.grouped,
                note: total.refunds > 0
                    ? Counted.words(total.refunds, "refund", "refunds")
                    : change(total.orders, before?.orders), href: behind.orders),
            .init(
                label: "Clicks by people", value: total.clicks.grouped,
                note: "\(total.allClicks.grouped) with robots", href: behind.clicks),
            .init(
                label: "Visits", value: total.visits?.grouped ?? "—",
                note: total.visits == nil ? "the site snippet has not been seen" : "",
                href: total.visits.map { _ in behind.visits }),
            .init(
                label: "Cost", value: total.cost.isKnown ? money(total.cost.amount) : "—",
                note: total.cost.of == 0 ? "no posts in these days" : total.cost.note ?? "",
                href: behind.costs),
            .init(
                label: total.returned.label(results.currency),
                value: total.returned.words(results.currency),
                note: reason(total.returned), href: "#how-return"),
        ]
    }

    func reason(_ value: Return) -> String {
        switch value {
        case .roi: "(credited × margin − cost) / cost"
        case .revenuePerUnit: "state a margin to see ROI"
        case .unknown(let missing): missing == .noCost ? "no cost entered" : "nothing was spent"
        }
    }

    /// What a row lacks; the formula stands once, under the table.
    private func whyNot(_ value: Return) -> String? {
        if case .unknown = value { reason(value) } else { nil }
    }

    private var bars: [ResultsPageView.Bar] {
        let byMoney = results.rows.contains { $0.revenue > 0 }
        let listed = results.rows
            .map { ($0, byMoney ? $0.revenue : $0.clicks ?? 0) }
            .filter { $0.1 > 0 }.sorted { $0.1 > $1.1 }.prefix(8)
        guard let most = listed.first?.1, most > 0 else { return [] }
        return listed.map { row, value in
            .init(
                title: row.title, href: href(row, question.grain),
                width: max(1, Int(Double(value) / Double(most) * 1000)),
                value: byMoney ? money(value) : value.grouped)
        }
    }

    private func href(_ row: ResultsRow, _ grain: ResultsGrain) -> String? {
        let place = ResultsPlace(grain, row.id)
        guard grain == .posts else {
            return question.href("\(page)/\(grain.rawValue)/\(place.text)")
        }
        let days = "from=\(question.period.from)&to=\(question.period.to)"
        // Links outside posts have no post; their clicks are what there is of them.
        return row.id.isEmpty
            ? "\(page)/clicks?\(days)&post=none"
            : "\(page)/posts/\(row.id)?model=\(question.model.rawValue)&\(days)"
    }

    func line(_ row: ResultsRow, as grain: ResultsGrain) -> ResultsPageView.Line {
        ResultsPageView.Line(
            title: row.title, href: href(row, grain), detail: row.detail,
            clicks: row.clicks?.grouped ?? "—", all: row.allClicks?.grouped ?? "—",
            visits: row.visits?.grouped ?? "—", leads: ResultsRow.words(row.leads),
            orders: ResultsRow.words(row.orders), revenue: money(row.revenue),
            cost: row.cost.isKnown ? money(row.cost.amount) : "—", costNote: row.cost.note,
            returned: row.returned.words(results.currency), why: whyNot(row.returned))
    }

    var returnLabel: String {
        results.margin == nil ? Return.perUnitLabel(results.currency) : "ROI"
    }

    var marginNote: String {
        guard let margin = results.margin else {
            return "No margin is stated, so revenue is set against cost and nothing is called ROI."
        }
        let percent = (margin * 1000).rounded() / 10
        let text = percent == percent.rounded() ? "\(Int(percent))" : "\(percent)"
        let which =
            results.marginChanges
            ? "the margin of each order's day, now \(text) %," : "margin of \(text) %"
        return "ROI = (credited revenue × \(which) − cost) / cost. Cost is people's "
            + "time, money spent and a share of the budget's tools."
    }

    private var daysNote: String {
        let best = days.max { $0.clicks < $1.clicks }
        guard let best, best.clicks > 0 else { return "" }
        return "Bars: revenue of all orders. Line: clicks by people, most on "
            + "\(best.day.day) \(best.day.civilMonth.shortName) (\(best.clicks.grouped))."
    }

    private var empty: EmptyState {
        EmptyState(
            icon: "tabler-chart-bar", title: "Results appear with the first click",
            text: "Publish a post with a destination: its tagged link counts clicks, the site "
                + "snippet counts visits and orders, and both meet here.",
            action: .init("Set up the site snippet", href: "\(root)/results/site"))
    }
}

/// Revenue and clicks day by day as a picture that scales without text in it.
struct DayChart: Sendable {
    let svg: String

    init?(_ days: [ResultsDay]) {
        let mostClicks = days.map(\.clicks).max() ?? 0
        let mostRevenue = days.map(\.revenue).max() ?? 0
        guard days.count > 1, mostClicks > 0 || mostRevenue > 0 else { return nil }
        let step = 640.0 / Double(days.count)
        func text(_ value: Double) -> String { String((value * 10).rounded() / 10) }
        var bars = ""
        var points: [String] = []
        for (index, day) in days.enumerated() {
            let x = Double(index) * step
            if day.revenue > 0, mostRevenue > 0 {
                let height = Double(day.revenue) / Double(mostRevenue) * 120
                bars +=
                    "<rect class=\"fill-2\" x=\"\(text(x + step * 0.15))\" "
                    + "y=\"\(text(132 - height))\" width=\"\(text(max(1, step * 0.7)))\" "
                    + "height=\"\(text(height))\"/>"
            }
            let y = mostClicks > 0 ? 132 - Double(day.clicks) / Double(mostClicks) * 120 : 132
            points.append("\(text(x + step / 2)),\(text(y))")
        }
        let line =
            mostClicks > 0
            ? "<polyline class=\"line-1\" points=\"\(points.joined(separator: " "))\"/>" : ""
        svg = """
            <svg class="chart" viewBox="0 0 640 136" preserveAspectRatio="none" role="img" \
            aria-label="Revenue and clicks by day; the table below has the figures.">\
            \(bars)\(line)<line class="axis" x1="0" x2="640" y1="133" y2="133"/></svg>
            """
    }
}
