import Channels
package import Jobs
import Kernel
import People
import Publishing
import Store

/// Follows events to notices, and carries notices to mailboxes.
package struct NoticeWork: Sendable {
    /// A notice as one person gets it by e-mail.
    package struct Mail: Sendable {
        package let name: String
        package let address: String
        /// `Harbour Tea`, and `harbour-tea` in addresses.
        package let workspaceName: String
        package let slug: String
        package let notice: Notice
    }

    /// Hands a message to the mail server.
    package typealias Send = @Sendable (Mail) async throws -> Void

    struct Letter: Codable, Sendable {
        let notice: NoticeID
        let person: PersonID
    }

    /// Nothing to know: the job looks at every channel.
    private struct Nothing: Codable, Sendable {}

    static let mail = JobKind<Letter>(
        "notices.mail",
        retry: RetryPolicy(attempts: 12, firstDelay: .seconds(30), longestDelay: .hours(1)),
        lease: .minutes(2))
    private static let round = JobKind<Nothing>("notices.round", retry: .persistent)

    private let desk: NoticeDesk
    private let send: Send?

    /// `send` is nil without a mail server.
    package init(desk: NoticeDesk, send: Send?) {
        self.desk = desk
        self.send = send
    }

    /// Events after which a publication, its channel or a webhook may stand differently.
    private static let publicationEvents = [
        "publishing.needs-person", "publishing.published", "publishing.settled",
        "publishing.released", "publishing.scheduled", "publishing.moved",
        "publishing.unscheduled", "publishing.held", "publishing.approval-asked",
        "publishing.approved", "publishing.changes-wanted", "publishing.approval-voided",
        "publishing.changed", "publishing.refused", "publishing.preflight-failed",
        "publishing.preflight-passed",
    ]
    /// Events after which nothing new can be wrong: they matter only where something is told.
    private static let endings: Set = [
        "publishing.published", "publishing.scheduled", "publishing.moved",
    ]
    private static let hasOpen: EventLog.Condition = { event, tx in
        try tx.exists(
            """
            SELECT 1 FROM notice WHERE workspace_id = \(event.workspace) AND cleared_at IS NULL
            """)
    }
    private static let channelEvents = [
        "channel.needs-reconnect", "channel.connected", "channel.disconnected",
        "channel.archived", "channel.changed",
    ]
    private static let webhookEvents = [
        "webhooks.switched-off", "webhooks.on", "webhooks.off", "webhooks.removed",
    ]

    /// Starts the hourly look at what only time changes; again changes nothing.
    package func start() async throws {
        try await desk.database.write { tx in
            try desk.queue.enqueue(
                Self.round, Nothing(), workspace: nil, lane: Self.round.name,
                dueAt: desk.surroundings.now(), key: Self.round.name, in: tx)
        }
    }

    package func handlers() -> [JobHandler] {
        let publications = Self.publicationEvents.map { name in
            JobHandler.on(
                name, name: "notices", when: Self.endings.contains(name) ? Self.hasOpen : nil
            ) { event, context in try await followPublication(event, context) }
        }
        let channels = Self.channelEvents.map { name in
            JobHandler.on(name, name: "notices") { event, context in
                try await desk.database.write { tx in
                    try context.complete(in: tx)
                    guard let id = ChannelID(String(event.subject.dropFirst(8))) else { return }
                    try settle(channel: id, event.workspace, tx)
                }
            }
        }
        let webhooks = Self.webhookEvents.map { name in
            JobHandler.on(name, name: "notices") { event, context in
                try await desk.database.write { tx in
                    try context.complete(in: tx)
                    guard let id = WebhookID(String(event.subject.dropFirst(8))) else { return }
                    let troubles = try Troubles.of(webhook: id, in: event.workspace, tx)
                    try desk.settle(event.subject, troubles, in: event.workspace, tx)
                }
            }
        }
        return publications + channels + webhooks + [
            JobHandler(Self.mail) { letter, context in try await carry(letter, context) },
            JobHandler(Self.round) { _, context in try await goRound(context) },
        ]
    }

    // MARK: - Following events

    private struct Facts: Codable {
        let publication: PublicationID
        let channel: ChannelID?
    }

    private func followPublication(_ event: EventDelivery, _ context: JobContext) async throws {
        // An event that is not about one publication concerns nobody here.
        guard let facts = try? event.facts(Facts.self) else { return }
        let now = desk.surroundings.now()
        try await desk.database.write { tx in
            try context.complete(in: tx)
            let subject = "publication:\(facts.publication)"
            let troubles = try Troubles.of(
                publication: facts.publication, in: event.workspace, at: now, tx)
            try desk.settle(subject, troubles, in: event.workspace, tx)
            if let channel = facts.channel { try settle(channel: channel, event.workspace, tx) }
            if event.name == "publishing.approved" || event.name == "publishing.changes-wanted" {
                try tellVerdict(event, facts.publication, tx)
            }
        }
    }

    private func settle(
        channel: ChannelID, _ workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws {
        let troubles = try Troubles.of(
            channel: channel, in: workspace, at: desk.surroundings.now(), tx)
        try desk.settle("channel:\(channel)", troubles, in: workspace, tx)
    }

    /// Tells the author what an approver decided, unless both are one.
    private func tellVerdict(
        _ event: EventDelivery, _ publication: PublicationID, _ tx: borrowing Transaction
    ) throws {
        let known = try tx.first(
            """
            SELECT post.id, post.author_id, event.person_id, event.summary, event.principal_name
            FROM publication JOIN post ON post.id = publication.post_id
            JOIN event ON event.id = \(event.id)
            WHERE publication.workspace_id = \(event.workspace)
                AND publication.id = \(publication)
            """)
        guard let known, let author: PersonID = try known("author_id"),
            let decider: PersonID = try known("person_id"), author != decider
        else { return }
        let name: String = try known("principal_name")
        let post: PostID = try known("id")
        let isGood = event.name == "publishing.approved"
        try desk.raise(
            Trouble(
                kind: .verdict, key: "event:\(event.id)", subject: "publication:\(publication)",
                title: isGood ? "\(name) approved your post" : "\(name) wants changes",
                detail: try known("summary"), path: "/posts/\(post)", isAlarm: false,
                audience: .person(author, else: .manageWorkspace)),
            in: event.workspace, tx)
    }

    // MARK: - What only time changes

    /// Sign-ins that end soon, notices that are too old, and answers that were never asked for.
    private func goRound(_ context: JobContext) async throws {
        let now = desk.surroundings.now()
        let ending = try await desk.database.read { tx in
            try tx.all(
                Channel.self,
                """
                SELECT * FROM channel
                WHERE archived_at IS NULL AND (credentials_expire_at < \(now + .days(14))
                    OR connection = 'needsReconnect')
                """)
        }
        for channel in ending {
            try await desk.database.write { tx in
                try settle(channel: channel.id, channel.workspace, tx)
            }
        }
        try await desk.database.write { tx in
            try tx.execute(
                """
                DELETE FROM notice WHERE cleared_at < \(now - NoticeDesk.memory)
                    OR (kind = \(NoticeKind.verdict) AND at < \(now - NoticeDesk.memory))
                """)
            try context.postpone(until: now + .hours(1), in: tx)
        }
    }

    // MARK: - E-mail

    private func carry(_ letter: Letter, _ context: JobContext) async throws {
        guard let send else { return }
        let loaded = try await desk.database.read { tx in try load(letter, tx) }
        // Mended, read on a page or mailed already: nobody needs a message.
        guard let mail = loaded else { return }
        let settings = try await desk.settings(of: letter.person)
        let now = desk.surroundings.now()
        let moment = settings.mailTime(
            of: mail.notice.kind, isAlarm: mail.notice.isAlarm, at: now)
        guard let moment else { return }
        guard moment <= now else {
            return try await desk.database.write { tx in
                try context.postpone(until: moment, in: tx)
            }
        }
        try await send(mail)
        try await desk.database.write { tx in
            try tx.execute(
                """
                UPDATE notice_reader SET mailed_at = \(desk.surroundings.now())
                WHERE notice_id = \(letter.notice) AND person_id = \(letter.person)
                """)
            try context.complete(in: tx)
        }
    }

    private func load(_ letter: Letter, _ tx: borrowing Transaction) throws -> Mail? {
        let row = try tx.first(
            """
            SELECT notice.*, notice_reader.read_at, person.name AS person_name, person.email,
                workspace.name AS workspace_name, workspace.slug
            FROM notice_reader JOIN notice ON notice.id = notice_reader.notice_id
            JOIN person ON person.id = notice_reader.person_id
            JOIN workspace ON workspace.id = notice.workspace_id
            JOIN member ON member.person_id = person.id AND member.workspace_id = workspace.id
                AND member.removed_at IS NULL
            WHERE notice.id = \(letter.notice) AND person.id = \(letter.person)
                AND notice_reader.mailed_at IS NULL AND notice_reader.read_at IS NULL
                AND notice.cleared_at IS NULL
            """)
        return try row.map { row in
            Mail(
                name: try row("person_name"), address: try row("email"),
                workspaceName: try row("workspace_name"), slug: try row("slug"),
                notice: try Notice(row: row))
        }
    }
}
