import Foundation
import Statistics

/// What can be said at any time, however often one looks.
package struct LiftSequentialAnswer: Encodable, Sendable {
    /// What was known by one day.
    package struct Look: Encodable, Sendable {
        package var date: String?
        package var treatedCount: Int
        package var controlCount: Int
        package var treatedMean: Double
        package var controlMean: Double
        package var difference: Double
        package var lower: Double?
        package var upper: Double?
        package var liftLower: Double?
        package var liftUpper: Double?
        package var pValue: Double
        package var verdict: LiftVerdict
    }

    package var method = "msprt"
    package var tau: Double
    package var pValue: Double
    package var differenceLower: Double?
    package var differenceUpper: Double?
    package var liftLower: Double?
    package var liftUpper: Double?
    package var verdict: LiftVerdict
    /// The first look at which the effect was proven.
    package var provenAt: String?
    package var looks: [Look]
    package var notes: [String] = []

    /// Fewer people, or for rates fewer successes or failures, are not looked at: the normal law
    /// does not hold for them.
    private static let (leastCount, leastSuccesses) = (30, 5.0)

    init(
        _ data: LiftData, _ plan: LiftSequentialPlan, confidence: Double
    ) throws(AnalysisError) {
        let isRate: Bool
        var looks = data.looks
        switch data.arms {
        case .rates(let pair):
            isRate = true
            if looks.isEmpty {
                looks = [
                    LiftLook(
                        date: nil, treated: SampleMoments(pair.treated),
                        control: SampleMoments(pair.control))
                ]
            }
        case .means(let treated, let control, _):
            isRate = false
            if looks.isEmpty {
                looks = [
                    LiftLook(
                        date: nil, treated: SampleMoments(treated), control: SampleMoments(control))
                ]
            }
        }
        let usable = looks.filter { Self.isUsable($0, isRate: isRate) }
        tau = try Self.tau(plan, usable.first ?? looks.first)
        var test = SequentialTest(tau: tau, confidence: confidence)
        // The same on the scale of the ratio's logarithm; its τ is the hoped-for lift there.
        let base = usable.first?.control.mean ?? 0
        var ratios: SequentialTest? =
            base > 0
            ? SequentialTest(
                tau: plan.tau.map { log1p($0 / base) } ?? log1p(plan.expectedLift),
                confidence: confidence) : nil
        self.looks = []
        for look in usable {
            test.look(
                estimate: look.treated.mean - look.control.mean,
                variance: Self.variance(look.treated, isRate) + Self.variance(look.control, isRate))
            if look.treated.mean > 0, look.control.mean > 0 {
                ratios?.look(
                    estimate: log(look.treated.mean / look.control.mean),
                    variance: Self.relativeVariance(look, isRate))
            }
            self.looks.append(Look(look, test, ratios, confidence))
        }
        let last = self.looks.last
        pValue = test.pValue
        differenceLower = last?.lower
        differenceUpper = last?.upper
        liftLower = last?.liftLower
        liftUpper = last?.liftUpper
        verdict = last?.verdict ?? .notProven
        provenAt = self.looks.first { $0.verdict != .notProven }?.date
        addNotes(skipped: looks.count - usable.count, all: data.looks.count, plan)
    }

    private mutating func addNotes(skipped: Int, all: Int, _ plan: LiftSequentialPlan) {
        if all == 0 {
            notes.append("There are no days in what was given: this is one look, still valid.")
        }
        if skipped > 0 {
            notes.append(
                "\(skipped) early look\(skipped == 1 ? " is" : "s are") left out: fewer than "
                    + "\(Self.leastCount) people, or than 5 who converted or who did not.")
        }
        if let lower = differenceLower, let upper = differenceUpper, lower > upper {
            notes.append(
                "The limits of different days do not meet: the effect changes over time, or "
                    + "the arms are broken.")
        }
        if plan.tau == nil {
            notes.append(
                "τ = \(LiftWords.number(tau)) is \(LiftWords.percent(plan.expectedLift)) of what "
                    + "control did at the first look; set --tau or --expected-lift before the test."
            )
        }
    }

    private static func isUsable(_ look: LiftLook, isRate: Bool) -> Bool {
        [look.treated, look.control].allSatisfy { arm in
            let n = Double(arm.count)
            guard arm.count >= leastCount else { return false }
            // Half a person of room for rounding.
            let least = leastSuccesses - 0.5
            return !isRate || (arm.mean * n > least && (1 - arm.mean) * n > least)
        } && variance(look.treated, isRate) + variance(look.control, isRate) > 0
    }

    private static func variance(_ arm: SampleMoments, _ isRate: Bool) -> Double {
        let n = Double(arm.count)
        return isRate ? arm.mean * (1 - arm.mean) / n : (arm.variance ?? 0) / n
    }

    private static func relativeVariance(_ look: LiftLook, _ isRate: Bool) -> Double {
        variance(look.treated, isRate) / (look.treated.mean * look.treated.mean)
            + variance(look.control, isRate) / (look.control.mean * look.control.mean)
    }

    private static func tau(
        _ plan: LiftSequentialPlan, _ first: LiftLook?
    ) throws(AnalysisError) -> Double {
        if let tau = plan.tau {
            guard tau > 0, tau.isFinite else { throw .unsuitable("--tau must be above 0.") }
            return tau
        }
        guard plan.expectedLift > 0, plan.expectedLift.isFinite else {
            throw .unsuitable("--expected-lift must be above 0.")
        }
        guard let base = first?.control.mean, base > 0 else {
            throw .unsuitable(
                "Control's first look has a mean of 0 or less, from which no scale follows: say "
                    + "with --tau which difference is thought possible.")
        }
        return base * plan.expectedLift
    }
}

extension LiftSequentialAnswer.Look {
    init(
        _ look: LiftLook, _ test: SequentialTest, _ ratios: SequentialTest?, _ confidence: Double
    ) {
        date = look.date
        treatedCount = look.treated.count
        controlCount = look.control.count
        treatedMean = look.treated.mean
        controlMean = look.control.mean
        difference = look.treated.mean - look.control.mean
        lower = LiftWords.finite(test.interval.lower)
        upper = LiftWords.finite(test.interval.upper)
        liftLower = LiftWords.finite(ratios.map { exp($0.interval.lower) - 1 })
        liftUpper = LiftWords.finite(ratios.map { exp($0.interval.upper) - 1 })
        pValue = test.pValue
        let isBroken = test.interval.lower > test.interval.upper
        verdict =
            isBroken || test.pValue >= 1 - confidence
            ? .notProven : test.interval.lower > 0 ? .up : .down
        if !isBroken, verdict == .down, test.interval.upper >= 0 { verdict = .notProven }
    }
}
