import Foundation
import Kernel
import Store
import Web

extension PracticeWeb {
    var statusRoutes: [Route] {
        [
            api("POST", "/api/v1/statuses", scope: "write:statuses", publish),
            api("GET", "/api/v1/statuses/{status}", scope: nil) { call in
                let id = try call.number("status")
                return Self.answer(
                    call.json.status(try await desk.card(id, for: call.bearer?.account?.id)))
            },
            api("GET", "/api/v1/statuses/{status}/source", scope: "read:statuses") { call in
                let id = try call.number("status")
                return Self.answer(
                    call.json.source(try await desk.card(id, for: try call.account.id)))
            },
            api("DELETE", "/api/v1/statuses/{status}", scope: "write:statuses") { call in
                let card = try await desk.delete(
                    try call.number("status"), by: try call.account)
                guard case .object(var members) = call.json.status(card) else {
                    throw PracticeError.gone
                }
                members["text"] = .string(card.post.text)
                return Self.answer(.object(members))
            },
            api("GET", "/api/v1/statuses/{status}/context", scope: nil) { call in
                let found = try await desk.context(
                    try call.number("status"), for: call.bearer?.account?.id)
                return Self.answer([
                    "ancestors": .array(found.above.map(call.json.status)),
                    "descendants": .array(found.below.map(call.json.status)),
                ])
            },
            mark("favourite", "favourite", true), mark("unfavourite", "favourite", false),
            mark("reblog", "reblog", true), mark("unreblog", "reblog", false),
            api("GET", "/api/v1/timelines/public", scope: nil) { call in
                Self.cards(try await desk.publicTimeline(call.slice), call)
            },
            api("GET", "/api/v1/timelines/home", scope: "read:statuses") { call in
                _ = try call.account
                return Self.cards(try await desk.publicTimeline(call.slice), call)
            },
            api("GET", "/api/v1/notifications", scope: "read:notifications") { call in
                let notices = try await desk.notices(try call.account.id, call.slice)
                return Self.answer(notices.map(call.json.notice), ids: notices.map(\.id), call)
            },
        ]
    }

    private func mark(_ word: String, _ kind: String, _ isOn: Bool) -> Route {
        let scope = kind == "favourite" ? "write:favourites" : "write:statuses"
        return api("POST", "/api/v1/statuses/{status}/\(word)", scope: scope) { call in
            Self.answer(
                call.json.status(
                    try await desk.mark(
                        try call.number("status"), kind, isOn, by: try call.account)))
        }
    }

    static func cards(_ cards: [PracticeCard], _ call: Call) -> Reply {
        answer(cards.map(call.json.status), ids: cards.map(\.post.id), call)
    }

    private var publish: @Sendable (Call) async throws -> Reply {
        { call in
            let input = call.input
            var draft = PracticeDraft(text: input["status"] ?? "")
            draft.warning = input["spoiler_text"] ?? ""
            let visibility = input["visibility"] ?? "public"
            draft.visibility =
                ["public", "unlisted", "private"].contains(visibility) ? visibility : "private"
            draft.language = input["language"].map { String($0.prefix(20)) }
            if let parent = input["in_reply_to_id"], !parent.isEmpty {
                guard let number = Int64(parent) else { throw PracticeError.gone }
                draft.parent = number
            }
            draft.pictures = try input.all("media_ids").map { text in
                guard let number = Int64(text) else { throw PracticeError.picture }
                return number
            }
            draft.key = call.request.header("idempotency-key").flatMap {
                (1...250).contains($0.utf8.count) ? $0 : nil
            }
            return Self.answer(call.json.status(try await desk.post(draft, by: try call.account)))
        }
    }

    // MARK: - Pictures

    var mediaRoutes: [Route] {
        let upload: @Sendable (Call) async throws -> Reply = { call in
            guard let file = call.input.file else { throw PracticeError.picture }
            return Self.answer(
                call.json.media(
                    try await desk.upload(
                        file, description: call.input["description"] ?? "",
                        by: try call.account)))
        }
        let room = PracticeLimits.bytes + 1 << 16
        return [
            api(
                "POST", "/api/v2/media", scope: "write:media", limit: 30, window: .minutes(30),
                bodyLimit: room, upload),
            api(
                "POST", "/api/v1/media", scope: "write:media", limit: 30, window: .minutes(30),
                bodyLimit: room, upload),
            api("GET", "/api/v1/media/{media}", scope: "write:media") { call in
                let id = try call.number("media")
                let owner = try call.account.id
                let picture = try await desk.database.read { tx in
                    try desk.picture(id, of: owner, tx)
                }
                return Self.answer(call.json.media(picture))
            },
            api("PUT", "/api/v1/media/{media}", scope: "write:media") { call in
                Self.answer(
                    call.json.media(
                        try await desk.describe(
                            try call.number("media"), call.input["description"] ?? "",
                            by: try call.account)))
            },
            .machine("GET", "/practice/media/{media}") { request in
                guard let id = request.parameters["media"].flatMap({ Int64($0) }) else {
                    throw PracticeError.gone
                }
                let file = try await desk.file(id)
                return .file(
                    file.bytes, type: file.type, cache: "public, max-age=31536000, immutable")
            },
            .machine("GET", "/practice/avatar.svg") { _ in
                .file(
                    Data(Self.avatar.utf8), type: "image/svg+xml", cache: "public, max-age=86400")
            },
        ]
    }

    private static let avatar = """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><rect width="24" height="24" \
        fill="#56b4e9"/><circle cx="12" cy="9" r="4" fill="#fff"/><path d="M4 22a8 8 0 0 1 16 0z" \
        fill="#fff"/></svg>
        """
}
