/// A response and its controls, in the order of time.
package struct ImpactSeries: Sendable, Hashable {
    package let responseName: String
    package let controlNames: [String]
    /// Nil where nothing was written.
    package let response: [Double?]
    package let controls: [[Double]]
    package let axis: TimeAxis
    /// The value of the time axis of each row.
    package let times: [Int]
    /// Places of periods that have no row in the file; nothing was seen there.
    let unseen: Set<Int>
    let spacing: TimeSpacing
    package let notes: [String]

    /// The columns of a file, where they are not found by themselves.
    package struct Columns: Sendable, Hashable {
        package var date: String?
        package var response: String?
        /// All other numeric columns when nil.
        package var controls: [String]?

        package init(date: String? = nil, response: String? = nil, controls: [String]? = nil) {
            self.date = date
            self.response = response
            self.controls = controls
        }
    }

    /// Reads a table with one row for each period.
    ///
    /// The first numeric column that does not say when is the response, and the other ones are
    /// controls, unless `columns` says otherwise. Without a column that says when, rows count
    /// from 1, without the heading.
    package init(_ table: DataTable, columns: Columns = Columns()) throws(AnalysisError) {
        let when = try Self.timeColumn(table, columns.date)
        let axis =
            try when.map { column throws(AnalysisError) in
                try TimeAxis(table, column: column)
            } ?? TimeAxis(rows: table.rowCount)
        if let when {
            try axis.checkHoles(table, column: when)
            try axis.checkRepeats(table, column: when)
        }
        let numeric = table.headings.indices.filter {
            $0 != when && table.kind($0) == .numbers
        }
        let response: Int
        if let name = columns.response {
            response = try table.required(name, usual: [], option: "--response")
        } else if let first = numeric.first {
            response = first
        } else {
            throw .unsuitable("The file has no column of numbers to explain.")
        }
        guard response != when else {
            throw .unsuitable(
                "Column \(Self.name(table, response)) says when, so it cannot be the response.")
        }
        let chosen = try Self.controls(table, columns.controls, when, numeric, response)
        let values = try table.numbersWithGaps(response)
        let order = axis.values.indices.sorted { (axis.values[$0], $0) < (axis.values[$1], $1) }
        var controls: [[Double]] = []
        for column in chosen {
            let numbers = try table.numbersWithGaps(column)
            if let gap = numbers.firstIndex(where: { $0 == nil }) {
                throw .badCell(
                    row: table.fileRow(gap), column: table.headings[column], text: "",
                    remedy: "needs a number: a control has a value in every row. Fill it in, or "
                        + "leave the column out with --controls.")
            }
            controls.append(order.map { numbers[$0] ?? 0 })
        }
        responseName = Self.name(table, response)
        controlNames = chosen.map { Self.name(table, $0) }
        self.axis = axis
        let spacing = axis.spacing
        self.spacing = spacing
        let written = order.map { axis.values[$0] }
        let times = (written + spacing.missing).sorted()
        let missing = Set(spacing.missing)
        self.times = times
        unseen = Set(times.indices.filter { missing.contains(times[$0]) })
        let seen = order.map { values[$0] }
        self.response = Self.filled(seen, times, missing) { _, _, _ in nil }
        self.controls = controls.map { control in
            Self.filled(control, times, missing, Self.between(written))
        }
        notes = Self.notes(table, when, order, axis, spacing, numeric, chosen, response)
    }

    /// Values with others put in where `times` are missing.
    private static func filled<Value>(
        _ values: [Value], _ times: [Int], _ missing: Set<Int>,
        _ other: (_ time: Int, _ next: Int, _ values: [Value]) -> Value
    ) -> [Value] {
        var next = 0
        return times.map { time in
            if missing.contains(time) { return other(time, next, values) }
            next += 1
            return values[next - 1]
        }
    }

    /// What lies on the line between the neighbours of a period without a row.
    private static func between(_ written: [Int]) -> (Int, Int, [Double]) -> Double {
        { time, next, values in
            let share =
                Double(time - written[next - 1]) / Double(written[next] - written[next - 1])
            return values[next - 1] * (1 - share) + values[next] * share
        }
    }

    /// The columns that help.
    private static func controls(
        _ table: DataTable, _ names: [String]?, _ when: Int?, _ numeric: [Int], _ response: Int
    ) throws(AnalysisError) -> [Int] {
        guard let names else { return numeric.filter { $0 != response } }
        var chosen: [Int] = []
        for name in names {
            let column = try table.required(name, usual: [], option: "--controls")
            guard column != response, column != when else {
                throw .unsuitable(
                    "--controls names \(name), which "
                        + (column == response ? "is the response." : "says when."))
            }
            if !chosen.contains(column) { chosen.append(column) }
        }
        return chosen
    }

    private static func name(_ table: DataTable, _ column: Int) -> String {
        let name = table.headings[column]
        return name.isEmpty ? "column \(column + 1)" : name
    }

    /// The column that says when: by its name, or the first one when it holds days.
    private static func timeColumn(
        _ table: DataTable, _ chosen: String?
    ) throws(AnalysisError) -> Int? {
        let usual = [
            "date", "day", "time", "week", "month", "year", "period", "timestamp", "datetime", "ds",
            "index", "t", "row",
        ]
        if let column = try table.column(chosen, usual: usual, option: "--date-column") {
            return column
        }
        guard table.headings.count > 1, table.rowCount > 0 else { return nil }
        let texts = table.texts(0)
        if texts.allSatisfy({ $0.contains("-") && DayNumber.read($0) != nil }) { return 0 }
        let isCount = texts.compactMap { Int($0) }
        let goesUp =
            isCount.count == texts.count
            && zip(isCount, isCount.dropFirst()).allSatisfy {
                $1 == $0 + 1
            }
        return table.headings[0].isEmpty && goesUp ? 0 : nil
    }

    private static func notes(
        _ table: DataTable, _ when: Int?, _ order: [Int], _ axis: TimeAxis,
        _ spacing: TimeSpacing, _ numeric: [Int], _ chosen: [Int], _ response: Int
    ) -> [String] {
        var notes: [String] = []
        if when == nil {
            notes.append("No column says when: rows count from 1, without the heading.")
        }
        if order != Array(order.indices) { notes.append("Rows were put in the order of time.") }
        if let first = spacing.missing.first {
            notes.append(
                "\(TimeSpacing.periods(spacing.missing.count)) no row (the first is "
                    + "\(axis.text(first))); nothing counts as seen there.")
        }
        if !spacing.isEven {
            notes.append(
                "Days do not follow one another evenly; every row counts as one period.")
        }
        let others = table.headings.indices.filter {
            $0 != when && $0 != response && !numeric.contains($0) && !chosen.contains($0)
        }
        if !others.isEmpty {
            notes.append(
                "Columns without numbers were left out: "
                    + others.map { name(table, $0) }.joined(separator: ", ") + ".")
        }
        return notes
    }
}
