import Kernel
import Notices
import Web

struct NoticeAnswer: APIValue {
    let id: NoticeID
    let kind: NoticeKind
    let title: String
    let detail: String
    let path: String
    let isAlarm: Bool
    let at: Instant
    let clearedAt: Instant?
    let readAt: Instant?

    init(_ notice: Notice) {
        id = notice.id
        kind = notice.kind
        title = notice.title
        detail = notice.detail
        path = notice.path
        isAlarm = notice.isAlarm
        at = notice.at
        clearedAt = notice.clearedAt
        readAt = notice.readAt
    }

    static let schema = Schema.object(
        "Notice",
        [
            .required("id", .id()), .required("kind", .oneOf(NoticeKind.self)),
            .required("title", .string()), .required("detail", .string()),
            .required(
                "path", .string(description: "Where it is mended, below the workspace's page.")),
            .required(
                "isAlarm", .boolean(description: "Delivery is at stake: quiet hours do not count.")),
            .required("at", .instant()),
            .optional("clearedAt", .instant("When it was mended.")),
            .optional("readAt", .instant()),
        ])
}

/// What a person wants to be told by e-mail, and when not.
struct NoticeSettingsValue: APIValue {
    let mailed: [NoticeKind]?
    let quietFrom: String?
    let quietTo: String?
    let zone: Zone?

    init(_ settings: NoticeSettings) {
        mailed = NoticeKind.allCases.filter(settings.mailed.contains)
        quietFrom = settings.quiet.map { Self.clock($0.from) }
        quietTo = settings.quiet.map { Self.clock($0.to) }
        zone = settings.quiet?.zone
    }

    static let schema = Schema.object(
        "NoticeSettings",
        [
            .optional(
                "mailed",
                .array(
                    of: .oneOf(NoticeKind.self), maxCount: 20,
                    description: "Kinds that come by e-mail; absent: none.")),
            .optional("quietFrom", .string(maxLength: 5, description: "`22:00`, with quietTo.")),
            .optional("quietTo", .string(maxLength: 5, description: "`07:30`.")),
            .optional("zone", .zone("The zone of the quiet hours; absent: UTC.")),
        ])

    func settings() throws(NoticesError) -> NoticeSettings {
        let (from, to) = (quietFrom ?? "", quietTo ?? "")
        var quiet: QuietHours?
        if !from.isEmpty || !to.isEmpty {
            guard let start = Self.minute(from), let end = Self.minute(to),
                let hours = QuietHours(from: start, to: end, zone: zone ?? .utc)
            else { throw .quietHours }
            quiet = hours
        }
        return NoticeSettings(quiet: quiet, mailed: Set(mailed ?? []))
    }

    private static func minute(_ clock: String) -> Int? {
        let parts = clock.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ $0.count == 2 }), let hour = Int(parts[0]),
            let minute = Int(parts[1]), (0..<24).contains(hour), (0..<60).contains(minute)
        else { return nil }
        return hour * 60 + minute
    }

    static func clock(_ minutes: Int) -> String {
        let pad = { (number: Int) in (number < 10 ? "0" : "") + "\(number)" }
        return "\(pad(minutes / 60)):\(pad(minutes % 60))"
    }
}

struct UnreadCount: APIValue {
    let unread: Int

    static let schema = Schema.object("UnreadNotices", [.required("unread", .integer())])
}
