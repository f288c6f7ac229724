import Channels
package import Jobs
import Kernel
import Networks
import Store
import Synchronization

/// Looks at scheduled posts a day and an hour ahead, while there is time to mend something.
package struct PreflightWork: Sendable {
    private let delivery: DeliveryWork
    private let rules: ContentRules
    private let shelf = StandingShelf()

    package init(delivery: DeliveryWork, rules: ContentRules) {
        self.delivery = delivery
        self.rules = rules
    }

    static let checker = Principal.system("Preflight")

    /// Facts that subscribers of preflight events read.
    struct Told: Codable, Sendable {
        let publication: PublicationID
        let post: PostID
        let channel: String
        let due: Instant
        let findings: [PreflightFinding]
    }

    package func handlers() -> [JobHandler] {
        [
            JobHandler(DeliveryPlan.preflight) { target, context in
                try await look(target, context)
            }
        ]
            // What changes a channel or a freeze changes what was found.
            + [
                "channel.connected", "channel.disconnected", "channel.needs-reconnect",
                "channel.paused", "channel.resumed", "channel.limits-changed", "publishing.frozen",
                "publishing.resumed",
            ].map { name in
                .on(name, name: "preflight") { event, context in
                    try await lookAgain(after: event, context)
                }
            }
    }

    /// Plans the look for what was scheduled before there was one; again changes nothing.
    package func start() async throws {
        let (plan, now) = (delivery.plan, delivery.surroundings.now())
        try await delivery.database.write { tx in
            let unplanned = try tx.all(
                Publication.self,
                """
                SELECT publication.* FROM publication
                WHERE publication.state = 'scheduled' AND publication.due_at > \(now + .minutes(5))
                    AND NOT EXISTS (SELECT 1 FROM preflight
                        WHERE preflight.publication_id = publication.id
                            AND preflight.due_at = publication.due_at)
                    AND NOT EXISTS (SELECT 1 FROM job WHERE job.state IN ('waiting', 'leased')
                        AND job.dedupe_key = 'preflight:' || publication.id)
                """)
            for publication in unplanned {
                guard let due = publication.delivery.due?.at else { continue }
                try plan.enqueuePreflight(
                    publication, at: max(now, due - Preflight.dayBefore), tx)
            }
        }
    }

    private func lookAgain(after event: EventDelivery, _ context: JobContext) async throws {
        let (plan, now) = (delivery.plan, delivery.surroundings.now())
        let channel = event.subject.hasPrefix("channel:") ? String(event.subject.dropFirst(8)) : nil
        if let id = channel.flatMap(ChannelID.init) { shelf.forget(id) }
        try await delivery.database.write { tx in
            try context.complete(in: tx)
            let near = try tx.all(
                Publication.self,
                """
                SELECT * FROM publication WHERE workspace_id = \(event.workspace)
                    AND state IN ('scheduled', 'preparing')
                    AND due_at > \(now) AND due_at <= \(now + Preflight.dayBefore)
                    AND (CAST(\(channel) AS TEXT) IS NULL OR channel_id = \(channel))
                """)
            for publication in near { try plan.enqueuePreflight(publication, at: now, tx) }
        }
    }

    private func look(_ target: DeliveryPlan.Target, _ context: JobContext) async throws {
        let now = delivery.surroundings.now()
        guard let load = try await delivery.load(target),
            [.scheduled, .preparing].contains(load.publication.delivery.state),
            let due = load.publication.delivery.due?.at, due > now
        else { return }
        guard due - now <= Preflight.dayBefore + .minutes(1) else {
            return try await delivery.database.write { tx in
                try context.postpone(until: due - Preflight.dayBefore, in: tx)
            }
        }
        let findings = Preflight.findings(try await facts(load, target, due), at: now)
        try await delivery.database.write { tx in
            try context.complete(in: tx)
            let fresh = try Publication.load(target.publication, in: target.workspace, tx)
            // Moved or taken off the calendar meanwhile: that has planned its own look.
            guard fresh.delivery.due?.at == due,
                [.scheduled, .preparing].contains(fresh.delivery.state)
            else { return }
            try keep(findings, of: fresh, due: due, tx)
            let next = Preflight.next(due, hasFindings: !findings.isEmpty, at: now)
            if let next { try delivery.plan.enqueuePreflight(fresh, at: next, tx) }
        }
    }

    private func keep(
        _ findings: [PreflightFinding], of publication: Publication, due: Instant,
        _ tx: borrowing Transaction
    ) throws {
        let before = try tx.first(
            Preflight.self, "SELECT * FROM preflight WHERE publication_id = \(publication.id)")
        let known = before?.due == due ? before?.findings ?? [] : []
        try tx.execute(
            """
            INSERT INTO preflight
                (publication_id, workspace_id, due_at, checked_at, is_good, findings)
            VALUES (\(publication.id), \(publication.workspace), \(due),
                \(delivery.surroundings.now()), \(findings.isEmpty), \(try JSON.text(findings)))
            ON CONFLICT (publication_id) DO UPDATE SET due_at = excluded.due_at,
                checked_at = excluded.checked_at, is_good = excluded.is_good,
                findings = excluded.findings
            """)
        // In the last hour what is still wrong is said once more: it has become urgent.
        let isLastHour = due - delivery.surroundings.now() <= Preflight.hourBefore + .minutes(1)
        let wasEarlier = before.map { due - $0.checkedAt > Preflight.hourBefore + .minutes(1) }
        let becameUrgent = isLastHour && wasEarlier == true && !findings.isEmpty
        guard findings != known || becameUrgent else { return }
        let told = Told(
            publication: publication.id, post: publication.post, channel: publication.channel.text,
            due: due, findings: findings)
        try delivery.plan.events.record(
            try Event(
                findings.isEmpty ? "publishing.preflight-passed" : "publishing.preflight-failed",
                workspace: publication.workspace, subject: publication.subject,
                summary: findings.first.map { "Would not go out: \($0.message)" }
                    ?? "Ready to go out again", payload: told, by: Self.checker), in: tx)
    }

    // MARK: - Finding out

    private func facts(
        _ load: DeliveryWork.Load, _ target: DeliveryPlan.Target, _ due: Instant
    ) async throws -> Preflight.Facts {
        let side = load.side
        let held = try await delivery.database.read { tx in
            (
                try Freeze.holding(load.publication, tx)?.reason,
                try tx.first(
                    Channel.self,
                    """
                    SELECT * FROM channel
                    WHERE workspace_id = \(target.workspace) AND id = \(side.channel.id)
                    """)
            )
        }
        var facts = Preflight.Facts(
            channel: side.channel.name, network: side.channel.network.name, account: .byHand,
            isPaused: side.channel.isPaused, isArchived: side.channel.isArchived,
            frozen: held.0, signInEnds: held.1?.credentialsExpireAt, due: due)
        var live: LiveLimits?
        if side.channel.isConnected, !side.channel.isArchived {
            let known = await account(of: load, target, held.1)
            facts.account = known.account
            live = known.limits
        }
        facts.brokenRules =
            rules.verdict(on: side, localBase: delivery.localBase, live: live)
            .refusals
        let placed = side.variant.pictures ?? load.sheet.pictures
        for picture in placed.compactMap({ load.sheet.library[$0.picture] })
        where await !delivery.pictures.isReadable(picture) {
            facts.missingPictures.append(picture.fileName)
        }
        return facts
    }

    /// Asks the network at most once a minute for each sign-in, however many posts are due.
    private func account(
        of load: DeliveryWork.Load, _ target: DeliveryPlan.Target, _ present: Channel?
    ) async -> StandingShelf.Entry {
        let (channel, now) = (load.side.channel, delivery.surroundings.now())
        let since = present?.connectedAt
        if let known = shelf.entry(channel.id, since: since, at: now) { return known }
        var entry = StandingShelf.Entry(account: .lost, since: since, at: now)
        if present?.connection == .connected { entry = await ask(load, target, since, now) }
        shelf.keep(entry, channel.id)
        return entry
    }

    private func ask(
        _ load: DeliveryWork.Load, _ target: DeliveryPlan.Target, _ since: Instant?,
        _ now: Instant
    ) async -> StandingShelf.Entry {
        var entry = StandingShelf.Entry(account: .lost, since: since, at: now)
        let channel = load.side.channel
        var asked: Networks.Access?
        do {
            // A key that does not open is a lost sign-in as well.
            guard let (publishing, access) = try? await delivery.reach(load, target) else {
                return entry
            }
            asked = access
            entry.since = access.connectedAt
            let standing = try await delivery.connectors[channel.network]?.standing?(access)
            entry.account = .good(standing ?? AccountStanding())
            let limits = try? await publishing.liveLimits(access)
            entry.limits = limits.map { LiveLimits($0, server: access.server, readAt: now) }
        } catch {
            entry.account = .failed(error)
            try? await delivery.noteRefusal(error, channel.id, target.workspace, asked)
        }
        return entry
    }
}

/// What networks said of accounts within the last minute.
///
/// An answer counts for the sign-in that it was asked with: a channel may be connected again while
/// the question is under way.
private final class StandingShelf: Sendable {
    struct Entry: Sendable {
        var account: Preflight.Facts.Account
        var limits: LiveLimits?
        /// When the sign-in was made, as `Access.connectedAt`.
        var since: Instant?
        let at: Instant
    }

    private let entries = Mutex<[ChannelID: Entry]>([:])

    func entry(_ id: ChannelID, since: Instant?, at now: Instant) -> Entry? {
        let entry = entries.withLock { $0[id] }
        guard let entry, entry.since == since, now >= entry.at, now - entry.at < .minutes(1)
        else { return nil }
        return entry
    }

    func keep(_ entry: Entry, _ id: ChannelID) { entries.withLock { $0[id] = entry } }

    func forget(_ id: ChannelID) { entries.withLock { $0[id] = nil } }
}
