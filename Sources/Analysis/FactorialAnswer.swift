import Foundation
import Statistics

/// What two treatments did, each alone and both together.
package struct FactorialAnswer: AnalysisAnswer {
    /// One of the four cells.
    package struct Cell: Encodable, Sendable {
        package var cell: String
        package var count: Int
        package var conversions: Int?
        package var rate: Double?
        package var mean: Double?
        package var lower: Double?
        package var upper: Double?
    }

    /// One effect as a ratio and as a difference; what is unknown is left out.
    package struct Effect: Encodable, Sendable {
        package var effect: String
        /// `arm`, `simple`, `main` or `interaction`.
        package var kind: String
        package var ratio: Double?
        package var ratioLower: Double?
        package var ratioUpper: Double?
        package var lift: Double?
        package var lower: Double?
        package var upper: Double?
        package var difference: Double?
        package var differenceLower: Double?
        package var differenceUpper: Double?
        package var z: Double?
        /// Of the ratio, or where there is none, of the difference.
        package var pValue: Double?
        package var differencePValue: Double?
        package var verdict: LiftVerdict
    }

    /// What helps to judge the answer.
    package struct Diagnostics: Encodable, Sendable {
        package var smallestCell: Int
        package var smallestConversions: Int?
        package var isSampleRatioMismatch: Bool
    }

    package let method = "factorial-2x2"
    package var metric: String
    package var inputs: [AnalysisInput]
    package var confidence: Double
    package var cells: [Cell]
    package var rows: [Effect]
    package var interaction: Effect
    package var sampleRatio: SampleRatioAnswer
    package var verdict: LiftVerdict
    package var diagnostics: Diagnostics
    package var notes: [String]

    private enum CodingKeys: String, CodingKey {
        case method, metric, inputs, confidence, cells, rows, interaction, sampleRatio, verdict
        case diagnostics, notes
    }

    /// Reads four cells in the order none, first, second, both.
    package init(
        _ data: FactorialData, confidence: Double, expectedShares: [Double]?
    ) throws(AnalysisError) {
        let four = try data.cells()
        let test = Factorial(
            none: four[0], first: four[1], second: four[2], both: four[3], confidence: confidence)
        self.confidence = confidence
        metric = data.rates == nil ? "mean" : "rate"
        inputs = data.inputs
        notes = data.notes
        cells = Self.cells(data, confidence)
        sampleRatio = SampleRatioAnswer(four.map(\.count), expectedShares)
        diagnostics = Diagnostics(
            smallestCell: four.map(\.count).min() ?? 0,
            smallestConversions: data.rates?.map(\.successes).min(),
            isSampleRatioMismatch: sampleRatio.isMismatch)
        let isBroken = sampleRatio.isMismatch && expectedShares != nil
        rows = Self.contrasts(data).map { contrast in
            var row = Effect(test, contrast)
            if isBroken { row.verdict = .notTrustworthy }
            return row
        }
        interaction = rows[rows.count - 1]
        verdict = interaction.verdict
        addNotes(data, isPlanned: expectedShares != nil)
    }

    /// A contrast, and where two cells of rates meet, those two.
    struct Contrast {
        var name: String
        var kind: String
        var weights: Factorial.Weights
        var pair: RateComparison?
        var confidence = 0.95
    }

    private static func contrasts(_ data: FactorialData) -> [Contrast] {
        let (one, two) = (data.first, data.second)
        func pair(_ treated: Int, _ control: Int) -> RateComparison? {
            data.rates.map { RateComparison(treated: $0[treated], control: $0[control]) }
        }
        return [
            Contrast(name: "\(one) vs none", kind: "arm", weights: .firstAlone, pair: pair(1, 0)),
            Contrast(name: "\(two) vs none", kind: "arm", weights: .secondAlone, pair: pair(2, 0)),
            Contrast(name: "both vs none", kind: "arm", weights: .bothTogether, pair: pair(3, 0)),
            Contrast(
                name: "both vs \(one)", kind: "simple", weights: .bothAgainstFirst,
                pair: pair(3, 1)),
            Contrast(
                name: "both vs \(two)", kind: "simple", weights: .bothAgainstSecond,
                pair: pair(3, 2)),
            Contrast(name: one, kind: "main", weights: .mainFirst),
            Contrast(name: two, kind: "main", weights: .mainSecond),
            Contrast(name: "\(one) × \(two)", kind: "interaction", weights: .interaction),
        ]
    }

    private static func cells(_ data: FactorialData, _ confidence: Double) -> [Cell] {
        let z = LiftAlternative.twoSided.critical(confidence: confidence)
        let names = ["none", data.first, data.second, "both"]
        if let rates = data.rates {
            return zip(names, rates).map { name, rate in
                let limits = rate.wilson(z: z)
                return Cell(
                    cell: name, count: rate.count, conversions: rate.successes, rate: rate.value,
                    lower: limits.lower, upper: limits.upper)
            }
        }
        return zip(names, data.moments).map { name, sample in
            let half = z * ((sample.variance ?? 0) / Double(max(1, sample.count))).squareRoot()
            return Cell(
                cell: name, count: sample.count, mean: sample.mean, lower: sample.mean - half,
                upper: sample.mean + half)
        }
    }

    private mutating func addNotes(_ data: FactorialData, isPlanned: Bool) {
        let words = "\(LiftWords.percent(1 - confidence)) chance of a false alarm"
        let how =
            interaction.ratio.map {
                "together they do \(LiftWords.number($0)) times what their effects multiply to "
                    + "(\(LiftWords.number(interaction.ratioLower)) to "
                    + "\(LiftWords.number(interaction.ratioUpper)), p = "
                    + "\(LiftWords.chance(interaction.pValue)))"
            } ?? "the ratio has no value, because a cell has no result"
        let sentence =
            switch interaction.verdict {
            case .up: "Synergy is proven: \(how)."
            case .down: "They get in each other's way, proven: \(how)."
            case .notProven: "Synergy is not proven: \(how)."
            case .notTrustworthy: "Not trustworthy: the cells are not of the planned sizes."
            }
        notes.insert(sentence, at: 0)
        if sampleRatio.isMismatch, !isPlanned {
            notes.insert(
                "The cells are not equal in size. If that was not planned, nothing here can be "
                    + "trusted; if it was, say the plan with --expected-ratio none:"
                    + "\(data.first):\(data.second):both.", at: 1)
        }
        if rows.contains(where: { $0.ratio == nil }) {
            notes.append("A cell has no result, so ratios with it have no value; read differences.")
        } else if let least = diagnostics.smallestConversions, least < 10 {
            notes.append(
                "A cell has only \(least) conversion\(least == 1 ? "" : "s"): limits are rough.")
        }
        notes.append(
            "Each of the eight effects has a \(words) of its own; people count by what they were "
                + "assigned to, whether or not it reached them.")
    }
}

extension FactorialAnswer.Effect {
    init(_ test: Factorial, _ contrast: FactorialAnswer.Contrast) {
        let ratio = test.ratio(contrast.weights)
        let change = test.difference(contrast.weights)
        effect = contrast.name
        kind = contrast.kind
        self.ratio = ratio?.estimate
        ratioLower = ratio?.interval.lower
        ratioUpper = ratio?.interval.upper
        lift = ratio.map { $0.estimate - 1 }
        lower = ratio.map { $0.interval.lower - 1 }
        upper = ratio.map { $0.interval.upper - 1 }
        difference = change?.estimate
        differenceLower = change?.interval.lower
        differenceUpper = change?.interval.upper
        differencePValue = change?.pValue
        // Two cells of rates are told apart by the pooled z, as in a test of two arms.
        z = contrast.pair?.z ?? ratio?.z ?? change?.z
        let p = contrast.pair.map { LiftAlternative.twoSided.pValue($0.z) }
        pValue = p ?? ratio?.pValue ?? change?.pValue
        let limits = ratio.map {
            LiftIntervalLimits(
                excludesBelow: $0.interval.lower > 1, excludesAbove: $0.interval.upper < 1)
        }
        verdict = LiftVerdict.of(
            ratio.map { $0.estimate - 1 } ?? change?.estimate ?? 0, pValue: pValue ?? 1,
            confidence: test.confidence,
            limits: limits
                ?? LiftIntervalLimits(
                    excludesBelow: (change?.interval.lower ?? 0) > 0,
                    excludesAbove: (change?.interval.upper ?? 0) < 0))
    }
}

extension FactorialAnswer {
    package var sections: [AnswerSection] {
        [
            .table(
                heading: ["cell", "people", metric == "rate" ? "converted" : "mean", "rate"],
                rows: cells.map {
                    [
                        $0.cell, "\($0.count)",
                        $0.conversions.map(String.init) ?? LiftWords.number($0.mean),
                        $0.rate.map { LiftWords.percent($0) } ?? "",
                    ]
                }),
            .table(
                heading: ["effect", "kind", "ratio", "from", "to", "difference", "p", "verdict"],
                rows: rows.map {
                    [
                        $0.effect, $0.kind, LiftWords.number($0.ratio),
                        LiftWords.number($0.ratioLower), LiftWords.number($0.ratioUpper),
                        LiftWords.number($0.difference), LiftWords.chance($0.pValue),
                        $0.verdict.rawValue,
                    ]
                }),
            .text(notes.joined(separator: "\n")),
        ]
    }

    package var picture: Picture? {
        let bars = rows.filter { $0.ratio != nil }
        guard !bars.isEmpty else { return nil }
        return LiftPicture.bars(
            title: "Effects as ratios; synergy \(verdict.rawValue)", none: 1,
            bars.map {
                LiftPicture.Bar(
                    label: $0.effect, estimate: $0.ratio ?? 1, lower: $0.ratioLower,
                    upper: $0.ratioUpper, text: LiftWords.number($0.ratio))
            })
    }
}
