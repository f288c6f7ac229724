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
    let bar: ListBar
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
        let bar = Self.bar(request, root, channels)
        let canWrite = Web.Access.allows(.write, request)
        let view = PostListView(
            root: root,
            tabs: tabs(
                request, current: "posts", unread: try await replies.unreadCount(in: workspace)),
            bar: bar, rows: page.items.map { row($0, root, request) },
            next: bar.next(page.next),
            empty: page.items.isEmpty ? Self.nothing(bar.isNarrowed, canWrite, root) : nil,
            canWrite: canWrite)
        return try await frame.page(
            "publishing/list", view, title: "Posts", section: .content, for: request)
    }

    private static func bar(
        _ request: WebRequest, _ root: String, _ channels: [ChannelFacts]
    ) -> ListBar {
        ListBar(
            request, at: root + "/posts", label: "Filter posts", search: "Words",
            selects: [
                ListBar.Select(
                    "state", "State", all: "Any state",
                    Delivery.State.allCases.map { ($0.rawValue, $0.label) }, request),
                ListBar.Select(
                    "channel", "Channel", all: "Any channel",
                    channels.map { ($0.id.text, $0.name) }, request),
            ], kept: ["origin", "item"])
    }

    func listFile(_ request: WebRequest) async throws -> Reply {
        let filter = Self.filter(request)
        let workspace = request.workspace.workspace
        return try await CSVFile.reply(
            "posts", ["post", "channel", "state", "when", "text", "address", "link"],
            pages: { try await posts.list(filter, in: workspace, $0) },
            row: { line in
                let publication = line.publication
                let moment = publication.publishedAt ?? publication.delivery.due?.at
                return [
                    line.name, line.channelName, publication.delivery.state.label,
                    moment?.iso8601 ?? "", publication.sentText ?? line.text,
                    publication.remote?.url ?? "", publication.sentLink ?? "",
                ]
            })
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
}
