import Channels
import Foundation
import Kernel
import Networks
import People
import Publishing
import Store

/// What is wrong with one thing now, as the tables tell it. Subscribers ask for this instead of
/// believing an event, which may be an old one.
enum Troubles {
    // MARK: - A publication

    static func of(
        publication id: PublicationID, in workspace: WorkspaceID, at now: Instant,
        _ tx: borrowing Transaction
    ) throws -> [Trouble] {
        let found = try tx.first(
            PublicationLine.self,
            """
            \(PublicationLine.select)
            WHERE publication.workspace_id = \(workspace) AND publication.id = \(id)
            """)
        guard let line = found else { return [] }
        let author = try tx.scalar(
            PersonID.self,
            "SELECT author_id FROM post WHERE id = \(line.publication.post)")
        return of(line, author: author, at: now)
    }

    /// The decision itself.
    static func of(_ line: PublicationLine, author: PersonID?, at now: Instant) -> [Trouble] {
        let publication = line.publication
        let subject = "publication:\(publication.id)"
        let path = "/posts/\(publication.post)"
        let about = { (kind: NoticeKind, key: String, title: String, detail: String) in
            Trouble(
                kind: kind, key: "\(subject):\(key)", subject: subject, title: title,
                detail: detail, path: path, isAlarm: kind == .delivery,
                audience: .personAnd(author, .manageChannels))
        }
        let name = "“\(line.name)” on \(line.channelName)"
        switch publication.delivery.state {
        case .needsPerson:
            let reason = publication.delivery.reason
            let title =
                switch reason {
                case .byHand: "Publish \(name) by hand now"
                case .doubtful: "Was \(name) published?"
                case .frozen: "\(name) was held by a freeze"
                default: "\(name) was not published"
                }
            let detail = publication.message ?? "Decide what becomes of it."
            return [about(.delivery, reason?.rawValue ?? "needs", title, detail)]
        case .refused:
            let detail = publication.message ?? "The network did not take it."
            return [about(.delivery, "refused", "\(name) was refused", detail)]
        case .inReview:
            var asked = about(
                .approval, "review", "Approve \(name)", "Somebody waits for your word.")
            asked.audience = .others(author, .approve)
            return [asked]
        case .scheduled, .preparing:
            return line.warnings.filter { $0.mender == .author }.map { finding in
                var trouble = about(
                    .preflight, "\(finding.kind.rawValue):\(Digest.of(finding.message).prefix(12))",
                    "\(name) would not go out", finding.message)
                trouble.isAlarm = isUrgent(publication.delivery.due?.at, now)
                trouble.audience = .person(author, else: .publish)
                return trouble
            }
        default: return []
        }
    }

    /// Whether delivery is at stake within the hour.
    private static func isUrgent(_ due: Instant?, _ now: Instant) -> Bool {
        due.map { $0 - now <= .minutes(61) } ?? false
    }

    // MARK: - A channel

    static func of(
        channel id: ChannelID, in workspace: WorkspaceID, at now: Instant,
        _ tx: borrowing Transaction
    ) throws -> [Trouble] {
        let found = try tx.first(
            Channel.self,
            """
            SELECT * FROM channel
            WHERE workspace_id = \(workspace) AND id = \(id) AND archived_at IS NULL
            """)
        guard let channel = found else { return [] }
        let waiting = try tx.all(
            PublicationLine.self,
            """
            \(PublicationLine.select) WHERE publication.workspace_id = \(workspace)
                AND publication.channel_id = \(id)
                AND publication.state IN ('scheduled', 'preparing')
                AND publication.due_at <= \(now + .days(1))
            ORDER BY publication.due_at, publication.id LIMIT 500
            """)
        return of(channel, waiting: waiting, at: now)
    }

    /// The decision itself; `waiting` is what is due within a day, the next first.
    static func of(
        _ channel: Channel, waiting: [PublicationLine], at now: Instant
    ) -> [Trouble] {
        let subject = "channel:\(channel.id)"
        let about = { (key: String, title: String, detail: String, lines: [PublicationLine]) in
            let first = lines.first?.publication.delivery.due
            let count = lines.count == 1 ? "One post waits" : "\(lines.count) posts wait"
            let words = first.map { due in
                " \(count), the first for \(due.local.date.words), \(due.local.clock)."
            }
            return Trouble(
                kind: .channel, key: "\(subject):\(key)", subject: subject, title: title,
                detail: detail + (words ?? ""), path: "/settings/channels/\(channel.id)",
                isAlarm: isUrgent(first?.at, now), audience: .permitted(.manageChannels))
        }
        if channel.connection == .needsReconnect {
            return [
                about(
                    "reconnect", "Connect \(channel.name) again",
                    "\(channel.network.name) refuses our sign-in.", waiting)
            ]
        }
        var troubles: [Trouble] = []
        var seen: Set<PreflightFinding.Kind> = []
        for finding in waiting.flatMap(\.warnings) where finding.mender == .channels {
            guard finding.kind != .signInEnds, seen.insert(finding.kind).inserted else { continue }
            let lines = waiting.filter { $0.warnings.contains { $0.kind == finding.kind } }
            troubles.append(
                about(
                    finding.kind.rawValue, "\(channel.name) cannot publish", finding.message,
                    lines))
        }
        if let end = channel.credentialsExpireAt, channel.expiresSoon(at: now) {
            let day = channel.zone.localTime(end).date
            var ending = about(
                "ends:\(day)", "The sign-in of \(channel.name) ends on \(day.words)",
                "Renew it before, so that nothing waits.", [])
            ending.isAlarm = end - now <= .hours(1)
            troubles.append(ending)
        }
        return troubles
    }

    // MARK: - A webhook

    static func of(
        webhook id: WebhookID, in workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws -> [Trouble] {
        let found = try tx.first(
            Webhook.self,
            "SELECT * FROM webhook WHERE workspace_id = \(workspace) AND id = \(id)")
        guard let webhook = found, let reason = webhook.offReason else { return [] }
        return [
            Trouble(
                kind: .webhook, key: "webhook:\(id):off", subject: "webhook:\(id)",
                title: "The webhook \(webhook.place) was switched off", detail: reason,
                path: "/settings/webhooks/\(id)", isAlarm: false,
                audience: .permitted(.manageChannels))
        ]
    }
}
