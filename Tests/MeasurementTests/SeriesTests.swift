import Kernel
import Links
import Measurement
import Store
import TestSupport
import Testing

@Suite struct SeriesTests {
    @Test(arguments: TestDatabase.engines)
    func `draws every measure under every split, and the lines add up to the results`(
        engine: Engine
    ) async throws {
        try await MeasurementWorld.with(engine) { world in
            var token = ""
            for day in 0..<3 {
                token = world.token(
                    in: try await world.click(world.tourLink, world.facts("198.51.100.\(day)")))
                try await world.click(world.recipeLink, world.facts("198.51.100.\(day + 9)"))
                try await world.click(world.recipeLink, world.facts(isHead: true))
                try await world.send(
                    #"{"s":"\#(world.site.code)","p":"/shop","e":1,"c":"\#(token)"}"#,
                    world.facts("198.51.100.\(day)"))
                while try await world.ingest.step() > 0 {}
                world.clock.advance(by: .days(1))
            }
            let site = world.site.code
            try await world.send(
                #"{"s":"\#(site)","g":"order","v":"49.90","m":"EUR","o":"A","c":"\#(token)"}"#)
            try await world.send(#"{"s":"\#(site)","g":"lead","c":"\#(token)"}"#)
            while try await world.ingest.step() > 0 {}

            let sums: [ResultsMeasure: Int64] = [
                .clicks: 6, .visits: 3, .leads: 1_000_000, .orders: 1_000_000, .revenue: 4_990,
            ]
            for measure in ResultsMeasure.allCases {
                for split in ResultsSplit.allCases {
                    let series = try await series(measure, split, in: world)
                    #expect(
                        series.lines.reduce(0) { $0 + $1.sum } == sums[measure],
                        "\(measure) by \(split)")
                    #expect(series.lines.allSatisfy { $0.values.count == series.starts.count })
                }
            }
            let clicks = try await series(.clicks, .initiatives, in: world)
            #expect(clicks.lines.map(\.sum) == [3, 3])
            #expect(Set(clicks.lines.map(\.id)) == [world.initiative.text, ""])
            #expect(clicks.lines.first?.values.filter { $0 > 0 } == [1, 1, 1], "one each day")
            #expect(try await series(.clicks, .none, in: world, of: world.globex).lines.isEmpty)
        }
    }

    private func series(
        _ measure: ResultsMeasure, _ split: ResultsSplit, in world: MeasurementWorld,
        of workspace: WorkspaceID? = nil
    ) async throws -> ResultsSeries {
        try await world.results.series(
            measure, by: split, model: .last,
            period: .last(30, today: CivilDate(world.clock.now, in: world.berlin)),
            currency: .euro, in: workspace ?? world.acme)
    }
}
