/// The column of a table that says when: days, or the numbers of periods.
package struct TimeAxis: Sendable, Hashable {
    /// One number for each row: a day since 1970, or the period as written.
    package let values: [Int]
    /// Whether the numbers are days.
    package let areDays: Bool

    /// Reads `column` of `table`; whole numbers of fewer than eight digits are periods.
    package init(_ table: DataTable, column: Int) throws(AnalysisError) {
        let texts = table.texts(column)
        let numbers = texts.compactMap { $0.count < 8 ? Int($0) : nil }
        if !texts.isEmpty, numbers.count == texts.count {
            (values, areDays) = (numbers, false)
        } else {
            (values, areDays) = (try table.days(column), true)
        }
    }

    /// Rows numbered from one, for a table that does not say when.
    package init(rows: Int) {
        values = Array(0..<rows).map { $0 + 1 }
        areDays = false
    }

    /// A value as people write it.
    package func text(_ value: Int) -> String { areDays ? DayNumber.text(value) : String(value) }

    /// The value that a person wrote: a day, the number of a period, or, where the axis has days,
    /// the place of a period counted from one.
    package func read(_ text: String, option: String) throws(AnalysisError) -> Int {
        let text = text.trimmingPrefix { $0 == " " }
        if areDays {
            if let day = DayNumber.read(text) { return day }
            let periods = Set(values).sorted()
            if let place = Int(text), (1...max(1, periods.count)).contains(place), text.count < 8 {
                return periods[place - 1]
            }
            throw .unsuitable(
                "\(option) \(text): write a day such as \(self.text(values.first ?? 0)), or the "
                    + "number of a period from 1 to \(periods.count).")
        }
        guard let number = Int(text) else {
            throw .unsuitable(
                "\(option) \(text): the file counts its periods, so write a whole number such as "
                    + "\(values.last ?? 1). Rows are counted from 1, without the heading.")
        }
        return number
    }
}
