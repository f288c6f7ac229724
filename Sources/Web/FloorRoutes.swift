import Foundation
import Kernel
import People

/// Whether the program can do its work, part by part.
package struct Readiness: Sendable {
    package var isReady: Bool
    /// One line a part: `database: ok`, `worker: no heartbeat for 40 s`.
    package var lines: [String: String]

    package init(isReady: Bool, lines: [String: String]) {
        self.isReady = isReady
        self.lines = lines
    }
}

/// Routes of the floor itself: assets, health, live updates, the API's description.
struct FloorRoutes: Sendable {
    let frame: Frame
    let live: LiveHub
    let settings: WebSettings
    let readiness: @Sendable () async -> Readiness

    func routes(api: [Route]) throws -> [Route] {
        let isPractised = api.contains { $0.path == "/practice" }
        let robots = "User-agent: *\n\(isPractised ? "Allow: /practice\n" : "")Disallow: /\n"
        let document = try OpenAPI.document(
            routes: api, version: settings.version)
        return [
            frame.assets.route(),
            .machine("GET", "/livez") { _ in text("ok") },
            .machine("GET", "/readyz") { _ in
                let state = await readiness()
                let lines = state.lines.sorted { $0.key < $1.key }
                    .map { "\($0.key): \($0.value)" }
                var reply = text(lines.joined(separator: "\n"))
                if !state.isReady { reply.status = 503 }
                return reply
            },
            .machine("GET", "/w/{workspace}/live", .workspace(.view)) { request in
                // A browser that reconnects says what it heard last.
                let mark = request.header("last-event-id") ?? request.query["since"]
                let since = mark.flatMap { Int64($0) }.map { Instant(milliseconds: $0) }
                return Reply(
                    headers: [
                        "content-type": "text/event-stream", "cache-control": "no-store",
                        "x-accel-buffering": "no",
                    ], body: .stream(live.stream(request.workspace.workspace, since: since)))
            }.guests(.own),
            .machine("GET", "/api/openapi.json") { _ in .json(document) },
            .machine("GET", "/docs") { _ in
                struct View: Sendable { let title = "API reference" }
                var reply = Reply.html(try frame.templates.render("api-docs", View()))
                // The reference draws itself with inline styles; nowhere else may a page do so.
                reply.headers["content-security-policy"] =
                    SecurityHeaders.policy.replacing(
                        "style-src 'self'", with: "style-src 'self' 'unsafe-inline'")
                return reply
            },
            .page("/docs/problems", .anyone) { request in
                struct View: Sendable {}
                return try await frame.page(
                    "problems-doc", View(), title: "Problems and what to do", for: request)
            },
            .machine("GET", "/robots.txt") { _ in
                text(robots)
            },
            .machine("GET", "/favicon.ico") { _ in
                guard let icon = frame.assets["static/favicon.svg"] else {
                    return Reply(status: 404)
                }
                return .file(
                    icon.bytes, type: "image/svg+xml", cache: "public, max-age=86400")
            },
        ]
    }

    private func text(_ text: String) -> Reply {
        Reply(
            headers: ["content-type": "text/plain; charset=utf-8", "cache-control": "no-store"],
            body: .bytes(Data((text + "\n").utf8)))
    }
}
