import Foundation

/// A row for each cohort and a column for each period.
extension RetentionCohort {
    static func wide(
        _ table: DataTable, _ name: Int?, _ notes: inout [String]
    ) throws(AnalysisError) -> [RetentionCohort] {
        let periods = try numbered(table, name)
        let names = try name.map { column throws(AnalysisError) in
            try ReturnChecks.names(table, column, thing: "cohort")
        }
        let counts = try periods.map { period throws(AnalysisError) in
            try shares(table, period.column)
        }
        let size = try size(table, name, periods)
        let areShares = areShares(table, periods, counts)
        let takesSize = size != nil && (areShares || periods[0].number == 1)
        if periods[0].number != 0, !takesSize {
            notes.append(
                "Period \(periods[0].number), the first in the file, is taken for the start.")
        }
        var result: [RetentionCohort] = []
        for row in 0..<table.rowCount {
            var cells: [(Double, Int)] = []
            for column in counts.indices {
                guard let count = counts[column][row] else { break }
                cells.append((count, row))
            }
            if takesSize, let size {
                try add(size, row, periods[0].number, areShares, table, &cells)
            }
            var cohort = try checked(
                names?[row] ?? "row \(row + 1)", cells, table, periods[0].column)
            cohort.hasSize = takesSize
            result.append(cohort)
        }
        return result
    }

    /// The columns of periods in order, one after the other.
    private static func numbered(
        _ table: DataTable, _ name: Int?
    ) throws(AnalysisError) -> [(column: Int, number: Int)] {
        let found = table.headings.indices.compactMap { column in
            column == name ? nil : number(table.headings[column]).map { (column, $0) }
        }.sorted { $0.1 < $1.1 }
        guard found.count >= 3 else {
            throw .noColumn(
                wanted: "period", present: table.headings,
                hint: "Give a column of periods (--period) and one of survivors (--survivors), or "
                    + "a column for each period, named 0, 1, 2 and so on.")
        }
        for (before, after) in zip(found, found.dropFirst()) where after.1 != before.1 + 1 {
            throw .unsuitable(
                "The columns of periods leave a gap or come twice at "
                    + "\"\(table.headings[after.0])\": wanted is one for each period, 0, 1, 2 and "
                    + "so on.")
        }
        return found
    }

    /// The column with each cohort's number at its start, before the columns of periods.
    private static func size(
        _ table: DataTable, _ name: Int?, _ periods: [(column: Int, number: Int)]
    ) throws(AnalysisError) -> (column: Int, counts: [Double?])? {
        let first = periods.map(\.column).min() ?? 0
        let usual = sizes.filter { $0 != name.map { table.headings[$0] } }
        guard let column = try table.column(nil, usual: usual, option: "--size"), column < first,
            column != name
        else { return nil }
        return (column, try shares(table, column))
    }

    /// Whether cells are parts of one or percentages rather than counts.
    private static func areShares(
        _ table: DataTable, _ periods: [(column: Int, number: Int)], _ counts: [[Double?]]
    ) -> Bool {
        let cells = counts.joined().compactMap { $0 }
        if cells.allSatisfy({ $0 <= 1 }) { return true }
        let starts = periods[0].number == 0 ? counts[0].compactMap { $0 } : []
        if !starts.isEmpty, starts.allSatisfy({ $0 == 100 }) { return true }
        if cells.allSatisfy({ $0 <= 100 }), cells.contains(where: { $0 != $0.rounded() }) {
            return true
        }
        return periods.allSatisfy { period in
            table.texts(period.column).allSatisfy {
                $0.hasSuffix("%") || table.style.number($0) == nil
            }
        }
    }

    /// Puts the number at the start before a cohort's cells, or makes counts of their shares.
    private static func add(
        _ size: (column: Int, counts: [Double?]), _ row: Int, _ first: Int, _ areShares: Bool,
        _ table: DataTable, _ cells: inout [(Double, Int)]
    ) throws(AnalysisError) {
        guard let start = size.counts[row], start > 0 else {
            throw .badCell(
                row: table.fileRow(row), column: table.headings[size.column],
                text: size.counts[row].map { Shown.number($0) } ?? "",
                remedy: "must say how many customers the cohort had at its start.")
        }
        guard areShares else { return cells.insert((start, row), at: 0) }
        let all = size.counts.indices.contains(row) ? whole(cells, first) : 1
        cells = cells.map { ($0.0 / all * start, $0.1) }
        if first != 0 { cells.insert((start, row), at: 0) }
    }

    /// What stands for all customers: the start's own cell, or 1 or 100.
    private static func whole(_ cells: [(Double, Int)], _ first: Int) -> Double {
        guard let start = cells.first?.0 else { return 1 }
        if first == 0 { return start }
        return start > 1 ? 100 : 1
    }
}
