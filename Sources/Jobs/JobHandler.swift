package import Kernel
package import Store
import Synchronization

/// What runs a kind of job.
///
/// Slices export these; the composition root gives them to the worker.
package struct JobHandler: Sendable {
    package let kind: String
    package let retry: RetryPolicy
    package let lease: Duration
    package let pool: JobPool
    let run: @Sendable (JobContext) async throws -> Void
    /// Gets ready what is due within moments; without effect, and needed by nobody.
    let ahead: (@Sendable (Job) async throws -> Void)?
    private var condition: EventLog.Condition?

    /// Handles `kind` with `body`.
    ///
    /// `body` may finish the job itself with `context.complete(in:)` in its last transaction;
    /// otherwise the worker completes it when `body` returns. `ahead` hears of a job moments before
    /// it is due, so that what can be read by then need not be read in the hurry; it may be missed.
    package init<Payload>(
        _ kind: JobKind<Payload>,
        ahead: (@Sendable (Payload) async throws -> Void)? = nil,
        _ body: @escaping @Sendable (Payload, JobContext) async throws -> Void
    ) {
        self.kind = kind.name
        retry = kind.retry
        lease = kind.lease
        pool = kind.pool
        run = { context in
            try await body(try JSON.decode(Payload.self, from: context.job.payload), context)
        }
        if let ahead {
            self.ahead = { job in
                try await ahead(try JSON.decode(Payload.self, from: job.payload))
            }
        } else {
            self.ahead = nil
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
    let ending: JobEnding

    package var lease: Lease { Lease(job) }

    /// Finishes the job in the transaction of its last effect.
    package func complete(in tx: borrowing Transaction) throws {
        try queue.complete(lease, in: tx)
        try ending.settle(andGoOnIn: job.lane, tx)
    }

    /// Runs the job again at `dueAt` without counting a failure.
    package func postpone(until dueAt: Instant, in tx: borrowing Transaction) throws {
        try queue.postpone(lease, until: dueAt, in: tx)
        ending.settle()
    }

    /// Fails unless this worker still holds the job.
    package func confirmLease(in tx: borrowing Transaction) throws {
        guard try queue.isHeld(lease, lock: .rowLock, in: tx) else { throw JobError.leaseLost }
    }
}

/// How a handler ended its job by itself, and what comes next in the lane.
///
/// What it says counts only once the change is kept; a change may run more than once until it is.
final class JobEnding: Sendable {
    /// Leases the next job of a lane, as part of the change that ends the one before it.
    typealias Successor = @Sendable (String, borrowing Transaction) throws -> Job?

    private let state = Mutex<(isSettled: Bool, next: Job?)>((false, nil))
    private let successor: Successor?

    init(_ successor: Successor?) { self.successor = successor }

    /// Whether the handler completed or postponed the job.
    var isSettled: Bool { state.withLock(\.isSettled) }
    /// The lane's next job, leased with the end of this one.
    var next: Job? { state.withLock(\.next) }

    func settle() { state.withLock { $0 = (true, nil) } }

    func settle(andGoOnIn lane: String, _ tx: borrowing Transaction) throws {
        let next = try successor?(lane, tx)
        state.withLock { $0 = (true, next) }
    }
}
