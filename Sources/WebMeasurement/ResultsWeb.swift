import Foundation
package import Kernel
package import Links
package import Measurement
import People
import Publishing
package import Store
package import Web

/// The results' pages and API.
package struct ResultsWeb: Sendable {
    let results: ResultsDesk
    let conversions: ConversionDesk
    let costs: CostDesk
    let address: PublicAddressDesk
    let database: Database
    let surroundings: Surroundings
    let frame: Frame
    let live: LiveHub
    /// Guards what all workspaces share.
    let door: InstallationDoor
    let notes: Notes

    /// What other slices add to the leader's page.
    package struct Notes: Sendable {
        /// One line with its place: an objective's standing, a lesson, a decision.
        package struct Line: Sendable {
            package let title: String
            package let note: String
            package let href: String

            package init(title: String, note: String, href: String) {
                self.title = title
                self.note = note
                self.href = href
            }
        }

        package var objectives: @Sendable (Membership, CivilDate) async throws -> [Line]
        package var lessons: @Sendable (Membership) async throws -> [Line]
        package var decisions: @Sendable (Membership) async throws -> [Line]

        package init(
            objectives: @escaping @Sendable (Membership, CivilDate) async throws -> [Line] = {
                _, _ in []
            },
            lessons: @escaping @Sendable (Membership) async throws -> [Line] = { _ in [] },
            decisions: @escaping @Sendable (Membership) async throws -> [Line] = { _ in [] }
        ) {
            self.objectives = objectives
            self.lessons = lessons
            self.decisions = decisions
        }
    }

    package init(
        results: ResultsDesk, conversions: ConversionDesk, costs: CostDesk,
        address: PublicAddressDesk, database: Database, surroundings: Surroundings, frame: Frame,
        live: LiveHub, door: InstallationDoor, notes: Notes = Notes()
    ) {
        self.results = results
        self.conversions = conversions
        self.costs = costs
        self.address = address
        self.database = database
        self.surroundings = surroundings
        self.frame = frame
        self.live = live
        self.door = door
        self.notes = notes
    }

    package var routes: [Route] {
        resultsRoutes + placeRoutes + exploreRoutes + orderRoutes + trafficRoutes + costRoutes
            + siteRoutes
    }

    static let base = "/workspaces/{workspace}"
    static let tag = "Results"

    func today(_ request: WebRequest) -> CivilDate {
        CivilDate(request.now, in: request.workspace.zone)
    }
}

// MARK: - The question

/// What the address of a results page asks.
struct ResultsQuestion: Sendable {
    enum Comparison: String, Sendable, CaseIterable {
        case none
        case previous
        case year

        var name: String {
            switch self {
            case .none: "nothing"
            case .previous: "the days before"
            case .year: "a year earlier"
            }
        }
    }

    let grain: ResultsGrain
    let model: CreditModel
    let period: ResultsPeriod
    let comparison: Comparison

    static let parameters = [
        QueryParameter("by", .oneOf(ResultsGrain.self, "posts when left out.")),
        QueryParameter("model", .oneOf(CreditModel.self, "last when left out.")),
        QueryParameter("from", .date("30 days back when left out.")),
        QueryParameter("to", .date("Today when left out.")),
    ]

    /// The value of a parameter that has a few.
    static func choice<Value: RawRepresentable<String>>(
        _ name: String, _ standard: Value, _ request: WebRequest
    ) throws -> Value {
        try maybe(name, request) ?? standard
    }

    /// The same where leaving it out says something of its own.
    static func maybe<Value: RawRepresentable<String>>(
        _ name: String, _ request: WebRequest
    ) throws -> Value? {
        guard let text = request.query[name], !text.isEmpty else { return nil }
        guard let value = Value(rawValue: text) else {
            throw Problem.invalid(name, "Choose one of the values that the page offers.")
        }
        return value
    }

    /// A day that the address may name.
    static func day(_ name: String, _ request: WebRequest) throws -> CivilDate? {
        guard let text = request.query[name], !text.isEmpty else { return nil }
        guard let date = CivilDate(text) else {
            throw Problem.invalid(name, "Write the day like 2026-11-23.")
        }
        return date
    }

    init(_ request: WebRequest, today: CivilDate) throws {
        try self.init(
            grain: try Self.choice("by", .posts, request), request, today: today, days: 30)
    }

    /// The question by a grain that the address does not name; `days` are looked at by default.
    init(grain: ResultsGrain, _ request: WebRequest, today: CivilDate, days: Int) throws {
        self.grain = grain
        model = try Self.choice("model", .last, request)
        comparison = try Self.choice("compare", .previous, request)
        let to = try Self.day("to", request) ?? today
        let from = try Self.day("from", request)
        period = try ResultsPeriod(from: from ?? to.adding(days: 1 - days), to: to)
    }

    func href(
        _ root: String, grain: ResultsGrain? = nil, model: CreditModel? = nil,
        period: ResultsPeriod? = nil
    ) -> String {
        let period = period ?? self.period
        return "\(root)?by=\((grain ?? self.grain).rawValue)"
            + "&model=\((model ?? self.model).rawValue)&from=\(period.from)&to=\(period.to)"
            + "&compare=\(comparison.rawValue)"
    }

    var before: ResultsPeriod? {
        switch comparison {
        case .none: nil
        case .previous: period.previous
        case .year: period.yearBefore
        }
    }
}

// MARK: - Routes

extension ResultsWeb {
    var resultsRoutes: [Route] {
        let read = Endpoint(
            .get, "\(Self.base)/results", id: "readResults",
            "What came of the posts of a period, by post, channel, initiative, objective or goal.",
            tag: Self.tag, access: .workspace(.view), query: ResultsQuestion.parameters
        ) { (call: Call<Nothing>) in
            let question = try ResultsQuestion(call.request, today: today(call.request))
            return ResultsAnswer(try await answer(question, call.workspace, limit: 1000))
        }
        let readPost = Endpoint(
            .get, "\(Self.base)/results/posts/{post}", id: "readPostResults",
            "Everything measured of one published post: clicks, visits, orders and what the "
                + "network said; from its first day on when no days are given.",
            tag: Self.tag, access: .workspace(.view),
            query: ResultsQuestion.parameters.filter { $0.name != "by" }
        ) { (call: Call<Nothing>) in
            let (model, found) = try await post(call.request)
            return PostResultsAnswer(found, model, call.workspace.currency)
        }
        return [
            read.route, readPost.route,
            .page("/w/{workspace}/results", .workspace(.view)) { request in
                try await resultsPage(request)
            },
            .page("/w/{workspace}/results/table.csv", .workspace(.view)) { request in
                try await table(request)
            },
            .page("/w/{workspace}/results/posts/{post}", .workspace(.view)) { request in
                try await postPage(request)
            },
            .page("/w/{workspace}/results/leader", .workspace(.view)) { request in
                try await leaderPage(request)
            },
        ]
    }

    func answer(
        _ question: ResultsQuestion, _ membership: Membership, limit: Int = Results.mostRows
    ) async throws -> Results {
        try await results.results(
            by: question.grain, model: question.model, period: question.period,
            currency: membership.currency, in: membership.workspace, limit: limit)
    }

    private func table(_ request: WebRequest) async throws -> Reply {
        let question = try ResultsQuestion(request, today: today(request))
        let results = try await answer(question, request.workspace, limit: 100_000)
        func decimal(_ units: Int64) -> String {
            Money(minorUnits: units, currency: results.currency).decimal
        }
        var text = CSVText.line([
            question.grain.noun, "detail", "clicks", "clicks with bots", "visits", "leads",
            "orders", "revenue \(results.currency) (\(question.model.rawValue))",
            "cost \(results.currency)", "cost known", "ROI",
            Return.perUnitLabel(results.currency).lowercased(),
        ])
        for row in results.rows {
            var roi = ""
            var perUnit = ""
            if case .roi(let value) = row.returned { roi = "\(value)" }
            if case .revenuePerUnit(let value) = row.returned { perUnit = "\(value)" }
            text += CSVText.line([
                row.title, row.detail, row.clicks.map(String.init) ?? "",
                row.allClicks.map(String.init) ?? "", row.visits.map(String.init) ?? "",
                ResultsRow.count(row.leads), ResultsRow.count(row.orders), decimal(row.revenue),
                row.cost.isKnown ? decimal(row.cost.amount) : "",
                "\(row.cost.knownFor) of \(row.cost.of)", roi, perUnit,
            ])
        }
        return .file(
            Data(text.utf8), type: "text/csv; charset=utf-8",
            downloadName: "results-\(question.grain.rawValue)-\(question.period.to).csv")
    }
}
