package import Kernel
import People
package import Store

/// Marks identifiers of notices.
package enum NoticeTag {}
package typealias NoticeID = ID<NoticeTag>

/// What a notice is about; people choose for each kind whether it also comes by e-mail.
package enum NoticeKind: String, Sendable, Codable, CaseIterable, SQLConvertible {
    /// A post did not go out, or nobody knows whether it did.
    case delivery
    /// A scheduled post would not go out as things stand.
    case preflight
    /// A channel lost its sign-in, or will.
    case channel
    /// A webhook was switched off.
    case webhook
    /// Somebody waits for an approval.
    case approval
    /// A post of one's own was approved or sent back.
    case verdict

    /// The kind in words, for the settings.
    package var words: String {
        switch self {
        case .delivery: "A post did not go out, or it is not known whether it did"
        case .preflight: "A scheduled post would not go out as things stand"
        case .channel: "A channel lost its sign-in, or is about to"
        case .webhook: "A webhook was switched off"
        case .approval: "Somebody waits for my approval"
        case .verdict: "A post of mine was approved or sent back"
        }
    }

    /// Whether it comes by e-mail unless a person says otherwise.
    package var isMailedByDefault: Bool { self != .verdict }
}

/// One thing that people are told once, until it is mended.
package struct Notice: Sendable, Hashable, RowReadable {
    package let id: NoticeID
    package let workspace: WorkspaceID
    package let kind: NoticeKind
    /// What it happened to: `publication:…`, `channel:…`.
    package let subject: String
    package let title: String
    package let detail: String
    /// The page where it is mended, below the workspace's address.
    package let path: String
    /// Delivery is at stake now: quiet hours do not hold it back.
    package let isAlarm: Bool
    package let at: Instant
    /// When it was mended; nil while it is open.
    package let clearedAt: Instant?
    /// When this reader saw it.
    package let readAt: Instant?

    package init(row: Row) throws {
        id = try row("id")
        workspace = try row("workspace_id")
        kind = try row("kind")
        subject = try row("subject")
        title = try row("title")
        detail = try row("detail")
        path = try row("path")
        isAlarm = try row("is_alarm")
        at = try row("at")
        clearedAt = try row("cleared_at")
        readAt = try row("read_at")
    }

    package var isUnread: Bool { readAt == nil && clearedAt == nil }
}

/// A trouble as it stands now, before anybody is told.
struct Trouble: Sendable, Hashable {
    /// Who can mend it.
    enum Audience: Sendable, Hashable {
        /// Everybody whose role allows this.
        case permitted(Permission)
        /// One person; where that person has left, everybody whose role allows this.
        case person(PersonID?, else: Permission)
        /// One person and everybody whose role allows this.
        case personAnd(PersonID?, Permission)
        /// Everybody whose role allows this, without the one who caused it.
        case others(PersonID?, Permission)
    }

    var kind: NoticeKind
    /// Names the trouble: while one of this name is open, there is no second.
    var key: String
    var subject: String
    var title: String
    var detail: String
    var path: String
    var isAlarm: Bool
    var audience: Audience
}

/// The hours in which a person wants no e-mail that can wait.
package struct QuietHours: Sendable, Hashable {
    /// Minutes after midnight.
    package let from: Int
    package let to: Int
    package let zone: Zone

    /// Nil for hours that make no sense, or that are none at all.
    package init?(from: Int, to: Int, zone: Zone) {
        guard (0..<1440).contains(from), (0..<1440).contains(to), from != to else { return nil }
        self.from = from
        self.to = to
        self.zone = zone
    }

    /// When the quiet ends that holds at `now`; nil when it does not.
    package func end(at now: Instant) -> Instant? {
        let local = zone.localTime(now)
        let minute = local.hour * 60 + local.minute
        let isInside = from < to ? (from..<to).contains(minute) : minute >= from || minute < to
        guard isInside else { return nil }
        let day = minute < to ? local.date : local.date.adding(days: 1)
        guard let end = LocalTime(date: day, hour: to / 60, minute: to % 60) else { return nil }
        // Where the clocks skip or repeat that time, it must still lie ahead.
        return max(zone.instant(end), now + .minutes(1))
    }
}

/// What a person wants to be told by e-mail, and when not.
package struct NoticeSettings: Sendable, Hashable {
    package var quiet: QuietHours?
    package var mailed: Set<NoticeKind>

    package init(quiet: QuietHours?, mailed: Set<NoticeKind>) {
        self.quiet = quiet
        self.mailed = mailed
    }

    /// What counts for a person who has not chosen.
    package static let usual = NoticeSettings(
        quiet: nil, mailed: Set(NoticeKind.allCases.filter(\.isMailedByDefault)))

    /// When a notice may be mailed; nil when it is not mailed at all.
    func mailTime(of kind: NoticeKind, isAlarm: Bool, at now: Instant) -> Instant? {
        guard mailed.contains(kind) else { return nil }
        if isAlarm { return now }
        return quiet?.end(at: now) ?? now
    }
}
