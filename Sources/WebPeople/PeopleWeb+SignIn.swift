import Kernel
import People
import Web

/// Where a browser goes next; only pages of this server.
enum NextPage {
    /// The path, or `/` when the text is anything but a path of this server.
    static func checked(_ text: String?) -> String {
        guard let text, text.hasPrefix("/"), !text.hasPrefix("//"), text.utf8.count <= 500,
            text.unicodeScalars.allSatisfy({ $0.value > 32 && $0.value != 92 && $0.value < 127 })
        else { return "/" }
        return text
    }
}

extension PeopleWeb {
    struct SignInPage: Sendable {
        let next: String
        let isEmpty: Bool
    }

    var signInRoutes: [Route] {
        let begin = Endpoint(
            .post, "/sessions", id: "signIn", "Signs in; browsers keep the secret as a cookie.",
            tag: "People", access: .anyone
        ) { (call: Call<SignInInput>) in
            let begun = try await people.signIn(
                email: call.input.email, password: call.input.password,
                address: call.request.address, agent: call.request.header("user-agent"),
                from: call.request.from)
            return SessionStart(person: PersonView(begun.person), secret: begun.secret)
        }
        let end = Endpoint(
            .delete, "/session", id: "signOut", "Ends the session that makes this request.",
            tag: "People", access: .signedIn
        ) { (call: Call<Nothing>) in
            let caller = call.request.caller
            if let caller, let session = caller.session.flatMap(SessionID.init) {
                try await people.endSession(session, of: caller.person, by: call.principal)
            }
            return Nothing()
        }
        return [
            begin.route, end.route,
            begin.action("/sign-in") { start, request in
                var reply = Reply.redirect(to: NextPage.checked(request.form["next"]))
                reply.cookies.append(cookie.setting(start.secret))
                return reply
            },
            end.action("/sign-out") { _, _ in
                var reply = Reply.redirect(to: "/sign-in")
                reply.cookies.append(cookie.clearing)
                return reply
            },
            .page("/sign-in", .anyone) { request in
                if request.caller != nil {
                    return .redirect(to: NextPage.checked(request.query["next"]))
                }
                let page = SignInPage(
                    next: NextPage.checked(request.query["next"]),
                    isEmpty: try await !people.hasAnybody())
                return try await frame.page("people/sign-in", page, title: "Sign in", for: request)
            },
            .page("/", .anyone) { request in
                guard let caller = request.caller else { return .redirect(to: "/sign-in") }
                guard let place = try await people.places(of: caller.person).first else {
                    return .redirect(to: "/workspaces/new")
                }
                return .redirect(to: "/w/\(place.slug)")
            },
        ]
    }

    // MARK: - The first person

    struct WelcomePage: Sendable {
        let link: String
        let needsWorkspace: Bool
        let zones: [Choice]
    }

    var welcomeRoutes: [Route] {
        let create = Endpoint(
            .post, "/owner", id: "createOwner",
            "Makes the first person, with the one-time link the program printed.", tag: "People",
            access: .anyone
        ) { (call: Call<OwnerInput>) in
            let input = call.input
            let person = try await people.createOwner(
                link: input.link, name: input.name, email: input.email, password: input.password,
                from: call.request.from)
            var principal = person.principal
            principal.from = call.request.from
            if let name = input.workspace {
                let plan = WorkspaceInput(name: name, zone: input.zone ?? .utc, currency: nil).plan
                _ = try await people.createWorkspace(
                    plan, owner: person.id, by: principal)
            }
            let begun = try await people.begin(
                person.id, agent: call.request.header("user-agent"), from: call.request.from)
            return SessionStart(person: PersonView(person), secret: begun.secret)
        }
        return [
            create.route,
            create.action("/welcome") { start, _ in
                let places = try await people.places(of: start.person.id)
                let page = places.first.map { place in
                    "/w/\(place.slug)" + (place.isDemo ? "" : "/start/channel")
                }
                var reply = Reply.redirect(to: page ?? "/workspaces/new")
                reply.cookies.append(cookie.setting(start.secret))
                return reply
            },
            .page("/welcome/{secret}", .anyone) { request in
                let secret = request.parameters["secret"] ?? ""
                try await people.checkOwnerLink(secret)
                let page = WelcomePage(
                    link: secret, needsWorkspace: try await people.workspaces().isEmpty,
                    zones: Self.zones(.utc))
                return try await frame.page(
                    "people/welcome", page, title: "Welcome", scripts: ["start.js"],
                    for: request)
            },
        ]
    }
}
