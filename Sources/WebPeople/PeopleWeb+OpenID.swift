import Foundation
import Kernel
import People
import Web

extension PeopleWeb {
    static let openIDCallback = "/sign-in/openid/callback"

    /// The cookie that binds a sign-in elsewhere to the browser that began it.
    private var attempt: PassingCookie { PassingCookie("openid", isSecure: isSecure) }

    var openIDRoutes: [Route] {
        let list = Endpoint(
            .get, "/me/identities", id: "listIdentities",
            "The accounts elsewhere with which one signs in here.", tag: "People",
            access: .signedIn
        ) { (call: Call<Nothing>) in
            let found = try await people.openIdentities(of: try Self.person(call.request))
            return Listing(items: found.map(IdentityView.init))
        }
        let remove = Endpoint(
            .delete, "/me/identities/{identity}", id: "removeIdentity",
            "Takes an account elsewhere away, within fifteen minutes of signing in.", tag: "People",
            access: .signedIn
        ) { (call: Call<Nothing>) in
            let proof = try Self.proof(call, nil)
            try await people.requireYoungSession(proof.session, of: proof.person)
            try await people.removeOpenIdentity(
                try call.id("identity", OpenIdentityTag.self), of: proof.person,
                by: call.principal)
            return Nothing()
        }
        return [
            list.route, remove.route,
            remove.action("/account/identities/{identity}/remove") { _, request in
                .redirect(to: NextPage.checked(request.form["next"])).toast(
                    "That account no longer opens this one.")
            },
            // A page that leads elsewhere: the browser follows a link, so the policy that keeps
            // forms on this server can stay.
            .page("/sign-in/openid", .anyone) { request in
                // Another site's page must not sign anybody in who did not ask for it.
                guard ["same-origin", "none", nil].contains(request.header("sec-fetch-site"))
                else { return .redirect(to: "/sign-in") }
                let start = try await people.beginOpenID(
                    next: NextPage.checked(request.query["next"]),
                    redirectURL: request.origin + Self.openIDCallback)
                var reply = Reply.redirect(to: start.address)
                reply.cookies.append(attempt.setting(start.cookie))
                return reply
            },
            .page(Self.openIDCallback, .anyone, comeBack),
        ]
    }

    private func comeBack(_ request: WebRequest) async throws -> Reply {
        let query = request.query
        let (answer, next) = try await people.finishOpenID(
            OpenIDDoor.Answer(
                state: query["state"], code: query["code"], issuer: query["iss"],
                error: query["error"]),
            cookie: attempt.value(in: request), redirectURL: request.origin + Self.openIDCallback,
            address: request.address, agent: request.header("user-agent"),
            from: request.from)
        try await endPresent(request)
        var reply = enter(SessionStart(answer), request, next: next)
        reply.cookies.append(attempt.clearing)
        return reply
    }
}
