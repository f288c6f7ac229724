import Foundation
package import Kernel
package import People

/// A place in the left rail, in the order of the loop.
package enum Section: String, Sendable, CaseIterable {
    case home
    case strategy
    case plan
    case content
    case results
    case reviews
    case library
    case settings

    var title: String { rawValue.capitalized }

    var icon: String {
        switch self {
        case .home: "tabler-home"
        case .strategy: "tabler-compass"
        case .plan: "tabler-timeline"
        case .content: "tabler-pencil"
        case .results: "tabler-chart-bar"
        case .reviews: "tabler-checklist"
        case .library: "tabler-books"
        case .settings: "tabler-settings"
        }
    }

    /// The page behind the entry, below `/w/{workspace}`.
    var path: String { self == .home ? "" : self == .content ? "/calendar" : "/\(rawValue)" }

    /// The second letter of the shortcut `g` + letter.
    var key: String {
        switch self {
        case .home: "h"
        case .strategy: "s"
        case .plan: "p"
        case .content: "c"
        case .results: "r"
        case .reviews: "v"
        case .library: "l"
        case .settings: "e"
        }
    }
}

/// What the frame around every page shows of the workspace's state.
package struct FrameFacts: Sendable {
    /// Something of publishing that stands still.
    package struct Stop: Sendable {
        package let text: String
        package let href: String

        package init(text: String, href: String) {
            self.text = text
            self.href = href
        }
    }

    package var needsYou: Int
    package var unreadReplies: Int
    package var unreadNotices: Int
    /// Every channel with how it is, for the strip on top of every page.
    package var channels: [ChannelHealth]
    /// What of publishing stands still, and where to let it go on.
    package var freezes: [Stop]
    /// Why nothing leaves until a person has said that this is the one that publishes.
    package var hold: String?

    package init(
        needsYou: Int = 0, unreadReplies: Int = 0, unreadNotices: Int = 0,
        channels: [ChannelHealth] = [], freezes: [Stop] = [], hold: String? = nil
    ) {
        self.needsYou = needsYou
        self.unreadReplies = unreadReplies
        self.unreadNotices = unreadNotices
        self.channels = channels
        self.freezes = freezes
        self.hold = hold
    }
}

/// Draws pages: a slice's template inside the layout that all pages share.
package struct Frame: Sendable {
    let templates: Templates
    let assets: Assets
    private let sections: Set<Section>
    private let facts: @Sendable (Membership) async throws -> FrameFacts
    private let memberships: @Sendable (PersonID) async throws -> [Membership]

    /// Creates the frame; `sections` are those that this program has pages for.
    package init(
        assets: Assets, sections: Set<Section> = Set(Section.allCases),
        facts: @escaping @Sendable (Membership) async throws -> FrameFacts,
        memberships: @escaping @Sendable (PersonID) async throws -> [Membership]
    ) throws {
        templates = try Templates(assets)
        self.assets = assets
        self.sections = sections
        self.facts = facts
        self.memberships = memberships
    }

    /// The workspaces a person belongs to.
    package func memberships(of person: PersonID) async throws -> [Membership] {
        try await memberships(person)
    }

    /// A whole page: `template` drawn with `view`, in the layout.
    package func page(
        _ template: String, _ view: some Sendable, title: String, section: Section? = nil,
        scripts: [String] = [], for request: WebRequest, status: Int = 200
    ) async throws -> Reply {
        let content = try templates.render(template, view)
        let layout = try await layout(content, title, section, scripts, request)
        let name = layout.workspace == nil ? "layout-plain" : "layout"
        return .html(try templates.render(name, layout), status: status)
    }

    /// A part of a page, for htmx to put in place.
    package func fragment(_ template: String, _ view: some Sendable) throws -> Reply {
        .html(try templates.render(template, view))
    }

    /// A part of a page as text, to be shown inside another template with `{{{…}}}`.
    package func part(_ template: String, _ view: some Sendable) throws -> String {
        try templates.render(template, view)
    }

    func problemPage(_ problem: Problem, for request: WebRequest) async -> Reply {
        struct View: Sendable {
            let title: String
            let message: String
            let home: String
            let requestID: String
        }
        let title =
            switch problem.kind {
            case .notFound: "Not found"
            case .forbidden: "Not allowed"
            case .unauthenticated: "Please sign in"
            case .tooMany: "A little slower, please"
            case .unavailable: "Not available right now"
            case .broken: "Something went wrong"
            case .invalid, .conflict, .tooLarge: "That did not work"
            }
        let view = View(
            title: title, message: problem.message, home: "/",
            requestID: TraceContext.current?.spanID ?? "")
        var reply = try? await page(
            "problem", view, title: title, for: request, status: problem.httpStatus)
        if reply == nil {
            // The menu cannot be drawn while the database is away; the message can.
            var guest = request
            guest.membership = nil
            reply = try? await page(
                "problem", view, title: title, for: guest, status: problem.httpStatus)
        }
        if let seconds = problem.retryAfterSeconds { reply?.headers["retry-after"] = "\(seconds)" }
        return reply ?? .problem(problem)
    }

    private func layout(
        _ content: String, _ title: String, _ section: Section?, _ scripts: [String],
        _ request: WebRequest
    ) async throws -> Layout {
        var layout = Layout(
            title: title, content: content,
            scripts: scripts.map(assets.url), description: nil, workspace: nil)
        guard let membership = request.membership, let caller = request.caller else {
            return layout
        }
        let root = "/w/\(membership.slug)"
        // A guest hears nothing of the rest of the workspace.
        let isGuest = membership.role == .guest
        let facts = isGuest ? FrameFacts() : try await facts(membership)
        let shown = isGuest ? [Section.home] : Section.allCases.filter(sections.contains)
        let nav = shown.map { entry in
            Layout.Entry(
                title: entry.title, href: root + entry.path, icon: entry.icon, key: entry.key,
                current: entry == section ? "page" : nil,
                badge: entry == .home && facts.needsYou > 0 ? "\(facts.needsYou)" : nil)
        }
        layout.workspace = Layout.Workspace(
            name: membership.workspaceName, root: root, isDemo: membership.isDemo,
            person: caller.name, initials: Self.initials(caller.name), email: caller.email,
            role: membership.role.rawValue,
            canManage: Access.allows(.manageWorkspace, request),
            nav: nav, bar: Layout.Bar(nav),
            others: try await memberships(caller.person)
                .filter { $0.workspace != membership.workspace }
                .map { .init(title: $0.workspaceName, href: "/w/\($0.slug)") },
            canWrite: !isGuest && Access.allows(.write, request),
            canPlan: Access.allows(.editPlan, request),
            canPublish: Access.allows(.publish, request),
            unreadReplies: facts.unreadReplies > 0 ? "\(facts.unreadReplies)" : nil,
            unreadNotices: facts.unreadNotices > 0 ? "\(facts.unreadNotices)" : nil,
            health: HealthStrip(facts.channels, all: root + "/settings/channels"),
            freezes: facts.freezes.map { .init(title: $0.text, href: $0.href) },
            hold: facts.hold,
            drawnAt: "\(request.now.milliseconds)")
        return layout
    }

    private static func initials(_ name: String) -> String {
        String(name.split(separator: " ").prefix(2).compactMap(\.first)).uppercased()
    }
}

/// What the layout template shows.
private struct Layout: Sendable {
    struct Link: Sendable {
        let title: String
        let href: String
    }

    struct Entry: Sendable {
        let title: String
        let href: String
        let icon: String
        let key: String
        let current: String?
        let badge: String?
    }

    /// The bar at the foot of a phone: what is used on the way, and a menu for the rest.
    struct Bar: Sendable {
        let before: [Entry]
        let after: [Entry]
        let more: [Entry]
        let isMoreCurrent: Bool

        init(_ nav: [Entry]) {
            before = nav.filter { [Section.home.title, Section.plan.title].contains($0.title) }
            after = nav.filter { $0.title == Section.results.title }
            let shown = Set((before + after).map(\.title))
            more = nav.filter { !shown.contains($0.title) }
            isMoreCurrent = more.contains { $0.current != nil }
        }
    }

    struct Workspace: Sendable {
        let name: String
        let root: String
        let isDemo: Bool
        let person: String
        let initials: String
        let email: String
        let role: String
        let canManage: Bool
        let nav: [Entry]
        let bar: Bar
        let others: [Link]
        let canWrite: Bool
        let canPlan: Bool
        let canPublish: Bool
        let unreadReplies: String?
        let unreadNotices: String?
        let health: HealthStrip?
        let freezes: [Link]
        let hold: String?
        /// The moment whose state the page shows, for its live updates.
        let drawnAt: String
    }

    let title: String
    let content: String
    let scripts: [String]
    let description: String?
    var workspace: Workspace?
}

extension Access {
    /// Whether this request's member may do this; for showing or hiding buttons.
    package static func allows(_ permission: Permission, _ request: WebRequest) -> Bool {
        (try? Access.workspace(permission).check(request.caller, request.membership)) != nil
    }
}
