package import Kernel
package import Store

/// Marks identifiers of jobs.
package enum JobTag {}
package typealias JobID = ID<JobTag>

/// Whose slots a kind of job takes, so that patient work never keeps work with a due time waiting.
package enum JobPool: String, Sendable, CaseIterable {
    /// People see when it happens.
    case prompt
    /// A minute later is as good.
    case ordinary
}

/// A kind of background work: its name, what it needs to know, and how it is retried.
package struct JobKind<Payload: Codable & Sendable>: Sendable {
    /// `slice.verb`, such as `publishing.send`.
    package let name: String
    package let retry: RetryPolicy
    /// How long a worker may hold the job before another takes it over.
    package let lease: Duration
    package let pool: JobPool

    package init(
        _ name: String, retry: RetryPolicy = .standard, lease: Duration = .seconds(60),
        pool: JobPool = .ordinary
    ) {
        self.name = name
        self.retry = retry
        self.lease = lease
        self.pool = pool
    }
}

/// When a failed job runs again, as a value.
package struct RetryPolicy: Sendable, Hashable {
    /// Attempts in all, the first included.
    package var attempts: Int
    /// The wait after the first failure; doubles each time.
    package var firstDelay: Duration
    /// No wait is longer.
    package var longestDelay: Duration

    package init(attempts: Int, firstDelay: Duration, longestDelay: Duration) {
        self.attempts = attempts
        self.firstDelay = firstDelay
        self.longestDelay = longestDelay
    }

    /// Eight attempts from two seconds to five minutes apart.
    package static let standard = RetryPolicy(
        attempts: 8, firstDelay: .seconds(2), longestDelay: .minutes(5))
    /// One attempt; a failure needs a person.
    package static let never = RetryPolicy(
        attempts: 1, firstDelay: .zero, longestDelay: .zero)
    /// Keeps trying, an hour apart at most; for work that must happen in the end.
    package static let persistent = RetryPolicy(
        attempts: 1000, firstDelay: .seconds(5), longestDelay: .hours(1))

    /// The same policy with waits `pace` times as long.
    func paced(_ pace: Double) -> RetryPolicy {
        RetryPolicy(
            attempts: attempts, firstDelay: firstDelay * pace, longestDelay: longestDelay * pace)
    }

    /// The wait before the attempt after `failures` failures, or nil when there is none left.
    ///
    /// `jitter` in 0..<1 spreads retries over the last quarter of the wait.
    package func delay(afterFailures failures: Int, jitter: Double) -> Duration? {
        guard failures < attempts else { return nil }
        let doublings = min(failures - 1, 30)
        let milliseconds = min(
            Double(firstDelay.inMilliseconds) * Double(1 << max(0, doublings)),
            Double(longestDelay.inMilliseconds))
        return .milliseconds(Int64(milliseconds * (0.75 + 0.25 * jitter)))
    }
}

/// A job as the queue stores it.
package struct Job: Sendable, RowReadable {
    /// Where a job stands.
    package enum State: String, Sendable, SQLConvertible, CaseIterable {
        case waiting
        case leased
        case done
        /// Failed for good; a person can read why and requeue it.
        case dead
    }

    package let id: JobID
    package let workspace: WorkspaceID?
    package let kind: String
    /// Jobs of one lane run one after another; lanes do not wait for each other.
    package let lane: String
    package let payload: String
    package let state: State
    package let dueAt: Instant
    package let attempt: Int
    /// Counts leases; a worker whose lease ran out can no longer write (fencing).
    package let epoch: Int
    package let lastError: String?
    package let createdAt: Instant
    package let finishedAt: Instant?
    /// The `traceparent` of the request or job that asked for this one.
    package let trace: String?

    package init(row: Row) throws {
        id = try row("id")
        workspace = try row("workspace_id")
        kind = try row("kind")
        lane = try row("lane")
        payload = try row("payload")
        state = try row("state")
        dueAt = try row("due_at")
        attempt = try row("attempt")
        epoch = try row("epoch")
        lastError = try row("last_error")
        createdAt = try row("created_at")
        finishedAt = try row("finished_at")
        trace = try row("trace")
    }
}

/// A worker's right to finish one job; void once another worker has leased the job.
package struct Lease: Sendable, Hashable {
    package let job: JobID
    package let epoch: Int

    package init(job: JobID, epoch: Int) {
        self.job = job
        self.epoch = epoch
    }

    /// The lease under which a worker has taken this job.
    init(_ job: Job) { self.init(job: job.id, epoch: job.epoch) }
}
