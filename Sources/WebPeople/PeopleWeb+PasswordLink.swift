import Kernel
import People
import Web

extension PeopleWeb {
    struct NewPasswordPage: Sendable {
        let link: String
        let email: String
    }

    var passwordLinkRoutes: [Route] {
        let make = Endpoint(
            .post, "\(Self.base)/members/{member}/password-link", id: "makePasswordLink",
            "Makes a one-time link with which a member chooses a new password.", tag: "People",
            access: .workspace(.manageWorkspace)
        ) { (call: Call<Nothing>) in
            try Self.requireWholePerson(call.request)
            let made = try await people.passwordLink(
                for: try call.id("member", MemberTag.self), in: call.workspace.workspace,
                by: call.principal)
            return PasswordLinkView(
                email: made.member.email, link: "\(call.request.origin)/password/\(made.secret)")
        }
        let use = Endpoint(
            .post, "/password", id: "usePasswordLink",
            "Sets a password with a one-time link; signing in comes after it.", tag: "People",
            access: .anyone
        ) { (call: Call<PasswordLinkInput>) in
            _ = try await people.setPassword(
                link: call.input.link, to: call.input.password, from: call.request.from)
            return Nothing()
        }
        return [
            make.route, use.route,
            make.action("/w/{workspace}/settings/members/{member}/password-link") { made, _ in
                try frame.fragment(
                    "people/password-link", InvitedPart(email: made.email, link: made.link))
            },
            use.action("/password") { _, _ in
                .redirect(to: "/sign-in").toast("Your password is set. Sign in with it.")
            },
            .page("/password/{secret}", .anyone) { request in
                let secret = request.parameters["secret"] ?? ""
                let owner = try await people.passwordLinkOwner(secret)
                return try await frame.page(
                    "people/new-password", NewPasswordPage(link: secret, email: owner.email),
                    title: "New password", for: request)
            },
        ]
    }
}
