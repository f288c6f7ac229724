import Foundation
import Statistics

extension BudgetReport {
    /// What was assumed, and what to beware of, in sentences.
    func notes(_ rows: [BudgetAnswer.Row], _ totals: BudgetAnswer.Totals) -> [String] {
        [
            "This is modelled: it rests on curves that history was fitted with, not on an "
                + "experiment.", timeNote, drawsNote(totals), solverNote, riskNote,
            plugInNote(totals),
            beyondNote(rows), sameTotalNote(totals), worthNote(totals), carryNote(totals),
        ].compactMap { $0 }
    }

    private var timeNote: String {
        guard let periods = plan.periods else {
            return "Spend and response are those of one average \(plan.fit.period), with the same "
                + "spend for long."
        }
        return "Spend and response are those of \(periods) "
            + "\(plan.fit.period)\(periods == 1 ? "" : "s") with the same spend each; what that "
            + "spend still brings afterwards is counted."
    }

    private func drawsNote(_ totals: BudgetAnswer.Totals) -> String? {
        guard draws > 0 else {
            return "There are no draws of a posterior, so nothing says how sure this is."
        }
        guard risk == 0 else { return nil }
        return "The mean response over \(draws) draws was maximised, not the response at the "
            + "parameters' means: curves bend, so the two differ."
    }

    private var solverNote: String? {
        if outcome.gap > 1e-6 {
            return
                "The split is within \(Shown.percent(outcome.gap)) of the best that is possible; "
                + "a better one may exist."
        }
        guard !outcome.isConcave, risk == 0 else { return nil }
        return "Some curves are S-shaped: all splits were searched, and none is better."
    }

    private var riskNote: String? {
        guard risk > 0 else { return nil }
        return "Cautious: mean response − \(Shown.number(risk)) × its standard deviation over the "
            + "draws was maximised."
    }

    private func plugInNote(_ totals: BudgetAnswer.Totals) -> String? {
        guard let plugIn, totals.response > 0, totals.response - plugIn > 1e-4 * totals.response
        else { return nil }
        return "The split that is best at the parameters' means would bring "
            + "\(Wording.number(plugIn)), which is "
            + "\(Shown.percent((totals.response - plugIn) / totals.response)) less."
    }

    private func beyondNote(_ rows: [BudgetAnswer.Row]) -> String? {
        let beyond = rows.filter { row in
            row.largestSeen.map { row.spend > $0 * (1 + 1e-9) } ?? false
        }
        guard !beyond.isEmpty else { return nil }
        let names = beyond.prefix(10).map {
            "\($0.channel) (\(Wording.number($0.spend)), largest seen "
                + "\(Wording.number($0.largestSeen)))"
        }
        return "Beyond what was ever spent in a \(plan.fit.period), so nobody has seen what comes: "
            + names.joined(separator: ", ") + (beyond.count > 10 ? " and others" : "")
            + ". Go there in steps, or bound it."
    }

    private func sameTotalNote(_ totals: BudgetAnswer.Totals) -> String? {
        guard let current = totals.currentSpend, let same = totals.sameSplitResponse,
            abs(current - totals.spend) > 1e-6 * max(current, totals.spend)
        else { return nil }
        return "The total is not what is spent now (\(Wording.number(current))). Shared out as now "
            + "it would bring \(Wording.number(same)); the probability of improvement is against "
            + "that."
    }

    private func worthNote(_ totals: BudgetAnswer.Totals) -> String? {
        guard let worth = plan.fit.worth, let marginal = totals.marginal, totals.spend > 0 else {
            return nil
        }
        let back = worth * marginal
        return "The last unit of money brings back \(Shown.number(back)): "
            + (back < 1
                ? "less than it costs, so a smaller total would earn more."
                : "a larger total would earn more, as far as the curves hold.")
    }

    private func carryNote(_ totals: BudgetAnswer.Totals) -> String? {
        guard let carry = totals.carryOver, carry > 0 else { return nil }
        return
            "Of the response \(Wording.number(carry)) comes of past spend, whatever is spent now."
    }
}
