import Foundation

/// A cohort's customers who are left, period by period from the start.
struct RetentionCohort: Sendable {
    var name: String
    var survivors: [Double]
    /// Whether a column says how many the cohort had at its start.
    var hasSize = false

    /// Columns with the number at the start, before those of the periods.
    static let sizes = [
        "size", "cohort_size", "customers", "users", "new_customers", "new_users", "new",
        "initial", "total", "subscribers", "members", "n",
    ]
    static let cohorts = ["cohort", "segment", "group", "plan", "name", "start", "acquired"]
    static let periods = [
        "period", "year", "month", "week", "day", "t", "time", "age", "tenure", "renewal",
        "renewals", "periods",
    ]
    static let counts = [
        "survivors", "active", "customers", "retained", "alive", "survival", "remaining", "count",
        "subscribers", "users", "n", "members", "retention", "share", "percent", "value",
    ]

    /// Reads cohorts in the long form, in the wide form with a row for each cohort, or with a column
    /// for each.
    static func read(
        _ analysis: RetentionAnalysis, _ table: DataTable, _ notes: inout [String]
    ) throws(AnalysisError) -> [RetentionCohort] {
        let name = try table.column(analysis.cohort, usual: cohorts, option: "--cohort")
        let period = try table.column(
            analysis.period, usual: periods.filter { $0 != name.map { table.headings[$0] } },
            option: "--period")
        let count = try table.column(analysis.survivors, usual: counts, option: "--survivors")
        guard table.rowCount > 0 else {
            throw .unsuitable("\(table.name) has no rows below its heading.")
        }
        if let period, period != name {
            if let count { return try long(table, name, period, count, &notes) }
            return try columns(table, name, period, &notes)
        }
        return try wide(table, name, &notes)
    }

    private static func long(
        _ table: DataTable, _ name: Int?, _ period: Int, _ count: Int, _ notes: inout [String]
    ) throws(AnalysisError) -> [RetentionCohort] {
        let names =
            try name.map { column throws(AnalysisError) in
                try ReturnChecks.names(table, column, thing: "cohort")
            } ?? (0..<table.rowCount).map { _ in "all" }
        let periods = try periodNumbers(table, period)
        let counts = try shares(table, count)
        var order: [String] = []
        var cells: [String: [(period: Int, count: Double, row: Int)]] = [:]
        for row in names.indices {
            guard let count = counts[row] else { continue }
            if cells[names[row]] == nil { order.append(names[row]) }
            cells[names[row], default: []].append((periods[row], count, row))
        }
        var result: [RetentionCohort] = []
        for name in order {
            let sorted = (cells[name] ?? []).sorted { $0.period < $1.period }
            for (index, cell) in sorted.enumerated() where cell.period != sorted[0].period + index {
                throw .badCell(
                    row: table.fileRow(cell.row), column: table.headings[period],
                    text: "\(cell.period)",
                    remedy: "leaves a gap or comes twice in cohort \(name); every period needs "
                        + "one row.")
            }
            if let first = sorted.first?.period, first != 0, order.first == name {
                notes.append("Period \(first), the first in the file, is taken for the start.")
            }
            result.append(
                try checked(name, sorted.map { ($0.count, $0.row) }, table, count))
        }
        return result
    }

    private static func columns(
        _ table: DataTable, _ name: Int?, _ period: Int, _ notes: inout [String]
    ) throws(AnalysisError) -> [RetentionCohort] {
        let periods = try periodNumbers(table, period)
        let order = periods.indices.sorted { periods[$0] < periods[$1] }
        if let first = order.first, periods[first] != 0 {
            notes.append("Period \(periods[first]), the first in the file, is taken for the start.")
        }
        var result: [RetentionCohort] = []
        for column in table.headings.indices where column != period && column != name {
            let counts = try shares(table, column)
            let cells = order.compactMap { row in counts[row].map { ($0, row) } }
            result.append(try checked(table.headings[column], cells, table, column))
        }
        guard !result.isEmpty else {
            throw .noColumn(
                wanted: "survivors", present: table.headings,
                hint: "Say with --survivors which one counts the customers who are left.")
        }
        return result
    }

    static func checked(
        _ name: String, _ cells: [(count: Double, row: Int)], _ table: DataTable, _ column: Int
    ) throws(AnalysisError) -> RetentionCohort {
        for (index, cell) in cells.enumerated() {
            let isFirst = index == 0
            let isGood =
                isFirst ? cell.count > 0 : cell.count >= 0 && cell.count <= cells[index - 1].count
            guard isGood else {
                throw .badCell(
                    row: table.fileRow(cell.row), column: table.headings[column],
                    text: Shown.number(cell.count),
                    remedy: isFirst
                        ? "starts cohort \(name), which needs somebody."
                        : "is more than the period before in cohort \(name). Wanted are those of "
                            + "the start who are still there, without any who came back.")
            }
        }
        return RetentionCohort(name: name, survivors: cells.map(\.count))
    }

    /// The whole number that `3`, `period 3`, `year_3` or `M3` ends with.
    static func number(_ text: String) -> Int? {
        let digits = text.reversed().prefix { $0.isASCII && $0.isNumber }
        guard !digits.isEmpty, digits.count < 6 else { return nil }
        let rest = text.dropLast(digits.count).trimmingCharacters(in: .whitespaces)
        guard rest.allSatisfy({ $0.isLetter || $0 == " " || $0 == "_" || $0 == "-" || $0 == "+" })
        else { return nil }
        return Int(String(digits.reversed()))
    }

    private static func periodNumbers(
        _ table: DataTable, _ column: Int
    ) throws(AnalysisError) -> [Int] {
        var result: [Int] = []
        for (row, text) in table.texts(column).enumerated() {
            guard let number = number(text) else {
                throw .badCell(
                    row: table.fileRow(row), column: table.headings[column], text: text,
                    remedy: "is not the number of a period: 0 for the start, then 1, 2 and so on.")
            }
            result.append(number)
        }
        return result
    }

    /// Numbers, with or without a percent sign; nil where nothing is written.
    static func shares(
        _ table: DataTable, _ column: Int
    ) throws(AnalysisError) -> [Double?] {
        var result: [Double?] = []
        for (row, text) in table.texts(column).enumerated() {
            let plain =
                text.hasSuffix("%")
                ? text.dropLast().trimmingCharacters(in: .whitespaces) : text
            if plain.isEmpty || ["NA", "NaN", "-", "–"].contains(plain) {
                result.append(nil)
            } else if let number = table.style.number(plain), abs(number) <= ReturnChecks.most {
                guard number >= 0 else {
                    throw .badCell(
                        row: table.fileRow(row), column: table.headings[column], text: text,
                        remedy: "must not be negative: it counts the customers who are left.")
                }
                result.append(number)
            } else {
                throw .badCell(
                    row: table.fileRow(row), column: table.headings[column], text: text,
                    remedy: "is not a number of customers.")
            }
        }
        return result
    }
}
