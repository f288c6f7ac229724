import Foundation
import Kernel
import Networks
import Outbound
import Testing

@testable import NetworksLive

@Suite struct MastodonTests {
    private static let noon = Instant(milliseconds: 1_795_435_200_000)

    private static func status(
        _ id: String, _ content: String, seconds: Int64 = 10, account: String = "7",
        parent: String? = nil
    ) -> String {
        let at = (noon + .seconds(seconds)).iso8601
        let reply = parent.map { "\"\($0)\"" } ?? "null"
        return """
            {"id":"\(id)","created_at":"\(at)","in_reply_to_id":\(reply),
             "url":"https://m.example/@ana/\(id)","content":"\(content)",
             "account":{"id":"\(account)","username":"ana","acct":"ana","display_name":""},
             "favourites_count":3,"reblogs_count":0,"replies_count":2}
            """
    }

    private func connector(_ client: OutboundClient) -> Connector {
        .mastodon(
            outbound: client, surroundings: ManualClock(Self.noon).surroundings(seed: 1))
    }

    private func access(_ server: String) -> Access {
        Access(
            network: .mastodon, server: server, accountID: "7", handle: "ana@m.example",
            credentials: Credentials(accessToken: "secret"))
    }

    private var post: OutgoingPost {
        OutgoingPost(
            key: "key-1", createdAt: Self.noon, text: "New beans & more: https://l.example/x1",
            media: [.init(reference: "55", altText: "A cup", uploadedAt: Self.noon)],
            language: "en-GB", visibility: .unlisted, contentWarning: "coffee")
    }

    @Test func `publishes under an idempotency key with everything the post says`() async throws {
        let server = ScriptedServer([
            "POST /api/v1/statuses": [.init(body: Self.status("99", "<p>x</p>"))]
        ])
        try await server.run { client, origin in
            let publishing = try #require(connector(client).publishing)
            let made = try await publishing.publish(access(origin), post)
            #expect(made.id == "99")
            #expect(made.url == "https://m.example/@ana/99")
            let asked = try #require(server.asked.first)
            #expect(asked.headers["idempotency-key"] == "key-1")
            #expect(asked.headers["authorization"] == "Bearer secret")
            #expect(
                asked.body
                    == "status=New%20beans%20%26%20more%3A%20https%3A%2F%2Fl.example%2Fx1"
                    + "&media_ids%5B%5D=55&visibility=unlisted&spoiler_text=coffee"
                    + "&sensitive=true&language=en")
        }
    }

    @Test(arguments: [
        (401, NetworkFailure.Kind.authorizationExpired), (403, .notPermitted), (404, .gone),
        (422, .contentRefused), (409, .duplicate), (500, .ambiguous), (503, .ambiguous),
        (429, .rateLimited(retryAfter: .seconds(90))),
    ])
    func `tells failures apart by status, in whatever language`(
        status: Int, kind: NetworkFailure.Kind
    ) async throws {
        let reset = (Self.noon + .seconds(90)).iso8601
        let server = ScriptedServer([
            "POST /api/v1/statuses": [
                .init(
                    status: status, headers: ["x-ratelimit-reset": reset],
                    body: #"{"error":"バリデーションに失敗しました"}"#)
            ],
            "GET /api/v1/accounts/verify_credentials": [
                .init(body: #"{"id":"7","acct":"ana"}"#)
            ],
        ])
        try await server.run { client, origin in
            let publishing = try #require(connector(client).publishing)
            let failure = await #expect(throws: NetworkFailure.self) {
                _ = try await publishing.publish(access(origin), post)
            }
            #expect(failure?.kind == kind)
            #expect(failure?.message.contains("バ") == false)
        }
    }

    @Test func `an answer that cannot be read leaves it unknown`() async throws {
        let server = ScriptedServer(["POST /api/v1/statuses": [.init(body: "<html>")]])
        try await server.run { client, origin in
            let publishing = try #require(connector(client).publishing)
            let failure = await #expect(throws: NetworkFailure.self) {
                _ = try await publishing.publish(access(origin), post)
            }
            #expect(failure?.kind == .ambiguous)
        }
    }

    @Test(arguments: [
        ("its own link", #"<p>New beans: <a href=\"https://l.example/x1\">l.example</a></p>"#),
        ("its text", #"<p>New beans &amp; more: https://l.example/x1</p>"#),
    ])
    func `finds a post that arrived`(means: String, content: String) async throws {
        let server = ScriptedServer([
            "GET /api/v1/accounts/7/statuses": [
                .init(body: "[\(Self.status("100", "<p>Other</p>")),\(Self.status("99", content))]")
            ]
        ])
        try await server.run { client, origin in
            let publishing = try #require(connector(client).publishing)
            let link = means == "its text" ? nil : "https://l.example/x1"
            let proof = try await publishing.find(
                access(origin), PostProbe(post: post, link: link, sentAfter: Self.noon))
            guard case .found(let found, let by) = proof else {
                Issue.record("\(proof)")
                return
            }
            #expect(found.id == "99")
            #expect(by == means)
        }
    }

    @Test func `is sure that a post is absent only when nothing looks like it`() async throws {
        let old = Self.status("1", "<p>Old</p>", seconds: -600)
        let alike = Self.status("2", "<p>New beans &amp; more: https://l.exampl…</p>")
        let server = ScriptedServer([
            "GET /api/v1/accounts/7/statuses": [
                .init(body: "[\(old)]"), .init(body: "[\(alike),\(old)]"),
            ]
        ])
        try await server.run { client, origin in
            let publishing = try #require(connector(client).publishing)
            let probe = PostProbe(
                post: post, link: "https://l.example/x1", sentAfter: Self.noon)
            let first = try await publishing.find(access(origin), probe)
            #expect(first == .absent(by: "the account's 0 posts since it was sent"))
            #expect(server.asked("GET", "/api/v1/accounts/7/statuses").count == 1)
            let second = try await publishing.find(access(origin), probe)
            guard case .unknown = second else {
                Issue.record("\(second)")
                return
            }
        }
    }

    @Test func `names the person it answers, and lists replies as plain text`() async throws {
        let theirs = Self.status("5", "<p>Hi</p>", account: "8")
        let server = ScriptedServer([
            "GET /api/v1/statuses/5": [.init(body: theirs)],
            "POST /api/v1/statuses": [.init(body: Self.status("6", "x"))],
            "GET /api/v1/statuses/4/context": [
                .init(
                    body: """
                        {"ancestors":[],"descendants":[\
                        \(Self.status("5", "<p>One<br/>two</p><p>&lt;3</p>", account: "8", parent: "4")),
                        \(Self.status("6", "<p>ours</p>", parent: "5"))]}
                        """)
            ],
        ])
        try await server.run { client, origin in
            let connector = connector(client)
            let publishing = try #require(connector.publishing)
            let answer = OutgoingPost(
                key: "k", createdAt: Self.noon, text: "Thank you", replyTo: RemotePost(id: "5"))
            _ = try await publishing.publish(access(origin), answer)
            let body = try #require(server.asked("POST", "/api/v1/statuses").first?.body)
            #expect(body.hasPrefix("status=%40ana%20Thank%20you"))
            #expect(body.hasSuffix("in_reply_to_id=5"))
            let inbox = try #require(connector.inbox)
            let messages = try await inbox.replies(
                access(origin), RemotePost(id: "4"))
            #expect(messages.map(\.text) == ["One\ntwo\n\n<3"])
            #expect(messages.first?.inReplyTo == "4")
        }
    }

    @Test func `waits until a picture is processed`() async throws {
        let server = ScriptedServer([
            "POST /api/v2/media": [.init(status: 202, body: #"{"id":"9"}"#)],
            "GET /api/v1/media/9": [.init(status: 200, body: #"{"id":"9"}"#)],
        ])
        try await server.run { client, origin in
            let file = MediaFile(
                bytes: Data("JPEG".utf8), contentType: "image/jpeg", fileName: "a b\".jpg",
                altText: "Ein Café", width: 1, height: 1)
            let publishing = try #require(connector(client).publishing)
            let uploaded = try await publishing.upload(access(origin), file)
            #expect(uploaded.reference == "9")
            let body = try #require(server.asked.first?.body)
            #expect(body.contains("name=\"description\"\r\n\r\nEin Café\r\n"))
            #expect(
                body.contains("filename=\"ab.jpg\"\r\nContent-Type: image/jpeg\r\n\r\nJPEG\r\n"))
        }
    }

    @Test(.enabled(if: Recording.isHere, "The acceptance data is absent."))
    func `understands everything a real server was recorded to say`() throws {
        #expect(Recording.exchanges(of: "mastodon").count > 20)
        let calls = NetworkCalls(
            network: .mastodon, outbound: OutboundClient(), surroundings: .live)
        for exchange in Recording.exchanges(of: "mastodon") where exchange.status == 200 {
            let answer = OutboundAnswer(status: 200, body: exchange.body, url: exchange.path)
            switch (exchange.method, exchange.path) {
            case ("POST", "/api/v1/statuses"):
                // Scheduled ones have no content yet.
                guard String(decoding: exchange.body, as: UTF8.self).contains("\"content\"")
                else { continue }
                let status = try calls.decode(MastodonValues.Status.self, answer, .change)
                #expect(status.at != nil)
                #expect(status.figures.likes != nil)
            case ("POST", "/api/v2/media"):
                _ = try calls.decode(MastodonValues.Media.self, answer, .change)
            case ("POST", "/api/v1/apps"):
                _ = try calls.decode(MastodonValues.App.self, answer, .change)
            case ("GET", "/api/v1/accounts/verify_credentials"):
                let account = try calls.decode(MastodonValues.Account.self, answer, .repeatable)
                #expect(account.followersCount != nil)
            case ("GET", "/api/v2/instance/"):
                let limits = try calls.decode(
                    MastodonValues.Instance.self, answer, .repeatable
                ).limits
                #expect(limits[.textLength] == 500)
                #expect(limits[.imageBytes] == 16_777_216)
                #expect(limits[.altTextLength] == 10_000)
            case ("GET", let path) where path.hasSuffix("/context"):
                _ = try calls.decode(MastodonValues.Context.self, answer, .repeatable)
            default: break
            }
        }
    }
}
