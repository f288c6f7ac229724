import Analysis
import Foundation
import Statistics
import Testing

/// Answers about two arms and four cells, against the files with known answers and by hand.
struct LiftAnswerTests {
    /// The folder of known answers, or nil where it is not at hand.
    static let folder: URL? = {
        let root = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let data =
            ProcessInfo.processInfo.environment["THROUGHLINE_ACCEPTANCE_DATA"] ?? "../shared/data"
        let folder = URL(filePath: data + "/measure/causal", relativeTo: root)
        let file = folder.appending(path: "expected_lift.json").path
        return FileManager.default.isReadableFile(atPath: file) ? folder : nil
    }()

    static let absence: Comment = "the acceptance data is not at hand"

    static func expected() throws -> [String: Any] {
        let data = try Data(
            contentsOf: try #require(folder).appending(path: "expected_lift.json"))
        return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    static func table(_ text: String) throws -> DataTable {
        try DataTable(Data(text.utf8), name: "people.csv")
    }

    static func rates(_ n1: Int, _ x1: Int, _ n0: Int, _ x0: Int) -> LiftData {
        LiftData(
            .rates(
                RateComparison(
                    treated: Rate(count: n1, successes: x1),
                    control: Rate(count: n0, successes: x0))))
    }

    static func isNear(_ value: Double?, _ expected: Double?, _ error: Double = 1e-9) -> Bool {
        guard let value, let expected else { return false }
        return abs(value - expected) <= error * max(1e-3, abs(expected))
    }

    @Test(
        .enabled(if: folder != nil, absence),
        arguments: ["email+social_vs_email_22pct_925k", "null_effect"])
    func `every entry of the known rates is met`(_ name: String) throws {
        let known = try #require(try Self.expected()[name] as? [String: Any])
        func number(_ key: String) -> Double? { known[key] as? Double }
        func count(_ key: String) throws -> Int { try #require(known[key] as? Int) }
        let data = Self.rates(
            try count("n_treat"), try count("conv_treat"), try count("n_control"),
            try count("conv_control"))
        let answer = try LiftAnswer(data, LiftQuestion())
        let singles: [(Double?, String)] = [
            (answer.rows[0].rate, "rate_treat"), (answer.rows[1].rate, "rate_control"),
            (answer.difference, "abs_diff"), (answer.lift, "relative_lift"),
            (answer.incremental, "incremental_conversions"), (answer.z, "z_pooled"),
            (answer.pValue, "p_value_two_sided"), (answer.chiSquare, "chi2"),
            (answer.probabilityBetter, "bayes_prob_treat_better_beta11"),
        ]
        for (value, key) in singles { #expect(Self.isNear(value, number(key)), "\(key)") }
        func limits(_ scale: String, _ method: String) -> [Double?] {
            let found = answer.intervals.first { $0.scale == scale && $0.method == method }
            return [found?.lower, found?.upper]
        }
        let pairs: [([Double?], String)] = [
            (limits("difference", "newcombe"), "ci95_diff_newcombe"),
            (limits("difference", "wald"), "ci95_diff_wald"),
            (limits("ratio", "katz"), "ci95_ratio_katz_log"),
            (limits("lift", "katz"), "ci95_lift_katz_log"),
            ([answer.lower, answer.upper], "ci95_lift_katz_log"),
            (limits("ratio", "score"), "ci95_ratio_score"),
            ([answer.rows[0].lower, answer.rows[0].upper], "ci95_rate_treat_wilson"),
        ]
        for (found, key) in pairs {
            let wanted = try #require(known[key] as? [Double])
            #expect(Self.isNear(found[0], wanted[0]) && Self.isNear(found[1], wanted[1]), "\(key)")
        }
        #expect(answer.verdict.rawValue == (name == "null_effect" ? "not proven" : "proven up"))
    }

    @Test(.enabled(if: folder != nil, absence))
    func `every known size of an arm is met`() throws {
        let sizes = try #require(try Self.expected()["sample_size_per_arm"] as? [String: Int])
        #expect(sizes.count == 15)
        for (key, size) in sizes {
            let parts = key.split(whereSeparator: { "=,".contains($0) })
            let base = try #require(Double(parts[1]))
            let lift = try #require(Double(parts[3]))
            let answer = try PowerAnswer(PowerQuestion(TestPlan(), base: base, lift: lift))
            #expect(answer.sizePerArm == size, "\(key)")
        }
    }

    @Test(.enabled(if: folder != nil, absence))
    func `the known factorial test is met`() throws {
        let known = try #require(try Self.expected()["factorial_2x2"] as? [String: Any])
        let cells = try #require(known["cells"] as? [String: [String: Int]])
        var text = "cell,n,conversions\n"
        for name in ["both", "social", "none", "email"] {
            let cell = try #require(cells[name])
            text += "\(name),\(cell["n"] ?? 0),\(cell["conv"] ?? 0)\n"
        }
        let answer = try Self.factorial(text)
        let simple = try #require(answer.rows.first { $0.effect == "both vs email" })
        #expect(Self.isNear(simple.ratio, known["rr_both_vs_email"] as? Double))
        #expect(Self.isNear(answer.interaction.ratio, known["interaction_ratio"] as? Double))
        #expect(Self.isNear(answer.interaction.pValue, known["interaction_p"] as? Double))
        // The known limits were taken 1.96 deviations away.
        let limits = try #require(known["ci95"] as? [Double])
        #expect(Self.isNear(simple.ratioLower, limits[0], 1e-7))
        #expect(Self.isNear(simple.ratioUpper, limits[1], 1e-7))
        let others = try #require(known["interaction_ci95"] as? [Double])
        #expect(Self.isNear(answer.interaction.ratioLower, others[0], 1e-7))
        #expect(Self.isNear(answer.interaction.ratioUpper, others[1], 1e-7))
        #expect(answer.interaction.verdict == .notProven)
    }

    @Test(.enabled(if: folder != nil, absence))
    func `the known revenue of people is met`() throws {
        let known = try #require(
            try Self.expected()["revenue_per_user_welch"] as? [String: Any])
        let path = try #require(Self.folder).appending(path: "revenue_per_user_sample.csv").path
        let answer = try LiftAnswer(
            try LiftData.read(try DataTable(path: path), LiftColumns()), LiftQuestion())
        let singles: [(Double?, String)] = [
            (answer.rows[0].mean, "mean_treat"), (answer.rows[1].mean, "mean_control"),
            (answer.difference, "diff"), (answer.t, "t"), (answer.freedom, "df"),
            (answer.pValue, "p"), (answer.lift, "rel_lift"),
        ]
        for (value, key) in singles {
            #expect(Self.isNear(value, known[key] as? Double), "\(key)")
        }
        // The known limits were taken 1.96 deviations away.
        let limits = try #require(known["rel_lift_delta_ci95"] as? [Double])
        #expect(Self.isNear(answer.lower, limits[0], 1e-7))
        #expect(Self.isNear(answer.upper, limits[1], 1e-7))
        #expect(answer.verdict == .notProven)
    }

    @Test func `mail with social beats mail alone by 22 %, which 5,000 people cannot prove`() throws
    {
        // The designed test of statsmodels' figures: +22.0 % [12.7, 32.1], p = 8.5e-7.
        let large = try LiftAnswer(Self.rates(462_500, 1353, 462_500, 1109), LiftQuestion())
        #expect(Self.isNear(large.lift, 0.2200180342651037))
        #expect(Self.isNear(large.lower, 0.12702137343419406))
        #expect(Self.isNear(large.upper, 0.32068835517873784))
        #expect(Self.isNear(large.pValue, 8.476092945370367e-07))
        #expect(large.verdict == .up && !large.sampleRatio.isMismatch)
        #expect(large.notes[0].hasPrefix("Proven up: lift +22.0 %, 95 % limits +12.7 % to +32.1 %"))
        // The same lift at a base of 1 % on 5,000 an arm: [−15.9, +76.9] (statsmodels).
        let small = try LiftAnswer(Self.rates(5000, 61, 5000, 50), LiftQuestion())
        #expect(Self.isNear(small.lift, 0.22) && small.verdict == .notProven)
        #expect(
            small.notes[0].hasPrefix("Not proven: lift +22.0 %, 95 % limits −15.9 % to +76.9 %"))
        #expect(
            Self.isNear(small.lower, -0.15885590039183684)
                && Self.isNear(small.upper, 0.769494668860369))
        // And at the base of the sources, 0.24 %, even less.
        let tiny = try LiftAnswer(Self.rates(5000, 15, 5000, 12), LiftQuestion())
        #expect(tiny.verdict == .notProven)
    }

    @Test func `few conversions are tested exactly, with score limits`() throws {
        let answer = try LiftAnswer(Self.rates(40, 5, 40, 0), LiftQuestion())
        #expect(answer.test == "exact" && answer.intervalMethod == "score")
        // scipy.stats.fisher_exact([[5, 35], [0, 40]]): 0.0547427256; by hand 2·C(40,5)/C(80,5).
        let hand = 2.0 * (36.0 * 37 * 38 * 39 * 40) / (76.0 * 77 * 78 * 79 * 80)
        #expect(Self.isNear(answer.pValue, hand))
        #expect(answer.lift == nil && answer.upper == nil && answer.verdict == .notProven)
        let nobody = try LiftAnswer(Self.rates(40, 0, 50, 0), LiftQuestion())
        #expect(nobody.pValue == 1 && nobody.verdict == .notProven && nobody.lift == nil)
    }

    @Test func `arms of other sizes than planned are not read`() throws {
        var question = LiftQuestion()
        let data = Self.rates(5500, 220, 4500, 90)
        let unplanned = try LiftAnswer(data, question)
        #expect(unplanned.sampleRatio.isMismatch && unplanned.verdict == .up)
        #expect(unplanned.notes[1].contains("--expected-ratio"))
        question.expectedShares = [1, 1]
        #expect(try LiftAnswer(data, question).verdict == .notTrustworthy)
        question.expectedShares = [55, 45]
        #expect(try LiftAnswer(data, question).verdict == .up)
    }

    @Test func `one side leaves the other limit open`() throws {
        var question = LiftQuestion()
        question.alternative = .greater
        let answer = try LiftAnswer(Self.rates(5000, 60, 5000, 40), question)
        // statsmodels' proportions_ztest.
        #expect(answer.upper == nil && Self.isNear(answer.pValue, 0.02221159242500301))
        question.alternative = .less
        let less = try LiftAnswer(Self.rates(5000, 60, 5000, 40), question)
        #expect(less.lower == -1 && less.verdict == .notProven)
    }

    @Test(arguments: [
        "arm,n,conversions\ncontrol,60,3\ntreated,40,7\n",
        "group;users;orders\nB;40;7\nA;60;3\n",
        "treated_n,treated_conversions,control_n,control_conversions\n40,7,60,3\n",
        "date,arm,n,conversions\n2024-01-01,test,10,3\n2024-01-02,test,30,4\n"
            + "2024-01-01,holdout,20,0\n2024-01-02,holdout,40,3\n",
    ])
    func `counts are read in the ways people write them`(_ text: String) throws {
        let answer = try LiftAnswer(
            try LiftData.read(try Self.table(text), LiftColumns()), LiftQuestion())
        #expect(answer.rows.map(\.count) == [40, 60])
        #expect(answer.rows.map(\.conversions) == [7, 3])
    }

    @Test func `people are read with what they did before`() throws {
        var text = "person,group,revenue,pre_revenue\n"
        let treated = zip([1.2, 3.4, 0, 0, 5.5, 2.2, 7.1, 0], [1, 3, 0.5, 0.2, 4, 2, 6, 0.1])
        let control = zip([0.5, 0, 1.1, 2.0, 0, 0.3, 4.2], [0.4, 0.3, 1, 1.5, 0.2, 0.1, 3])
        for (now, before) in treated { text += "p,treatment,\(now),\(before)\n" }
        for (now, before) in control { text += "p,control,\(now),\(before)\n" }
        let answer = try LiftAnswer(
            try LiftData.read(try Self.table(text), LiftColumns()), LiftQuestion())
        // numpy and scipy, as in LiftTests.
        #expect(answer.test == "welch after cuped")
        #expect(Self.isNear(answer.pValue, 0.15019514740351633))
        #expect(Self.isNear(answer.diagnostics.cupedTheta, 1.280280061263401))
    }

    @Test func `samples side by side may differ in length`() throws {
        let data = try LiftData.read(
            try Self.table("treat,control\n1.5,0\n2,1\n4,\n"), LiftColumns())
        let answer = try LiftAnswer(data, LiftQuestion())
        #expect(answer.rows.map(\.count) == [3, 2])
    }

    @Test func `yes and no of each person are rates`() throws {
        let text = "arm,converted\n" + String(repeating: "control,0\ntreated,1\n", count: 3)
        let answer = try LiftAnswer(
            try LiftData.read(try Self.table(text), LiftColumns()), LiftQuestion())
        #expect(answer.metric == "rate" && answer.rows.map(\.conversions) == [3, 0])
    }

    @Test(arguments: [
        "arm,n,conversions\ncontrol,60,70\ntreated,40,7\n",
        "arm,n,conversions\ncontrol,60,-1\ntreated,40,7\n",
        "arm,n,conversions\ncontrol,60,1\n",
        "arm,n,conversions\nred,60,1\nblue,40,7\ngreen,4,1\n",
        "arm,n,conversions\ncontrol,0,0\ntreated,40,7\n",
        "arm,value\ncontrol,1\ntreated,x\n",
        "arm,value\ncontrol,2\ntreated,3\n",
        "arm,value\n",
        "colour,number\nred,1\n",
    ])
    func `what cannot be read is refused in words`(_ text: String) throws {
        #expect(throws: AnalysisError.self) {
            try LiftAnswer(
                try LiftData.read(try Self.table(text), LiftColumns()), LiftQuestion())
        }
    }

    @Test func `arms with names of their own are named by the person`() throws {
        var columns = LiftColumns()
        columns.treated = "red"
        columns.control = "blue"
        let text = "arm,n,conversions\nred,60,6\nblue,40,7\ngreen,4,1\n"
        let data = try LiftData.read(try Self.table(text), columns)
        #expect(try LiftAnswer(data, LiftQuestion()).rows.map(\.count) == [60, 40])
    }
}

extension LiftAnswerTests {
    @Test func `a series of days is read at each day`() throws {
        var text = "date,arm,n,conversions\n"
        for day in 1...9 {
            text += "2024-03-0\(day),treated,2000,\(130 + day)\n"
            text += "2024-03-0\(day),control,2000,\(100 + day)\n"
        }
        var question = LiftQuestion()
        question.sequential = LiftSequentialPlan(tau: 0.01)
        let answer = try LiftAnswer(
            try LiftData.read(try Self.table(text), LiftColumns()), question)
        let sequential = try #require(answer.sequential)
        #expect(sequential.looks.count == 9 && answer.verdict == .up)
        let values = sequential.looks.map(\.pValue)
        #expect(zip(values, values.dropFirst()).allSatisfy { $0 >= $1 })
        // The formula of Johari and others at the first day, in Python: p = min(1, 1/Λ).
        #expect(Self.isNear(values[0], 0.44356951858906385), "\(values[0])")
        #expect(sequential.provenAt == "2024-03-03")
    }

    @Test func `totals that fall are not totals`() throws {
        var columns = LiftColumns()
        columns.isCumulative = true
        let text = """
            date,treated_n,treated_conversions,control_n,control_conversions
            2024-03-01,100,10,100,9
            2024-03-02,90,12,120,9
            """
        #expect(throws: AnalysisError.self) {
            try LiftData.read(try Self.table(text), columns)
        }
    }

    static func factorial(_ text: String) throws -> FactorialAnswer {
        try FactorialAnswer(
            try FactorialData(try table(text), FactorialColumns()), confidence: 0.95,
            expectedShares: nil)
    }

    @Test func `four cells are read by row and by person alike`() throws {
        var people = "email,social,converted\n"
        var cells = "email,social,n,conversions\n"
        for (email, social, n, x) in [(0, 0, 50, 5), (1, 0, 50, 8), (0, 1, 50, 6), (1, 1, 50, 15)] {
            cells += "\(email),\(social),\(n),\(x)\n"
            for person in 0..<n { people += "\(email),\(social),\(person < x ? 1 : 0)\n" }
        }
        let (one, other) = (try Self.factorial(people), try Self.factorial(cells))
        #expect(one.rows.map(\.pValue) == other.rows.map(\.pValue))
        // By hand: 0.3 · 0.1 / (0.16 · 0.12), and 0.3 − 0.16 − 0.12 + 0.1.
        #expect(Self.isNear(one.interaction.ratio, 1.5625))
        #expect(Self.isNear(one.interaction.difference, 0.12))
    }

    @Test func `contrasts are those of a saturated model in statsmodels`() throws {
        // Ordinary least squares with HC0 errors on 0 and 1, which is the difference's contrast.
        let answer = try Self.factorial(
            "cell,n,conversions\nnone,50000,500\nemail,50000,600\nsocial,50000,550\nboth,50000,732\n"
        )
        #expect(Self.isNear(answer.interaction.difference, 0.00164))
        #expect(Self.isNear(answer.interaction.differencePValue, 0.09094378208519913))
        let main = try #require(answer.rows.first { $0.effect == "email" && $0.kind == "main" })
        #expect(Self.isNear(main.difference, 0.00282))
        // √(1.2 · 732/550), by hand.
        #expect(Self.isNear(main.ratio, (1.2 * 732 / 550).squareRoot()))
    }

    @Test func `a cell without people, or without result, is said`() throws {
        #expect(throws: AnalysisError.self) {
            try Self.factorial("cell,n,conversions\nnone,5,1\nemail,5,1\nsocial,5,1\n")
        }
        let answer = try Self.factorial(
            "cell,n,conversions\nnone,50,0\nemail,50,1\nsocial,50,1\nboth,50,9\n")
        #expect(answer.interaction.ratio == nil && answer.interaction.difference != nil)
    }

    @Test func `a plan tells size, power or the smallest lift`() throws {
        let size = try PowerAnswer(
            PowerQuestion(TestPlan(), base: 0.01, lift: 0.22, daily: 4000))
        #expect(size.sizePerArm == 35601 && size.days == 18 && size.weeks == 3)
        let power = try PowerAnswer(
            PowerQuestion(TestPlan(), base: 0.01, lift: 0.22, size: 35601))
        // statsmodels' power_proportions_2indep.
        #expect(power.asked == "power" && Self.isNear(power.power, 0.8000090098294078))
        let smallest = try PowerAnswer(PowerQuestion(TestPlan(), base: 0.01, size: 35601))
        #expect(Self.isNear(smallest.detectableLift, 0.22, 1e-4))
        // 2·((1.96 + 0.8416)/0.5)² and a little for Student: statsmodels gives 63.77.
        let mean = try PowerAnswer(
            PowerQuestion(TestPlan(), base: 10, deviation: 10, lift: 0.5))
        #expect(mean.sizePerArm == 64)
    }

    @Test(arguments: [
        PowerQuestion(TestPlan(), base: 0.6, lift: 1), PowerQuestion(TestPlan(), base: 0),
        PowerQuestion(TestPlan(), base: 0.1, lift: 0), PowerQuestion(TestPlan(), base: 0.1),
        PowerQuestion(TestPlan(power: 1), base: 0.1, lift: 0.1),
        PowerQuestion(TestPlan(ratio: 0), base: 0.1, lift: 0.1),
        PowerQuestion(TestPlan(), base: 1, deviation: 0, lift: 0.1),
    ])
    func `a plan that cannot be is refused in words`(_ question: PowerQuestion) {
        #expect(throws: AnalysisError.self) { try PowerAnswer(question) }
    }

    @Test func `pictures have a title and no open ends`() throws {
        let answer = try LiftAnswer(Self.rates(40, 7, 60, 3), LiftQuestion())
        let svg = try #require(answer.picture).svg
        #expect(svg.contains("<title>") && !svg.contains("inf") && !svg.contains("nan"))
    }
}
