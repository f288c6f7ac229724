import Jobs
import Kernel
import Store
import TestSupport
import Testing

@testable import Publishing

@Suite struct QuantileTests {
    @Test func `takes the nearest rank and says nothing of no posts`() {
        let hundred = Lateness((1...100).reversed().map { .seconds($0) })
        #expect(hundred.quantile(0.5) == .seconds(50))
        #expect(hundred.quantile(0.99) == .seconds(99))
        #expect(hundred.worst == .seconds(100))
        #expect(Lateness([.seconds(7)]).quantile(0.99) == .seconds(7))
        #expect(Lateness([]).quantile(0.5) == nil)
    }
}

extension QuantileTests {
    @Test(arguments: TestDatabase.engines)
    func `reads the lateness of what was published in a while`(engine: Engine) async throws {
        try await PublishingWorld.with(engine) { world in
            let start = world.clock.now
            _ = try await world.scheduled()
            while world.clock.now < start + .seconds(605) {
                world.clock.advance(by: .seconds(5))
                await world.worker.runDue()
            }
            let end = world.clock.now
            let (found, before) = try await world.database.read { tx in
                (
                    try Lateness.values(after: start, upTo: end, in: tx),
                    try Lateness.values(after: start - .days(1), upTo: start, in: tx)
                )
            }
            #expect(found.count == 1)
            #expect(before.isEmpty)
        }
    }
}
