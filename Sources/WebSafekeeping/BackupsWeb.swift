package import Kernel
import People
package import Safekeeping
package import Web

/// The page and the API of backups that are made by themselves.
package struct BackupsWeb: Sendable {
    let desk: BackupDesk
    let door: InstallationDoor
    let frame: Frame
    /// The tabs of the settings, with this page current.
    let tabs: @Sendable (WebRequest) -> Tabs
    let now: @Sendable () -> Instant
    /// Records who asked for a backup.
    let note: @Sendable (WorkspaceID, Principal) async throws -> Void

    package init(
        desk: BackupDesk, door: InstallationDoor, frame: Frame,
        tabs: @escaping @Sendable (WebRequest) -> Tabs,
        now: @escaping @Sendable () -> Instant,
        note: @escaping @Sendable (WorkspaceID, Principal) async throws -> Void
    ) {
        self.desk = desk
        self.door = door
        self.frame = frame
        self.tabs = tabs
        self.now = now
        self.note = note
    }

    private static let base = "/workspaces/{workspace}/backups"
    private static let page = "/w/{workspace}/settings/backups"

    package var routes: [Route] {
        let read = Endpoint(
            .get, Self.base, id: "getBackups",
            "The planned backups of this installation: when, where and how they went; for its "
                + "owner.", tag: "Instance", access: .workspace(.manageWorkspace)
        ) { (call: Call<Nothing>) in
            try await door.require(call.request)
            return try await answer()
        }
        let make = Endpoint(
            .post, Self.base, id: "makeBackup",
            "Makes a backup now, besides the planned ones; for the installation's owner.",
            tag: "Instance", access: .workspace(.manageWorkspace)
        ) { (call: Call<Nothing>) in
            try await door.require(call.request)
            guard !call.workspace.isDemo else {
                throw Problem(
                    .forbidden, code: "access.demo", "A demo workspace makes no backups.")
            }
            guard desk.schedule != nil else {
                throw Problem(
                    .conflict, code: "safekeeping.no-folder",
                    "No folder for backups is set. Start the server with --backup-folder.")
            }
            try await note(call.workspace.workspace, call.principal)
            try await desk.makeNow()
            return try await answer()
        }
        return [
            read.route, make.route,
            make.action(Self.page) { answer, request in
                let path = "/w/\(request.workspace.slug)/settings/backups"
                return Reply.redirect(to: path)
                    .toast(answer.trouble ?? "The backup is there and was read again.")
            },
            .page(Self.page, .workspace(.manageWorkspace), backupsPage),
        ]
    }

    private func answer() async throws -> BackupsAnswer {
        BackupsAnswer(
            schedule: desk.schedule, nextAt: desk.schedule?.next(after: now()),
            trouble: try await desk.trouble(), runs: try await desk.runs())
    }

    private func backupsPage(_ request: WebRequest) async throws -> Reply {
        try await door.require(request)
        let answer = try await answer()
        let zone = request.workspace.zone
        let view = BackupsPage(
            root: "/w/\(request.workspace.slug)", tabs: tabs(request),
            plan: answer.folder.map { folder in
                .init(
                    folder: folder, next: answer.nextAt.map(zone.words) ?? "",
                    kept: "the last of each of \(answer.daily ?? 0) days and of each of "
                        + "\(answer.weekly ?? 0) weeks",
                    canMake: !request.workspace.isDemo)
            },
            trouble: answer.trouble,
            runs: answer.runs.map { run in
                .init(
                    at: zone.words(run.beganAt),
                    says: run.problem
                        ?? run.file.map { "\(run.rows ?? 0) rows in \($0)" } ?? "Under way",
                    isBad: run.problem != nil, isGood: run.file != nil)
            })
        return try await frame.page(
            "safekeeping/backups", view, title: "Backups", section: .settings, for: request)
    }
}

private struct BackupsPage: Sendable {
    struct Plan: Sendable {
        let folder: String
        let next: String
        let kept: String
        let canMake: Bool
    }

    struct Row: Sendable {
        let at: String
        let says: String
        let isBad: Bool
        let isGood: Bool
    }

    let root: String
    let tabs: Tabs
    let plan: Plan?
    let trouble: String?
    let runs: [Row]
}

/// The planned backups as the API shows them.
struct BackupsAnswer: APIValue {
    struct Run: APIValue {
        let plannedAt: Instant
        let beganAt: Instant
        let finishedAt: Instant?
        let file: String?
        let bytes: Int64?
        let rows: Int64?
        let problem: String?

        static let schema = Schema.object(
            "BackupRun",
            [
                .required("plannedAt", .instant()), .required("beganAt", .instant()),
                .optional("finishedAt", .instant()), .optional("file", .string()),
                .optional("bytes", .integer()), .optional("rows", .integer()),
                .optional("problem", .string()),
            ])
    }

    let folder: String?
    let daily: Int?
    let weekly: Int?
    let nextAt: Instant?
    let trouble: String?
    let runs: [Run]

    init(schedule: BackupSchedule?, nextAt: Instant?, trouble: String?, runs: [BackupRun]) {
        folder = schedule?.folder
        daily = schedule?.daily
        weekly = schedule?.weekly
        self.nextAt = nextAt
        self.trouble = trouble
        self.runs = runs.map {
            Run(
                plannedAt: $0.plannedAt, beganAt: $0.beganAt, finishedAt: $0.finishedAt,
                file: $0.file, bytes: $0.bytes, rows: $0.rows, problem: $0.problem)
        }
    }

    static let schema = Schema.object(
        "Backups",
        [
            .optional("folder", .string(description: "Absent: nothing is made by itself.")),
            .optional("daily", .integer()), .optional("weekly", .integer()),
            .optional("nextAt", .instant()), .optional("trouble", .string()),
            .required("runs", .array(of: Run.schema)),
        ])
}
