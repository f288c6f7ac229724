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

    struct Visit: Sendable {
        let when: String
        let path: String
        let detail: String
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
    let period: String
    let periods: [Tabs.Item]
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
    let visits: [Visit]
    let hasVisits: Bool
    let noVisits: String
    let behind: EvidenceLinks
    let evidence: String
    let costs: String
}

extension ResultsWeb {
    /// The results of a post as a block for another page.
    package func section(
        for post: PublicationID, _ request: WebRequest
    ) async throws -> String {
        let today = today(request)
        let found = try await results.post(
            post, model: .last, today: today, currency: request.workspace.currency,
            in: request.workspace.workspace)
        let page = "/w/\(request.workspace.slug)/results/posts/\(post)"
        return try frame.part(
            "measurement/post-section",
            view(of: post, .last, found, how: "\(page)#how-return", request))
    }

    func postPage(_ request: WebRequest) async throws -> Reply {
        let (model, found) = try await post(request)
        let view = view(of: try request.id("post", PublicationTag.self), model, found, request)
        return try await frame.page(
            "measurement/post", view, title: "Results of \(view.title)", section: .results,
            for: request)
    }

    /// What the address asks of a post, for its page and for programs.
    func post(_ request: WebRequest) async throws -> (CreditModel, PostEvidence) {
        let model = try ResultsQuestion.choice("model", CreditModel.last, request)
        let today = today(request)
        let found = try await results.post(
            try request.id("post", PublicationTag.self), model: model,
            period: try EvidenceQuestion.period(request, today: today), today: today,
            currency: request.workspace.currency, in: request.workspace.workspace)
        return (model, found)
    }

    private func view(
        of id: PublicationID, _ model: CreditModel, _ found: PostEvidence,
        how: String = "#how-return", _ request: WebRequest
    ) -> PostResultsView {
        let membership = request.workspace
        let root = "/w/\(membership.slug)"
        let page = "\(root)/results/posts/\(id)"
        let zone = membership.zone
        let behind = EvidenceLinks(
            root, found.period, model, ResultsPlace(.posts, id.text))
        let isWhole = request.query["from"] == nil && request.query["to"] == nil
        let days = isWhole ? "" : "&from=\(found.period.from)&to=\(found.period.to)"
        return PostResultsView(
            root: root, title: found.row.title, detail: found.row.detail,
            sentence: Self.sentence(found.row, membership.currency),
            period: "\(found.period.from.words) to \(found.period.to.words)",
            periods: Self.periods(page, model, found.period, isWhole, today(request)),
            models: CreditModel.allCases.map {
                Tabs.Item(
                    $0.name, href: "\(page)?model=\($0.rawValue)\(days)", current: $0 == model)
            }, meaning: model.meaning,
            figures: Self.figures(found.row, membership.currency, behind, how: how),
            network: Self.network(found.figures),
            networkNote: found.figures.map { "As of \(zone.words($0.takenAt))." }
                ?? "The network has not reported figures of this post.",
            bots: found.bots.sorted { $0.key.rawValue < $1.key.rawValue }
                .map { Fact(name: $0.key.name, value: $0.value.grouped) },
            hasBots: !found.bots.isEmpty,
            orders: found.conversions.map { Self.order($0, root, zone) },
            hasOrders: !found.conversions.isEmpty,
            clicks: found.clicks.prefix(20).map { click in
                .init(
                    when: zone.words(click.at), who: Self.who(click.bot, click.isRecognised),
                    visit: click.hasVisit ? "visited" : "")
            }, hasClicks: !found.clicks.isEmpty,
            visits: found.visits.prefix(20).map { visit in
                .init(
                    when: zone.words(visit.at), path: visit.path,
                    detail: Counted.words(visit.pages, "page", "pages") + ", "
                        + Self.who(visit.bot, visit.isRecognised).lowercased())
            }, hasVisits: !found.visits.isEmpty,
            noVisits: found.row.visits == nil
                ? "The site snippet has not been seen, so visits are not known." : "None yet.",
            behind: behind, evidence: page, costs: "\(root)/results/costs?post=\(id)")
    }

    private static func periods(
        _ page: String, _ model: CreditModel, _ period: ResultsPeriod, _ isWhole: Bool,
        _ today: CivilDate
    ) -> [Tabs.Item] {
        let by = "\(page)?model=\(model.rawValue)"
        let last = [(7, "7 days"), (30, "30 days"), (365, "12 months")].map { count, name in
            let these = ResultsPeriod.last(count, today: today)
            return Tabs.Item(
                name, href: "\(by)&from=\(these.from)&to=\(these.to)",
                current: !isWhole && these == period)
        }
        return [Tabs.Item("Since it went out", href: by, current: isWhole)] + last
    }

    private static func order(
        _ line: ConversionLine, _ root: String, _ zone: Zone
    ) -> PostResultsView.Order {
        let conversion = line.conversion
        return PostResultsView.Order(
            title: conversion.reference, href: "\(root)/results/orders/\(conversion.id)",
            when: zone.words(conversion.at), amount: conversion.amount.formatted,
            credit: Money(
                minorUnits: line.credit ?? 0, currency: conversion.amount.currency
            ).formatted)
    }

    /// Who clicked or visited, in words.
    static func who(_ bot: BotReason?, _ isRecognised: Bool) -> String {
        bot?.name ?? (isRecognised ? "Person" : "Person who asked not to be recognised")
    }

    private static func sentence(_ row: ResultsRow, _ currency: Currency) -> String {
        guard let clicks = row.clicks else {
            let visits = row.visits.map {
                " " + Counted.words($0, "visit is", "visits are") + " known to come from it."
            }
            return "It went out without its tagged link, so its clicks are not known."
                + (visits ?? "")
        }
        let people = Counted.words(clicks, "click", "clicks") + " by people"
        if row.revenue > 0 {
            let orders = Counted.words(ResultsRow.words(row.orders), "order", "orders")
            return "\(people) brought \(orders) and "
                + Money(minorUnits: row.revenue, currency: currency).formatted + "."
        }
        return clicks == 0 ? "Nobody has clicked it yet." : "\(people), no order yet: not proven."
    }

    static func figures(
        _ row: ResultsRow, _ currency: Currency, _ behind: EvidenceLinks,
        how: String = "#how-return"
    ) -> [ResultsPageView.Figure] {
        func money(_ units: Int64) -> String {
            Money(minorUnits: units, currency: currency).formatted
        }
        return [
            .init(
                label: "Clicks by people", value: row.clicks?.grouped ?? "—",
                note: row.allClicks.map { "\($0.grouped) with robots" } ?? "no tagged link",
                href: row.clicks.map { _ in behind.clicks }),
            .init(
                label: "Visits", value: row.visits?.grouped ?? "—",
                note: row.visits == nil ? "not known" : "",
                href: row.visits.map { _ in behind.visits }),
            .init(
                label: "Orders", value: ResultsRow.words(row.orders),
                note: row.leads > 0
                    ? Counted.words(ResultsRow.words(row.leads), "lead", "leads") : "",
                href: behind.orders),
            .init(
                label: "Credited revenue", value: money(row.revenue), note: "",
                href: behind.revenue),
            .init(
                label: "Cost", value: row.cost.isKnown ? money(row.cost.amount) : "—",
                note: row.cost.isKnown ? row.cost.note ?? "" : "not entered",
                href: behind.costs),
            .init(
                label: row.returned.label(currency), value: row.returned.words(currency),
                note: "", href: how),
        ]
    }

    private static func network(_ figures: NetworkFigures?) -> [Fact] {
        guard let figures else { return [] }
        return [
            ("Likes", figures.likes), ("Reposts", figures.reposts), ("Replies", figures.replies),
            ("Quotes", figures.quotes), ("Impressions", figures.impressions),
        ].map { Fact(name: $0.0, value: $0.1?.grouped ?? "not reported") }
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
        var before = try await total(before: question, membership)
        if question.comparison == .none {
            before = try await results.total(
                period: question.period.previous, currency: membership.currency,
                in: membership.workspace)
        }
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
