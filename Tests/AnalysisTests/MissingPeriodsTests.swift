import Analysis
import Foundation
import Statistics
import Testing

/// Periods without a row keep their place, so that seasons do not shift.
struct MissingPeriodsTests {
    /// Days with a week's shape; `isLeft` says which rows the file has.
    static func weeks(
        _ isLeft: (Int) -> Bool, count: Int = 105, step: Int = 1, empties: Bool = false
    ) throws -> DataTable {
        var random = Philox(seed: 77)
        var (days, y, x) = ([String](), [String](), [String]())
        for day in 0..<count {
            let week = [20.0, 12, 8, 0, -10, -20, -10][day % 7]
            let control = 40 + random.normal()
            let value = 200 + week + control + random.normal()
            guard isLeft(day) || empties else { continue }
            days.append(DayNumber.text(19_723 + day * step))
            y.append(isLeft(day) ? String(value) : "")
            x.append(String(control))
        }
        return try CausalFile.table([("date", days), ("y", y), ("x", x)])
    }

    @Test func `a row that is missing reads as one that is empty`() async throws {
        let isLeft: (Int) -> Bool = { ![10, 31, 52, 73, 95].contains($0) }
        var analysis = ImpactAnalysis(start: DayNumber.text(19_723 + 84))
        analysis.seasons = 7
        analysis.draws = 800
        analysis.checks = false
        let gone = try await analysis.answer(try Self.weeks(isLeft))
        let empty = try await analysis.answer(try Self.weeks(isLeft, empties: true))
        #expect(gone.prePeriod.rows == 80 && gone.postPeriod.rows == 20)
        #expect(gone.rows.count == empty.rows.count)
        #expect(abs(gone.average.effect - empty.average.effect) < 0.3)
        let ratio = gone.average.effectSd / empty.average.effectSd
        #expect((0.7...1.4).contains(ratio))
        #expect(
            gone.notes.contains { $0.hasPrefix("5 periods have no row (the first is 2024-01-11") })
    }

    @Test func `working days are a week of five`() async throws {
        let isLeft: (Int) -> Bool = { ![5, 6].contains($0 % 7) && $0 != 8 }
        var analysis = ImpactAnalysis(start: DayNumber.text(19_723 + 84))
        analysis.draws = 100
        analysis.checks = false
        analysis.seasons = 5
        let answer = try await analysis.answer(try Self.weeks(isLeft))
        #expect(answer.notes.contains { $0.hasPrefix("1 period has no row") })
        analysis.seasons = 7
        let table = try Self.weeks(isLeft)
        let words = await SeriesHostilityTests.words { try await analysis.answer(table) }
        #expect(words.contains("5 days of the week only") && words.contains("--seasons 5"))
    }

    @Test func `weeks are filled, and what has no common step has no seasons`() async throws {
        let weeks = try ImpactSeries(try Self.weeks({ $0 != 20 && $0 != 21 }, count: 60, step: 7))
        #expect(weeks.times.count == 60 && weeks.response[20] == nil)
        #expect(weeks.controls[0].count == 60)
        let table = try CausalFile.table([
            ("date", ["2024-01-01", "2024-01-04", "2024-01-09", "2024-01-12", "2024-01-20"]),
            ("y", ["1", "2", "3", "4", "5"]),
        ])
        let series = try ImpactSeries(table)
        #expect(series.times.count == 5)
        #expect(series.notes.contains { $0.contains("do not follow one another evenly") })
        var analysis = ImpactAnalysis(start: "4")
        analysis.seasons = 2
        let words = await SeriesHostilityTests.words { [analysis] in
            try await analysis.answer(table)
        }
        #expect(words.contains("Add a row with an empty cell"))
    }

    @Test(arguments: [
        ["2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30", "2024-05-31"],
        ["2024-01-01", "2024-01-29", "2024-02-26", "2024-04-01", "2024-04-29"],
        ["2024-01-01", "2024-01-08", "2024-01-16", "2024-01-22", "2024-01-29"],
        ["2024-01-01", "2024-01-16", "2024-02-01", "2024-02-16", "2024-03-01"],
    ])
    func `months, months of weeks and days that move a little are even`(days: [String]) throws {
        let table = try CausalFile.table([("date", days), ("y", ["1", "3", "2", "5", "4"])])
        let series = try ImpactSeries(table)
        #expect(series.times.count == 5 && series.notes.isEmpty, "\(series.notes)")
    }

    @Test func `a day that no place has is told of`() throws {
        let days = [1, 2, 3, 5, 6, 7].map { "2024-01-0\($0)" }
        let table = try CausalFile.table([
            ("date", days + days), ("location", days.map { _ in "a" } + days.map { _ in "b" }),
            ("Y", (0..<12).map { String($0 * $0 % 7) }),
        ])
        let answer = try GeoAnalysis(treated: ["a"], start: "2024-01-06").answer(table)
        #expect(
            answer.notes.contains {
                $0.hasPrefix("1 period has no row for any place (the first is 2024-01-04")
            })
    }
}
