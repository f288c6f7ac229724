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
        /// `ratio` or `difference`: what the p-value and the verdict are about.
        package var scale: String
        /// As of `analyze lift` for two cells, `contrast` for more.
        package var test: String
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
        package var t: Double?
        package var freedom: Double?
        package var pValue: Double?
        package var ratioPValue: Double?
        package var differencePValue: Double?
        package var verdict: LiftVerdict
        /// Why it is not proven, where the limits alone do not tell.
        package var reason: String?
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
        let shortage = Self.shortage(data)
        rows = []
        for contrast in Self.contrasts(data) {
            var row = try Effect(test, contrast, data, shortage: shortage)
            if isBroken { row.verdict = .notTrustworthy }
            rows.append(row)
        }
        interaction = rows[rows.count - 1]
        verdict = interaction.verdict
        addNotes(data, isPlanned: expectedShares != nil)
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
            let half =
                StudentDistribution(freedom: Double(max(1, sample.count - 1))).upperQuantile(
                    (1 - confidence) / 2)
                * ((sample.variance ?? 0) / Double(max(1, sample.count))).squareRoot()
            return Cell(
                cell: name, count: sample.count, mean: sample.mean, lower: sample.mean - half,
                upper: sample.mean + half)
        }
    }

    private mutating func addNotes(_ data: FactorialData, isPlanned: Bool) {
        let words = "\(LiftWords.percent(1 - confidence)) chance of a false alarm"
        let sentence =
            switch interaction.verdict {
            case .up: "Synergy is proven: \(togetherness)."
            case .down: "They get in each other's way, proven: \(togetherness)."
            case .notProven: "Synergy is not proven: \(togetherness)."
            case .notTrustworthy: "Not trustworthy: the cells are not of the planned sizes."
            }
        notes.insert(sentence, at: 0)
        if sampleRatio.isMismatch, !isPlanned {
            notes.insert(
                "The cells are not equal in size. If that was not planned, nothing here can be "
                    + "trusted; if it was, say the plan with --expected-ratio none:"
                    + "\(data.first):\(data.second):both.", at: 1)
        }
        if let reason = interaction.reason { notes.append(reason) }
        for row in rows where row.kind != "main" && row.kind != "interaction" {
            if let reason = row.reason { notes.append("\(row.effect): \(reason)") }
        }
        for row in rows where row.reason == nil && row.verdict != .notTrustworthy {
            if let note = otherScale(row) { notes.append(note) }
        }
        if rows.contains(where: { $0.ratio == nil }) {
            notes.append(
                data.rates == nil
                    ? "A cell has a mean of 0 or less, so ratios with it have no value; read "
                        + "differences."
                    : "A cell has no result, so ratios with it have no value; read differences.")
        } else if let least = diagnostics.smallestConversions, least < 10,
            least >= Self.leastConversions
        {
            notes.append("A cell has only \(least) conversions: limits are rough.")
        }
        notes.append(
            "Each of the eight effects has a \(words) of its own; people count by what they were "
                + "assigned to, whether or not it reached them.")
    }

    /// What both do together beyond what each does, with limits.
    private var togetherness: String {
        let (row, chance) = (interaction, LiftWords.chance(interaction.pValue))
        if row.scale == "ratio" {
            return "together they do \(LiftWords.number(row.ratio)) times what their effects "
                + "multiply to (\(LiftWords.number(row.ratioLower)) to "
                + "\(LiftWords.number(row.ratioUpper)), p = \(chance))"
        }
        let beyond =
            "together they do \(LiftWords.number(row.difference)) per person beyond what their "
            + "effects add up to"
        guard let lower = row.differenceLower, let upper = row.differenceUpper else {
            return beyond + "; nothing varies, so chance cannot be judged"
        }
        return beyond
            + " (\(LiftWords.number(lower)) to \(LiftWords.number(upper)), p = \(chance))"
    }

    /// Says when ratios and differences of a row tell different things.
    private func otherScale(_ row: Effect) -> String? {
        guard let ratio = row.ratioPValue, let difference = row.differencePValue,
            (ratio < 1 - confidence) != (difference < 1 - confidence)
        else { return nil }
        let isRatio = row.scale == "ratio"
        return "\(row.effect): the verdict is about the \(row.scale) (p = "
            + "\(LiftWords.chance(isRatio ? ratio : difference))); about the "
            + "\(isRatio ? "difference" : "ratio") it would be another (p = "
            + "\(LiftWords.chance(isRatio ? difference : ratio)))."
    }
}

extension FactorialAnswer {
    package var sections: [AnswerSection] {
        let isRate = metric == "rate"
        return [
            .table(
                heading: ["cell", "people"] + (isRate ? ["converted", "rate"] : ["mean"])
                    + ["from", "to"],
                rows: cells.map {
                    let words = isRate ? { LiftWords.percent($0) } : LiftWords.number
                    return [$0.cell, "\($0.count)"]
                        + (isRate ? ["\($0.conversions ?? 0)"] : [])
                        + [words($0.rate ?? $0.mean), words($0.lower), words($0.upper)]
                }),
            .table(
                heading: [
                    "effect", "kind", "ratio", "from", "to", "difference", "from", "to", "p",
                    "verdict",
                ],
                rows: rows.map {
                    [
                        $0.effect, $0.kind,
                        $0.ratio == nil ? "no value" : LiftWords.number($0.ratio),
                        Self.limit($0.ratioLower, $0), Self.limit($0.ratioUpper, $0),
                        LiftWords.number($0.difference), LiftWords.number($0.differenceLower),
                        LiftWords.number($0.differenceUpper), LiftWords.chance($0.pValue),
                        $0.verdict.rawValue,
                    ]
                }),
            .text(notes.joined(separator: "\n")),
        ]
    }

    private static func limit(_ value: Double?, _ row: Effect) -> String {
        if let value { return LiftWords.number(value) }
        return row.ratio == nil && row.ratioLower == nil && row.ratioUpper == nil
            ? "no value" : LiftWords.noLimit
    }

    package var picture: Picture? {
        let isRatio = rows.allSatisfy { $0.ratio != nil } && metric == "rate"
        return LiftPicture.bars(
            title: "Effects as \(isRatio ? "ratios" : "differences"); synergy \(verdict.rawValue)",
            none: isRatio ? 1 : 0, axis: { LiftWords.number($0) },
            rows.map { row in
                let estimate = isRatio ? row.ratio : row.difference
                return LiftPicture.Bar(
                    label: row.effect, estimate: estimate ?? 0,
                    lower: isRatio ? row.ratioLower : row.differenceLower,
                    upper: isRatio ? row.ratioUpper : row.differenceUpper,
                    text: LiftWords.number(estimate))
            })
    }
}
