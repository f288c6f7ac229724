import Foundation
import Kernel
package import Web

/// The practice network over HTTP: a Mastodon API below `/practice`, and its public pages.
package struct PracticeWeb: Sendable {
    let desk: PracticeDesk
    let frame: Frame
    let throttle = PracticeThrottle()

    package init(desk: PracticeDesk, frame: Frame) {
        self.desk = desk
        self.frame = frame
    }

    /// Everything the practice network answers.
    package var routes: [Route] {
        pageRoutes + authorizationRoutes + programRoutes + accountRoutes + statusRoutes
            + mediaRoutes
    }

    // MARK: - How the API answers

    /// One call of the API, with who makes it.
    struct Call: Sendable {
        let request: WebRequest
        let bearer: PracticeDesk.Bearer?
        let input: PracticeInput
        let json: PracticeJSON

        /// The account that acts.
        var account: PracticeAccount {
            get throws(PracticeError) {
                guard let account = bearer?.account else { throw .token }
                return account
            }
        }

        /// A number in the path; anything else is simply not there.
        func number(_ name: String) throws(PracticeError) -> Int64 {
            guard let text = request.parameters[name], let number = Int64(text) else {
                throw .gone
            }
            return number
        }

        var slice: PracticeSlice {
            PracticeSlice(
                limit: min(40, max(1, input["limit"].flatMap { Int($0) } ?? 20)),
                maxID: input["max_id"].flatMap { Int64($0) },
                sinceID: input["since_id"].flatMap { Int64($0) },
                minID: input["min_id"].flatMap { Int64($0) })
        }
    }

    /// A route of the API; `scope` is what a token must allow, nil lets anyone in.
    func api(
        _ method: String, _ path: String, scope: String?, limit: Int = 300,
        window: Duration = .minutes(5), bodyLimit: Int = 1 << 20,
        _ handle: @escaping @Sendable (Call) async throws -> Reply
    ) -> Route {
        .machine(method, "/practice" + path, bodyLimit: bodyLimit) { request in
            let now = request.now
            let caller = request.header("authorization") ?? request.address
            // What costs more has a window of its own, as on Mastodon.
            let key = limit == 300 ? caller : caller + path
            let most = desk.rehearsal == nil ? limit : 1_000_000
            let count = throttle.count(key, limit: most, window: window, now: now)
            var reply: Reply
            do {
                guard !count.isOver else {
                    throw PracticeError.tooMany(seconds: Int((count.end - now).inSeconds) + 1)
                }
                reply = try await handle(try await call(request, scope: scope))
            } catch {
                reply = Self.refusal(Problem.presenting(error))
            }
            reply.headers["x-ratelimit-limit"] = "\(count.limit)"
            reply.headers["x-ratelimit-remaining"] = "\(count.left)"
            reply.headers["x-ratelimit-reset"] = count.end.iso8601
            return reply
        }
    }

    private func call(_ request: WebRequest, scope: String?) async throws -> Call {
        var bearer: PracticeDesk.Bearer?
        if let header = request.header("authorization") {
            let parts = header.split(separator: " ", maxSplits: 1)
            guard parts.count == 2, parts[0].lowercased() == "bearer" else {
                throw PracticeError.token
            }
            bearer = try await desk.bearer(String(parts[1]))
        }
        if let scope {
            guard let bearer else { throw PracticeError.token }
            guard bearer.may(scope) else { throw PracticeError.scope }
        }
        return Call(
            request: request, bearer: bearer, input: PracticeInput(request),
            json: PracticeJSON(base: request.origin + "/practice"))
    }

    /// An error in the Mastodon API's form.
    static func refusal(_ problem: Problem) -> Reply {
        var reply = answer(["error": .string(problem.message)], status: problem.httpStatus)
        if let seconds = problem.retryAfterSeconds { reply.headers["retry-after"] = "\(seconds)" }
        if problem.kind == .unauthenticated {
            reply.headers["www-authenticate"] =
                "Bearer realm=\"Practice network\", error=\"invalid_token\""
        }
        return reply
    }

    static func answer(_ value: JSONValue, status: Int = 200) -> Reply {
        var reply = Reply.json((try? JSON.encode(value)) ?? Data(), status: status)
        reply.headers["content-type"] = "application/json; charset=utf-8"
        return reply
    }

    /// A list with the `Link` header that leads to its neighbours.
    static func answer(
        _ values: [JSONValue], ids: [Int64], _ call: Call
    ) -> Reply {
        var reply = answer(.array(values))
        guard let first = ids.first, let last = ids.last else { return reply }
        let path = call.request.origin + call.request.path
        // The other parts of the question stay, so that the next page answers the same one.
        var kept = ""
        for name in ["exclude_reblogs", "exclude_replies", "only_media", "limit"] {
            if let value = call.request.query[name],
                value.allSatisfy({ $0.isASCII && $0.isLetter || $0.isNumber })
            {
                kept += "\(name)=\(value)&"
            }
        }
        reply.headers["link"] =
            "<\(path)?\(kept)max_id=\(last)>; rel=\"next\", "
            + "<\(path)?\(kept)min_id=\(first)>; rel=\"prev\""
        return reply
    }
}
