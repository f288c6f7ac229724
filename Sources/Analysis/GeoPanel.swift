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
    /// Rows of one place and period are added up. A place that lacks a period is left out unless
    /// `needed` names it.
    package init(
        _ table: DataTable, columns: Columns = Columns(), needed: [String] = []
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
        let axis = try TimeAxis(table, column: date)
        let numbers = try table.numbers(value)
        let names = table.texts(location).map { $0.lowercased() }
        guard !names.isEmpty else { throw .unsuitable("The file has a heading, but no rows.") }
        try self.init(names: names, axis: axis, numbers: numbers, needed: needed)
    }

    private init(
        names: [String], axis: TimeAxis, numbers: [Double], needed: [String]
    ) throws(AnalysisError) {
        let periods = Set(axis.values).sorted()
        let rows = Dictionary(uniqueKeysWithValues: periods.enumerated().map { ($1, $0) })
        var series: [String: [Double?]] = [:]
        let blank = [Double?](repeating: nil, count: periods.count)
        var repeated = 0
        for index in names.indices {
            guard let row = rows[axis.values[index]] else { continue }
            if let there = series[names[index], default: blank][row] {
                repeated += 1
                series[names[index]]?[row] = there + numbers[index]
            } else {
                series[names[index], default: blank][row] = numbers[index]
            }
        }
        var notes: [String] = []
        if repeated > 0 {
            notes.append(
                "\(repeated) rows name a place and a period that another row names too; they "
                    + "were added up.")
        }
        var whole: [String] = []
        var broken: [String] = []
        for name in series.keys.sorted() {
            if let place = series[name]?.firstIndex(where: { $0 == nil }) {
                if needed.contains(name) {
                    throw .unsuitable(
                        "The treated place \(name) has no row for \(axis.text(periods[place])). "
                            + "Add it (0 when nothing was sold).")
                }
                broken.append(name)
            } else {
                whole.append(name)
            }
        }
        if !broken.isEmpty {
            notes.append(
                "Left out, because they lack periods: \(broken.joined(separator: ", ")).")
        }
        locations = whole
        self.periods = periods
        self.axis = axis
        self.notes = notes
        values = Matrix(columns: whole.map { name in (series[name] ?? []).map { $0 ?? 0 } })
    }

    /// The columns of places that a person named, in any letter case.
    package func places(_ names: [String], option: String) throws(AnalysisError) -> [Int] {
        var places: [Int] = []
        for name in names {
            guard let place = locations.firstIndex(of: name.lowercased()) else {
                throw .unsuitable(
                    "\(option): there is no place \(name). Present are: "
                        + "\(locations.joined(separator: ", ")).")
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
