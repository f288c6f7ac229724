import Foundation

/// How a total is best shared out, and what that is expected to bring.
package struct BudgetAnswer: AnalysisAnswer {
    package var method = "budget.optimum"
    package var inputs: [AnalysisInput]
    package var diagnostics: Diagnostics
    package var totals: Totals
    package var rows: [Row]
    package var curves: [Curve]
    package var notes: [String]

    /// How the split was found, and how well it is known to be the best one.
    package struct Diagnostics: Sendable, Encodable, Hashable {
        package var solver: String
        package var objective: String
        package var objectiveValue: Double
        /// No split can reach more than this.
        package var upperBound: Double
        /// The distance to the upper bound as a share of the objective.
        package var gap: Double
        /// How far marginal responses between the bounds differ, as a share.
        package var kktResidual: Double
        package var nodes: Int
        package var draws: Int
        package var level: Double
        package var period: String
        package var periods: Int?
        package var risk: Double?
        /// What the split that is best at the parameters' means would bring, on the mean of draws.
        package var responseOfSplitAtMeanParameters: Double?
    }

    /// All channels together.
    package struct Totals: Sendable, Encodable, Hashable {
        package var spend: Double
        package var response: Double
        package var responseLow: Double?
        package var responseHigh: Double?
        /// What one more unit of money would bring.
        package var marginal: Double?
        package var currentSpend: Double?
        package var currentResponse: Double?
        /// Against what is spent now.
        package var uplift: Double?
        package var upliftShare: Double?
        package var upliftLow: Double?
        package var upliftHigh: Double?
        /// What the same total brings when it is shared out as now.
        package var sameSplitResponse: Double?
        package var upliftOverSameSplit: Double?
        package var upliftOverSameSplitLow: Double?
        package var upliftOverSameSplitHigh: Double?
        /// The share of draws in which the split beats the current one of the same total.
        package var probabilityOfImprovement: Double?
        /// What past spend still brings.
        package var carryOver: Double?
    }

    /// One channel.
    package struct Row: Sendable, Encodable, Hashable {
        package var channel: String
        package var current: Double?
        package var currentResponse: Double?
        package var currentResponseLow: Double?
        package var currentResponseHigh: Double?
        package var spend: Double
        package var change: Double?
        package var response: Double
        package var responseLow: Double?
        package var responseHigh: Double?
        /// What one more unit of money brings here; absent where it is without limit, at 0.
        package var marginal: Double?
        package var low: Double
        package var high: Double?
        package var atBound = false
        package var largestSeen: Double?
    }

    /// A channel's response curve.
    package struct Curve: Sendable, Encodable, Hashable {
        package var channel: String
        package var points: [Point]
    }

    /// A point of a response curve.
    package struct Point: Sendable, Encodable, Hashable {
        package var spend: Double
        package var response: Double
        package var marginal: Double?
    }

    package var sections: [AnswerSection] {
        let hasCurrent = totals.currentSpend != nil
        let hasDraws = totals.responseLow != nil
        var heading = ["channel"]
        if hasCurrent { heading += ["now", "best", "change"] } else { heading += ["best"] }
        heading += ["response"]
        if hasDraws { heading += ["\(Shown.number(diagnostics.level * 100)) % from", "to"] }
        heading += ["marginal", "bounds", ""]
        let table = rows.map { row in
            var cells = [row.channel]
            if hasCurrent { cells.append(Wording.number(row.current)) }
            cells.append(Wording.number(row.spend))
            if hasCurrent { cells.append(Wording.change(row.change)) }
            cells.append(Wording.number(row.response))
            if hasDraws {
                cells += [Wording.number(row.responseLow), Wording.number(row.responseHigh)]
            }
            let bounds =
                row.low == 0 && row.high == nil
                ? "–"
                : Wording.number(row.low) + " … " + (row.high.map { Wording.number($0) } ?? "")
            return cells + [
                Wording.number(row.marginal), bounds, row.atBound ? "at its bound" : "",
            ]
        }
        return [.text(summary), .table(heading: heading, rows: table)] + notes.map { .text($0) }
    }

    private var summary: String {
        var text =
            "\(Wording.number(totals.spend)) shared out best brings "
            + Wording.number(totals.response)
        if let low = totals.responseLow, let high = totals.responseHigh {
            text += " [\(Wording.number(low)), \(Wording.number(high))]"
        }
        if let current = totals.currentResponse, let uplift = totals.uplift {
            text +=
                "; what is spent now brings \(Wording.number(current)), so "
                + (uplift < 0 ? "" : "+") + Wording.number(uplift)
            if let share = totals.upliftShare { text += " (\(Wording.change(share)))" }
            if let low = totals.upliftLow, let high = totals.upliftHigh {
                text += " [\(Wording.number(low)), \(Wording.number(high))]"
            }
        }
        text += "."
        if let probability = totals.probabilityOfImprovement {
            text +=
                " The chance that this split beats the current one at the same total is "
                + Shown.percent(probability) + "."
        }
        return text
    }

    package var picture: Picture? { BudgetPicture(answer: self).picture }
}
