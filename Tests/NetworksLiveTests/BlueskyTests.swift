import Foundation
import Kernel
import Networks
import Outbound
import Synchronization
import Testing

@testable import NetworksLive

@Suite struct BlueskyTests {
    private static let noon = Instant(milliseconds: 1_795_435_200_000)
    private static let did = "did:plc:ana"
    private static let create = "POST /xrpc/com.atproto.repo.createRecord"
    private static let read = "GET /xrpc/com.atproto.repo.getRecord"

    @Test func `a token of another server that ends beyond all time has no end`() {
        let token = { (claims: String) in
            "e30." + Data(claims.utf8).base64EncodedString() + ".x"
        }
        #expect(
            TokenClaims.expiry(of: token("{\"exp\":1795435200}")) == Self.noon)
        #expect(TokenClaims.expiry(of: token("{\"exp\":9223372036854775807}")) == nil)
        #expect(TokenClaims.expiry(of: token("{\"exp\":-9223372036854775808}")) == nil)
    }

    private func connector(_ client: OutboundClient) -> Connector {
        .bluesky(outbound: client, surroundings: ManualClock(Self.noon).surroundings(seed: 1))
    }

    private func access(
        _ server: String, expiresAt: Instant? = nil,
        save: @escaping @Sendable (Credentials) async throws -> Void = { _ in }
    ) -> Access {
        Access(
            network: .bluesky, server: server, accountID: Self.did, handle: "ana.test",
            credentials: Credentials(
                accessToken: "old", refreshToken: "refresh", expiresAt: expiresAt,
                extra: ["appPassword": "word"]),
            saveCredentials: save)
    }

    private var post: OutgoingPost {
        OutgoingPost(
            key: "key-1", createdAt: Self.noon, text: "Ä☕ #beans by @ana.test: https://l.example/1",
            card: LinkCard(url: "https://l.example/1", title: "Beans", summary: ""),
            language: "en")
    }

    private var uri: String { "at://\(Self.did)/app.bsky.feed.post/\(rkey)" }
    private var rkey: String { TID.text(at: Self.noon, key: "key-1") }

    private func stored(_ text: String, uri: String? = nil) -> String {
        """
        {"uri":"\(uri ?? self.uri)","cid":"bafy1",
         "value":{"$type":"app.bsky.feed.post","text":"\(text)",
         "createdAt":"\((Self.noon + .seconds(1)).iso8601)"}}
        """
    }

    @Test func `writes a record with facets by byte, card and language`() async throws {
        let server = ScriptedServer([
            Self.create: [.init(body: #"{"uri":"\#(uri)","cid":"bafy1"}"#)],
            "GET /xrpc/com.atproto.identity.resolveHandle": [
                .init(body: #"{"did":"did:plc:other"}"#)
            ],
        ])
        try await server.run { client, origin in
            let publishing = try #require(connector(client).publishing)
            let made = try await publishing.publish(access(origin), post)
            #expect(made.id == uri)
            #expect(made.revision == "bafy1")
            #expect(made.url == "https://bsky.app/profile/\(Self.did)/post/\(rkey)")
            let body = try #require(
                server.asked("POST", "/xrpc/com.atproto.repo.createRecord").first?.body)
            #expect(
                body == """
                    {"collection":"app.bsky.feed.post","record":{"$type":"app.bsky.feed.post",\
                    "createdAt":"\(Self.noon.iso8601)",\
                    "embed":{"$type":"app.bsky.embed.external","external":{"description":"",\
                    "title":"Beans","uri":"https://l.example/1"}},"facets":[\
                    {"features":[{"$type":"app.bsky.richtext.facet#tag","tag":"beans"}],\
                    "index":{"byteEnd":12,"byteStart":6}},\
                    {"features":[{"$type":"app.bsky.richtext.facet#mention",\
                    "did":"did:plc:other"}],"index":{"byteEnd":25,"byteStart":16}},\
                    {"features":[{"$type":"app.bsky.richtext.facet#link",\
                    "uri":"https://l.example/1"}],"index":{"byteEnd":46,"byteStart":27}}],\
                    "langs":["en"],"text":"\(post.text)"},"repo":"did:plc:ana","rkey":"\(rkey)"}
                    """)
        }
    }

    @Test(arguments: [400, 409, 500])
    func `believes the record, not the answer`(status: Int) async throws {
        let server = ScriptedServer([
            Self.create: [.init(status: status, body: #"{"error":"InvalidSwap"}"#)],
            Self.read: [.init(body: stored("x"))],
        ])
        try await server.run { client, origin in
            let publishing = try #require(connector(client).publishing)
            let made = try await publishing.publish(access(origin), post)
            #expect(made.id == uri)
            #expect(
                server.asked("GET", "/xrpc/com.atproto.repo.getRecord").first?.query.contains(
                    "rkey=\(rkey)") == true)
        }
    }

    @Test func `a refused record that is not there stays refused`() async throws {
        let server = ScriptedServer([
            Self.create: [.init(status: 400, body: #"{"error":"InvalidRequest"}"#)],
            Self.read: [.init(status: 400, body: #"{"error":"RecordNotFound"}"#)],
        ])
        try await server.run { client, origin in
            let publishing = try #require(connector(client).publishing)
            let failure = await #expect(throws: NetworkFailure.self) {
                _ = try await publishing.publish(access(origin), post)
            }
            #expect(failure?.kind == .contentRefused)
            #expect(failure?.code == "InvalidRequest")
        }
    }

    @Test func `takes only a clear answer for absence`() async throws {
        let server = ScriptedServer([
            Self.read: [.init(status: 400, body: #"{"error":"InvalidRequest"}"#)]
        ])
        try await server.run { client, origin in
            let publishing = try #require(connector(client).publishing)
            let probe = PostProbe(post: post, link: nil, sentAfter: Self.noon)
            await #expect(throws: NetworkFailure.self) {
                _ = try await publishing.find(access(origin), probe)
            }
        }
    }

    @Test func `renews a sign-in that ends, keeps it, and shares it between steps`() async throws {
        let later = Int(Self.noon.milliseconds / 1000) + 7200
        let claims = Data(#"{"exp":\#(later)}"#.utf8).base64EncodedString()
            .replacing("=", with: "")
        let fresh = "h.\(claims).s"
        let server = ScriptedServer([
            "POST /xrpc/com.atproto.server.refreshSession": [
                .init(
                    body: """
                        {"did":"did:plc:ana","handle":"ana.test","accessJwt":"\(fresh)",
                         "refreshJwt":"refresh-2"}
                        """)
            ],
            "GET /xrpc/app.bsky.actor.getProfile": [
                .init(body: #"{"did":"d","handle":"ana.test","followersCount":12}"#)
            ],
        ])
        try await server.run { client, origin in
            let saved = Mutex<[Credentials]>([])
            let account = access(origin, expiresAt: Self.noon + .seconds(20)) { credentials in
                saved.withLock { $0.append(credentials) }
            }
            let insights = try #require(connector(client).insights)
            #expect(try await insights.followers(account) == 12)
            #expect(try await insights.followers(account) == 12)
            #expect(saved.withLock { $0.map(\.refreshToken) } == ["refresh-2"])
            #expect(saved.withLock { $0.first?.extra["appPassword"] } == "word")
            let calls = server.asked("GET", "/xrpc/app.bsky.actor.getProfile")
            #expect(
                calls.map { $0.headers["authorization"] } == ["Bearer \(fresh)", "Bearer \(fresh)"])
        }
    }

    @Test func `signs in again with the app password when the refresh token is spent`() async throws
    {
        let server = ScriptedServer([
            "POST /xrpc/com.atproto.server.refreshSession": [
                .init(status: 400, body: #"{"error":"ExpiredToken"}"#)
            ],
            "POST /xrpc/com.atproto.server.createSession": [
                .init(body: #"{"did":"did:plc:ana","handle":"ana.test","accessJwt":"new"}"#)
            ],
            "GET /xrpc/app.bsky.actor.getProfile": [
                .init(status: 400, body: #"{"error":"ExpiredToken"}"#),
                .init(body: #"{"did":"d","handle":"ana.test"}"#),
            ],
        ])
        try await server.run { client, origin in
            let insights = try #require(connector(client).insights)
            // A figure that is not reported is unknown, not nought.
            #expect(try await insights.followers(access(origin)) == nil)
            #expect(server.asked.last?.headers["authorization"] == "Bearer new")
        }
    }

    @Test func `ends its session with the refresh token, and no other`() async throws {
        let refused = { (status: Int, code: String) in
            ScriptedServer.Answer(status: status, body: #"{"error":"\#(code)","message":"No"}"#)
        }
        let path = "/xrpc/com.atproto.server.deleteSession"
        let server = ScriptedServer([
            "POST " + path: [
                .init(body: ""), refused(400, "ExpiredToken"), refused(400, "InvalidToken"),
                refused(401, "AuthMissing"), refused(501, "MethodNotImplemented"),
            ]
        ])
        try await server.run { client, origin in
            let connecting = try #require(connector(client).connecting)
            let end = try #require(connecting.end)
            #expect(connecting.outlasting == "app password")
            // Whoever has run out before has ended as well.
            for _ in 0..<3 { try await end(access(origin)) }
            for _ in 0..<2 {
                await #expect(throws: NetworkFailure.self) { try await end(access(origin)) }
            }
            let asked = server.asked("POST", path)
            #expect(asked.count == 5 && server.asked.count == 5)
            #expect(asked.allSatisfy { $0.headers["authorization"] == "Bearer refresh" })
            #expect(asked.allSatisfy { $0.body.isEmpty })
        }
    }

    @Test func `ending one session leaves a newer one of the account in use`() async {
        let sessions = BlueskySessions()
        let given = access("https://pds.example", expiresAt: Self.noon)
        var newer = given
        newer.credentials.refreshToken = "refresh-2"
        newer.credentials.expiresAt = Self.noon + .minutes(120)
        await sessions.keep(newer.credentials, of: given)
        await sessions.forget(given)
        #expect(await sessions.current(given).refreshToken == "refresh-2")
        await sessions.forget(newer)
        #expect(await sessions.current(given).refreshToken == "refresh")
    }

    @Test func `two sign-ins of one account keep sessions of their own`() async {
        let sessions = BlueskySessions()
        var first = access("https://pds.example", expiresAt: Self.noon)
        first.connectedAt = Self.noon
        var second = first
        second.connectedAt = Self.noon + .seconds(1)
        var renewed = first.credentials
        renewed.refreshToken = "refresh-2"
        renewed.expiresAt = Self.noon + .minutes(120)
        await sessions.keep(renewed, of: first)
        #expect(await sessions.current(first).refreshToken == "refresh-2")
        #expect(await sessions.current(second).refreshToken == "refresh")
    }

    @Test func `finds by record key, else by text, else is sure`() async throws {
        let missing = ScriptedServer.Answer(status: 400, body: #"{"error":"RecordNotFound"}"#)
        let other = "at://\(Self.did)/app.bsky.feed.post/3other"
        let server = ScriptedServer([
            Self.read: [.init(body: stored("x")), missing, missing],
            "GET /xrpc/com.atproto.repo.listRecords": [
                .init(body: #"{"records":[\#(stored(post.text, uri: other))]}"#),
                .init(body: #"{"records":[]}"#),
            ],
        ])
        try await server.run { client, origin in
            let publishing = try #require(connector(client).publishing)
            let probe = PostProbe(post: post, link: nil, sentAfter: Self.noon)
            var means: [String] = []
            for _ in 0..<3 {
                switch try await publishing.find(access(origin), probe) {
                case .found(_, let by): means.append(by)
                case .absent: means.append("absent")
                case .unknown: means.append("unknown")
                }
            }
            #expect(means == ["its record key", "its text", "absent"])
        }
    }

    @Test func `reads replies below a post at any depth`() async throws {
        func view(_ name: String, _ did: String, _ text: String, below: String = "") -> String {
            """
            {"post":{"uri":"at://\(did)/app.bsky.feed.post/\(name)","cid":"c\(name)",
             "author":{"did":"\(did)","handle":"\(name).test"},"replyCount":0,
             "record":{"text":"\(text)","createdAt":"2026-11-23T12:00:0\(name)Z",
             "reply":{"root":{"uri":"at://r","cid":"c"},"parent":{"uri":"at://p","cid":"c"}}}},
             "replies":[\(below)]}
            """
        }
        let inner = view("2", "did:plc:bob", "Second")
        let ours = view("1", Self.did, "Ours", below: inner)
        let blocked = #"{"$type":"app.bsky.feed.defs#blockedPost","uri":"at://x","blocked":true}"#
        let top = view("0", "did:plc:cy", "First", below: ours + "," + blocked)
        let server = ScriptedServer([
            "GET /xrpc/app.bsky.feed.getPostThread": [
                .init(body: #"{"thread":\#(view("9", Self.did, "Top", below: top))}"#)
            ]
        ])
        try await server.run { client, origin in
            let inbox = try #require(connector(client).inbox)
            let messages = try await inbox.replies(access(origin), RemotePost(id: uri))
            #expect(messages.map(\.text) == ["First", "Second"])
            #expect(messages.map(\.authorHandle) == ["0.test", "2.test"])
        }
    }
}
