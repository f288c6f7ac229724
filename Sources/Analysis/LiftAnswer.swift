import Foundation
import Statistics

/// What a treatment did to those who got it, beside those who did not.
package struct LiftAnswer: AnalysisAnswer {
    /// One of the two arms; limits are Wilson's for rates and Student's for means.
    package struct Arm: Encodable, Sendable {
        package var arm: String
        package var count: Int
        package var conversions: Int?
        package var rate: Double?
        package var mean: Double?
        package var deviation: Double?
        package var lower: Double?
        package var upper: Double?
    }

    /// Limits by one method on one scale; a limit that is not there is open.
    package struct Limits: Encodable, Sendable {
        package var scale: String
        package var method: String
        package var estimate: Double?
        package var lower: Double?
        package var upper: Double?

        init(_ scale: String, _ method: String, _ estimate: Double?, _ interval: LiftInterval?) {
            self.scale = scale
            self.method = method
            self.estimate = estimate
            lower = LiftWords.finite(interval?.lower)
            upper = LiftWords.finite(interval?.upper)
        }
    }

    /// What helps to judge the answer.
    package struct Diagnostics: Encodable, Sendable {
        package var smallestExpectedCount: Double?
        package var cupedTheta: Double?
        package var cupedCorrelation: Double?
        /// The share of the variance that CUPED took away.
        package var varianceReduction: Double?
        package var isSampleRatioMismatch: Bool
    }

    package var method: String
    package var metric: String
    package var inputs: [AnalysisInput]
    package var confidence: Double
    package var alternative: String
    package var rows: [Arm]
    package var lift: Double?
    package var lower: Double?
    package var upper: Double?
    package var ratio: Double?
    package var ratioLower: Double?
    package var ratioUpper: Double?
    package var difference: Double
    package var differenceLower: Double?
    package var differenceUpper: Double?
    package var incremental: Double
    package var intervalMethod: String
    package var intervals: [Limits]
    package var test: String
    package var pValue: Double
    package var z: Double?
    package var chiSquare: Double?
    package var pooledPValue: Double?
    package var score: Double?
    package var scorePValue: Double?
    package var exactPValue: Double?
    package var t: Double?
    package var freedom: Double?
    package var probabilityBetter: Double?
    package var sampleRatio: SampleRatioAnswer
    package var sequential: LiftSequentialAnswer?
    package var verdict: LiftVerdict
    package var diagnostics: Diagnostics
    package var notes: [String]

    /// Answers a question about two arms.
    package init(_ data: LiftData, _ question: LiftQuestion) throws(AnalysisError) {
        switch data.arms {
        case .rates(let pair): self.init(pair, question, data)
        case .means(let treated, let control, let before):
            if let method = question.method {
                throw .unsuitable(
                    "--method \(method.rawValue) is for rates, but the numbers are means; leave it "
                        + "out.")
            }
            try self.init(treated, control, before, question, data)
        }
        if let plan = question.sequential {
            let answer = try LiftSequentialAnswer(data, plan, confidence: confidence)
            sequential = answer
            verdict = answer.verdict
            notes += answer.notes
            notes.append(
                "Only what is under sequential may be read again and again; the p-value and the "
                    + "limits beside it hold for one look at a size fixed beforehand.")
            if question.alternative != .twoSided {
                notes.append("The reading at any time is two-sided, whatever --alternative says.")
            }
        }
        judge(question)
    }

    /// Lets the sample ratio and the lack of proof be heard.
    private mutating func judge(_ question: LiftQuestion) {
        if sampleRatio.isMismatch {
            if question.expectedShares == nil {
                notes.insert(
                    "The arms are not equal in size. If that was not planned, nothing here can be "
                        + "trusted; if it was, say the plan with --expected-ratio.", at: 0)
            } else {
                verdict = .notTrustworthy
                notes.insert(
                    "The arms are not of the planned sizes (p = "
                        + "\(LiftWords.chance(sampleRatio.pValue))): people were lost or assigned "
                        + "wrongly, so no effect can be read. Find the cause first.", at: 0)
            }
        }
        notes.insert(sentence, at: 0)
    }

    /// The lift; where it has no value and no limit, the difference.
    private var effect: String {
        if lift != nil { return "lift \(LiftWords.percent(lift, signed: true))" }
        return lower == nil && upper == nil
            ? "difference \(LiftWords.number(difference))" : "the lift has no value"
    }

    private var limits: String {
        func words(_ value: Double?) -> String {
            value.map { LiftWords.percent($0, signed: true) } ?? LiftWords.noLimit
        }
        // What may be read at any time is what the verdict rests on.
        if lift == nil, lower == nil, upper == nil {
            let low = sequential == nil ? differenceLower : sequential?.differenceLower
            let high = sequential == nil ? differenceUpper : sequential?.differenceUpper
            return (low.map { LiftWords.number($0) } ?? LiftWords.noLimit) + " to "
                + (high.map { LiftWords.number($0) } ?? LiftWords.noLimit)
        }
        return words(sequential == nil ? lower : sequential?.liftLower) + " to "
            + words(sequential == nil ? upper : sequential?.liftUpper)
    }

    private var sentence: String {
        let hundred = LiftWords.number(confidence * 100)
        let chance = LiftWords.chance(sequential?.pValue ?? pValue)
        let figures = "\(effect), \(hundred) % limits \(limits), p = \(chance)"
        return switch verdict {
        case .up: "Proven up: \(figures)."
        case .down: "Proven down: \(figures)."
        case .notProven:
            "Not proven: \(figures). This is not proof that there is no effect; the test may be "
                + "too small."
        case .notTrustworthy: "Not trustworthy: the sizes of the arms are not as planned."
        }
    }
}

extension LiftAnswer {
    private init(_ pair: RateComparison, _ question: LiftQuestion, _ data: LiftData) {
        let side = question.alternative
        let critical = side.critical(confidence: question.confidence)
        let (method, note) = Self.method(pair, question.method)
        let ratioLimits: LiftInterval =
            switch method {
            case .katz: pair.katz(z: critical) ?? pair.scoreRatio(z: critical)
            case .score: pair.scoreRatio(z: critical)
            case .newcombe: pair.newcombeRatio(z: critical)
            }
        let chosen = side.opened(ratioLimits, least: 0)
        let differences =
            method == .score
            ? pair.scoreDifference(z: critical) : pair.newcombe(z: critical)
        let difference = side.opened(differences, least: -1, most: 1)
        let isSmall = pair.smallestExpected < 5
        let exact = pair.isExactCheap ? pair.exact(side) : nil
        self.method = "lift-rates"
        metric = "rate"
        inputs = data.inputs
        confidence = question.confidence
        alternative = side.rawValue
        let wilson = LiftAlternative.twoSided.critical(confidence: confidence)
        rows = [("treated", pair.treated), ("control", pair.control)].map { name, rate in
            let limits = rate.wilson(z: wilson)
            return Arm(
                arm: name, count: rate.count, conversions: rate.successes, rate: rate.value,
                lower: limits.lower, upper: limits.upper)
        }
        ratio = pair.ratio
        lift = pair.ratio.map { $0 - 1 }
        ratioLower = chosen.lower
        ratioUpper = LiftWords.finite(chosen.upper)
        lower = chosen.lower - 1
        upper = LiftWords.finite(chosen.upper - 1)
        self.difference = pair.difference
        differenceLower = difference.lower
        differenceUpper = difference.upper
        incremental = pair.incremental
        intervalMethod = method.rawValue
        intervals = Self.intervals(pair, side, critical)
        z = pair.z
        chiSquare = pair.z * pair.z
        pooledPValue = side.pValue(pair.z)
        score = pair.score
        scorePValue = side.pValue(pair.score)
        exactPValue = exact
        (test, pValue) =
            if isSmall, let exact { ("exact", exact) } else { ("pooled z", side.pValue(pair.z)) }
        probabilityBetter = pair.probabilityBetter
        sampleRatio = SampleRatioAnswer(
            [pair.treated.count, pair.control.count], question.expectedShares)
        verdict = LiftVerdict.of(
            pair.difference, pValue: pValue, confidence: confidence,
            limits: LiftIntervalLimits(chosen, none: 1))
        diagnostics = Diagnostics(
            smallestExpectedCount: pair.smallestExpected,
            isSampleRatioMismatch: sampleRatio.isMismatch)
        notes = data.notes + note + Self.cautions(pair)
        if let note = LiftIntervalLimits(chosen, none: 1).disagreement(
            test, pValue: pValue, confidence: confidence)
        {
            notes.append(note)
        }
        if isSmall, exact != nil { notes.append("Counts are small, so the exact test decides.") }
    }

    /// The method that is asked for or fits, and why it is another.
    private static func method(
        _ pair: RateComparison, _ asked: LiftMethod?
    ) -> (LiftMethod, [String]) {
        let arms = [pair.treated, pair.control]
        switch asked {
        case .katz where arms.contains { $0.successes == 0 }:
            return (
                .score,
                ["Katz has no interval where an arm has no conversion; the score limits stand."]
            )
        case .katz where arms.allSatisfy { $0.successes == $0.count }:
            return (
                .score,
                ["Katz has no width where everybody converted; the score limits stand."]
            )
        case .some(let method): return (method, [])
        case nil:
            let least = min(pair.treated.successes, pair.control.successes)
            return least < 5 || pair.smallestExpected < 5
                ? (.score, ["Counts are small, so the limits are score limits."]) : (.katz, [])
        }
    }

    private static func intervals(
        _ pair: RateComparison, _ side: LiftAlternative, _ z: Double
    ) -> [Limits] {
        let ratios: [(String, LiftInterval?)] = [
            ("katz", pair.katz(z: z)), ("score", pair.scoreRatio(z: z)),
            ("newcombe", pair.newcombeRatio(z: z)),
        ]
        let differences: [(String, LiftInterval)] = [
            ("newcombe", pair.newcombe(z: z)), ("score", pair.scoreDifference(z: z)),
            ("wald", pair.wald(z: z)),
        ]
        let opened = ratios.map { ($0, $1.map { side.opened($0, least: 0) }) }
        return opened.map { Limits("lift", $0, pair.ratio.map { $0 - 1 }, $1?.shifted(by: -1)) }
            + opened.map { Limits("ratio", $0, pair.ratio, $1) }
            + differences.map {
                Limits("difference", $0, pair.difference, side.opened($1, least: -1, most: 1))
            }
    }

    private static func cautions(_ pair: RateComparison) -> [String] {
        var notes: [String] = []
        if pair.treated.successes + pair.control.successes == 0 {
            notes.append("Nobody converted in either arm: nothing can be said about the lift.")
        } else if pair.control.successes == 0 {
            notes.append("Nobody converted in control: the lift has no value, only a lower limit.")
        }
        return notes
    }
}

extension RateComparison {
    /// Whether the exact test does not take long: it sums over what the smallest margin allows.
    ///
    /// Where the smallest expected count is below 5, it always is: 10¹² people at most leave 2 million.
    var isExactCheap: Bool {
        let total = treated.successes + control.successes
        let least = min(
            treated.count, control.count, total, treated.count + control.count - total)
        return least <= (smallestExpected < 5 ? 5_000_000 : 100_000)
    }
}

/// Whether the arms have the sizes that were planned.
package struct SampleRatioAnswer: Encodable, Sendable {
    package var observed: [Int]
    package var expectedShares: [Double]
    package var chiSquare: Double
    package var pValue: Double
    package var isMismatch: Bool

    init(_ sizes: [Int], _ shares: [Double]?) {
        let ratio = SampleRatio(sizes, shares: shares ?? sizes.map { _ in 1 })
        observed = sizes
        expectedShares = ratio.expected
        chiSquare = ratio.chiSquare
        pValue = ratio.pValue
        isMismatch = ratio.isMismatch
    }
}
