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
    /// Jobs that run at the same time, of each pool.
    let width: [JobPool: Int]
    /// Waits between renewals of a lease; tests move their clock here.
    let sleep: @Sendable (Duration) async throws -> Void
    private let running = Running()
    /// Below 1 when faults are rehearsed: leases, beats and waits are as much shorter.
    let pace: Double
    /// Hears of each attempt.
    let observe: @Sendable (JobRun) -> Void
    /// Whether everything waits because this may not be the program that is to do it.
    let isHeld: @Sendable () -> Bool

    package init(
        database: Database, queue: JobQueue, handlers: [JobHandler], logger: Logger,
        name: String, width: [JobPool: Int] = JobWorker.standardWidth, pace: Double = 1,
        isHeld: @escaping @Sendable () -> Bool = { false },
        sleep: @escaping @Sendable (Duration) async throws -> Void = {
            try await Task.sleep(for: $0)
        },
        observe: @escaping @Sendable (JobRun) -> Void = { _ in }
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
        self.observe = observe
        self.isHeld = isHeld
    }

    /// A job that waits for a server costs little, so a few hundred dead servers stop nobody.
    package static let standardWidth: [JobPool: Int] = [.prompt: 512, .ordinary: 64]
    /// The shortest time between looks at the queue: each reads all that is due, and every job that
    /// ends rings for one.
    static let breath = Duration.milliseconds(20)
    /// The longest pause between looks at the queue; other nodes' work is noticed within it.
    static let longestPause = Duration.seconds(1)
    /// How long before it is due a job may be got ready, and how many at a time.
    static let foresight = Duration.seconds(3)
    static let mostAhead = 2000
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
        let slots = Slots(width)
        queue.hush.follow(slots)
        try await withGracefulShutdownHandler {
            try await withThrowingDiscardingTaskGroup { group in
                group.addTask { try await beat() }
                group.addTask { await lookAhead() }
                var wakes = rings.makeAsyncIterator()
                while !Task.isShuttingDownGracefully && !Task.isCancelled {
                    if isHeld() {
                        await queue.bell.wait(&wakes, atMost: Self.longestPause)
                        continue
                    }
                    let look = queue.surroundings.now()
                    let jobs = await claim { slots.free($0) }
                    let nextLook = ContinuousClock.now + Self.breath
                    for job in jobs {
                        let pool = pool(of: job)
                        slots.take(pool)
                        group.addTask {
                            await runLane(from: job, slots)
                            slots.release(pool)
                            queue.bell.ring()
                        }
                    }
                    if jobs.isEmpty { await pause(&wakes, slots, after: look) }
                    try? await Task.sleep(until: nextLook, clock: .continuous)
                }
                // A stop drains; what takes too long is given back and proved by the next start.
                let patience = ContinuousClock.now.advanced(by: Self.drainTime)
                while !slots.areAllFree, ContinuousClock.now < patience {
                    await queue.bell.wait(&wakes, atMost: .milliseconds(200))
                }
                group.cancelAll()
            }
        } onGracefulShutdown: {
            slots.stop()
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
            // One at a time over all pools, in the order of due times.
            let jobs = await claim([(leases { _ in true }, 1)])
            guard let job = jobs.first else { break }
            await run(job)
            count += 1
        }
        return count
    }

    private func pool(of job: Job) -> JobPool { handlers[job.kind]?.pool ?? .ordinary }

    /// How long each kind of job may be held.
    private func leases(where isWanted: (JobHandler) -> Bool) -> [String: Duration] {
        handlers.filter { isWanted($0.value) }.mapValues { $0.lease * pace }
    }

    /// Takes what is due, as much of each pool as there are slots.
    private func claim(_ free: (JobPool) -> Int) async -> [Job] {
        await claim(JobPool.allCases.map { pool in (leases { $0.pool == pool }, free(pool)) })
    }

    private func claim(_ wanted: [(kinds: [String: Duration], limit: Int)]) async -> [Job] {
        let wanted = wanted.filter { $0.limit > 0 && !$0.kinds.isEmpty }
        guard !wanted.isEmpty else { return [] }
        do {
            return try await taking { [queue, name, pace] own, tx in
                var jobs: [Job] = []
                for (kinds, limit) in wanted {
                    jobs += try queue.claim(
                        kinds: kinds, limit: limit, worker: name,
                        silence: max(Self.silence * pace, .seconds(1)), except: own, in: tx)
                }
                return jobs
            }
        } catch {
            logger.error("cannot look for jobs", metadata: ["error": "\(error)"])
            try? await Task.sleep(for: .seconds(1))
            return []
        }
    }

    /// Makes a change that takes jobs; they count as running from the moment they are taken, since the
    /// next look may come before they start, and no longer when the change is not known to be kept.
    ///
    /// The change hears what runs, without what its earlier tries have taken.
    private func taking(
        _ body: @escaping @Sendable (Set<JobID>, borrowing Transaction) throws -> [Job]
    ) async throws -> [Job] {
        let taken = Taken()
        do {
            let jobs = try await database.write(.readCommitted) { [running] tx in
                let jobs = try body(running.all(but: taken.all()), tx)
                taken.insert(jobs.map(\.id))
                running.insert(jobs.map(\.id))
                return jobs
            }
            running.remove(taken.all(but: jobs.map(\.id)))
            return jobs
        } catch {
            running.remove(taken.all())
            throw error
        }
    }

    private func pause(
        _ wakes: inout AsyncStream<Void>.Iterator, _ slots: Slots, after look: Instant
    ) async {
        // What has no slot is not waited for: a job that ends rings the bell.
        let kinds = handlers.values.filter { slots.free($0.pool) > 0 }.map(\.kind).sorted()
        if kinds.isEmpty { return await queue.bell.wait(&wakes, atMost: Self.longestPause) }
        let next = try? await database.read { [queue] tx in
            try queue.nextDue(kinds: kinds, after: look, in: tx)
        }
        let wait = next.map { $0 - queue.surroundings.now() } ?? Self.longestPause
        await queue.bell.wait(
            &wakes, atMost: min(max(wait, .milliseconds(5)), Self.longestPause * pace))
    }

    /// Runs a job, and then those that are due behind it in its lane.
    ///
    /// Stops as soon as other lanes wait for slots.
    private func runLane(from first: Job, _ slots: Slots) async {
        let pool = pool(of: first)
        let kinds = leases { $0.pool == pool }
        var job: Job? = first
        while let current = job {
            slots.note(pool)
            let taken = Taken()
            let ending = JobEnding { [queue, name, isHeld, running] lane, tx in
                guard slots.free(pool) > 0, !isHeld(), !slots.isStopping else { return nil }
                let next = try queue.claimNext(inLane: lane, kinds: kinds, worker: name, in: tx)
                taken.insert([next?.id].compactMap(\.self))
                running.insert([next?.id].compactMap(\.self))
                return next
            }
            let outcome = await run(current, ending)
            job = await kept(ending.next, after: current, outcome)
            running.remove(taken.all(but: [job?.id].compactMap(\.self)))
        }
    }

    /// What the end of a job took, unless that change was not kept or everything is to stop.
    ///
    /// The end and the taking are one change. So when its answer is not known, the ended job tells: the
    /// next one alone may be held by somebody else, who took it after this change was undone.
    private func kept(
        _ next: Job?, after ended: Job, _ outcome: JobRun.Outcome?
    ) async -> Job? {
        guard let next else { return nil }
        if outcome != .done {
            let isKept = try? await database.read { [queue] tx in
                let isOurs = try queue.isHeld(Lease(next), in: tx)
                return try isOurs && queue.isDone(Lease(ended), in: tx)
            }
            guard isKept == true else { return nil }
        }
        guard !Task.isCancelled else {
            await giveBack(next)
            return nil
        }
        return next
    }

    @discardableResult
    private func run(_ job: Job, _ ending: JobEnding = JobEnding(nil)) async -> JobRun.Outcome? {
        defer { running.remove([job.id]) }
        guard let handler = handlers[job.kind] else { return nil }
        let trace = TraceContext.following(job.trace, queue.surroundings)
        let start = ContinuousClock.now
        let waited = queue.surroundings.now() - job.dueAt
        let context = JobContext(job: job, database: database, queue: queue, ending: ending)
        let outcome = await TraceContext.$current.withValue(trace) { await run(context, handler) }
        observe(
            JobRun(
                kind: job.kind, outcome: outcome, waited: max(.zero, waited),
                duration: ContinuousClock.now - start))
        return outcome
    }

    private func run(_ context: JobContext, _ handler: JobHandler) async -> JobRun.Outcome {
        let job = context.job
        do {
            // A job that takes the process down with it must not do so for ever.
            guard job.attempt <= handler.retry.attempts else {
                throw Problem(
                    .broken, code: "jobs.never-finished",
                    "It was started \(job.attempt - 1) times and never finished. Look for a "
                        + "crash in the log, then requeue it.")
            }
            try await holdingLease(of: context, handler)
            if !context.ending.isSettled {
                try await database.write(.readCommitted) { tx in try context.complete(in: tx) }
            }
            return .done
        } catch JobError.leaseLost {
            logger.notice("lease lost", metadata: ["job": "\(job.id)", "kind": "\(job.kind)"])
            return .lost
        } catch is CancellationError {
            await giveBack(job)
            return .givenBack
        } catch {
            await record(error, of: job, handler)
            return .failed
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
        let lease = Lease(job)
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

    /// Tells handlers what is due within moments, each job once.
    private func lookAhead() async {
        var told: Set<JobID> = []
        while !Task.isShuttingDownGracefully && !Task.isCancelled {
            told = await getReady(but: told)
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: Self.longestPause) }
        }
    }

    /// Lets handlers get ready what is due within moments, and returns what that was.
    @discardableResult
    package func getReady(but told: Set<JobID> = []) async -> Set<JobID> {
        let kinds = handlers.values.filter { $0.ahead != nil }.map(\.kind).sorted()
        guard !kinds.isEmpty, !isHeld() else { return [] }
        let now = queue.surroundings.now()
        let soon = try? await database.read { [queue] tx in
            try queue.soon(
                kinds: kinds, after: now, until: now + Self.foresight, limit: Self.mostAhead,
                in: tx)
        }
        let jobs = soon ?? []
        for job in jobs where !told.contains(job.id) {
            // What cannot be got ready now is read when it is due.
            try? await handlers[job.kind]?.ahead?(job)
        }
        return Set(jobs.map(\.id))
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
        _ = try? await database.write(.readCommitted) { [name, queue, running] tx in
            try queue.letGo(of: name, where: { !running.contains($0) }, in: tx)
            try tx.execute(
                """
                INSERT INTO worker_heartbeat (worker, beat_at) VALUES (\(name), \(now))
                ON CONFLICT (worker) DO UPDATE SET beat_at = excluded.beat_at
                """)
            try tx.execute("DELETE FROM worker_heartbeat WHERE beat_at < \(now - .hours(1))")
            try queue.prune(olderThan: JobQueue.memory, in: tx)
        }
    }

    /// When any worker last said that it lives; nil when none has for an hour.
    package static func lastBeat(in tx: borrowing Transaction) throws -> Instant? {
        try tx.scalar(Instant.self, "SELECT MAX(beat_at) FROM worker_heartbeat")
    }

    /// Whether a worker has beaten within the last three intervals.
    package static func isAlive(at now: Instant, in tx: borrowing Transaction) throws -> Bool {
        let oldest = now - .milliseconds(beatInterval.inMilliseconds * 3)
        return try tx.exists("SELECT 1 FROM worker_heartbeat WHERE beat_at >= \(oldest) LIMIT 1")
    }
}
