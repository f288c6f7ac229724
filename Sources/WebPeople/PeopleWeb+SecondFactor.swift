import Kernel
import People
import Web

extension PeopleWeb {
    struct SecondFactorPage: Sendable {
        let next: String
        let isOn: Bool
        let since: String
        let codesLeft: Int
        let hasPassword: Bool
    }

    struct EnrolmentPart: Sendable {
        let secret: String
        let address: String
        let qr: String
        let next: String
    }

    struct RecoveryCodesPart: Sendable {
        let isNew: Bool
        let codes: [String]
        let text: String
        let next: String
    }

    /// What the one who asks shows again before their way in changes.
    private static func proof(
        _ request: WebRequest, _ password: String?
    ) throws(Problem) -> PersonProof {
        try requireWholePerson(request)
        return PersonProof(
            try person(request), password: password,
            session: request.caller?.session.flatMap { SessionID($0) }, address: request.address)
    }

    static func proof<Input>(
        _ call: Call<Input>, _ password: String?
    ) throws(Problem) -> PersonProof {
        try proof(call.request, password)
    }

    /// Hands a browser the secret that its session goes on with.
    func keeping(_ secret: String?, _ reply: Reply) -> Reply {
        var reply = reply
        if let secret { reply.cookies.append(cookie.setting(secret)) }
        return reply
    }

    var secondFactorRoutes: [Route] {
        let read = Endpoint(
            .get, "/me/second-factor", id: "getSecondFactor",
            "Whether sign-in asks for a code as well.", tag: "People", access: .signedIn
        ) { (call: Call<Nothing>) in
            SecondFactorView(try await people.secondFactor(of: try Self.person(call.request)))
        }
        let start = Endpoint(
            .post, "/me/second-factor", id: "startSecondFactor",
            "Makes a key for an authenticator app; it counts once a code was confirmed.",
            tag: "People", access: .signedIn
        ) { (call: Call<PasswordProof>) in
            let made = try await people.startSecondFactor(
                try Self.proof(call, call.input.currentPassword), by: call.principal)
            return EnrolmentView(
                secret: made.secret, address: made.address,
                qr: try QRCode.svg(made.address, label: "The key as a QR code"))
        }
        let confirm = Endpoint(
            .put, "/me/second-factor", id: "confirmSecondFactor",
            "Turns the second factor on with a first code; the answer holds the recovery codes.",
            tag: "People", access: .signedIn
        ) { (call: Call<CodeInput>) in
            let proof = try Self.proof(call, nil)
            let made = try await people.confirmSecondFactor(
                of: proof.person, code: call.input.code, session: proof.session,
                address: proof.address, by: call.principal)
            return RecoveryCodesView(recoveryCodes: made.recoveryCodes, secret: made.secret)
        }
        return [
            read.route, start.route, confirm.route,
            start.action("/account/second-factor/start") { made, request in
                try frame.fragment(
                    "people/enrolment",
                    EnrolmentPart(
                        secret: made.secret, address: made.address, qr: made.qr,
                        next: NextPage.checked(request.form["next"])))
            },
            confirm.action("/account/second-factor/confirm", then: showCodes),
            .page("/account/second-factor", .signedIn, secondFactorPage),
        ] + laterRoutes
    }

    private var laterRoutes: [Route] {
        let renew = Endpoint(
            .post, "/me/second-factor/recovery-codes", id: "renewRecoveryCodes",
            "Makes ten new recovery codes against a code of the app; the old ones end.",
            tag: "People", access: .signedIn
        ) { (call: Call<CodeInput>) in
            let proof = try Self.proof(call, nil)
            return RecoveryCodesView(
                recoveryCodes: try await people.renewRecoveryCodes(
                    of: proof.person, code: call.input.code, address: proof.address,
                    by: call.principal),
                secret: nil)
        }
        let remove = Endpoint(
            .post, "/me/second-factor/removal", id: "removeSecondFactor",
            "Turns the second factor off and signs all other browsers out.", tag: "People",
            access: .signedIn
        ) { (call: Call<SecondFactorEnd>) in
            SessionSecret(
                secret: try await people.removeSecondFactor(
                    try Self.proof(call, call.input.currentPassword), code: call.input.code,
                    by: call.principal))
        }
        let rule = Endpoint(
            .put, "\(Self.base)/second-factor-rule", id: "setSecondFactorRule",
            "Decides whether members come in with a second factor only.", tag: "People",
            access: .workspace(.manageWorkspace)
        ) { (call: Call<SecondFactorRule>) in
            WorkspaceView(
                try await people.ask(
                    forSecondFactor: call.input.isNeeded, in: call.workspace.workspace,
                    by: call.principal,
                    hasSecondFactor: call.request.caller?.hasSecondFactor ?? false))
        }
        return [
            renew.route, remove.route, rule.route,
            renew.action("/account/second-factor/recovery-codes", then: showCodes),
            remove.action("/account/second-factor/remove") { ended, request in
                let next = NextPage.checked(request.form["next"])
                return keeping(
                    ended.secret,
                    .redirect(to: next).toast(
                        "The second factor is off. All other browsers are signed out."))
            },
            rule.action("/w/{workspace}/settings/second-factor-rule") { workspace, request in
                .redirect(to: "\(Self.root(request))/settings/workspace").toast(
                    workspace.needsSecondFactor
                        ? "Members now come in with a second factor only." : "Saved.")
            },
        ]
    }

    private func showCodes(
        _ made: RecoveryCodesView, _ request: WebRequest
    ) async throws -> Reply {
        let part = try frame.fragment(
            "people/recovery-codes",
            RecoveryCodesPart(
                isNew: made.secret != nil, codes: made.recoveryCodes,
                text: made.recoveryCodes.joined(separator: "\n"),
                next: NextPage.checked(request.form["next"])))
        return keeping(made.secret, part)
    }

    private func secondFactorPage(_ request: WebRequest) async throws -> Reply {
        let person = try Self.person(request)
        let found = try await people.secondFactor(of: person)
        let zone = try await people.places(of: person).first?.zone ?? .utc
        let page = SecondFactorPage(
            next: NextPage.checked(request.query["next"]), isOn: found.since != nil,
            since: found.since.map(zone.words) ?? "", codesLeft: found.recoveryCodesLeft,
            hasPassword: found.hasPassword)
        return try await frame.page(
            "people/second-factor", page, title: "Second factor", for: request)
    }
}
