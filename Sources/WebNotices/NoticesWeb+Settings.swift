import Kernel
import Notices
import People
import Web

/// What comes by e-mail, and when not.
struct NoticeSettingsPage: Sendable {
    struct Kind: Sendable {
        let value: String
        let words: String
        let checked: Bool
    }

    let root: String
    let tabs: Tabs
    let kinds: [Kind]
    let quietFrom: String
    let quietTo: String
    let zones: [Choice]
    let email: String
    let server: String?
    let sender: String?
    let canTest: Bool
}

extension NoticesWeb {
    var noticeSettingRoutes: [Route] {
        let tag = "Notices"
        let read = Endpoint(
            .get, "/me/notices", id: "getNoticeSettings",
            "What one wants to be told by e-mail, and when not.", tag: tag, access: .signedIn
        ) { (call: Call<Nothing>) in
            NoticeSettingsValue(
                try await notices.settings(of: try Self.person(call.request)))
        }
        let change = Endpoint(
            .put, "/me/notices", id: "changeNoticeSettings",
            "Chooses what comes by e-mail, and when not. Alarms about delivery always come.",
            tag: tag, access: .signedIn
        ) { (call: Call<NoticeSettingsValue>) in
            try Self.requireWholePerson(call.request)
            let settings = try call.input.settings()
            try await notices.keep(
                settings, of: try Self.person(call.request), by: call.principal)
            return NoticeSettingsValue(settings)
        }
        let test = Endpoint(
            .post, "\(Self.base)/mail-test", id: "sendTestMail",
            "Sends oneself a message that only says that e-mail works.", tag: tag,
            access: .workspace(.manageChannels)
        ) { (call: Call<Nothing>) in
            guard let caller = call.request.caller else { throw Problem.notFound("person") }
            try await mailbox.sendTest(caller.name, caller.email)
            return Nothing()
        }
        let back = { @Sendable (request: WebRequest) in
            Reply.redirect(to: "\(Self.root(request))/settings/notices")
        }
        return [
            read.route, change.route, test.route,
            change.action("/account/notices", method: .put) { _, _ in
                Reply(status: 204).toast("Kept.")
            },
            test.action("\(Self.page)/settings/notices/test") { _, request in
                back(request).toast("Sent to \(request.caller?.email ?? "you"). Look for it there.")
            },
            .page("\(Self.page)/settings/notices", .workspace(.view), settingsPage),
        ]
    }

    private func settingsPage(_ request: WebRequest) async throws -> Reply {
        let settings = try await notices.settings(of: try Self.person(request))
        let zone = settings.quiet?.zone ?? request.workspace.zone
        let page = NoticeSettingsPage(
            root: Self.root(request), tabs: tabs(request, "notices"),
            kinds: NoticeKind.allCases.map {
                .init(
                    value: $0.rawValue, words: $0.words, checked: settings.mailed.contains($0))
            },
            quietFrom: settings.quiet.map { NoticeSettingsValue.clock($0.from) } ?? "",
            quietTo: settings.quiet.map { NoticeSettingsValue.clock($0.to) } ?? "",
            zones: (["UTC"] + Zone.allNames).map { Choice($0, $0, selected: $0 == zone.name) },
            email: request.caller?.email ?? "", server: mailbox.server, sender: mailbox.sender,
            canTest: mailbox.server != nil && Web.Access.allows(.manageChannels, request))
        return try await frame.page(
            "notices/settings", page, title: "Notices", section: .settings, for: request)
    }

    /// Refuses tokens that were made for less than everything where a person's own account is.
    private static func requireWholePerson(_ request: WebRequest) throws(Problem) {
        guard let allows = request.caller?.tokenAllows else { return }
        guard Permission.allCases.allSatisfy(allows) else {
            throw Problem(
                .forbidden, code: "access.token-scope",
                "This token may not touch its owner's account. Sign in, or use a token with "
                    + "every permission.")
        }
    }
}
