package import Kernel
package import Store

/// What runs a kind of job.
///
/// Slices export these; the composition root gives them to the worker.
package struct JobHandler: Sendable {
    package let kind: String
    package let retry: RetryPolicy
    package let lease: Duration
    package let pool: JobPool
    let run: @Sendable (JobContext) async throws -> Void
    private var condition: EventLog.Condition?

    /// Handles `kind` with `body`.
    ///
    /// `body` may finish the job itself with `context.complete(in:)` in its last transaction;
    /// otherwise the worker completes it when `body` returns.
    package init<Payload>(
        _ kind: JobKind<Payload>,
        _ body: @escaping @Sendable (Payload, JobContext) async throws -> Void
    ) {
        self.kind = kind.name
        retry = kind.retry
        lease = kind.lease
        pool = kind.pool
        run = { context in
            try await body(try JSON.decode(Payload.self, from: context.job.payload), context)
        }
    }

    /// Handles every delivery of `event` under the subscriber name `name` (one per event).
    ///
    /// With `condition`, only events for which it holds when they are recorded.
    package static func on(
        _ event: String, name: String, retry: RetryPolicy = .persistent,
        when condition: EventLog.Condition? = nil,
        _ body: @escaping @Sendable (EventDelivery, JobContext) async throws -> Void
    ) -> JobHandler {
        var handler = JobHandler(
            JobKind<EventDelivery>("\(event)>\(name)", retry: retry), body)
        handler.condition = condition
        return handler
    }

    /// The subscription that feeds this handler, when it is one made by `on`.
    package var subscription: EventLog.Subscription? {
        let parts = kind.split(separator: ">")
        guard parts.count == 2 else { return nil }
        return EventLog.Subscription(
            event: String(parts[0]), kind: kind, name: String(parts[1]), condition: condition)
    }
}

/// What a running job can ask of the queue.
package struct JobContext: Sendable {
    package let job: Job
    package let database: Database
    package let queue: JobQueue

    package init(job: Job, database: Database, queue: JobQueue) {
        self.job = job
        self.database = database
        self.queue = queue
    }

    package var lease: Lease { Lease(job: job.id, epoch: job.epoch) }

    /// Finishes the job in the transaction of its last effect.
    package func complete(in tx: borrowing Transaction) throws {
        try queue.complete(lease, in: tx)
    }

    /// Runs the job again at `dueAt` without counting a failure.
    package func postpone(until dueAt: Instant, in tx: borrowing Transaction) throws {
        try queue.postpone(lease, until: dueAt, in: tx)
    }

    /// Fails unless this worker still holds the job.
    package func confirmLease(in tx: borrowing Transaction) throws {
        let held = try tx.exists(
            """
            SELECT 1 FROM job WHERE id = \(job.id) AND epoch = \(job.epoch) AND state = 'leased'
            """)
        if !held { throw JobError.leaseLost }
    }
}
