package import Channels
package import Jobs
package import Kernel
import Links
package import Networks
package import Store

/// Carries publications to their networks: gets ready, sends, and looks when in doubt.
package struct DeliveryWork: Sendable {
    /// Opens a channel's account; nil when it is published to by hand.
    package typealias AccessSource =
        @Sendable (ChannelID, WorkspaceID) async throws -> Networks.Access?

    /// Hears that a network no longer accepts the sign-in that was made at an instant.
    package typealias RefusalSink =
        @Sendable (NetworkFailure, ChannelID, WorkspaceID, Instant?) async throws -> Void

    let database: Database
    let plan: DeliveryPlan
    let ledger: Ledger
    let surroundings: Surroundings
    let connectors: Connectors
    let access: AccessSource
    let pictures: PictureStore
    let cards: LinkCards
    let localBase: String
    private let shelf = DeliveryShelf()
    /// Whether a person must first say that this is the program that publishes.
    let isHeld: @Sendable (borrowing Transaction) throws -> Bool
    /// Told when a network no longer accepts our sign-in.
    let refusalSink: RefusalSink

    package init(
        database: Database, events: EventLog, queue: JobQueue, surroundings: Surroundings,
        connectors: Connectors, pictures: PictureStore, cards: LinkCards,
        localBase: String,
        pace: Double = 1,
        isHeld: @escaping @Sendable (borrowing Transaction) throws -> Bool = { _ in false },
        access: @escaping AccessSource,
        noteRefusal: @escaping RefusalSink = { _, _, _, _ in }
    ) {
        refusalSink = noteRefusal
        self.isHeld = isHeld
        self.database = database
        plan = DeliveryPlan(
            queue: queue, events: events, surroundings: surroundings, pace: pace)
        ledger = Ledger(surroundings: surroundings)
        self.surroundings = surroundings
        self.connectors = connectors
        self.pictures = pictures
        self.cards = cards
        self.localBase = localBase
        self.access = access
    }

    /// Tells of a failure that may mean that the sign-in was refused.
    func noteRefusal(
        _ failure: NetworkFailure, _ channel: ChannelID, _ workspace: WorkspaceID,
        _ access: Networks.Access?
    ) async throws {
        try await refusalSink(failure, channel, workspace, access?.connectedAt)
    }

    static let publisher = Principal.system("Publisher")

    package func handlers() -> [JobHandler] {
        [
            JobHandler(DeliveryPlan.prepare) { target, context in
                try await prepare(target, context)
            },
            JobHandler(DeliveryPlan.send, ahead: { target in try await readAhead(target) }) {
                target, context in try await send(target, context)
            },
            JobHandler(DeliveryPlan.look) { target, context in
                try await look(target, context)
            },
            JobHandler(DeliveryPlan.remove) { target, context in
                try await remove(target, context)
            },
        ]
    }

    /// Everything a worker needs of one publication, read at once.
    struct Load: Sendable {
        var sheet: PostSheet
        let side: PostSheet.Side
        let uploads: [Int: (fingerprint: String, upload: UploadedMedia)]
        let parts: [RemotePost]
        let firstSend: Instant?

        var publication: Publication { side.publication }
    }

    /// Reads what is due within moments, so that many posts of one minute need not wait for it.
    private func readAhead(_ target: DeliveryPlan.Target) async throws {
        guard let load = try await load(target), load.publication.delivery.isFirstSend else {
            return
        }
        shelf.put(load, at: surroundings.now())
    }

    /// What is to be sent now: as it was read moments ago, or else as it is.
    ///
    /// What counts is looked at again in the change that makes the intent durable.
    func loadToSend(_ target: DeliveryPlan.Target) async throws -> Load? {
        if let load = shelf.take(target.publication, at: surroundings.now()) { return load }
        return try await load(target)
    }

    func load(
        _ target: DeliveryPlan.Target, deletedToo: Bool = false
    ) async throws -> Load? {
        try await database.read { tx in
            let found = try tx.first(
                Publication.self,
                """
                SELECT * FROM publication
                WHERE workspace_id = \(target.workspace) AND id = \(target.publication)
                """)
            guard let found else { return nil }
            let sheet = try PostSheet.load(found, tx)
            guard deletedToo || sheet.post.deletedAt == nil, let side = sheet[found.id] else {
                return nil
            }
            let uploads = try tx.rows(
                "SELECT * FROM publication_upload WHERE publication_id = \(found.id)"
            ).map { row in
                let text: String = try row("upload")
                let position: Int = try row("position")
                let fingerprint: String = try row("fingerprint")
                return (position, (fingerprint, try JSON.decode(UploadedMedia.self, from: text)))
            }
            let parts = try tx.rows(
                """
                SELECT * FROM publication_part WHERE publication_id = \(found.id)
                ORDER BY position
                """
            ).map { row in
                RemotePost(
                    id: try row("remote_id"), url: try row("remote_url"),
                    revision: try row("remote_revision"), publishedAt: try row("published_at"))
            }
            let firstSend = try ledger.firstSend(
                found, part: found.delivery.partsOut, tx)
            return Load(
                sheet: sheet, side: side,
                uploads: Dictionary(uploads, uniquingKeysWith: { first, _ in first }),
                parts: parts, firstSend: firstSend)
        }
    }

    /// Loads, decides and saves one publication in the transaction that also finishes the job.
    func decide(
        _ target: DeliveryPlan.Target, _ context: JobContext, epoch: Int? = nil,
        _ body:
            @escaping @Sendable (inout Publication, borrowing Transaction) throws -> Delivery.Action
    ) async throws {
        // All that counts is in the publication's own row, which is locked first.
        try await database.write(.readCommitted) { tx in
            var publication = try Publication.load(
                target.publication, in: target.workspace, lock: .rowLock, tx)
            try context.complete(in: tx)
            // A later worker has taken over; what this one knows is told by looking instead.
            if let epoch, epoch != publication.delivery.epoch { throw JobError.leaseLost }
            let action = try body(&publication, tx)
            publication.updatedAt = surroundings.now()
            try publication.save(tx)
            try plan.follow(action, publication, by: Self.publisher, tx)
        }
    }
}
