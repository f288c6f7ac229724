import Kernel
import Measurement
import People
import Web

/// What lies behind a row of the results: its figures and the posts that make them.
private struct PlaceResultsView: Sendable {
    let root: String
    let title: String
    let detail: String
    let period: String
    let meaning: String
    let models: [Tabs.Item]
    let periods: [Tabs.Item]
    let figures: [ResultsPageView.Figure]
    let rows: [ResultsPageView.Line]
    let hasRows: Bool
    let nothing: String
    let returnLabel: String
    let marginNote: String
    let back: String
    let backLabel: String
    /// Where the place itself is planned or set up.
    let home: String?
    let homeLabel: String
}

extension ResultsWeb {
    /// The grains that have a page and a read of their own, besides posts.
    private static let grains = ResultsGrain.allCases.filter { $0 != .posts }

    var placeRoutes: [Route] {
        Self.grains.flatMap { grain -> [Route] in
            let name = grain.parameter
            let read = Endpoint(
                .get, "\(Self.base)/results/\(grain.rawValue)/{\(name)}",
                id: "read\(name.prefix(1).uppercased() + name.dropFirst())Results",
                "The figures of one \(grain.noun) and of the posts that make them; `none` for what "
                    + "has none.", tag: Self.tag, access: .workspace(.view),
                query: ResultsQuestion.parameters.filter { $0.name != "by" }
            ) { (call: Call<Nothing>) in
                let (question, found) = try await place(grain, call.request, limit: 1000)
                return PlaceResultsAnswer(found, question.model, question.period)
            }
            return [
                read.route,
                .page(
                    "/w/{workspace}/results/\(grain.rawValue)/{\(name)}", .workspace(.view)
                ) { request in try await placePage(grain, request) },
            ]
        }
    }

    private func place(
        _ grain: ResultsGrain, _ request: WebRequest, limit: Int
    ) async throws -> (ResultsQuestion, PlaceResults) {
        guard let text = request.parameters[grain.parameter],
            let place = try? ResultsPlace(grain, text: text)
        else { throw Problem.notFound(grain.noun) }
        let question = try ResultsQuestion(
            grain: grain, request, today: today(request), days: 30)
        let found = try await results.place(
            place, model: question.model, period: question.period,
            currency: request.workspace.currency, in: request.workspace.workspace, limit: limit)
        return (question, found)
    }

    private func placePage(_ grain: ResultsGrain, _ request: WebRequest) async throws -> Reply {
        let (question, found) = try await place(grain, request, limit: Results.mostRows)
        let root = "/w/\(request.workspace.slug)"
        let page = "\(root)/results/\(grain.rawValue)/\(found.place.text)"
        let draw = ResultsDrawing(
            root: root, question: question, results: found.posts, days: [], before: nil,
            today: today(request), canRecord: false)
        let home = Self.home(found.place, root)
        let view = PlaceResultsView(
            root: root, title: found.row.title, detail: found.row.detail,
            period: "\(question.period.from.words) to \(question.period.to.words)",
            meaning: question.model.meaning,
            models: CreditModel.allCases.map { model in
                Tabs.Item(
                    model.name, href: question.href(page, model: model),
                    current: model == question.model)
            },
            periods: draw.periods(at: page),
            figures: Self.figures(
                found.row, request.workspace.currency,
                EvidenceLinks(root, question.period, question.model, found.place)),
            rows: found.posts.rows.map { draw.line($0, as: .posts) },
            hasRows: !found.posts.rows.isEmpty,
            nothing: "Nothing of this went out and nothing of it was clicked in these days.",
            returnLabel: draw.returnLabel, marginNote: draw.marginNote,
            back: question.href("\(root)/results", grain: grain),
            backLabel: grain.name.lowercased(), home: home?.href, homeLabel: home?.label ?? "")
        return try await frame.page(
            "measurement/place", view, title: "Results of \(found.row.title)", section: .results,
            for: request)
    }

    private static func home(
        _ place: ResultsPlace, _ root: String
    ) -> (href: String, label: String)? {
        guard !place.id.isEmpty else { return nil }
        return switch place.grain {
        case .posts: nil
        case .channels: ("\(root)/settings/channels/\(place.id)", "Its settings")
        case .initiatives: ("\(root)/plan/initiatives/\(place.id)", "Its plan")
        case .objectives: ("\(root)/strategy/objectives/\(place.id)", "Its progress")
        case .goals: ("\(root)/strategy", "The strategy")
        }
    }
}

/// The lists that stand behind the figures of one place.
struct EvidenceLinks: Sendable {
    let clicks: String
    let visits: String
    let orders: String
    let revenue: String
    let costs: String

    init(
        _ root: String, _ period: ResultsPeriod, _ model: CreditModel, _ place: ResultsPlace? = nil
    ) {
        func list(_ name: String, _ further: (String, String)...) -> String {
            var pairs = [("from", period.from.description), ("to", period.to.description)]
            if let place { pairs.append((place.grain.parameter, place.text)) }
            return "\(root)/results/\(name)?" + ListBar.query(pairs + further)
        }
        let by = ("model", model.rawValue)
        let people = ("who", RobotChoice.people.rawValue)
        clicks = list("clicks")
        visits = list("visits")
        orders = list("orders", ("kind", OrderKind.order.rawValue), people, by)
        revenue = list("orders", ("credited", "yes"), people, by)
        costs = list("costs")
    }
}
