import Foundation
import Statistics

/// Puts a split of the budget into the figures and words of an answer.
struct BudgetReport {
    var plan: BudgetAnalysis.Plan
    var outcome: BudgetAllocation.Outcome
    var level: Double
    var risk: Double
    /// The mean response of the split that is best at the parameters' means.
    var plugIn: Double?

    private var channels: [BudgetAllocation.Channel] { plan.allocation.channels }
    var draws: Int { plan.fit.channels[0].draws.count }

    var answer: BudgetAnswer {
        let rows = rows
        let totals = totals
        return BudgetAnswer(
            inputs: plan.fit.inputs, diagnostics: diagnostics, totals: totals, rows: rows,
            curves: curves, notes: notes(rows, totals))
    }

    /// The ends of the interval of draws.
    private func interval(_ values: [Double]) -> EffectInterval? {
        guard draws > 1 else { return nil }
        let middle = SortedSample(values).interval(level)
        return EffectInterval(lower: middle.lower, upper: middle.upper)
    }

    private func mean(_ values: [Double]) -> Double {
        values.reduce(0, +) / Double(max(1, values.count))
    }

    private var rows: [BudgetAnswer.Row] {
        channels.indices.map { index in
            let (channel, spend) = (channels[index], outcome.spend[index])
            let responses = channel.response.each(spend)
            let now = plan.current?[index]
            let before = now.map { channel.response.each($0) }
            let range = interval(responses)
            let rangeBefore = before.flatMap { interval($0) }
            let slope = channel.response.at(spend).slope
            var row = BudgetAnswer.Row(
                channel: plan.fit.channels[index].name, spend: spend, response: mean(responses),
                low: channel.lower)
            (row.current, row.currentResponse) = (now, before.map { mean($0) })
            (row.currentResponseLow, row.currentResponseHigh) =
                (rangeBefore?.lower, rangeBefore?.upper)
            if let now, now > 0 { row.change = spend / now - 1 }
            (row.responseLow, row.responseHigh) = (range?.lower, range?.upper)
            row.marginal = slope.isFinite ? slope : nil
            row.high = channel.upper.isFinite ? channel.upper : nil
            row.atBound =
                (spend <= channel.lower && channel.lower > 0) || spend <= 0
                || spend >= channel.upper
            if let largest = plan.fit.channels[index].largest {
                row.largestSeen = largest * Double(plan.periods ?? 1)
            }
            return row
        }
    }

    private var totals: BudgetAnswer.Totals {
        let best = plan.allocation.each(outcome.spend)
        let range = interval(best)
        var totals = BudgetAnswer.Totals(
            spend: outcome.spend.reduce(0, +), response: mean(best),
            responseLow: range?.lower, responseHigh: range?.upper,
            marginal: outcome.marginal.isFinite ? outcome.marginal : nil)
        if plan.periods != nil {
            totals.carryOver = mean(plan.allocation.each(channels.map { _ in 0 }))
        }
        guard let current = plan.current else { return totals }
        let before = plan.allocation.each(current)
        totals.currentSpend = current.reduce(0, +)
        totals.currentResponse = mean(before)
        let uplifts = zip(best, before).map { $0 - $1 }
        let upliftRange = interval(uplifts)
        totals.uplift = mean(uplifts)
        totals.upliftShare = ratio(mean(uplifts), mean(before))
        (totals.upliftLow, totals.upliftHigh) = (upliftRange?.lower, upliftRange?.upper)
        compare(&totals, current, best)
        return totals
    }

    private func ratio(_ part: Double, _ whole: Double) -> Double? {
        whole > 0 ? part / whole : nil
    }

    /// Against the current split of the same total: what the split alone brings.
    private func compare(
        _ totals: inout BudgetAnswer.Totals, _ current: [Double], _ best: [Double]
    ) {
        let sum = current.reduce(0, +)
        guard sum > 0 else { return }
        let scaled = current.map { $0 / sum * plan.total }
        let same = plan.allocation.each(abs(sum - plan.total) <= 1e-9 * sum ? current : scaled)
        let uplifts = zip(best, same).map { $0 - $1 }
        let range = interval(uplifts)
        totals.sameSplitResponse = mean(same)
        totals.upliftOverSameSplit = mean(uplifts)
        (totals.upliftOverSameSplitLow, totals.upliftOverSameSplitHigh) =
            (range?.lower, range?.upper)
        guard draws > 1 else { return }
        let better = zip(uplifts, best).count { $0 > 1e-12 * abs($1) }
        totals.probabilityOfImprovement = Double(better) / Double(uplifts.count)
    }

    private var diagnostics: BudgetAnswer.Diagnostics {
        BudgetAnswer.Diagnostics(
            solver: solver,
            objective: risk == 0
                ? (draws > 0 ? "mean response over the draws" : "response")
                : "mean response less \(Shown.number(risk)) times its standard deviation over the "
                    + "draws",
            objectiveValue: outcome.objective, upperBound: outcome.bound, gap: outcome.gap,
            kktResidual: outcome.residual, nodes: outcome.nodes, draws: draws, level: level,
            period: plan.fit.period, periods: plan.periods, risk: risk == 0 ? nil : risk,
            responseOfSplitAtMeanParameters: plugIn)
    }

    private var solver: String {
        if risk > 0 { return "ascent from several splits, bound by duality" }
        return outcome.isConcave ? "equal marginal response" : "branch and bound"
    }

    private var curves: [BudgetAnswer.Curve] {
        channels.indices.map { index in
            let channel = channels[index]
            let most = max(
                outcome.spend[index], plan.current?[index] ?? 0,
                (plan.fit.channels[index].largest ?? 0) * Double(plan.periods ?? 1))
            let end = most > 0 ? most * 1.25 : max(plan.total, 1)
            let points = (0...40).map { step in
                let spend = end * Double(step) / 40
                let jet = channel.response.at(spend)
                return BudgetAnswer.Point(
                    spend: spend, response: jet.value,
                    marginal: jet.slope.isFinite ? jet.slope : nil)
            }
            return BudgetAnswer.Curve(channel: plan.fit.channels[index].name, points: points)
        }
    }
}
