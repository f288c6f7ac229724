import Foundation
import Statistics

extension LiftAnswer {
    init(
        _ treated: [Double], _ control: [Double],
        _ before: (treated: [Double], control: [Double])?, _ question: LiftQuestion,
        _ data: LiftData
    ) throws(AnalysisError) {
        let adjusted = before.flatMap {
            PriorAdjustment(treated: (treated, $0.treated), control: (control, $0.control))
        }
        let raw = try Self.comparison(treated, control)
        let pair = try Self.comparison(
            adjusted?.treated ?? treated, adjusted?.control ?? control)
        if let adjusted,
            let own = MeanComparison(
                treated: SampleMoments(adjusted.treated), control: SampleMoments(adjusted.control)),
            own.varianceOfDifference < 1e-20 * raw.varianceOfDifference
        {
            throw .unsuitable(
                "The earlier numbers foretell the later ones wholly, so chance cannot be judged. Is "
                    + "the column of --before-column a copy of the other?")
        }
        let side = question.alternative
        let critical = side.critical(confidence: question.confidence)
        method = "lift-means"
        metric = "mean"
        inputs = data.inputs
        confidence = question.confidence
        alternative = side.rawValue
        rows = [("treated", pair.treated), ("control", pair.control)].map {
            Self.arm($0, $1, question.confidence)
        }
        lift = pair.lift
        ratio = pair.lift.map { $0 + 1 }
        let lifts = pair.liftInterval(z: critical).map { side.opened($0) }
        lower = LiftWords.finite(lifts?.lower)
        upper = LiftWords.finite(lifts?.upper)
        ratioLower = lower.map { $0 + 1 }
        ratioUpper = upper.map { $0 + 1 }
        difference = pair.difference
        let differences = side.opened(
            pair.interval(confidence: question.confidence, side))
        differenceLower = LiftWords.finite(differences.lower)
        differenceUpper = LiftWords.finite(differences.upper)
        incremental = pair.difference * Double(pair.treated.count)
        intervalMethod = "delta"
        intervals = [
            Limits("lift", "delta", pair.lift, lifts),
            Limits("difference", "welch", pair.difference, differences),
        ]
        test = adjusted == nil ? "welch" : "welch after cuped"
        t = pair.t
        freedom = pair.freedom
        pValue = pair.pValue(side)
        sampleRatio = SampleRatioAnswer([treated.count, control.count], question.expectedShares)
        verdict = LiftVerdict.of(
            pair.difference, pValue: pair.pValue(side), confidence: question.confidence,
            limits: LiftIntervalLimits(differences, none: 0))
        diagnostics = Diagnostics(
            cupedTheta: adjusted?.theta, cupedCorrelation: adjusted?.correlation,
            varianceReduction: adjusted.map { _ in
                1 - pair.varianceOfDifference / raw.varianceOfDifference
            }, isSampleRatioMismatch: sampleRatio.isMismatch)
        notes = data.notes
        addMeanNotes(pair, hasBefore: before != nil, isAdjusted: adjusted != nil)
    }

    /// Fewer people in an arm prove nothing about means.
    static let leastPeople = 5
    static let tooFew =
        "Fewer than \(leastPeople) people in an arm: whether their numbers follow the normal law that "
        + "the test leans on cannot be seen, so nothing is proven."

    private mutating func addMeanNotes(
        _ pair: MeanComparison, hasBefore: Bool, isAdjusted: Bool
    ) {
        if hasBefore, !isAdjusted {
            notes.append("The earlier numbers are all alike, so they take nothing off.")
        }
        if pair.lift == nil {
            notes.append(
                "The mean of control is not above 0, so there is no relative lift; read the "
                    + "difference.")
        } else if (lower ?? 0 > 0) != (differenceLower ?? 0 > 0)
            || (upper ?? 0 < 0) != (differenceUpper ?? 0 < 0)
        {
            notes.append(
                "The relative limits and those of the difference do not agree about 0; the "
                    + "verdict rests on the difference.")
        }
        if min(pair.treated.count, pair.control.count) < Self.leastPeople {
            if verdict != .notProven { verdict = .notProven }
            notes.append(Self.tooFew)
        } else if min(pair.treated.count, pair.control.count) < 30 {
            notes.append("Fewer than 30 people in an arm: means of skewed numbers need more.")
        }
    }

    private static func comparison(
        _ treated: [Double], _ control: [Double]
    ) throws(AnalysisError) -> MeanComparison {
        guard treated.count > 1, control.count > 1 else {
            throw .unsuitable(
                "Each arm needs at least two people; treated has \(treated.count) and control "
                    + "\(control.count).")
        }
        guard
            let pair = MeanComparison(
                treated: SampleMoments(treated), control: SampleMoments(control))
        else {
            throw .unsuitable(
                "All numbers within each arm are alike, so chance cannot be judged.")
        }
        return pair
    }

    private static func arm(_ name: String, _ sample: SampleMoments, _ confidence: Double) -> Arm {
        let variance = sample.variance ?? 0
        let half =
            StudentDistribution(freedom: Double(sample.count - 1)).upperQuantile(
                (1 - confidence) / 2) * (variance / Double(sample.count)).squareRoot()
        return Arm(
            arm: name, count: sample.count, mean: sample.mean, deviation: variance.squareRoot(),
            lower: sample.mean - half, upper: sample.mean + half)
    }
}
