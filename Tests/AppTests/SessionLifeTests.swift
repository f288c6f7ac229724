import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Kernel
import Logging
import People
import Testing

@testable import App
@testable import Web

/// The session cookie over HTTP, on a clock that the test moves.
@Suite struct SessionLifeTests {
    private static let password = "seven quiet harbours at dawn"

    private struct World {
        let client: any TestClientProtocol
        let clock: ManualClock
        let program: Program
        let name: String

        func ask(
            _ method: HTTPRequest.Method, _ path: String, _ secret: String? = nil,
            body: String = ""
        ) async throws -> TestResponse {
            var headers: HTTPFields = [.contentType: "application/json"]
            if let site = HTTPField.Name("sec-fetch-site") { headers[site] = "same-origin" }
            if let secret { headers[.cookie] = "\(name)=\(secret)" }
            return try await client.execute(
                uri: path, method: method, headers: headers, body: ByteBuffer(string: body))
        }

        /// Whether the API knows who comes with this secret.
        func knows(_ secret: String) async throws -> Bool {
            try await ask(.get, "/api/v1/me", secret).status == .ok
        }

        func signIn(_ present: String? = nil) async throws -> String {
            let reply = try await ask(
                .post, "/sign-in", present,
                body: #"{"email":"owner@example.com","password":"\#(SessionLifeTests.password)"}"#)
            #expect(reply.status == .seeOther)
            return try #require(secret(in: reply))
        }

        /// The session secret that an answer sets.
        func secret(in reply: TestResponse) -> String? {
            reply.headers[values: .setCookie].first { $0.hasPrefix("\(name)=") }
                .map { String($0.dropFirst(name.count + 1).prefix { $0 != ";" }) }
        }
    }

    private func with(
        https: Bool = true, _ body: @escaping @Sendable (World) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("throughline-session-\(UInt64.random(in: 0...UInt64.max))")
            .path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let settings = try ServerSettings(
            .init(dataFolder: folder, publicURL: https ? "https://social.example" : nil),
            environment: [:])
        let clock = ManualClock(Instant(milliseconds: 1_800_000_000_000))
        let program = try await Program.open(
            settings, logger: Logger(label: "test"), surroundings: clock.surroundings(seed: 5))
        do {
            _ = try await program.people.addPerson(
                name: "Olive", email: "owner@example.com", password: Self.password)
            try await Application(router: try program.site().router()).test(.router) { client in
                try await body(
                    World(
                        client: client, clock: clock, program: program,
                        name: https ? "__Host-throughline" : "throughline"))
            }
            await program.close()
        } catch {
            await program.close()
            throw error
        }
    }

    @Test func `is kept in the strictest cookie where browsers come by https`() async throws {
        try await with { world in
            let reply = try await world.ask(
                .post, "/sign-in",
                body: #"{"email":"owner@example.com","password":"\#(Self.password)"}"#)
            let cookie = reply.headers[values: .setCookie].first { $0.contains("throughline=") }
            let parts = (cookie ?? "").split(separator: "; ").map(String.init)
            #expect(parts[0].hasPrefix("__Host-throughline="))
            #expect(Set(parts.dropFirst()).isSuperset(of: ["Path=/", "HttpOnly", "Secure"]))
            #expect(parts.contains("SameSite=Lax"))
            #expect(!parts.contains { $0.hasPrefix("Domain") })
            // The plain name, which a subdomain could set, means nothing.
            let secret = try #require(world.secret(in: reply))
            let plain = World(
                client: world.client, clock: world.clock, program: world.program,
                name: "throughline")
            #expect(try await !plain.knows(secret))
        }
    }

    @Test func `changes its secret every quarter of an hour; the old one then ends it`()
        async throws
    {
        try await with { world in
            let first = try await world.signIn()
            world.clock.advance(by: .minutes(15))
            let reply = try await world.ask(.get, "/api/v1/me", first)
            let second = try #require(world.secret(in: reply))
            #expect(second != first)
            #expect(try await world.knows(second))
            world.clock.advance(by: .minutes(2))
            #expect(try await world.ask(.get, "/api/v1/me", first).status == .unauthorized)
            #expect(try await !world.knows(second), "a copied secret ends the session")
        }
    }

    @Test func `ends after two idle weeks`() async throws {
        try await with { world in
            let secret = try await world.signIn()
            world.clock.advance(by: .days(14))
            #expect(try await world.ask(.get, "/api/v1/me", secret).status == .unauthorized)
        }
    }

    @Test func `ends after sixty days however busy it is`() async throws {
        try await with { world in
            var secret = try await world.signIn()
            for _ in 1..<60 {
                world.clock.advance(by: .days(1))
                let reply = try await world.ask(.get, "/api/v1/me", secret)
                #expect(reply.status == .ok)
                secret = try #require(world.secret(in: reply))
            }
            world.clock.advance(by: .days(1))
            #expect(try await world.ask(.get, "/api/v1/me", secret).status == .unauthorized)
        }
    }

    @Test func `is replaced by the next sign-in and gone after signing out`() async throws {
        try await with { world in
            let first = try await world.signIn()
            let second = try await world.signIn(first)
            #expect(second != first)
            #expect(try await world.ask(.get, "/api/v1/me", first).status == .unauthorized)
            let reply = try await world.ask(.post, "/sign-out", second)
            #expect(world.secret(in: reply) == "")
            let forget = try #require(HTTPField.Name("clear-site-data"))
            #expect(reply.headers[forget] == "\"cache\"")
            #expect(try await world.ask(.get, "/api/v1/me", second).status == .unauthorized)
        }
    }

    @Test func `must be young to take a way in away`() async throws {
        try await with { world in
            var secret = try await world.signIn()
            let path = "/api/v1/me/identities/01900000-0000-7000-8000-000000000000"
            // Young enough: there merely is no such account.
            #expect(try await world.ask(.delete, path, secret).status == .notFound)
            world.clock.advance(by: .minutes(16))
            let reply = try await world.ask(.get, "/api/v1/me", secret)
            secret = try #require(world.secret(in: reply))
            let refused = try await world.ask(.delete, path, secret)
            #expect(refused.status == .forbidden)
            #expect(String(buffer: refused.body).contains("people.sign-in-again"))
        }
    }

    @Test func `goes on with another secret after a change of password`() async throws {
        try await with(https: false) { world in
            let here = try await world.signIn()
            let there = try await world.signIn()
            let change =
                #"{"currentPassword":"\#(Self.password)","password":"a fresh quiet phrase"}"#
            let reply = try await world.ask(.post, "/account/password", here, body: change)
            let kept = try #require(world.secret(in: reply))
            #expect(try await !world.knows(here))
            #expect(try await !world.knows(there))
            #expect(try await world.knows(kept))
        }
    }

    @Test func `knows passwords from breaches by the list in the binary`() {
        let known = KnownPasswords.embedded
        for password in ["q1w2e3r4t5y6", "1qaz2wsx3edc", "QWERTY123456", "123qweasdzxc"] {
            #expect(known.contains(password), "\(password)")
        }
        let others = (0..<2000).filter { known.contains("violet kettle drum \($0)") }
        #expect(others.count < 12, "one in a thousand is the design")
    }
}
