import Foundation
package import Kernel
import People
package import Privacy
package import Web

/// What is kept of people and for how long, and the export and erasure of one of them.
package struct PrivacyWeb: Sendable {
    let desk: PrivacyDesk
    let door: InstallationDoor
    let frame: Frame
    let tabs: @Sendable (WebRequest) -> Tabs
    let now: @Sendable () -> Instant

    package init(
        desk: PrivacyDesk, door: InstallationDoor, frame: Frame,
        tabs: @escaping @Sendable (WebRequest) -> Tabs, now: @escaping @Sendable () -> Instant
    ) {
        self.desk = desk
        self.door = door
        self.frame = frame
        self.tabs = tabs
        self.now = now
    }

    private static let base = "/workspaces/{workspace}"
    private static let page = "/w/{workspace}/settings/privacy"
    private static let tag = "Privacy"

    package var routes: [Route] { keepingRoutes + personRoutes }

    // MARK: - What is kept

    private var keepingRoutes: [Route] {
        let read = Endpoint(
            .get, "\(Self.base)/privacy", id: "getPrivacy",
            "What each table holds of people, how long it is kept, why, and what erasing does.",
            tag: Self.tag, access: .workspace(.manageWorkspace)
        ) { (call: Call<Nothing>) in try await answer(call.workspace) }
        let change = Endpoint(
            .put, "\(Self.base)/privacy", id: "changePrivacy",
            "Chooses how many days single clicks and visits are kept; sums by day stay.",
            tag: Self.tag, access: .workspace(.manageWorkspace)
        ) { (call: Call<KeepingInput>) in
            try await desk.keepTraffic(
                days: call.input.trafficDays, in: call.workspace.workspace, by: call.principal)
            return try await answer(call.workspace)
        }
        return [
            read.route, change.route,
            change.action(Self.page, method: .put) { _, request in
                Reply.redirect(to: "/w/\(request.workspace.slug)/settings/privacy")
                    .toast("Saved.")
            },
            .page(Self.page, .workspace(.manageWorkspace)) { try await show($0) },
        ]
    }

    private func answer(_ membership: Membership) async throws -> PrivacyAnswer {
        let days = try await desk.trafficDays(in: membership.workspace)
        return PrivacyAnswer(
            trafficDays: days, backupDays: backupDays,
            tables: desk.entries(trafficDays: days).map(PrivacyAnswer.Entry.init))
    }

    private var backupDays: Int? {
        desk.longestBackup.map { Int($0.inSeconds / 86_400) }
    }

    // MARK: - One person

    /// Accounts belong to the installation; all else to the workspace.
    private func reach(_ kind: PersonQuestion.Kind, _ request: WebRequest) async throws
        -> PersonReach
    {
        guard kind == .email || kind == .member, try await door.isOpen(to: request) else {
            return .workspace(request.workspace.workspace)
        }
        return .installation
    }

    private var personRoutes: [Route] {
        let find = Endpoint(
            .post, "\(Self.base)/person-searches", id: "findPerson",
            "What is held of one person, by table, and what erasing them would do.",
            tag: Self.tag, access: .workspace(.manageWorkspace)
        ) { (call: Call<PersonInput>) in
            let question = try call.input.question()
            let reach = try await reach(question.kind, call.request)
            return FindingsAnswer(
                try await desk.find(question, reach: reach), backupsUntil: backupsUntil)
        }
        let export = Endpoint(
            .post, "\(Self.base)/person-exports", id: "exportPerson",
            "Everything that is held of one person, as JSON.", tag: Self.tag,
            access: .workspace(.manageWorkspace)
        ) { (call: Call<PersonInput>) in
            let question = try call.input.question()
            let reach = try await reach(question.kind, call.request)
            return try await desk.export(question, reach: reach, by: call.principal)
        }
        let erase = Endpoint(
            .post, "\(Self.base)/person-erasures", id: "erasePerson",
            "Erases one person, for good. Amounts and counts stay, and speak of nobody.",
            tag: Self.tag, access: .workspace(.manageWorkspace)
        ) { (call: Call<ErasureInput>) in
            let question = try PersonQuestion(call.input.kind, call.input.value)
            let reach = try await reach(question.kind, call.request)
            return FindingsAnswer(
                try await desk.erase(
                    question, confirmation: call.input.confirmation, reach: reach,
                    by: call.principal), backupsUntil: backupsUntil)
        }
        return [
            find.route, export.route, erase.route,
            find.action("\(Self.page)/person") { answer, request in
                try frame.fragment("privacy/person", found(answer, request))
            },
            export.action("\(Self.page)/person.json") { answer, _ in
                Reply.file(
                    try JSON.encode(answer), type: "application/json", downloadName: "person.json",
                    cache: "no-store")
            },
            erase.action("\(Self.page)/erasure") { answer, request in
                let until = answer.backupsUntil.map { request.workspace.zone.words($0) }
                return Reply.redirect(to: "/w/\(request.workspace.slug)/settings/privacy").toast(
                    "Erased from \(answer.rows) rows."
                        + (until.map { " Backups hold them until \($0)." } ?? ""))
            },
        ]
    }

    private var backupsUntil: Instant? { desk.longestBackup.map { now() + $0 } }
}
