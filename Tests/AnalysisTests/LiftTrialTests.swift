import Analysis
import Foundation
import Kernel
import Statistics
import Testing

/// What a stranger's trial of lift, power and factorial found, once each.
struct LiftTrialTests {
    private static func lift(_ text: String, _ columns: LiftColumns = LiftColumns()) throws
        -> LiftAnswer
    {
        try LiftAnswer(
            try LiftData.read(try LiftAnswerTests.table(text), columns), LiftQuestion())
    }

    private static func isNear(_ value: Double?, _ expected: Double) -> Bool {
        LiftAnswerTests.isNear(value, expected)
    }

    @Test(arguments: [
        ("0.95", 0.95), ("95", 0.95), ("95%", 0.95), ("95 %", 0.95), ("5", 0.05), ("1%", 0.01),
        ("0.5%", 0.005), ("99.9", 0.999),
    ])
    func `a chance is a share or percent`(_ text: String, _ expected: Double) throws {
        #expect(
            Self.isNear(try Written(text).chance("--confidence", such: "0.95"), expected))
    }

    @Test(arguments: ["1", "1.0", "0", "100", "100%", "-5", "250", "nan", "inf", "0x10", "", "x"])
    func `a chance that is neither is refused with how to write it`(_ text: String) {
        let error = #expect(throws: AnalysisError.self) {
            try Written(text).chance("--alpha", such: "0.05")
        }
        #expect(error?.problem.message.contains("such as 0.05, or percent") == true)
    }

    @Test(arguments: ["9:1:1", "9:", ":", "0:1", "-1:2", "nan:1", "x"])
    func `parts that are none are refused`(_ text: String) {
        #expect(throws: AnalysisError.self) {
            try WrittenRatio(text).parts("--ratio", count: 2, such: "9:1")
        }
    }

    @Test(arguments: [
        "9223372036854775807,3", "1e300,3", "10,-1", "10,1.5", "0,0", "5,6", "5", "5,nan", "",
    ])
    func `counts that cannot be are refused`(_ text: String) {
        #expect(throws: AnalysisError.self) { try CountPair.rate(text, option: "--treated") }
    }

    @Test(arguments: [
        PowerQuestion(TestPlan(ratio: 1e15), base: 0.1, lift: 0.1),
        PowerQuestion(TestPlan(), base: 0.1, lift: 0.1, daily: 1e-300),
        PowerQuestion(TestPlan(), base: 0.1, size: 9e18),
        PowerQuestion(TestPlan(), base: -10, deviation: 2, lift: 0.1),
        PowerQuestion(TestPlan(), base: 10, deviation: 1e300, lift: 0.1),
    ])
    func `plans beyond all bounds are refused, not a trap`(_ question: PowerQuestion) {
        #expect(throws: AnalysisError.self) { try PowerAnswer(question) }
    }

    @Test func `a million millions can be planned for`() throws {
        let answer = try PowerAnswer(PowerQuestion(TestPlan(), base: 0.01, size: 1e12))
        #expect(answer.sizePerArm == 1_000_000_000_000)
    }

    @Test(arguments: [
        "arm,value\na,1e160\na,2e160\nb,1e160\nb,3e160\n",
        "arm,value\na,1e308\na,-1e308\nb,1e308\nb,1e308\n",
        "arm,value\na,1e-170\na,2e-170\nb,1e-170\nb,3e-170\n",
        "arm,n,conversions\na,4000000000000000000,1\nb,4000000000000000000,2\n",
        "arm,n,conversions\na,1000000000000,1\na,1000000000000,1\nb,5,2\n",
        "arm,value\na,0.1\na,0.1\na,0.1\nb,0.3\nb,0.3\nb,0.3\n",
        "arm,revenue,pre\na,1,1\na,2,2\nb,4,4\nb,5.5,5.5\n",
        "arm,value\na,1\na,2\nb,NaN\nb,3\n",
        "arm,value\na,1\na,2\n",
    ])
    func `numbers that cannot be reckoned with are refused, not a trap`(_ text: String) {
        #expect(throws: AnalysisError.self) { try Self.lift(text) }
    }

    @Test func `large numbers that can be are Welch's as well`() throws {
        // Welch's t does not change with the unit: scipy's of 1 2 4 9 3 8 against 2 3 3 5 1 4.
        let one = try Self.lift(
            "arm,value\n" + [1, 2, 4, 9, 3, 8].map { "b,\($0)e50\n" }.joined()
                + [2, 3, 3, 5, 1, 4].map { "a,\($0)e50\n" }.joined())
        let other = try Self.lift(
            "arm,value\n" + [1, 2, 4, 9, 3, 8].map { "b,\($0)\n" }.joined()
                + [2, 3, 3, 5, 1, 4].map { "a,\($0)\n" }.joined())
        #expect(
            Self.isNear(one.pValue, other.pValue) && Self.isNear(one.freedom, other.freedom ?? 0))
    }

    @Test func `a verdict that is not what the limits say tells why`() throws {
        let answer = try LiftAnswer(LiftAnswerTests.rates(100, 5, 100, 0), LiftQuestion())
        // scipy's fisher_exact: 0.059383210468586585.
        #expect(Self.isNear(answer.pValue, 0.059383210468586585))
        #expect(answer.verdict == .notProven && answer.lower ?? 0 > 0)
        #expect(answer.notes.contains { $0.hasPrefix("The limits alone leave out no effect") })
        #expect(!answer.notes.joined().contains("∞"))
        #expect(answer.notes[0].contains("no limit"))
        let alike = try LiftAnswer(LiftAnswerTests.rates(60, 20, 60, 20), LiftQuestion())
        #expect(alike.exactPValue == 1)
    }

    @Test(arguments: [
        // scipy's fisher_exact of the same tables.
        ([10, 2, 5_000_000, 200_000], 0.058154430486794584),
        ([1, 1, 1_000_000, 130_000], 0.13000087001068153),
    ])
    func `a handful of people is tested exactly, however large the other arm`(
        counts: [Int], wanted: Double
    ) throws {
        let answer = try LiftAnswer(
            LiftAnswerTests.rates(counts[0], counts[1], counts[2], counts[3]), LiftQuestion())
        #expect(answer.test == "exact" && answer.verdict == .notProven)
        #expect(abs(answer.pValue - wanted) < 1e-9)
    }

    @Test func `Katz's limits give way where everybody converted`() throws {
        var question = LiftQuestion()
        question.method = .katz
        let answer = try LiftAnswer(LiftAnswerTests.rates(10, 10, 10, 10), question)
        #expect(answer.intervalMethod == "score")
        #expect(answer.lower ?? 0 < -0.1 && answer.upper ?? 0 > 0.1)
    }

    @Test func `cells of a few people are told apart as lift does, and prove nothing more`() throws
    {
        let text = "cell,n,conversions\nnone,4,0\nemail,4,1\nsocial,4,1\nboth,4,4\n"
        let answer = try LiftAnswerTests.factorial(text)
        for (index, counts) in [(0, [4, 1, 4, 0]), (2, [4, 4, 4, 0]), (3, [4, 4, 4, 1])] {
            let lift = try LiftAnswer(
                LiftAnswerTests.rates(counts[0], counts[1], counts[2], counts[3]), LiftQuestion())
            let row = answer.rows[index]
            #expect(row.pValue == lift.pValue && row.verdict == lift.verdict && row.test == "exact")
            #expect(row.differenceLower == lift.differenceLower)
        }
        for row in answer.rows.suffix(3) {
            #expect(row.verdict == .notProven && row.reason?.contains("fewer than 5") == true)
            #expect(row.difference != nil && row.ratio == nil)
        }
        let nobody = try LiftAnswerTests.factorial(
            "cell,n,conversions\nnone,40,0\nemail,40,0\nsocial,40,0\nboth,40,0\n")
        #expect(nobody.interaction.difference == 0 && nobody.interaction.verdict == .notProven)
    }

    static let cells = [
        ("none", [1.2, 0.4, 2.1, 0.9, 1.7, 0.2, 1.1, 0.6, 1.9, 0.8]),
        ("email", [2.2, 1.4, 3.1, 0.9, 2.7, 1.2, 2.1, 1.6, 2.9, 1.8, 2.4]),
        ("social", [1.5, 0.7, 2.2, 1.3, 1.9, 0.4, 1.6, 0.8, 2.3, 1.1]),
        ("both", [4.2, 2.4, 5.1, 1.9, 3.7, 2.2, 4.1, 3.6, 2.9, 3.8, 4.4, 3.0]),
    ]

    @Test func `means of cells are Welch's, with his degrees of freedom`() throws {
        let text =
            "cell,revenue\n"
            + Self.cells.flatMap { name, values in values.map { "\(name),\($0)\n" } }.joined()
        let answer = try LiftAnswerTests.factorial(text)
        // By numpy: the contrast of means, Satterthwaite's freedom, scipy's t.
        let synergy = answer.interaction
        #expect(synergy.scale == "difference" && synergy.verdict == .up)
        #expect(Self.isNear(synergy.difference, 1.12439393939394))
        #expect(Self.isNear(synergy.freedom, 37.24662159782834))
        #expect(Self.isNear(synergy.pValue, 0.018238834749175575))
        #expect(Self.isNear(synergy.differenceLower, 0.20201846637332344))
        // scipy's ttest_ind without equal variances.
        let pair = try #require(answer.rows.first { $0.effect == "both vs email" })
        #expect(Self.isNear(pair.t, 3.996231844928492))
        #expect(Self.isNear(pair.pValue, 0.0007028544681391462))
        #expect(Self.isNear(pair.differenceUpper, 2.1524023482467607))
        guard case .table(let heading, _) = answer.sections[0] else {
            Issue.record("there is no table of cells")
            return
        }
        #expect(heading == ["cell", "people", "mean", "from", "to"])
        // Three people in each cell prove no main effect.
        let few = try LiftAnswerTests.factorial(
            "cell,revenue\n"
                + Self.cells.flatMap { name, values in
                    values.prefix(3).map { "\(name),\($0)\n" }
                }.joined())
        #expect(few.rows.allSatisfy { $0.verdict == .notProven })
    }

    @Test func `what is written on the command line has a hash`() {
        // printf -- '--treated 10,1\n--control 9,2\n' | sha256sum
        let input = AnalysisInput(arguments: ["--treated 10,1", "--control 9,2"])
        #expect(
            input.sha256 == "b7457f19a031adc779fc13484dd5dbb72d5503c1a80d49981b6f7382c7c06a98"
                && input.rows == 2 && input.file == "command line")
    }

    @Test func `a person in both arms is told of`() throws {
        let answer = try Self.lift(
            "user_id,arm,revenue\nu1,a,1\nu2,a,2\nu3,a,3\nu1,b,2\nu4,b,4\nu4,b,5.5\n")
        #expect(answer.notes.contains { $0.hasPrefix("1 person is in several arms, such as u1") })
        #expect(answer.notes.contains { $0.hasPrefix("1 person has several rows") })
    }

    @Test func `options that say nothing about the file are refused`() throws {
        var columns = LiftColumns()
        columns.before = "n"
        #expect(throws: AnalysisError.self) {
            try Self.lift("arm,n,conversions\na,50,3\nb,50,9\n", columns)
        }
        var question = LiftQuestion()
        question.method = .katz
        let means = try LiftData.read(
            try LiftAnswerTests.table("arm,value\na,1\na,2.5\nb,4\nb,7\n"), LiftColumns())
        #expect(throws: AnalysisError.self) { try LiftAnswer(means, question) }
    }

    @Test func `days in any order read the same`() throws {
        var question = LiftQuestion()
        question.sequential = LiftSequentialPlan(tau: 0.01)
        let rows = (1...6).flatMap { day in
            [
                "2024-03-0\(day),treated,2000,\(130 + day)",
                "2024-03-0\(day),control,2000,\(100 + day)",
            ]
        }
        func answer(_ rows: [String]) throws -> [Double]? {
            let text = (["date,arm,n,conversions"] + rows).joined(separator: "\n") + "\n"
            return try LiftAnswer(
                try LiftData.read(try LiftAnswerTests.table(text), LiftColumns()), question
            ).sequential?.looks.map(\.pValue)
        }
        #expect(try answer(rows) == answer(rows.reversed()))
    }

    @Test func `pictures have numbers along their axes`() throws {
        let lift = try LiftAnswer(LiftAnswerTests.rates(1000, 120, 1000, 100), LiftQuestion())
        let bars = try #require(lift.picture).svg
        #expect(bars.contains(">0 %</text>") && bars.contains(">20 %</text>"))
        let plan = try PowerAnswer(PowerQuestion(TestPlan(), base: 0.01, lift: 0.22))
        let curve = try #require(plan.picture).svg
        #expect(curve.contains(">80 %</text>") && curve.contains(">20000</text>"))
    }

    @Test func `where the lift has no value, the sentence tells the difference`() throws {
        let answer = try Self.lift(
            "arm,value\n" + [-1, -2, -4, -3, -3].map { "control,\($0)\n" }.joined()
                + [1, 2, 3, 2, 4].map { "treated,\($0)\n" }.joined())
        // scipy's ttest_ind without equal variances: 5 [3.3371, 6.6629].
        #expect(
            answer.notes[0].hasPrefix("Proven up: difference 5, 95 % limits 3.33712 to 6.66288"))
    }
}
