import Kernel
import Links
@testable import Measurement
import Store
import TestSupport
import Testing

/// The thank-you page, the shop's API and an exported file tell of the same orders.
@Suite struct OrderSourcesTests {
    private func draft(
        _ world: MeasurementWorld, _ amount: Int64 = 4_990, token: String? = nil
    ) -> ConversionDraft {
        ConversionDraft(
            reference: "A-1", at: world.clock.now,
            amount: Money(minorUnits: amount, currency: .euro),
            token: token.flatMap { ClickToken.read($0) })
    }

    private func record(
        _ draft: ConversionDraft, from source: Conversion.Source, in world: MeasurementWorld
    ) async throws -> Conversion {
        try await world.conversions.record(
            draft, from: source, zone: world.berlin, in: world.acme, by: world.principal)
    }

    @Test(arguments: TestDatabase.engines)
    func `count an order once, whoever tells of it again`(engine: Engine) async throws {
        for first in Conversion.Source.allCases {
            try await MeasurementWorld.with(engine) { world in
                let token = world.token(in: try await world.click(world.tourLink))
                while try await world.ingest.step() > 0 {}
                world.clock.advance(by: .minutes(1))
                let order = try await record(draft(world, token: token), from: first, in: world)
                for next in Conversion.Source.allCases {
                    let again = try await record(
                        draft(world, token: token), from: next, in: world)
                    #expect(again.id == order.id, "\(first) then \(next)")
                }
                let row = try #require(try await world.results(.posts).rows.first)
                #expect(row.orders == 1_000_000, "\(first)")
                #expect(row.revenue == 4_990, "\(first)")
            }
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `find the click by the site and the amount by the shop`(engine: Engine) async throws {
        try await MeasurementWorld.with(engine) { world in
            let token = world.token(in: try await world.click(world.tourLink))
            while try await world.ingest.step() > 0 {}
            world.clock.advance(by: .minutes(1))
            // The shop knows no click: the money belongs to no post yet.
            _ = try await record(draft(world), from: .api, in: world)
            #expect(try await world.results(.posts).total.uncredited == 4_990)
            world.clock.advance(by: .minutes(1))
            try await world.send(
                #"{"s":"\#(world.site.code)","g":"order","v":"49.90","m":"EUR","o":"A-1","c":"\#(token)"}"#
            )
            while try await world.ingest.step() > 0 {}
            let posts = try await world.results(.posts)
            #expect(posts.rows.first?.revenue == 4_990)
            #expect(posts.total.uncredited == 0)
            #expect(posts.total.orders == 1)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `let the shop correct what the site said, but not the site the shop`(
        engine: Engine
    ) async throws {
        try await MeasurementWorld.with(engine) { world in
            let token = world.token(in: try await world.click(world.tourLink))
            while try await world.ingest.step() > 0 {}
            world.clock.advance(by: .minutes(1))
            _ = try await record(draft(world, 1, token: token), from: .site, in: world)
            let order = try await record(draft(world, 5_000), from: .api, in: world)
            #expect(order.amount.minorUnits == 5_000)
            #expect(order.source == .api)
            #expect(order.version == 2)
            #expect(try await world.results(.posts).rows.first?.revenue == 5_000)
            for (source, amount) in [(Conversion.Source.site, Int64(7)), (.csv, 4_999)] {
                await #expect(throws: MeasurementError.differs("A-1")) {
                    _ = try await record(draft(world, amount), from: source, in: world)
                }
            }
            #expect(try await world.results(.posts).rows.first?.revenue == 5_000)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `keep a correction above what was given back`(engine: Engine) async throws {
        try await MeasurementWorld.with(engine) { world in
            _ = try await record(draft(world, 5_000), from: .site, in: world)
            var refund = draft(world, -3_000)
            refund.reference = "A-1-back"
            refund.refundOf = "A-1"
            let back = try await record(refund, from: .api, in: world)
            #expect(try await record(refund, from: .csv, in: world).id == back.id)
            await #expect(throws: MeasurementError.differs("A-1")) {
                _ = try await record(draft(world, 2_999), from: .api, in: world)
            }
            #expect(try await record(draft(world, 3_000), from: .api, in: world).version == 2)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `tell a lead and an order with the same number apart`(engine: Engine) async throws {
        try await MeasurementWorld.with(engine) { world in
            var lead = draft(world, 0)
            lead.kind = .lead
            let first = try await record(lead, from: .api, in: world)
            let order = try await record(draft(world), from: .site, in: world)
            #expect(first.id != order.id)
        }
    }
}
