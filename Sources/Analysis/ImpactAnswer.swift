/// What an event brought to a series, against what the series would have been.
package struct ImpactAnswer: AnalysisAnswer {
    /// One kind of sum over the time after.
    package struct Summary: Sendable, Encodable, Hashable {
        package var actual: Double
        package var predicted: Double
        package var predictedSd: Double
        package var predictedInterval: EffectInterval
        package var effect: Double
        package var effectSd: Double
        package var effectInterval: EffectInterval
        /// Nil, as the two that follow, where what would have been may be zero or less.
        package var relativeEffect: Double?
        package var relativeEffectSd: Double?
        package var relativeEffectInterval: EffectInterval?

        /// The effect in words: relative where that makes sense, else in units.
        var change: String {
            relativeEffect.map { Wording.change($0) } ?? Wording.signed(effect)
        }
    }

    /// One period after the start.
    package struct Row: Sendable, Encodable, Hashable {
        package var period: String
        package var actual: Double?
        package var predicted: Double
        package var predictedLower: Double
        package var predictedUpper: Double
        package var effect: Double?
        package var effectLower: Double?
        package var effectUpper: Double?
        package var cumulativeEffect: Double
        package var cumulativeLower: Double
        package var cumulativeUpper: Double
    }

    /// What a control says.
    package struct Coefficient: Sendable, Encodable, Hashable {
        package var control: String
        /// How likely the control belongs to the model.
        package var inclusion: Double
        /// Units of the response for one unit of the control, given that it belongs.
        package var mean: Double
        package var sd: Double
    }

    /// The same reading of a time in which nothing was done.
    package struct Trial: Sendable, Encodable, Hashable {
        package var start: String
        package var rows: Int
        package var averageEffect: Double
        package var interval: EffectInterval
        package var relativeEffect: Double?
        package var findsNothing: Bool

        /// What was found, in words.
        var change: String {
            relativeEffect.map { Wording.change($0) } ?? Wording.signed(averageEffect)
        }
    }

    /// Whether a control itself changed at the start.
    package struct Touched: Sendable, Encodable, Hashable {
        package var control: String
        /// The step at the start, in units of the control.
        package var averageEffect: Double
        package var relativeEffect: Double?
        /// The probability that the step has the other sign.
        package var tailProbability: Double
        package var mayBeTouched: Bool

        /// What was found, in words.
        var change: String {
            relativeEffect.map { Wording.change($0) } ?? Wording.signed(averageEffect)
        }
    }

    /// Rows that were read.
    package struct Span: Sendable, Encodable, Hashable {
        package var start: String
        package var end: String
        package var rows: Int
    }

    /// Whether the answer can be trusted.
    package struct Diagnostics: Sendable, Encodable, Hashable {
        package var draws: Int
        package var chains: Int
        /// Agreement of the chains about the average effect; 1 is right.
        package var scaleReduction: Double
        /// The Monte-Carlo standard error of the average effect.
        package var monteCarloError: Double
        /// The share of the response's variance before the start that the model explains.
        package var preRSquared: Double
        /// The mean absolute error before the start, over the mean of the response; nil where
        /// that is 0.
        package var preRelativeError: Double?
        package var noiseSd: Double
        package var levelSd: Double
        package var placebo: Trial?
        package var controls: [Touched]
    }

    package let method = "bayesianStructuralTimeSeries"
    package var inputs: [AnalysisInput]
    package var response: String
    package var controls: [String]
    package var prePeriod: Span
    package var postPeriod: Span
    package var level: Double
    package var average: Summary
    package var cumulative: Summary
    /// How likely an effect at least so far from zero is by chance, on the side it is on.
    package var tailProbability: Double
    package var causalProbability: Double
    package var verdict: String
    package var coefficients: [Coefficient]
    package var rows: [Row]
    package var diagnostics: Diagnostics
    package var notes: [String]
    /// Every period, for the picture.
    var series: Series

    struct Series: Sendable {
        var labels: [String]
        var observed: [Double?]
        var expected: [Double]
        var lower: [Double]
        var upper: [Double]
        var treated: Range<Int>
    }

    enum CodingKeys: String, CodingKey {
        case method, inputs, response, controls, prePeriod, postPeriod, level, average, cumulative
        case tailProbability, causalProbability, verdict, coefficients, rows, diagnostics, notes
    }

    package var sections: [AnswerSection] {
        func line(_ name: String, _ value: (Summary) -> String) -> [String] {
            [name, value(average), value(cumulative)]
        }
        return [
            .text(verdict),
            .table(
                heading: ["", "average", "cumulative"],
                rows: [
                    line("actual") { Wording.number($0.actual) },
                    line("prediction (s.d.)") {
                        "\(Wording.number($0.predicted)) (\(Wording.number($0.predictedSd)))"
                    },
                    line("\(Wording.percent(level)) interval") {
                        Wording.interval($0.predictedInterval)
                    },
                    line("effect (s.d.)") {
                        "\(Wording.number($0.effect)) (\(Wording.number($0.effectSd)))"
                    },
                    line("\(Wording.percent(level)) interval") {
                        Wording.interval($0.effectInterval)
                    },
                    line("relative effect") { Wording.change($0.relativeEffect) },
                    line("\(Wording.percent(level)) interval") {
                        $0.relativeEffectInterval.map {
                            "\(Wording.change($0.lower)) … \(Wording.change($0.upper))"
                        } ?? "–"
                    },
                ]),
            .text(
                "Posterior tail-area probability: \(Wording.probability(tailProbability)); "
                    + "probability of an effect: \(Wording.percent(causalProbability))."),
            .table(
                heading: ["control", "belongs", "coefficient", "s.d."],
                rows: coefficients.map {
                    [
                        $0.control, Wording.percent($0.inclusion), Wording.number($0.mean),
                        Wording.number($0.sd),
                    ]
                }),
        ] + notes.map { .text($0) }
    }

    package var picture: Picture? {
        SeriesPicture(
            title: "\(response), and what it would have been", labels: series.labels,
            observed: series.observed, expected: series.expected,
            band: (series.lower, series.upper), treated: series.treated
        ).picture
    }
}
