import Jobs
import Kernel
import People
import Planning
import Strategy
import Web

extension PlanWeb {
    func initiativePage(_ request: WebRequest) async throws -> Reply {
        let workspace = request.workspace.workspace
        let detail = try await desk.initiative(
            try request.id("initiative", InitiativeTag.self), in: workspace)
        let view = InitiativePageView(
            detail, try await desk.directory(of: workspace), root: Self.root(request),
            thisMonth: today(request).civilMonth,
            activity: try await desk.activity(of: detail.initiative.subject, in: workspace).map {
                ActivityEntry(
                    at: $0.at, zone: request.workspace.zone, summary: $0.summary,
                    who: $0.principalName)
            },
            canEdit: Access.allows(.editPlan, request))
        return try await frame.page(
            "planning/initiative", view, title: detail.initiative.title, section: .plan,
            for: request)
    }
}

/// An initiative's own page.
struct InitiativePageView {
    struct MonthView {
        let name: String
        let items: [PlanGridView.ItemView]
    }

    let root: String
    let path: String
    let id: String
    let trail: Trail?
    let title: String
    let state: String
    let purpose: String?
    let chip: Chip
    let states: [Choice]
    let facts: [Fact]
    let done: String
    let total: String
    let months: [MonthView]
    let hasItems: Bool
    let thisMonth: String
    let activity: [ActivityEntry]
    let canEdit: Bool

    init(
        _ detail: InitiativeDetail, _ directory: Directory, root: String,
        thisMonth: CivilMonth, activity: [ActivityEntry], canEdit: Bool
    ) {
        let initiative = detail.initiative
        let items = detail.items.filter { $0.state != .dropped }
        self.root = root
        id = initiative.id.text
        path = "\(root)/plan/initiatives/\(initiative.id)"
        trail = Self.trail(detail, root)
        title = initiative.title
        let finished = items.count { $0.state == .done }
        state =
            "\(initiative.kind.name), \(PlanGridView.days(initiative)). "
            + (items.isEmpty
                ? "Nothing is planned in it yet." : "\(finished) of \(items.count) done.")
        purpose = initiative.purpose.isEmpty ? nil : initiative.purpose
        chip = initiative.state.chip
        states = Initiative.State.allCases.map {
            Choice($0.rawValue, $0.name, selected: $0 == initiative.state)
        }
        facts = Self.facts(detail, directory)
        done = "\(finished)"
        total = "\(max(1, items.count))"
        months = Dictionary(grouping: items, by: \.month).sorted { $0.key < $1.key }.map {
            MonthView(
                name: $0.key.name,
                items: $0.value.map { PlanGridView.item($0, root: root) })
        }
        hasItems = !items.isEmpty
        self.thisMonth = max(thisMonth, initiative.startsOn.civilMonth).description
        self.activity = activity
        self.canEdit = canEdit
    }

    private static func trail(_ detail: InitiativeDetail, _ root: String) -> Trail? {
        var crumbs: [Trail.Crumb] = []
        if let goal = detail.goal {
            crumbs.append(.init("Business goal", goal.title, href: "\(root)/strategy"))
        }
        if let objective = detail.primary {
            crumbs.append(
                .init(
                    "Objective", objective.title,
                    href: "\(root)/strategy/objectives/\(objective.id)"))
        }
        crumbs.append(.init(detail.initiative.kind.name, detail.initiative.title))
        return Trail(crumbs)
    }

    private static func facts(
        _ detail: InitiativeDetail, _ directory: Directory
    ) -> [Fact] {
        let initiative = detail.initiative
        return [
            Fact(name: "Owner", value: directory.name(of: initiative.owner) ?? "Nobody"),
            Fact(name: "Runs", value: PlanGridView.days(initiative)),
            Fact(name: "Budget", value: initiative.budget?.formatted ?? "—"),
            Fact(name: "Its money goes to", value: detail.primary?.title ?? "No objective yet"),
            Fact(
                name: "Also helps",
                value: detail.others.isEmpty
                    ? "—" : detail.others.map(\.title).joined(separator: ", ")),
        ]
    }
}
