package import Channels
package import Jobs
package import Kernel
package import Networks
package import Store

/// Looks for replies to our own posts: often while a post is young, seldom when it is old.
package struct ReplyWatch: Sendable {
    /// Opens a channel's account; nil when the channel is not connected.
    package typealias AccessSource =
        @Sendable (ChannelID, WorkspaceID) async throws -> Networks.Access?
    /// What to watch of a publication; nil when it cannot be read back.
    package typealias PostSource =
        @Sendable (_ publication: String, WorkspaceID) async throws -> WatchedPost?

    let database: Database
    let queue: JobQueue
    let events: EventLog
    let surroundings: Surroundings
    let connectors: Connectors
    let access: AccessSource
    let post: PostSource

    package init(
        database: Database, queue: JobQueue, events: EventLog, surroundings: Surroundings,
        connectors: Connectors, access: @escaping AccessSource, post: @escaping PostSource
    ) {
        self.database = database
        self.queue = queue
        self.events = events
        self.surroundings = surroundings
        self.connectors = connectors
        self.access = access
        self.post = post
    }

    /// Which post to look at.
    struct Target: Codable, Sendable {
        let workspace: WorkspaceID
        let publication: String
    }

    static let poll = JobKind<Target>("engagement.poll", retry: .standard, lease: .minutes(2))

    package func handlers() -> [JobHandler] {
        [
            JobHandler(Self.poll) { target, context in try await look(target, context) },
            JobHandler.on("publishing.published", name: "replies") { delivery, context in
                let publication = String(delivery.subject.dropFirst("post:".count))
                guard let found = try await post(publication, delivery.workspace) else { return }
                try await database.write { tx in
                    try context.complete(in: tx)
                    try start(found, publication, delivery.workspace, tx)
                }
            },
        ]
    }

    private func start(
        _ post: WatchedPost, _ publication: String, _ workspace: WorkspaceID,
        _ tx: borrowing Transaction
    ) throws {
        try tx.execute(
            """
            INSERT INTO watched_post (publication_id, workspace_id, channel_id, remote_id,
                remote_url, remote_revision, about, published_at)
            VALUES (\(publication), \(workspace), \(post.channel), \(post.remote.id),
                \(post.remote.url), \(post.remote.revision), \(post.about), \(post.publishedAt))
            ON CONFLICT (publication_id) DO NOTHING
            """)
        try plan(
            Target(workspace: workspace, publication: publication),
            at: surroundings.now() + .seconds(10), tx)
    }

    private func plan(_ target: Target, at due: Instant, _ tx: borrowing Transaction) throws {
        try queue.enqueue(
            Self.poll, target, workspace: target.workspace, lane: "replies:\(target.publication)",
            dueAt: due, key: "replies:\(target.publication)", in: tx)
    }

    /// The wait until the next look: a tenth of the age, at least 15 seconds, at most six hours;
    /// nil after thirty days.
    package static func pause(age: Duration) -> Duration? {
        guard age < .days(30) else { return nil }
        return min(max(.milliseconds(age.inMilliseconds / 10), .seconds(15)), .hours(6))
    }

    private func look(_ target: Target, _ context: JobContext) async throws {
        let row = try await database.read { tx in
            try tx.first(
                """
                SELECT * FROM watched_post WHERE workspace_id = \(target.workspace)
                    AND publication_id = \(target.publication)
                """)
        }
        guard let row else { return }
        let watched = try WatchedPost(row: row)
        let network = try await network(of: watched.channel, target.workspace)
        guard let network, let inbox = connectors[network]?.inbox,
            let access = try await access(watched.channel, target.workspace)
        else { return }
        let messages: [Inbox.Message]
        do throws(NetworkFailure) {
            messages = try await inbox.replies(access, watched.remote)
        } catch {
            return try await goOn(after: error, watched, target, context)
        }
        let now = surroundings.now()
        try await database.write { tx in
            try context.complete(in: tx)
            try keep(messages, watched, target, tx)
            guard let pause = Self.pause(age: now - watched.publishedAt) else { return }
            try plan(target, at: now + pause, tx)
        }
    }

    /// Looks again later: an outage must not end the watch, and a server without replies is asked
    /// only now and then.
    private func goOn(
        after failure: NetworkFailure, _ watched: WatchedPost, _ target: Target,
        _ context: JobContext
    ) async throws {
        let now = surroundings.now()
        let isOffered = failure.status != 501
        try await database.write { tx in
            try context.complete(in: tx)
            guard failure.kind != .gone, let pause = Self.pause(age: now - watched.publishedAt)
            else { return }
            let least: Duration = isOffered ? .minutes(5) : .hours(6)
            var wait = max(pause, least)
            if case .rateLimited(let told?) = failure.kind { wait = max(wait, told) }
            try plan(target, at: now + wait, tx)
        }
    }

    private func network(
        of channel: ChannelID, _ workspace: WorkspaceID
    ) async throws -> Network? {
        try await database.read { tx in
            try tx.scalar(
                String.self,
                """
                SELECT network FROM channel
                WHERE workspace_id = \(workspace) AND id = \(channel)
                """
            ).flatMap(Network.init(rawValue:))
        }
    }

    private func keep(
        _ messages: [Inbox.Message], _ watched: WatchedPost, _ target: Target,
        _ tx: borrowing Transaction
    ) throws {
        guard let last = messages.map(\.at).max() else { return }
        let fresh: ConversationID = surroundings.newID()
        let row = try tx.first(
            """
            INSERT INTO conversation (id, workspace_id, channel_id, publication_id, about,
                is_unread, last_at)
            VALUES (\(fresh), \(target.workspace), \(watched.channel), \(target.publication),
                \(watched.about), \(false), \(last))
            ON CONFLICT (publication_id) DO UPDATE SET about = excluded.about
            RETURNING id
            """)
        guard let row else { throw StoreError.noRow }
        let conversation: ConversationID = try row("id")
        var news: [Inbox.Message] = []
        for message in messages {
            let id: MessageID = surroundings.newID()
            let added = try tx.execute(
                """
                INSERT INTO message (id, workspace_id, conversation_id, direction, state,
                    author_name, author_handle, author_url, body, remote_id, url, revision,
                    in_reply_to, at, audience)
                VALUES (\(id), \(target.workspace), \(conversation), 'incoming', 'out',
                    \(message.authorName), \(message.authorHandle), \(message.authorURL),
                    \(message.text), \(message.post.id), \(message.post.url),
                    \(message.post.revision), \(message.inReplyTo), \(message.at),
                    \(message.audience))
                ON CONFLICT (conversation_id, remote_id) WHERE remote_id IS NOT NULL DO NOTHING
                """)
            if added > 0 { news.append(message) }
            // Read before who else can read it was kept.
            try tx.execute(
                """
                UPDATE message SET audience = \(message.audience)
                WHERE conversation_id = \(conversation) AND remote_id = \(message.post.id)
                    AND audience <> \(message.audience)
                """)
        }
        guard let newest = news.last else { return }
        // New words open a conversation that was done.
        try tx.execute(
            """
            UPDATE conversation SET is_unread = \(true), done_at = NULL, last_at = \(last)
            WHERE id = \(conversation)
            """)
        try events.record(
            try Event(
                "engagement.reply-arrived", workspace: target.workspace,
                subject: "conversation:\(conversation)",
                summary: "\(newest.authorName) replied", by: .system("Replies")), in: tx)
    }
}

/// A published post whose replies we read.
package struct WatchedPost: Sendable, Hashable, RowReadable {
    package let channel: ChannelID
    package let remote: RemotePost
    /// Its first words, shown above the replies.
    package let about: String
    package let publishedAt: Instant

    package init(channel: ChannelID, remote: RemotePost, about: String, publishedAt: Instant) {
        self.channel = channel
        self.remote = remote
        self.about = about
        self.publishedAt = publishedAt
    }

    package init(row: Row) throws {
        channel = try row("channel_id")
        remote = RemotePost(
            id: try row("remote_id"), url: try row("remote_url"),
            revision: try row("remote_revision"))
        about = try row("about")
        publishedAt = try row("published_at")
    }
}
