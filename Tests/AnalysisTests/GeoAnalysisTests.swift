import Analysis
import Foundation
import Statistics
import Testing

/// What was done in some places is read against the others, and planned on the past.
struct GeoAnalysisTests {
    struct Published: Decodable {
        var att: Double
        var lift: Double
        var incremental: Double
        var l2: Double
        var scaled: Double
        var weights: [String: Double]
        var periods: [String: Double]

        enum CodingKeys: String, CodingKey {
            case att, incremental, l2, weights
            case lift = "percent_lift"
            case scaled = "scaled_l2"
            case periods = "att_by_period"
        }
    }

    /// GeoLift's published result; p-values from numpy and scipy over the same permutations.
    @Test func `GeoLift's example has the published weights and effect`() throws {
        guard let table = try CausalFile.table("GeoLift_Test.csv"),
            let truth = CausalFile.data("expected_geolift.json")
        else { try Test.cancel("The acceptance data is not at hand.") }
        let file = try JSONDecoder().decode([String: Entry].self, from: truth)
        let expected = try #require(file["geolift_test_chicago_portland_none"]?.published)
        let answer = try GeoAnalysis(treated: ["Chicago", "portland"], start: "2021-04-01")
            .answer(table)
        #expect(abs(answer.att - expected.att) < 1e-5)
        #expect(abs((answer.percentLift ?? 0) - expected.lift) < 1e-8)
        #expect(abs(answer.incremental - expected.incremental) < 1e-3)
        #expect(abs(answer.l2Imbalance - expected.l2) < 1e-6)
        #expect(abs((answer.scaledL2Imbalance ?? 0) - expected.scaled) < 1e-9)
        #expect(answer.diagnostics.optimalityViolation < 1e-12)
        for weight in answer.weights {
            #expect(abs(weight.weight - (expected.weights[weight.location] ?? 0)) < 5.1e-5)
        }
        for (place, row) in answer.rows.enumerated() {
            #expect(abs(row.effect - (expected.periods["\(91 + place)"] ?? 0)) < 1e-5)
        }
        #expect(abs(answer.pValue - 5 / 105) < 1e-12)
        #expect(abs(answer.pValueAverage - 12 / 105) < 1e-12)
        #expect(abs(answer.diagnostics.placeboPValue - 8 / 39) < 1e-12)
        #expect(abs((answer.diagnostics.rmseRatio ?? 0) - 2.579725236471527) < 1e-9)
        #expect(answer.verdict.hasPrefix("Not proven"))
        #expect(answer.picture?.svg.contains("<title>") == true)
    }

    struct Entry: Decodable {
        var published: Published?

        init(from decoder: any Decoder) throws { published = try? Published(from: decoder) }
    }

    /// Places that follow one season, one of them with `lift` in the last periods.
    static func made(lift: Double, stream: UInt64 = 0) throws -> DataTable {
        var random = Philox(seed: 21, stream: stream)
        let season = (0..<80).map { _ in random.normal() }
        var (dates, places, values) = ([String](), [String](), [String]())
        for place in 0..<9 {
            for (period, swing) in season.enumerated() {
                let plain = 200 + 10 * Double(place) + 10 * swing + 3 * random.normal()
                dates.append(DayNumber.text(19_000 + period))
                places.append("Place \(place)")
                values.append(String(place == 4 && period >= 66 ? plain * (1 + lift) : plain))
            }
        }
        return try CausalFile.table([("Geo", places), ("Week", dates), ("KPI", values)])
    }

    @Test func `a lift that was put on is found, and none is not`() throws {
        var analysis = GeoAnalysis(treated: ["place 4"], start: DayNumber.text(19_066))
        analysis.level = 0.95
        let answer = try analysis.answer(try Self.made(lift: 0.1))
        #expect(abs((answer.percentLift ?? 0) - 0.1) < 0.02)
        #expect(answer.attInterval?.excludesZero == true)
        #expect(answer.verdict.hasPrefix("An increase is shown"))
        #expect(answer.diagnostics.placeboPValue < 0.15)
        let none = try analysis.answer(try Self.made(lift: 0))
        #expect(none.verdict.hasPrefix("Not proven"))
    }

    @Test func `a design says how small a lift would be found`() async throws {
        var design = GeoDesign(duration: 10)
        design.select = 1
        design.windows = 10
        let answer = try await design.answer(try Self.made(lift: 0))
        #expect(answer.rows.count == 9)
        #expect(answer.diagnostics.candidates == 9)
        let best = try #require(answer.rows.first)
        #expect(best.power >= 0.8)
        let smallest = try #require(best.smallestDetectableLift)
        #expect(smallest > 0.002 && smallest < 0.1)
        // Sampling noise of a mean of ten: the lift put on is the lift that is seen.
        #expect(abs((best.meanEstimatedLift ?? 0) - 0.1) < 0.02)
        let again = try await design.answer(try Self.made(lift: 0))
        #expect(again.rows == answer.rows)
    }

    @Test func `what is missing is named`() throws {
        let table = try Self.made(lift: 0)
        #expect(throws: AnalysisError.self) {
            try GeoAnalysis(treated: ["nowhere"], start: "2022-03-01").answer(table)
        }
        #expect(throws: AnalysisError.self) {
            try GeoAnalysis(treated: ["place 1"], start: "2012-03-01").answer(table)
        }
        let gap = try CausalFile.table([
            ("date", ["1", "2", "3", "4", "1", "2", "3", "4", "1", "2", "4"]),
            ("location", ["a", "a", "a", "a", "b", "b", "b", "b", "c", "c", "c"]),
            ("Y", ["1", "2", "3", "4", "2", "3", "4", "5", "1", "2", "3"]),
        ])
        let answer = try GeoAnalysis(treated: ["a"], start: "4").answer(gap)
        #expect(answer.weights.map(\.location) == ["b"])
        #expect(answer.notes.contains { $0.contains("lack periods: c") })
        #expect(throws: AnalysisError.self) {
            try GeoAnalysis(treated: ["c"], start: "4").answer(gap)
        }
    }
}
