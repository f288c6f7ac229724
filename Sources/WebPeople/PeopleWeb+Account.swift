import Kernel
import People
import Web

extension PeopleWeb {
    struct AccountPage: Sendable {
        struct Row: Sendable {
            let id: String
            let agent: String
            let seen: String
            let begun: String
            let place: String?
            let isThis: Bool
        }

        struct Identity: Sendable {
            let id: String
            let issuer: String
            let email: String
            let used: String
        }

        let root: String
        let tabs: Tabs
        let name: String
        let email: String
        let hasPassword: Bool
        let factor: String
        let identities: [Identity]
        let hasIdentities: Bool
        let sessions: [Row]
        let hasOthers: Bool
    }

    var accountRoutes: [Route] {
        let me = Endpoint(
            .get, "/me", id: "getMe", "Who makes this request.", tag: "People", access: .signedIn
        ) { (call: Call<Nothing>) in
            PersonView(try await people.person(try Self.person(call.request)))
        }
        let rename = Endpoint(
            .put, "/me", id: "renameMe", "Changes one's own name.", tag: "People",
            access: .signedIn
        ) { (call: Call<PersonName>) in
            try Self.requireWholePerson(call.request)
            return PersonView(
                try await people.rename(
                    try Self.person(call.request), to: call.input.name,
                    by: call.principal))
        }
        let password = Endpoint(
            .put, "/me/password", id: "changePassword",
            "Changes one's own password and signs all other browsers out.", tag: "People",
            access: .signedIn
        ) { (call: Call<PasswordChange>) in
            SessionSecret(
                secret: try await people.changePassword(
                    try Self.proof(call, call.input.currentPassword), to: call.input.password,
                    by: call.principal))
        }
        return [
            me.route, rename.route, password.route,
            rename.action("/account/name") { _, request in
                .redirect(to: NextPage.checked(request.form["next"])).toast("Name saved.")
            },
            password.action("/account/password") { changed, request in
                keeping(
                    changed.secret,
                    .redirect(to: NextPage.checked(request.form["next"])).toast(
                        "Password changed. All other browsers are signed out."))
            },
            Route.page("/w/{workspace}/settings/account", .workspace(.view), account).guests(.own),
        ]
    }

    private func account(_ request: WebRequest) async throws -> Reply {
        let person = try Self.person(request)
        let sessions = try await people.sessions(of: person)
        let zone = request.workspace.zone
        let factor = try await people.secondFactor(of: person)
        let identities = try await people.openIdentities(of: person)
        let page = AccountPage(
            root: Self.root(request), tabs: tabs(request, "account"),
            name: request.caller?.name ?? "", email: request.caller?.email ?? "",
            hasPassword: factor.hasPassword,
            factor: factor.since.map {
                "On since \(zone.words($0)); \(factor.recoveryCodesLeft) recovery codes left."
            } ?? "Off: your password alone opens your account.",
            identities: identities.map {
                .init(
                    id: $0.id.text, issuer: $0.issuer, email: $0.email,
                    used: zone.words($0.lastUsedAt))
            }, hasIdentities: !identities.isEmpty,
            sessions: sessions.map { session in
                AccountPage.Row(
                    id: session.id.text, agent: session.agent,
                    seen: zone.words(session.lastSeenAt), begun: zone.words(session.createdAt),
                    place: session.place,
                    isThis: session.id.text == request.caller?.session)
            }, hasOthers: sessions.count > 1)
        return try await frame.page(
            "people/account", page, title: "My account", section: .settings, for: request)
    }

    var sessionRoutes: [Route] {
        let list = Endpoint(
            .get, "/sessions", id: "listSessions", "One's signed-in browsers.", tag: "People",
            access: .signedIn
        ) { (call: Call<Nothing>) in
            try Self.requireWholePerson(call.request)
            let found = try await people.sessions(of: try Self.person(call.request))
            return Listing(
                items: found.map { session in
                    SessionView(
                        id: session.id.text, agent: session.agent, createdAt: session.createdAt,
                        lastSeenAt: session.lastSeenAt, place: session.place,
                        hasSecondFactor: session.hasSecondFactor,
                        isThis: session.id.text == call.request.caller?.session)
                })
        }
        let end = Endpoint(
            .post, "/me/sessions/removal", id: "endSessions",
            "Signs one browser out, all others or all; asks for the password again.",
            tag: "People", access: .signedIn
        ) { (call: Call<SessionsEnd>) in
            let proof = try Self.proof(call, call.input.currentPassword)
            guard let which = SessionChoice(call.input.which) else {
                throw Problem.invalid("which", "Send `others`, `all` or the id of a session.")
            }
            try await people.endSessions(which, proof, by: call.principal)
            return Nothing()
        }
        return [
            list.route, end.route,
            end.action("/account/sessions/end") { _, request in
                switch request.form["which"].flatMap(SessionChoice.init) {
                case .all:
                    var reply = Reply.redirect(to: "/sign-in").toast(
                        "You are signed out everywhere.")
                    reply.cookies.append(cookie.clearing)
                    reply.headers["clear-site-data"] = "\"cache\""
                    return reply
                case let which:
                    return .redirect(to: NextPage.checked(request.form["next"])).toast(
                        which == .others
                            ? "All other browsers are signed out." : "That browser is signed out.")
                }
            },
        ]
    }
}
