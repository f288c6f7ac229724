import Jobs
import Kernel
import Store
import TestSupport
import Testing

@Suite struct QueueFactsTests {
    @Test(arguments: TestDatabase.engines)
    func `counts jobs, lanes and ages over all workspaces`(engine: Engine) async throws {
        try await QueueWorld.with(engine) { world in
            try await world.add("runs", lane: "a")
            _ = try await world.claim(1)
            try await world.add("behind it", lane: "a")
            try await world.add("due", lane: "b")
            try await world.add("later", lane: "c", after: .minutes(5))
            try await world.beat("w1")
            world.clock.advance(by: .seconds(30))
            let facts = try await world.db.read { [queue = world.queue] tx in
                try queue.facts(in: tx)
            }
            #expect(facts.count(.leased) == 1)
            #expect(facts.count(.waiting) == 3)
            #expect(facts.count(.dead) == 0)
            #expect(facts.busyLanes == 1)
            #expect(facts.waitingLanes == 1, "the lane at work is not counted again")
            #expect(facts.oldestDue == QueueWorld.start)
            #expect(facts.oldestEvent == nil)
            #expect(facts.workers.map(\.name) == ["w1"])
        }
    }

    @Test(arguments: TestDatabase.engines, ["post.published>watch", "event.spread"])
    func `knows the age of the oldest event that was not passed on`(
        engine: Engine, name: String
    ) async throws {
        try await QueueWorld.with(engine) { world in
            let kind = JobKind<QueueWorld.Work>(name)
            try await world.db.write { [queue = world.queue, start = QueueWorld.start] tx in
                try queue.enqueue(
                    kind, .init(name: "x"), workspace: nil, lane: "e", dueAt: start, in: tx)
            }
            let facts = try await world.db.read { [queue = world.queue] tx in
                try queue.facts(in: tx)
            }
            #expect(facts.oldestEvent == QueueWorld.start)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `forgets a failed job, and only such`(engine: Engine) async throws {
        try await QueueWorld.with(engine) { world in
            let id = try await world.add("fails", lane: "a")
            let job = try #require(try await world.claim().first)
            await #expect(throws: Problem.self) {
                try await world.db.write { [queue = world.queue] tx in
                    try queue.discard(id, in: tx)
                }
            }
            try await world.db.write { [queue = world.queue] tx in
                try queue.fail(job, reason: "No.", policy: .never, in: tx)
                try queue.discard(id, in: tx)
            }
            let facts = try await world.db.read { [queue = world.queue] tx in
                try queue.facts(in: tx)
            }
            #expect(facts.counts.isEmpty)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `keeps with a job what it follows from`(engine: Engine) async throws {
        try await QueueWorld.with(engine) { world in
            let trace = TraceContext(world.clock.surroundings(seed: 8))
            try await TraceContext.$current.withValue(trace) {
                _ = try await world.add("traced", lane: "a")
            }
            try await world.add("alone", lane: "b")
            let jobs = try await world.claim()
            #expect(jobs.map(\.trace) == [trace.traceparent, nil])
        }
    }
}
