package import Kernel
package import Logging
import ServiceLifecycle
package import Store

/// Runs due jobs until the process stops; lanes run side by side.
package struct JobWorker: Service {
    let database: Database
    let queue: JobQueue
    let handlers: [String: JobHandler]
    let logger: Logger
    let name: String
    /// Jobs that run at the same time.
    let width: Int
    /// Waits between renewals of a lease; tests move their clock here.
    let sleep: @Sendable (Duration) async throws -> Void
    /// Below 1 when faults are rehearsed: leases, beats and waits are as much shorter.
    let pace: Double

    package init(
        database: Database, queue: JobQueue, handlers: [JobHandler], logger: Logger,
        name: String, width: Int = 64, pace: Double = 1,
        sleep: @escaping @Sendable (Duration) async throws -> Void = {
            try await Task.sleep(for: $0)
        }
    ) {
        precondition(
            Set(handlers.map(\.kind)).count == handlers.count, "one handler for each kind")
        self.database = database
        self.queue = queue
        self.handlers = Dictionary(uniqueKeysWithValues: handlers.map { ($0.kind, $0) })
        self.logger = logger
        self.name = name
        self.width = width
        self.sleep = sleep
        self.pace = pace
    }

    /// The longest pause between looks at the queue; other nodes' work is noticed within it.
    static let longestPause = Duration.seconds(1)
    /// How long a stop waits for the jobs that run.
    static let drainTime = Duration.seconds(10)
    /// How often a live worker says so; `/readyz` fails when none has for a while.
    package static let beatInterval = Duration.seconds(2)
    /// A worker that has not beaten for so long has lost its jobs to others.
    package static let silence = Duration.seconds(15)

    package func run() async throws {
        let rings = queue.bell.rings()
        await beatOnce()
        _ = try? await database.write(.readCommitted) { [queue, name, database] tx in
            try queue.takeOver(from: name, everybody: database.engine == .sqlite, in: tx)
        }
        try await withGracefulShutdownHandler {
            try await withThrowingDiscardingTaskGroup { group in
                group.addTask { try await beat() }
                let slots = Slots(width)
                var wakes = rings.makeAsyncIterator()
                while !Task.isShuttingDownGracefully && !Task.isCancelled {
                    let jobs = await claim(limit: slots.free)
                    for job in jobs {
                        slots.take()
                        group.addTask {
                            await run(job)
                            slots.release()
                            queue.bell.ring()
                        }
                    }
                    if jobs.isEmpty { await pause(&wakes, isFull: slots.free == 0) }
                }
                // A stop drains; what takes too long is given back and proved by the next start.
                let patience = ContinuousClock.now.advanced(by: Self.drainTime)
                while slots.free < width, ContinuousClock.now < patience {
                    await queue.bell.wait(&wakes, atMost: .milliseconds(200))
                }
                group.cancelAll()
            }
        } onGracefulShutdown: {
            queue.bell.ring()
        }
    }

    /// Runs every job that is due now, one by one, and returns how many ran.
    ///
    /// For tests and tools.
    @discardableResult
    package func runDue(limit: Int = 1000) async -> Int {
        var count = 0
        while count < limit {
            let jobs = await claim(limit: 1)
            guard let job = jobs.first else { break }
            await run(job)
            count += 1
        }
        return count
    }

    private func claim(limit: Int) async -> [Job] {
        guard limit > 0 else { return [] }
        let kinds = handlers.mapValues { $0.lease * pace }
        do {
            return try await database.write(.readCommitted) { [queue, name, pace] tx in
                try queue.claim(
                    kinds: kinds, limit: limit, worker: name,
                    silence: max(Self.silence * pace, .seconds(1)), in: tx)
            }
        } catch {
            logger.error("cannot look for jobs", metadata: ["error": "\(error)"])
            try? await Task.sleep(for: .seconds(1))
            return []
        }
    }

    private func pause(_ wakes: inout AsyncStream<Void>.Iterator, isFull: Bool) async {
        // A job that ends rings the bell.
        if isFull { return await queue.bell.wait(&wakes, atMost: Self.longestPause) }
        let kinds = Array(handlers.keys)
        let next = try? await database.read { [queue] tx in
            try queue.nextDue(kinds: kinds, in: tx)
        }
        let wait = next.map { $0 - queue.surroundings.now() } ?? Self.longestPause
        await queue.bell.wait(
            &wakes, atMost: min(max(wait, .milliseconds(5)), Self.longestPause * pace))
    }

    private func run(_ job: Job) async {
        guard let handler = handlers[job.kind] else { return }
        let context = JobContext(job: job, database: database, queue: queue)
        do {
            // A job that takes the process down with it must not do so for ever.
            guard job.attempt <= handler.retry.attempts else {
                throw Problem(
                    .broken, code: "jobs.never-finished",
                    "It was started \(job.attempt - 1) times and never finished. Look for a "
                        + "crash in the log, then requeue it.")
            }
            try await holdingLease(of: context, handler)
            try await database.write(.readCommitted) { [queue] tx in
                // A handler that completed or postponed the job itself has left it unleased.
                let isOpen = try tx.exists(
                    """
                    SELECT 1 FROM job WHERE id = \(job.id) AND epoch = \(job.epoch)
                        AND state = 'leased'
                    """)
                if isOpen { try queue.complete(context.lease, in: tx) }
            }
        } catch JobError.leaseLost {
            logger.notice("lease lost", metadata: ["job": "\(job.id)", "kind": "\(job.kind)"])
        } catch is CancellationError {
            await giveBack(job)
        } catch {
            await record(error, of: job, handler)
        }
    }

    /// Runs the handler and renews its lease meanwhile; a lost lease cancels the handler.
    private func holdingLease(of context: JobContext, _ handler: JobHandler) async throws {
        try await withThrowingTaskGroup { group in
            group.addTask { try await handler.run(context) }
            group.addTask { try await renewing(context.lease, by: handler.lease * pace) }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private func renewing(_ lease: Lease, by duration: Duration) async throws {
        while true {
            try await sleep(duration / 3)
            let isHeld = try? await database.write(.readCommitted) { [queue] tx in
                try queue.renew(lease, by: duration, in: tx)
            }
            // No answer from the database says nothing about the lease: ask again.
            if isHeld == false, try await isTaken(lease) { throw JobError.leaseLost }
        }
    }

    /// Whether another worker holds the job, rather than the handler having finished it itself.
    private func isTaken(_ lease: Lease) async throws -> Bool {
        try await database.read { tx in
            try tx.exists(
                "SELECT 1 FROM job WHERE id = \(lease.job) AND epoch <> \(lease.epoch)")
        }
    }

    /// Frees a job that was stopped in the middle, so the next worker need not wait for its lease.
    private func giveBack(_ job: Job) async {
        let lease = Lease(job: job.id, epoch: job.epoch)
        try? await database.write(.readCommitted) { [queue] tx in
            try queue.postpone(lease, until: queue.surroundings.now(), in: tx)
        }
    }

    private func record(_ error: any Error, of job: Job, _ handler: JobHandler) async {
        let problem = Problem.presenting(error)
        logger.warning(
            "job failed",
            metadata: [
                "job": "\(job.id)", "kind": "\(job.kind)", "attempt": "\(job.attempt)",
                "error": "\(error)",
            ])
        do {
            try await database.write(.readCommitted) { [queue, pace] tx in
                try queue.fail(
                    job, reason: problem.message, policy: handler.retry.paced(pace), in: tx)
            }
        } catch {
            // The lease runs out and the job is tried again.
            logger.error("cannot record a failure", metadata: ["job": "\(job.id)"])
        }
    }

    private func beat() async throws {
        while !Task.isShuttingDownGracefully && !Task.isCancelled {
            await beatOnce()
            let pause = Self.beatInterval * pace
            // A stop must not wait for the next beat.
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: pause) }
        }
    }

    private func beatOnce() async {
        let now = queue.surroundings.now()
        _ = try? await database.write(.readCommitted) { [name, queue] tx in
            try tx.execute(
                """
                INSERT INTO worker_heartbeat (worker, beat_at) VALUES (\(name), \(now))
                ON CONFLICT (worker) DO UPDATE SET beat_at = excluded.beat_at
                """)
            try tx.execute("DELETE FROM worker_heartbeat WHERE beat_at < \(now - .hours(1))")
            try queue.prune(olderThan: .days(7), in: tx)
        }
    }

    /// Whether a worker has beaten within the last three intervals.
    package static func isAlive(at now: Instant, in tx: borrowing Transaction) throws -> Bool {
        let oldest = now - .milliseconds(beatInterval.inMilliseconds * 3)
        return try tx.exists("SELECT 1 FROM worker_heartbeat WHERE beat_at >= \(oldest) LIMIT 1")
    }
}
