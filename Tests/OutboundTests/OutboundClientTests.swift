import Foundation
import Hummingbird
import Kernel
import Logging
import NIOCore
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
        let router = Router()
        router.post("/echo") { request, _ in
            let body = try await request.body.collect(upTo: 1000)
            return (request.headers[.init("x-kind") ?? .accept] ?? "") + " "
                + String(buffer: body)
        }
        router.get("/small") { _, _ in "ok" }
        router.get("/large") { _, _ in String(repeating: "x", count: 5000) }
        router.get("/never") { _, _ in
            try await Task.sleep(for: .seconds(30))
            return "late"
        }
        router.get("/loop") { _, _ in Response.redirect(to: "/loop", type: .found) }
        router.get("/once") { _, _ in Response.redirect(to: "/small", type: .found) }
        router.post("/once") { _, _ in Response.redirect(to: "/small", type: .found) }
        router.get("/to-metadata") { _, _ in
            Response.redirect(to: "http://169.254.169.254/latest", type: .found)
        }
        let (ports, announce) = AsyncStream.makeStream(of: Int.self)
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let app = Application(
            router: router,
            configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { announce.yield($0.localAddress?.port ?? 0) }, logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await app.run() }
            group.addTask {
                for await port in ports {
                    let client = OutboundClient(allow: ["127.0.0.1:\(port)"])
                    do {
                        try await body(client, "http://127.0.0.1:\(port)")
                    } catch {
                        await client.shutdown()
                        throw error
                    }
                    await client.shutdown()
                    return
                }
            }
            try await group.next()
            group.cancelAll()
        }
    }
}
