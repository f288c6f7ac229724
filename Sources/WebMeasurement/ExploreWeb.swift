import Kernel
import Measurement
import People
import Web

struct SeriesAnswer: APIValue {
    struct Line: APIValue {
        let id: String?
        let title: String
        let values: [String]

        static let schema = Schema.object(
            "ResultsSeriesLine",
            [
                .optional("id", .string(description: "Absent for what belongs to nothing.")),
                .required("title", .string()),
                .required("values", .array(of: .string(description: "A decimal number."))),
            ])
    }

    let measure: ResultsMeasure
    let by: ResultsSplit
    let model: CreditModel
    let from: CivilDate
    let to: CivilDate
    let step: ResultsStep
    let currency: String
    let starts: [CivilDate]
    let lines: [Line]

    static let schema = Schema.object(
        "ResultsSeries",
        [
            .required("measure", .oneOf(ResultsMeasure.self)),
            .required("by", .oneOf(ResultsSplit.self)),
            .required("model", .oneOf(CreditModel.self)), .required("from", .date()),
            .required("to", .date()), .required("step", .oneOf(ResultsStep.self)),
            .required("currency", .currency()),
            .required("starts", .array(of: .date("The first day of each step."))),
            .required("lines", .array(of: Line.schema)),
        ])

    init(_ series: ResultsSeries) {
        measure = series.measure
        by = series.split
        model = series.model
        from = series.period.from
        to = series.period.to
        step = series.step
        currency = series.currency.code
        starts = series.starts
        lines = series.lines.map { line in
            Line(
                id: line.id.isEmpty ? nil : line.id, title: line.title,
                values: line.values.map(series.text))
        }
    }
}

private struct ExploreView: Sendable {
    struct Row: Sendable {
        let title: String
        let values: [String]
        let sum: String
    }

    let root: String
    let question: String
    let answer: String
    let source: String
    let measures: [Choice]
    let splits: [Choice]
    let models: [Choice]
    let periods: [Tabs.Item]
    let from: String
    let to: String
    let meaning: String?
    let step: String
    let columns: [String]
    let hasSum: Bool
    let rows: [Row]
    let foot: Row
    let isEmpty: Bool
}

/// What the address of the explore page asks.
private struct ExploreQuestion: Sendable {
    let measure: ResultsMeasure
    let split: ResultsSplit
    let results: ResultsQuestion

    static let parameters =
        [
            QueryParameter("measure", .oneOf(ResultsMeasure.self, "revenue when left out.")),
            QueryParameter("by", .oneOf(ResultsSplit.self, "channels when left out.")),
        ] + ResultsQuestion.parameters.filter { $0.name != "by" }

    init(_ request: WebRequest, today: CivilDate) throws {
        measure = try ResultsQuestion.choice("measure", .revenue, request)
        split = try ResultsQuestion.choice("by", .channels, request)
        results = try ResultsQuestion(
            grain: .channels, request, today: today, days: 90)
    }

    func query(_ period: ResultsPeriod? = nil) -> String {
        let period = period ?? results.period
        return "?measure=\(measure.rawValue)&by=\(split.rawValue)"
            + "&model=\(results.model.rawValue)&from=\(period.from)&to=\(period.to)"
    }
}

extension ResultsWeb {
    var exploreRoutes: [Route] {
        let read = Endpoint(
            .get, "\(Self.base)/results/series", id: "readResultsSeries",
            "A figure over time, by channel, initiative or objective.", tag: Self.tag,
            access: .workspace(.view), query: ExploreQuestion.parameters
        ) { (call: Call<Nothing>) in
            let question = try ExploreQuestion(call.request, today: today(call.request))
            return SeriesAnswer(try await series(question, call.workspace))
        }
        return [
            read.route,
            .page("/w/{workspace}/results/explore", .workspace(.view)) { request in
                try await explorePage(request)
            },
        ]
    }

    private func series(
        _ question: ExploreQuestion, _ membership: Membership
    ) async throws -> ResultsSeries {
        try await results.series(
            question.measure, by: question.split, model: question.results.model,
            period: question.results.period, currency: membership.currency,
            in: membership.workspace)
    }

    private func explorePage(_ request: WebRequest) async throws -> Reply {
        let membership = request.workspace
        let today = today(request)
        let question = try ExploreQuestion(request, today: today)
        let found = try await series(question, membership)
        let root = "/w/\(membership.slug)"
        let page = "\(root)/results/explore"
        func words(_ value: Int64) -> String {
            question.measure == .revenue
                ? Money(minorUnits: value, currency: membership.currency).formatted
                : found.text(value)
        }
        let sums = found.starts.indices.map { index in
            found.lines.reduce(0) { $0 + $1.values[index] }
        }
        let all = sums.reduce(0, +)
        let view = ExploreView(
            root: root, question: "How did it go over time?",
            answer: Self.answer(found, all, words),
            source: "/api/v1/workspaces/\(membership.slug)/results/series" + question.query(),
            measures: ResultsMeasure.allCases.map {
                Choice($0.rawValue, $0.name, selected: $0 == question.measure)
            },
            splits: ResultsSplit.allCases.map {
                Choice($0.rawValue, $0.name, selected: $0 == question.split)
            },
            models: CreditModel.allCases.map {
                Choice($0.rawValue, $0.name, selected: $0 == question.results.model)
            },
            periods: [(30, "30 days"), (90, "90 days"), (365, "12 months")].map { count, name in
                let period = ResultsPeriod.last(count, today: today)
                return Tabs.Item(
                    name, href: page + question.query(period),
                    current: period == question.results.period)
            }, from: question.results.period.from.description,
            to: question.results.period.to.description,
            meaning: question.measure.isCredited ? question.results.model.meaning : nil,
            step: found.step.name, columns: found.lines.map(\.title),
            hasSum: found.lines.count > 1,
            rows: found.starts.indices.map { index in
                .init(
                    title: Self.name(found.starts[index], found.step),
                    values: found.lines.map { words($0.values[index]) }, sum: words(sums[index]))
            },
            foot: .init(
                title: "All", values: found.lines.map { words($0.sum) }, sum: words(all)),
            isEmpty: found.lines.isEmpty)
        return try await frame.page(
            "measurement/explore", view, title: "Explore results", section: .results,
            scripts: found.lines.isEmpty ? [] : ["echarts.js", "explore.js"], for: request)
    }

    private static func name(_ start: CivilDate, _ step: ResultsStep) -> String {
        switch step {
        case .day: "\(start.day) \(start.civilMonth.shortName)"
        case .week: "Week of \(start.day) \(start.civilMonth.shortName)"
        case .month: start.civilMonth.name
        }
    }

    private static func answer(
        _ series: ResultsSeries, _ all: Int64, _ words: (Int64) -> String
    ) -> String {
        guard let first = series.lines.first, all > 0 else {
            return "Nothing is known of these days yet."
        }
        let sums = series.starts.indices.map { index in
            series.lines.reduce(0) { $0 + $1.values[index] }
        }
        let best = sums.indices.max { sums[$0] < sums[$1] } ?? 0
        let peak = name(series.starts[best], series.step)
        let what = series.measure.name.lowercased()
        let most =
            series.lines.count > 1 ? " “\(first.title)” brought most: \(words(first.sum))." : ""
        return "\(words(all)) \(series.measure == .revenue ? "of \(what)" : what) in these days, "
            + "most in: \(peak) (\(words(sums[best]))).\(most)"
    }
}
