import Jobs
import Kernel
import Logging
import People
import Reviews
import Store
import Testing

@testable import App

struct ReviewOpeningTests {
    @Test func `a review that became due by a change opens at once`() async throws {
        try await AppWorld.with { world in
            let program = world.program
            let place = try await program.people.workspace(named: world.slug)
            // As if the workspace had been here for a year.
            let before = program.floor.surroundings.now() - .days(365)
            try await program.database.write { tx in
                try tx.execute(
                    "UPDATE workspace SET created_at = \(before) WHERE id = \(place.id)")
            }
            let reviews = program.desks.reviews
            try await reviews.setCycle(
                .monthly, isOn: true, in: place.id, by: .system("Test"))
            let worker = JobWorker(
                database: program.database, queue: program.floor.queue,
                handlers: program.desks.handlers, logger: Logger(label: "test"), name: "test")
            await worker.runDue()
            let open = try await reviews.openReviews(in: place.id)
            #expect(open.map(\.cadence) == [.weekly, .monthly, .quarterly])
            // The clockwork is set to the next opening, not to an hour from now.
            let next = try await program.database.read { tx in
                try tx.scalar(
                    Instant.self,
                    "SELECT due_at FROM job WHERE kind = 'reviews.open' AND state = 'waiting'")
            }
            #expect(next != nil)
        }
    }
}
