import Kernel
import Store
import TestSupport
import Testing

@testable import Jobs

/// One queue on a fresh database with a clock that moves only when told to.
struct QueueWorld {
    static let start = Instant(milliseconds: 1_795_424_400_000)
    static let kind = JobKind<Work>(
        "test.work",
        retry: RetryPolicy(attempts: 3, firstDelay: .seconds(8), longestDelay: .hours(1)))
    static let kinds = ["test.work": Duration.seconds(60)]

    struct Work: Codable, Sendable, Equatable {
        var name: String
    }

    let db: Database
    let clock: ManualClock
    let queue: JobQueue

    static func with(_ engine: Engine, _ body: (QueueWorld) async throws -> Void) async throws {
        try await TestDatabase.with(engine, JobsSchema.migrations) { db in
            let clock = ManualClock(start)
            let queue = JobQueue(surroundings: clock.surroundings(seed: 1))
            try await body(QueueWorld(db: db, clock: clock, queue: queue))
        }
    }

    @discardableResult
    func add(
        _ name: String, lane: String, after delay: Duration = .zero, key: String? = nil
    ) async throws -> JobID {
        let dueAt = clock.now + delay
        return try await db.write { [queue] tx in
            try queue.enqueue(
                Self.kind, Work(name: name), workspace: nil, lane: lane, dueAt: dueAt, key: key,
                in: tx)
        }
    }

    func claim(_ limit: Int = 10, worker: String = "w1") async throws -> [Job] {
        try await db.write(.readCommitted) { [queue] tx in
            try queue.claim(kinds: Self.kinds, limit: limit, worker: worker, in: tx)
        }
    }

    func beat(_ worker: String) async throws {
        let now = clock.now
        try await db.write { tx in
            try tx.execute(
                "INSERT INTO worker_heartbeat (worker, beat_at) VALUES (\(worker), \(now))")
        }
    }

    func complete(_ job: Job) async throws {
        try await db.write(.readCommitted) { [queue] tx in
            try queue.complete(Lease(job: job.id, epoch: job.epoch), in: tx)
        }
    }

    func fail(_ job: Job, policy: RetryPolicy = kind.retry) async throws {
        try await db.write(.readCommitted) { [queue] tx in
            try queue.fail(job, reason: "the network said no", policy: policy, in: tx)
        }
    }

    func list(_ state: Job.State) async throws -> [Job] {
        try await db.read { [queue] tx in
            try queue.list(state, workspace: nil, limit: 1_000, in: tx)
        }
    }

    static func names(_ jobs: [Job]) throws -> [String] {
        try jobs.map { try JSON.decode(Work.self, from: $0.payload).name }
    }
}

@Suite struct `The queue` {
    @Test(arguments: TestDatabase.engines)
    func `says when to look again: the first that waits for nobody, or a lease that ends`(
        engine: Engine
    ) async throws {
        try await QueueWorld.with(engine) { world in
            func next() async throws -> Instant? {
                try await world.db.read { [queue = world.queue] tx in
                    try queue.nextDue(
                        kinds: Array(QueueWorld.kinds.keys),
                        after: queue.surroundings.now() - .milliseconds(1), in: tx)
                }
            }
            #expect(try await next() == nil)
            try await world.add("later", lane: "b", after: .minutes(10))
            #expect(try await next() == world.clock.now + .minutes(10))
            try await world.add("now", lane: "a")
            try await world.add("behind it", lane: "a")
            #expect(try await next() == world.clock.now)
            _ = try await world.claim(1)
            // Its lane is taken: only the end of the lease is worth a look.
            #expect(try await next() == world.clock.now + .seconds(60))
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `a worker that has fallen silent loses its jobs before their leases end`(
        engine: Engine
    ) async throws {
        try await QueueWorld.with(engine) { world in
            try await world.add("a", lane: "a")
            let first = try await world.claim(worker: "w1")
            try await world.beat("w1")
            world.clock.advance(by: .seconds(14))
            #expect(try await world.claim(worker: "w2").isEmpty)
            world.clock.advance(by: .seconds(2))
            let second = try await world.claim(worker: "w2")
            #expect(try QueueWorld.names(second) == ["a"])
            await #expect(throws: JobError.leaseLost) { try await world.complete(first[0]) }
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `a worker lets go of what it holds on paper only`(engine: Engine) async throws {
        try await QueueWorld.with(engine) { world in
            try await world.add("a", lane: "a")
            try await world.add("b", lane: "b")
            let taken = try await world.claim(worker: "w1")
            let runs = try #require(taken.first { $0.lane == "a" })
            // The answer to the claim of the other was lost, so nobody runs it.
            try await world.db.write { [queue = world.queue] tx in
                try queue.letGo(of: "w1", where: { $0 != runs.id }, in: tx)
                try queue.letGo(of: "w2", where: { _ in true }, in: tx)
            }
            let again = try await world.claim(worker: "w1")
            #expect(try QueueWorld.names(again) == ["b"])
            try await world.complete(runs)
        }
    }

    @Test func `a job that two changes took runs until both let it go`() throws {
        let (running, taken) = (Running(), Taken())
        let (a, b) = (
            try #require(JobID("00000000-0000-7000-8000-000000000001")),
            try #require(JobID("00000000-0000-7000-8000-000000000002"))
        )
        running.insert([a])
        taken.insert([a, b])
        running.insert([a, b])
        running.remove(taken.all(but: [b]))
        #expect(running.all() == [a, b])
        #expect(running.all(but: [a]) == [b])
        running.remove([a])
        running.remove([b])
        #expect(running.all().isEmpty && !running.contains(a))
    }

    @Test(arguments: TestDatabase.engines)
    func `a worker that starts ends the leases of its earlier self`(
        engine: Engine
    ) async throws {
        try await QueueWorld.with(engine) { world in
            try await world.add("a", lane: "a")
            try await world.add("b", lane: "b")
            _ = try await world.claim(1, worker: "w1")
            _ = try await world.claim(1, worker: "w2")
            try await world.db.write { [queue = world.queue] tx in
                try queue.takeOver(from: "w1", everybody: false, in: tx)
            }
            #expect(try QueueWorld.names(try await world.claim(worker: "w3")) == ["a"])
            try await world.db.write { [queue = world.queue] tx in
                try queue.takeOver(from: "w4", everybody: true, in: tx)
            }
            #expect(try await world.claim(worker: "w4").count == 2)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `claims what is due first, one job for each lane`(engine: Engine) async throws {
        try await QueueWorld.with(engine) { world in
            try await world.add("a late", lane: "a", after: .seconds(-1))
            try await world.add("a early", lane: "a", after: .seconds(-5))
            try await world.add("b", lane: "b", after: .seconds(-3))
            try await world.add("c tomorrow", lane: "c", after: .days(1))
            let first = try await world.claim()
            #expect(try QueueWorld.names(first) == ["a early", "b"])
            #expect(try await world.claim().count == 0)
            try await world.complete(first[0])
            #expect(try QueueWorld.names(await world.claim()) == ["a late"])
            world.clock.advance(by: .days(1))
            // The leases of “a late” and “b” ran out too, and come before what is due now.
            #expect(try QueueWorld.names(await world.claim()) == ["b", "a late", "c tomorrow"])
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `keeps the order of one millisecond within a lane`(engine: Engine) async throws {
        try await QueueWorld.with(engine) { world in
            let names = (0..<20).map { "\($0)" }
            for name in names { try await world.add(name, lane: "a") }
            var seen: [String] = []
            while let job = try await world.claim().first {
                seen += try QueueWorld.names([job])
                try await world.complete(job)
            }
            #expect(seen == names)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `refuses the result of a worker whose lease ran out`(engine: Engine) async throws {
        try await QueueWorld.with(engine) { world in
            try await world.add("x", lane: "a")
            let stale = try #require(try await world.claim().first)
            world.clock.advance(by: .seconds(61))
            let fresh = try #require(try await world.claim(worker: "w2").first)
            #expect(fresh.id == stale.id)
            #expect(fresh.epoch == stale.epoch + 1)
            await #expect(throws: JobError.leaseLost) { try await world.complete(stale) }
            let isRenewed = try await world.db.write { [queue = world.queue] tx in
                try queue.renew(
                    Lease(job: stale.id, epoch: stale.epoch), by: .seconds(60), in: tx)
            }
            #expect(!isRenewed)
            // Its failure does not count either.
            try await world.fail(stale)
            #expect(try await world.list(.leased).map(\.epoch) == [fresh.epoch])
            try await world.complete(fresh)
            #expect(try await world.list(.done).count == 1)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `undoes the effect that a stale worker wrote with its result`(
        engine: Engine
    ) async throws {
        try await QueueWorld.with(engine) { world in
            try await world.add("x", lane: "a")
            let stale = try #require(try await world.claim().first)
            world.clock.advance(by: .seconds(61))
            _ = try await world.claim(worker: "w2")
            await #expect(throws: JobError.leaseLost) {
                try await world.db.write { [queue = world.queue, now = world.clock.now] tx in
                    try tx.execute("INSERT INTO worker_heartbeat VALUES ('effect', \(now))")
                    try queue.complete(Lease(job: stale.id, epoch: stale.epoch), in: tx)
                }
            }
            let effects = try await world.db.read { tx in
                try tx.rows("SELECT worker FROM worker_heartbeat").count
            }
            #expect(effects == 0)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `tries again later and later, then keeps a dead letter for a person`(
        engine: Engine
    ) async throws {
        try await QueueWorld.with(engine) { world in
            let id = try await world.add("x", lane: "a")
            for delay in [8, 16] {
                let job = try #require(try await world.claim().first)
                try await world.fail(job)
                let waiting = try #require(try await world.list(.waiting).first)
                let wait = (waiting.dueAt - world.clock.now).inSeconds
                #expect(wait >= 0.75 * Double(delay) && wait <= Double(delay))
                #expect(try await world.claim().count == 0)
                world.clock.advance(by: .seconds(Int64(delay)))
            }
            try await world.fail(try #require(try await world.claim().first))
            let dead = try #require(try await world.list(.dead).first)
            #expect(dead.lastError == "the network said no")
            #expect(dead.attempt == 3)
            #expect(try await world.claim().count == 0)

            try await world.db.write { [queue = world.queue] tx in try queue.requeue(id, in: tx) }
            let again = try #require(try await world.claim().first)
            #expect(again.attempt == 1)
            try await world.complete(again)
            await #expect(throws: Problem.self) {
                try await world.db.write { [queue = world.queue] tx in
                    try queue.requeue(id, in: tx)
                }
            }
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `keeps one waiting job for a key, at the earlier time`(engine: Engine) async throws {
        try await QueueWorld.with(engine) { world in
            let first = try await world.add("1", lane: "a", after: .seconds(60), key: "k")
            let second = try await world.add("2", lane: "a", after: .seconds(5), key: "k")
            let third = try await world.add("3", lane: "a", after: .seconds(90), key: "k")
            #expect(first == second && second == third)
            world.clock.advance(by: .seconds(5))
            let running = try #require(try await world.claim().first)
            // While it runs the same key may be asked for again.
            try await world.add("4", lane: "a", key: "k")
            #expect(try await world.list(.waiting).count == 1)
            // The newer one does the work, so the older need not try again.
            try await world.fail(running)
            #expect(try await world.list(.waiting).count == 1)
            #expect(try await world.list(.done).count == 1)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `exists exactly when the change does that asked for it`(engine: Engine) async throws {
        try await QueueWorld.with(engine) { world in
            await #expect(throws: JobError.self) {
                try await world.db.write { [queue = world.queue, now = world.clock.now] tx in
                    try queue.enqueue(
                        QueueWorld.kind, QueueWorld.Work(name: "x"), workspace: nil, lane: "a",
                        dueAt: now, in: tx)
                    throw JobError.leaseLost
                }
            }
            let claimed = try await world.claim()
            #expect(claimed.isEmpty)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `cancels what still waits`(engine: Engine) async throws {
        try await QueueWorld.with(engine) { world in
            try await world.add("x", lane: "a", key: "k")
            let cancelled = try await world.db.write { [queue = world.queue] tx in
                [try queue.cancel(key: "k", in: tx), try queue.cancel(key: "k", in: tx)]
            }
            #expect(cancelled == [true, false])
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `postpones without counting a failure`(engine: Engine) async throws {
        try await QueueWorld.with(engine) { world in
            try await world.add("x", lane: "a")
            let job = try #require(try await world.claim().first)
            let later = world.clock.now + .minutes(5)
            try await world.db.write { [queue = world.queue] tx in
                try queue.postpone(Lease(job: job.id, epoch: job.epoch), until: later, in: tx)
            }
            #expect(try await world.claim().count == 0)
            world.clock.set(later)
            #expect(try await world.claim().first?.attempt == 1)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `says when to look again`(engine: Engine) async throws {
        try await QueueWorld.with(engine) { world in
            let next = {
                try await world.db.read { [queue = world.queue] tx in
                    try queue.nextDue(
                        kinds: ["test.work"], after: queue.surroundings.now(), in: tx)
                }
            }
            #expect(try await next() == nil)
            try await world.add("x", lane: "a", after: .seconds(30))
            #expect(try await next() == world.clock.now + .seconds(30))
            world.clock.advance(by: .seconds(30))
            _ = try await world.claim()
            // Another job of the busy lane cannot start before the lease ends.
            try await world.add("y", lane: "a", after: .seconds(1))
            #expect(try await next() == world.clock.now + .seconds(60))
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `forgets finished jobs after a while, and whole workspaces`(engine: Engine) async throws {
        try await QueueWorld.with(engine) { world in
            let workspace: WorkspaceID = world.clock.surroundings(seed: 9).newID()
            try await world.add("x", lane: "a")
            try await world.complete(try #require(try await world.claim().first))
            try await world.db.write { [queue = world.queue, now = world.clock.now] tx in
                try queue.enqueue(
                    QueueWorld.kind, QueueWorld.Work(name: "y"), workspace: workspace, lane: "b",
                    dueAt: now, in: tx)
            }
            world.clock.advance(by: .days(3))
            try await world.db.write { [queue = world.queue] tx in
                try queue.prune(olderThan: .days(4), in: tx)
            }
            #expect(try await world.list(.done).count == 1)
            try await world.db.write { [queue = world.queue] tx in
                try queue.prune(olderThan: .days(2), in: tx)
                try queue.forget(workspace, in: tx)
            }
            #expect(try await world.list(.done).count == 0)
            #expect(try await world.list(.waiting).count == 0)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `never gives one job, or one lane, to two workers`(engine: Engine) async throws {
        try await QueueWorld.with(engine) { world in
            for index in 0..<60 { try await world.add("\(index)", lane: "lane \(index % 12)") }
            let claims = try await withThrowingTaskGroup { group in
                for worker in 0..<6 {
                    group.addTask {
                        var mine: [JobID] = []
                        var misses = 0
                        while misses < 3 {
                            let jobs = try await world.claim(3, worker: "w\(worker)")
                            misses = jobs.isEmpty ? misses + 1 : 0
                            for job in jobs {
                                mine.append(job.id)
                                try await world.complete(job)
                            }
                        }
                        return mine
                    }
                }
                return try await group.reduce(into: [JobID]()) { $0 += $1 }
            }
            #expect(claims.count == 60)
            #expect(Set(claims).count == 60)
        }
    }
}

@Suite struct `A retry policy` {
    @Test func `doubles its wait up to the longest and then stops`() {
        let policy = RetryPolicy(
            attempts: 6, firstDelay: .seconds(2), longestDelay: .seconds(10))
        let waits = (1...6).map { policy.delay(afterFailures: $0, jitter: 1)?.inMilliseconds }
        #expect(waits == [2_000, 4_000, 8_000, 10_000, 10_000, nil])
        #expect(policy.delay(afterFailures: 2, jitter: 0) == .milliseconds(3_000))
        #expect(RetryPolicy.never.delay(afterFailures: 1, jitter: 0) == nil)
        #expect(
            RetryPolicy.persistent.delay(afterFailures: 900, jitter: 1) == .hours(1))
    }
}
