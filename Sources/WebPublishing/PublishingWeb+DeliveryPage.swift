import Channels
import Engagement
import Kernel
import Networks
import People
import Planning
import Publishing
import Web

/// The form for one choice about late posts.
struct LateForm: Sendable {
    let id: String
    let path: String
    let title: String
    let after: String
    let actions: [Web.Choice]
    let mayChange: Bool
    /// What counts, in words, for those who may not change it.
    let words: String

    init(
        id: String, path: String, title: String, own: LatePolicy?, wider: String?,
        mayChange: Bool
    ) {
        self.id = id
        self.path = path
        self.title = title
        self.mayChange = mayChange
        let shown = own ?? (wider == nil ? .standard : nil)
        after = shown.map { "\(Int($0.after.inSeconds / 60))" } ?? ""
        actions =
            (wider.map { [Web.Choice("", $0, selected: own == nil)] } ?? [])
            + LatePolicy.Action.allCases.map {
                Web.Choice($0.rawValue, $0.words, selected: $0 == shown?.action)
            }
        words =
            shown.map { "After \(LatePolicy.words($0.after)): \($0.action.words.lowercased())" }
            ?? wider ?? ""
    }
}

extension LatePolicy.Action {
    /// What a person chooses.
    var words: String {
        switch self {
        case .publish: "Publish it still"
        case .hold: "Hold it: off the calendar"
        case .ask: "Ask a person"
        }
    }
}

/// The page about delivery: what stands still, what is chosen for late posts.
private struct DeliveryView: Sendable {
    struct Line: Sendable {
        let href: String
        let what: String
        let detail: String
    }

    let root: String
    let tabs: Tabs
    let mayPublish: Bool
    let open: [Line]
    let past: [Line]
    let channels: [Web.Choice]
    let initiatives: [Web.Choice]
    let late: [LateForm]
}

/// The page of one freeze.
private struct FreezeView: Sendable {
    struct Late: Sendable {
        let index: Int
        let id: String
        let href: String
        let name: String
        let channel: String
        let icon: String
        let when: String
        let suggestion: String
        let isBegun: Bool
    }

    let root: String
    let path: String
    let trail: Trail?
    let title: String
    let sentence: String
    let reason: String?
    let isOpen: Bool
    let mayPublish: Bool
    let zone: String
    let hasLate: Bool
    let late: [Late]
}

extension PublishingWeb {
    func deliveryPage(_ request: WebRequest) async throws -> Reply {
        let workspace = request.workspace
        let all = try await freezes.all(in: workspace.workspace)
        let channels = try await posts.channels(in: workspace.workspace)
        let view = DeliveryView(
            root: root(request),
            tabs: tabs(
                request, current: "delivery",
                unread: try await replies.unreadCount(in: workspace.workspace)),
            mayPublish: Web.Access.allows(.publish, request),
            open: all.filter(\.isOpen).map { line($0, request) },
            past: all.filter { !$0.isOpen }.prefix(20).map { line($0, request) },
            channels: channels.map { Web.Choice($0.id.text, $0.name) },
            initiatives: try await planning.initiatives(in: workspace.workspace).prefix(200).map {
                Web.Choice($0.id.text, $0.title)
            },
            late: try await lateForms(channels, request))
        return try await frame.page(
            "publishing/delivery", view, title: "Delivery", section: .content, for: request)
    }

    private func line(_ freeze: Freeze, _ request: WebRequest) -> DeliveryView.Line {
        DeliveryView.Line(
            href: "\(root(request))/delivery/freezes/\(freeze.id)", what: freeze.what,
            detail: Self.story(freeze, request.workspace.zone))
    }

    /// Who stopped it when and why, and who let it go on.
    private static func story(_ freeze: Freeze, _ zone: Zone) -> String {
        let began = "Frozen by \(freeze.beganBy), \(Words.moment(freeze.beganAt, zone))"
        let ended = freeze.liftedAt.map { at in
            "resumed by \(freeze.liftedBy ?? ""), \(Words.moment(at, zone))"
        }
        let why = freeze.reason.isEmpty ? nil : "“\(freeze.reason)”"
        return [began, ended, why].compactMap { $0 }.joined(separator: "; ") + "."
    }

    private func lateForms(
        _ channels: [ChannelFacts], _ request: WebRequest
    ) async throws -> [LateForm] {
        let workspace = request.workspace.workspace
        let root = root(request)
        var forms = [
            LateForm(
                id: "all", path: "\(root)/late-policy", title: "Every channel",
                own: try await posts.latePolicy(.workspace, in: workspace), wider: nil,
                mayChange: Web.Access.allows(.manageWorkspace, request))
        ]
        let mayChange = Web.Access.allows(.manageChannels, request)
        for channel in channels {
            forms.append(
                LateForm(
                    id: channel.id.text, path: "\(root)/channels/\(channel.id)/late-policy",
                    title: channel.name,
                    own: try await posts.latePolicy(.channel(channel.id), in: workspace),
                    wider: "As for every channel", mayChange: mayChange))
        }
        return forms
    }

    /// The choice for one post, as it stands on its page.
    func lateForm(_ post: PostID, _ request: WebRequest) async throws -> LateForm {
        LateForm(
            id: post.text, path: "\(root(request))/posts/\(post)/late-policy",
            title: "If it is late",
            own: try await posts.latePolicy(.post(post), in: request.workspace.workspace),
            wider: "As its channel says", mayChange: Web.Access.allows(.publish, request))
    }

    func freezePage(_ request: WebRequest) async throws -> Reply {
        let workspace = request.workspace
        let id = try request.id("freeze", FreezeTag.self)
        let freeze = try await freezes.freeze(id, in: workspace.workspace)
        let late = try await freezes.late(id, in: workspace.workspace)
        let root = root(request)
        let soon = workspace.zone.localTime(request.now + .hours(1))
        let view = FreezeView(
            root: root, path: "\(root)/freezes/\(id)/lifting",
            trail: Trail([.init("Content", "Delivery", href: "\(root)/delivery")]),
            title: freeze.isOpen
                ? "\(freeze.what): frozen" : "\(freeze.what): resumed",
            sentence: Self.story(freeze, workspace.zone),
            reason: freeze.reason.isEmpty ? nil : freeze.reason,
            isOpen: freeze.isOpen, mayPublish: Web.Access.allows(.publish, request),
            zone: "\(workspace.zone)", hasLate: !late.isEmpty,
            late: late.enumerated().map { index, line in
                let delivery = line.publication.delivery
                return FreezeView.Late(
                    index: index, id: line.publication.id.text,
                    href: "\(root)/posts/\(line.publication.post)", name: line.name,
                    channel: line.channelName, icon: line.network.icon,
                    when: delivery.due.map { "Was due \(Words.moment($0.local)) (\($0.zone))" }
                        ?? "", suggestion: "\(soon.date)T\(soon.clock)",
                    isBegun: delivery.partsOut > 0)
            })
        return try await frame.page(
            "publishing/freeze", view, title: view.title, section: .content, for: request)
    }
}
