import Jobs
import Kernel
import People
import Planning
import Strategy
import Web

extension PlanWeb {
    func itemPage(_ request: WebRequest) async throws -> Reply {
        let workspace = request.workspace.workspace
        let id = try request.id("item", ItemTag.self)
        let detail = try await desk.item(id, in: workspace)
        let view = ItemPageView(
            detail, try await desk.directory(of: workspace), root: Self.root(request),
            // Lessons come from all of the workspace, and a guest was invited to a part.
            lessons: request.workspace.role == .guest
                ? [] : try await neighbours.lessons(id, request.workspace),
            posts: try await neighbours.posts(id, request.workspace),
            actionsPart: try await actionsPart(request),
            activity: try await desk.activity(of: detail.item.subject, in: workspace).map {
                ActivityEntry(
                    at: $0.at, zone: request.workspace.zone, summary: $0.summary,
                    who: $0.principalName)
            },
            canEdit: Access.allows(.editPlan, request),
            canWrite: Access.allows(.write, request))
        return try await frame.page(
            "planning/item", view, title: detail.item.title, section: .plan, for: request)
    }

    private func actionsPart(_ request: WebRequest) async throws -> String {
        let workspace = request.workspace.workspace
        let detail = try await desk.item(try request.id("item", ItemTag.self), in: workspace)
        return try frame.part(
            "planning/actions",
            ActionsView(
                detail, try await desk.directory(of: workspace), root: Self.root(request),
                today: today(request), canEdit: Access.allows(.editPlan, request)))
    }

    /// The distribution actions again, after a change.
    func actions(_ request: WebRequest) async throws -> Reply {
        .html(try await actionsPart(request))
    }
}

/// An item's own page.
struct ItemPageView {
    struct PartView {
        let question: String
        let text: String?
        let note: String?
    }

    let root: String
    let path: String
    let id: String
    let trail: Trail?
    let title: String
    let state: String
    let chip: Chip
    let states: [Choice]
    let facts: [Fact]
    let itemNote: String?
    let tags: [String]
    let hasTags: Bool
    let parts: [PartView]
    let isComplete: Bool
    let missing: String
    let lessons: [PlanWeb.Line]
    let posts: [PlanWeb.Line]
    let actionsPart: String
    let activity: [ActivityEntry]
    let canEdit: Bool
    let canWrite: Bool
    let newPost: String

    init(
        _ detail: ItemDetail, _ directory: Directory, root: String, lessons: [PlanWeb.Line],
        posts: [PlanWeb.Line], actionsPart: String, activity: [ActivityEntry], canEdit: Bool,
        canWrite: Bool
    ) {
        let item = detail.item
        self.root = root
        path = "\(root)/plan/items/\(item.id)"
        id = item.id.text
        trail = Self.trail(detail, root)
        title = item.title
        let owner = directory.name(of: item.owner)
        state =
            "For \(item.month.name), "
            + (owner.map { "made by \($0)." } ?? "and nobody makes it yet.")
        chip = item.state.chip
        states = PlanItem.State.allCases.map {
            Choice($0.rawValue, $0.name, selected: $0 == item.state)
        }
        facts = Self.facts(detail, directory, owner)
        itemNote = item.note.isEmpty ? nil : item.note
        tags = detail.tags
        hasTags = !tags.isEmpty
        parts = Brief.Part.allCases.map { part in
            PartView(
                question: part.question, text: detail.brief[part]?.text,
                note: detail.brief[part]?.origin.note)
        }
        isComplete = detail.brief.missing.isEmpty
        missing = detail.brief.missing.map(\.word).joined(separator: ", ")
        self.lessons = lessons
        self.posts = posts
        self.actionsPart = actionsPart
        self.activity = activity
        self.canEdit = canEdit
        self.canWrite = canWrite
        newPost = "\(root)/posts/new?item=\(item.id)"
    }

    private static func trail(_ detail: ItemDetail, _ root: String) -> Trail? {
        var crumbs: [Trail.Crumb] = []
        if let goal = detail.goal {
            crumbs.append(.init("Business goal", goal.title, href: "\(root)/strategy"))
        }
        if let objective = detail.objective {
            crumbs.append(
                .init(
                    "Objective", objective.title,
                    href: "\(root)/strategy/objectives/\(objective.id)"))
        }
        if let initiative = detail.initiative {
            crumbs.append(
                .init(
                    initiative.kind.name, initiative.title,
                    href: "\(root)/plan/initiatives/\(initiative.id)"))
        }
        crumbs.append(.init("Item", detail.item.title))
        return Trail(crumbs)
    }

    private static func facts(
        _ detail: ItemDetail, _ directory: Directory, _ owner: String?
    ) -> [Fact] {
        let channels = detail.channels.compactMap { directory.channel($0)?.title }
        return [
            Fact(name: "Month", value: detail.item.month.name),
            Fact(name: "Made by", value: owner ?? "Nobody yet"),
            Fact(
                name: "Channels",
                value: channels.isEmpty ? "None chosen" : channels.joined(separator: ", ")),
            Fact(name: "Initiative", value: detail.initiative?.title ?? "None"),
            Fact(
                name: "Its money goes to",
                value: detail.objective?.title ?? "No objective: it will count for none"),
        ]
    }
}

/// A name with its value.
struct Fact {
    let name: String
    let value: String
}

/// The distribution actions of an item.
struct ActionsView {
    struct RowView {
        let title: String
        let kind: String
        let detail: String?
        let isDone: Bool
        let isLate: Bool
        let completion: String
        let path: String
    }

    let canEdit: Bool
    let add: String
    let rows: [RowView]

    init(
        _ detail: ItemDetail, _ directory: Directory, root: String, today: CivilDate,
        canEdit: Bool
    ) {
        let base = "\(root)/plan/items/\(detail.item.id)/actions"
        self.canEdit = canEdit
        add = "\(root)/plan/forms/action?id=\(detail.item.id)"
        rows = detail.actions.map { action in
            var parts: [String] = []
            if let owner = directory.name(of: action.owner) { parts.append(owner) }
            if let due = action.dueOn { parts.append("by \(due.words)") }
            let isLate = action.doneAt == nil && action.dueOn.map { $0 < today } ?? false
            return RowView(
                title: action.title, kind: action.kind.name,
                detail: parts.isEmpty ? nil : parts.joined(separator: ", "),
                isDone: action.doneAt != nil,
                isLate: isLate, completion: "\(base)/\(action.id)/completion",
                path: "\(base)/\(action.id)")
        }
    }
}
