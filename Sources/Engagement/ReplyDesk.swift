import Channels
package import Jobs
package import Kernel
package import Networks
package import Store

/// Reads and answers what people write below our posts.
package struct ReplyDesk: Sendable {
    let database: Database
    let events: EventLog
    let surroundings: Surroundings
    let connectors: Connectors
    let access: ReplyWatch.AccessSource

    package init(
        database: Database, events: EventLog, surroundings: Surroundings, connectors: Connectors,
        access: @escaping ReplyWatch.AccessSource
    ) {
        self.database = database
        self.events = events
        self.surroundings = surroundings
        self.connectors = connectors
        self.access = access
    }

    /// Which conversations a list shows.
    package enum Shelf: String, Sendable, Codable, CaseIterable {
        case open
        case done
        case all
    }

    /// A conversation with its messages, oldest first.
    package struct Sheet: Sendable {
        package let conversation: Conversation
        package let messages: [Message]
    }

    /// Conversations, the latest word first.
    package func list(
        _ shelf: Shelf = .open, in workspace: WorkspaceID, _ request: PageRequest = PageRequest()
    ) async throws -> Page<Conversation> {
        var conditions: [SQL] = ["conversation.workspace_id = \(workspace)"]
        switch shelf {
        case .open: conditions.append("conversation.done_at IS NULL")
        case .done: conditions.append("conversation.done_at IS NOT NULL")
        case .all: break
        }
        if let after = request.after, let at = Int64(after.key) {
            conditions.append(
                "last_at < \(at) OR (last_at = \(at) AND conversation.id < \(after.id))")
        }
        let sql: SQL = """
            \(Conversation.select) WHERE \(.all(conditions))
            ORDER BY last_at DESC, conversation.id DESC LIMIT \(request.limit + 1)
            """
        let found = try await database.read { tx in try tx.all(Conversation.self, sql) }
        let items = Array(found.prefix(request.limit))
        let last = found.count > request.limit ? items.last : nil
        return Page(
            items: items,
            next: last.map { Cursor(key: "\($0.lastAt.milliseconds)", id: $0.id.text) })
    }

    /// How many conversations hold words nobody has read.
    package func unreadCount(in workspace: WorkspaceID) async throws -> Int {
        try await database.read { tx in
            try tx.scalar(
                Int.self,
                """
                SELECT COUNT(*) FROM conversation
                WHERE workspace_id = \(workspace) AND is_unread = \(true)
                """) ?? 0
        }
    }

    /// One conversation.
    package func sheet(
        _ id: ConversationID, in workspace: WorkspaceID
    ) async throws -> Sheet {
        try await database.read { tx in try load(id, in: workspace, tx) }
    }

    /// The conversation below one publication, if anybody has written.
    package func sheet(
        publication: String, in workspace: WorkspaceID
    ) async throws -> Sheet? {
        try await database.read { tx in
            let id = try tx.scalar(
                ConversationID.self,
                """
                SELECT id FROM conversation
                WHERE workspace_id = \(workspace) AND publication_id = \(publication)
                """)
            return try id.map { try load($0, in: workspace, tx) }
        }
    }

    /// Marks a conversation read, done or open again.
    package func mark(
        _ id: ConversationID, read: Bool? = nil, done: Bool? = nil, in workspace: WorkspaceID,
        by principal: Principal
    ) async throws -> Sheet {
        let now = surroundings.now()
        return try await database.write { tx in
            let row = try tx.snapshot(
                "SELECT is_unread, done_at FROM conversation WHERE id = \(id)")
            let before = try load(id, in: workspace, tx).conversation
            let isUnread = read.map { !$0 } ?? (done == true ? false : before.isUnread)
            let doneAt = done.map { $0 ? now : nil } ?? before.doneAt
            try tx.execute(
                """
                UPDATE conversation SET is_unread = \(isUnread), done_at = \(doneAt)
                WHERE workspace_id = \(workspace) AND id = \(id)
                """)
            let changes = try row.changes(in: tx)
            if !changes.isEmpty {
                let words =
                    doneAt == before.doneAt
                    ? (isUnread ? "Marked as unread" : "Read")
                    : (doneAt == nil ? "Opened again" : "Done")
                try events.record(
                    try Event(
                        "engagement.marked", workspace: workspace, subject: "conversation:\(id)",
                        summary: words, changes: changes, by: principal), in: tx)
            }
            return try load(id, in: workspace, tx)
        }
    }

    /// Answers the last message somebody wrote, or the one given.
    ///
    /// The answer is written down before the first byte leaves; when the network's answer is
    /// lost, it is looked for once, and else shown as doubtful rather than sent again.
    package func answer(
        _ id: ConversationID, text: String, to message: MessageID? = nil,
        in workspace: WorkspaceID, by principal: Principal
    ) async throws -> Sheet {
        let text = text.trimmingPrefix(while: \.isWhitespace)
        guard !text.isEmpty else { throw EngagementError.emptyAnswer }
        let reached = try await reach(id, message, in: workspace)
        let own: MessageID = surroundings.newID()
        let now = surroundings.now()
        var post = OutgoingPost(
            key: "reply-\(own)", createdAt: now, text: String(text),
            replyTo: reached.target, threadRoot: reached.root)
        // What somebody said to few is not answered to all.
        post.audience = reached.audience
        try await database.write { tx in
            let isBusy = try tx.exists(
                """
                SELECT 1 FROM message WHERE conversation_id = \(id) AND state = 'sending'
                    AND at > \(now - Self.longestSending)
                """)
            guard !isBusy else { throw EngagementError.answerUnderWay }
            try tx.execute(
                """
                INSERT INTO message (id, workspace_id, conversation_id, direction, state,
                    author_name, author_handle, body, in_reply_to, at, audience)
                VALUES (\(own), \(workspace), \(id), 'outgoing', 'sending', \(principal.name),
                    \(reached.access.handle), \(String(text)), \(reached.target.id), \(now),
                    \(reached.audience))
                """)
        }
        let result = await send(post, reached)
        return try await settle(own, result, id, in: workspace, by: principal)
    }

    private struct Reached: Sendable {
        let publishing: Networks.Publishing
        let access: Networks.Access
        let target: RemotePost
        let root: RemotePost
        let audience: Audience
        /// The numbers of our other answers here, which prove nothing about the next one.
        let others: Set<String>
    }

    private enum Sent: Sendable {
        case out(RemotePost)
        case doubtful(String)
        case refused(NetworkFailure)
    }

    private func reach(
        _ id: ConversationID, _ message: MessageID?, in workspace: WorkspaceID
    ) async throws -> Reached {
        let (row, target, others) = try await database.read { tx in
            let sheet = try load(id, in: workspace, tx)
            let incoming = sheet.messages.filter { $0.direction == .incoming }
            guard let chosen = incoming.last(where: { message == nil || $0.id == message }),
                let target = try tx.first("SELECT * FROM message WHERE id = \(chosen.id)")
            else { throw EngagementError.nothingToAnswer }
            let row = try tx.first(
                """
                SELECT watched_post.*, channel.network FROM watched_post
                JOIN channel ON channel.id = watched_post.channel_id
                WHERE watched_post.publication_id = \(sheet.conversation.publication)
                """)
            let ours = sheet.messages.filter { $0.direction == .outgoing }
            return (row, target, Set(ours.compactMap(\.remoteID)))
        }
        guard let row else { throw EngagementError.noSuchConversation }
        let watched = try WatchedPost(row: row)
        let name: String = try row("network")
        guard let publishing = Network(rawValue: name).flatMap({ connectors[$0]?.publishing }),
            let access = try await access(watched.channel, workspace)
        else { throw EngagementError.notConnected }
        return Reached(
            publishing: publishing, access: access,
            target: RemotePost(
                id: try target("remote_id"), url: try target("url"),
                revision: try target("revision")), root: watched.remote,
            audience: try target("audience"), others: others)
    }

    private func send(_ post: OutgoingPost, _ reached: Reached) async -> Sent {
        do throws(NetworkFailure) {
            return .out(try await reached.publishing.publish(reached.access, post))
        } catch {
            guard [.ambiguous, .duplicate].contains(error.kind) else { return .refused(error) }
            let probe = PostProbe(
                post: post, link: nil, sentAfter: post.createdAt, others: reached.others)
            if case .found(let remote, _)? = try? await reached.publishing.find(
                reached.access, probe), !reached.others.contains(remote.id)
            {
                return .out(remote)
            }
            return .doubtful(error.message)
        }
    }

    private func settle(
        _ own: MessageID, _ sent: Sent, _ id: ConversationID, in workspace: WorkspaceID,
        by principal: Principal
    ) async throws -> Sheet {
        let now = surroundings.now()
        let sheet = try await database.write { tx in
            let state: Message.State
            var remote: RemotePost?
            var trouble: String?
            switch sent {
            case .out(let post):
                state = .out
                remote = post
            case .doubtful(let why):
                state = .doubtful
                trouble = why
            case .refused(let failure):
                state = .refused
                trouble = failure.message
            }
            try tx.execute(
                """
                UPDATE message SET state = \(state), remote_id = \(remote?.id),
                    url = \(remote?.url), revision = \(remote?.revision), trouble = \(trouble)
                WHERE workspace_id = \(workspace) AND id = \(own)
                """)
            if state == .out {
                try tx.execute(
                    """
                    UPDATE conversation SET is_unread = \(false), last_at = \(now)
                    WHERE workspace_id = \(workspace) AND id = \(id)
                    """)
            }
            try events.record(
                try Event(
                    state == .out ? "engagement.answered" : "engagement.answer-not-out",
                    workspace: workspace, subject: "conversation:\(id)",
                    summary: state == .out ? "Answered" : "An answer did not surely go out",
                    changes: try tx.made("SELECT state, body, url FROM message WHERE id = \(own)"),
                    by: principal), in: tx)
            return try load(id, in: workspace, tx)
        }
        if case .refused(let failure) = sent { throw failure }
        return sheet
    }

    /// Nothing of an answer leaves later than this after it was written down.
    private static let longestSending: Duration = .minutes(2)

    private func load(
        _ id: ConversationID, in workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws -> Sheet {
        let found = try tx.first(
            Conversation.self,
            """
            \(Conversation.select)
            WHERE conversation.workspace_id = \(workspace) AND conversation.id = \(id)
            """)
        guard let found else { throw EngagementError.noSuchConversation }
        return Sheet(
            conversation: found,
            messages: try tx.all(
                Message.self,
                "SELECT * FROM message WHERE conversation_id = \(id) ORDER BY at, id LIMIT 1000"
            ).map { $0.settled(at: surroundings.now(), after: Self.longestSending) })
    }
}
