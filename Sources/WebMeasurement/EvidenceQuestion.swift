import Kernel
import Measurement
import People
import Web

/// What the address of a list behind a figure asks: the same days, place and model as the figure.
struct EvidenceQuestion: Sendable {
    let period: ResultsPeriod?
    let place: ResultsPlace?
    let model: CreditModel
    let robots: RobotChoice?
    let search: String
    let order: EvidenceOrder

    /// The names that a list carries from page to page besides its own filters.
    static let kept = ["model"] + ResultsGrain.allCases.map(\.parameter)

    static let parameters =
        [
            QueryParameter("from", .date("Without days, all there is.")),
            QueryParameter("to", .date("Today when only `from` is given.")),
            QueryParameter("model", .oneOf(CreditModel.self, "last when left out.")),
            QueryParameter("sort", .oneOf(EvidenceOrder.self, "newest when left out.")),
            QueryParameter("q", .text("Words to search for.", max: 200)),
        ]
        + ResultsGrain.allCases.map { grain in
            QueryParameter(
                grain.parameter,
                .text(
                    "Only what belongs to this \(grain.noun); `none` for what has none.", max: 36))
        } + QueryParameter.paging

    static let whoParameter = QueryParameter(
        "who", .oneOf(RobotChoice.self, "People, robots or both."))

    init(_ request: WebRequest, today: CivilDate) throws {
        period = try Self.period(request, today: today)
        place = try Self.place(request)
        model = try ResultsQuestion.choice("model", .last, request)
        robots = try ResultsQuestion.maybe("who", request)
        search = String((request.query["q"] ?? "").prefix(200))
        order = try ResultsQuestion.choice("sort", .newest, request)
    }

    /// The days that the address names; nil when it names none.
    static func period(_ request: WebRequest, today: CivilDate) throws -> ResultsPeriod? {
        let (from, to) = (
            try ResultsQuestion.day("from", request), try ResultsQuestion.day("to", request)
        )
        guard from != nil || to != nil else { return nil }
        let last = to ?? max(today, from ?? today)
        return try ResultsPeriod(from: from ?? last.adding(days: -3600), to: last)
    }

    private static func place(_ request: WebRequest) throws -> ResultsPlace? {
        let named = try ResultsGrain.allCases.compactMap { grain in
            try request.query[grain.parameter].flatMap { text in
                text.isEmpty ? nil : try ResultsPlace(grain, text: text)
            }
        }
        guard named.count < 2 else {
            throw Problem.invalid(
                named[1].grain.parameter, "Name one of post, channel, initiative, objective, goal.")
        }
        return named.first
    }
}

extension ResultsGrain {
    /// The name of one of them in an address.
    var parameter: String {
        switch self {
        case .posts: "post"
        case .channels: "channel"
        case .initiatives: "initiative"
        case .objectives: "objective"
        case .goals: "goal"
        }
    }
}

extension ResultsPlace {
    /// The place that an address names.
    init(_ grain: ResultsGrain, text: String) throws(Problem) {
        guard text != "none" else {
            self.init(grain, "")
            return
        }
        guard let id = ID<ResultsPlace>(text) else {
            throw .invalid(grain.parameter, "Send the identifier as the program gave it, or none.")
        }
        self.init(grain, id.text)
    }

    /// The text that `init(_:text:)` reads.
    var text: String { id.isEmpty ? "none" : id }
}

extension ResultsWeb {
    /// What a list is narrowed to, in words: `Of the initiative “Advent”, 1 Nov to 30 Nov.`
    func narrowing(_ question: EvidenceQuestion, _ request: WebRequest) async throws -> String? {
        var words: [String] = []
        if let place = question.place {
            let title = try await results.title(of: place, in: request.workspace.workspace)
            words.append(
                place.id.isEmpty ? title : "Of the \(place.grain.noun) “\(title)”")
        }
        if let period = question.period {
            words.append("\(period.from.words) to \(period.to.words)")
        }
        return words.isEmpty ? nil : words.joined(separator: ", ") + "."
    }

    /// The choices of order that a list offers.
    static func sorts(_ orders: [EvidenceOrder], _ request: WebRequest) -> ListBar.Select {
        ListBar.Select("sort", "Order", orders.map { ($0.rawValue, $0.name) }, request)
    }
}
