import Analysis
import Foundation
import Kernel
import Statistics
import Testing

/// Files and options that make no sense are refused in words that name row, column and remedy.
struct SeriesHostilityTests {
    /// The words of a refusal, empty when there was none.
    static func words(_ body: () async throws -> some Sendable) async -> String {
        do {
            _ = try await body()
            return ""
        } catch let error as AnalysisError {
            return error.problem.message
        } catch {
            return "another error: \(error)"
        }
    }

    static func days(_ count: Int) -> [String] { (0..<count).map { DayNumber.text(19_000 + $0) } }

    static func waves(_ count: Int, stream: UInt64 = 0) -> [Double] {
        var random = Philox(seed: 61, stream: stream)
        return (0..<count).map { 50 + 5 * sin(Double($0) / 5) + random.normal() }
    }

    @Test func `one unreadable cell does not make a control of the response`() async throws {
        var visits = Self.waves(40).map { String($0) }
        visits[6] = "12,x"
        let table = try CausalFile.table([
            ("date", Self.days(40)), ("visits", visits.map { "\"\($0)\"" }),
            ("other", Self.waves(40, stream: 1).map { String($0) }),
        ])
        let words = await Self.words { try await ImpactAnalysis(start: "31").answer(table) }
        #expect(words.contains("Row 8, column visits"))
        #expect(words.contains("is not a number such as 1234.5. Correct it"))
    }

    @Test func `a failed placebo is no proof`() async throws {
        // A jump ten periods before the start, where nothing was done, and a larger one at it.
        let values = Self.waves(60).enumerated().map {
            String($1 + ($0 >= 40 ? 30 : 0) + ($0 >= 50 ? 60 : 0))
        }
        var analysis = ImpactAnalysis(start: "51")
        analysis.draws = 400
        let table = try CausalFile.table([("visits", values)])
        let answer = try await analysis.answer(table)
        #expect(answer.average.effectInterval.excludesZero)
        #expect(answer.diagnostics.placebo?.findsNothing == false)
        #expect(answer.verdict.hasPrefix("Not proven"))
        #expect(answer.verdict.contains("the same model finds effects where there were none"))
        analysis.checks = false
        #expect(try await analysis.answer(table).verdict.hasPrefix("An increase is shown"))
    }

    @Test func `per cent of what may be nothing is left out`() async throws {
        let values = Self.waves(50).map { String($0 - 50) }
        var analysis = ImpactAnalysis(start: "41")
        analysis.draws = 200
        let answer = try await analysis.answer(try CausalFile.table([("y", values)]))
        #expect(answer.average.relativeEffect == nil)
        #expect(answer.average.relativeEffectInterval == nil)
        #expect(answer.notes.contains { $0.contains("in per cent says nothing") })
        _ = try JSONEncoder().encode(answer)
    }

    @Test func `rounds longer than the file and endless horizons are refused`() async throws {
        let table = try CausalFile.table([("y", Self.waves(60).map { String($0) })])
        for (seasons, duration) in [(52, 1), (7, 9), (.max, .max), (2, .max), (0, 1), (1, 7)] {
            var analysis = ImpactAnalysis(start: "41")
            (analysis.seasons, analysis.seasonDuration) = (seasons, duration)
            #expect(await Self.words { try await analysis.answer(table) }.contains("--season"))
        }
        for draws in [99, 200_001, .max, .min] {
            var analysis = ImpactAnalysis(start: "41")
            analysis.draws = draws
            #expect(await Self.words { try await analysis.answer(table) }.contains("--draws"))
        }
        for size in [Double.nan, .infinity, 0, -1] {
            var analysis = ImpactAnalysis(start: "41")
            analysis.priors.levelDeviation = size
            #expect(await Self.words { try await analysis.answer(table) }.contains("--level-sd"))
        }
    }

    @Test func `huge values and holes of years are named by their row`() async throws {
        var values = Self.waves(60).map { String($0) }
        values[9] = "1e308"
        let huge = try CausalFile.table([("y", values)])
        let large = await Self.words { try await ImpactAnalysis(start: "41").answer(huge) }
        #expect(large.contains("Row 11, column y") && large.contains("too large"))
        var days = Self.days(60)
        days[30] = days[30].replacing("2022", with: "2202")
        let hole = try CausalFile.table([
            ("date", days), ("y", Self.waves(60).map { String($0) }),
        ])
        let far = await Self.words { try await ImpactAnalysis(start: "41").answer(hole) }
        #expect(far.contains("Row 32, column date") && far.contains("away from its neighbour"))
        var again = Self.days(60)
        again[30] = again[29]
        let repeated = try CausalFile.table([
            ("date", again), ("y", Self.waves(60).map { String($0) }),
        ])
        let twice = await Self.words { try await ImpactAnalysis(start: "41").answer(repeated) }
        #expect(twice.contains("Row 32, column date") && twice.contains("has a row already"))
    }

    /// Places a to d; `a` is treated.
    static func places(
        _ change: (_ place: String, _ period: Int, _ value: Double) -> String
    ) throws -> DataTable {
        var (dates, names, values) = ([String](), [String](), [String]())
        for (stream, name) in ["Åby", "Bonn", "Cork", "Dole"].enumerated() {
            for (period, value) in waves(30, stream: UInt64(stream)).enumerated() {
                dates.append(days(30)[period])
                names.append(name)
                values.append(change(name, period, value))
            }
        }
        return try CausalFile.table([("date", dates), ("city", names), ("sales", values)])
    }

    @Test func `places keep their spelling, and rows that come twice are refused`() async throws {
        let table = try Self.places { _, _, value in String(value) }
        var analysis = GeoAnalysis(treated: ["åby"], start: "25")
        let answer = try analysis.answer(table)
        #expect(answer.treated == ["Åby"])
        #expect(Set(answer.weights.map(\.location)) == ["Bonn", "Cork", "Dole"])
        var text = "date,city,sales\n"
        for period in 1...8 { text += "\(period),a,\(period)\n\(period),B,\(period % 3)\n" }
        let twice = try DataTable(Data((text + "3,A,4\n").utf8), name: "twice.csv")
        analysis = GeoAnalysis(treated: ["a"], start: "7")
        let words = await Self.words { try analysis.answer(twice) }
        #expect(words.contains("Row 18, column city: “A” has a row for 3 already"))
        analysis.addsUp = true
        #expect(try analysis.answer(twice).notes.contains { $0.contains("were added up") })
    }

    @Test func `a lift over nothing or less is left out, and nothing at all is refused`()
        async throws
    {
        // Profits: the synthetic mean is below 0, and the places lose less than they would have.
        let losses = try Self.places { name, period, value in
            String(value - 100 + (name == "Åby" && period >= 24 ? 20 : 0))
        }
        let answer = try GeoAnalysis(treated: ["Åby"], start: "25").answer(losses)
        #expect(answer.att > 15)
        #expect(answer.syntheticMean < 0)
        #expect(answer.percentLift == nil && answer.percentLiftInterval == nil)
        #expect(answer.verdict.contains("+"))
        let nothing = try Self.places { name, _, value in name == "Åby" ? "0" : String(value) }
        let words = await Self.words {
            try GeoAnalysis(treated: ["Åby"], start: "25").answer(nothing)
        }
        #expect(words.contains("shows nothing but 0"))
        let flat = try Self.places { name, _, _ in name == "Åby" ? "3" : "5" }
        _ = try JSONEncoder().encode(GeoAnalysis(treated: ["Åby"], start: "25").answer(flat))
    }

    @Test func `a design is drawn, and lengths beyond the file are refused`() async throws {
        let table = try Self.places { _, _, value in String(value) }
        for duration in [0, -1, 30, .max, .min] {
            var design = GeoDesign(duration: duration)
            design.select = 1
            #expect(await Self.words { try await design.answer(table) }.contains("--duration"))
        }
        for lift in [Double.nan, .infinity, 0, -1, 1e300] {
            var design = GeoDesign(duration: 5)
            design.treated = ["bonn"]
            design.lift = lift
            #expect(await Self.words { try await design.answer(table) }.contains("--lift"))
        }
        var design = GeoDesign(duration: 5)
        design.select = 1
        design.lift = -0.3
        let answer = try await design.answer(table)
        #expect(answer.powerCurve.count == 11)
        #expect(answer.powerCurve.first?.lift == 0)
        #expect(answer.powerCurve.last.map { $0.lift < -0.3 && $0.power > 0.9 } == true)
        #expect(answer.picture?.svg.contains("<polyline") == true)
    }
}
