import Dispatch
import Foundation
import Kernel
import Synchronization
import Testing

@testable import Outbound

@Suite struct OutboundClientTests {
    @Test func `reads an answer and sends headers and body`() async throws {
        try await withServer { client, origin in
            let answer = try await client.send(
                OutboundRequest(
                    "POST", origin + "/echo", headers: [("x-kind", "test")],
                    body: .init("hello".utf8)))
            #expect(answer.status == 200)
            #expect(String(decoding: answer.body, as: UTF8.self) == "test hello")
        }
    }

    @Test func `hands the trace on to the operator's own places only`() async throws {
        let trace = TraceContext(.live)
        try await withServer { client, origin in
            let answer = try await TraceContext.$current.withValue(trace) {
                try await client.send(OutboundRequest("GET", origin + "/trace"))
            }
            #expect(String(decoding: answer.body, as: UTF8.self) == trace.traceparent)
            let alone = try await client.send(OutboundRequest("GET", origin + "/trace"))
            #expect(String(decoding: alone.body, as: UTF8.self) == "none")
        }
        // Nobody else, whether asked first or by a redirect.
        let own = ["inside.test:8080"]
        let client = OutboundClient(allow: own)
        for (place, isOwn) in [
            ("http://inside.test:8080/x", true), ("https://mastodon.example/x", false),
            ("https://inside.test.example/x", false), ("https://inside.example:8443/x", false),
        ] {
            let target = try AddressGuard(allow: own).target(place)
            let names = TraceContext.$current.withValue(trace) {
                client.ownHeaders(for: target).map(\.name)
            }
            #expect(names.contains("traceparent") == isOwn, "\(place)")
        }
        await client.shutdown()
    }

    @Test func `checks redirects like first addresses`() async throws {
        try await withServer { client, origin in
            await #expect(throws: OutboundError.refusedAddress("169.254.169.254")) {
                try await client.send(OutboundRequest("GET", origin + "/to-metadata"))
            }
            await #expect(throws: OutboundError.tooManyRedirects("127.0.0.1")) {
                try await client.send(OutboundRequest("GET", origin + "/loop"))
            }
            let answer = try await client.send(OutboundRequest("GET", origin + "/once"))
            #expect(answer.url == origin + "/small")
            let change = try await client.send(OutboundRequest("POST", origin + "/once"))
            #expect(change.status == 302)
        }
    }

    @Test func `bounds the answer and the time`() async throws {
        try await withServer { client, origin in
            await #expect(throws: OutboundError.tooLarge("127.0.0.1")) {
                try await client.send(OutboundRequest("GET", origin + "/large", maxBytes: 1000))
            }
            await #expect(throws: OutboundError.noAnswer("127.0.0.1")) {
                try await client.send(
                    OutboundRequest("GET", origin + "/never", deadline: .milliseconds(300)))
            }
        }
    }

    @Test func `a body that comes in drops ends with the time, an endless one with the size`()
        async throws
    {
        try await withServer { client, origin in
            await #expect(throws: OutboundError.noAnswer("127.0.0.1")) {
                try await client.send(
                    OutboundRequest("GET", origin + "/drops", deadline: .milliseconds(300)))
            }
            await #expect(throws: OutboundError.tooLarge("127.0.0.1")) {
                try await client.send(OutboundRequest("GET", origin + "/endless"))
            }
            await #expect(throws: OutboundError.self) {
                try await client.send(OutboundRequest("GET", origin + "/long-header"))
            }
        }
    }

    @Test func `what comes compressed is not unpacked, and nobody is asked to compress`()
        async throws
    {
        try await withServer { client, origin in
            let answer = try await client.send(
                OutboundRequest("GET", origin + "/bomb", maxBytes: 10_000))
            #expect(answer.body.count == OutboundServer.bomb.count)
            #expect(answer.body.prefix(2) == Data([0x1F, 0x8B]))
            let seen = try await client.send(OutboundRequest("GET", origin + "/headers"))
            #expect(!String(decoding: seen.body, as: UTF8.self).contains("accept-encoding"))
        }
    }

    @Test func `secrets do not follow a redirect to another server`() async throws {
        try await OutboundServer.with(hosts: ["one.test", "two.test"]) { client, port, _ in
            let secrets = [
                ("authorization", "Bearer canary"), ("cookie", "session=canary"),
                ("dpop", "canary"), ("x-api-key", "canary"), ("accept", "text/plain"),
            ]
            func seen(at host: String) async throws -> String {
                let there = "http://\(host):\(port)/headers"
                let request = OutboundRequest(
                    "GET", "http://one.test:\(port)/to-other?to=\(there)", headers: secrets)
                return String(decoding: try await client.send(request).body, as: UTF8.self)
            }
            let same = try await seen(at: "one.test")
            #expect(same.components(separatedBy: "canary").count == 5)
            let other = try await seen(at: "two.test")
            #expect(!other.contains("canary"))
            #expect(other.contains("accept: text/plain"))
        }
    }

    @Test func `says when the first byte has left, and keeps quiet when none did`() async throws {
        try await withServer { client, origin in
            let departures = Mutex(0)
            var request = OutboundRequest("POST", origin + "/echo", body: .init("hello".utf8))
            request.onDeparture = { departures.withLock { $0 += 1 } }
            _ = try await client.send(request)
            #expect(departures.withLock { $0 } == 1)
            request.bodyLeavesBefore = .now
            let late = request
            await #expect(throws: OutboundError.overdue("127.0.0.1")) {
                try await client.send(late)
            }
            #expect(departures.withLock { $0 } == 1)
        }
    }

    @Test func `a silent name server keeps only its own name waiting`() async throws {
        let silence = DispatchSemaphore(value: 0)
        let resolver = Resolver(lookup: { host in
            if host.hasPrefix("dead") { silence.wait() }
            return [IPAddress("192.0.2.7")].compactMap(\.self)
        })
        // More dead names than a machine has processors, and several askers for each.
        await withTaskGroup { group in
            for number in 0..<64 {
                group.addTask {
                    let found = await resolver.addresses(
                        of: "dead\(number % 32).test", until: .now + .milliseconds(50))
                    #expect(found == nil)
                }
            }
        }
        let alive = await resolver.addresses(of: "alive.test", until: .now + .seconds(60))
        #expect(alive?.map(\.description) == ["192.0.2.7"])
        // One thread for each dead name, however many asked; afterwards the names work again.
        for _ in 0..<64 { silence.signal() }
        let back = await resolver.addresses(of: "dead0.test", until: .now + .seconds(60))
        #expect(back?.count == 1)
    }

    @Test func `a body whose moment has passed stays here`() async throws {
        try await withServer { client, origin in
            var request = OutboundRequest("POST", origin + "/echo", body: .init("hello".utf8))
            request.bodyLeavesBefore = .now + .seconds(60)
            let answer = try await client.send(request)
            #expect(answer.status == 200)
            request.bodyLeavesBefore = .now
            let late = request
            let error = await #expect(throws: OutboundError.self) {
                try await client.send(late)
            }
            #expect(error == .overdue("127.0.0.1"))
            #expect(error?.isCertainlyUnsent == true)
        }
    }

    @Test func `knows that nothing was sent when nobody listens`() async throws {
        let client = OutboundClient(allow: ["127.0.0.1:9"])
        let error = await #expect(throws: OutboundError.self) {
            try await client.send(OutboundRequest("POST", "http://127.0.0.1:9/", body: .init()))
        }
        #expect(error == .notConnected("127.0.0.1"))
        #expect(error?.isCertainlyUnsent == true)
        await client.shutdown()
    }

    @Test(arguments: [
        ("120", 120.0), ("Wed, 21 Oct 2026 07:28:00 GMT", 60.0), ("soon", nil),
        ("Wed, 21 Oct 2026 07:28:60 UTC", 119.0), ("wed, 1 Jan 2025 07:28:00 GMT", 0.0),
        ("Sun, 31 Dec 9999 23:59:59 GMT", 86_400.0), ("1e300", 86_400.0), ("-5", 0.0),
        ("Wed, 21 Oct 999999999999 07:28:00 GMT", nil), ("Wed, 31 Feb 2026 07:28:00 GMT", nil),
        ("Wed, 21 Oct 2026 25:28:00 GMT", nil), ("Wed, 21 Oct 2026 07:28:00 PST", nil),
    ])
    func `understands when to come back`(text: String, seconds: Double?) throws {
        let answer = OutboundAnswer(
            status: 429, headers: ["retry-after": text], body: .init(), url: "")
        let now = try #require(Instant(iso8601: "2026-10-21T07:27:00Z"))
        #expect(answer.retryAfter(now: now)?.inSeconds == seconds)
    }

    private func withServer(
        _ body: @escaping @Sendable (OutboundClient, String) async throws -> Void
    ) async throws {
        try await OutboundServer.with { client, _, origin in try await body(client, origin) }
    }
}
