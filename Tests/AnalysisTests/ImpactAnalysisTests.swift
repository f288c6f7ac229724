import Analysis
import Foundation
import Statistics
import Testing

/// What a series would have been agrees with R's CausalImpact, and with truth.
struct ImpactAnalysisTests {
    /// R printed 0.89 (s.d. 0.3), interval [0.27, 1.5], p 0.00301, from some 900 draws.
    @Test func `the first example of R's CausalImpact is found within Monte-Carlo error`()
        async throws
    {
        guard let table = try CausalFile.table("impact/arma_data.csv") else {
            try Test.cancel("The acceptance data is not at hand.")
        }
        var analysis = ImpactAnalysis(start: "71")
        analysis.draws = 3000
        let answer = try await analysis.answer(table)
        #expect(answer.prePeriod.rows == 70)
        #expect(answer.postPeriod.rows == 30)
        #expect(abs(answer.average.effect - 0.89) < 0.04)
        #expect(abs(answer.average.effectSd - 0.3) < 0.03)
        #expect(abs(answer.average.effectInterval.lower - 0.27) < 0.09)
        #expect(abs(answer.average.effectInterval.upper - 1.5) < 0.09)
        #expect(abs(answer.cumulative.effect - 26.67) < 1.2)
        #expect(abs((answer.average.relativeEffect ?? 0) - 0.0074) < 0.0004)
        #expect(answer.tailProbability < 0.008)
        #expect(answer.verdict.hasPrefix("An increase is shown"))
        #expect(answer.diagnostics.scaleReduction < 1.01)
        #expect(answer.diagnostics.placebo?.findsNothing == true)
    }

    /// R printed −657 (s.d. 736), interval [−2076, 832], p 0.20061.
    @Test func `the second example of R's CausalImpact is found within Monte-Carlo error`()
        async throws
    {
        guard let table = try CausalFile.table("impact/comparison_data.csv") else {
            try Test.cancel("The acceptance data is not at hand.")
        }
        var analysis = ImpactAnalysis(start: "2019-07-15")
        analysis.draws = 3000
        analysis.checks = false
        let answer = try await analysis.answer(table)
        #expect(answer.response == "CHANGED")
        #expect(answer.controls.count == 3)
        #expect(abs(answer.average.actual - 78_574) < 1)
        #expect(abs(answer.average.effect + 657) < 90)
        #expect(abs(answer.average.effectSd - 736) < 60)
        #expect(abs(answer.average.effectInterval.lower + 2076) < 200)
        #expect(abs(answer.average.effectInterval.upper - 832) < 200)
        #expect(abs(answer.tailProbability - 0.2) < 0.03)
        #expect(answer.verdict.hasPrefix("Not proven"))
    }

    /// A response that follows a control, with days of the week and an effect of 4.
    static func made(effect: Double, stream: UInt64, touchesControl: Bool = false) throws
        -> DataTable
    {
        var random = Philox(seed: 31, stream: stream)
        let week = [2.0, 1, 0, -1, -3, -2, 3]
        var (y, x, days) = ([String](), [String](), [String]())
        var level = 0.0
        for day in 0..<110 {
            level += 0.05 * random.normal()
            let control = 20 + 3 * sin(Double(day) / 9) + random.normal()
            let value =
                50 + 1.5 * control + week[day % 7] + level + random.normal()
                + (day >= 90 ? effect : 0)
            y.append(String(value))
            x.append(String(control + (touchesControl && day >= 90 ? 6 : 0)))
            days.append(DayNumber.text(19_000 + day))
        }
        return try CausalFile.table([("visits", y), ("other", x), ("date", days)])
    }

    @Test func `intervals cover the truth as often as they say`() async throws {
        var covered = 0
        let rounds = 16
        for round in 0..<rounds {
            var analysis = ImpactAnalysis(start: DayNumber.text(19_090))
            analysis.seasons = 7
            analysis.draws = 240
            analysis.level = 0.9
            analysis.checks = false
            let answer = try await analysis.answer(
                try Self.made(effect: 4, stream: UInt64(round)))
            let interval = answer.average.effectInterval
            if interval.lower <= 4, interval.upper >= 4 { covered += 1 }
            // Less than half as wide as the effect is large: seasons and control are used.
            #expect(interval.upper - interval.lower < 4)
        }
        // Nine tenths of sixteen, three standard errors less.
        #expect(covered >= 11)
    }

    @Test func `a control that the event touched is warned of`() async throws {
        var analysis = ImpactAnalysis(start: DayNumber.text(19_090))
        analysis.seasons = 7
        analysis.draws = 400
        let answer = try await analysis.answer(
            try Self.made(effect: 4, stream: 1, touchesControl: true))
        #expect(answer.diagnostics.controls.map(\.mayBeTouched) == [true])
        #expect(answer.notes.contains { $0.contains("control other itself changed") })
    }

    @Test func `a level with slope and no control, missing values and row numbers`() async throws {
        var random = Philox(seed: 41)
        var values = (0..<80).map { String(10 + 0.5 * Double($0) + random.normal()) }
        values[10] = ""
        values[75] = "NA"
        var analysis = ImpactAnalysis(start: "61")
        analysis.trend = .linear
        analysis.draws = 800
        let answer = try await analysis.answer(
            try CausalFile.table([("", (0..<80).map { String($0 + 1) }), ("y", values)]))
        #expect(answer.response == "y")
        #expect(answer.controls.isEmpty)
        #expect(answer.prePeriod.rows == 60)
        #expect(answer.rows.count == 20)
        #expect(answer.rows[15].actual == nil)
        #expect(!answer.average.effectInterval.excludesZero)
        #expect(answer.notes.contains { $0.hasPrefix("2 rows without y") })
    }

    @Test func `the same seed gives the same bits`() async throws {
        var analysis = ImpactAnalysis(start: DayNumber.text(19_090))
        analysis.draws = 200
        analysis.checks = false
        let table = try Self.made(effect: 0, stream: 2)
        let first = try await analysis.answer(table)
        let second = try await analysis.answer(table)
        #expect(first.average == second.average)
        #expect(first.rows == second.rows)
    }
}
