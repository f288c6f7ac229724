import Kernel
import Measurement
import People
import Web

private struct CostsView: Sendable {
    struct Line: Sendable {
        let title: String
        let detail: String
        let day: String
        let amount: String
        let remove: String
    }

    let root: String
    let currency: String
    let today: String
    let posts: [Choice]
    let initiatives: [Choice]
    let kinds: [Choice]
    let bar: ListBar
    let sentence: String?
    let costs: [Line]
    let isEmpty: Bool
    let nothing: String
    let next: String?
    let canRecord: Bool
}

extension ResultsWeb {
    var costRoutes: [Route] {
        let list = Endpoint(
            .get, "\(Self.base)/costs", id: "listCosts",
            "What posts and initiatives cost, the latest first.", tag: Self.tag,
            access: .workspace(.view),
            query: EvidenceQuestion.parameters.filter { $0.name != "model" } + [
                QueryParameter("kind", .oneOf(CostEntry.Kind.self))
            ]
        ) { (call: Call<Nothing>) in
            Listing<CostAnswer>(
                try await costs.list(
                    try costFilter(call.request), in: call.workspace.workspace,
                    page: try call.request.pageRequest()
                ).map(CostAnswer.init))
        }
        let create = Endpoint(
            .post, "\(Self.base)/costs", id: "enterCost",
            "Enters people's time or money that went into a post or an initiative.",
            tag: Self.tag, access: .workspace(.recordResults)
        ) { (call: Call<CostInput>) in
            CostAnswer(
                try await costs.add(
                    try call.input.draft(call), in: call.workspace.workspace, by: call.principal))
        }
        let remove = Endpoint(
            .delete, "\(Self.base)/costs/{cost}", id: "removeCost",
            "Takes out a cost that was a mistake.", tag: Self.tag,
            access: .workspace(.recordResults)
        ) { (call: Call<Nothing>) in
            try await costs.remove(
                try call.id("cost", CostTag.self), in: call.workspace.workspace,
                by: call.principal)
            return Nothing()
        }
        let path = "/w/{workspace}/results/costs"
        return [
            list.route, create.route, remove.route,
            .page(path, .workspace(.view)) { request in try await costsPage(request) },
            .page(path + "/table.csv", .workspace(.view)) { request in
                try await costsFile(request)
            },
            create.action(path) { _, request in
                .redirect(to: "/w/\(request.workspace.slug)/results/costs").toast("Cost entered.")
            },
            remove.action(path + "/{cost}", method: .delete) { _, request in
                .redirect(to: "/w/\(request.workspace.slug)/results/costs").toast("Cost removed.")
            },
        ]
    }

    private func costFilter(_ request: WebRequest) throws -> CostFilter {
        let question = try EvidenceQuestion(request, today: today(request))
        return CostFilter(
            period: question.period, place: question.place,
            kind: try ResultsQuestion.maybe("kind", request), search: question.search,
            order: question.order)
    }

    private func costsFile(_ request: WebRequest) async throws -> Reply {
        let filter = try costFilter(request)
        let workspace = request.workspace.workspace
        return try await CSVFile.reply(
            "costs",
            ["day", "for", "what", "minutes", "amount", "currency", "note", "entered by"],
            pages: { try await costs.list(filter, in: workspace, page: $0) },
            row: { entry in
                [
                    entry.spentOn.description, entry.title, entry.kind.name,
                    entry.minutes.map(String.init) ?? "", entry.amount.decimal,
                    entry.amount.currency.code, entry.note, entry.recordedBy,
                ]
            })
    }

    /// What the list is narrowed to and comes to, with the share of tools that the figure has.
    private func costSentence(
        _ filter: CostFilter, _ request: WebRequest
    ) async throws -> String? {
        let question = try EvidenceQuestion(request, today: today(request))
        guard let narrowed = try await narrowing(question, request) else { return nil }
        let (currency, workspace) = (request.workspace.currency, request.workspace.workspace)
        let sum = try await costs.sum(of: filter, currency, in: workspace)
        func money(_ units: Int64) -> String {
            Money(minorUnits: units, currency: currency).formatted
        }
        let entries = Counted.words(sum.entries, "entry", "entries")
        let entered = "\(narrowed) \(entries), \(money(sum.amount)) in all."
        guard let period = question.period, filter.kind == nil, filter.search.isEmpty else {
            return entered
        }
        let tools: Int64
        if let place = question.place {
            tools = try await results.place(
                place, model: question.model, period: period, currency: currency, in: workspace,
                limit: 1
            ).row.cost.tools
        } else {
            tools = try await results.total(
                period: period, currency: currency, in: workspace
            ).cost.tools
        }
        return tools == 0
            ? entered
            : "\(entered) With \(money(tools)) as the share of the budget's tools it is "
                + "\(money(sum.amount + tools))."
    }

    private func costsBar(_ request: WebRequest) -> ListBar {
        ListBar(
            request, at: "/w/\(request.workspace.slug)/results/costs", label: "Filter costs",
            search: "Post, initiative or note", hasDays: true,
            selects: [
                ListBar.Select(
                    "kind", "What", all: "All",
                    CostEntry.Kind.allCases.map { ($0.rawValue, $0.name) }, request),
                Self.sorts(EvidenceOrder.allCases, request),
            ], kept: EvidenceQuestion.kept)
    }

    private func costsPage(_ request: WebRequest) async throws -> Reply {
        let workspace = request.workspace.workspace
        let root = "/w/\(request.workspace.slug)"
        let filter = try costFilter(request)
        let page = try await costs.list(filter, in: workspace, page: try request.pageRequest())
        let bar = costsBar(request)
        let subjects = try await costs.subjects(in: workspace)
        let chosen = request.query["post"]
        let view = CostsView(
            root: root, currency: request.workspace.currency.code,
            today: today(request).description,
            posts: subjects.posts.map {
                Choice($0.id.text, $0.title, selected: $0.id.text == chosen)
            }, initiatives: subjects.initiatives.map { Choice($0.id.text, $0.title) },
            kinds: CostEntry.Kind.allCases.map { Choice($0.rawValue, $0.name) },
            bar: bar, sentence: try await costSentence(filter, request),
            costs: page.items.map { entry in
                CostsView.Line(
                    title: entry.title,
                    detail: [
                        entry.kind.name, entry.minutes.map { "\($0) minutes" }, entry.note,
                    ].compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: " · "),
                    day: entry.spentOn.words, amount: entry.amount.formatted,
                    remove: "\(root)/results/costs/\(entry.id)")
            }, isEmpty: page.items.isEmpty,
            nothing: bar.isNarrowed
                ? "Nothing matches."
                : "None yet. Without costs nothing can be said about the return.",
            next: bar.next(page.next),
            canRecord: Web.Access.allows(.recordResults, request))
        return try await frame.page(
            "measurement/costs", view, title: "Costs", section: .results, for: request)
    }
}
