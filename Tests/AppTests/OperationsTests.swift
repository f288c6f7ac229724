import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Kernel
import Logging
import People
import Synchronization
import Telemetry
import Testing

@testable import App
@testable import Web

@Suite struct OperationsTests {
    private func get(
        _ world: AppWorld, _ path: String, _ role: Role? = nil, _ headers: HTTPFields = [:]
    ) async throws -> TestResponse {
        let app = Application(router: try world.program.site().router())
        var all = headers
        if let role, let secret = world.sessions[role] {
            all[.cookie] = "throughline=\(secret)"
        }
        let sent = all
        return try await app.test(.router) { client in
            try await client.execute(uri: path, method: .get, headers: sent)
        }
    }

    @Test func `shows the owner how the installation stands, and nobody else`() async throws {
        try await AppWorld.with { world in
            let page = try await get(world, "/w/\(world.slug)/settings/server", .owner)
            #expect(page.status == .ok)
            #expect(String(buffer: page.body).contains("How punctual posts are"))
            let status = try await get(world, "/api/v1/server", .owner)
            #expect(status.status == .ok)
            #expect(String(buffer: status.body).contains(#""engine":"sqlite""#))
            for role in Role.allCases where role != .owner {
                #expect(try await get(world, "/api/v1/server", role).status == .forbidden)
            }
            #expect(try await get(world, "/api/v1/server").status == .unauthorized)
        }
    }

    @Test func `belongs to who owns the first workspace, not any`() async throws {
        try await AppWorld.with { world in
            let stranger = try #require(
                try await world.program.people.signedIn(secret: world.stranger))
            #expect(try await !world.program.people.ownsInstallation(stranger.person.id))
            let reply = try await get(
                world, "/w/\(world.foreignSlug)/settings/server", nil,
                [.cookie: "throughline=\(world.stranger)"])
            #expect(reply.status == .forbidden)
            // What all workspaces share is no owner's of just one.
            let cookie: HTTPFields = [.cookie: "throughline=\(world.stranger)"]
            for path in [
                "/api/v1/workspaces/\(world.foreignSlug)/backups",
                "/w/\(world.foreignSlug)/settings/backups",
            ] {
                #expect(try await get(world, path, nil, cookie).status == .forbidden, "\(path)")
            }
            let site = try await get(world, "/w/\(world.foreignSlug)/results/site", nil, cookie)
            #expect(site.status == .ok)
            #expect(!String(buffer: site.body).contains(#"name="publicAddress""#))
            let own = try await get(world, "/w/\(world.slug)/results/site", .owner)
            #expect(String(buffer: own.body).contains(#"name="publicAddress""#))
        }
    }

    @Test func `no owner of just one workspace sets everybody's public address`() async throws {
        try await AppWorld.with { world in
            let app = Application(router: try world.program.site().router())
            let path = "/api/v1/workspaces/\(world.foreignSlug)/public-address"
            let reply = try await app.test(.router) { client in
                try await client.execute(
                    uri: path, method: .put,
                    headers: [
                        .cookie: "throughline=\(world.stranger)",
                        .contentType: "application/json",
                    ],
                    body: ByteBuffer(string: #"{"publicAddress":"https://evil.example"}"#))
            }
            #expect(reply.status == .forbidden)
            let kept = try await get(
                world, "/api/v1/workspaces/\(world.slug)/public-address", .owner)
            #expect(!String(buffer: kept.body).contains("evil"))
        }
    }

    @Test func `gives each answer a number and puts it on the page of a problem`() async throws {
        try await AppWorld.with { world in
            let name = try #require(HTTPField.Name("x-request-id"))
            let trace = try #require(HTTPField.Name("traceparent"))
            let reply = try await get(
                world, "/no/such/page", .owner,
                [trace: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"])
            let number = try #require(reply.headers[name])
            #expect(number.count == 16)
            #expect(String(buffer: reply.body).contains(number))
            let problem = try await get(world, "/api/v1/server")
            #expect(
                String(buffer: problem.body)
                    .contains(#""requestID":"\#(problem.headers[name] ?? "?")""#))
        }
    }

    @Test func `counts requests by route, not by what was typed`() async throws {
        try await AppWorld.with { world in
            _ = try await get(world, "/w/\(world.slug)/plan?secret=hidden", .owner)
            _ = try await get(world, "/secret/path")
            let text = world.program.floor.metering.registry.text()
            #expect(text.contains(#"route="/w/{workspace}/plan",status="200"} 1"#))
            #expect(text.contains(#"route="(none)",status="404"} 1"#))
            #expect(!text.contains("secret"))
        }
    }
}

@Suite struct MetricsDoorTests {
    private func request(
        _ address: String, host: String = "127.0.0.1:8080", _ headers: [String: String] = [:]
    ) -> WebRequest {
        WebRequest(
            method: "GET", path: "/metrics", query: Form(""), body: Data(), parameters: [:],
            caller: nil, membership: nil, now: Instant(milliseconds: 0), address: address,
            origin: "http://\(host)"
        ) { $0 == "host" ? host : headers[$0] }
    }

    private func opens(_ door: MetricsDoor, _ request: WebRequest) -> Bool {
        (try? door.check(request)) != nil
    }

    @Test func `opens without a token for this machine only`() {
        let door = MetricsDoor(token: nil, hasPublicAddress: false)
        #expect(opens(door, request("127.0.0.1")))
        #expect(opens(door, request("::1", host: "[::1]:8080")))
        #expect(!opens(door, request("192.0.2.7")))
        #expect(!opens(door, request("127.0.0.1", host: "evil.example")))
        for header in ["x-forwarded-for", "forwarded", "via", "x-real-ip"] {
            #expect(!opens(door, request("127.0.0.1", [header: "x"])))
        }
    }

    @Test func `wants a token once the world can reach the server`() {
        #expect(!opens(MetricsDoor(token: nil, hasPublicAddress: true), request("127.0.0.1")))
        let door = MetricsDoor(token: "a-long-enough-token", hasPublicAddress: true)
        #expect(!opens(door, request("127.0.0.1")))
        #expect(!opens(door, request("192.0.2.7", ["authorization": "Bearer a-long-enough-toke"])))
        #expect(opens(door, request("192.0.2.7", ["authorization": "Bearer a-long-enough-token"])))
    }
}

@Suite struct JSONLogTests {
    private final class Lines: Sendable {
        let data = Mutex(Data())
    }

    @Test func `writes one object a line, whatever is said`() throws {
        let lines = Lines()
        var log = JSONLog(level: .info, now: { Instant(milliseconds: 0) }) { data in
            lines.data.withLock { $0 += data }
        }
        log.metadata = ["where": "here"]
        let surroundings = ManualClock(Instant(milliseconds: 0)).surroundings(seed: 1)
        let trace = TraceContext(surroundings)
        let handler = log
        var logger = Logger(label: "test") { _ in handler }
        logger.logLevel = .info
        TraceContext.$current.withValue(trace) {
            logger.info(
                "a \"quoted\"\nline \u{2028}\u{1B}[31m",
                metadata: ["status": .stringConvertible(200), "list": ["a", "b"]])
        }
        let text = String(decoding: lines.data.withLock { $0 }, as: UTF8.self)
        #expect(text.split(separator: "\n").count == 1)
        #expect(!text.contains("\u{1B}"))
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(object["message"] as? String == "a \"quoted\"\nline \u{2028}\u{1B}[31m")
        #expect(object["status"] as? Int == 200)
        #expect(object["request"] as? String == trace.spanID)
        #expect(object["trace"] as? String == trace.traceID)
        #expect(object["where"] as? String == "here")
    }
}

@Suite struct ReadinessWordsTests {
    @Test func `says what is wrong and what to do`() {
        let now = Instant(milliseconds: 100_000)
        let since = Program.words(isAlive: false, beat: now - .seconds(40), now: now)
        #expect(since.hasPrefix("No worker has reported for 40 s"))
        #expect(since.contains("Restart the server"))
        #expect(Program.words(isAlive: true, beat: now, now: now) == "ok")
        #expect(Program.words(free: 5_000_000_000, isWritable: true, in: "/d") == nil)
        #expect(Program.words(free: nil, isWritable: true, in: "/d") == nil)
        #expect(
            Program.words(free: 3_000_000, isWritable: true, in: "/d")?.hasPrefix("Only 3 MB")
                == true)
        #expect(
            Program.words(free: 5_000_000_000, isWritable: false, in: "/d")?.contains("read-only")
                == true)
    }
}

@Suite struct MemoTests {
    private final class Count: Sendable {
        let asked = Mutex(0)
    }

    @Test func `asks once for all who want to know at the same time`() async throws {
        let count = Count()
        let memo = Memo(for: .seconds(600)) {
            count.asked.withLock { asked in
                asked += 1
                return asked
            }
        }
        let answers = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<50 { group.addTask { try await memo.value() } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers == Array(repeating: 1, count: 50))
    }
}
