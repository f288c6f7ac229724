import Jobs
import Kernel
import Store
import Testing

@testable import App

@Suite struct FailedJobsTests {
    private let asker = Principal(kind: .system, person: nil, name: "Olive", from: "Test, here")

    /// A job that failed for good, without a worker.
    private func failedJob(_ program: Program) async throws -> JobID {
        let queue = program.floor.queue
        return try await program.database.write { tx in
            let id = try queue.enqueue(
                JobKind<Int>("test.fail"), 1, workspace: nil, lane: "test",
                dueAt: program.floor.surroundings.now(), in: tx)
            try tx.execute(
                "UPDATE job SET state = 'dead', attempt = 8, last_error = 'No' WHERE id = \(id)")
            return id
        }
    }

    private func events(_ program: Program, _ job: JobID) async throws -> [RecordedEvent] {
        let log = EventLog(queue: program.floor.queue)
        return try await program.database.read { tx in
            try log.activity(of: "job:\(job)", workspace: .installation, in: tx)
        }
    }

    @Test func `trying again is recorded with what was there before`() async throws {
        try await AppWorld.with { world in
            let jobs = FailedJobs(world.program.floor)
            let id = try await failedJob(world.program)
            try await jobs.retry(id, by: asker)
            #expect(try await jobs.list().isEmpty)
            let event = try #require(try await events(world.program, id).first)
            #expect(event.name == "jobs.requeued")
            #expect(event.origin == "Test, here")
            #expect(event.changes.contains(Change("state", before: "dead", after: "waiting")))
            await #expect(throws: Problem.self) { try await jobs.retry(id, by: asker) }
            #expect(try await events(world.program, id).count == 1)
        }
    }

    @Test func `forgetting is recorded with what is gone`() async throws {
        try await AppWorld.with { world in
            let jobs = FailedJobs(world.program.floor)
            let id = try await failedJob(world.program)
            try await jobs.forget(id, by: asker)
            #expect(try await jobs.list().isEmpty)
            let event = try #require(try await events(world.program, id).first)
            #expect(event.name == "jobs.discarded")
            #expect(event.changes.contains(Change("last_error", before: "No", after: nil)))
            await #expect(throws: Problem.self) { try await jobs.forget(id, by: asker) }
        }
    }
}
