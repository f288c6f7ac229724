import Engagement
import Foundation
import Kernel
import Networks
import People
import Web

/// A conversation as the API answers it.
struct ConversationAnswer: APIValue {
    struct MessageAnswer: APIValue {
        let id: MessageID
        let direction: Message.Direction
        let state: Message.State
        let authorName: String
        let authorHandle: String
        let text: String
        let url: String?
        let at: Instant
        let trouble: String?
        let audience: Audience

        init(_ message: Message) {
            id = message.id
            direction = message.direction
            state = message.state
            authorName = message.authorName
            authorHandle = message.authorHandle
            text = message.text
            url = message.url
            at = message.at
            trouble = message.trouble
            audience = message.audience
        }

        static let schema = Schema.object(
            "ConversationMessage",
            [
                .required("id", .id()), .required("direction", .oneOf(Message.Direction.self)),
                .required("state", .oneOf(Message.State.self)),
                .required("authorName", .string()), .required("authorHandle", .string()),
                .required("text", .string(maxLength: 100_000)), .optional("url", .string()),
                .required("at", .instant()), .optional("trouble", .string()),
                .required("audience", .oneOf(Audience.self, "An answer reaches the same.")),
            ])
    }

    let id: ConversationID
    let publication: String
    let about: String
    let isUnread: Bool
    let isDone: Bool
    let lastAt: Instant
    let messageCount: Int
    let messages: [MessageAnswer]?

    init(_ conversation: Conversation, _ messages: [Message]? = nil) {
        id = conversation.id
        publication = conversation.publication
        about = conversation.about
        isUnread = conversation.isUnread
        isDone = conversation.doneAt != nil
        lastAt = conversation.lastAt
        messageCount = conversation.messageCount
        self.messages = messages?.map(MessageAnswer.init)
    }

    init(_ sheet: ReplyDesk.Sheet) { self.init(sheet.conversation, sheet.messages) }

    static let schema = Schema.object(
        "Conversation",
        [
            .required("id", .id()), .required("publication", .id()),
            .required("about", .string()), .required("isUnread", .boolean()),
            .required("isDone", .boolean()), .required("lastAt", .instant()),
            .required("messageCount", .integer()),
            .optional("messages", .array(of: MessageAnswer.schema)),
        ])
}

struct AnswerInput: APIValue {
    let text: String?
    let message: MessageID?

    static let schema = Schema.object(
        "AnswerInput",
        [
            .optional("text", .text("What we answer.", max: 10_000)),
            .optional("message", .id("Absent: the latest message.")),
        ])
}

struct ConversationStateInput: APIValue {
    let isRead: Bool?
    let isDone: Bool?

    static let schema = Schema.object(
        "ConversationState",
        [.optional("isRead", .boolean()), .optional("isDone", .boolean())])
}

/// The list of conversations, and one of them.
struct RepliesView: Sendable {
    struct Row: Sendable {
        let href: String
        let about: String
        let count: String
        let when: String
        let isUnread: Bool
        let current: String?
    }

    struct Line: Sendable {
        let who: String
        let handle: String
        let text: String
        let when: String
        let url: String?
        let isOurs: Bool
        let trouble: String?
        let audience: String?
    }

    struct Open: Sendable {
        let path: String
        let about: String
        let postHref: String
        let lines: [Line]
        let isDone: Bool
        let mayAnswer: Bool
        let reach: String?
        let toggle: String
        let toggleLabel: String
    }

    let root: String
    let tabs: Tabs
    let shelves: [Shelf]
    let rows: [Row]
    let open: Open?
    let empty: EmptyState?

    struct Shelf: Sendable {
        let title: String
        let href: String
        let current: String?
    }
}

extension PublishingWeb {
    var replyRoutes: [Route] {
        let list = Endpoint(
            .get, "\(Self.base)/conversations", id: "listConversations",
            "Replies to our posts, the latest word first.", tag: "Replies",
            access: .workspace(.view),
            query: QueryParameter.paging
                + [QueryParameter("shelf", .oneOf(ReplyDesk.Shelf.self))]
        ) { (call: Call<Nothing>) in
            Listing(
                try await replies.list(
                    Self.shelf(call.request), in: call.workspace.workspace,
                    try call.request.pageRequest()
                ).map { ConversationAnswer($0) })
        }
        let read = Endpoint(
            .get, "\(Self.base)/conversations/{conversation}", id: "getConversation",
            "One conversation with its messages.", tag: "Replies", access: .workspace(.view)
        ) { (call: Call<Nothing>) in
            ConversationAnswer(
                try await replies.sheet(
                    try call.id("conversation", ConversationTag.self),
                    in: call.workspace.workspace))
        }
        let answer = Endpoint(
            .post, "\(Self.base)/conversations/{conversation}/answers", id: "answerConversation",
            "Answers on the network.", tag: "Replies", access: .workspace(.engage)
        ) { (call: Call<AnswerInput>) in
            let sheet = try await replies.answer(
                try call.id("conversation", ConversationTag.self), text: call.input.text ?? "",
                to: call.input.message, in: call.workspace.workspace, by: call.principal)
            live?.tell(call.workspace.workspace, "replies")
            return ConversationAnswer(sheet)
        }
        let mark = Endpoint(
            .put, "\(Self.base)/conversations/{conversation}/state", id: "markConversation",
            "Marks a conversation read, done or open again.", tag: "Replies",
            access: .workspace(.engage)
        ) { (call: Call<ConversationStateInput>) in
            let sheet = try await replies.mark(
                try call.id("conversation", ConversationTag.self), read: call.input.isRead,
                done: call.input.isDone, in: call.workspace.workspace, by: call.principal)
            live?.tell(call.workspace.workspace, "replies")
            return ConversationAnswer(sheet)
        }
        return [
            list.route, read.route, answer.route, mark.route,
            answer.action("\(Self.page)/replies/{conversation}/answers") { answer, request in
                Reply.redirect(to: "\(root(request))/replies/\(answer.id)").toast("Answered.")
            },
            mark.action("\(Self.page)/replies/{conversation}/state", method: .put) {
                answer, request in
                Reply.redirect(to: "\(root(request))/replies")
                    .toast(answer.isDone ? "Done." : "Open again.")
            },
            .page("\(Self.page)/replies", .workspace(.view)) { try await repliesPage($0, nil) },
            .page("\(Self.page)/replies/{conversation}", .workspace(.view)) { request in
                try await repliesPage(request, request.id("conversation", ConversationTag.self))
            },
        ]
    }

    private static func shelf(_ request: WebRequest) -> ReplyDesk.Shelf {
        request.query["shelf"].flatMap(ReplyDesk.Shelf.init) ?? .open
    }

    private func repliesPage(
        _ request: WebRequest, _ id: ConversationID?
    ) async throws -> Reply {
        let workspace = request.workspace.workspace
        let root = root(request)
        let shelf = Self.shelf(request)
        let mayEngage = Web.Access.allows(.engage, request)
        var open = try await id.asyncMap { try await replies.sheet($0, in: workspace) }
        if let id, open?.conversation.isUnread == true, mayEngage {
            // Opening a conversation is reading it.
            open = try await replies.mark(
                id, read: true, in: workspace, by: request.principal)
        }
        let page = try await replies.list(shelf, in: workspace, PageRequest(limit: 100))
        let zone = request.workspace.zone
        let view = RepliesView(
            root: root,
            tabs: tabs(
                request, current: "replies", unread: try await replies.unreadCount(in: workspace)),
            shelves: ReplyDesk.Shelf.allCases.map {
                .init(
                    title: $0.rawValue.capitalized, href: "\(root)/replies?shelf=\($0.rawValue)",
                    current: $0 == shelf ? "page" : nil)
            },
            rows: page.items.map {
                RepliesView.Row(
                    href: "\(root)/replies/\($0.id)?shelf=\(shelf.rawValue)", about: $0.about,
                    count: $0.messageCount == 1 ? "1 message" : "\($0.messageCount) messages",
                    when: Words.moment($0.lastAt, zone), isUnread: $0.isUnread,
                    current: $0.id == id ? "true" : nil)
            },
            open: try await open.asyncMap {
                try await openView($0, root, zone, mayEngage, request)
            },
            empty: page.items.isEmpty && open == nil
                ? EmptyState(
                    icon: "tabler-message-circle",
                    title: shelf == .done ? "Nothing done yet" : "No replies wait",
                    text: "When somebody replies to one of your posts it appears here, and you "
                        + "can answer without leaving.")
                : nil)
        return try await frame.page(
            "publishing/replies", view, title: "Replies", section: .content, for: request)
    }

    private func openView(
        _ sheet: ReplyDesk.Sheet, _ root: String, _ zone: Zone, _ mayEngage: Bool,
        _ request: WebRequest
    ) async throws -> RepliesView.Open {
        let conversation = sheet.conversation
        let isDone = conversation.doneAt != nil
        let post = try? await PublicationLookup(posts).post(
            conversation.publication, request.workspace.workspace)
        return RepliesView.Open(
            path: "\(root)/replies/\(conversation.id)", about: conversation.about,
            postHref: post.map { "\(root)/posts/\($0)" } ?? "\(root)/posts",
            lines: sheet.messages.map { message in
                RepliesView.Line(
                    who: message.authorName, handle: message.authorHandle, text: message.text,
                    when: Words.moment(message.at, zone), url: message.url.flatMap(Self.safe),
                    isOurs: message.direction == .outgoing,
                    trouble: message.state == .out
                        ? nil : message.trouble ?? "Not sure it arrived; look on the network.",
                    audience: Self.words(message.audience))
            },
            isDone: isDone, mayAnswer: mayEngage,
            reach: sheet.messages.last { $0.direction == .incoming }
                .flatMap { Self.reach($0.audience) }, toggle: isDone ? "false" : "true",
            toggleLabel: isDone ? "Open again" : "Mark done")
    }

    private static func words(_ audience: Audience) -> String? {
        switch audience {
        case .everyone, .unlisted: nil
        case .followers: "followers only"
        case .direct: "only to those it names"
        }
    }

    /// Whom an answer reaches, where that is not everybody.
    private static func reach(_ audience: Audience) -> String? {
        switch audience {
        case .everyone: nil
        case .unlisted: "Your answer is public and stays out of timelines, like theirs."
        case .followers: "Your answer reaches followers only, like theirs."
        case .direct: "Your answer reaches only those it names, like theirs."
        }
    }
}
