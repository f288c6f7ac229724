import Foundation
import Kernel
import People
import Privacy
import Web

/// Settings, Privacy.
struct PrivacyPage: Sendable {
    struct Choice: Sendable {
        let value: String
        let label: String
    }

    struct Row: Sendable {
        let holds: String
        let kept: String
        let because: String
        let about: String
        let erasure: String
        let isPersonal: Bool
    }

    let root: String
    let tabs: Tabs
    let kinds: [Choice]
    let isInstallation: Bool
    let trafficDays: Int
    let fewest: Int
    let most: Int
    let backups: String
    let personal: [Row]
    let other: [Row]
}

/// What is held of one person, under the form that asked.
struct PersonPart: Sendable {
    struct Row: Sendable {
        let holds: String
        let rows: Int
        let fate: String
    }

    let root: String
    let kind: String
    let value: String
    let isNobody: Bool
    let rows: Int
    let lines: [Row]
    let obstacle: String?
    let remark: String?
    let backups: String
}

extension PrivacyWeb {
    func show(_ request: WebRequest) async throws -> Reply {
        let days = try await desk.trafficDays(in: request.workspace.workspace)
        let rows = desk.entries(trafficDays: days).map(Self.row)
        let view = PrivacyPage(
            root: "/w/\(request.workspace.slug)", tabs: tabs(request),
            kinds: PersonQuestion.Kind.allCases.map { .init(value: $0.rawValue, label: $0.label) },
            isInstallation: try await door.isOpen(to: request),
            trafficDays: days, fewest: PrivacySchema.fewestTrafficDays,
            most: PrivacySchema.mostTrafficDays, backups: backupWords(request),
            personal: rows.filter(\.isPersonal), other: rows.filter { !$0.isPersonal })
        return try await frame.page(
            "privacy/privacy", view, title: "Privacy", section: .settings, for: request)
    }

    private static func row(_ entry: PrivacyDesk.Entry) -> PrivacyPage.Row {
        PrivacyPage.Row(
            holds: entry.holds, kept: entry.kept, because: entry.because,
            about: entry.nobody ?? "", erasure: entry.erasure,
            isPersonal: entry.nobody == nil)
    }

    private func backupWords(_ request: WebRequest) -> String {
        guard let longest = desk.longestBackup else {
            return "No backups are made by themselves. Backups made by hand hold erased people "
                + "until you delete the files."
        }
        let until = request.workspace.zone.words(now() + longest)
        return "Older backups still hold an erased person until they age out: planned ones until "
            + "\(until) at the latest. Backups made by hand or copied elsewhere hold them until "
            + "you delete the files. After restoring an older backup, erase the person again."
    }

    func found(_ answer: FindingsAnswer, _ request: WebRequest) -> PersonPart {
        // The form holds what was asked, so the answer repeats it for the next step.
        PersonPart(
            root: "/w/\(request.workspace.slug)", kind: request.form["kind"] ?? "",
            value: request.form["value"] ?? "", isNobody: answer.rows == 0, rows: answer.rows,
            lines: answer.lines.map {
                .init(holds: $0.holds, rows: $0.rows, fate: $0.because ?? $0.fate.label)
            },
            obstacle: answer.obstacle, remark: answer.remark, backups: backupWords(request))
    }
}

extension PersonQuestion.Kind {
    fileprivate var label: String {
        switch self {
        case .email: "E-mail address"
        case .member: "Member (identifier)"
        case .name: "Name of somebody without an account"
        case .handle: "Account at a network (handle)"
        case .order: "Order or lead (number)"
        case .visitor: "Visitor (number)"
        }
    }
}

extension PersonFindings.Fate {
    fileprivate var label: String {
        switch self {
        case .deleted: "would be deleted"
        case .madeNobodys: "would stay and name nobody"
        case .stays: "would stay"
        }
    }
}
