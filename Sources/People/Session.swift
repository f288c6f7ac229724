package import Kernel
package import Store

/// Marks identifiers of sessions: one signed-in browser.
package enum SessionTag {}
package typealias SessionID = ID<SessionTag>

/// The secrets of one session and when they change; decides about each one presented.
///
/// The browser gets a new secret every quarter of an hour. The old one works until the browser
/// has shown the new one, and a minute longer for requests that were under way. An old secret
/// that comes back later was copied, so the session ends for everyone who has it.
package struct SessionKeys: Sendable, Hashable {
    /// What to do with the secret that a browser showed.
    package enum Action: Sendable, Hashable {
        /// The secret is good and nothing needs to be written.
        case accept
        /// The secret is good and the session's times changed.
        case keep
        /// The secret is good and the browser must get the new one.
        case rotate
        /// The secret is not this session's.
        case refuse
        /// The session is over: too old, idle too long, or its old secret came back.
        case end
    }

    static let rotation: Duration = .minutes(15)
    static let grace: Duration = .minutes(1)
    static let idle: Duration = .days(14)
    static let life: Duration = .days(60)
    /// Being seen is written at most this often.
    static let noticed: Duration = .minutes(1)

    package private(set) var current: String
    package private(set) var previous: String?
    package private(set) var rotatedAt: Instant
    package private(set) var confirmedAt: Instant?
    package let createdAt: Instant
    package private(set) var lastSeenAt: Instant

    /// The keys of a session that begins now.
    package init(digest: String, at now: Instant) {
        current = digest
        rotatedAt = now
        confirmedAt = now
        createdAt = now
        lastSeenAt = now
    }

    init(row: Row) throws {
        current = try row("secret_hash")
        previous = try row("previous_hash")
        rotatedAt = try row("rotated_at")
        confirmedAt = try row("confirmed_at")
        createdAt = try row("created_at")
        lastSeenAt = try row("last_seen_at")
    }

    /// Decides about a presented secret; `next` is the digest of the one that would follow.
    package mutating func presented(_ digest: String, at now: Instant, next: String) -> Action {
        let isCurrent = ConstantTime.equal(digest, current)
        let isPrevious = previous.map { ConstantTime.equal(digest, $0) } ?? false
        guard isCurrent || isPrevious else { return .refuse }
        guard now - createdAt < Self.life, now - lastSeenAt < Self.idle else { return .end }
        if isCurrent { return presentedCurrent(at: now, next: next) }
        if let confirmedAt { return now - confirmedAt < Self.grace ? .accept : .end }
        guard now - rotatedAt >= Self.grace else { return .accept }
        // The answer that carried the new secret was lost; only the old one is out there.
        current = next
        rotatedAt = now
        lastSeenAt = now
        return .rotate
    }

    private mutating func presentedCurrent(at now: Instant, next: String) -> Action {
        if now - rotatedAt >= Self.rotation {
            previous = current
            current = next
            rotatedAt = now
            confirmedAt = nil
            lastSeenAt = now
            return .rotate
        }
        guard confirmedAt == nil || now - lastSeenAt >= Self.noticed else { return .accept }
        confirmedAt = confirmedAt ?? now
        lastSeenAt = now
        return .keep
    }
}

/// One signed-in browser, for the list a person sees.
package struct Session: Sendable, Hashable, RowReadable {
    package let id: SessionID
    package let createdAt: Instant
    package let lastSeenAt: Instant
    /// `Firefox on Linux`.
    package let agent: String
    /// Where it was last used from: `the network 203.0.113.x`.
    package let place: String?
    /// Whether a code was shown when it began.
    package let hasSecondFactor: Bool

    package init(row: Row) throws {
        id = try row("id")
        createdAt = try row("created_at")
        lastSeenAt = try row("last_seen_at")
        agent = try row("agent")
        place = try row("place")
        hasSecondFactor = try row("second_factor_at", as: Instant?.self) != nil
    }
}

/// Which of a person's sessions are to end.
package enum SessionChoice: Sendable, Hashable {
    case one(SessionID)
    /// All but the one that asks.
    case others
    case all

    /// Reads `others`, `all` or the identifier of one.
    package init?(_ text: String) {
        switch text {
        case "others": self = .others
        case "all": self = .all
        default:
            guard let session = SessionID(text) else { return nil }
            self = .one(session)
        }
    }
}

/// A browser's name in words.
package enum BrowserName {
    /// `Firefox on Linux` for a User-Agent header; nothing of the rest is kept.
    package static func summary(_ header: String?) -> String {
        let text = header ?? ""
        let browsers = [
            ("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"),
            ("Safari", "Safari"), ("curl", "curl"),
        ]
        let systems = [
            ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
            ("Mac OS", "Mac"), ("CrOS", "ChromeOS"), ("Linux", "Linux"),
        ]
        let browser = browsers.first { text.contains($0.0) }?.1
        let system = systems.first { text.contains($0.0) }?.1
        switch (browser, system) {
        case (let browser?, let system?): return "\(browser) on \(system)"
        case (let browser?, nil): return browser
        case (nil, let system?): return "A browser on \(system)"
        case (nil, nil): return "Another program"
        }
    }
}

/// A session whose secret was just accepted.
package struct SignedIn: Sendable {
    package let person: Person
    package let session: SessionID
    /// Whether a code was shown as well as a password.
    package let hasSecondFactor: Bool
    /// The secret the browser must keep from now on; nil when the one it has stays good.
    package let newSecret: String?
}
