import Kernel
import Measurement
import People
import Web

/// Clicks or visits as a list.
private struct TrafficView: Sendable {
    struct Line: Sendable {
        let title: String
        let href: String?
        let detail: String
        let when: String
        let chip: Chip?
    }

    let root: String
    let heading: String
    let sentence: String
    let bar: ListBar
    let lines: [Line]
    let isEmpty: Bool
    let nothing: String
    let next: String?
}

extension ResultsWeb {
    var trafficRoutes: [Route] {
        let query = EvidenceQuestion.parameters + [EvidenceQuestion.whoParameter]
        let clicks = Endpoint(
            .get, "\(Self.base)/clicks", id: "listClicks",
            "Clicks on tagged links, by people when nothing else is asked.", tag: Self.tag,
            access: .workspace(.view), query: query.filter { $0.name != "q" && $0.name != "model" }
        ) { (call: Call<Nothing>) in
            let (filter, _) = try trafficFilter(call.request)
            return Listing<ClickAnswer>(
                try await results.clicks(
                    filter, in: call.workspace.workspace, try call.request.pageRequest()
                ).map(ClickAnswer.init))
        }
        let visits = Endpoint(
            .get, "\(Self.base)/visits", id: "listVisits",
            "Visits of the website, by people when nothing else is asked.", tag: Self.tag,
            access: .workspace(.view), query: query.filter { $0.name != "model" }
        ) { (call: Call<Nothing>) in
            let (filter, _) = try trafficFilter(call.request)
            return Listing<VisitAnswer>(
                try await results.visits(
                    filter, in: call.workspace.workspace, try call.request.pageRequest()
                ).map(VisitAnswer.init))
        }
        let base = "/w/{workspace}/results"
        return [
            clicks.route, visits.route,
            .page(base + "/clicks", .workspace(.view)) { request in
                try await clicksPage(request)
            },
            .page(base + "/visits", .workspace(.view)) { request in
                try await visitsPage(request)
            },
            .page(base + "/clicks/table.csv", .workspace(.view)) { request in
                try await clicksFile(request)
            },
            .page(base + "/visits/table.csv", .workspace(.view)) { request in
                try await visitsFile(request)
            },
        ]
    }

    private func trafficFilter(
        _ request: WebRequest
    ) throws -> (TrafficFilter, EvidenceQuestion) {
        let question = try EvidenceQuestion(request, today: today(request))
        guard question.order != .largest else {
            throw Problem.invalid("sort", "Choose newest or oldest; these have no size.")
        }
        let filter = TrafficFilter(
            period: question.period, place: question.place, robots: question.robots ?? .people,
            search: question.search, order: question.order)
        return (filter, question)
    }

    private func bar(_ request: WebRequest, _ name: String, search: String?) -> ListBar {
        ListBar(
            request, at: "/w/\(request.workspace.slug)/results/\(name)", label: "Filter \(name)",
            search: search, hasDays: true,
            selects: [
                ListBar.Select(
                    "who", "Who", RobotChoice.allCases.map { ($0.rawValue, $0.name) }, request),
                Self.sorts(EvidenceOrder.ofTime, request),
            ], kept: EvidenceQuestion.kept)
    }

    /// The figures that a list belongs to, when it is narrowed as they are.
    private func counted(
        _ question: EvidenceQuestion, _ request: WebRequest
    ) async throws -> (clicks: Int64?, robots: Int64?, visits: Int64?)? {
        guard let period = question.period else { return nil }
        let membership = request.workspace
        if let place = question.place {
            let row = try await results.place(
                place, model: question.model, period: period, currency: membership.currency,
                in: membership.workspace, limit: 1
            ).row
            return (row.clicks, row.allClicks.map { $0 - (row.clicks ?? 0) }, row.visits)
        }
        let total = try await results.total(
            period: period, currency: membership.currency, in: membership.workspace)
        return (total.clicks, total.allClicks - total.clicks, total.visits)
    }

    private func clicksPage(_ request: WebRequest) async throws -> Reply {
        let (filter, question) = try trafficFilter(request)
        let root = "/w/\(request.workspace.slug)"
        let page = try await results.clicks(
            filter, in: request.workspace.workspace, try request.pageRequest())
        let figures = try await counted(question, request)
        let counts = figures.flatMap { figures in
            figures.clicks.map { clicks in
                Counted.words(clicks, "click", "clicks") + " by people and "
                    + "\((figures.robots ?? 0).grouped) by robots."
            }
        }
        let bar = bar(request, "clicks", search: nil)
        let view = TrafficView(
            root: root, heading: "Clicks on tagged links",
            sentence: [try await narrowing(question, request), counts].compactMap { $0 }
                .joined(separator: " "), bar: bar,
            lines: page.items.map { click in
                line(
                    click.link, nil, click.bot, click.isRecognised, click.at,
                    click.hasVisit ? "visited the site" : nil, request)
            }, isEmpty: page.items.isEmpty, nothing: "No click matches.",
            next: bar.next(page.next))
        return try await frame.page(
            "measurement/traffic", view, title: "Clicks", section: .results, for: request)
    }

    private func visitsPage(_ request: WebRequest) async throws -> Reply {
        let (filter, question) = try trafficFilter(request)
        let root = "/w/\(request.workspace.slug)"
        let page = try await results.visits(
            filter, in: request.workspace.workspace, try request.pageRequest())
        let counts = try await counted(question, request)?.visits.map {
            Counted.words($0, "visit", "visits") + " by people."
        }
        let bar = bar(request, "visits", search: "Page")
        let view = TrafficView(
            root: root, heading: "Visits of the website",
            sentence: [try await narrowing(question, request), counts].compactMap { $0 }
                .joined(separator: " "), bar: bar,
            lines: page.items.map { visit in
                line(
                    visit.link, visit.path, visit.bot, visit.isRecognised, visit.at,
                    Counted.words(visit.pages, "page", "pages"), request)
            }, isEmpty: page.items.isEmpty,
            nothing: "No visit matches. Visits come from the snippet on the website.",
            next: bar.next(page.next))
        return try await frame.page(
            "measurement/traffic", view, title: "Visits", section: .results, for: request)
    }

    private func line(
        _ link: LinkEvidence?, _ path: String?, _ bot: BotReason?, _ isRecognised: Bool,
        _ at: Instant, _ detail: String?, _ request: WebRequest
    ) -> TrafficView.Line {
        let root = "/w/\(request.workspace.slug)"
        let came = link.map { $0.channel.isEmpty ? $0.title : "\($0.title), \($0.channel)" }
        let by = path == nil ? nil : came ?? "without a tagged link"
        let who = isRecognised || bot != nil ? nil : "asked not to be recognised"
        return TrafficView.Line(
            title: path ?? came ?? "A tagged link",
            href: link?.publication.map { "\(root)/results/posts/\($0)" },
            detail: [by, detail, who].compactMap { $0 }.joined(separator: " · "),
            when: request.workspace.zone.words(at),
            chip: bot.map { Chip($0.name, .quiet, icon: "tabler-robot") })
    }

    // MARK: - Files

    private func clicksFile(_ request: WebRequest) async throws -> Reply {
        let (filter, _) = try trafficFilter(request)
        let workspace = request.workspace
        return try await CSVFile.reply(
            "clicks", ["when", "post", "channel", "robot", "recognised", "visited"],
            pages: { try await results.clicks(filter, in: workspace.workspace, $0) },
            row: { click in
                [
                    click.at.iso8601, click.link?.title ?? "", click.link?.channel ?? "",
                    click.bot?.name ?? "", click.isRecognised ? "yes" : "no",
                    click.hasVisit ? "yes" : "no",
                ]
            })
    }

    private func visitsFile(_ request: WebRequest) async throws -> Reply {
        let (filter, _) = try trafficFilter(request)
        let workspace = request.workspace
        return try await CSVFile.reply(
            "visits", ["when", "page", "pages", "post", "channel", "robot", "recognised"],
            pages: { try await results.visits(filter, in: workspace.workspace, $0) },
            row: { visit in
                [
                    visit.at.iso8601, visit.path, "\(visit.pages)", visit.link?.title ?? "",
                    visit.link?.channel ?? "", visit.bot?.name ?? "",
                    visit.isRecognised ? "yes" : "no",
                ]
            })
    }
}
