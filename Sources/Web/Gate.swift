import Foundation
import HTTPTypes
import Hummingbird
import Kernel
import Logging
import NIOCore
import People
import Synchronization

/// Says once that a proxy seems to stand in front and nobody said so.
private final class ProxyHint: Sendable {
    private let isGiven = Mutex(false)

    func give(to logger: Logger) {
        let isNews = isGiven.withLock { given in
            defer { given = true }
            return !given
        }
        guard isNews else { return }
        logger.warning(
            """
            a request came with X-Forwarded-For, which is not believed: behind a proxy of yours \
            start with --trust-proxy, otherwise all its visitors count as one address
            """)
    }
}

/// The one way in: every request passes here before any handler sees it.
///
/// In order: origin, identity, cross-site check, rate, workspace, policy, body, guests' scope,
/// idempotency, handler.
/// Whatever goes wrong comes out as one problem, in the form the caller reads.
struct Gate: Sendable {
    let settings: WebSettings
    let identities: Identities
    let frame: Frame
    let surroundings: Surroundings
    let logger: Logger
    let bodies: BodyAllowance
    /// Counts requests of the API and changes; nil when they are not bounded.
    let meter: CallerMeter?
    private let hint = ProxyHint()
    let observe: @Sendable (Exchange) -> Void

    private var cookie: SessionCookie { SessionCookie(isSecure: settings.isSecure) }

    func answer(_ route: Route, _ request: Request, _ context: WebContext) async -> Reply {
        await watched(request, route.path) { seen in
            await reply(route, request, &seen)
        } from: {
            head(of: request, context)
        }
    }

    private func reply(_ route: Route, _ request: Request, _ seen: inout WebRequest) async -> Reply
    {
        do {
            let reply = try await pass(route, request, &seen)
            return finish(reply, seen)
        } catch {
            let problem = Problem.presenting(error)
            noteRefusal(problem, error, route, seen)
            if problem.kind == .broken {
                logger.error(
                    "request failed",
                    metadata: [
                        "route": "\(route.path)", "method": "\(route.method)",
                        "error": "\(String(reflecting: type(of: error)))", "what": "\(error)",
                    ])
            }
            return finish(await present(problem, route.kind, seen), seen)
        }
    }

    /// The answer where no route fits.
    func missing(_ request: Request, _ context: WebContext, allowed: [String]) async -> Reply {
        await watched(request, "(none)") { seen in
            await missing(&seen, allowed: allowed)
        } from: {
            head(of: request, context)
        }
    }

    private func missing(_ seen: inout WebRequest, allowed: [String]) async -> Reply {
        seen.caller = try? await caller(seen, bearer: false)
        guard allowed.isEmpty else {
            var reply = await present(
                Problem(
                    .invalid, code: "method-not-allowed",
                    "This address takes \(allowed.joined(separator: ", ")) only."),
                .machine, seen)
            reply.status = 405
            reply.headers["allow"] = allowed.joined(separator: ", ")
            return finish(reply, seen)
        }
        return finish(await present(.notFound("page"), .page, seen), seen)
    }

    /// Gives the request its place in a trace, and notes what became of it.
    private func watched(
        _ request: Request, _ route: String, _ answer: (inout WebRequest) async -> Reply,
        from head: () -> WebRequest
    ) async -> Reply {
        let start = ContinuousClock.now
        let header = HTTPField.Name("traceparent").flatMap { request.headers[$0] }
        let trace = TraceContext.following(header, surroundings)
        return await TraceContext.$current.withValue(trace) {
            var seen = head()
            var reply = await answer(&seen)
            reply.headers["x-request-id"] = trace.spanID
            let exchange = Exchange(
                route: route, method: seen.method, status: reply.status,
                duration: ContinuousClock.now - start)
            observe(exchange)
            note(exchange, seen.membership?.slug)
            return reply
        }
    }

    /// One line a request: no query, no address, nobody's name.
    private func note(_ exchange: Exchange, _ workspace: String?) {
        let isQuiet = Self.quiet.contains(exchange.route) && exchange.status < 400
        var facts: Logger.Metadata = [
            "method": "\(exchange.method)", "route": "\(exchange.route)",
            "status": .stringConvertible(exchange.status),
            "milliseconds": .stringConvertible(exchange.milliseconds),
        ]
        if let workspace { facts["workspace"] = "\(workspace)" }
        logger.log(level: isQuiet ? .debug : .info, "request", metadata: facts)
    }

    /// A line for whoever watches over the server: who was turned away, where from and why.
    ///
    /// Of the address only the network, of a token only the part that people see.
    private func noteRefusal(
        _ problem: Problem, _ error: any Error, _ route: Route, _ seen: WebRequest
    ) {
        let failedProof = (error as? PeopleError)?.failedProof
        var isElsewhere = false
        if case .workspace = route.access {
            isElsewhere = problem.kind == .notFound && seen.membership == nil
        }
        let isRefusal = [.unauthenticated, .forbidden, .tooMany].contains(problem.kind)
        guard failedProof != nil || isElsewhere || isRefusal else { return }
        // Somebody who simply is not signed in yet is no news.
        let isNews = seen.caller != nil || problem.code != Access.signInNeeded.code
        var facts: Logger.Metadata = [
            "why": "\(failedProof ?? problem.code)", "method": "\(route.method)",
            "route": "\(route.path)",
            "from": "\(NetworkPlace(seen.address)?.words ?? "an unknown place")",
        ]
        if let caller = seen.caller { facts["person"] = "\(caller.person)" }
        if let token = seen.caller?.token { facts["token"] = "\(token)" }
        logger.log(level: isNews ? .notice : .debug, "refused", metadata: facts)
    }

    /// What machines ask for all the time.
    private static let quiet: Set<String> = [
        "/assets/{etag}/{name}", "/livez", "/readyz", "/metrics", "/favicon.ico",
    ]

    // MARK: - Steps

    private func pass(
        _ route: Route, _ request: Request, _ seen: inout WebRequest
    ) async throws -> Reply {
        let isOpen = route.kind == .machine && route.access == .anyone
        if !isOpen {
            let isChange = route.method != "GET"
            do {
                seen.caller = try await caller(seen, bearer: route.kind == .api)
                let from = seen.from
                seen.caller?.principal.from = from
                let hasBearer = seen.caller?.principal.kind == .token
                if isChange && !hasBearer { try checkOrigin(seen) }
            } catch let refusal as Problem {
                // It cost a look-up, and is nobody's: another site must not use up a person's.
                try meter?.pass(&seen, asStranger: true)
                throw refusal
            }
            // Reading a page changes nothing, and connections bound it.
            if isChange || route.kind == .api { try meter?.pass(&seen) }
        }
        if case .workspace = route.access, let caller = seen.caller,
            let name = seen.parameters["workspace"]
        {
            seen.membership = try await identities.membership(caller.person, name)
        }
        try route.access.check(seen.caller, seen.membership)
        let body = try await BodyReader(limit: route.bodyLimit, allowance: bodies).read(request)
        seen.body = body.data
        seen.bodyShare = body.share
        try await GuestDoor(identities: identities).check(route, seen)
        guard route.kind == .api, route.method == "POST",
            let key = seen.header("idempotency-key")
        else { return try await route.handle(seen) }
        return try await once(key, route, seen)
    }

    private func once(_ key: String, _ route: Route, _ request: WebRequest) async throws -> Reply {
        guard let caller = request.caller else {
            throw Problem.invalid(
                "Idempotency-Key",
                "This request takes no Idempotency-Key, because nobody is signed in yet.")
        }
        guard (1...200).contains(key.utf8.count) else {
            throw Problem.invalid("Idempotency-Key", "Send 1 to 200 characters as Idempotency-Key.")
        }
        let fingerprint = Fingerprint.of(
            [Data(request.method.utf8), Data(request.path.utf8), request.body])
        let scope = caller.person.text + " " + (request.membership?.workspace.text ?? "")
        let stored = try await identities.once(scope, key, fingerprint) {
            let reply = try await route.handle(request)
            guard case .bytes(let body) = reply.body else {
                return .init(status: reply.status, body: "")
            }
            return .init(status: reply.status, body: String(decoding: body, as: UTF8.self))
        }
        guard !stored.body.isEmpty else { return Reply(status: stored.status) }
        return .json(Data(stored.body.utf8), status: stored.status)
    }

    private func caller(_ request: WebRequest, bearer: Bool) async throws -> Caller? {
        if let header = request.header("authorization") {
            guard bearer else { return nil }
            let parts = header.split(separator: " ", maxSplits: 1)
            guard parts.count == 2, parts[0].lowercased() == "bearer", parts[1].utf8.count <= 512,
                let caller = try await identities.token(String(parts[1]))
            else {
                throw Problem(
                    .unauthenticated, code: "access.token",
                    "This API token is unknown, expired or revoked. Create one in Settings.")
            }
            return caller
        }
        guard let secret = cookie.secret(in: request.header("cookie")) else { return nil }
        return try await identities.session(secret, request.address)
    }

    /// Refuses changes that another site's page asks a browser to make.
    private func checkOrigin(_ request: WebRequest) throws(Problem) {
        let isOurs: Bool
        if let site = request.header("sec-fetch-site") {
            isOurs = site == "same-origin" || site == "none"
        } else if let origin = request.header("origin"), let host = request.header("host") {
            let sender = origin.split(separator: "/", omittingEmptySubsequences: true).last
            isOurs = sender.map(String.init) == host
        } else {
            isOurs = false
        }
        guard isOurs else {
            throw Problem(
                .forbidden, code: "access.cross-site",
                "This change was not sent from a page of this server, so it was refused. "
                    + "Programs: send an API token.")
        }
    }

    private func head(of request: Request, _ context: WebContext) -> WebRequest {
        let fields = request.headers
        let forwarded = HTTPField.Name("x-forwarded-for").flatMap { fields[$0] }
        if forwarded != nil, !settings.trustsProxy { hint.give(to: logger) }
        let address = CallerAddress.of(
            peer: context.peerAddress, forwarded: settings.trustsProxy ? forwarded : nil)
        let host = request.head.authority ?? "127.0.0.1"
        var parameters: [String: String] = [:]
        for (name, value) in context.parameters {
            parameters[String(name)] = String(value).removingPercentEncoding ?? String(value)
        }
        return WebRequest(
            method: request.method.rawValue, path: request.uri.path,
            query: Form(request.uri.query ?? ""), body: Data(), parameters: parameters,
            caller: nil, membership: nil, now: surroundings.now(), address: address,
            origin: settings.publicURL ?? "http://\(host)"
        ) { name in
            if name == "host" { return host }
            return HTTPField.Name(name).flatMap { fields[$0] }
        }
    }

    // MARK: - Answers

    private func present(_ problem: Problem, _ kind: Route.Kind, _ request: WebRequest) async
        -> Reply
    {
        if kind == .api || request.wantsJSON || request.isHTMX { return .problem(problem) }
        if case .action = kind { return .problem(problem) }
        if kind == .page && problem.kind == .unauthenticated && request.method == "GET" {
            let next = request.path.addingPercentEncoding(withAllowedCharacters: .alphanumerics)
            return .redirect(to: "/sign-in?next=\(next ?? "")")
        }
        if kind == .page && problem.code == Access.secondFactorCode && request.method == "GET" {
            let next = request.path.addingPercentEncoding(withAllowedCharacters: .alphanumerics)
            return .redirect(to: "/account/second-factor?next=\(next ?? "")")
        }
        return await frame.problemPage(problem, for: request)
    }

    private func finish(_ reply: Reply, _ request: WebRequest) -> Reply {
        var reply = reply
        if request.isHTMX && reply.status == 303, let target = reply.headers["location"] {
            // htmx would follow the redirect inside its fetch; this makes the browser go there.
            reply.status = 204
            reply.headers["location"] = nil
            reply.headers["hx-redirect"] = target
        }
        if let message = reply.message {
            // The page's script reads it, so it is the one cookie that scripts may see.
            let name = settings.isSecure ? "__Host-toast" : "toast"
            reply.cookies.append(
                "\(name)=\(message); Path=/; Max-Age=20; SameSite=Lax"
                    + (settings.isSecure ? "; Secure" : ""))
        }
        if let secret = request.caller?.rotatedSecret {
            let isSignedOut = reply.cookies.contains { $0.hasPrefix("\(cookie.name)=") }
            if !isSignedOut { reply.cookies.append(cookie.setting(secret)) }
        }
        if let rate = request.rate, let meter {
            reply.headers["ratelimit-policy"] = meter.policy
            reply.headers["ratelimit"] = rate.header
        }
        SecurityHeaders.add(to: &reply, path: request.path, isSecure: settings.isSecure)
        compress(&reply, request)
        return reply
    }

    private func compress(_ reply: inout Reply, _ request: WebRequest) {
        guard case .bytes(let data) = reply.body, data.count > 1000,
            reply.headers["content-encoding"] == nil,
            let type = reply.headers["content-type"],
            type.hasPrefix("text/") || type.contains("json") || type.contains("svg"),
            request.header("accept-encoding")?.contains("gzip") ?? false,
            let small = Gzip.compress(data)
        else { return }
        reply.body = .bytes(small)
        reply.headers["content-encoding"] = "gzip"
        reply.headers["vary"] = "accept-encoding"
    }
}
