/// A calendar of posting and silence.
package struct SilenceDesignAnswer: AnalysisAnswer {
    /// One block.
    package struct Row: Sendable, Encodable, Hashable {
        package var block: Int
        package var pair: Int
        /// `post` or `silence`.
        package var condition: String
        package var start: String
        package var end: String
        package var measuredFrom: String
        package var measuredDays: Int
    }

    /// What the calendar can show.
    package struct Diagnostics: Sendable, Encodable, Hashable {
        package var pairs: Int
        package var leastPValue: Double
        package var daysUsed: Int
        package var daysLeftOver: Int
    }

    /// What a file of the channel's past says of the calendar.
    package struct Past: Sendable, Encodable, Hashable {
        package var days: Int
        package var mean: Double
        /// Standard deviation and first autocorrelation of days around their weekday's mean.
        package var residualSd: Double
        package var autocorrelation: Double?
        /// The root mean square of the differences of two neighbouring blocks.
        package var pairSd: Double
        package var power: Double
        /// The smallest effect by day that is found with that power; nil when none is.
        package var smallestEffect: Double?
        package var smallestRelativeEffect: Double?
    }

    package let method = "silenceDesign"
    package var inputs: [AnalysisInput] = []
    package var weeks: Int
    package var halfLife: Double
    package var blockDays: Int
    package var burnInDays: Int
    package var seed: UInt64
    package var level: Double
    package var rows: [Row]
    package var diagnostics: Diagnostics
    package var past: Past?
    package var notes: [String]
    var firstDay: Int?

    enum CodingKeys: String, CodingKey {
        case method, inputs, weeks, halfLife, blockDays, burnInDays, seed, level, rows
        case diagnostics, past, notes
    }

    package var sections: [AnswerSection] {
        [
            .table(
                heading: ["block", "pair", "do", "from", "to", "measured from", "days"],
                rows: rows.map {
                    [
                        "\($0.block)", "\($0.pair)", $0.condition, $0.start, $0.end,
                        $0.measuredFrom, "\($0.measuredDays)",
                    ]
                })
        ] + notes.map { .text($0) }
    }

    /// The calendar day by day as CSV, with an empty column for what is measured.
    package var calendar: String {
        var text = "date,block,condition,measured,value\n"
        for (place, row) in rows.enumerated() {
            for day in 0..<blockDays {
                let number = place * blockDays + day
                let name = firstDay.map { DayNumber.text($0 + number) } ?? "\(number + 1)"
                let isMeasured = day >= burnInDays ? "yes" : "no"
                text += "\(name),\(row.block),\(row.condition),\(isMeasured),\n"
            }
        }
        return text
    }
}
