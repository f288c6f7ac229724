import Foundation
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
        /// Where people may sign in instead.
        let elsewhere: String?
    }

    var signInRoutes: [Route] {
        let begin = Endpoint(
            .post, "/sessions", id: "signIn", "Signs in; browsers keep the secret as a cookie.",
            tag: "People", access: .anyone
        ) { (call: Call<SignInInput>) in
            let answer = try await people.signIn(
                email: call.input.email, password: call.input.password,
                address: call.request.address, agent: call.request.header("user-agent"),
                from: call.request.from)
            if case .begun = answer { try await endPresent(call.request) }
            return SessionStart(answer)
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
                enter(start, request, next: NextPage.checked(request.form["next"]))
            },
            end.action("/sign-out") { _, _ in
                var reply = Reply.redirect(to: "/sign-in")
                reply.cookies.append(cookie.clearing)
                reply.headers["clear-site-data"] = "\"cache\""
                return reply
            },
            .page("/sign-in", .anyone) { request in
                if request.caller != nil {
                    return .redirect(to: NextPage.checked(request.query["next"]))
                }
                let page = SignInPage(
                    next: NextPage.checked(request.query["next"]),
                    isEmpty: try await !people.hasAnybody(),
                    elsewhere: people.door?.provider.name)
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

    /// A new sign-in takes the place of the one that the browser had.
    func endPresent(_ request: WebRequest) async throws {
        guard let caller = request.caller, let session = caller.session.flatMap({ SessionID($0) })
        else { return }
        try await people.endSession(session, of: caller.person, by: caller.principal)
    }

    /// Lets the browser in, or leads it to the code that is asked for.
    func enter(_ start: SessionStart, _ request: WebRequest, next: String) -> Reply {
        guard let text = start.step else { return keeping(start.secret, .redirect(to: next)) }
        let path = next.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
        var reply = Reply.redirect(to: "/sign-in/code?next=\(path)")
        reply.cookies.append(step.setting(text))
        return reply
    }

    // MARK: - The code after the password

    struct CodePage: Sendable {
        let step: String
        let next: String
    }

    var secondStepRoutes: [Route] {
        let finish = Endpoint(
            .post, "/sessions/second-step", id: "finishSignIn",
            "Finishes a sign-in with a code of the app or a recovery code.", tag: "People",
            access: .anyone
        ) { (call: Call<SecondStepInput>) in
            let begun = try await people.finishSignIn(
                step: call.input.step, code: call.input.code, address: call.request.address,
                agent: call.request.header("user-agent"), from: call.request.from)
            try await endPresent(call.request)
            return SessionStart(begun)
        }
        return [
            finish.route,
            finish.action("/sign-in/code") { start, request in
                var reply = enter(start, request, next: NextPage.checked(request.form["next"]))
                reply.cookies.append(step.clearing)
                guard let person = start.person else { return reply }
                let left = try await people.secondFactor(of: person.id).recoveryCodesLeft
                // Six digits came from the app; anything longer was a recovery code.
                guard (request.form["code"] ?? "").filter({ !$0.isWhitespace }).count > 6 else {
                    return reply
                }
                return reply.toast("That recovery code is used up; you have \(left) left.")
            },
            .page("/sign-in/code", .anyone) { request in
                guard let text = step.value(in: request) else { return .redirect(to: "/sign-in") }
                let page = CodePage(step: text, next: NextPage.checked(request.query["next"]))
                return try await frame.page("people/code", page, title: "Code", for: request)
            },
        ]
    }

    // MARK: - The first person

    struct WelcomePage: Sendable {
        let link: String
        let needsWorkspace: Bool
        let zones: [Choice]
        let asksSecondFactor: Bool
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
                    plan, owner: person.id,
                    needsSecondFactor: input.needsSecondFactor ?? asksSecondFactor, by: principal)
            }
            return SessionStart(
                try await people.begin(
                    person.id, agent: call.request.header("user-agent"),
                    address: call.request.address, from: call.request.from))
        }
        return [
            create.route,
            create.action("/welcome") { start, _ in
                var page: String?
                if let person = start.person,
                    let place = try await people.places(of: person.id).first
                {
                    page = "/w/\(place.slug)" + (place.isDemo ? "" : "/start/channel")
                }
                return keeping(start.secret, .redirect(to: page ?? "/workspaces/new"))
            },
            .page("/welcome/{secret}", .anyone) { request in
                let secret = request.parameters["secret"] ?? ""
                try await people.checkOwnerLink(secret)
                let page = WelcomePage(
                    link: secret, needsWorkspace: try await people.workspaces().isEmpty,
                    zones: Self.zones(.utc), asksSecondFactor: asksSecondFactor)
                return try await frame.page(
                    "people/welcome", page, title: "Welcome", scripts: ["start.js"],
                    for: request)
            },
        ]
    }
}
