package import Kernel
import Networks
package import Store

/// One thing that would keep a scheduled post from going out, and who can mend it.
package struct PreflightFinding: Codable, Sendable, Hashable {
    /// What is wrong.
    package enum Kind: String, Codable, Sendable, CaseIterable {
        case signIn
        case rights
        case account
        case quota
        case signInEnds
        case unreachable
        case picture
        case rule
        case frozen
        case paused
        case archived
    }

    /// Who can mend it.
    package enum Mender: String, Codable, Sendable, CaseIterable {
        /// Whoever manages channels.
        case channels
        /// Whoever wrote the post.
        case author
        /// Whoever publishes: it was stopped on purpose.
        case publishers
    }

    package let kind: Kind
    package let message: String

    package init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    package var mender: Mender {
        switch kind {
        case .signIn, .rights, .account, .quota, .signInEnds, .unreachable: .channels
        case .picture, .rule: .author
        case .frozen, .paused, .archived: .publishers
        }
    }
}

/// The look at a scheduled post a day and an hour before it is due.
package struct Preflight: Sendable, Hashable, RowReadable {
    static let dayBefore = Duration.hours(24)
    static let hourBefore = Duration.hours(1)
    /// So late nothing can be mended any more; getting ready has begun.
    static let closing = Duration.minutes(2)

    package let publication: PublicationID
    /// The due time that was looked at.
    package let due: Instant
    package let checkedAt: Instant
    package let findings: [PreflightFinding]

    package init(row: Row) throws {
        publication = try row("publication_id")
        due = try row("due_at")
        checkedAt = try row("checked_at")
        let text: String = try row("findings")
        findings = try JSON.decode(from: text)
    }

    /// Everything that was found out, for a decision that asks nobody.
    struct Facts: Sendable {
        /// What the network said of the account.
        enum Account: Sendable {
            /// Posts go out by hand, so there is nothing to ask.
            case byHand
            case good(AccountStanding)
            case failed(NetworkFailure)
            /// The sign-in was refused before, or its key does not open.
            case lost
        }

        var channel: String
        var network: String
        var account: Account
        var isPaused = false
        var isArchived = false
        /// The reason of the freeze that holds it; empty when none was given, nil without a freeze.
        var frozen: String?
        /// When the stored sign-in ends by itself.
        var signInEnds: Instant?
        var due: Instant
        var brokenRules: [String] = []
        var missingPictures: [String] = []
    }

    /// What would keep the post from going out, the worst first.
    static func findings(_ facts: Facts, at now: Instant) -> [PreflightFinding] {
        var found = account(facts, at: now)
        if facts.isArchived {
            found.append(
                .init(.archived, "\(facts.channel) is out of use. Move the post or bring it back."))
        }
        if let reason = facts.frozen {
            let why = reason.isEmpty ? "" : ": “\(reason)”"
            found.append(
                .init(.frozen, "Publishing is frozen\(why). Resume it to let this go out."))
        }
        if facts.isPaused {
            found.append(
                .init(.paused, "\(facts.channel) is paused. Let it go on in its settings."))
        }
        found += facts.missingPictures.map {
            .init(.picture, "The picture “\($0)” cannot be read any more. Add it again.")
        }
        found += facts.brokenRules.map { .init(.rule, $0) }
        return found
    }

    private static func account(_ facts: Facts, at now: Instant) -> [PreflightFinding] {
        let (channel, network) = (facts.channel, facts.network)
        var found: [PreflightFinding] = []
        var ends = facts.signInEnds
        switch facts.account {
        case .byHand: return []
        case .lost:
            return [.init(.signIn, "\(network) refuses our sign-in. Connect \(channel) again.")]
        case .failed(let failure):
            switch failure.kind {
            case .authorizationExpired:
                return [.init(.signIn, "\(network) refuses our sign-in. Connect \(channel) again.")]
            case .notPermitted:
                return [.init(.account, "\(network) does not let \(channel) publish now.")]
            default:
                // A passing trouble a day before is none; an hour before, somebody should look.
                guard facts.due - now <= hourBefore + .minutes(1) else { return [] }
                return [
                    .init(.unreachable, "\(network) could not be reached for \(channel) just now.")
                ]
            }
        case .good(let standing):
            if let restriction = standing.restriction { found.append(.init(.account, restriction)) }
            if !standing.missingRights.isEmpty {
                let rights = standing.missingRights.joined(separator: ", ")
                found.append(
                    .init(.rights, "\(channel) lacks the right to \(rights). Connect it again."))
            }
            if let left = standing.postsLeft, left < 1 {
                found.append(
                    .init(.quota, "\(network) takes no more posts of \(channel) for now."))
            }
            ends = [ends, standing.signInEnds].compactMap { $0 }.min()
        }
        if let ends, ends <= facts.due {
            found.append(
                .init(.signInEnds, "The sign-in of \(channel) ends before this is due. Renew it."))
        }
        return found
    }

    /// When to look again: an hour before, and until then as often as something is wrong.
    static func next(_ due: Instant, hasFindings: Bool, at now: Instant) -> Instant? {
        let last = due - closing
        let hour = due - hourBefore
        // A repeated look must not be planned for the past.
        let planned = hour > now + .minutes(1) ? hour : nil
        guard hasFindings else { return planned }
        let again = now + (planned == nil ? .minutes(10) : .hours(1))
        let soon = min(again, planned ?? again)
        return soon < last ? soon : nil
    }
}
