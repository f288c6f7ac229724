package import Kernel
package import Store
import Synchronization

/// The durable queue: enqueue inside the transaction of the change that needs the work.
package struct JobQueue: Sendable {
    let surroundings: Surroundings
    let bell: Bell
    /// When work that can wait a moment waits for prompt jobs of this process.
    package let hush = Hush()

    package init(surroundings: Surroundings, bell: Bell = Bell()) {
        self.surroundings = surroundings
        self.bell = bell
    }

    /// What waits, in the order of due times.
    private static let due: SQL = .indexed(by: "job_due")
    /// What runs.
    private static let leased: SQL = .indexed(by: "job_lane")

    /// Wakes the worker of this process, to look at what waits.
    package func ring() { bell.ring() }

    /// What workers of other processes are told when there is something to do at once.
    package static let signal = "jobs"

    /// Wakes the workers; what is due later they find by themselves.
    private func wake(for dueAt: Instant, _ tx: borrowing Transaction) {
        bell.ring()
        if dueAt <= surroundings.now() + JobWorker.longestPause { tx.signal(Self.signal) }
    }

    /// Adds a job; it becomes visible when the caller's transaction commits.
    ///
    /// While a job with the same `key` waits, that one is moved to the earlier due time instead of
    /// adding a second. A job that runs already does not count: it may have read too early.
    @discardableResult
    package func enqueue<Payload>(
        _ kind: JobKind<Payload>, _ payload: Payload, workspace: WorkspaceID?, lane: String,
        dueAt: Instant, key: String? = nil, in tx: borrowing Transaction
    ) throws -> JobID {
        try enqueue(
            kind: kind.name, payload: try JSON.text(payload), workspace: workspace, lane: lane,
            dueAt: dueAt, key: key, in: tx)
    }

    @discardableResult
    func enqueue(
        kind: String, payload: String, workspace: WorkspaceID?, lane: String, dueAt: Instant,
        key: String?, in tx: borrowing Transaction
    ) throws -> JobID {
        let now = surroundings.now()
        let id: JobID = surroundings.newID()
        let row = try tx.first(
            """
            INSERT INTO job (id, workspace_id, kind, lane, payload, state, due_at, attempt, epoch,
                dedupe_key, created_at, trace)
            VALUES (\(id), \(workspace), \(kind), \(lane), \(payload), 'waiting', \(dueAt), 0, 0,
                \(key), \(now), \(TraceContext.current?.traceparent))
            ON CONFLICT (dedupe_key) WHERE state = 'waiting' DO UPDATE
                SET due_at = \(.least("job.due_at", "excluded.due_at"))
            RETURNING id
            """)
        guard let row else { throw StoreError.noRow }
        wake(for: dueAt, tx)
        return try row("id")
    }

    /// A job for the moment, to be added with others.
    struct Draft {
        let kind: String
        let payload: String
        let lane: String
    }

    /// Adds jobs that are due now and have no keys, at once.
    func enqueue(
        _ drafts: [Draft], workspace: WorkspaceID?, in tx: borrowing Transaction
    ) throws {
        guard !drafts.isEmpty else { return }
        let now = surroundings.now()
        let trace = TraceContext.current?.traceparent
        let rows: [SQL] = drafts.map { draft in
            let id: JobID = surroundings.newID()
            return """
                (\(id), \(workspace), \(draft.kind), \(draft.lane), \(draft.payload), 'waiting',
                    \(now), 0, 0, \(now), \(trace))
                """
        }
        try tx.execute(
            """
            INSERT INTO job (id, workspace_id, kind, lane, payload, state, due_at, attempt, epoch,
                created_at, trace)
            VALUES \(.joined(rows, separator: ", "))
            """)
        wake(for: now, tx)
    }

    /// Removes waiting jobs by their keys.
    package func cancel(keys: [String], in tx: borrowing Transaction) throws {
        try tx.execute(
            """
            DELETE FROM job \(.indexed(by: "job_dedupe"))
            WHERE dedupe_key IN \(.list(keys)) AND state = 'waiting'
            """)
    }

    /// Removes a waiting job by its key; returns whether there was one.
    @discardableResult
    package func cancel(key: String, in tx: borrowing Transaction) throws -> Bool {
        try tx.execute(
            "DELETE FROM job WHERE dedupe_key = \(key) AND state = 'waiting'") > 0
    }

    /// Leases up to `limit` due jobs, at most one per lane, never two in one lane at a time.
    ///
    /// A lease counts until it runs out, or until its worker has not beaten for `silence`. What the
    /// worker runs itself (`except`) is its own whatever the clock says: a clock that jumps ahead ends
    /// every lease on paper, and no work.
    package func claim(
        kinds: [String: Duration], limit: Int, worker: String,
        silence: Duration = JobWorker.silence, except running: Set<JobID> = [],
        in tx: borrowing Transaction
    ) throws -> [Job] {
        guard !kinds.isEmpty else { return [] }
        let now = surroundings.now()
        // One claim at a time sees all earlier ones, so a lane can never start twice.
        try tx.takeTurn("jobs.claim")
        let lost = try lost(kinds, limit, now - silence, except: running, in: tx)
        let waiting = try waiting(kinds, limit - lost.count, in: tx)
        let due = lost + waiting
        var byLease: [Duration: [JobID]] = [:]
        for row in due {
            byLease[kinds[try row("kind")] ?? .seconds(60), default: []].append(try row("id"))
        }
        var claimed: [Job] = []
        for (lease, ids) in byLease {
            do {
                claimed += try take(ids, until: now + lease, worker: worker, in: tx)
            } catch StoreError.constraint(.unique, _) {
                // Another worker has just gone on in one of the lanes: take the others.
                for id in ids {
                    let one = try? take([id], until: now + lease, worker: worker, in: tx)
                    claimed += one ?? []
                }
            }
        }
        return claimed.sorted { ($0.dueAt, $0.id.text) < ($1.dueAt, $1.id.text) }
    }

    /// Jobs whose lease ran out, or whose worker fell silent.
    ///
    /// Every condition is asked again of a row that changed until it was locked: another worker may
    /// just have gone on in the lane.
    private func lost(
        _ kinds: [String: Duration], _ limit: Int, _ beaten: Instant, except running: Set<JobID>,
        in tx: borrowing Transaction
    ) throws -> [Row] {
        let own: SQL =
            running.isEmpty ? "" : "AND id NOT IN \(.list(running.map(\.text).sorted()))"
        return try tx.rows(
            """
            SELECT id, kind FROM job \(Self.leased)
            WHERE state = 'leased' AND kind IN \(.list(kinds.keys.sorted())) \(own)
                AND (lease_until <= \(surroundings.now()) OR EXISTS (
                    SELECT 1 FROM worker_heartbeat AS beat
                    WHERE beat.worker = job.worker AND beat.beat_at < \(beaten)))
            ORDER BY due_at, id LIMIT \(limit)
            \(.claimLock)
            """)
    }

    /// The first due job of each lane in which none runs, in the order of due times.
    private func waiting(
        _ kinds: [String: Duration], _ limit: Int, in tx: borrowing Transaction
    ) throws -> [Row] {
        let names: SQL = .list(kinds.keys.sorted())
        return try tx.rows(
            """
            SELECT id, kind FROM job \(Self.due)
            WHERE state = 'waiting' AND due_at <= \(surroundings.now()) AND kind IN \(names)
                AND NOT EXISTS (SELECT 1 FROM job AS busy
                    WHERE busy.lane = job.lane AND busy.state = 'leased')
                AND NOT EXISTS (SELECT 1 FROM job AS ahead
                    WHERE ahead.lane = job.lane AND ahead.state = 'waiting'
                        AND (ahead.due_at, ahead.id) < (job.due_at, job.id)
                        AND ahead.kind IN \(names))
            ORDER BY due_at, id LIMIT \(limit)
            \(.claimLock)
            """)
    }

    /// Whether a lease counts, as far as the database knows.
    ///
    /// `lock` keeps it so until the end of the transaction.
    func isHeld(_ lease: Lease, lock: SQL = "", in tx: borrowing Transaction) throws -> Bool {
        try tx.exists(
            """
            SELECT 1 FROM job WHERE id = \(lease.job) AND epoch = \(lease.epoch)
                AND state = 'leased' \(lock)
            """)
    }

    /// Whether the holder of this lease has ended the job.
    func isDone(_ lease: Lease, in tx: borrowing Transaction) throws -> Bool {
        try tx.exists(
            """
            SELECT 1 FROM job WHERE id = \(lease.job) AND epoch = \(lease.epoch)
                AND state = 'done'
            """)
    }

    /// Leases the next due job of a lane that has just become free; nil when there is none.
    ///
    /// Cheaper than a whole look at the queue, and it keeps a long lane going.
    func claimNext(
        inLane lane: String, kinds: [String: Duration], worker: String, in tx: borrowing Transaction
    ) throws -> Job? {
        let now = surroundings.now()
        let row = try tx.first(
            """
            SELECT id, kind, due_at FROM job
            WHERE lane = \(lane) AND state = 'waiting' AND due_at <= \(now)
                AND kind IN \(.list(kinds.keys.sorted()))
                AND NOT EXISTS (SELECT 1 FROM job AS busy
                    WHERE busy.lane = \(lane) AND busy.state = 'leased')
            ORDER BY due_at, id LIMIT 1
            \(.rowLock)
            """)
        // Waiting instead of skipping: behind a job that is just being taken stands no next one.
        guard let row else { return nil }
        let lease = kinds[try row("kind")] ?? .seconds(60)
        do {
            return try take([try row("id")], until: now + lease, worker: worker, in: tx).first
        } catch StoreError.constraint(.unique, _) {
            return nil
        }
    }

    /// Leases these jobs or, when another worker took one of their lanes meanwhile, none.
    private func take(
        _ ids: [JobID], until end: Instant, worker: String, in tx: borrowing Transaction
    ) throws -> [Job] {
        let lease: SQL = """
            UPDATE job SET state = 'leased', attempt = attempt + 1, epoch = epoch + 1,
                lease_until = \(end), worker = \(worker)
            WHERE id IN \(.list(ids)) RETURNING *
            """
        // SQLite undoes a statement that fails by itself, and has one worker anyway.
        guard tx.engine == .postgres else { return try tx.all(Job.self, lease) }
        return try tx.savepoint { tx in try tx.all(Job.self, lease) }
    }

    /// Ends the leases of workers that cannot be alive: this one's earlier self, or, where the
    /// database belongs to one process, everybody's.
    package func takeOver(
        from worker: String, everybody: Bool, in tx: borrowing Transaction
    ) throws {
        try tx.execute(
            """
            UPDATE job \(Self.leased) SET lease_until = \(surroundings.now())
            WHERE state = 'leased' AND (\(everybody) OR worker = \(worker))
            """)
    }

    /// Ends the leases that a worker has on paper only: of jobs that it does not run.
    ///
    /// The database may have kept a claim whose answer was lost, or missed the end of a job. The
    /// worker notes what it takes before the commit, so what it does not know when it sees the lease,
    /// it does not run.
    func letGo(
        of worker: String, where isIdle: (JobID) -> Bool, in tx: borrowing Transaction
    ) throws {
        let held = try tx.rows(
            """
            SELECT id, epoch FROM job \(Self.leased)
            WHERE state = 'leased' AND worker = \(worker)
            """)
        for row in held {
            let (id, epoch) = (try row("id", as: JobID.self), try row("epoch", as: Int64.self))
            guard isIdle(id) else { continue }
            try tx.execute(
                """
                UPDATE job SET lease_until = \(surroundings.now())
                WHERE id = \(id) AND epoch = \(epoch) AND state = 'leased'
                """)
        }
    }

    /// Prolongs a lease; false when another worker holds the job by now.
    package func renew(
        _ lease: Lease, by duration: Duration, in tx: borrowing Transaction
    ) throws -> Bool {
        try tx.execute(
            """
            UPDATE job SET lease_until = \(surroundings.now() + duration)
            WHERE id = \(lease.job) AND epoch = \(lease.epoch) AND state = 'leased'
            """) == 1
    }

    /// Marks the job done, in the transaction of its last effect.
    ///
    /// Throws `JobError.leaseLost` when another worker holds the job, which undoes that effect.
    package func complete(_ lease: Lease, in tx: borrowing Transaction) throws {
        let changed = try tx.execute(
            """
            UPDATE job SET state = 'done', finished_at = \(surroundings.now()),
                lease_until = NULL, last_error = NULL
            WHERE id = \(lease.job) AND epoch = \(lease.epoch) AND state = 'leased'
            """)
        guard changed == 1 else { throw JobError.leaseLost }
    }

    /// Puts the job back for `dueAt` without counting a failure.
    package func postpone(
        _ lease: Lease, until dueAt: Instant, in tx: borrowing Transaction
    ) throws {
        if try isSuperseded(lease, in: tx) { return try complete(lease, in: tx) }
        let changed = try tx.execute(
            """
            UPDATE job SET state = 'waiting', due_at = \(dueAt), lease_until = NULL,
                attempt = attempt - 1
            WHERE id = \(lease.job) AND epoch = \(lease.epoch) AND state = 'leased'
            """)
        guard changed == 1 else { throw JobError.leaseLost }
        wake(for: dueAt, tx)
    }

    /// Records a failure: another try later, or a dead letter.
    package func fail(
        _ job: Job, reason: String, policy: RetryPolicy, in tx: borrowing Transaction
    ) throws {
        let jitter = Double(surroundings.randomBytes(1).first ?? 0) / 256
        let now = surroundings.now()
        let lease = Lease(job)
        if try isSuperseded(lease, in: tx) { return try complete(lease, in: tx) }
        let delay = policy.delay(afterFailures: job.attempt, jitter: jitter)
        let state: Job.State = delay == nil ? .dead : .waiting
        try tx.execute(
            """
            UPDATE job SET state = \(state), due_at = \(now + (delay ?? .zero)),
                lease_until = NULL, last_error = \(String(reason.prefix(2000))),
                finished_at = \(delay == nil ? now : nil)
            WHERE id = \(job.id) AND epoch = \(job.epoch) AND state = 'leased'
            """)
    }

    /// Whether a newer job with the same key waits, which makes another try of this one needless.
    private func isSuperseded(_ lease: Lease, in tx: borrowing Transaction) throws -> Bool {
        try tx.exists(
            """
            SELECT 1 FROM job AS newer JOIN job AS this ON this.dedupe_key = newer.dedupe_key
            WHERE this.id = \(lease.job) AND newer.state = 'waiting' AND newer.id <> this.id
            """)
    }

    /// Gives a dead job a fresh set of attempts, now.
    package func requeue(_ id: JobID, in tx: borrowing Transaction) throws {
        let changed = try tx.execute(
            """
            UPDATE job SET state = 'waiting', attempt = 0, dedupe_key = NULL, due_at = \(surroundings.now()),
                finished_at = NULL
            WHERE id = \(id) AND state = 'dead'
            """)
        guard changed == 1 else { throw Problem.notFound("failed job") }
        wake(for: surroundings.now(), tx)
    }

    /// When the next job of these kinds becomes due after a look, or a lease runs out; nil when none
    /// waits.
    ///
    /// What was due at the look is not asked for: whoever holds its lane rings when it is free.
    package func nextDue(
        kinds: [String], after look: Instant, in tx: borrowing Transaction
    ) throws -> Instant? {
        let leased = try tx.scalar(
            Instant.self,
            """
            SELECT MIN(lease_until) AS ending FROM job \(Self.leased)
            WHERE state = 'leased' AND kind IN \(.list(kinds))
            """)
        // In the order of the index, so that a hundred thousand later ones are not looked at.
        let waiting = try tx.scalar(
            Instant.self,
            """
            SELECT due_at FROM job \(Self.due)
            WHERE state = 'waiting' AND due_at > \(look) AND kind IN \(.list(kinds))
                AND NOT EXISTS (SELECT 1 FROM job AS busy
                    WHERE busy.lane = job.lane AND busy.state = 'leased')
            ORDER BY due_at LIMIT 1
            """)
        return [leased, waiting].compactMap(\.self).min()
    }

    /// What of these kinds is due between two moments, the first of it.
    func soon(
        kinds: [String], after now: Instant, until end: Instant, limit: Int,
        in tx: borrowing Transaction
    ) throws -> [Job] {
        try tx.all(
            Job.self,
            """
            SELECT * FROM job \(Self.due)
            WHERE state = 'waiting' AND due_at > \(now) AND due_at <= \(end)
                AND kind IN \(.list(kinds))
            ORDER BY due_at, id LIMIT \(limit)
            """)
    }

    /// Jobs in one state, newest first.
    package func list(
        _ state: Job.State, workspace: WorkspaceID?, limit: Int, in tx: borrowing Transaction
    ) throws -> [Job] {
        try tx.all(
            Job.self,
            """
            SELECT * FROM job WHERE state = \(state)
                AND (CAST(\(workspace) AS TEXT) IS NULL OR workspace_id = \(workspace))
            ORDER BY created_at DESC, id DESC LIMIT \(limit)
            """)
    }

    /// How long finished jobs are kept.
    package static let memory: Duration = .days(7)

    /// Forgets finished jobs older than `age`.
    package func prune(olderThan age: Duration, in tx: borrowing Transaction) throws {
        try tx.execute(
            "DELETE FROM job WHERE state = 'done' AND finished_at < \(surroundings.now() - age)")
    }

    /// Forgets every job and event of a workspace that is being deleted.
    package func forget(_ workspace: WorkspaceID, in tx: borrowing Transaction) throws {
        try tx.execute("DELETE FROM job WHERE workspace_id = \(workspace)")
        try tx.execute("DELETE FROM event WHERE workspace_id = \(workspace)")
        try tx.execute("DELETE FROM audit_head WHERE workspace_id = \(workspace)")
    }
}

/// What a job's effect can run into.
package enum JobError: Error, Sendable {
    /// Another worker has taken the job over; nothing of this attempt may be kept.
    case leaseLost
}

/// Wakes workers of this process as soon as work is enqueued.
package final class Bell: Sendable {
    private let waiting = Mutex<[AsyncStream<Void>.Continuation]>([])

    package init() {}

    /// Wakes the workers.
    package func ring() {
        for continuation in waiting.withLock({ $0 }) { continuation.yield() }
    }

    /// A stream that yields after each ring; rings while nobody looks count once.
    func rings() -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: Void.self, bufferingPolicy: .bufferingNewest(1))
        waiting.withLock { $0.append(continuation) }
        return stream
    }
}
