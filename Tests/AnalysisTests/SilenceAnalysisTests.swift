import Analysis
import Foundation
import Kernel
import Statistics
import Testing

/// Silence is drawn by lot, and read with what was posted before washed out.
struct SilenceAnalysisTests {
    @Test func `a calendar has pairs of blocks longer than what is carried over`() throws {
        var design = SilenceDesign(weeks: 26, halfLife: 1.5)
        design.start = "2024-01-01"
        design.seed = 9
        let answer = try design.answer()
        // log2(10) half-lives of one and a half days are 4.98 days.
        #expect(answer.burnInDays == 5)
        #expect(answer.blockDays == 14)
        #expect(answer.rows.count == 12)
        for pair in 1...6 {
            let both = answer.rows.filter { $0.pair == pair }.map(\.condition)
            #expect(Set(both) == ["post", "silence"])
        }
        #expect(answer.rows[0].start == "2024-01-01")
        #expect(answer.rows[0].measuredFrom == "2024-01-06")
        #expect(answer.rows[11].end == "2024-06-16")
        #expect(answer.diagnostics.leastPValue == 0.03125)
        #expect(try design.answer().rows == answer.rows)
        #expect(
            Set(
                try (1...UInt64(20)).map { seed in
                    design.seed = seed
                    return try design.answer().rows.map(\.condition)
                }
            ).count > 10)
        #expect(throws: AnalysisError.self) { try SilenceDesign(weeks: 3, halfLife: 10).answer() }
        let few = try SilenceDesign(weeks: 8, halfLife: 1).answer()
        #expect(few.notes.contains { $0.contains("cannot prove anything") })
    }

    /// Visits with autocorrelation; what is posted counts with a half-life of one day.
    static func made(effect: Double, stream: UInt64) throws -> DataTable {
        var design = SilenceDesign(weeks: 28, halfLife: 1)
        design.seed = stream + 1
        design.start = "2024-01-01"
        let calendar = try design.answer()
        var random = Philox(seed: 51, stream: stream)
        var (noise, carried) = (0.0, 0.0)
        var text = "Date,Block,Condition,Visits\n"
        for line in calendar.calendar.split(separator: "\n").dropFirst() {
            let cells = line.split(separator: ",", omittingEmptySubsequences: false)
            noise = 0.6 * noise + 4 * random.normal()
            carried = 0.5 * carried + (cells[2] == "post" ? 0.5 * effect : 0)
            let value = 100 + noise + carried
            text += "\(cells[0]),\(cells[1]),\(cells[2]),\(value)\n"
        }
        return try DataTable(Data(text.utf8), name: "made.csv")
    }

    @Test
    func `intervals cover the truth as often as they say, with carry-over and autocorrelation`()
        throws
    {
        var covered = 0
        var sum = 0.0
        let rounds = 40
        for round in 0..<rounds {
            var analysis = SilenceAnalysis()
            analysis.halfLife = 1
            analysis.level = 0.9
            analysis.draws = 2000
            let answer = try analysis.answer(try Self.made(effect: 12, stream: UInt64(round)))
            #expect(answer.diagnostics.design == "pairs")
            #expect(answer.diagnostics.burnIn == 4)
            let interval = try #require(answer.interval)
            // What is left over after four days takes a part of 0.94 / 16 from the effect.
            if interval.lower <= 11.8, interval.upper >= 11.8 { covered += 1 }
            sum += answer.effect
        }
        #expect(covered >= 30)
        #expect(abs(sum / Double(rounds) - 11.8) < 1)
    }

    @Test func `few blocks prove nothing, and without column blocks are found`() throws {
        let days = (1...28).map(String.init)
        let silent = (0..<28).map { [0, 1, 1, 0][$0 / 7] == 1 ? "yes" : "no" }
        let values = (0..<28).map { [0, 1, 1, 0][$0 / 7] == 1 ? "5" : String(8 + $0 % 2) }
        let answer = try SilenceAnalysis().answer(
            try CausalFile.table([("day", days), ("silence", silent), ("clicks", values)]))
        #expect(answer.rows.map(\.condition) == ["post", "silence", "silence", "post"])
        #expect(answer.diagnostics.design == "pairs")
        #expect(answer.effect > 3)
        #expect(answer.interval == nil)
        #expect(answer.verdict.hasPrefix("Not proven"))
        #expect(answer.notes.contains { $0.contains("7 periods long") })
        var analysis = SilenceAnalysis()
        analysis.halfLife = 5
        #expect(throws: AnalysisError.self) {
            try analysis.answer(
                try CausalFile.table([("day", days), ("silence", silent), ("clicks", values)]))
        }
    }

    @Test func `a condition that is none is named`() throws {
        let table = try CausalFile.table([
            ("day", ["1", "2"]), ("condition", ["post", "maybe"]), ("y", ["1", "2"]),
        ])
        #expect(throws: AnalysisError.self) { try SilenceAnalysis().answer(table) }
    }

    @Test(arguments: [
        (10.0, 1, "93.3 % of an effect may be left"), (1.5, 5, "9.9 % of an effect may be left"),
        (0.0, 0, "an effect is taken to end with its day"),
    ])
    func `a calendar says what may be left of an effect when measuring begins`(
        halfLife: Double, burnIn: Int, wanted: String
    ) throws {
        var design = SilenceDesign(weeks: 60, halfLife: halfLife)
        design.burnIn = burnIn
        design.blockDays = 35
        let notes = try design.answer().notes.joined()
        #expect(notes.contains(wanted), "\(notes)")
    }

    @Test func `the past says how small an effect a calendar would show`() throws {
        // Two levels one apart that change with each block: all differences are 1 or −1.
        var (days, values) = ([String](), [String]())
        for day in 0..<140 {
            days.append(DayNumber.text(19_000 + day))
            values.append(day / 7 % 2 == 0 ? "10" : "11")
        }
        let past = try CausalFile.table([("date", days), ("visits", values)])
        var design = SilenceDesign(weeks: 12, halfLife: 0)
        design.blockDays = 7
        design.burnIn = 6
        let found = try #require(try design.answer(past).past)
        #expect(found.days == 140)
        #expect(abs(found.pairSd - 1) < 1e-12)
        // Six pairs find something only when all have one sign: at an effect of one.
        #expect(abs((found.smallestEffect ?? 0) - 1) < 0.01)
        #expect(abs((found.smallestRelativeEffect ?? 0) - 1 / 10.5) < 0.001)
        // Twelve pairs: (t₁₁(0.975) + t₁₁(0.8)) / √12 by scipy.
        design.weeks = 24
        #expect(
            abs((try design.answer(past).past?.smallestEffect ?? 0) - 0.8881134) < 1e-5)
        design.weeks = 4
        let few = try design.answer(past)
        #expect(few.past?.smallestEffect == nil)
        #expect(few.notes.first?.hasPrefix("So few pairs") == true)
        design.blockDays = 70
        design.weeks = 40
        #expect(throws: AnalysisError.self) { try design.answer(past) }
    }

    @Test func `numbers that make no calendar are refused`() throws {
        func refuses(_ change: (inout SilenceDesign) -> Void) -> Bool {
            var design = SilenceDesign(weeks: 26, halfLife: 1)
            change(&design)
            do {
                _ = try design.answer()
                return false
            } catch {
                return error.problem.message.contains("--")
            }
        }
        for weeks in [0, -1, Int.max, .min, 5201] { #expect(refuses { $0.weeks = weeks }) }
        for days in [0, -7, Int.max, .min] { #expect(refuses { $0.blockDays = days }) }
        for days in [-1, Int.max, .min] { #expect(refuses { $0.burnIn = days }) }
        for size in [Double.nan, .infinity, -1, 1e300] { #expect(refuses { $0.halfLife = size }) }
        for level in [Double.nan, .infinity, 0, 1] { #expect(refuses { $0.level = level }) }
    }

    @Test func `silence below nothing has no effect in per cent`() throws {
        let days = (1...28).map(String.init)
        let silent = (0..<28).map { [0, 1, 1, 0][$0 / 7] == 1 ? "yes" : "no" }
        let values = (0..<28).map { [0, 1, 1, 0][$0 / 7] == 1 ? "-5" : String($0 % 2 - 2) }
        let answer = try SilenceAnalysis().answer(
            try CausalFile.table([("day", days), ("silence", silent), ("clicks", values)]))
        #expect(answer.effect > 3 && answer.relativeEffect == nil)
        #expect(answer.verdict.contains("+3."))
        var analysis = SilenceAnalysis()
        analysis.draws = .max
        #expect(throws: AnalysisError.self) {
            try analysis.answer(
                try CausalFile.table([("day", days), ("silence", silent), ("clicks", values)]))
        }
    }
}
