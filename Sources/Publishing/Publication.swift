package import Channels
package import Kernel
package import Networks
package import Store

/// One variant on its way to its channel, and what became of it.
package struct Publication: Sendable, Hashable, RowReadable {
    package let id: PublicationID
    package let workspace: WorkspaceID
    package let post: PostID
    package let variant: VariantID
    package let channel: ChannelID
    package var delivery: Delivery
    /// The last thing people should know: why it was refused, what the worker waits for.
    package var message: String?
    /// The secret in the link to one's phone.
    package var handToken: String?
    package var publishedAt: Instant?
    /// How long after its due time its last part's first byte left, as far as that is known.
    package var lateness: Duration?
    package var remote: RemotePost?
    /// By which means we know that it is out.
    package var proof: String?
    package var sentText: String?
    package var sentLink: String?
    /// What is lost because the link is not the tracked one.
    package var linkLoss: String?
    /// The freeze that keeps it back, or that kept it back last.
    package var freeze: FreezeID?
    package var updatedAt: Instant

    package var subject: String { "post:\(id)" }

    package init(row: Row) throws {
        id = try row("id")
        workspace = try row("workspace_id")
        post = try row("post_id")
        variant = try row("variant_id")
        channel = try row("channel_id")
        var due: Due?
        if let local: LocalTime = try row("due_local"), let zone: Zone = try row("zone"),
            let at: Instant = try row("due_at")
        {
            due = Due(local: local, zone: zone, at: at)
        }
        freeze = try row("freeze_id")
        var reason: Delivery.Reason? = try row("reason")
        if reason == .tooLate, freeze != nil { reason = .frozen }
        delivery = Delivery(
            state: try row("state"), contentHash: try row("content_hash"),
            approvedHash: try row("approved_hash"), due: due, reason: reason,
            epoch: try row("epoch"), tries: try row("tries"), looks: try row("looks"),
            absences: try row("absences"), partsOut: try row("parts_out"),
            partCount: try row("part_count"), confirmedAt: try row("confirmed_at"))
        message = try row("message")
        handToken = try row("hand_token")
        let published: Instant? = try row("published_at")
        publishedAt = published
        lateness = try row("lateness")
        let remoteID: String? = try row("remote_id")
        let url: String? = try row("remote_url")
        let revision: String? = try row("remote_revision")
        remote = remoteID.map {
            RemotePost(id: $0, url: url, revision: revision, publishedAt: published)
        }
        proof = try row("proof")
        sentText = try row("sent_text")
        sentLink = try row("sent_link")
        linkLoss = try row("link_loss")
        updatedAt = try row("updated_at")
    }

    /// The lane its sends share with the other sends of its channel.
    var lane: String { "publish:\(channel)" }
    /// Names the one waiting job of each kind.
    func key(_ kind: String) -> String { "\(kind):\(id)" }

    /// The key under which part `part` of this content is one and the same post for ever.
    func sendKey(part: Int) -> String {
        "\(id)-\(part)-\(delivery.contentHash.prefix(16))"
    }

    /// The lateness in words: `on time`, `12 s late`, `3 min late`.
    package var latenessText: String? {
        guard let seconds = lateness?.inSeconds else { return nil }
        if seconds < 5 { return "on time" }
        if seconds < 90 { return "\(Int(seconds.rounded())) s late" }
        if seconds < 5400 { return "\(Int((seconds / 60).rounded())) min late" }
        return "\(Int((seconds / 3600).rounded())) h late"
    }
}

extension Publication {
    func insert(_ tx: borrowing Transaction) throws {
        try tx.execute(
            """
            INSERT INTO publication (id, workspace_id, post_id, variant_id, channel_id, state,
                content_hash, epoch, tries, looks, absences, parts_out, part_count, updated_at)
            VALUES (\(id), \(workspace), \(post), \(variant), \(channel), 'draft',
                \(delivery.contentHash), 0, 0, 0, 0, 0, \(delivery.partCount), \(updatedAt))
            """)
        try save(tx)
    }

    /// A publication's row for the record of changes: what people decide about it.
    static func row(_ id: PublicationID) -> SQL {
        """
        SELECT state, reason, content_hash, approved_hash, due_local, zone, message, freeze_id,
            remote_url FROM publication WHERE id = \(id)
        """
    }

    /// Writes everything that can change.
    func save(_ tx: borrowing Transaction) throws {
        let due = delivery.due
        let isFrozen = delivery.reason == .frozen
        // The table knows a frozen post as a late one with the freeze that made it late.
        let reason = isFrozen ? .tooLate : delivery.reason
        try tx.execute(
            """
            UPDATE publication SET state = \(delivery.state), reason = \(reason),
                content_hash = \(delivery.contentHash), approved_hash = \(delivery.approvedHash),
                due_local = \(due?.local), zone = \(due?.zone), due_at = \(due?.at),
                epoch = \(delivery.epoch), tries = \(delivery.tries), looks = \(delivery.looks),
                absences = \(delivery.absences), parts_out = \(delivery.partsOut),
                part_count = \(delivery.partCount), message = \(message),
                hand_token = \(handToken), published_at = \(publishedAt), lateness = \(lateness),
                remote_id = \(remote?.id), remote_url = \(remote?.url),
                remote_revision = \(remote?.revision), proof = \(proof),
                sent_text = \(sentText), sent_link = \(sentLink), link_loss = \(linkLoss),
                freeze_id = \(isFrozen ? freeze : nil), confirmed_at = \(delivery.confirmedAt),
                updated_at = \(updatedAt)
            WHERE workspace_id = \(workspace) AND id = \(id)
            """)
    }

    /// Writes what the begin of a send changes, without touching the order of due times.
    func saveBegun(_ tx: borrowing Transaction) throws {
        try tx.execute(
            """
            UPDATE publication SET state = \(delivery.state), epoch = \(delivery.epoch),
                link_loss = \(linkLoss), updated_at = \(updatedAt)
            WHERE workspace_id = \(workspace) AND id = \(id)
            """)
    }

    /// `lock` keeps others from changing it until the end of the transaction.
    static func load(
        _ id: PublicationID, in workspace: WorkspaceID, lock: SQL = "", _ tx: borrowing Transaction
    ) throws -> Publication {
        let found = try tx.first(
            Publication.self,
            "SELECT * FROM publication WHERE workspace_id = \(workspace) AND id = \(id) \(lock)")
        guard let found else { throw PublishingError.noSuchPublication }
        return found
    }

    /// A publication of a variant that has just been made.
    init(
        id: PublicationID, workspace: WorkspaceID, post: PostID, variant: VariantID,
        channel: ChannelID, delivery: Delivery, at now: Instant
    ) {
        self.id = id
        self.workspace = workspace
        self.post = post
        self.variant = variant
        self.channel = channel
        self.delivery = delivery
        updatedAt = now
    }
}

/// One line of the evidence: what was tried, when, and what came of it.
package struct Attempt: Sendable, Hashable, RowReadable {
    /// What was tried.
    package enum Kind: String, Sendable, Codable, CaseIterable, SQLConvertible {
        case upload
        case send
        case look
        /// A person said how it is.
        case person
        /// A person wanted it gone.
        case removal
    }

    /// What came of it.
    package enum Outcome: String, Sendable, Codable, CaseIterable, SQLConvertible {
        case accepted
        case refused
        case notAccepted
        case unknown
        case interrupted
        case found
        case absent

        /// The outcome in words people read.
        package var words: String {
            switch self {
            case .accepted: "accepted"
            case .refused: "refused"
            case .notAccepted: "not accepted, to be tried again"
            case .unknown: "no clear answer"
            case .interrupted: "cut off before an answer was written down"
            case .found: "found there"
            case .absent: "not there"
            }
        }
    }

    package let id: ID<Attempt>
    package let kind: Kind
    package let part: Int
    package let epoch: Int
    package let fingerprint: String
    package let startedAt: Instant
    package let finishedAt: Instant?
    package let outcome: Outcome?
    package let status: Int?
    package let code: String?
    package let message: String?
    /// When it was to be out.
    package let dueAt: Instant?
    /// When its first bytes left; nil when none did or nobody lived to write it down.
    package let leftAt: Instant?
    /// The network's answer, cut short and without secrets.
    package let answer: String?

    /// From the due time to the first byte.
    package var lateness: Duration? {
        guard let leftAt, let dueAt else { return nil }
        return max(.zero, leftAt - dueAt)
    }

    package init(row: Row) throws {
        id = try row("id")
        kind = try row("kind")
        part = try row("part")
        epoch = try row("epoch")
        fingerprint = try row("fingerprint")
        startedAt = try row("started_at")
        finishedAt = try row("finished_at")
        outcome = try row("outcome")
        status = try row("status")
        code = try row("code")
        message = try row("message")
        dueAt = try row("due_at")
        leftAt = try row("left_at")
        answer = try row("answer")
    }
}

extension Attempt {
    /// One line about a post that is taken back.
    init(removal row: Row) throws {
        id = try row("id")
        kind = try row("kind")
        part = try row("part")
        epoch = 0
        fingerprint = ""
        startedAt = try row("started_at")
        finishedAt = try row("finished_at")
        outcome = try row("outcome")
        status = try row("status")
        code = try row("code")
        message = try row("message")
        dueAt = nil
        leftAt = nil
        answer = nil
    }
}

/// What an approver decided about one content.
package struct Approval: Sendable, Hashable, RowReadable {
    /// The two answers.
    package enum Decision: String, Sendable, Codable, CaseIterable, SQLConvertible {
        case approved
        case changesWanted
    }

    package let publication: PublicationID
    package let contentHash: String
    package let decision: Decision
    package let note: String
    package let personName: String
    package let at: Instant

    package init(row: Row) throws {
        publication = try row("publication_id")
        contentHash = try row("content_hash")
        decision = try row("decision")
        note = try row("note")
        personName = try row("person_name")
        at = try row("at")
    }
}
