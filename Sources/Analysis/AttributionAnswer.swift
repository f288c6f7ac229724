/// What channels are credited with.
package struct AttributionAnswer: AnalysisAnswer {
    /// What one model credits one channel with.
    package struct Row: Sendable, Encodable, Hashable {
        package var channel: String
        package var model: String
        package var conversions: Double
        package var value: Double
        /// The value in whole minor units, whose sum is the total.
        package var valueMinorUnits: Int?
        package var share: Double
        package var valueShare: Double
        package var removalEffect: Double?
        package var removalEffectValue: Double?
        package var standardError: Double?
        package var valueStandardError: Double?
        package var conversionsLower: Double?
        package var conversionsUpper: Double?
        package var valueLower: Double?
        package var valueUpper: Double?
        package var assistedConversions: Double
        package var assistedValue: Double
        /// Journeys that touched the channel.
        package var journeys: Double
    }

    /// How far models are apart on one channel.
    package struct Disagreement: Sendable, Encodable, Hashable {
        package var channel: String
        package var lowest: Double
        package var lowestModel: String
        package var highest: Double
        package var highestModel: String
    }

    /// A step of the Markov chain.
    package struct Step: Sendable, Encodable, Hashable {
        package var from: String
        package var to: String
        package var probability: Double
    }

    /// What was shared out.
    package struct Totals: Sendable, Encodable, Hashable {
        package var conversions: Double
        package var value: Double
        package var valueMinorUnits: Int?
        package var nulls: Double
        package var journeys: Double
        package var channels: Int
    }

    /// What the journeys look like.
    package struct Paths: Sendable, Encodable, Hashable {
        package var meanTouches: Double
        package var medianTouches: Double
        package var meanDays: Double?
        package var medianDays: Double?
        /// Conversions by number of touches; the last entry holds all longer journeys.
        package var conversionsByLength: [Double]
    }

    /// How the answer came about.
    package struct Diagnostics: Sendable, Encodable, Hashable {
        package var pathRows: Int
        package var unattributedConversions: Double
        package var unattributedValue: Double
        package var states: Int?
        package var transitions: Int?
        package var conversionProbability: Double?
        package var valuePerJourney: Double?
        package var solver: String?
        package var errorBound: Double?
        package var sweeps: Int?
        package var orders: [Order]?
        package var worth: String?
        package var permutations: Int?
        package var halfLifeDays: Double?
        package var samples: Int?
        package var level: Double?
        package var solveMilliseconds: Double?
    }

    /// How well a chain of some order fits.
    package struct Order: Sendable, Encodable, Hashable {
        package var order: Int
        package var auc: Double
        package var penalisedAuc: Double
    }

    package var method: String
    package var inputs: [AnalysisInput]
    package var model: String
    package var order: Int?
    package var totals: Totals
    package var rows: [Row]
    package var disagreement: [Disagreement]?
    package var transitions: [Step]?
    package var paths: Paths
    package var diagnostics: Diagnostics
    package var notes: [String]

    enum CodingKeys: CodingKey {
        case method, inputs, model, order, totals, rows, disagreement, transitions, paths
        case diagnostics, notes
    }
}

extension AttributionAnswer {
    package var sections: [AnswerSection] {
        var sections = [disagreement == nil ? oneModel : sideBySide]
        if let orders = diagnostics.orders {
            sections.append(
                .table(
                    heading: ["order", "AUC", "penalised AUC"],
                    rows: orders.map {
                        [String($0.order), Self.fixed($0.auc, 4), Self.fixed($0.penalisedAuc, 4)]
                    }))
        }
        return sections + notes.map { .text($0) }
    }

    private var oneModel: AnswerSection {
        var heading = ["channel", "conversions", "share", "value"]
        let hasEffects = rows.contains { $0.removalEffect != nil }
        let hasIntervals = rows.contains { $0.conversionsLower != nil }
        if hasEffects { heading.append("removal effect") }
        if hasIntervals { heading += ["from", "to"] }
        heading.append("assisted")
        return .table(
            heading: heading,
            rows: rows.map { row in
                var cells = [
                    row.channel, Self.fixed(row.conversions, 2),
                    Self.fixed(100 * row.share, 1) + " %", Self.fixed(row.value, 2),
                ]
                if hasEffects { cells.append(Self.fixed(100 * (row.removalEffect ?? 0), 1) + " %") }
                if hasIntervals {
                    cells.append(Self.fixed(row.conversionsLower ?? 0, 2))
                    cells.append(Self.fixed(row.conversionsUpper ?? 0, 2))
                }
                return cells + [Self.fixed(row.assistedConversions, 0)]
            })
    }

    private var sideBySide: AnswerSection {
        var (models, channels): ([String], [String]) = ([], [])
        var amounts: [String: [String: Double]] = [:]
        for row in rows {
            if !models.contains(row.model) { models.append(row.model) }
            if amounts[row.channel] == nil { channels.append(row.channel) }
            amounts[row.channel, default: [:]][row.model] = row.conversions
        }
        return .table(
            heading: ["channel"] + models,
            rows: channels.map { channel in
                [channel] + models.map { Self.fixed(amounts[channel]?[$0] ?? 0, 1) }
            })
    }

    /// A number with so many digits after the point.
    static func fixed(_ number: Double, _ digits: Int) -> String {
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let scaled = (abs(number) * scale).rounded()
        guard scaled < 0x1p62 else { return String(number) }
        let units = String(Int(scaled))
        let padded = String(repeating: "0", count: max(0, digits + 1 - units.count)) + units
        let sign = number < 0 && scaled > 0 ? "-" : ""
        guard digits > 0 else { return sign + padded }
        return sign + padded.dropLast(digits) + "." + padded.suffix(digits)
    }
}
