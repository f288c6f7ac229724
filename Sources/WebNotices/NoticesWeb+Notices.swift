import Kernel
import Notices
import People
import Web

/// The list behind the bell.
struct NoticesPage: Sendable {
    struct Row: Sendable {
        let id: String
        let href: String
        let title: String
        let detail: String
        let when: String
        let chip: Chip
        let isUnread: Bool
    }

    let root: String
    let open: [Row]
    let past: [Row]
    let hasUnread: Bool
    let empty: EmptyState?
}

extension NoticesWeb {
    var noticeRoutes: [Route] {
        let tag = "Notices"
        let list = Endpoint(
            .get, "\(Self.base)/notices", id: "listNotices",
            "One's own notices: open ones first, then what was mended.", tag: tag,
            access: .workspace(.view), query: [QueryParameter("open", .boolean())]
        ) { (call: Call<Nothing>) in
            Listing(
                items: try await notices.list(
                    for: try Self.person(call.request), in: call.workspace.workspace,
                    onlyOpen: call.request.query["open"] == "true"
                ).map(NoticeAnswer.init))
        }
        let count = Endpoint(
            .get, "\(Self.base)/notices/unread", id: "countUnreadNotices",
            "How many open notices one has not read.", tag: tag, access: .workspace(.view)
        ) { (call: Call<Nothing>) in
            UnreadCount(
                unread: try await notices.unreadCount(
                    for: try Self.person(call.request), in: call.workspace.workspace))
        }
        let readAll = Endpoint(
            .put, "\(Self.base)/notices/reading", id: "readAllNotices",
            "Marks all one's notices as read.", tag: tag, access: .workspace(.view)
        ) { (call: Call<Nothing>) in
            try await notices.markRead(
                by: try Self.person(call.request), in: call.workspace.workspace)
            return Nothing()
        }
        let read = Endpoint(
            .put, "\(Self.base)/notices/{notice}/reading", id: "readNotice",
            "Marks one notice as read.", tag: tag, access: .workspace(.view)
        ) { (call: Call<Nothing>) in
            try await notices.markRead(
                try call.id("notice", NoticeTag.self), by: try Self.person(call.request),
                in: call.workspace.workspace)
            return Nothing()
        }
        return [
            list.route, count.route, readAll.route, read.route,
            readAll.action("\(Self.page)/notices/reading", method: .put) { _, request in
                Reply.redirect(to: "\(Self.root(request))/notices").toast("All read.")
            },
            read.action("\(Self.page)/notices/{notice}/reading", method: .put) { _, request in
                Reply.redirect(to: "\(Self.root(request))/notices")
            },
            .page("\(Self.page)/notices", .workspace(.view), noticesPage),
        ]
    }

    private func noticesPage(_ request: WebRequest) async throws -> Reply {
        let found = try await notices.list(
            for: try Self.person(request), in: request.workspace.workspace)
        let rows = { (isOpen: Bool) in
            found.filter { ($0.clearedAt == nil) == isOpen }.map { Self.row($0, request) }
        }
        let page = NoticesPage(
            root: Self.root(request), open: rows(true), past: rows(false),
            hasUnread: found.contains(where: \.isUnread),
            empty: found.isEmpty
                ? EmptyState(
                    icon: "tabler-bell", title: "Nothing to tell you",
                    text: "When a post would not go out, a channel loses its sign-in or somebody "
                        + "waits for you, it is said here once, until it is mended.",
                    action: .init(
                        "Choose what comes by e-mail",
                        href: "\(Self.root(request))/settings/notices")) : nil)
        return try await frame.page(
            "notices/notices", page, title: "Notices", for: request)
    }

    private static func row(_ notice: Notice, _ request: WebRequest) -> NoticesPage.Row {
        let zone = request.workspace.zone
        let chip =
            if let cleared = notice.clearedAt {
                Chip("Mended \(zone.words(cleared))", .good, icon: "tabler-circle-check")
            } else if notice.isAlarm {
                Chip("Now", .alert, icon: "tabler-alert-triangle")
            } else {
                notice.kind == .verdict
                    ? Chip("For you", .info, icon: "tabler-info-circle")
                    : Chip("Open", .warn, icon: "tabler-clock")
            }
        return NoticesPage.Row(
            id: notice.id.text, href: root(request) + notice.path, title: notice.title,
            detail: notice.detail, when: zone.words(notice.at), chip: chip,
            isUnread: notice.isUnread)
    }

    static func person(_ request: WebRequest) throws(Problem) -> PersonID {
        guard let caller = request.caller else {
            throw Problem(.unauthenticated, code: "access.sign-in", "Please sign in first.")
        }
        return caller.person
    }
}
