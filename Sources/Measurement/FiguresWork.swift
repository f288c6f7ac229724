package import Channels
package import Jobs
package import Kernel
package import Networks
package import Publishing
package import Store

/// What a network said about one post at one moment; what it does not report is nil, never 0.
package struct NetworkFigures: Sendable, Hashable, RowReadable {
    package let takenAt: Instant
    package let likes: Int64?
    package let reposts: Int64?
    package let replies: Int64?
    package let quotes: Int64?
    package let impressions: Int64?

    package init(row: Row) throws {
        takenAt = try row("taken_at")
        likes = try row("likes")
        reposts = try row("reposts")
        replies = try row("replies")
        quotes = try row("quotes")
        impressions = try row("impressions")
    }
}

/// Asks networks for the figures of published posts: often at first, seldom later.
package struct FiguresWork: Sendable {
    /// How long after publishing each look comes.
    package static let ages: [Duration] = [
        .minutes(15), .hours(1), .hours(6), .days(1), .days(3), .days(7), .days(28), .days(90),
    ]

    private struct Look: Codable, Sendable {
        let publication: PublicationID
        let step: Int
    }

    private struct Published: Codable, Sendable {
        let publication: PublicationID
        let at: Instant?
    }

    private static let kind = JobKind<Look>("measurement.figures", lease: .minutes(2))

    private let database: Database
    private let queue: JobQueue
    private let surroundings: Surroundings
    private let channels: ChannelDesk
    private let connectors: Connectors
    private let changed: @Sendable (WorkspaceID) -> Void

    package init(
        database: Database, queue: JobQueue, surroundings: Surroundings, channels: ChannelDesk,
        connectors: Connectors, changed: @escaping @Sendable (WorkspaceID) -> Void = { _ in }
    ) {
        self.database = database
        self.queue = queue
        self.surroundings = surroundings
        self.channels = channels
        self.connectors = connectors
        self.changed = changed
    }

    package func handlers() -> [JobHandler] {
        [
            JobHandler.on("publishing.published", name: "measurement") { delivery, context in
                let facts: Published = try delivery.facts()
                let start = facts.at ?? surroundings.now()
                try await database.write { tx in
                    try context.complete(in: tx)
                    try plan(
                        Look(publication: facts.publication, step: 0), start,
                        in: delivery.workspace, tx)
                }
            },
            JobHandler(Self.kind) { look, context in try await self.look(look, context) },
        ]
    }

    private func plan(
        _ look: Look, _ start: Instant, in workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws {
        guard look.step < Self.ages.count else { return }
        try queue.enqueue(
            Self.kind, look, workspace: workspace, lane: "figures:\(look.publication)",
            dueAt: start + Self.ages[look.step],
            key: "measurement.figures:\(look.publication):\(look.step)", in: tx)
    }

    /// Tries for one look; they take about two minutes.
    private static let tries = 6

    private func look(_ look: Look, _ context: JobContext) async throws {
        guard let workspace = context.job.workspace else { return }
        let publication = try await database.read { tx in
            try tx.first(
                Publication.self,
                """
                SELECT * FROM publication WHERE id = \(look.publication)
                    AND workspace_id = \(workspace) AND published_at IS NOT NULL
                """)
        }
        guard let publication, let published = publication.publishedAt else { return }
        let figures: PostFigures?
        do {
            figures = try await self.figures(of: publication, in: workspace)
        } catch let failure as NetworkFailure {
            // Some tries, then the next look in its turn: an outage must not end the series.
            let isLasting = failure.kind == .gone || failure.status == 501
            guard isLasting || context.job.attempt >= Self.tries else { throw failure }
            figures = nil
        }
        let now = surroundings.now()
        try await database.write { tx in
            try context.complete(in: tx)
            if let figures {
                try save(figures, of: publication, age: now - published, at: now, tx)
            }
            // Looks that were missed while the program was off are not made up for.
            let next = Self.ages.indices.first {
                $0 > look.step && published + Self.ages[$0] > now
            }
            if let next {
                try plan(
                    Look(publication: look.publication, step: next), published, in: workspace, tx)
            }
        }
        if figures != nil { changed(workspace) }
    }

    private func figures(
        of publication: Publication, in workspace: WorkspaceID
    ) async throws -> PostFigures? {
        guard let remote = publication.remote,
            let access = try await channels.access(to: publication.channel, in: workspace),
            let insights = connectors[access.network]?.insights
        else { return nil }
        return try await insights.figures(access, remote)
    }

    /// Keeps the figures that a post from before the connection came with.
    package func keep(
        _ figures: PostFigures, of id: PublicationID, in workspace: WorkspaceID
    ) async throws {
        let now = surroundings.now()
        try await database.write { tx in
            let found = try tx.first(
                Publication.self,
                """
                SELECT * FROM publication WHERE id = \(id) AND workspace_id = \(workspace)
                    AND published_at IS NOT NULL
                """)
            guard let found, let published = found.publishedAt else { return }
            try MeasuredPosts.keep(id.text, in: workspace, tx)
            try save(figures, of: found, age: now - published, at: now, tx)
        }
        changed(workspace)
    }

    private func save(
        _ figures: PostFigures, of publication: Publication, age: Duration, at now: Instant,
        _ tx: borrowing Transaction
    ) throws {
        try tx.execute(
            """
            INSERT INTO network_figures (workspace_id, publication_id, taken_at, age, likes,
                reposts, replies, quotes, impressions)
            VALUES (\(publication.workspace), \(publication.id), \(now), \(age),
                \(figures.likes), \(figures.reposts), \(figures.replies), \(figures.quotes),
                \(figures.impressions))
            """)
    }
}
