@testable import Jobs
import Kernel
import Logging
import Store
import Synchronization
import TestSupport
import Testing

@Suite struct `A worker` {
    private let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    struct Failure: Error {}

    private func worker(
        _ world: QueueWorld, name: String = "w1",
        sleep: @escaping @Sendable (Duration) async throws -> Void = {
            try await Task.sleep(for: $0)
        },
        _ body: @escaping @Sendable (QueueWorld.Work, JobContext) async throws -> Void
    ) -> JobWorker {
        JobWorker(
            database: world.db, queue: world.queue, handlers: [JobHandler(QueueWorld.kind, body)],
            logger: quiet, name: name, sleep: sleep)
    }

    @Test(arguments: TestDatabase.engines)
    func `runs what is due and marks it done`(engine: Engine) async throws {
        try await QueueWorld.with(engine) { world in
            let seen = Mutex<[String]>([])
            let worker = worker(world) { work, _ in seen.withLock { $0.append(work.name) } }
            try await world.add("1", lane: "a")
            try await world.add("2", lane: "a")
            try await world.add("later", lane: "a", after: .hours(1))
            #expect(await worker.runDue() == 2)
            #expect(seen.withLock { $0 } == ["1", "2"])
            #expect(try await world.list(.done).count == 2)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `records a failure and tries again`(engine: Engine) async throws {
        try await QueueWorld.with(engine) { world in
            let runs = Mutex(0)
            let worker = worker(world) { _, context in
                let run = runs.withLock { runs in
                    runs += 1
                    return runs
                }
                #expect(context.job.attempt == run)
                if run < 3 { throw Problem(.unavailable, code: "x", "Try later.") }
            }
            try await world.add("x", lane: "a")
            await worker.runDue()
            #expect(try await world.list(.waiting).first?.lastError == "Try later.")
            world.clock.advance(by: .minutes(1))
            await worker.runDue()
            world.clock.advance(by: .minutes(1))
            await worker.runDue()
            #expect(try await world.list(.done).count == 1)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `leaves a job alone that its handler finished or postponed`(
        engine: Engine
    ) async throws {
        try await QueueWorld.with(engine) { world in
            let later = world.clock.now + .hours(1)
            let worker = worker(world) { work, context in
                try await context.database.write { tx in
                    if work.name == "done" {
                        try context.complete(in: tx)
                    } else {
                        try context.postpone(until: later, in: tx)
                    }
                }
            }
            try await world.add("done", lane: "a")
            try await world.add("later", lane: "b")
            #expect(await worker.runDue() == 2)
            #expect(try QueueWorld.names(await world.list(.done)) == ["done"])
            #expect(try await world.list(.waiting).map(\.dueAt) == [later])
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `renews the lease of a long job`(engine: Engine) async throws {
        try await QueueWorld.with(engine) { world in
            let end = Self.signal()
            let intruders = Mutex(0)
            // Each wait for a renewal takes the clock along; ten make several whole leases.
            let renewals = Mutex(0)
            let worker = worker(
                world,
                sleep: { duration in
                    let count = renewals.withLock { count in
                        count += 1
                        return count
                    }
                    if count > 10 {
                        end.finish()
                        return try await Task.sleep(for: .seconds(3600))
                    }
                    world.clock.advance(by: duration)
                    let others = try await world.claim(1, worker: "w2")
                    intruders.withLock { $0 += others.count }
                }
            ) { _, _ in for await _ in end.stream {} }
            try await world.add("long", lane: "a")
            #expect(await worker.runDue(limit: 1) == 1)
            #expect(intruders.withLock { $0 } == 0)
            #expect(world.clock.now - QueueWorld.start > .seconds(190))
            #expect(try await world.list(.done).count == 1)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `stops a handler whose lease is lost, and keeps nothing of it`(
        engine: Engine
    ) async throws {
        try await QueueWorld.with(engine) { world in
            let wasCancelled = Mutex(false)
            let worker = worker(
                world,
                sleep: { _ in
                    // As if this worker had been frozen for longer than its lease.
                    world.clock.advance(by: .seconds(61))
                    _ = try await world.claim(1, worker: "w2")
                }
            ) { _, _ in
                do {
                    try await Task.sleep(for: .seconds(3600))
                } catch {
                    wasCancelled.withLock { $0 = true }
                    throw error
                }
            }
            try await world.add("x", lane: "a")
            await worker.runDue(limit: 1)
            #expect(wasCancelled.withLock { $0 })
            let leased = try #require(try await world.list(.leased).first)
            #expect(leased.epoch == 2)
            #expect(leased.lastError == nil)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `stops starting a job that never lives to its end`(engine: Engine) async throws {
        try await QueueWorld.with(engine) { world in
            try await world.add("poison", lane: "a")
            for _ in 0..<3 {
                // Claimed by a process that dies with it.
                _ = try await world.claim()
                world.clock.advance(by: .seconds(61))
            }
            let worker = worker(world) { _, _ in Issue.record("it must not run again") }
            await worker.runDue()
            let dead = try #require(try await world.list(.dead).first)
            #expect(dead.lastError?.contains("3 times and never finished") == true)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `drops a job it cannot read among the dead`(engine: Engine) async throws {
        try await QueueWorld.with(engine) { world in
            try await world.add("x", lane: "a")
            try await world.db.write { tx in try tx.execute("UPDATE job SET payload = '{}'") }
            let worker = worker(world) { _, _ in Issue.record("there is nothing to run") }
            for _ in 0..<3 {
                await worker.runDue()
                world.clock.advance(by: .hours(1))
            }
            #expect(try await world.list(.dead).count == 1)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `says that it is alive, runs new work at once, and frees it when stopped`(
        engine: Engine
    ) async throws {
        try await QueueWorld.with(engine) { world in
            let isAlive = {
                let now = world.clock.now
                return try await world.db.read { tx in try JobWorker.isAlive(at: now, in: tx) }
            }
            #expect(try await isAlive() == false)
            let started = Self.signal()
            let worker = worker(world) { _, _ in
                started.finish()
                try await Task.sleep(for: .seconds(3600))
            }
            try await withThrowingTaskGroup { group in
                group.addTask { try await worker.run() }
                try await world.add("x", lane: "a")
                for await _ in started.stream {}
                while try await !isAlive() { await Task.yield() }
                group.cancelAll()
            }
            let freed = try #require(try await world.list(.waiting).first)
            #expect(freed.attempt == 0)
            world.clock.advance(by: .seconds(7))
            #expect(try await isAlive() == false)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `patient work that holds every slot of its pool keeps prompt work waiting for nothing`(
        engine: Engine
    ) async throws {
        try await QueueWorld.with(engine) { world in
            let prompt = JobKind<QueueWorld.Work>("test.prompt", pool: .prompt)
            let (held, done) = (Self.signal(), Self.signal())
            let worker = JobWorker(
                database: world.db, queue: world.queue,
                handlers: [
                    JobHandler(QueueWorld.kind) { _, _ in
                        held.finish()
                        try await Task.sleep(for: .seconds(3600))
                    },
                    JobHandler(prompt) { _, _ in done.finish() },
                ], logger: quiet, name: "w1", width: [.prompt: 1, .ordinary: 1])
            try await world.add("a dead server", lane: "a")
            try await world.add("another", lane: "b")
            try await withThrowingTaskGroup { group in
                group.addTask { try await worker.run() }
                for await _ in held.stream {}
                let now = world.clock.now
                try await world.db.write { [queue = world.queue] tx in
                    _ = try queue.enqueue(
                        prompt, QueueWorld.Work(name: "now"), workspace: nil, lane: "c",
                        dueAt: now, in: tx)
                }
                for await _ in done.stream {}
                group.cancelAll()
            }
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `workers work long lanes off in order, each job once`(engine: Engine) async throws {
        try await QueueWorld.with(engine) { world in
            let seen = Mutex<[String: [String]]>([:])
            let end = Self.signal()
            // SQLite belongs to one process, and so to one worker.
            let names = engine == .sqlite ? ["w1"] : ["w1", "w2"]
            let workers = names.map { name in
                self.worker(world, name: name) { work, context in
                    let count = seen.withLock { seen in
                        seen[context.job.lane, default: []].append(work.name)
                        return seen.values.reduce(0) { $0 + $1.count }
                    }
                    if count == 120 { end.finish() }
                }
            }
            for number in 100..<140 {
                for lane in ["a", "b", "c"] { try await world.add("\(number)", lane: lane) }
            }
            await withThrowingTaskGroup { group in
                for worker in workers { group.addTask { try await worker.run() } }
                for await _ in end.stream {}
                group.cancelAll()
            }
            let order = (100..<140).map { "\($0)" }
            #expect(seen.withLock { $0 } == ["a": order, "b": order, "c": order])
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `a clock that jumps ahead ends no work and starts none twice`(
        engine: Engine
    ) async throws {
        try await QueueWorld.with(engine) { world in
            let starts = Mutex<[String]>([])
            let (held, seen, end) = (Self.signal(), Self.signal(), Self.signal())
            let worker = worker(
                world, sleep: { _ in try await Task.sleep(for: .seconds(3600)) }
            ) { work, _ in
                starts.withLock { $0.append(work.name) }
                guard work.name == "long" else { return seen.finish() }
                held.finish()
                for await _ in end.stream {}
            }
            try await world.add("long", lane: "a")
            try await withThrowingTaskGroup { group in
                group.addTask { try await worker.run() }
                for await _ in held.stream {}
                // By the clock its lease is over, and the worker was silent for two hours.
                world.clock.advance(by: .hours(2))
                try await world.add("after the jump", lane: "b")
                for await _ in seen.stream {}
                end.finish()
                group.cancelAll()
            }
            #expect(starts.withLock { $0 } == ["long", "after the jump"])
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `a lane leaves a job alone that another took after its own taking was undone`(
        engine: Engine
    ) async throws {
        try await QueueWorld.with(engine) { world in
            let seen = Mutex<[String]>([])
            let end = Self.signal()
            let worker = JobWorker(
                database: world.db, queue: world.queue,
                handlers: [
                    JobHandler(QueueWorld.kind) { work, context in
                        seen.withLock { $0.append(work.name) }
                        guard work.name == "first" else { return end.finish() }
                        // The end of this job takes the second one, and is undone.
                        try? await world.db.write { tx in
                            try context.complete(in: tx)
                            throw Failure()
                        }
                        // Then this job waits again, and another worker takes the second one.
                        let later = world.clock.now + .hours(1)
                        try await world.db.write { tx in
                            _ = try tx.execute(
                                """
                                UPDATE job
                                SET state = 'waiting', due_at = \(later), lease_until = NULL
                                WHERE id = \(context.job.id)
                                """)
                        }
                        let others = try await world.claim(1, worker: "w2")
                        #expect(try QueueWorld.names(others) == ["second"])
                        #expect(others.first?.epoch == 1)
                        throw Failure()
                    }
                ], logger: quiet, name: "w1", width: [.prompt: 1, .ordinary: 1])
            try await world.add("first", lane: "a")
            try await world.add("second", lane: "a")
            try await withThrowingTaskGroup { group in
                group.addTask { try await worker.run() }
                // The only slot is free again when the lane has ended.
                try await world.add("elsewhere", lane: "b", after: .milliseconds(1))
                world.clock.advance(by: .milliseconds(1))
                for await _ in end.stream {}
                group.cancelAll()
            }
            #expect(seen.withLock { $0 } == ["first", "elsewhere"])
        }
    }

    /// A stream that only ends: `finish` lets everybody go on who iterates it.
    private struct Signal: Sendable {
        let stream: AsyncStream<Void>
        let finish: @Sendable () -> Void
    }

    private static func signal() -> Signal {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
        return Signal(stream: stream, finish: { continuation.finish() })
    }
}

@Suite struct `The event log` {
    struct Facts: Codable, Sendable, Equatable { var title: String }

    @Test(arguments: TestDatabase.engines)
    func `gives each subscriber its own job in the order of the events`(
        engine: Engine
    ) async throws {
        try await QueueWorld.with(engine) { world in
            let seen = Mutex<[String]>([])
            let note = { @Sendable (name: String, delivery: EventDelivery) throws in
                let title = try delivery.facts(Facts.self).title
                seen.withLock { $0.append("\(name) \(delivery.subject) \(title)") }
            }
            let handlers = [
                JobHandler.on("item.renamed", name: "plan") { delivery, _ in
                    try note("plan", delivery)
                },
                JobHandler.on("item.renamed", name: "search") { delivery, _ in
                    try note("search", delivery)
                },
                JobHandler.on("item.deleted", name: "plan") { _, _ in
                    Issue.record("nothing was deleted")
                },
            ]
            let events = EventLog(
                queue: world.queue, subscriptions: handlers.compactMap(\.subscription))
            let workspace: WorkspaceID = world.clock.surroundings(seed: 4).newID()
            let record = { (title: String) in
                let event = try Event(
                    "item.renamed", workspace: workspace, subject: "item:1",
                    summary: "Renamed to \(title)", payload: Facts(title: title),
                    by: .system("Test"))
                try await world.db.write { tx in try events.record(event, in: tx) }
            }
            try await record("one")
            try await record("two")
            let worker = JobWorker(
                database: world.db, queue: world.queue, handlers: handlers,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, name: "w")
            #expect(await worker.runDue() == 4)
            let all = seen.withLock { $0 }
            #expect(
                all.filter { $0.hasPrefix("plan") } == ["plan item:1 one", "plan item:1 two"])
            #expect(all.count == 4)
            let activity = try await world.db.read { tx in
                try events.activity(of: "item:1", workspace: workspace, in: tx)
            }
            #expect(activity.map(\.summary) == ["Renamed to two", "Renamed to one"])
            #expect(activity.first?.principalName == "Test")
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `makes one job of many while prompt jobs crowd, and loses none`(
        engine: Engine
    ) async throws {
        try await QueueWorld.with(engine) { world in
            let seen = Mutex<[String]>([])
            let handlers = ["plan", "search"].map { name in
                JobHandler.on("item.renamed", name: name) { delivery, _ in
                    let title = try delivery.facts(Facts.self).title
                    seen.withLock { $0.append("\(name) \(title)") }
                }
            }
            let events = EventLog(
                queue: world.queue, subscriptions: handlers.compactMap(\.subscription))
            // It stands still: a slow machine must not end the crowd.
            let moment = ContinuousClock.now
            let slots = Slots([.prompt: 100, .ordinary: 8], now: { moment })
            world.queue.hush.follow(slots)
            for _ in 0..<Slots.crowd { slots.take(.prompt) }
            slots.note(.prompt)
            #expect(world.queue.hush.isOn)
            let event = try Event(
                "item.renamed", workspace: world.clock.surroundings(seed: 4).newID(),
                subject: "item:1", summary: "Renamed", payload: Facts(title: "one"),
                by: .system("Test"))
            try await world.db.write { tx in try events.record(event, in: tx) }
            let jobs = try await world.db.read { tx in
                try tx.scalar(Int.self, "SELECT COUNT(*) FROM job")
            }
            #expect(jobs == 1)
            let worker = JobWorker(
                database: world.db, queue: world.queue, handlers: handlers + events.handlers(),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, name: "w")
            #expect(await worker.runDue() == 3)
            #expect(seen.withLock { $0.sorted() } == ["plan one", "search one"])
        }
    }
}
