import Kernel
import Store

/// While many posts go out at once, an event gets one job that makes those of its subscribers later.
extension EventLog {
    /// The subscribers that an event concerned when it was recorded.
    struct Spread: Codable, Sendable {
        /// One subscriber's job.
        struct Part: Codable, Sendable {
            let kind: String
            let lane: String
        }

        let delivery: String
        let parts: [Part]
    }

    static let spread = JobKind<Spread>("event.spread", retry: .persistent)

    func enqueueSpread(
        _ drafts: [JobQueue.Draft], of event: Event, _ delivery: String,
        in tx: borrowing Transaction
    ) throws {
        let parts = drafts.map { Spread.Part(kind: $0.kind, lane: $0.lane) }
        try queue.enqueue(
            Self.spread, Spread(delivery: delivery, parts: parts), workspace: event.workspace,
            lane: "spread:\(event.subject)", dueAt: queue.surroundings.now(), in: tx)
    }

    /// Makes the jobs that waited for a quieter moment.
    package func handlers() -> [JobHandler] {
        [
            JobHandler(Self.spread) { spread, context in
                try await context.database.write(.readCommitted) { tx in
                    try context.complete(in: tx)
                    let drafts = spread.parts.map {
                        JobQueue.Draft(kind: $0.kind, payload: spread.delivery, lane: $0.lane)
                    }
                    try queue.enqueue(drafts, workspace: context.job.workspace, in: tx)
                }
            }
        ]
    }
}
