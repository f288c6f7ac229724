import Channels
import Kernel
import Links
@testable import Measurement
import Planning
import Publishing
import Store
import Strategy
import TestSupport
import Testing

/// Whole blocks of days say the same as the days.
@Suite struct BlocksTests {
    @Test func `every day of a range is in a whole block or beside them, once`() {
        for blocks in [Blocks.ofDays, .ofMoments] {
            let size = blocks.start(of: 1)
            for from in [-3 * size, -size - 1, -1, 0, 1, size - 1, size, 7 * size + 3] {
                for length in [1, 2, size - 1, size, size + 1, 2 * size - 1, 2 * size, 9 * size] {
                    let range = from..<from + length
                    let parts = blocks.parts(of: range)
                    var pieces = parts.edges
                    if !parts.whole.isEmpty {
                        let (first, end) = (parts.whole.lowerBound, parts.whole.upperBound)
                        pieces.append(blocks.start(of: first)..<blocks.start(of: end))
                    }
                    pieces.sort { $0.lowerBound < $1.lowerBound }
                    #expect(pieces.first?.lowerBound == range.lowerBound)
                    #expect(pieces.last?.upperBound == range.upperBound)
                    #expect(
                        zip(pieces, pieces.dropFirst()).allSatisfy {
                            $0.upperBound == $1.lowerBound
                        })
                    #expect(parts.edges.allSatisfy { $0.count < 2 * size })
                    if length >= 2 * size - 1 { #expect(!parts.whole.isEmpty) }
                }
            }
        }
        #expect(Blocks.ofDays.block(of: -1) == -1 && Blocks.ofDays.block(of: 31) == 0)
    }

    @Test(arguments: TestDatabase.engines)
    func `a block begins for the database where it begins here`(engine: Engine) async throws {
        try await TestDatabase.with(engine, []) { database in
            for blocks in [Blocks.ofDays, .ofMoments] {
                let size = blocks.start(of: 1)
                for value in [-size - 1, -size, -1, 0, size - 1, size, 651 * size + 5] {
                    let number: SQL = "CAST(\(value) AS BIGINT)"
                    let row = try await database.read { tx in
                        try tx.first(
                            """
                            SELECT \(blocks.block(of: number)) AS block,
                                \(blocks.start(of: blocks.block(of: number))) AS first
                            """)
                    }
                    let block: Int64? = try row?("block")
                    #expect(block == blocks.block(of: value))
                    #expect(try row?("first") == blocks.start(of: blocks.block(of: value)))
                }
            }
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `stay exact through everything that changes what they sum`(
        engine: Engine
    ) async throws {
        try await MeasurementWorld.with(engine) { world in
            var year = try await MeasuredYear(world)
            try await year.expectExact("published")
            try await year.count()
            try await year.expectExact("clicks and visits")
            #expect(try await year.furtherLinks() == 2)
            try await year.sell()
            try await year.expectExact("orders, leads, robots")
            try await year.giveBack()
            try await year.expectExact("refunds and corrections")
            try await year.spend()
            try await year.expectExact("costs")
            try await year.expectSameResults("first")
            try await year.move()
            try await year.expectExact("moved")
            try await year.expectSameResults("moved")
            let acme = world.acme
            _ = try await world.conversions.recompute(in: acme, by: world.principal)
            try await year.expectExact("computed again")
            try await year.count()
            try await year.sell()
            try await year.move()
            try await year.expectExact("moved again")
            try await year.expectSameResults("moved again")
            let kept = try await year.blocks()
            try await world.database.write { tx in
                try tx.execute("UPDATE measured_link SET is_further = FALSE")
                try tx.execute(MeasuredLinks.marking("1 = 1"))
                for table in ["place_block", "post_block", "credit_block"] {
                    try tx.execute("DELETE FROM \(SQL(raw: table))")
                }
                try tx.execute(BlockSums.places.adding(BlockSums.rowsOfPlaces("1 = 1")))
                try tx.execute(BlockSums.posts.adding(BlockSums.rowsOfPosts("1 = 1")))
                try tx.execute(BlockSums.credit.adding(BlockSums.rowsOfCredit("1 = 1")))
            }
            #expect(try await year.blocks() == kept, "what the migration fills in")
            #expect(try await year.furtherLinks() == 2)
            try await world.database.write { tx in try PlaceSums.rebuild(in: acme, tx) }
            try await year.expectExact("rebuilt")
            try await year.expectSameResults("rebuilt")
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `are made anew where an older program left them behind`(engine: Engine) async throws {
        try await MeasurementWorld.with(engine) { world in
            var year = try await MeasuredYear(world)
            try await year.count()
            try await year.sell()
            try await year.giveBack()
            try await year.move()
            let check = BlockCheck(database: world.database, surroundings: world.surroundings)
            #expect(try await check.check().isEmpty)
            let kept = try await year.blocks()
            for damage: SQL in [
                "UPDATE place_block SET people = people - 1 WHERE people > 0",
                "DELETE FROM post_block WHERE posts > 0",
                "UPDATE credit_block SET amount = amount + 1",
            ] {
                let damaged = try await world.database.write { tx in try tx.execute(damage) }
                #expect(damaged > 0)
                #expect(try await check.check() == [world.acme])
                #expect(try await year.blocks() == kept)
            }
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `go with their workspace`(engine: Engine) async throws {
        try await MeasurementWorld.with(engine) { world in
            var year = try await MeasuredYear(world)
            try await year.count()
            try await year.sell()
            #expect(try await year.blocks().allSatisfy { !$0.isEmpty })
            let acme = world.acme
            try await world.database.write { tx in
                try tx.execute("DELETE FROM workspace WHERE id = \(acme)")
            }
            #expect(try await year.blocks().allSatisfy(\.isEmpty))
        }
    }
}
