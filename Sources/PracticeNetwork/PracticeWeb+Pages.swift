import Foundation
import Kernel
import Web

extension PracticeWeb {
    var pageRoutes: [Route] {
        [
            .page("/practice", .anyone) { request in
                let (posts, next) = try await timeline(request)
                return try await frame.page(
                    "practice/timeline",
                    TimelineView(posts: posts, isEmpty: posts.isEmpty, next: next),
                    title: "Practice network", for: request)
            },
            .page("/practice/people/{handle}", .anyone) { request in
                let account = try await desk.account(handle: request.parameters["handle"] ?? "")
                let slice = PracticeSlice(
                    limit: 20, maxID: request.query["before"].flatMap { Int64($0) })
                let cards = try await desk.list(
                    [PostCondition.account(account.id).sql, PostCondition.visible.sql], slice)
                let posts = cards.map { PostView($0, now: request.now) }
                return try await frame.page(
                    "practice/person",
                    PersonView(
                        name: account.name, handle: account.handle, posts: posts,
                        isEmpty: posts.isEmpty, next: cards.count == 20 ? posts.last?.id : nil,
                        isOwn: account.person != nil && account.person == request.caller?.person),
                    title: account.name, for: request)
            },
            .page("/practice/posts/{post}", .anyone) { request in
                try await thread(request, reply: nil)
            },
            visitor("/practice/posts/{post}/replies") { request, id in
                try await desk.visitorReply(
                    request.form["name"] ?? "", request.form["text"] ?? "", to: id)
            },
            visitor("/practice/posts/{post}/likes") { _, id in try await desk.visitorLike(id) },
        ]
    }

    private func timeline(_ request: WebRequest) async throws -> ([PostView], String?) {
        let before = request.query["before"].flatMap { Int64($0) }
        let cards = try await desk.publicTimeline(PracticeSlice(limit: 20, maxID: before))
        let posts = cards.map { PostView($0, now: request.now) }
        return (posts, cards.count == 20 ? posts.last?.id : nil)
    }

    private func thread(_ request: WebRequest, reply: ReplyView?) async throws -> Reply {
        guard let id = request.parameters["post"].flatMap({ Int64($0) }) else {
            throw PracticeError.gone
        }
        let card = try await desk.card(id, for: nil)
        let around = try await desk.context(id, for: nil)
        let now = request.now
        let view = ThreadView(
            above: around.above.map { PostView($0, now: now) }, post: PostView(card, now: now),
            below: around.below.map { PostView($0, now: now) },
            reply: reply ?? ReplyView(id: "\(id)", name: "", text: "", problem: nil))
        return try await frame.page(
            "practice/post", view, title: "Post by \(card.author.name)", for: request,
            status: reply == nil ? 200 : 422)
    }

    /// Something a visitor does to a post; no account is needed, so strangers are counted.
    private func visitor(
        _ path: String, _ perform: @escaping @Sendable (WebRequest, Int64) async throws -> Void
    ) -> Route {
        .machine("POST", path, bodyLimit: 16 << 10) { request in
            guard let id = request.parameters["post"].flatMap({ Int64($0) }) else {
                throw PracticeError.gone
            }
            let site = request.header("sec-fetch-site") ?? "same-origin"
            guard ["same-origin", "none"].contains(site) else {
                throw Problem(
                    .forbidden, code: "practice.elsewhere",
                    "Open the practice network itself to do this.")
            }
            let count = throttle.count(
                "visitor " + request.address, limit: 60, window: .minutes(5), now: request.now)
            guard !count.isOver else {
                throw PracticeError.tooMany(
                    seconds: Int((count.end - request.now).inSeconds) + 1)
            }
            do {
                try await perform(request, id)
            } catch let error as PracticeError where error.problem.kind == .invalid {
                let form = request.form
                return try await thread(
                    request,
                    reply: ReplyView(
                        id: "\(id)", name: form["name"] ?? "", text: form["text"] ?? "",
                        problem: error.problem.fields.values.first ?? error.problem.message))
            }
            return .redirect(to: "/practice/posts/\(id)")
        }
    }
}

// MARK: - What the pages show

struct TimelineView: Sendable {
    let posts: [PostView]
    let isEmpty: Bool
    let next: String?
}

struct PersonView: Sendable {
    let name: String
    let handle: String
    let posts: [PostView]
    let isEmpty: Bool
    let next: String?
    /// Whether it belongs to who looks at it.
    let isOwn: Bool
}

struct ThreadView: Sendable {
    let above: [PostView]
    let post: PostView
    let below: [PostView]
    let reply: ReplyView
}

struct ReplyView: Sendable {
    let id: String
    let name: String
    let text: String
    let problem: String?
}

struct PostView: Sendable {
    struct Picture: Sendable {
        let src: String
        let alt: String
    }

    let id: String
    let name: String
    let handle: String
    let isVisitor: Bool
    let when: String
    let moment: String
    let warning: String?
    let pieces: [PracticeJSON.Piece]
    let pictures: [Picture]
    let likes: String
    let boosts: String
    let replies: String

    init(_ card: PracticeCard, now: Instant) {
        id = "\(card.post.id)"
        name = card.author.name
        handle = card.author.handle
        isVisitor = card.author.isVisitor
        when = Self.ago(now - card.post.createdAt)
        moment = card.post.createdAt.iso8601
        warning = card.post.warning.isEmpty ? nil : card.post.warning
        pieces = PracticeJSON.pieces(card.post.text)
        pictures = card.pictures.map {
            Picture(src: "/practice/media/\($0.id)", alt: $0.description)
        }
        likes = "\(card.post.likes)"
        boosts = "\(card.post.boosts)"
        replies = "\(card.post.replies)"
    }

    static func ago(_ time: Duration) -> String {
        let seconds = Int(time.inSeconds)
        switch seconds {
        case ..<60: return "just now"
        case ..<3600: return "\(seconds / 60) min ago"
        case ..<86_400: return "\(seconds / 3600) h ago"
        default: return seconds < 172_800 ? "1 day ago" : "\(seconds / 86_400) days ago"
        }
    }
}
