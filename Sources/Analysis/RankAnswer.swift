/// Things ranked by partial pooling.
package struct RankAnswer: AnalysisAnswer {
    package var method: String
    package var inputs: [AnalysisInput]
    package var diagnostics: Diagnostics
    /// The things, those first that are best at the cautious end of their interval.
    package var rows: [Row]
    /// The groups, from the outermost level, the best first.
    package var groups: [Group]
    package var notes: [String]
    /// Whether figures are rates.
    package var isRate: Bool

    enum CodingKeys: String, CodingKey { case method, inputs, diagnostics, rows, groups, notes }

    /// What the answer rests on.
    package struct Diagnostics: Sendable, Encodable, Hashable {
        package var levels: [String]
        package var items: Int
        package var top: Int
        package var chains: Int
        package var draws: Int
        /// Whether the chains agree (R-hat below 1.05).
        package var isReliable: Bool
        package var hyperparameters: [Hyperparameter]
    }

    /// A parameter of the groups.
    package struct Hyperparameter: Sendable, Encodable, Hashable {
        package var name: String
        package var mean: Double
        package var low: Double
        package var high: Double
        /// R-hat; absent where it is not finite.
        package var scaleReduction: Double?
        package var effectiveDraws: Double

        enum CodingKeys: String, CodingKey {
            case name, mean, low, high, effectiveDraws
            case scaleReduction = "rHat"
        }
    }

    /// One thing.
    package struct Row: Sendable, Encodable, Hashable {
        package var path: [String]
        /// The names by column.
        package var labels: [String: String]
        package var successes: Double?
        package var trials: Double?
        package var count: Double?
        package var standardError: Double?
        /// As measured.
        package var raw: Double?
        /// After pooling: the posterior mean, and the interval at 95 %.
        package var estimate: Double
        package var low: Double
        package var high: Double
        package var probabilityBest: Double
        package var probabilityTop: Double
        package var probabilityBetterThanTypical: Double
        package var expectedRank: Double
        /// How much of the estimate is measured on the thing itself, from 0 to 1.
        package var ownWeight = 0.0
        package var verdict = "not proven"
        /// How many places there are.
        var places = 0

        enum CodingKeys: String, CodingKey {
            case path, labels, successes, trials, count, standardError, raw, estimate, low, high
            case probabilityBest, probabilityTop, probabilityBetterThanTypical, expectedRank
            case ownWeight, verdict
        }
    }

    /// One group of things.
    package struct Group: Sendable, Encodable, Hashable {
        package var level: String
        package var path: [String]
        package var items: Int
        /// All of its members' together, for rates.
        package var successes: Double?
        package var estimate: Double
        package var low: Double
        package var high: Double
        package var probabilityBest: Double
        package var expectedRank: Double
        /// How much of the estimate is measured on the group's own members, from 0 to 1.
        package var ownWeight: Double
        package var verdict: String
    }

    private func figure(_ value: Double?) -> String {
        isRate ? Shown.percent(value) : Shown.number(value)
    }

    package var sections: [AnswerSection] {
        let shown = rows.prefix(50).map { row in
            row.path
                + [
                    row.trials.map { "\(Shown.number(row.successes)) of \(Shown.number($0))" }
                        ?? "± \(Shown.number(row.standardError))", figure(row.raw),
                    figure(row.estimate), figure(row.low), figure(row.high),
                    Shown.percent(row.probabilityBest), Shown.percent(row.probabilityTop),
                    Shown.decimals(row.expectedRank, 1), row.verdict,
                ]
        }
        var result: [AnswerSection] = [
            .table(
                heading: diagnostics.levels + [
                    "measured on", "measured", "estimate", "95 % from", "to", "best",
                    "top \(diagnostics.top)", "rank", "verdict",
                ], rows: shown)
        ]
        if rows.count > shown.count {
            result.append(.text("and \(rows.count - shown.count) more; JSON has them all."))
        }
        if !groups.isEmpty {
            result.append(
                .table(
                    heading: [
                        "level", "group", "items", "estimate", "95 % from", "to", "best", "verdict",
                    ],
                    rows: groups.map { group in
                        [
                            group.level, group.path.joined(separator: " / "), "\(group.items)",
                            figure(group.estimate), figure(group.low), figure(group.high),
                            Shown.percent(group.probabilityBest), group.verdict,
                        ]
                    }))
        }
        return result + notes.map { .text($0) }
    }

    package var picture: Picture? {
        ReturnPicture.intervals(
            title: "Estimates after pooling with intervals at 95 %; rings: as measured",
            rows: rows.prefix(30).map {
                (
                    name: $0.path.joined(separator: " / "), low: $0.low, middle: $0.estimate,
                    high: $0.high, seen: $0.raw
                )
            })
    }
}
