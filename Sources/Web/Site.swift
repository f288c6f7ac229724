import Foundation
import HTTPTypes
package import Hummingbird
package import Kernel
package import Logging
import NIOCore
import ServiceLifecycle

/// All routes behind the gate, ready to be served.
package struct Site: Sendable {
    package let routes: [Route]
    private let gate: Gate

    /// Checks that the routes are consistent and adds those of the floor itself.
    package init(
        _ slices: [Route], settings: WebSettings, identities: Identities, frame: Frame,
        live: LiveHub, readiness: @escaping @Sendable () async -> Readiness,
        surroundings: Surroundings, logger: Logger, bodies: BodyAllowance = BodyAllowance(),
        observe: @escaping @Sendable (Exchange) -> Void = { _ in }
    ) throws {
        let floor = try FloorRoutes(
            frame: frame, live: live, settings: settings, readiness: readiness
        ).routes(api: slices)
        routes = slices + floor
        gate = Gate(
            settings: settings, identities: identities, frame: frame,
            surroundings: surroundings, logger: logger, bodies: bodies,
            meter: settings.requestRate.map {
                CallerMeter($0, trustsProxy: settings.trustsProxy)
            }, observe: observe)
        try RouteAudit.check(routes)
    }

    /// Hummingbird's router over the same routes.
    package func router() -> Router<WebContext> {
        let router = Router(context: WebContext.self, options: [.autoGenerateHeadEndpoints])
        router.add(middleware: MissingRoutes(routes: routes, gate: gate))
        for route in routes {
            guard let method = HTTPRequest.Method(rawValue: route.method) else { continue }
            router.on(RouterPath(route.path), method: method) { request, context in
                let reply = await gate.answer(route, request, context)
                return Self.response(reply, to: request)
            }
        }
        return router
    }

    fileprivate static func response(_ reply: Reply, to request: Request) -> Response {
        var fields = HTTPFields()
        for (name, value) in reply.headers {
            if let name = HTTPField.Name(name) { fields[name] = value }
        }
        for cookie in reply.cookies { fields.append(HTTPField(name: .setCookie, value: cookie)) }
        // The rest of an over-long body is not worth reading.
        if reply.status == 413 { fields[.connection] = "close" }
        let body: ResponseBody =
            switch reply.body {
            case .empty: .init()
            case .bytes(let data): .init(byteBuffer: ByteBuffer(bytes: data))
            case .stream(let stream): streaming(stream, request)
            }
        return Response(
            status: HTTPResponse.Status(code: reply.status), headers: fields, body: body)
    }

    private static func streaming(
        _ stream: AsyncStream<Data>, _ request: Request
    ) -> ResponseBody {
        ResponseBody { writer in
            try await request.body.consumeWithCancellationOnInboundClose { _ in
                for await chunk in stream.cancelOnGracefulShutdown() {
                    try await writer.write(ByteBuffer(bytes: chunk))
                }
            }
            try await writer.finish(nil)
        }
    }
}

/// Answers what no route answers: unknown addresses and wrong methods.
private struct MissingRoutes: RouterMiddleware {
    let routes: [Route]
    let gate: Gate

    func handle(
        _ request: Request, context: WebContext,
        next: (Request, WebContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as HTTPError where error.status == .notFound {
            let path = request.uri.path.split(separator: "/", omittingEmptySubsequences: true)
            let allowed = routes.filter { Self.fits($0.path, path) }.map(\.method)
            let reply = await gate.missing(
                request, context, allowed: Array(Set(allowed)).sorted())
            return Site.response(reply, to: request)
        }
    }

    private static func fits(_ pattern: String, _ path: [Substring]) -> Bool {
        let parts = pattern.split(separator: "/")
        guard parts.count == path.count else { return false }
        return zip(parts, path).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
    }
}

/// Checks that hold for any set of routes; the program does not start when one fails.
enum RouteAudit {
    static func check(_ routes: [Route]) throws {
        var seen: Set<String> = []
        var operations: Set<String> = []
        for route in routes {
            let key = "\(route.method) \(route.path)"
            guard seen.insert(key).inserted else { throw broken("\(key) is declared twice") }
            if let id = route.operation?.id, !operations.insert(id).inserted {
                throw broken("the operation \(id) is declared twice")
            }
        }
        for route in routes {
            if case .action(let id) = route.kind, !operations.contains(id) {
                throw broken("\(route.path) performs \(id), which the API does not offer")
            }
        }
    }

    private static func broken(_ what: String) -> Problem {
        Problem(.broken, code: "web.routes", "The routes are inconsistent: \(what).")
    }
}
