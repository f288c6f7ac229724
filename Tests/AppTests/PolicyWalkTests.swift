import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Kernel
import People
import Testing

@testable import App
@testable import Web

/// Walks every route with every role, a stranger and nobody, and compares with the policy table.
@Suite struct PolicyWalkTests {
    private static let site = HTTPField.Name("sec-fetch-site")

    private func headers(_ secret: String?) -> HTTPFields {
        var fields: HTTPFields = [.contentType: "application/json"]
        if let name = Self.site { fields[name] = "same-origin" }
        if let secret { fields[.cookie] = "throughline=\(secret)" }
        return fields
    }

    /// The route's path with identifiers that exist nowhere.
    private func path(_ route: Route, _ slug: String) -> String {
        route.path.replacing("{workspace}", with: slug)
            .replacing(/\{[a-z]+\}/, with: "01900000-0000-7000-8000-000000000000")
    }

    private func ask(
        _ client: some TestClientProtocol, _ route: Route, _ slug: String, _ secret: String?
    ) async throws -> Int {
        let method = try #require(HTTPRequest.Method(rawValue: route.method))
        return try await client.execute(
            uri: path(route, slug), method: method, headers: headers(secret),
            body: ByteBuffer(string: method == .get ? "" : "{}")
        ).status.code
    }

    @Test func `lets each role do what the table says and nothing else`() async throws {
        try await AppWorld.with { world in
            let site = try world.program.site()
            let app = Application(router: site.router())
            // A stream never ends by itself, and deleting ends the world under test.
            let routes = site.routes.filter { route in
                !route.path.hasSuffix("/live")
            }
            try await app.test(.router) { client in
                for route in routes {
                    guard case .workspace(let permission) = route.access else { continue }
                    for role in Role.allCases where !Policy.allows(role, permission) {
                        let status = try await ask(
                            client, route, world.slug, world.sessions[role])
                        #expect(status == 403, "\(role) \(route.method) \(route.path)")
                    }
                    for role in Role.allCases.reversed()
                    where role != .guest && Policy.allows(role, permission)
                        && !Self.endsTheWorld(route)
                    {
                        let status = try await ask(
                            client, route, world.slug, world.sessions[role])
                        #expect(
                            ![401, 403, 405, 500].contains(status),
                            "\(role) \(route.method) \(route.path): \(status)")
                    }
                }
            }
        }
    }

    private static func endsTheWorld(_ route: Route) -> Bool {
        route.method == "DELETE" || route.path.contains("sign-out")
            || route.path.contains("delet") || route.path.contains("remov")
            || route.path.hasSuffix("/leave")
    }

    /// Everything that is open to a guest, under the rule it is open by.
    private static let open: [String: GuestRule] = [
        "GET /w/{workspace}": .own, "GET /w/{workspace}/live": .own,
        "GET /w/{workspace}/settings/account": .own,
        "GET /w/{workspace}/plan/initiatives/{initiative}": .subject,
        "GET /w/{workspace}/plan/items/{item}": .subject,
        "GET /w/{workspace}/plan/items/{item}/actions": .subject,
        "GET /w/{workspace}/posts/{post}": .subject,
        "GET /w/{workspace}/posts/{post}/edit": .subject,
        "GET /w/{workspace}/posts/new": .query,
        "GET /w/{workspace}/pictures/{picture}": .subject,
        "POST /w/{workspace}/pictures": .own, "POST /w/{workspace}/posts": .writes,
        "POST /w/{workspace}/posts/preview": .own,
        "POST /w/{workspace}/posts/{post}": .writes,
        "POST /w/{workspace}/posts/{post}/review": .subject,
        "POST /w/{workspace}/posts/{post}/approval": .subject,
        "POST /w/{workspace}/posts/{post}/objections": .subject,
        "GET /api/v1/workspaces/{workspace}/initiatives/{initiative}": .subject,
        "GET /api/v1/workspaces/{workspace}/items": .query,
        "GET /api/v1/workspaces/{workspace}/items/{item}": .subject,
        "GET /api/v1/workspaces/{workspace}/publications": .query,
        "GET /api/v1/workspaces/{workspace}/publications/{publication}/attempts": .subject,
        "GET /api/v1/workspaces/{workspace}/posts/{post}": .subject,
        "GET /api/v1/workspaces/{workspace}/pictures/{picture}": .subject,
        "GET /api/v1/workspaces/{workspace}/posts/{post}/approval-links": .subject,
        "POST /api/v1/workspaces/{workspace}/posts": .writes,
        "PUT /api/v1/workspaces/{workspace}/posts/{post}": .writes,
        "POST /api/v1/workspaces/{workspace}/posts/{post}/review": .subject,
        "PUT /api/v1/workspaces/{workspace}/posts/{post}/approval": .subject,
        "POST /api/v1/workspaces/{workspace}/posts/{post}/objections": .subject,
        "POST /api/v1/workspaces/{workspace}/content-checks": .own,
        "POST /api/v1/workspaces/{workspace}/pictures": .own,
    ]

    @Test func `opens nothing to guests but what is listed here`() async throws {
        try await AppWorld.with { world in
            let routes = try world.program.site().routes
            let found = Dictionary(
                uniqueKeysWithValues: routes.compactMap { route in
                    route.guests.map { ("\(route.method) \(route.path)", $0) }
                })
            #expect(found == Self.open)
        }
    }

    /// Asks as the guest, with the parts of an initiative in path, query and body.
    private func asGuest(
        _ client: some TestClientProtocol, _ route: Route, _ world: AppWorld,
        _ parts: AppWorld.Parts
    ) async throws -> Int {
        var path = route.path.replacing("{workspace}", with: world.slug)
        for (name, text) in parts.names { path = path.replacing("{\(name)}", with: text) }
        path = path.replacing(/\{[a-z]+\}/, with: "01900000-0000-7000-8000-000000000000")
        if route.guests == .query { path += "?item=\(parts.item)" }
        let method = try #require(HTTPRequest.Method(rawValue: route.method))
        let body = """
            {"text": "Words", "item": "\(parts.item)", "variants": [{"channel": "\(parts.channel)"}]}
            """
        return try await client.execute(
            uri: path, method: method, headers: headers(world.sessions[.guest]),
            body: ByteBuffer(string: route.guests == .writes ? body : method == .get ? "" : "{}")
        ).status.code
    }

    @Test func `lets guests see and do only what belongs to their initiatives`() async throws {
        try await AppWorld.with { world in
            let site = try world.program.site()
            let routes = site.routes.filter { !$0.path.hasSuffix("/live") }
            try await Application(router: site.router()).test(.router) { client in
                for route in routes {
                    guard case .workspace(let permission) = route.access else { continue }
                    let words = "\(route.method) \(route.path)"
                    let outside = try await asGuest(client, route, world, world.outside)
                    guard let rule = route.guests, Policy.allows(.guest, permission) else {
                        #expect(outside == 403, "\(words): \(outside)")
                        continue
                    }
                    let inside = try await asGuest(client, route, world, world.inside)
                    let isKnown = route.path.firstMatch(of: /\{picture\}/) == nil
                    if rule != .own && isKnown {
                        #expect(outside == 404, "\(words) outside: \(outside)")
                        #expect(![403, 404, 500].contains(inside), "\(words) inside: \(inside)")
                    } else {
                        #expect(![403, 500].contains(inside), "\(words): \(inside)")
                    }
                }
            }
        }
    }

    @Test func `a guest cannot move a post out of their initiatives`() async throws {
        try await AppWorld.with { world in
            let site = try world.program.site()
            try await Application(router: site.router()).test(.router) { client in
                let path = "/api/v1/workspaces/\(world.slug)/posts/\(world.inside.post)"
                for (item, expected) in [
                    (world.outside.item.text, 404), ("", 422), (world.inside.item.text, 200),
                ] {
                    let body = """
                        {"text": "Words", \(item.isEmpty ? "" : "\"item\": \"\(item)\", ")"variants": []}
                        """
                    let status = try await client.execute(
                        uri: path, method: .put, headers: headers(world.sessions[.guest]),
                        body: ByteBuffer(string: body)
                    ).status.code
                    #expect(status == expected, "\(item): \(status)")
                }
                let home = try await client.execute(
                    uri: "/w/\(world.slug)", method: .get,
                    headers: headers(world.sessions[.guest]))
                let text = String(buffer: home.body)
                #expect(text.contains("Spring film") && !text.contains("Summer"))
                let composer = try await client.execute(
                    uri: "/w/\(world.slug)/posts/new?item=\(world.inside.item)", method: .get,
                    headers: headers(world.sessions[.guest]))
                #expect(!String(buffer: composer.body).contains("Summer"))
            }
        }
    }

    @Test func `hides every workspace from strangers`() async throws {
        try await AppWorld.with { world in
            let site = try world.program.site()
            try await Application(router: site.router()).test(.router) { client in
                for route in site.routes {
                    guard case .workspace = route.access else { continue }
                    let foreign = try await ask(client, route, world.slug, world.stranger)
                    #expect(foreign == 404, "stranger \(route.method) \(route.path)")
                    let nobody = try await ask(client, route, world.slug, nil)
                    let isPage = route.kind == .page && route.method == "GET"
                    #expect(
                        nobody == (isPage ? 303 : 401), "nobody \(route.method) \(route.path)")
                }
            }
        }
    }

    @Test func `offers every action of a page over the API`() async throws {
        try await AppWorld.with { world in
            let routes = try world.program.site().routes
            let operations = Set(routes.compactMap { $0.operation?.id })
            var actions = 0
            for route in routes where route.method != "GET" {
                switch route.kind {
                case .action(let performs):
                    actions += 1
                    #expect(operations.contains(performs), "\(route.method) \(route.path)")
                case .api: #expect(route.operation != nil)
                case .page: Issue.record("\(route.method) \(route.path) is a page that changes")
                // Neither page nor API: the practice network, and the collector of websites.
                case .machine:
                    #expect(
                        route.path.hasPrefix("/practice") || Self.doors.contains(route.path),
                        "\(route.method) \(route.path) changes something beside the API")
                }
            }
            #expect(actions > 80)
        }
    }

    /// What websites and browsers send by themselves.
    private static let doors: Set<String> = ["/t/e"]

    @Test func `says the same of permission to pages and programs`() async throws {
        try await AppWorld.with { world in
            let routes = try world.program.site().routes
            let needed = Dictionary(
                uniqueKeysWithValues: routes.compactMap { route in
                    route.operation.map { ($0.id, route.access) }
                })
            for route in routes {
                guard case .action(let performs) = route.kind else { continue }
                #expect(
                    "\(route.access)" == needed[performs].map { "\($0)" },
                    "\(route.method) \(route.path)")
            }
        }
    }

    @Test func `renders pages without unresolved names`() async throws {
        try await AppWorld.with { world in
            let site = try world.program.site()
            try await Application(router: site.router()).test(.router) { client in
                for route in site.routes
                where route.kind == .page && route.method == "GET"
                    && !route.path.hasSuffix("/live")
                {
                    let status = try await ask(
                        client, route, world.slug, world.sessions[.owner])
                    #expect(status < 500, "\(route.path): \(status)")
                }
            }
            #if DEBUG
                #expect(TemplateAudit.shared.unresolved == [])
            #endif
        }
    }
}
