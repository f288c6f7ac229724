import Foundation
import Statistics

extension FactorialAnswer {
    /// Fewer people who converted, or who did not, in a cell leave main effects and the
    /// interaction of rates not proven.
    static let leastConversions = 5
    /// Fewer people in a cell leave main effects and the interaction of means not proven.
    static let leastPeople = 10

    /// A contrast, and where it is two cells, which ones.
    struct Contrast {
        var name: String
        var kind: String
        var weights: Factorial.Weights
        var pair: (treated: Int, control: Int)?
    }

    static func contrasts(_ data: FactorialData) -> [Contrast] {
        let (one, two) = (data.first, data.second)
        return [
            Contrast(name: "\(one) vs none", kind: "arm", weights: .firstAlone, pair: (1, 0)),
            Contrast(name: "\(two) vs none", kind: "arm", weights: .secondAlone, pair: (2, 0)),
            Contrast(name: "both vs none", kind: "arm", weights: .bothTogether, pair: (3, 0)),
            Contrast(
                name: "both vs \(one)", kind: "simple", weights: .bothAgainstFirst, pair: (3, 1)),
            Contrast(
                name: "both vs \(two)", kind: "simple", weights: .bothAgainstSecond, pair: (3, 2)),
            Contrast(name: one, kind: "main", weights: .mainFirst),
            Contrast(name: two, kind: "main", weights: .mainSecond),
            Contrast(name: "\(one) × \(two)", kind: "interaction", weights: .interaction),
        ]
    }

    /// Why main effects and the interaction cannot be judged; nil if they can.
    static func shortage(_ data: FactorialData) -> String? {
        if let rates = data.rates {
            let least = rates.map { min($0.successes, $0.count - $0.successes) }.min() ?? 0
            return least >= leastConversions
                ? nil
                : "A cell has fewer than \(leastConversions) people who converted, or who did not "
                    + "(\(least)): too few to judge main effects and the interaction, so they are "
                    + "not proven."
        }
        let least = data.moments.map(\.count).min() ?? 0
        return least >= leastPeople
            ? nil
            : "A cell has fewer than \(leastPeople) people (\(least)): too few to judge main effects "
                + "and the interaction, so they are not proven."
    }
}

extension FactorialAnswer.Effect {
    /// Two cells as `analyze lift` reads two arms; more than two by contrasts.
    init(
        _ test: Factorial, _ contrast: FactorialAnswer.Contrast, _ data: FactorialData,
        shortage: String?
    ) throws(AnalysisError) {
        effect = contrast.name
        kind = contrast.kind
        scale = data.rates == nil ? "difference" : "ratio"
        self.test = "contrast"
        verdict = .notProven
        difference = test.plainDifference(contrast.weights)
        guard let pair = contrast.pair else {
            read(test, contrast.weights, isMean: data.rates == nil)
            reason = shortage
            if shortage != nil { verdict = .notProven }
            return
        }
        if let rates = data.rates {
            var question = LiftQuestion()
            question.confidence = test.confidence
            let comparison = RateComparison(
                treated: rates[pair.treated], control: rates[pair.control])
            read(try LiftAnswer(LiftData(.rates(comparison)), question))
        } else if let comparison = MeanComparison(
            treated: data.moments[pair.treated], control: data.moments[pair.control])
        {
            read(comparison, test.confidence)
        } else {
            self.test = "none"
            reason =
                "All numbers within each of the two cells are alike, so chance cannot be judged."
        }
    }

    private mutating func setRatio(_ estimate: Double?, _ interval: LiftInterval?) {
        ratio = estimate
        ratioLower = LiftWords.finite(interval?.lower)
        ratioUpper = LiftWords.finite(interval?.upper)
        lift = estimate.map { $0 - 1 }
        lower = ratioLower.map { $0 - 1 }
        upper = ratioUpper.map { $0 - 1 }
    }

    private mutating func read(_ answer: LiftAnswer) {
        setRatio(
            answer.ratio,
            LiftInterval(
                lower: answer.ratioLower ?? -.infinity, upper: answer.ratioUpper ?? .infinity))
        (differenceLower, differenceUpper) = (answer.differenceLower, answer.differenceUpper)
        test = answer.test
        z = answer.z
        pValue = answer.pValue
        verdict = answer.verdict
        reason = LiftIntervalLimits(
            excludesBelow: answer.ratioLower ?? 0 > 1, excludesAbove: answer.ratioUpper ?? 2 < 1
        ).disagreement(answer.test, pValue: answer.pValue, confidence: answer.confidence)
    }

    private mutating func read(_ pair: MeanComparison, _ confidence: Double) {
        let critical = LiftAlternative.twoSided.critical(confidence: confidence)
        setRatio(
            pair.lift.map { $0 + 1 }, pair.liftInterval(z: critical)?.shifted(by: 1))
        let limits = pair.interval(confidence: confidence, .twoSided)
        (differenceLower, differenceUpper) = (limits.lower, limits.upper)
        test = "welch"
        (t, freedom, pValue) = (pair.t, pair.freedom, pair.pValue(.twoSided))
        verdict = LiftVerdict.of(
            pair.difference, pValue: pair.pValue(.twoSided), confidence: confidence,
            limits: LiftIntervalLimits(limits, none: 0))
        if min(pair.treated.count, pair.control.count) < LiftAnswer.leastPeople {
            (verdict, reason) = (.notProven, LiftAnswer.tooFew)
        }
    }

    /// Main effects and the interaction: rates by their ratio, means by their difference.
    private mutating func read(_ test: Factorial, _ weights: Factorial.Weights, isMean: Bool) {
        let change = test.difference(weights)
        let ratio = test.ratio(weights)
        setRatio(ratio?.estimate, ratio?.interval)
        (differenceLower, differenceUpper) = (change?.interval.lower, change?.interval.upper)
        (ratioPValue, differencePValue) = (ratio?.pValue, change?.pValue)
        let isDifference = isMean || ratio == nil
        scale = isDifference ? "difference" : "ratio"
        guard let chosen = isDifference ? change : ratio else { return }
        pValue = chosen.pValue
        if chosen.freedom == nil { z = chosen.z } else { (t, freedom) = (chosen.z, chosen.freedom) }
        verdict = LiftVerdict.of(
            chosen.z, pValue: chosen.pValue, confidence: test.confidence,
            limits: LiftIntervalLimits(chosen.interval, none: isDifference ? 0 : 1))
    }
}
