import Foundation
import Kernel
import Networks
import Outbound
import Testing

@testable import NetworksLive

/// Recognising one's own post in what servers make of it, and limits in what they say.
@Suite struct `Read back from Mastodon's kin` {
    private static let noon = Instant(milliseconds: 1_795_435_200_000)

    private func connector(_ client: OutboundClient) -> Connector {
        .mastodon(outbound: client, surroundings: ManualClock(Self.noon).surroundings(seed: 1))
    }

    private func access(_ server: String) -> Access {
        Access(
            network: .mastodon, server: server, accountID: "7", handle: "ana@m.example",
            credentials: Credentials(accessToken: "secret"))
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

    private static let link = "https://shop.example/beans?utm_source=mastodon&utm_content=a1b2c3"
    private static let sent = "It's \"fresh\" – @ana@m.example says so…\n\n*New* beans: \(link)"

    @Test(arguments: [
        // Mastodon: spans around the parts of a link, paragraphs.
        (
            "<p>It&#39;s &quot;fresh&quot; – <span class=\"h-card\"><a href=\"https://m.example/@ana\">@<span>ana</span></a></span> says so…</p><p>*New* beans: <a href=\"https://shop.example/beans?utm_source=mastodon&amp;utm_content=a1b2c3\"><span class=\"invisible\">https://</span><span class=\"ellipsis\">shop.example/beans?utm_sour</span><span class=\"invisible\">ce=mastodon&amp;utm_content=a1b2c3</span></a></p>",
            true, "its own link"
        ),
        // The link is cut off in the text and whole in its address.
        (
            "It's \"fresh\"<br/>beans: <a href='https://shop.example/beans?utm_source=mastodon&amp;utm_content=a1b2c3'>shop.example/bea…</a>",
            true, "its own link"
        ),
        // No link of its own: the text decides, whatever was done to its quotes and lines.
        (
            "<p>It’s “fresh” – @ana says so...<br>*New* beans: https://shop.example/beans?utm_source=mastodon&amp;utm_content=a1b2c3</p>",
            false, "its text"
        ),
        // snac and others read marks as formatting.
        (
            "<p>It's \"fresh\" – @ana@m.example says so…</p><p><i>New</i> beans: <a href=\"x\">https://shop.example/beans?utm_source=mastodon&amp;utm_content=a1b2c3</a></p>",
            false, "its words"
        ),
    ])
    func `recognises a post in what a server made of it`(
        content: String, hasLink: Bool, means: String
    ) async throws {
        let server = ScriptedServer([
            "GET /api/v1/accounts/7/statuses": [.init(body: "[\(Self.status(content))]")]
        ])
        try await server.run { client, origin in
            let publishing = try #require(connector(client).publishing)
            let probe = PostProbe(
                post: OutgoingPost(key: "k", createdAt: Self.noon, text: Self.sent),
                link: hasLink ? Self.link : nil, sentAfter: Self.noon)
            guard case .found(_, let by) = try await publishing.find(access(origin), probe) else {
                Issue.record("not found")
                return
            }
            #expect(by == means)
        }
    }

    @Test(arguments: ["<p>Hi there.</p>", "<p>Hi!</p>", "", "<p>Completely different beans</p>"])
    func `takes nothing else for it`(content: String) async throws {
        let server = ScriptedServer([
            "GET /api/v1/accounts/7/statuses": [
                .init(body: "[\(Self.status(content)),\(Self.status("Old", seconds: -900))]")
            ]
        ])
        try await server.run { client, origin in
            let publishing = try #require(connector(client).publishing)
            let probe = PostProbe(
                post: OutgoingPost(key: "k", createdAt: Self.noon, text: "Hi?"), link: nil,
                sentAfter: Self.noon)
            let proof = try await publishing.find(access(origin), probe)
            #expect(proof == .absent(by: "the account's 1 posts since it was sent"))
        }
    }

    @Test func `pictures without words are known by their names`() async throws {
        let media = #","media_attachments":[{"id":55},{"id":"56"}]"#
        let server = ScriptedServer([
            "GET /api/v1/accounts/7/statuses": [
                .init(
                    body: "[\(Self.status("", more: media)),\(Self.status("Old", seconds: -900))]")
            ]
        ])
        try await server.run { client, origin in
            let publishing = try #require(connector(client).publishing)
            func look(_ names: [String]) async throws -> Proof {
                let post = OutgoingPost(
                    key: "k", createdAt: Self.noon, text: "",
                    media: names.map { .init(reference: $0, altText: "", uploadedAt: Self.noon) })
                return try await publishing.find(
                    access(origin), PostProbe(post: post, link: nil, sentAfter: Self.noon))
            }
            guard case .found(_, by: "its pictures") = try await look(["55", "56"]) else {
                Issue.record("not found")
                return
            }
            // Named anew, perhaps: a person looks rather than that it is sent again.
            guard case .unknown = try await look(["57"]) else {
                Issue.record("not unknown")
                return
            }
        }
    }

    @Test func `a boost or a pinned post with an old date hides nothing behind it`() async throws {
        let boost = Self.status("Old", id: "9", seconds: -90_000, more: #","reblog":{"id":"1"}"#)
        let strange = Self.status("Old", id: "8", seconds: -90_000)
            .replacing(#""id":"7""#, with: #""id":"12""#)
        let pinned = Self.status("Pinned", id: "1", seconds: -90_000)
        let ours = Self.status("<p>Beans are in</p>", id: "99")
        let old = Self.status("Old", id: "2", seconds: -80_000)
        let server = ScriptedServer([
            "GET /api/v1/accounts/7/statuses": [
                .init(body: "[\(boost),\(strange),\(pinned),\(ours),\(old)]")
            ]
        ])
        try await server.run { client, origin in
            let publishing = try #require(connector(client).publishing)
            let post = OutgoingPost(key: "k", createdAt: Self.noon, text: "Beans are in")
            let proof = try await publishing.find(
                access(origin), PostProbe(post: post, link: nil, sentAfter: Self.noon))
            guard case .found(let found, _) = proof else {
                Issue.record("\(proof)")
                return
            }
            #expect(found.id == "99")
        }
    }

    @Test func `posts that are known to be others prove nothing, however alike`() async throws {
        let alike = Self.status("<p>New from the blog today: how beans grow</p>", id: "98")
        let same = Self.status("<p>New from the blog today: how tea grows</p>", id: "99")
        let old = Self.status("Old", id: "2", seconds: -80_000)
        let server = ScriptedServer([
            "GET /api/v1/accounts/7/statuses": [.init(body: "[\(same),\(alike),\(old)]")]
        ])
        try await server.run { client, origin in
            let publishing = try #require(connector(client).publishing)
            func look(_ others: Set<String>) async throws -> Proof {
                let post = OutgoingPost(
                    key: "k", createdAt: Self.noon, text: "New from the blog today: how tea grows")
                return try await publishing.find(
                    access(origin),
                    PostProbe(post: post, link: nil, sentAfter: Self.noon, others: others))
            }
            guard case .found(let found, _) = try await look(["98"]), found.id == "99" else {
                Issue.record("not found")
                return
            }
            guard case .unknown = try await look(["99"]) else {
                Issue.record("not unknown")
                return
            }
            guard case .absent = try await look(["98", "99"]) else {
                Issue.record("not absent")
                return
            }
        }
    }

    @Test func `a server whose clock is behind is asked by its own clock`() async throws {
        // The scripted server's answers carry the true time; our clock is an hour ahead of it.
        let there = Surroundings.live.now()
        let clock = ManualClock(there + .hours(1))
        let ours = Self.status("<p>Beans are in</p>")
            .replacing((Self.noon + .seconds(10)).iso8601, with: there.iso8601)
        let server = ScriptedServer([
            "GET /api/v1/accounts/7/statuses": [
                .init(body: "[\(ours),\(Self.status("Old", id: "2", seconds: -90_000))]")
            ]
        ])
        try await server.run { client, origin in
            let connector = Connector.mastodon(
                outbound: client, surroundings: clock.surroundings(seed: 1))
            let publishing = try #require(connector.publishing)
            let post = OutgoingPost(key: "k", createdAt: clock.now, text: "Beans are in")
            let proof = try await publishing.find(
                access(origin), PostProbe(post: post, link: nil, sentAfter: clock.now))
            guard case .found = proof else {
                Issue.record("\(proof)")
                return
            }
        }
    }

    @Test func `a server that gives the same page again is no proof when the page is full`()
        async throws
    {
        let full = (0..<40).map { Self.status("<p>Post \($0)</p>", id: "\($0)") }
            .joined(separator: ",")
        let few = (0..<3).map { Self.status("<p>Post \($0)</p>", id: "\($0)") }
            .joined(separator: ",")
        for (page, isProof) in [(full, false), (few, true)] {
            let server = ScriptedServer([
                "GET /api/v1/accounts/7/statuses": [.init(body: "[\(page)]")]
            ])
            try await server.run { client, origin in
                let publishing = try #require(connector(client).publishing)
                let post = OutgoingPost(key: "k", createdAt: Self.noon, text: "Beans are in")
                let proof = try await publishing.find(
                    access(origin), PostProbe(post: post, link: nil, sentAfter: Self.noon))
                switch proof {
                case .absent: #expect(isProof)
                case .unknown: #expect(!isProof)
                case .found: Issue.record("found")
                }
            }
        }
    }

    // MARK: - Limits and pictures

    @Test(
        arguments: [
            (
                #"{"configuration":{"statuses":{"max_characters":5000,"max_media_attachments":6,"characters_reserved_per_url":25},"media_attachments":{"description_limit":1500,"image_size_limit":41943040}}}"#,
                nil,
                [RuleName.textLength: 5000, .imageCount: 6, .linkLength: 25, .altTextLength: 1500]
            ),
            (
                nil,
                #"{"version":"2.7.2 (compatible; Akkoma 3.10)","max_toot_chars":10000,"description_limit":5000,"upload_limit":16000000}"#,
                [.textLength: 10_000, .altTextLength: 5000, .imageBytes: 16_000_000]
            ),
            (
                #"{"error":"not here"}"#,
                #"{"configuration":{"statuses":{"max_characters":"840"}}}"#,
                [.textLength: 840]
            ),
        ] as [(String?, String?, [RuleName: Int])])
    func `reads the limits of a server in its newer or older words`(
        second: String?, first: String?, expected: [RuleName: Int]
    ) async throws {
        var script: [String: [ScriptedServer.Answer]] = [:]
        if let second { script["GET /api/v2/instance"] = [.init(body: second)] }
        if let first { script["GET /api/v1/instance"] = [.init(body: first)] }
        let server = ScriptedServer(script)
        try await server.run { client, origin in
            let publishing = try #require(connector(client).publishing)
            let limits = try await publishing.liveLimits(access(origin))
            for (name, limit) in expected { #expect(limits[name] == limit) }
        }
    }

    @Test func `uploads to the older address, and says when a picture cannot be processed`()
        async throws
    {
        let server = ScriptedServer([
            "POST /api/v1/media": [
                .init(status: 200, body: #"{"id":9}"#), .init(status: 202, body: #"{"id":"10"}"#),
            ],
            "GET /api/v1/media/10": [.init(status: 422, body: #"{"error":"…"}"#)],
        ])
        try await server.run { client, origin in
            let publishing = try #require(connector(client).publishing)
            let file = MediaFile(
                bytes: Data("JPEG".utf8), contentType: "image/jpeg", fileName: "cup.jpg",
                altText: "", width: 1, height: 1)
            #expect(try await publishing.upload(access(origin), file).reference == "9")
            let failure = await #expect(throws: NetworkFailure.self) {
                try await publishing.upload(access(origin), file)
            }
            #expect(failure?.kind == .contentRefused)
            #expect(failure?.message.contains("could not process the picture cup.jpg") == true)
        }
    }

    @Test func `keeps what was seen on the wire, without secrets`() async throws {
        let body = Self.status("<p>secret-token-1 was here</p>")
            .replacing(#""account""#, with: #""access_token":"abcdefgh12345","account""#)
        let server = ScriptedServer([
            "POST /api/v1/statuses": [.init(headers: ["x-request-id": "r-1"], body: body)]
        ])
        try await server.run { client, origin in
            let publishing = try #require(connector(client).publishing)
            var access = access(origin)
            access.credentials.accessToken = "secret-token-1"
            var post = OutgoingPost(key: "k", createdAt: Self.noon, text: "Beans")
            let trace = SendTrace()
            post.trace = trace
            _ = try await publishing.publish(access, post)
            #expect(trace.leftAt == Self.noon)
            let answer = try #require(trace.answer)
            #expect(answer.hasPrefix("HTTP 200\n"))
            #expect(answer.contains("x-request-id: r-1"))
            #expect(answer.contains("was here"))
            #expect(!answer.contains("secret-token-1"))
            #expect(!answer.contains("abcdefgh12345"))
            #expect(answer.count <= AnswerExcerpt.most)
        }
    }
}
