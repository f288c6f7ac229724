import Kernel
import People
import Planning
import Strategy
import Web

extension PlanWeb {
    var pages: [Route] {
        [
            .page("/w/{workspace}/plan", .workspace(.view)) { request in
                let view = PlanPageView(
                    gridPart: try await gridPart(request), root: Self.root(request),
                    canEdit: Access.allows(.editPlan, request), tabs: Self.tabs(request, "year"),
                    thisMonth: today(request).civilMonth.description)
                return try await frame.page(
                    "planning/plan", view, title: "Plan", section: .plan,
                    scripts: ["sortable.js", "plan.js"], for: request)
            },
            .page("/w/{workspace}/plan/grid", .workspace(.view)) { request in
                .html(try await gridPart(request))
            },
            .page("/w/{workspace}/plan/list", .workspace(.view)) { request in
                try await listPage(request)
            },
            .page("/w/{workspace}/plan/forms/{form}", .workspace(.editPlan)) { request in
                try frame.form(try await form(request))
            },
            Route.page("/w/{workspace}/plan/items/{item}", .workspace(.view)) { request in
                try await itemPage(request)
            }.guests(.subject),
            Route.page("/w/{workspace}/plan/items/{item}/actions", .workspace(.view)) { request in
                try await actions(request)
            }.guests(.subject),
            Route.page("/w/{workspace}/plan/initiatives/{initiative}", .workspace(.view)) {
                request in try await initiativePage(request)
            }.guests(.subject),
        ]
    }

    static func root(_ request: WebRequest) -> String { "/w/\(request.workspace.slug)" }

    private func gridPart(_ request: WebRequest) async throws -> String {
        let offset = Self.offset(request)
        let book = try await desk.plan(
            in: request.workspace.workspace, today: today(request), offset: offset)
        return try frame.part(
            "planning/grid",
            PlanGridView(
                book, offset: offset, root: Self.root(request),
                canEdit: Access.allows(.editPlan, request)))
    }

    /// The twelve months again, after a change.
    func grid(_ request: WebRequest) async throws -> Reply {
        .html(try await gridPart(request))
    }

    static func tabs(_ request: WebRequest, _ current: String) -> Tabs {
        Tabs(
            "Views of the plan",
            [
                .init("Twelve months", href: path(request), current: current == "year"),
                .init("List", href: path(request, "/list"), current: current == "list"),
            ])
    }

    private func listPage(_ request: WebRequest) async throws -> Reply {
        let workspace = request.workspace.workspace
        let filter = Self.filter(request)
        let page = try await desk.items(filter, page: try request.pageRequest(), in: workspace)
        let directory = try await desk.directory(of: workspace)
        let initiatives = try await desk.initiatives(in: workspace)
        let view = PlanListView(
            page, filter, directory, initiatives, root: Self.root(request),
            tabs: Self.tabs(request, "list"))
        return try await frame.page(
            "planning/list", view, title: "Plan: list", section: .plan, for: request)
    }
}

struct PlanPageView {
    let gridPart: String
    let root: String
    let canEdit: Bool
    let tabs: Tabs
    let thisMonth: String
}

/// The plan's items as a list with filters in its address.
struct PlanListView {
    struct RowView {
        let title: String
        let href: String
        let month: String
        let initiative: String
        let owner: String
        let chip: Chip
    }

    let root: String
    let tabs: Tabs
    let rows: [RowView]
    let hasRows: Bool
    let q: String
    let states: [Choice]
    let initiatives: [Choice]
    let more: String?
    let isFiltered: Bool

    init(
        _ page: Page<PlanItem>, _ filter: ItemFilter, _ directory: Directory,
        _ all: [Initiative], root: String, tabs: Tabs
    ) {
        self.root = root
        self.tabs = tabs
        rows = page.items.map { item in
            RowView(
                title: item.title, href: "\(root)/plan/items/\(item.id)",
                month: item.month.name,
                initiative: all.first { $0.id == item.initiative }?.title ?? "—",
                owner: directory.name(of: item.owner) ?? "Nobody", chip: item.state.chip)
        }
        hasRows = !rows.isEmpty
        q = filter.text ?? ""
        states =
            [Choice("", "Any state")]
            + PlanItem.State.allCases.map {
                Choice($0.rawValue, $0.name, selected: $0 == filter.state)
            }
        initiatives =
            [Choice("", "Any initiative")]
            + all.map { Choice($0.id.text, $0.title, selected: $0.id == filter.initiative) }
        more = page.next.map { next in
            "\(root)/plan/list?cursor=\(next.token)&state=\(filter.state?.rawValue ?? "")"
                + "&initiative=\(filter.initiative?.text ?? "")"
        }
        isFiltered = filter != ItemFilter()
    }
}
