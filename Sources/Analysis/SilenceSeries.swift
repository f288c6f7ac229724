import Statistics

/// A channel's results with what was done, in the order of time and cut into blocks.
package struct SilenceSeries: Sendable, Hashable {
    /// The columns of a file, where they are not called as usual.
    package struct Columns: Sendable, Hashable {
        package var date: String?
        package var condition: String?
        package var value: String?
        package var block: String?

        package init() {}
    }

    /// Rows of one block, one after the other.
    package struct Block: Sendable, Hashable {
        package var isOn: Bool
        package var rows: Range<Int>
    }

    package let axis: TimeAxis
    package let times: [Int]
    package let isOn: [Bool]
    /// Nil where nothing was written.
    package let values: [Double?]
    package let blocks: [Block]
    package let notes: [String]

    /// Reads a table with one row for each day.
    package init(
        _ table: DataTable, columns: Columns = Columns(), blockDays: Int? = nil
    ) throws(AnalysisError) {
        let date = try table.column(
            columns.date, usual: ["date", "day", "time", "period", "week", "hour"],
            option: "--date-column")
        let axis =
            try date.map { column throws(AnalysisError) in
                try TimeAxis(table, column: column)
            } ?? TimeAxis(rows: table.rowCount)
        let condition = try table.required(
            columns.condition,
            usual: [
                "condition", "state", "assignment", "arm", "group", "treatment", "treated",
                "posting", "post", "posted", "active", "on", "silence", "silent", "pause",
            ], option: "--condition-column")
        let value = try table.required(
            columns.value, usual: Self.usualValues, option: "--value-column")
        guard value != condition, value != date, condition != date else {
            throw .unsuitable("Days, conditions and results are in three columns of their own.")
        }
        let block = try table.column(
            columns.block, usual: ["block", "phase", "segment"], option: "--block-column")
        let written = try Self.conditions(table, condition)
        let numbers = try table.numbers(value, empty: .nan)
        try SeriesLimits.check(numbers, table, column: value)
        if let date { try axis.checkHoles(table, column: date) }
        let names = block.map { table.texts($0) }
        let order = axis.values.indices.sorted { (axis.values[$0], $0) < (axis.values[$1], $1) }
        self.axis = axis
        times = order.map { axis.values[$0] }
        isOn = order.map { written[$0] }
        values = order.map { numbers[$0].isNaN ? nil : numbers[$0] }
        if let twice = zip(times, times.dropFirst()).first(where: { $0 == $1 }) {
            throw .unsuitable(
                "\(axis.text(twice.0)) is in the file twice; one row for each period is needed.")
        }
        var notes: [String] = []
        blocks = try Self.blocks(
            times, isOn, names.map { names in order.map { names[$0] } }, blockDays, &notes)
        self.notes = notes
    }

    /// What columns of results are usually called.
    static let usualValues = [
        "value", "y", "kpi", "result", "outcome", "response", "visits", "sessions", "clicks",
        "sales", "revenue", "orders", "conversions", "leads", "followers", "reach",
    ]

    private static let onWords: Set<String> = [
        "post", "posts", "posting", "posted", "on", "1", "1.0", "yes", "y", "true", "t", "active",
        "treated", "treatment", "publish", "publishing", "live", "b",
    ]
    private static let offWords: Set<String> = [
        "silence", "silent", "off", "0", "0.0", "no", "n", "false", "f", "inactive", "control",
        "pause", "paused", "holdout", "hold-out", "none", "quiet", "a",
    ]

    /// Whether each row was on; a column called silence says the opposite with yes and 1.
    private static func conditions(
        _ table: DataTable, _ column: Int
    ) throws(AnalysisError) -> [Bool] {
        let heading = table.headings[column].lowercased()
        let isReversed = ["silence", "silent", "pause", "paused", "quiet", "off"].contains(heading)
        let plain: Set<String> = [
            "1", "1.0", "yes", "y", "true", "t", "on", "0", "0.0", "no", "n", "false", "f", "off",
        ]
        var result: [Bool] = []
        for (row, text) in table.texts(column).enumerated() {
            let word = text.lowercased()
            guard onWords.contains(word) || offWords.contains(word) else {
                throw .badCell(
                    row: table.fileRow(row), column: table.headings[column], text: text,
                    remedy: "is neither post (or 1, on, yes) nor silence (or 0, off, no).")
            }
            result.append(onWords.contains(word) != (isReversed && plain.contains(word)))
        }
        return result
    }

    /// Cuts rows into blocks: by their names, by `days`, or by what runs of one condition share.
    private static func blocks(
        _ times: [Int], _ isOn: [Bool], _ names: [String]?, _ days: Int?, _ notes: inout [String]
    ) throws(AnalysisError) -> [Block] {
        guard let first = times.first else { throw .unsuitable("The file has no rows.") }
        if let days, days < 1 { throw .unsuitable("--block-days is at least 1.") }
        let runs = runs(isOn.indices.map { "\(isOn[$0]) \(names?[$0] ?? "")" })
        if let names {
            for run in Self.runs(names) where Set(isOn[run]).count > 1 {
                throw .unsuitable(
                    "Block \(names[run.lowerBound]) holds both posting and silence.")
            }
        }
        let length: Int
        if let days {
            length = days
        } else if names != nil {
            return runs.map { Block(isOn: isOn[$0.lowerBound], rows: $0) }
        } else {
            // Neighbours may have drawn the same: what all runs but the last are multiples of.
            let whole = runs.dropLast().map { times[$0.upperBound] - times[$0.lowerBound] }
            length = whole.reduce(0, divisor)
            if length >= 2 {
                notes.append(
                    "Blocks are taken to be \(length) periods long, from what runs of one "
                        + "condition have in common; say --block-days or give a column block if not."
                )
            }
        }
        guard length >= 2 || days != nil else {
            notes.append("Runs of one condition have no common length; each counts as one block.")
            return runs.map { Block(isOn: isOn[$0.lowerBound], rows: $0) }
        }
        let pieces = Self.runs(times.map { String(($0 - first) / length) })
        return try pieces.map { piece throws(AnalysisError) in
            guard Set(isOn[piece]).count == 1 else {
                throw .unsuitable(
                    "Blocks of \(length) periods do not fit: rows \(piece.lowerBound + 1) to "
                        + "\(piece.upperBound) hold both posting and silence.")
            }
            return Block(isOn: isOn[piece.lowerBound], rows: piece)
        }
    }

    private static func runs(_ names: [String]) -> [Range<Int>] {
        var runs: [Range<Int>] = []
        var start = 0
        for place in names.indices
        where place + 1 == names.count || names[place + 1] != names[place] {
            runs.append(start..<(place + 1))
            start = place + 1
        }
        return runs
    }

    private static func divisor(_ a: Int, _ b: Int) -> Int {
        var (a, b) = (a, b)
        while b != 0 { (a, b) = (b, a % b) }
        return abs(a)
    }
}
