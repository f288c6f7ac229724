/// What a channel's own posting brings, from blocks of posting and silence.
package struct SilenceAnswer: AnalysisAnswer {
    /// One block.
    package struct Row: Sendable, Encodable, Hashable {
        package var block: Int
        package var pair: Int?
        /// `post` or `silence`.
        package var condition: String
        package var start: String
        package var end: String
        package var measuredFrom: String
        package var measured: Int
        package var mean: Double
    }

    /// The reading with autocorrelation modelled, to compare.
    package struct HacReading: Sendable, Encodable, Hashable {
        package var effect: Double
        package var standardError: Double
        package var lag: Int
        /// By the normal distribution.
        package var pValue: Double
    }

    /// Whether the answer can be trusted.
    package struct Diagnostics: Sendable, Encodable, Hashable {
        package var blocks: Int
        package var blocksOn: Int
        package var design: String
        package var isExact: Bool
        /// The smallest p-value that this design can give.
        package var leastPValue: Double
        package var burnIn: Int
        package var measured: Int
        /// The correlation of neighbouring periods within blocks.
        package var autocorrelation: Double?
        package var neweyWest: HacReading
        /// Early less late half of measured silence after posting, over the effect: what is still
        /// carried over.
        package var carryOverLeft: Double?
        /// The standard error of that.
        package var carryOverError: Double?
    }

    package let method = "randomisationInference"
    package var inputs: [AnalysisInput]
    /// What one period of posting brings more than one of silence.
    package var effect: Double
    /// Nil where silence has a mean of zero or less.
    package var relativeEffect: Double?
    package var postMean: Double
    package var silenceMean: Double
    package var level: Double
    package var interval: EffectInterval?
    package var relativeInterval: EffectInterval?
    package var pValue: Double
    package var verdict: String
    package var rows: [Row]
    package var diagnostics: Diagnostics
    package var notes: [String]

    package var sections: [AnswerSection] {
        [
            .text(verdict),
            .table(
                heading: ["", "estimate", "\(Wording.percent(level)) interval"],
                rows: [
                    ["mean with posting", Wording.number(postMean), ""],
                    ["mean in silence", Wording.number(silenceMean), ""],
                    ["effect by period", Wording.number(effect), Wording.interval(interval)],
                    [
                        "relative effect", Wording.change(relativeEffect),
                        relativeInterval.map {
                            "\(Wording.change($0.lower)) … \(Wording.change($0.upper))"
                        } ?? "–",
                    ],
                    ["p by the draw", Wording.probability(pValue), ""],
                    [
                        "p by Newey and West", Wording.probability(diagnostics.neweyWest.pValue),
                        "",
                    ],
                ]),
            .table(
                heading: ["block", "pair", "did", "from", "to", "measured", "mean"],
                rows: rows.map {
                    [
                        "\($0.block)", $0.pair.map { "\($0)" } ?? "–", $0.condition, $0.start,
                        $0.end, "\($0.measured)", Wording.number($0.mean),
                    ]
                }),
        ] + notes.map { .text($0) }
    }
}
