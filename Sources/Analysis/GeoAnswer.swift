/// What an intervention in some places brought, against the synthetic control of the others.
package struct GeoAnswer: AnalysisAnswer {
    /// One treated period.
    package struct Row: Sendable, Encodable, Hashable {
        package var period: String
        /// The mean of the treated places.
        package var observed: Double
        package var synthetic: Double
        package var effect: Double
    }

    /// A place and its weight.
    package struct Weight: Sendable, Encodable, Hashable {
        package var location: String
        package var weight: Double
    }

    /// Whether the answer can be trusted.
    package struct Diagnostics: Sendable, Encodable, Hashable {
        /// The root of the sum of squared gaps before the start.
        package var l2Imbalance: Double
        /// The same over that of equal weights: 0 is a perfect fit, 1 no better than equal weights.
        package var scaledL2Imbalance: Double?
        package var prePeriods: Int
        package var postPeriods: Int
        package var donors: Int
        /// The root mean squared gap before the start.
        package var preRmse: Double
        /// The same over the mean of the treated places.
        package var preRelativeRmse: Double?
        /// By how much the conditions of optimality fail; 0 but for rounding.
        package var optimalityViolation: Double
        /// Root mean squared gap after the start over that before it.
        package var rmseRatio: Double?
        /// The share of places, treated ones among them, whose ratio is at least as large.
        package var placeboPValue: Double
        package var placebos: [Placebo]
    }

    /// The ratio of one donor that is treated as if something had been done there.
    package struct Placebo: Sendable, Encodable, Hashable {
        package var location: String
        package var att: Double
        package var rmseRatio: Double?
    }

    package let method = "syntheticControl"
    package var inputs: [AnalysisInput]
    package var treated: [String]
    package var start: String
    package var end: String
    /// The mean effect in one treated place and period.
    package var att: Double
    /// Nil where the places would have had nothing or less.
    package var percentLift: Double?
    /// The sum over treated places and periods.
    package var incremental: Double
    package var observedMean: Double
    package var syntheticMean: Double
    package var l2Imbalance: Double
    package var scaledL2Imbalance: Double?
    package var level: Double
    package var attInterval: EffectInterval?
    package var percentLiftInterval: EffectInterval?
    package var incrementalInterval: EffectInterval?
    /// No effect in any period: mean size of gaps, shifts in time.
    package var pValue: Double
    /// No average effect: size of the mean gap, shifts in time.
    package var pValueAverage: Double
    /// No effect in any period: mean size of gaps, chance orders.
    package var pValueIndependent: Double
    package var verdict: String
    package var weights: [Weight]
    package var rows: [Row]
    package var diagnostics: Diagnostics
    package var notes: [String]
    /// Every period, for the picture.
    var series: Series

    struct Series: Sendable {
        var labels: [String]
        var observed: [Double]
        var synthetic: [Double]
        var treated: Range<Int>
    }

    enum CodingKeys: String, CodingKey {
        case method, inputs, treated, start, end, att, percentLift, incremental, observedMean
        case syntheticMean, l2Imbalance, scaledL2Imbalance, level, attInterval
        case percentLiftInterval, incrementalInterval, pValue, pValueAverage, pValueIndependent
        case verdict, weights, rows, diagnostics, notes
    }

    package var sections: [AnswerSection] {
        let percent = percentLiftInterval.map {
            "\(Wording.change($0.lower)) … \(Wording.change($0.upper))"
        }
        return [
            .text(verdict),
            .table(
                heading: ["", "estimate", "\(Wording.percent(level)) interval"],
                rows: [
                    [
                        "effect by place and period", Wording.number(att),
                        Wording.interval(attInterval),
                    ],
                    ["lift", Wording.change(percentLift), percent ?? "–"],
                    [
                        "incremental in all", Wording.number(incremental),
                        Wording.interval(incrementalInterval),
                    ],
                ]),
            .table(
                heading: ["check", "value"],
                rows: [
                    ["scaled L2 imbalance before", Wording.number(scaledL2Imbalance)],
                    ["p, average effect", Wording.probability(pValueAverage)],
                    ["p, any effect", Wording.probability(pValue)],
                    ["p, placebo places", Wording.probability(diagnostics.placeboPValue)],
                ]),
            .table(
                heading: ["donor", "weight"],
                rows: weights.filter { $0.weight >= 0.0005 }
                    .map { [$0.location, Wording.number($0.weight)] }),
        ] + notes.map { .text($0) }
    }

    package var picture: Picture? {
        SeriesPicture(
            title: "Mean of \(treated.joined(separator: ", ")) against its synthetic control",
            labels: series.labels, observed: series.observed, expected: series.synthetic,
            treated: series.treated, expectedName: "synthetic control"
        ).picture
    }
}
