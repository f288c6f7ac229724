package import Statistics

/// What each place showed in each period.
package struct GeoPanel: Sendable, Hashable {
    /// The places, in the order of their names.
    package let locations: [String]
    /// The periods, in order.
    package let periods: [Int]
    package let axis: TimeAxis
    /// One row for each period, one column for each place.
    package let values: Matrix
    /// What was set right on the way, in sentences.
    package let notes: [String]

    /// The columns of a file of places, where they are not called as usual.
    package struct Columns: Sendable, Hashable {
        package var date: String?
        package var location: String?
        package var value: String?

        package init(date: String? = nil, location: String? = nil, value: String? = nil) {
            self.date = date
            self.location = location
            self.value = value
        }
    }

    /// Reads a table with one row for each place and period.
    ///
    /// Rows of one place and period are added up with `addsUp`, and refused without. A place that
    /// lacks a period is left out unless `needed` names it, in any letter case.
    package init(
        _ table: DataTable, columns: Columns = Columns(), needed: [String] = [],
        addsUp: Bool = false
    ) throws(AnalysisError) {
        let date = try table.required(
            columns.date, usual: ["date", "day", "week", "time", "period", "month"],
            option: "--date-column")
        let location = try table.required(
            columns.location,
            usual: [
                "location", "geo", "region", "market", "dma", "city", "state", "country", "area",
                "place",
            ], option: "--location-column")
        let value = try table.required(
            columns.value,
            usual: [
                "Y", "kpi", "sales", "value", "revenue", "conversions", "orders", "outcome",
                "response", "metric",
            ], option: "--value-column")
        guard Set([date, location, value]).count == 3 else {
            throw .unsuitable("Days, places and results are in three columns of their own.")
        }
        let axis = try TimeAxis(table, column: date)
        try axis.checkHoles(table, column: date)
        let numbers = try table.numbers(value)
        try SeriesLimits.check(numbers, table, column: value)
        let names = table.texts(location)
        guard !names.isEmpty else { throw .unsuitable("The file has a heading, but no rows.") }
        if let row = names.firstIndex(of: "") {
            throw .badCell(
                row: table.fileRow(row), column: table.headings[location], text: "",
                remedy: "needs the name of a place, or leave the row out.")
        }
        let gathered = try Self.gathered(table, names, axis, numbers, addsUp, location)
        try self.init(gathered, axis, needed: needed.map { $0.lowercased() })
    }

    /// Values by place and period.
    private struct Gathered {
        var periods: [Int]
        /// By names in small letters.
        var series: [String: [Double?]] = [:]
        /// The names as the file first spells them.
        var spellings: [String: String] = [:]
        var repeated = 0
    }

    private static func gathered(
        _ table: DataTable, _ names: [String], _ axis: TimeAxis, _ numbers: [Double],
        _ addsUp: Bool, _ column: Int
    ) throws(AnalysisError) -> Gathered {
        var found = Gathered(periods: Set(axis.values).sorted())
        let rows = Dictionary(uniqueKeysWithValues: found.periods.enumerated().map { ($1, $0) })
        let blank = [Double?](repeating: nil, count: found.periods.count)
        for index in names.indices {
            guard let row = rows[axis.values[index]] else { continue }
            let name = names[index].lowercased()
            if found.spellings[name] == nil { found.spellings[name] = names[index] }
            guard let there = found.series[name, default: blank][row] else {
                found.series[name, default: blank][row] = numbers[index]
                continue
            }
            guard addsUp else {
                throw .badCell(
                    row: table.fileRow(index), column: table.headings[column],
                    text: names[index],
                    remedy: "has a row for \(axis.text(axis.values[index])) already. Leave one of "
                        + "them out, or say --add-up if rows of one place and period are parts.")
            }
            found.repeated += 1
            found.series[name]?[row] = there + numbers[index]
        }
        return found
    }

    private init(
        _ found: Gathered, _ axis: TimeAxis, needed: [String]
    ) throws(AnalysisError) {
        var notes: [String] = []
        if found.repeated > 0 {
            notes.append(
                "\(found.repeated) rows name a place and a period that another row names too; they "
                    + "were added up.")
        }
        var whole: [String] = []
        var broken: [String] = []
        func spelt(_ name: String) -> String { found.spellings[name] ?? name }
        for name in found.series.keys.sorted() {
            if let place = found.series[name]?.firstIndex(where: { $0 == nil }) {
                if needed.contains(name) {
                    throw .unsuitable(
                        "The treated place \(spelt(name)) has no row for "
                            + "\(axis.text(found.periods[place])). Add it (0 when nothing was "
                            + "sold), or correct the day where another place has it by mistake.")
                }
                broken.append(spelt(name))
            } else {
                whole.append(name)
            }
        }
        if !broken.isEmpty {
            notes.append(
                "Left out, because they lack periods: \(Self.some(broken)).")
        }
        let missing = axis.spacing.missing
        if let first = missing.first {
            notes.append(
                "\(TimeSpacing.periods(missing.count)) no row for any place (the first is "
                    + "\(axis.text(first))); the periods around them count as neighbours.")
        }
        locations = whole.map(spelt)
        periods = found.periods
        self.axis = axis
        self.notes = notes
        values = Matrix(columns: whole.map { (found.series[$0] ?? []).map { $0 ?? 0 } })
    }

    /// At most twenty names.
    private static func some(_ names: [String]) -> String {
        names.prefix(20).joined(separator: ", ")
            + (names.count > 20 ? " and \(names.count - 20) more" : "")
    }

    /// The columns of places that a person named, in any letter case.
    package func places(_ names: [String], option: String) throws(AnalysisError) -> [Int] {
        var places: [Int] = []
        let small = locations.map { $0.lowercased() }
        for name in names {
            guard let place = small.firstIndex(of: name.lowercased()) else {
                let left = notes.filter { $0.hasPrefix("Left out") }.map { " " + $0 }.joined()
                throw .unsuitable(
                    "\(option): there is no place \(name) with all periods. Present are: "
                        + "\(Self.some(locations)).\(left)")
            }
            if !places.contains(place) { places.append(place) }
        }
        return places
    }

    /// The mean of some places in each period of `rows`.
    package func mean(_ places: [Int], _ rows: Range<Int>) -> [Double] {
        rows.map { row in
            var sum = 0.0
            for place in places { sum += values[row, place] }
            return sum / Double(places.count)
        }
    }

    /// Some places in the periods of `rows`.
    package func part(_ places: [Int], _ rows: Range<Int>) -> Matrix {
        Matrix(columns: places.map { place in rows.map { values[$0, place] } })
    }
}
