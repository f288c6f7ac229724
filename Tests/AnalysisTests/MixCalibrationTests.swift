import Analysis
import Foundation
import Statistics
import Testing

/// Lift tests are compared with the fit, and those that nothing could show are refused.
struct MixCalibrationTests {
    /// What a MODEL.yaml with one test says when it is read.
    static func reading(_ test: String, _ more: String = "") -> String {
        do {
            _ = try MixAnalysisTests.model(
                "date: d\ntarget: y\nchannels: [a]\n\(more)calibration:\n- {channel: a, \(test)}")
            return ""
        } catch {
            return "\(error)"
        }
    }

    @Test func `a test that cannot be is refused with its line and why`() {
        let cases = [
            ("x: 10, delta_x: 0, delta_y: 1, sigma: 1", "a change of 0"),
            ("x: 10, delta_x: 5, delta_y: -9, sigma: 1", "against that of delta_x"),
            ("x: 10, delta_x: -5, delta_y: 9, sigma: 1", "against that of delta_x"),
            ("start: 2024-01-01, end: 2024-02-01, lift: -9, sigma: 1", "did harm"),
            ("x: -1, delta_x: 5, delta_y: 1, sigma: 1", "spend is never below 0"),
            ("x: 10, delta_x: -50, delta_y: -1, sigma: 1", "x + delta_x is -40"),
            ("x: 10, delta_y: 1, sigma: 1", "delta_x is missing"),
            (
                "start: 2024-03-01, end: 2024-02-01, lift: 1, sigma: 1",
                "before the start 2024-03-01"
            ),
            ("x: 1, delta_x: 1, delta_y: 1, lift: 2, sigma: 1", "Write one of the two"),
            ("x: 1, delta_x: 1, delta_y: 1, sigma: 1, place: g1", "only with geo:"),
        ]
        for (test, words) in cases {
            let message = Self.reading(test)
            #expect(message.contains(words) && message.contains("MODEL.yaml"), "\(message)")
            #expect(message.contains("line 5") || words.contains("missing"), "\(message)")
        }
        // Chance may turn the sign of a small effect.
        #expect(Self.reading("x: 10, delta_x: 5, delta_y: -1, sigma: 1") == "")
        #expect(Self.reading("x: 1, delta_x: 1, delta_y: 1, sigma: 1, place: g", "geo: p\n") == "")
    }

    /// Weeks in which spend brings 100·(1 − e^(−2x))/(1 + e^(−2x)) over 1000.
    private static func table(
        noise: Double = 4, isOpen: (Int) -> Bool = { _ in false }
    ) throws -> DataTable {
        var random = Philox(seed: 12)
        var text = "d,y,a\n"
        for week in 0..<90 {
            let x = random.uniform()
            let brought = Saturation.logistic.value(x, [2]) * 100
            text += "\(DayNumber.text(19_000 + 7 * week)),"
            let target = 1000 + brought + noise * random.normal()
            text += "\(isOpen(week) ? "" : String(target)),\(1000 * x)\n"
        }
        return try DataTable(Data(text.utf8), name: "made.csv")
    }

    private static func answer(_ test: String) async throws -> MixAnswer {
        var analysis = MixAnalysis(
            try MixAnalysisTests.model(
                "date: d\ntarget: y\nchannels: [a]\nadstock: none\nseasonality: 0\n"
                    + "calibration:\n- {channel: a, \(test)}"))
        analysis.draws = 400
        return try await analysis.answer(try table())
    }

    @Test func `a test that agrees is shown, and one that does not is told of`() async throws {
        // From 200 to 600 the curve rises by 34.
        let good = try await Self.answer("x: 200, delta_x: 400, delta_y: 34, sigma: 3")
        let agreed = try #require(good.calibration?.first)
        #expect(abs(agreed.z) < 2 && abs(agreed.untestedZ) < 2)
        #expect(abs(agreed.implied - 34) < 4 && abs(agreed.untested - 34) < 6)
        #expect(!good.notes.contains { $0.hasPrefix("The lift test") })
        let weak = try await Self.answer("x: 200, delta_x: 400, delta_y: 90, sigma: 9")
        #expect(try #require(weak.calibration?.first).z < -2)
        #expect(weak.notes.contains { $0.contains("(s.d. 9.000), but the fit says") })
        // A test that is sure of itself bends the fit; the data alone tell.
        let sure = try await Self.answer("x: 200, delta_x: 400, delta_y: 80, sigma: 0.5")
        let bent = try #require(sure.calibration?.first)
        #expect(bent.untestedZ < -2 && bent.untestedHigh < 60)
        #expect(
            sure.notes.contains { $0.hasPrefix("The lift test of a from 200.0 by +400.0 says") })
    }

    @Test func `a test far beyond the data is a slip of unit`() async throws {
        let words = await SeriesHostilityTests.words {
            try await Self.answer("x: 20000, delta_x: 100, delta_y: 1, sigma: 1")
        }
        #expect(words.contains("more than ten times the largest of a") && words.contains("line 7"))
    }

    @Test func `a test in periods held out does not bend what foretells them`() async throws {
        // The last of 90 weeks begins on day 19,623.
        let days = "start: \(DayNumber.text(19_560)), end: \(DayNumber.text(19_623))"
        func holdout(_ lift: String) async throws -> MixAnswer {
            var analysis = MixAnalysis(
                try MixAnalysisTests.model(
                    "date: d\ntarget: y\nchannels: [a]\nadstock: none\nseasonality: 0\nholdout: 12\n"
                        + "calibration:\n- {channel: a, \(days), lift: \(lift), sigma: 100}"))
            analysis.draws = 400
            return try await analysis.answer(try Self.table(isOpen: { $0 == 85 }))
        }
        let (low, high) = (try await holdout("300"), try await holdout("600"))
        #expect(low.diagnostics.holdout?.mape != nil)
        #expect(low.diagnostics.holdout == high.diagnostics.holdout)
        #expect(low.notes.contains { $0.contains("covers 1 period without a target") })
    }

    @Test func `a mean that a few draws pull up is told of`() async throws {
        // Data that say nothing leave the prior's skew as it is.
        var analysis = MixAnalysis(
            try MixAnalysisTests.model(
                "date: d\ntarget: y\nchannels: [a]\nadstock: none\nseasonality: 0\n"
                    + "saturation: hill\npriors: {roi: {log-normal: [-2.5, 1]}}"))
        analysis.draws = 400
        let answer = try await analysis.answer(try Self.table(noise: 400))
        let row = try #require(answer.rows?.first)
        #expect(row.contributionMedian > row.contributionLow)
        #expect(row.contribution > 1.25 * row.contributionMedian)
        #expect(abs((row.roiMedian ?? 0) - row.contributionMedian / row.spend) < 1e-9)
        #expect(
            answer.notes.contains { $0.hasPrefix("a: the draws are skewed") && $0.contains("hill") }
        )
        let even = try await Self.answer("x: 200, delta_x: 400, delta_y: 34, sigma: 3")
        #expect(!even.notes.contains { $0.contains("skewed") })
    }
}
