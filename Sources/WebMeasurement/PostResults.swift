import Kernel
import Measurement
package import Publishing
package import Web

/// The results of one published post, for its own page and for the evidence page.
struct PostResultsView: Sendable {
    struct Click: Sendable {
        let when: String
        let who: String
        let visit: String
    }

    struct Order: Sendable {
        let title: String
        let href: String
        let when: String
        let amount: String
        let credit: String
    }

    let root: String
    let title: String
    let detail: String
    let sentence: String
    let models: [Tabs.Item]
    let meaning: String
    let figures: [ResultsPageView.Figure]
    let network: [Fact]
    let networkNote: String
    let bots: [Fact]
    let hasBots: Bool
    let orders: [Order]
    let hasOrders: Bool
    let clicks: [Click]
    let hasClicks: Bool
    let evidence: String
    let costs: String
}

extension ResultsWeb {
    /// The results of a post as a block for another page.
    package func section(
        for post: PublicationID, _ request: WebRequest
    ) async throws -> String {
        try frame.part("measurement/post-section", try await view(of: post, .last, request))
    }

    func postPage(_ request: WebRequest) async throws -> Reply {
        let id = try request.id("post", PublicationTag.self)
        let model = request.query["model"].flatMap(CreditModel.init(rawValue:)) ?? .last
        let view = try await view(of: id, model, request)
        return try await frame.page(
            "measurement/post", view, title: "Results of \(view.title)", section: .results,
            for: request)
    }

    private func view(
        of id: PublicationID, _ model: CreditModel, _ request: WebRequest
    ) async throws -> PostResultsView {
        let membership = request.workspace
        let found = try await results.post(
            id, model: model, today: today(request), currency: membership.currency,
            in: membership.workspace)
        let root = "/w/\(membership.slug)"
        let page = "\(root)/results/posts/\(id)"
        let zone = membership.zone
        func money(_ units: Int64) -> String {
            Money(minorUnits: units, currency: membership.currency).formatted
        }
        return PostResultsView(
            root: root, title: found.row.title, detail: found.row.detail,
            sentence: Self.sentence(found.row, money),
            models: CreditModel.allCases.map {
                Tabs.Item(
                    $0.name, href: "\(page)?model=\($0.rawValue)", current: $0 == model)
            }, meaning: model.meaning, figures: Self.figures(found.row, membership.currency),
            network: Self.network(found.figures),
            networkNote: found.figures.map { "As of \(zone.words($0.takenAt))." }
                ?? "The network has not reported figures of this post.",
            bots: found.bots.sorted { $0.key.rawValue < $1.key.rawValue }
                .map { Fact(name: $0.key.name, value: "\($0.value)") },
            hasBots: !found.bots.isEmpty,
            orders: found.conversions.map { entry in
                .init(
                    title: entry.conversion.reference,
                    href: "\(root)/results/orders/\(entry.conversion.id)",
                    when: zone.words(entry.conversion.at),
                    amount: entry.conversion.amount.formatted,
                    credit: Money(
                        minorUnits: entry.credit, currency: entry.conversion.amount.currency
                    ).formatted)
            }, hasOrders: !found.conversions.isEmpty,
            clicks: found.clicks.map { click in
                .init(
                    when: zone.words(click.at),
                    who: click.bot?.name
                        ?? (click.isRecognised
                            ? "Person" : "Person who asked not to be recognised"),
                    visit: click.hasVisit ? "visited" : "")
            }, hasClicks: !found.clicks.isEmpty, evidence: page,
            costs: "\(root)/results/costs?post=\(id)")
    }

    private static func sentence(_ row: ResultsRow, _ money: (Int64) -> String) -> String {
        guard let clicks = row.clicks else {
            return "It went out without its tagged link, so its clicks are not known."
        }
        let people = Counted.words(clicks, "click", "clicks") + " by people"
        if row.revenue > 0 {
            let orders = Counted.words(ResultsRow.count(row.orders), "order", "orders")
            return "\(people) brought \(orders) and \(money(row.revenue))."
        }
        return clicks == 0 ? "Nobody has clicked it yet." : "\(people), no order yet: not proven."
    }

    static func figures(_ row: ResultsRow, _ currency: Currency) -> [ResultsPageView.Figure] {
        func money(_ units: Int64) -> String {
            Money(minorUnits: units, currency: currency).formatted
        }
        return [
            .init(
                label: "Clicks by people", value: row.clicks.map { "\($0)" } ?? "—",
                note: row.allClicks.map { "\($0) with robots" } ?? "no tagged link"),
            .init(label: "Visits", value: row.visits.map { "\($0)" } ?? "—", note: ""),
            .init(
                label: "Orders", value: ResultsRow.count(row.orders),
                note: row.leads > 0
                    ? Counted.words(ResultsRow.count(row.leads), "lead", "leads") : ""),
            .init(label: "Credited revenue", value: money(row.revenue), note: ""),
            .init(
                label: "Cost", value: row.cost.isKnown ? money(row.cost.amount) : "—",
                note: row.cost.isKnown ? row.cost.note ?? "" : "not entered"),
            .init(
                label: row.returned.label(currency), value: row.returned.words(currency), note: ""),
        ]
    }

    private static func network(_ figures: NetworkFigures?) -> [Fact] {
        guard let figures else { return [] }
        return [
            ("Likes", figures.likes), ("Reposts", figures.reposts), ("Replies", figures.replies),
            ("Quotes", figures.quotes), ("Impressions", figures.impressions),
        ].map { Fact(name: $0.0, value: $0.1.map { "\($0)" } ?? "not reported") }
    }
}

// MARK: - The leader's page

private struct LeaderView: Sendable {
    let root: String
    let workspace: String
    let period: String
    let periods: [Tabs.Item]
    let sentence: String
    let figures: [ResultsPageView.Figure]
    let method: String
    let best: [ResultsPageView.Bar]
    let hasBest: Bool
    let objectives: [ResultsWeb.Notes.Line]
    let lessons: [ResultsWeb.Notes.Line]
    let decisions: [ResultsWeb.Notes.Line]
    let hasObjectives: Bool
    let hasLessons: Bool
    let hasDecisions: Bool
}

extension ResultsWeb {
    func leaderPage(_ request: WebRequest) async throws -> Reply {
        let membership = request.workspace
        let now = today(request)
        let question = try ResultsQuestion(request, today: now)
        let found = try await answer(question, membership)
        let before = try await results.total(
            period: question.period.previous, currency: membership.currency,
            in: membership.workspace)
        let draw = ResultsDrawing(
            root: "/w/\(membership.slug)", question: question, results: found, days: [],
            before: before, today: now, canRecord: false)
        let page = draw.view
        let total = found.total
        let cost = total.cost.isKnown ? draw.money(total.cost.amount) : "an unknown amount"
        let sentence =
            total.posts == 0 && total.credited == 0 && !total.cost.isKnown
            ? "Nothing was published and nothing was spent in these days."
            : "We spent \(cost)\(total.cost.note.map { " (\($0))" } ?? "") and "
                + "\(draw.money(total.credited)) came back through our posts."
        let objectives = try await notes.objectives(membership, now)
        let lessons = try await notes.lessons(membership)
        let decisions = try await notes.decisions(membership)
        let view = LeaderView(
            root: draw.root, workspace: membership.workspaceName,
            period: "\(question.period.from.words) to \(question.period.to.words)",
            periods: page.periods.map {
                Tabs.Item(
                    $0.title, href: $0.href.replacing("/results?", with: "/results/leader?"),
                    current: $0.current)
            },
            sentence: sentence,
            figures: page.figures,
            method: "\(question.model.name): \(question.model.meaning) \(page.marginNote)",
            best: Array(page.bars.prefix(3)), hasBest: !page.bars.isEmpty,
            objectives: objectives, lessons: lessons, decisions: Array(decisions.prefix(3)),
            hasObjectives: !objectives.isEmpty, hasLessons: !lessons.isEmpty,
            hasDecisions: !decisions.isEmpty)
        return try await frame.page(
            "measurement/leader", view, title: "One page for leaders", section: .results,
            for: request)
    }
}
