import Foundation
import Statistics
import Testing

/// Two arms are told apart as statsmodels 0.15.0 and scipy 1.17.1 do.
struct LiftTests {
    /// n and x of treated and control; then of statsmodels' `confint_proportions_2indep` Katz (`log`)
    /// and score ratio, Newcombe, score and Wald difference; `proportions_ztest` z and p; the
    /// statistic of `test_proportions_2indep(method: score)`; scipy's `fisher_exact` two-sided,
    /// greater, less; Wilson's limits of treated (`proportion_confint`). Nan where they do not answer.
    /// The score differences, and the score ratio of 10 of 10, are from maximising the likelihood with
    /// mpmath and searching the limits: statsmodels 0.15.0 multiplies by a count where Miettinen and
    /// Nurminen have the group's size, and lets a rate pass 1.
    static let comparisons = """
        462500 1353 462500 1109 1.127021373434194 1.3206883551787378 1.127045180957677 1.3206615454546704 0.00031770310401243464 0.0007380033081309008 0.00031782340030864925 0.0007381227019663275 0.0003175788545295077 0.0007375562806056276 4.924073607534841 8.476092945370367e-07 4.924070945872712 9.214513539355428e-07 4.6072567696777136e-07 0.9999996254297677 0.002773829919138561 0.0030852380840014006
        5000 18 5000 12 0.7233097271566032 3.1107005968866974 0.7344680464674561 3.063859935801849 -0.001025442253751464 0.003522868754166119 -0.0010049293180742777 0.00353935525501181 -0.0009436809844303494 0.0033436809844303497 1.097091989077257 0.27260118178615445 1.0970371331063697 0.3608684682768981 0.18043423413844906 0.9000944504559032 0.002278440754413016 0.005683733736639699
        40 7 60 3 0.9615446062498926 12.739918585551695 1.0396845933925472 11.946376313094627 0.001573192768625456 0.27318696726407116 0.004516672576269792 0.27679626590625334 -0.005024691234622999 0.25502469123462296 2.0412414523193148 0.0412268333371637 2.0310096011589898 0.08423174909802365 0.04571598855406881 0.9911396566211623 0.0874541374603592 0.3194999033178772
        12 0 15 6 nan nan nan nan -0.642531698793754 -0.08455041788142098 -0.6465292719148075 -0.1094180643215083 -0.6479180129218247 -0.15208198707817536 -2.4842360136324757 0.012982972930050102 -2.437797600880176 0.0200297287253809 1.0 0.016908212560386476 0.0 0.24249400665524096
        15 6 12 0 nan nan nan nan 0.08455041788142098 0.642531698793754 0.1094180643215083 0.6465292719148075 0.15208198707817536 0.6479180129218247 2.4842360136324757 0.012982972930050102 2.437797600880176 0.0200297287253809 0.016908212560386472 1.0 0.19824496141341577 0.642531698793754
        10 10 12 7 1.0627015010264362 2.7653819133271127 1.1181822831679218 3.180108259991507 0.0603874874209106 0.6804886874504503 0.07824258531933971 0.6855452964979655 0.13772702149116745 0.6956063118421658 2.3221018200641197 0.020227453708576988 2.2687130324325753 0.039644565960355434 0.03007518796992481 1.0 0.7224672001371106 1.0
        3000 30 9000 60 0.969626836190926 2.320480329153101 0.9725923749683074 2.3118305353436672 -0.00020856146297493737 0.007824967740621854 -0.00021121830262681396 0.007822662706604621 -0.0006040984430458933 0.0072707651097125596 1.8326271443504014 0.06685803858211192 1.8325507832951653 0.08603797048322638 0.04665498374427282 0.9718166023743238 0.007013704253986817 0.014239567496832629
        """

    static func isNear(_ value: Double, _ expected: Double, _ relative: Double = 1e-9) -> Bool {
        value == expected || abs(value - expected) <= relative * max(1e-3, abs(expected))
    }

    static func comparison(_ n1: Int, _ x1: Int, _ n0: Int, _ x0: Int) -> RateComparison {
        RateComparison(
            treated: Rate(count: n1, successes: x1), control: Rate(count: n0, successes: x0))
    }

    @Test func `tests and intervals of two rates are those of statsmodels`() throws {
        let z = LiftAlternative.twoSided.critical(confidence: 0.95)
        for line in Self.comparisons.split(separator: "\n") {
            let cells = line.split(separator: " ").map(String.init)
            let counts = try cells.prefix(4).map { try #require(Int($0)) }
            let pair = Self.comparison(counts[0], counts[1], counts[2], counts[3])
            let katz = pair.katz(z: z)
            let intervals = [
                katz ?? LiftInterval(lower: .nan, upper: .nan), pair.scoreRatio(z: z),
                pair.newcombe(z: z), pair.scoreDifference(z: z), pair.wald(z: z),
            ]
            var found = intervals.flatMap { [$0.lower, $0.upper] }
            found += [pair.z, LiftAlternative.twoSided.pValue(pair.z), pair.score]
            found += [.twoSided, .greater, .less].map { pair.exact($0) }
            let wilson = pair.treated.wilson(z: z)
            found += [wilson.lower, wilson.upper]
            for (index, text) in cells.dropFirst(4).enumerated() where text != "nan" {
                let expected = try #require(Double(text))
                #expect(Self.isNear(found[index], expected), "\(counts) \(index): \(found[index])")
            }
        }
    }

    /// n and x of both arms; limits of Miettinen and Nurminen with mpmath at 60 digits.
    @Test(arguments: [
        ([100_000_000, 3, 100_000_000, 0], -8.41458749955245344e-9, 8.82118773086758446e-8),
        ([1_000_000_000, 10, 1_000_000_000, 20], -2.19318137487318128e-8, 7.85080331762788339e-10),
        (
            [1_000_000_000_000, 5, 1_000_000_000_000, 7], -1.00329557441632786e-11,
            5.54607108204818512e-12
        ),
    ])
    func `score limits keep their digits at very small rates`(
        counts: [Int], lower: Double, upper: Double
    ) {
        let pair = Self.comparison(counts[0], counts[1], counts[2], counts[3])
        let limits = pair.scoreDifference(z: 1.959963984540054)
        #expect(abs(limits.lower / lower - 1) < 1e-6)
        #expect(abs(limits.upper / upper - 1) < 1e-6)
    }

    @Test func `rates without success have honest limits`() {
        let z = LiftAlternative.twoSided.critical(confidence: 0.95)
        let noControl = Self.comparison(15, 6, 12, 0)
        #expect(noControl.ratio == nil && noControl.katz(z: z) == nil)
        // The likeliest rates sought numerically with scipy.optimize.
        #expect(Self.isNear(noControl.scoreRatio(z: z).lower, 1.4724463084339927, 1e-7))
        #expect(noControl.scoreRatio(z: z).upper == .infinity)
        #expect(noControl.newcombeRatio(z: z).upper == .infinity)
        #expect(Self.comparison(12, 0, 15, 6).scoreRatio(z: z).lower == 0)
        #expect(Self.comparison(12, 0, 15, 6).newcombeRatio(z: z).lower == 0)
        let nothing = Self.comparison(12, 0, 15, 0)
        #expect(nothing.z == 0 && nothing.exact(.twoSided) == 1)
        #expect(nothing.scoreRatio(z: z) == LiftInterval(lower: 0, upper: .infinity))
    }

    @Test(arguments: [
        ([462_500, 1353, 462_500, 1109], 1.1270122148981, 1.3206502041967931),
        ([5000, 18, 5000, 12], 0.7270549083636444, 3.076510510269004),
        ([40, 7, 60, 3], 1.014103389397187, 11.732024936529898),
        ([15, 6, 12, 0], 1.424327755826745, .infinity),
    ])
    func `the hybrid of the ratio is that of its formula`(
        _ counts: [Int], _ lower: Double, _ upper: Double
    ) {
        // Fagerland and Newcombe (2013) as printed, in Python.
        let found = Self.comparison(counts[0], counts[1], counts[2], counts[3])
            .newcombeRatio(z: LiftAlternative.twoSided.critical(confidence: 0.95))
        #expect(Self.isNear(found.lower, lower) && Self.isNear(found.upper, upper), "\(found)")
    }

    @Test(arguments: [
        ([5000, 18, 5000, 12], 0.8598542643484813),
        ([40, 7, 60, 3], 0.9766971950047375),
        ([12, 0, 15, 6], 0.00732966849908378),
        ([3000, 30, 9000, 60], 0.9671402231977217),
        ([462_500, 1353, 462_500, 1109], 0.9999995823634082),
    ])
    func `the chance to be better is scipy's integral`(_ counts: [Int], _ expected: Double) {
        let found = Self.comparison(counts[0], counts[1], counts[2], counts[3]).probabilityBetter
        #expect(Self.isNear(found, expected), "\(found)")
    }

    @Test func `means are compared as by scipy's ttest_ind`() throws {
        let pair = try #require(
            MeanComparison(treated: SampleMoments(Self.x), control: SampleMoments(Self.y)))
        #expect(Self.isNear(pair.t, 1.1349965618054463))
        #expect(Self.isNear(pair.freedom, 11.230308109103236))
        #expect(Self.isNear(pair.pValue(.twoSided), 0.2800208998145054))
        #expect(Self.isNear(pair.pValue(.greater), 0.1400104499072527))
        #expect(Self.isNear(pair.pValue(.less), 0.8599895500927472))
        let interval = pair.interval(confidence: 0.9, .twoSided)
        #expect(Self.isNear(interval.lower, -0.7344924901714491))
        #expect(Self.isNear(interval.upper, 3.270206775885735))
        #expect(Self.isNear(pair.interval(confidence: 0.9, .greater).lower, -0.2531833011708857))
    }

    static let x = [1.2, 3.4, 0, 0, 5.5, 2.2, 7.1, 0]
    static let y = [0.5, 0, 1.1, 2.0, 0, 0.3, 4.2]

    @Test func `earlier numbers are taken off as by numpy and scipy`() throws {
        let adjusted = try #require(
            PriorAdjustment(
                treated: (Self.x, [1, 3, 0.5, 0.2, 4, 2, 6, 0.1]),
                control: (Self.y, [0.4, 0.3, 1, 1.5, 0.2, 0.1, 3])))
        #expect(Self.isNear(adjusted.theta, 1.280280061263401))
        #expect(Self.isNear(adjusted.correlation, 0.9904630945652635))
        let pair = try #require(
            MeanComparison(
                treated: SampleMoments(adjusted.treated), control: SampleMoments(adjusted.control)))
        #expect(Self.isNear(pair.difference, -0.23189950033712692))
        #expect(Self.isNear(pair.t, -1.5298495201618991))
        #expect(Self.isNear(pair.pValue(.twoSided), 0.15019514740351633))
        #expect(Self.isNear(pair.freedom, 12.902586461053499))
    }

    @Test func `moments of parts are those of the whole`() throws {
        var parts = SampleMoments(Array(Self.x.prefix(3)))
        parts.add(SampleMoments(Array(Self.x.dropFirst(3))))
        let whole = SampleMoments(Self.x)
        #expect(parts.count == whole.count && Self.isNear(parts.mean, whole.mean, 1e-14))
        let variance = try #require(parts.variance)
        #expect(Self.isNear(variance, try #require(whole.variance), 1e-14))
    }

    @Test func `the sequential test is the formula of Johari and others`() {
        // 5,000 pairs, variance 4, τ = 0.1, difference 0.12, in Python from the paper's formula.
        var test = SequentialTest(tau: 0.1, confidence: 0.95)
        let v = 2 * 4.0 / 5000
        #expect(Self.isNear(test.likelihoodRatio(estimate: 0.12, variance: v), 17.97190329627782))
        #expect(Self.isNear(test.halfWidth(variance: v), 0.1216424963803719))
        test.look(estimate: 0.12, variance: v)
        let after = test
        test.look(estimate: 0, variance: v)
        #expect(test.pValue == after.pValue)
        #expect(test.interval.lower == after.interval.lower)
        #expect(test.interval.upper < after.interval.upper)
    }

    @Test func `someone who peeks every day is misled no more often than promised`() {
        // 400 tests without effect, 60 looks each; a fixed test would mislead in about 40 of 100.
        var misled = 0
        for stream in 0..<400 {
            var random = Philox(seed: 7, stream: UInt64(stream))
            var test = SequentialTest(tau: 0.05, confidence: 0.95)
            var sum = 0.0
            for look in 1...60 {
                for _ in 0..<50 { sum += random.normal() }
                let n = Double(look * 50)
                test.look(estimate: sum / n, variance: 1 / n)
            }
            if test.pValue < 0.05 { misled += 1 }
        }
        // 0.05 · 400 and three deviations of a binomial.
        #expect(misled <= 33)
    }

    @Test func `sizes of arms are checked as by scipy's chisquare`() {
        let even = SampleRatio([5100, 4900], shares: [1, 1])
        #expect(even.chiSquare == 4 && Self.isNear(even.pValue, 0.04550026389635857))
        #expect(!even.isMismatch)
        let uneven = SampleRatio([9050, 950], shares: [9, 1])
        #expect(Self.isNear(uneven.pValue, 0.09558070454562936))
        #expect(SampleRatio([5300, 4700], shares: [1, 1]).isMismatch)
    }

    @Test func `the power for rates is that of statsmodels' power_proportions_2indep`() {
        var power = RatePower(TestPlan())
        #expect(
            Self.isNear(power.power(from: 0.01, to: 0.0122, size: 35601), 0.8000090098294078))
        power.plan = TestPlan(alpha: 0.1, isTwoSided: false, ratio: 0.5)
        #expect(Self.isNear(power.power(from: 0.05, to: 0.051, size: 8000), 0.14868325994163262))
        power.plan = TestPlan(alpha: 0.01, ratio: 2)
        #expect(Self.isNear(power.power(from: 0.05, to: 0.06, size: 1500), 0.10689426649728086))
    }

    @Test func `the size for rates and the smallest lift are each other's inverse`() throws {
        let power = RatePower(TestPlan())
        let size = power.size(from: 0.01, to: 0.0122)
        #expect(size.rounded(.up) == 35601)
        let rate = try #require(power.detectable(from: 0.01, size: size))
        #expect(Self.isNear(rate, 0.0122, 1e-6))
        let less = try #require(power.detectable(from: 0.01, size: size, above: false))
        #expect(Self.isNear(power.size(from: 0.01, to: less), size, 1e-5))
        #expect(power.detectable(from: 0.5, size: 2) == nil)
    }

    @Test func `the power for means is that of the noncentral t`() throws {
        let usual = MeanPower(TestPlan())
        #expect(Self.isNear(usual.power(effect: 0.5, size: 20), 0.3379390289250411))
        let one = MeanPower(TestPlan(isTwoSided: false, ratio: 2))
        #expect(Self.isNear(one.power(effect: 0.2, size: 5), 0.09708468639959034))
        let strict = MeanPower(TestPlan(alpha: 0.01))
        #expect(Self.isNear(strict.power(effect: 0.05, size: 6000), 0.5645065352841405))
        // statsmodels stops at 63.765610589 and 0.177358422; scipy's nct and brentq go on.
        #expect(Self.isNear(try #require(usual.size(effect: 0.5)), 63.765610190952216))
        #expect(Self.isNear(try #require(usual.size(effect: 1.5)), 8.060294283896704))
        let ninety = MeanPower(TestPlan(power: 0.9))
        #expect(Self.isNear(try #require(ninety.size(effect: 0.02)), 52538.05743172064))
        let third = MeanPower(TestPlan(isTwoSided: false, ratio: 3))
        #expect(Self.isNear(try #require(third.size(effect: 0.1)), 824.6793654160746))
        #expect(Self.isNear(try #require(usual.detectable(size: 500)), 0.17735832231863893))
    }
}
