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
            let isThis: Bool
        }

        let root: String
        let tabs: Tabs
        let name: String
        let email: String
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
            try Self.requireWholePerson(call.request)
            try await people.changePassword(
                of: try Self.person(call.request), from: call.input.currentPassword,
                to: call.input.password,
                keeping: call.request.caller?.session.flatMap(SessionID.init),
                address: call.request.address, by: call.principal)
            return Nothing()
        }
        return [
            me.route, rename.route, password.route,
            rename.action("/account/name") { _, request in
                .redirect(to: NextPage.checked(request.form["next"])).toast("Name saved.")
            },
            password.action("/account/password") { _, request in
                .redirect(to: NextPage.checked(request.form["next"])).toast(
                    "Password changed. All other browsers are signed out.")
            },
            Route.page("/w/{workspace}/settings/account", .workspace(.view), account).guests(.own),
        ]
    }

    private func account(_ request: WebRequest) async throws -> Reply {
        let person = try Self.person(request)
        let sessions = try await people.sessions(of: person)
        let zone = request.workspace.zone
        let page = AccountPage(
            root: Self.root(request), tabs: tabs(request, "account"),
            name: request.caller?.name ?? "", email: request.caller?.email ?? "",
            sessions: sessions.map { session in
                AccountPage.Row(
                    id: session.id.text, agent: session.agent,
                    seen: zone.words(session.lastSeenAt), begun: zone.words(session.createdAt),
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
                        lastSeenAt: session.lastSeenAt,
                        isThis: session.id.text == call.request.caller?.session)
                })
        }
        let end = Endpoint(
            .delete, "/sessions/{session}", id: "endSession", "Signs one browser out.",
            tag: "People", access: .signedIn
        ) { (call: Call<Nothing>) in
            try Self.requireWholePerson(call.request)
            try await people.endSession(
                try call.id("session", SessionTag.self), of: try Self.person(call.request),
                by: call.principal)
            return Nothing()
        }
        let endAll = Endpoint(
            .delete, "/sessions", id: "endOtherSessions",
            "Signs every browser out but the one that asks.", tag: "People", access: .signedIn
        ) { (call: Call<Nothing>) in
            try Self.requireWholePerson(call.request)
            try await people.endSessions(
                of: try Self.person(call.request),
                but: call.request.caller?.session.flatMap(SessionID.init), by: call.principal)
            return Nothing()
        }
        let back = { @Sendable (message: String) in
            { @Sendable (_: Nothing, request: WebRequest) async throws -> Reply in
                .redirect(to: NextPage.checked(request.form["next"])).toast(message)
            }
        }
        return [
            list.route, end.route, endAll.route,
            end.action(
                "/account/sessions/{session}/end", then: back("That browser is signed out.")),
            endAll.action(
                "/account/sessions/end", then: back("All other browsers are signed out.")),
        ]
    }
}
