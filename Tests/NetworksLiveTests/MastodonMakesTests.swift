import Foundation
import Kernel
import Networks
import Outbound
import Testing

@testable import NetworksLive

/// Where servers of the Mastodon API depart from Mastodon.
@Suite struct `Mastodon's kin` {
    static let noon = Instant(milliseconds: 1_795_435_200_000)

    private func connector(_ client: OutboundClient) -> Connector {
        .mastodon(outbound: client, surroundings: ManualClock(Self.noon).surroundings(seed: 1))
    }

    private func access(_ server: String) -> Access {
        Access(
            network: .mastodon, server: server, accountID: "7", handle: "ana@m.example",
            credentials: Credentials(accessToken: "secret"))
    }

    private static func post(_ text: String, media: [String] = []) -> OutgoingPost {
        OutgoingPost(
            key: "key-1", createdAt: noon, text: text,
            media: media.map { .init(reference: $0, altText: "", uploadedAt: noon) })
    }

    private static func status(
        _ content: String, id: String = "99", seconds: Int64 = 10, more: String = ""
    ) -> String {
        let text = String(decoding: (try? JSONEncoder().encode(content)) ?? Data(), as: UTF8.self)
        return """
            {"id":"\(id)","created_at":"\((noon + .seconds(seconds)).iso8601)","content":\(text),
             "in_reply_to_id":null,"account":{"id":"7","acct":"ana"}\(more)}
            """
    }

    // MARK: - Signing in

    private static let apps = [
        ScriptedServer.Answer(body: #"{"client_id":"c","client_secret":"s"}"#)
    ]
    private static let signedIn: [String: [ScriptedServer.Answer]] = [
        "POST /oauth/token": [.init(body: #"{"access_token":"t"}"#)],
        "GET /api/v1/accounts/verify_credentials": [
            .init(body: #"{"id":7,"username":"ana","acct":"ana","display_name":"Ana"}"#)
        ],
    ]

    @Test(arguments: [
        // Says what it knows: the least is asked for.
        (
            #"{"scopes_supported":["read","write","read:accounts","read:statuses","write:statuses","write:media"]}"#,
            "{}", "read:accounts read:statuses write:statuses write:media"
        ),
        // Knows the plain words only.
        (#"{"scopes_supported":["read","write","admin"]}"#, "{}", "read write"),
        // Says nothing.
        (nil, #"{"version":"3.0.0 (compatible; Takahe 0.11)"}"#, "read write:statuses write:media"),
        (nil, #"{"version":"3.5.3 (compatible; Pixelfed 0.12)"}"#, "read write"),
    ])
    func `asks for the least that the server understands`(
        metadata: String?, instance: String, scopes: String
    ) async throws {
        var script = Self.signedIn
        script["POST /api/v1/apps"] = Self.apps
        script["GET /api/v1/instance"] = [.init(body: instance)]
        if let metadata {
            script["GET /.well-known/oauth-authorization-server"] = [.init(body: metadata)]
        }
        let server = ScriptedServer(script)
        try await server.run { client, origin in
            let connecting = try #require(connector(client).connecting)
            let begin = try #require(connecting.begin)
            let finish = try #require(connecting.finish)
            let begun = try await begin(origin, "https://t.example/back/state-1", "state-1")
            let query = try #require(URLComponents(string: begun.browserURL)?.queryItems)
            let asked = Dictionary(
                query.map { ($0.name, $0.value ?? "") }, uniquingKeysWith: { first, _ in first })
            #expect(asked["scope"] == scopes)
            #expect(asked["redirect_uri"] == "https://t.example/back/state-1")
            #expect(asked["code_challenge_method"] == "S256")
            let registered = try #require(server.asked("POST", "/api/v1/apps").first).body
            #expect(registered.contains("redirect_uris=https%3A%2F%2Ft.example%2Fback%2Fstate-1"))
            let account = try await finish("code-1", begun.memory)
            #expect(account.accountID == "7")
            #expect(account.handle == "ana@127.0.0.1")
            let exchange = try #require(server.asked("POST", "/oauth/token").first)
            #expect(exchange.body.contains("code_verifier=\(begun.memory["verifier"] ?? "?")"))
        }
    }

    @Test func `registers anew each time, and with plain scopes where finer ones are refused`()
        async throws
    {
        var script = Self.signedIn
        script["POST /api/v1/apps"] =
            [.init(status: 422, body: #"{"error":"invalid_scope"}"#)] + Self.apps
        let server = ScriptedServer(script)
        try await server.run { client, origin in
            let begin = try #require(connector(client).connecting?.begin)
            let first = try await begin(origin, "https://t.example/back/1", "1")
            #expect(first.browserURL.contains("scope=read%20write&"))
            _ = try await begin(origin, "https://t.example/back/2", "2")
            #expect(server.asked("POST", "/api/v1/apps").count == 3)
        }
    }

    @Test(
        arguments: [
            ("https://m.example/", "https://m.example/", true),
            ("https://evil.example/", nil, true),
            (nil, nil, false),
        ] as [(String?, String?, Bool)])
    func `takes an answer only from the server that was asked`(
        issuer: String?, expected: String?, isSent: Bool
    ) async throws {
        let server = ScriptedServer(Self.signedIn)
        try await server.run { client, origin in
            let finish = try #require(connector(client).connecting?.finish)
            var memory = ["server": origin, "issuer": "https://m.example/"]
            memory["iss"] = issuer
            if isSent { memory["issuerIsSent"] = "true" }
            if expected != nil || issuer == nil {
                _ = try await finish("code", memory)
            } else {
                await #expect(throws: NetworkFailure.self) { try await finish("code", memory) }
                #expect(server.asked("POST", "/oauth/token").isEmpty, "the code must not leave")
            }
        }
    }

    @Test(arguments: [
        (401, #"{"error":"invalid_client"}"#), (400, #"{"error":"invalid_grant"}"#),
    ])
    func `a revoked application or a spent code is said in words`(
        status: Int, body: String
    ) async throws {
        let server = ScriptedServer(["POST /oauth/token": [.init(status: status, body: body)]])
        try await server.run { client, origin in
            let finish = try #require(connector(client).connecting?.finish)
            let failure = await #expect(throws: NetworkFailure.self) {
                try await finish("code", ["server": origin])
            }
            #expect(failure?.kind == .notPermitted)
            #expect(failure?.message.contains("Connect again") == true)
        }
    }

    @Test func `ends a sign-in as the registration that it belongs to`() async throws {
        var script = Self.signedIn
        script["POST /api/v1/apps"] = Self.apps
        script["POST /oauth/revoke"] = [.init(body: "{}"), .init(status: 403, body: "{}")]
        let server = ScriptedServer(script)
        try await server.run { client, origin in
            let connecting = try #require(connector(client).connecting)
            let begun = try await connecting.begin?(origin, "https://t.example/back", "state-1")
            let memory = try #require(begun?.memory)
            let account = try #require(try await connecting.finish?("code-1", memory))
            let end = try #require(connecting.end)
            var access = access(origin)
            access.credentials = account.credentials
            try await end(access)
            let asked = try #require(server.asked("POST", "/oauth/revoke").first).body
            #expect(asked == "client_id=c&client_secret=s&token=t")
            // A refusal is said, not swallowed.
            await #expect(throws: NetworkFailure.self) { try await end(access) }
            // One from before the registration was kept asks nothing that must be refused.
            access.credentials = Credentials(accessToken: "t")
            await #expect(throws: NetworkFailure.self) { try await end(access) }
            #expect(server.asked("POST", "/oauth/revoke").count == 2)
        }
    }

    // MARK: - Refusals

    @Test(arguments: [
        // A bad token: Takahe, Pleroma, snac.
        (400, 400, NetworkFailure.Kind.authorizationExpired),
        (403, 403, .authorizationExpired), (401, 401, .authorizationExpired),
        // The token is good: it was the content, or the account may not.
        (400, 200, .contentRefused), (403, 200, .notPermitted),
        // Nobody can say just now; certainly nothing was accepted.
        (400, 503, .unavailable),
    ])
    func `finds out whether the token or the content was refused`(
        status: Int, probe: Int, kind: NetworkFailure.Kind
    ) async throws {
        let server = ScriptedServer([
            "POST /api/v1/statuses": [.init(status: status, body: "Invalid Bearer token")],
            "GET /api/v1/accounts/verify_credentials": [
                .init(status: probe, body: #"{"id":"7","acct":"ana"}"#)
            ],
        ])
        try await server.run { client, origin in
            let publishing = try #require(connector(client).publishing)
            let failure = await #expect(throws: NetworkFailure.self) {
                try await publishing.publish(access(origin), Self.post("Hello"))
            }
            #expect(failure?.kind == kind)
        }
    }

    @Test func `a scope that is missing asks for a new connection`() async throws {
        let server = ScriptedServer([
            "POST /api/v1/statuses": [
                .init(
                    status: 403,
                    headers: ["www-authenticate": #"Bearer error="insufficient_scope""#])
            ]
        ])
        try await server.run { client, origin in
            let publishing = try #require(connector(client).publishing)
            let failure = await #expect(throws: NetworkFailure.self) {
                try await publishing.publish(access(origin), Self.post("Hello"))
            }
            #expect(failure?.kind == .authorizationExpired)
            #expect(failure?.code == "insufficient_scope")
        }
    }

    @Test(
        arguments: [
            (["retry-after": "90"], 90.0),
            (
                [
                    "retry-after": "Mon, 23 Nov 2026 13:01:30 GMT",
                    "date": "Mon, 23 Nov 2026 13:00:00 GMT",
                ], 90
            ),
            (["x-ratelimit-reset": "\((noon + .seconds(90)).iso8601)"], 90),
            (["x-ratelimit-reset": "90"], 90), (["ratelimit-reset": "90.0"], 90),
            (["x-ratelimit-reset": "\((noon + .seconds(90)).milliseconds / 1000)"], 90),
            (["x-ratelimit-reset": "\((noon + .seconds(90)).milliseconds)"], 90),
            ([:], nil), (["x-ratelimit-reset": "soon"], nil),
            // Nobody waits for years because a server says so.
            (["x-ratelimit-reset": "9999-12-31T00:00:00Z"], 86_400),
            (["x-ratelimit-reset": "99999999"], 86_400), (["x-ratelimit-reset": "0"], 1),
            (["x-ratelimit-reset": "Wed, 21 Oct 999999999999 07:28:00 GMT"], nil),
        ] as [([String: String], Double?)])
    func `understands when it may come back, however it is written`(
        headers: [String: String], seconds: Double?
    ) {
        let answer = OutboundAnswer(status: 429, headers: headers, body: Data(), url: "")
        #expect(RateHeaders.wait(answer, now: Self.noon)?.inSeconds == seconds)
    }

    @Test func `makes no call that the server has said it will not take`() async throws {
        let reset = (Self.noon + .seconds(90)).iso8601
        let server = ScriptedServer([
            "POST /api/v1/statuses": [
                .init(
                    headers: ["x-ratelimit-remaining": "0", "x-ratelimit-reset": reset],
                    body: Self.status("<p>Hello</p>"))
            ],
            "GET /api/v1/statuses/99": [.init(body: Self.status("<p>Hello</p>"))],
        ])
        let clock = ManualClock(Self.noon)
        try await server.run { client, origin in
            let connector = Connector.mastodon(
                outbound: client, surroundings: clock.surroundings(seed: 1))
            let publishing = try #require(connector.publishing)
            let insights = try #require(connector.insights)
            _ = try await publishing.publish(access(origin), Self.post("Hello"))
            let failure = await #expect(throws: NetworkFailure.self) {
                try await publishing.publish(access(origin), Self.post("Hello again"))
            }
            guard case .rateLimited(let wait?) = failure?.kind else {
                Issue.record("\(String(describing: failure))")
                return
            }
            #expect(wait > .seconds(85) && wait <= .seconds(90))
            #expect(server.asked("POST", "/api/v1/statuses").count == 1)
            // Other calls, other accounts and later times are not affected.
            _ = try await insights.figures(access(origin), RemotePost(id: "99"))
            var other = access(origin)
            other.credentials.accessToken = "another"
            _ = try await publishing.publish(other, Self.post("Hello"))
            clock.advance(by: .seconds(91))
            _ = try await publishing.publish(access(origin), Self.post("Hello again"))
        }
    }
}
