import Channels
import Engagement
import Kernel
import Networks
import People
import Publishing
import Web

/// The list of posts.
struct PostListView: Sendable {
    struct Row: Sendable {
        let href: String
        let name: String
        let channel: String
        let icon: String
        let chip: Chip
        let when: String
        let excerpt: String
    }

    let root: String
    let tabs: Tabs
    let search: String
    let states: [Choice]
    let channels: [Choice]
    let rows: [Row]
    let next: String?
    let empty: EmptyState?
    let canWrite: Bool
}

extension PublishingWeb {
    func tabs(_ request: WebRequest, current: String, unread: Int) -> Tabs {
        let root = root(request)
        return Tabs(
            "Content",
            [
                .init("Calendar", href: root + "/calendar", current: current == "calendar"),
                .init("Posts", href: root + "/posts", current: current == "posts"),
                .init(
                    "Replies", href: root + "/replies", current: current == "replies",
                    count: unread > 0 ? "\(unread)" : nil),
                .init("Delivery", href: root + "/delivery", current: current == "delivery"),
            ])
    }

    func listPage(_ request: WebRequest) async throws -> Reply {
        let workspace = request.workspace.workspace
        let filter = Self.filter(request)
        let page = try await posts.list(filter, in: workspace, try request.pageRequest())
        let channels = try await posts.channels(in: workspace)
        let root = root(request)
        let isFiltered = filter != PublicationFilter()
        let canWrite = Web.Access.allows(.write, request)
        let view = PostListView(
            root: root,
            tabs: tabs(
                request, current: "posts", unread: try await replies.unreadCount(in: workspace)),
            search: filter.search,
            states: [Choice("", "Any state", selected: filter.states.isEmpty)]
                + Delivery.State.allCases.map {
                    Choice($0.rawValue, $0.label, selected: filter.states.contains($0))
                },
            channels: [Choice("", "Any channel", selected: filter.channel == nil)]
                + channels.map { Choice($0.id.text, $0.name, selected: $0.id == filter.channel) },
            rows: page.items.map { row($0, root, request) },
            next: page.next.map { cursor in
                let kept = ["state", "channel", "q", "origin"].compactMap { name in
                    request.query[name].map { "&\(name)=\(Self.escaped($0))" }
                }
                return "\(root)/posts?cursor=\(cursor.token)" + kept.joined()
            },
            empty: page.items.isEmpty ? Self.nothing(isFiltered, canWrite, root) : nil,
            canWrite: canWrite)
        return try await frame.page(
            "publishing/list", view, title: "Posts", section: .content, for: request)
    }

    private func row(
        _ line: PublicationLine, _ root: String, _ request: WebRequest
    ) -> PostListView.Row {
        let publication = line.publication
        let zone = publication.delivery.due?.zone ?? request.workspace.zone
        let moment = publication.publishedAt ?? publication.delivery.due?.at
        return PostListView.Row(
            href: "\(root)/posts/\(publication.post)", name: line.name, channel: line.channelName,
            icon: line.network.icon, chip: Words.chip(line),
            when: moment.map { Words.moment($0, zone) } ?? "No due time",
            excerpt: line.title.isEmpty ? "" : Post.firstWords(of: line.text))
    }

    private static func nothing(
        _ isFiltered: Bool, _ canWrite: Bool, _ root: String
    ) -> EmptyState {
        if isFiltered {
            return EmptyState(
                icon: "tabler-search", title: "Nothing matches",
                text: "Try other words, or look at all posts.",
                action: .init("Show all posts", href: root + "/posts"))
        }
        return EmptyState(
            icon: "tabler-pencil", title: "No posts yet",
            text: "A post is written once and reads well on each channel. Past posts of a "
                + "connected channel appear here too.",
            action: canWrite ? .init("Write the first post", href: root + "/posts/new") : nil)
    }

    static func escaped(_ text: String) -> String {
        var out = ""
        for byte in text.utf8 {
            let isPlain =
                (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
            if isPlain || byte == 45 || byte == 95 || byte == 46 {
                out.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                out += "%" + Hex.text([byte]).uppercased()
            }
        }
        return out
    }
}
