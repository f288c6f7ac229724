import Statistics

/// What a channel's own past says of a calendar: how large an effect it would show.
struct SilenceHistory {
    /// Days that follow one another; nil where nothing was written.
    private let values: [Double?]
    let rows: Int

    init(_ table: DataTable, columns: SilenceSeries.Columns) throws(AnalysisError) {
        let date = try table.required(
            columns.date, usual: ["date", "day", "time", "period"], option: "--date-column")
        let value = try table.required(
            columns.value, usual: SilenceSeries.usualValues, option: "--value-column")
        let axis = try TimeAxis(table, column: date)
        try axis.checkHoles(table, column: date)
        let numbers = try table.numbers(value, empty: .nan)
        try SeriesLimits.check(numbers, table, column: value)
        guard let first = axis.values.min(), let last = axis.values.max(), last - first < 40_000
        else { throw .unsuitable("The file of the past has no rows, or more than a century.") }
        var values = [Double?](repeating: nil, count: last - first + 1)
        for (row, time) in axis.values.enumerated() {
            guard values[time - first] == nil else {
                throw .badCell(
                    row: table.fileRow(row), column: table.headings[date], text: axis.text(time),
                    remedy: "is in the file twice; one row for each day is needed.")
            }
            if !numbers[row].isNaN { values[time - first] = numbers[row] }
        }
        self.values = values
        rows = axis.values.count
    }

    /// The findings for blocks of `block` days of which the first `burnIn` are not measured.
    func answer(
        pairs: Int, block: Int, burnIn: Int, level: Double, power: Double, seed: UInt64
    ) throws(AnalysisError) -> SilenceDesignAnswer.Past {
        let measured = block - burnIn
        func mean(_ start: Int) -> Double? {
            let there = values[start..<(start + measured)].compactMap { $0 }
            guard 2 * there.count >= measured, !there.isEmpty else { return nil }
            return there.reduce(0, +) / Double(there.count)
        }
        var differences: [Double] = []
        for start in stride(from: 0, to: max(0, values.count - block - measured + 1), by: 1) {
            if let first = mean(start), let second = mean(start + block) {
                differences.append(second - first)
            }
        }
        guard values.count >= 3 * block, differences.count >= block else {
            throw .unsuitable(
                "The past holds \(values.count) days, too few for blocks of \(block): at least "
                    + "\(3 * block) days, most of them with a value, are needed, and a year is "
                    + "better.")
        }
        let there = values.compactMap { $0 }
        let whole = there.reduce(0, +) / Double(there.count)
        let spread = residuals()
        let smallest = SwitchbackPower(
            differences: differences, pairs: pairs, alpha: 1 - level, seed: seed
        ).smallestEffect(power)
        return SilenceDesignAnswer.Past(
            days: there.count, mean: whole, residualSd: spread.deviation,
            autocorrelation: spread.correlation,
            pairSd: (differences.reduce(0) { $0 + $1 * $1 } / Double(differences.count))
                .squareRoot(),
            power: power, smallestEffect: smallest,
            smallestRelativeEffect: whole > 0 ? smallest.map { $0 / whole } : nil)
    }

    /// Deviation and first autocorrelation of days around the means of their weekdays.
    private func residuals() -> (deviation: Double, correlation: Double?) {
        var rest = values
        for weekday in 0..<min(7, values.count) {
            let places = stride(from: weekday, to: values.count, by: 7).filter {
                values[$0] != nil
            }
            let sum = places.reduce(0) { $0 + (values[$1] ?? 0) }
            for place in places { rest[place] = (values[place] ?? 0) - sum / Double(places.count) }
        }
        let there = rest.compactMap { $0 }
        let squares = there.reduce(0) { $0 + $1 * $1 }
        var products = 0.0
        for (now, next) in zip(rest, rest.dropFirst()) { products += (now ?? 0) * (next ?? 0) }
        return (
            (squares / Double(max(1, there.count - 7))).squareRoot(),
            squares > 0 ? products / squares : nil
        )
    }
}
