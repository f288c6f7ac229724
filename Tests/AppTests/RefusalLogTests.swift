import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Kernel
import Logging
import People
import Synchronization
import Testing

@testable import App
@testable import Web

/// What the log says of those who are turned away.
@Suite struct RefusalLogTests {
    private static let password = "seven quiet harbours at dawn"

    private final class Lines: Sendable {
        private let data = Mutex(Data())

        func append(_ more: Data) { data.withLock { $0 += more } }

        /// The lines about refusals, as text.
        var refusals: [String] {
            String(decoding: data.withLock { $0 }, as: UTF8.self).split(separator: "\n")
                .map(String.init).filter { $0.contains(#""message":"refused""#) }
        }
    }

    private struct World {
        let client: any TestClientProtocol
        let program: Program
        let lines: Lines
        let viewer: Person
        let secret: String
        let workspace: Workspace

        func ask(
            _ method: HTTPRequest.Method, _ path: String, _ more: HTTPFields = [:],
            body: String = ""
        ) async throws -> Int {
            var headers: HTTPFields = [.contentType: "application/json"]
            if let site = HTTPField.Name("sec-fetch-site") { headers[site] = "same-origin" }
            for field in more { headers[field.name] = field.value }
            return try await client.execute(
                uri: path, method: method, headers: headers, body: ByteBuffer(string: body)
            ).status.code
        }
    }

    private func with(_ body: @escaping @Sendable (World) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("throughline-refusals-\(UInt64.random(in: 0...UInt64.max))")
            .path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let lines = Lines()
        let log = JSONLog(level: .info, write: { lines.append($0) })
        let logger = Logger(label: "test") { _ in log }
        let program = try await Program.open(
            try ServerSettings(.init(dataFolder: folder), environment: [:]), logger: logger)
        do {
            let people = program.people
            let owner = try await people.addPerson(
                name: "Olive", email: "owner@example.com", password: Self.password)
            let zone = try #require(Zone("Europe/Berlin"))
            let workspace = try await people.createWorkspace(
                .init(name: "Harbour", zone: zone, currency: .euro), owner: owner.id,
                by: owner.principal)
            let viewer = try await people.addPerson(
                name: "Vera", email: "viewer@example.com", password: "another quiet phrase")
            _ = try await people.addMember(
                viewer.id, as: .viewer, in: workspace.id, by: owner.principal)
            let secret = try await people.begin(viewer.id, agent: nil).secret
            try await Application(router: try program.site().router()).test(.router) { client in
                try await body(
                    World(
                        client: client, program: program, lines: lines, viewer: viewer,
                        secret: secret, workspace: workspace))
            }
            await program.close()
        } catch {
            await program.close()
            throw error
        }
    }

    @Test func `a refused proof is one line with why and where from`() async throws {
        try await with { world in
            let wrong = #"{"email":"owner@example.com","password":"a wrong secret word"}"#
            #expect(try await world.ask(.post, "/api/v1/sessions", body: wrong) == 422)
            let line = try #require(world.lines.refusals.first)
            #expect(world.lines.refusals.count == 1)
            #expect(line.contains(#""why":"wrong address or password""#))
            #expect(line.contains(#""route":"/api/v1/sessions""#))
            #expect(line.contains(#""level":"notice""#))
            #expect(line.contains(#""from":""#))
            #expect(!line.contains("owner@example.com") && !line.contains("wrong secret"))
            // A right one is an event, and no line of this kind.
            let right = #"{"email":"owner@example.com","password":"\#(Self.password)"}"#
            #expect(try await world.ask(.post, "/api/v1/sessions", body: right) == 201)
            #expect(world.lines.refusals.count == 1)
            #expect(try await world.ask(.get, "/password/nobody-made-this-link") == 404)
            #expect(world.lines.refusals.last?.contains("spent or unknown link") == true)
            #expect(world.lines.refusals.last?.contains("nobody-made-this") == false)
        }
    }

    @Test func `what a role may not do is one line with who`() async throws {
        try await with { world in
            let cookie: HTTPFields = [.cookie: "throughline=\(world.secret)"]
            let base = "/api/v1/workspaces/\(world.workspace.slug)"
            #expect(try await world.ask(.post, base + "/posts", cookie, body: "{}") == 403)
            let line = try #require(world.lines.refusals.last)
            #expect(line.contains(#""why":"access.role""#))
            #expect(line.contains(#""person":"\#(world.viewer.id)""#))
            // A workspace of others, a token that nobody made, a page of another site.
            #expect(try await world.ask(.get, "/api/v1/workspaces/others/freezes", cookie) == 404)
            #expect(world.lines.refusals.last?.contains(#""why":"not-found""#) == true)
            let token: HTTPFields = [.authorization: "Bearer tl_canary"]
            #expect(try await world.ask(.get, base + "/freezes", token) == 401)
            #expect(world.lines.refusals.last?.contains(#""why":"access.token""#) == true)
            #expect(world.lines.refusals.last?.contains("canary") == false)
            var foreign = cookie
            if let site = HTTPField.Name("sec-fetch-site") { foreign[site] = "cross-site" }
            #expect(try await world.ask(.post, base + "/posts", foreign, body: "{}") == 403)
            #expect(world.lines.refusals.last?.contains(#""why":"access.cross-site""#) == true)
            #expect(world.lines.refusals.count == 4)
            // Whoever is merely not signed in yet is no news.
            #expect(try await world.ask(.get, base + "/freezes") == 401)
            #expect(world.lines.refusals.count == 4)
        }
    }
}
