/// What most cells of a column say.
package enum ColumnKind: Sendable, Hashable {
    /// No cell says anything.
    case empty
    /// Most cells are numbers; one that is not is an error of that cell, which `numbers` names.
    case numbers
    /// Most cells are days; one that is not is an error of that cell, which `days` names.
    case days
    /// Anything else.
    case words
}

/// Who each row of a table belongs to; see `DataTable.identities`.
package struct Identities: Sendable {
    /// Each identifier once, in order of first appearance; none is empty.
    package var names: [String]
    /// For each row which identifier it has, −1 when its cell is empty.
    package var codes: [Int32]
    /// How many rows have an empty cell.
    package var emptyCount: Int
    /// What to tell about rows that were left out, when there were any.
    package var note: String?
}

extension DataTable {
    /// Whether a column holds numbers, days or words, by what most of its cells are; empty cells
    /// and `NA`, `N/A`, `NaN`, `null`, `none` and `-` have no say.
    ///
    /// Where columns are found by what they hold, ask this: one unreadable cell then does not turn
    /// a column of numbers into words, and `numbers` names the cell.
    package func kind(_ column: Int) -> ColumnKind {
        var (numbers, days, words) = (0, 0, 0)
        try? forEachCell(column) { _, cell throws(AnalysisError) in
            if DayNumber.plain(cell) != nil {
                days += 1
            } else if style.number(cell) != nil {
                numbers += 1
            } else if !Self.saysNothing(cell) {
                if DayNumber.read(String(decoding: cell, as: UTF8.self)) != nil {
                    days += 1
                } else {
                    words += 1
                }
            }
        }
        if numbers + days + words == 0 { return .empty }
        if numbers > days, numbers > words { return .numbers }
        return days >= numbers && days > words ? .days : .words
    }

    /// A column of numbers, with nothing where a cell says that nothing is known; any other cell is
    /// an error with its row.
    package func numbersWithGaps(_ column: Int) throws(AnalysisError) -> [Double?] {
        var result: [Double?] = []
        result.reserveCapacity(rowCount)
        try forEachCell(column) { row, cell throws(AnalysisError) in
            if let number = style.number(cell) {
                result.append(number)
            } else if Self.saysNothing(cell) {
                result.append(nil)
            } else {
                throw .badCell(
                    row: fileRow(row), column: headings[column],
                    text: String(decoding: cell, as: UTF8.self),
                    remedy: style.hasDecimalCommas
                        ? "is not a number such as 1234,5. Correct it, or leave it empty where "
                            + "nothing is known."
                        : "is not a number such as 1234.5. Correct it, or leave it empty where "
                            + "nothing is known; if commas separate decimals, say --decimal-comma.")
            }
        }
        try SeriesLimits.check(result.map { $0 ?? 0 }, self, column: column)
        return result
    }

    /// Whether a cell is empty or says that there is nothing, as other programs write it.
    package static func saysNothing(_ cell: UnsafeBufferPointer<UInt8>) -> Bool {
        guard cell.count <= 4 else { return false }
        let text = String(decoding: cell, as: UTF8.self).lowercased()
        return ["", "na", "n/a", "nan", "null", "none", "-"].contains(text)
    }

    /// A column of identifiers, such as customers or people.
    ///
    /// Rows with an empty cell belong to nobody: they have the code −1, must be left out rather than
    /// counted as one person together, and `note` says so in the answer. A column without any
    /// identifier is refused.
    package func identities(_ column: Int) throws(AnalysisError) -> Identities {
        let (words, codes) = words(column)
        guard let empty = words.firstIndex(of: "") else {
            return Identities(names: words, codes: codes, emptyCount: 0)
        }
        guard words.count > 1 else {
            throw .badCell(
                row: fileRow(0), column: headings[column], text: "",
                remedy: "is like all others of this column: it must say who each row belongs to.")
        }
        var names = words
        names.remove(at: empty)
        var (own, count, first): ([Int32], Int, Int?) = ([], 0, nil)
        own.reserveCapacity(codes.count)
        for (row, code) in codes.enumerated() {
            if code == empty {
                own.append(-1)
                count += 1
                if first == nil { first = row }
            } else {
                own.append(code > empty ? code - 1 : code)
            }
        }
        let place = fileRow(first ?? 0)
        return Identities(
            names: names, codes: own, emptyCount: count,
            note: count == 1
                ? "Row \(place) has nothing in column \(headings[column]) and was left out."
                : "\(count) rows have nothing in column \(headings[column]) and were left out; the "
                    + "first is row \(place).")
    }
}
