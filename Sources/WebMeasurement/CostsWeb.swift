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
    let costs: [Line]
    let isEmpty: Bool
    let canRecord: Bool
}

extension ResultsWeb {
    var costRoutes: [Route] {
        let list = Endpoint(
            .get, "\(Self.base)/costs", id: "listCosts",
            "What posts and initiatives cost, the latest first.", tag: Self.tag,
            access: .workspace(.view), query: QueryParameter.paging
        ) { (call: Call<Nothing>) in
            Listing<CostAnswer>(
                try await costs.list(
                    in: call.workspace.workspace, page: try call.request.pageRequest()
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
            create.action(path) { _, request in
                .redirect(to: "/w/\(request.workspace.slug)/results/costs").toast("Cost entered.")
            },
            remove.action(path + "/{cost}", method: .delete) { _, request in
                .redirect(to: "/w/\(request.workspace.slug)/results/costs").toast("Cost removed.")
            },
        ]
    }

    private func costsPage(_ request: WebRequest) async throws -> Reply {
        let workspace = request.workspace.workspace
        let root = "/w/\(request.workspace.slug)"
        let entries = try await costs.list(in: workspace, page: PageRequest(limit: 200)).items
        let subjects = try await costs.subjects(in: workspace)
        let chosen = request.query["post"]
        let view = CostsView(
            root: root, currency: request.workspace.currency.code,
            today: today(request).description,
            posts: subjects.posts.map {
                Choice($0.id.text, $0.title, selected: $0.id.text == chosen)
            }, initiatives: subjects.initiatives.map { Choice($0.id.text, $0.title) },
            kinds: CostEntry.Kind.allCases.map { Choice($0.rawValue, $0.name) },
            costs: entries.map { entry in
                CostsView.Line(
                    title: entry.title,
                    detail: [
                        entry.kind.name, entry.minutes.map { "\($0) minutes" }, entry.note,
                    ].compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: " · "),
                    day: entry.spentOn.words, amount: entry.amount.formatted,
                    remove: "\(root)/results/costs/\(entry.id)")
            }, isEmpty: entries.isEmpty,
            canRecord: Web.Access.allows(.recordResults, request))
        return try await frame.page(
            "measurement/costs", view, title: "Costs", section: .results, for: request)
    }
}
