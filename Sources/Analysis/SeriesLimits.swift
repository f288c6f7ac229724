/// What values and days of a series may be, so that figures stay finite.
enum SeriesLimits {
    /// Larger values cannot be squared and added up.
    static let largest = 1e100

    /// Refuses a value whose square is too large to reckon with, by its row.
    static func check(
        _ values: [Double], _ table: DataTable, column: Int
    ) throws(AnalysisError) {
        guard let row = values.firstIndex(where: { abs($0) > largest }) else { return }
        throw .badCell(
            row: table.fileRow(row), column: table.headings[column], text: "\(values[row])",
            remedy: "is too large to reckon with. Correct it, or write all values in larger units.")
    }
}

extension TimeAxis {
    /// Refuses two rows of one day or period.
    func checkRepeats(_ table: DataTable, column: Int) throws(AnalysisError) {
        var seen: Set<Int> = []
        for (row, time) in values.enumerated() where !seen.insert(time).inserted {
            throw .badCell(
                row: table.fileRow(row), column: table.headings[column], text: text(time),
                remedy: "has a row already; one row for each period is needed. Add them up, or "
                    + "leave one out.")
        }
    }

    /// Refuses a hole of years in a file of days or weeks, which is most likely a slip in a year.
    ///
    /// A hole is more than a year (366) and more than twenty of the usual steps.
    func checkHoles(_ table: DataTable, column: Int) throws(AnalysisError) {
        let times = Set(values).sorted()
        guard times.count >= 3 else { return }
        let steps = zip(times, times.dropFirst()).map { $1 - $0 }
        let usual = steps.sorted()[(steps.count - 1) / 2]
        guard let place = steps.indices.max(by: { steps[$0] < steps[$1] }) else { return }
        guard steps[place] > 366, steps[place] / 20 > usual else { return }
        // The smaller side of the hole is the one that stands apart.
        let apart = place + 1 <= times.count - place - 1 ? times[place] : times[place + 1]
        let neighbour = apart == times[place] ? times[place + 1] : times[place]
        let row = values.firstIndex(of: apart) ?? 0
        throw .badCell(
            row: table.fileRow(row), column: table.headings[column], text: text(apart),
            remedy: "is \(steps[place]) \(areDays ? "days" : "periods") away from its neighbour "
                + "\(text(neighbour)), though rows are usually \(usual) apart. Correct it, or "
                + "leave the rows on one side of the hole out.")
    }
}
