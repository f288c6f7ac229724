import Channels
package import Jobs
package import Kernel
package import Networks
package import Store

/// Brings a connected channel's past posts in, so that it starts with a history.
package struct HistoryImport: Sendable {
    let database: Database
    let events: EventLog
    let queue: JobQueue
    let surroundings: Surroundings
    let connectors: Connectors
    let access: DeliveryWork.AccessSource
    /// Told of each imported post's figures, for Measurement.
    let figures: @Sendable (PublicationID, WorkspaceID, PostFigures) async throws -> Void

    package init(
        database: Database, events: EventLog, queue: JobQueue, surroundings: Surroundings,
        connectors: Connectors,
        access: @escaping DeliveryWork.AccessSource,
        figures: @escaping @Sendable (PublicationID, WorkspaceID, PostFigures) async throws -> Void
    ) {
        self.database = database
        self.events = events
        self.queue = queue
        self.surroundings = surroundings
        self.connectors = connectors
        self.access = access
        self.figures = figures
    }

    /// Which channel to read; `before` is where the last page ended.
    struct Page: Codable, Sendable {
        let workspace: WorkspaceID
        let channel: ChannelID
        let before: String?
        let pages: Int
    }

    static let kind = JobKind<Page>("publishing.import-history", lease: .minutes(5))
    /// Enough for a year of a busy channel.
    static let mostPages = 25
    /// How long it waits for the outcome of a send, which may be one of the posts it reads.
    static let patience = Duration.seconds(5)
    /// How far the clocks of networks may be off.
    static let clockSkew = Duration.minutes(10)

    package func handlers() -> [JobHandler] {
        [
            JobHandler(Self.kind) { page, context in try await read(page, context) },
            JobHandler.on("channel.connected", name: "history") { delivery, context in
                let prefix = "channel:"
                guard delivery.subject.hasPrefix(prefix),
                    let channel = ChannelID(String(delivery.subject.dropFirst(prefix.count)))
                else { return }
                try await database.write { tx in
                    try context.complete(in: tx)
                    try start(channel, in: delivery.workspace, tx)
                }
            },
        ]
    }

    func start(
        _ channel: ChannelID, in workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws {
        try begin(channel, in: workspace, tx)
        try queue.enqueue(
            Self.kind, Page(workspace: workspace, channel: channel, before: nil, pages: 0),
            workspace: workspace, lane: "history:\(channel)", dueAt: surroundings.now(),
            key: "history:\(channel)", in: tx)
    }

    private func read(_ page: Page, _ context: JobContext) async throws {
        let facts = try await database.read { tx in
            try ChannelFacts.load(page.channel, in: page.workspace, tx)
        }
        guard let history = connectors[facts.network]?.history,
            let access = try await access(page.channel, page.workspace)
        else {
            // Disconnected meanwhile: what was read stays.
            return try await database.write { tx in
                try context.complete(in: tx)
                try advance(page.channel, [], added: 0, isLast: true, tx)
            }
        }
        let (entries, next) = try await history.page(access, page.before)
        var added = 0
        for entry in entries {
            let found = try await database.write { tx in try keep(entry, page, tx) }
            switch found {
            case .new(let id):
                added += 1
                try await figures(id, page.workspace, entry.figures)
            case .known: break
            case .perhapsOurs:
                // What was kept is known when the page is read again.
                return try await database.write { tx in
                    try context.postpone(until: surroundings.now() + Self.patience, in: tx)
                }
            }
        }
        try await database.write { [added] tx in
            try context.complete(in: tx)
            let isLast = next == nil || entries.isEmpty || page.pages + 1 >= Self.mostPages
            try advance(page.channel, entries, added: added, isLast: isLast, tx)
            guard let next, !isLast else { return }
            try context.queue.enqueue(
                Self.kind,
                Page(
                    workspace: page.workspace, channel: page.channel, before: next,
                    pages: page.pages + 1), workspace: page.workspace,
                lane: "history:\(page.channel)", dueAt: surroundings.now(), in: tx)
        }
    }

    /// What a post that the network shows is to us.
    private enum Found {
        /// One of the past, kept now.
        case new(PublicationID)
        /// Known already, ours or imported before.
        case known
        /// A send of that time has no outcome yet: it may be that one.
        case perhapsOurs
    }

    /// Keeps one past post, unless it is known or may be one of ours.
    private func keep(
        _ entry: History.Entry, _ page: Page, _ tx: borrowing Transaction
    ) throws -> Found {
        let isKnown = try tx.exists(
            """
            SELECT 1 FROM publication WHERE channel_id = \(page.channel)
                AND remote_id = \(entry.post.id)
            UNION SELECT 1 FROM publication_part JOIN publication
                ON publication.id = publication_part.publication_id
                WHERE publication.channel_id = \(page.channel)
                AND publication_part.remote_id = \(entry.post.id)
            """)
        guard !isKnown else { return .known }
        guard try !isPerhapsOurs(entry, page, tx) else { return .perhapsOurs }
        let (post, variant): (PostID, VariantID) = (surroundings.newID(), surroundings.newID())
        let id: PublicationID = surroundings.newID()
        try tx.execute(
            """
            INSERT INTO post (id, workspace_id, title, body, origin, revision, created_at,
                updated_at)
            VALUES (\(post), \(page.workspace), '', \(entry.text), 'imported', 1, \(entry.at),
                \(entry.at))
            """)
        try tx.execute(
            """
            INSERT INTO variant (id, workspace_id, post_id, channel_id, further_parts, visibility,
                has_own_media)
            VALUES (\(variant), \(page.workspace), \(post), \(page.channel), \("[]"), 'everyone',
                \(false))
            """)
        var publication = Publication(
            id: id, workspace: page.workspace, post: post, variant: variant,
            channel: page.channel, delivery: Delivery(contentHash: ""), at: surroundings.now())
        try publication.insert(tx)
        publication.delivery.state = .published
        publication.delivery.partsOut = 1
        publication.publishedAt = entry.at
        publication.remote = entry.post
        publication.proof = "read from the channel’s past"
        publication.sentText = entry.text
        try publication.save(tx)
        return .new(id)
    }

    /// Whether a send that may have made this post is under way or in doubt.
    private func isPerhapsOurs(
        _ entry: History.Entry, _ page: Page, _ tx: borrowing Transaction
    ) throws -> Bool {
        let latest = entry.at + Self.clockSkew
        return try tx.exists(
            """
            SELECT 1 FROM publication JOIN attempt ON attempt.publication_id = publication.id
            WHERE publication.channel_id = \(page.channel)
                AND publication.state IN ('sending', 'doubtful')
                AND attempt.kind = 'send' AND attempt.started_at <= \(latest)
            """)
    }
}

extension Publication {
    /// Removes what was imported as the post that turns out to be this publication's.
    func replaceImported(_ remote: String, _ tx: borrowing Transaction) throws {
        try tx.execute(
            """
            DELETE FROM post WHERE origin = 'imported' AND id IN (
                SELECT post_id FROM publication WHERE channel_id = \(channel)
                    AND remote_id = \(remote) AND id <> \(id))
            """)
    }
}
