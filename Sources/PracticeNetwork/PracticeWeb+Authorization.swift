import Foundation
import Kernel
import Web

extension PracticeWeb {
    var authorizationRoutes: [Route] {
        [
            api(
                "POST", "/api/v1/apps", scope: nil, limit: 30, window: .minutes(10), register),
            api("GET", "/api/v1/apps/verify_credentials", scope: "read") { call in
                guard let client = call.bearer?.client else { throw PracticeError.token }
                let app = try await desk.app(client)
                return Self.answer([
                    "name": .string(app.name), "website": .null,
                    "scopes": .array(app.scopes.split(separator: " ").map { .string(String($0)) }),
                ])
            },
            .page("/practice/oauth/authorize", .signedIn) { request in
                let wish = try await asked(request, request.query)
                return try await consent(wish, request, problem: nil)
            },
            .machine("POST", "/practice/oauth/authorize", .signedIn, allow),
            api("POST", "/oauth/token", scope: nil, limit: 60, window: .minutes(5), token),
            api("POST", "/oauth/revoke", scope: nil, limit: 60, revoke),
        ]
    }

    private var register: @Sendable (Call) async throws -> Reply {
        { call in
            let redirects = call.input.all("redirect_uris").flatMap {
                $0.split(whereSeparator: \.isWhitespace).map(String.init)
            }
            let (app, secret) = try await desk.register(
                name: call.input["client_name"] ?? "", redirects: redirects,
                scopes: call.input["scopes"] ?? "read")
            return Self.answer([
                "id": .string(String(app.clientID.prefix(8))), "name": .string(app.name),
                "website": .null,
                "scopes": .array(app.scopes.split(separator: " ").map { .string(String($0)) }),
                "redirect_uri": .string(app.redirects.joined(separator: "\n")),
                "redirect_uris": .array(app.redirects.map(JSONValue.string)),
                "client_id": .string(app.clientID), "client_secret": .string(secret),
                "client_secret_expires_at": 0, "vapid_key": "",
            ])
        }
    }

    // MARK: - A person's consent

    private func asked(_ request: WebRequest, _ form: Form) async throws -> PracticeDesk.Request {
        let app = try await desk.app(form["client_id"] ?? "")
        guard form["response_type"] == "code", let redirect = form["redirect_uri"],
            app.redirects.contains(redirect)
        else { throw PracticeError.client }
        guard form["code_challenge_method"] == "S256", let challenge = form["code_challenge"],
            challenge.wholeMatch(of: /[A-Za-z0-9_-]{43}/) != nil
        else { throw PracticeError.proof }
        let scopes = form["scope"] ?? "read"
        let granted = app.scopes.split(separator: " ")
        let isWithin = scopes.split(separator: " ").allSatisfy { scope in
            granted.contains(scope) || granted.contains(scope.prefix { $0 != ":" })
        }
        guard isWithin else { throw PracticeError.client }
        return PracticeDesk.Request(
            app: app, redirect: redirect, scopes: scopes, state: form["state"],
            challenge: challenge)
    }

    struct ConsentView: Sendable {
        let app: String
        let clientID: String
        let redirect: String
        let scopes: String
        let state: String?
        let challenge: String
        let handle: String
        let problem: String?
    }

    private func consent(
        _ wish: PracticeDesk.Request, _ request: WebRequest, problem: String?
    ) async throws -> Reply {
        let name = request.form["handle"] ?? request.caller.map { PracticeDesk.handle($0.name) }
        let view = ConsentView(
            app: wish.app.name, clientID: wish.app.clientID, redirect: wish.redirect,
            scopes: wish.scopes, state: wish.state, challenge: wish.challenge,
            handle: name ?? "", problem: problem)
        return try await frame.page(
            "practice/consent", view, title: "Connect an account", for: request,
            status: problem == nil ? 200 : 422)
    }

    struct CodeView: Sendable {
        let app: String
        let code: String?
        let next: String?
    }

    private var allow: @Sendable (WebRequest) async throws -> Reply {
        { request in
            let wish = try await asked(request, request.form)
            guard let person = request.caller?.person else { throw PracticeError.token }
            let account: PracticeAccount
            do {
                account = try await desk.account(request.form["handle"] ?? "", of: person)
            } catch let error as PracticeError {
                return try await consent(wish, request, problem: error.problem.message)
            }
            let code = try await desk.allow(wish, as: account)
            let isShown = wish.redirect == PracticeDesk.shown
            let next = Self.address(wish.redirect, code: code, state: wish.state)
            if !isShown, next.hasPrefix(request.origin + "/") { return .redirect(to: next) }
            // Forms may lead to this server only, so a person opens other places by hand.
            let view = CodeView(
                app: wish.app.name, code: isShown ? code : nil,
                next: !isShown && next.hasPrefix("http") ? next : nil)
            return try await frame.page(
                "practice/code", view, title: "Connected", for: request)
        }
    }

    private static func address(_ redirect: String, code: String, state: String?) -> String {
        let allowed = CharacterSet.alphanumerics.union(CharacterSet(charactersIn: "-._~"))
        var next = redirect + (redirect.contains("?") ? "&" : "?") + "code=\(code)"
        if let state = state?.addingPercentEncoding(withAllowedCharacters: allowed) {
            next += "&state=\(state)"
        }
        return next
    }

    // MARK: - Tokens

    private var token: @Sendable (Call) async throws -> Reply {
        { call in
            let (client, secret) = Self.client(call)
            do {
                let grant: PracticeDesk.Grant
                switch call.input["grant_type"] {
                case "authorization_code":
                    grant = try await desk.exchange(
                        code: call.input["code"] ?? "", client: client, secret: secret,
                        redirect: call.input["redirect_uri"] ?? "",
                        verifier: call.input["code_verifier"])
                case "client_credentials":
                    grant = try await desk.exchange(
                        client: client, secret: secret, scopes: call.input["scope"] ?? "read")
                default:
                    return Self.answer(
                        [
                            "error": "unsupported_grant_type",
                            "error_description": "This grant type is not supported here.",
                        ], status: 400)
                }
                return Self.answer([
                    "access_token": .string(grant.token), "token_type": "Bearer",
                    "scope": .string(grant.scopes),
                    "created_at": .number(Double(call.request.now.milliseconds / 1000)),
                ])
            } catch PracticeError.client {
                return Self.answer(
                    ["error": "invalid_client", "error_description": "Client unknown."],
                    status: 401)
            } catch PracticeError.grant {
                return Self.answer(
                    [
                        "error": "invalid_grant",
                        "error_description": "The code is spent or belongs elsewhere.",
                    ], status: 400)
            }
        }
    }

    private var revoke: @Sendable (Call) async throws -> Reply {
        { call in
            let (client, secret) = Self.client(call)
            do {
                try await desk.revoke(
                    call.input["token"] ?? "", client: client, secret: secret)
            } catch PracticeError.client {
                return Self.answer(
                    [
                        "error": "unauthorized_client",
                        "error_description": "You are not authorized to revoke this token",
                    ], status: 403)
            }
            return Self.answer([:])
        }
    }

    private static func client(_ call: Call) -> (id: String, secret: String) {
        (call.input["client_id"] ?? "", call.input["client_secret"] ?? "")
    }
}
