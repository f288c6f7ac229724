import Foundation

extension DataTable {
    /// Hears the bytes of each cell of a column, without quotation marks and spaces around.
    ///
    /// The bytes are lent: they are gone when `body` returns.
    package func forEachCell(
        _ column: Int,
        _ body: (_ row: Int, _ cell: UnsafeBufferPointer<UInt8>) throws(AnalysisError) -> Void
    ) throws(AnalysisError) {
        var scratch: [UInt8] = []
        let width = headings.count
        try bytes.withUnsafeBufferPointer { all throws(AnalysisError) in
            for row in 0..<rowCount {
                let end = Int(layout.cellEnds[row * width + column])
                let start =
                    column == 0
                    ? Int(layout.rowStarts[row])
                    : Int(layout.cellEnds[row * width + column - 1]) + 1
                try CSVLayout.cell(all, start, end, &scratch) { cell throws(AnalysisError) in
                    try body(row, cell)
                }
            }
        }
    }

    /// A column as written, without spaces around.
    package func texts(_ column: Int) -> [String] {
        var result: [String] = []
        result.reserveCapacity(rowCount)
        try? forEachCell(column) { _, cell in
            result.append(String(decoding: cell, as: UTF8.self))
        }
        return result
    }

    /// A column of words that come again: each word once, and for each row which one it is.
    package func words(_ column: Int) -> (words: [String], codes: [Int32]) {
        var words = ByteWords()
        var codes: [Int32] = []
        codes.reserveCapacity(rowCount)
        try? forEachCell(column) { _, cell in codes.append(words.code(cell)) }
        return (words.texts, codes)
    }

    /// A column of finite numbers; an empty cell is `empty` or, without it, an error.
    package func numbers(_ column: Int, empty: Double? = nil) throws(AnalysisError) -> [Double] {
        var result: [Double] = []
        result.reserveCapacity(rowCount)
        try forEachCell(column) { row, cell throws(AnalysisError) in
            if cell.isEmpty, let empty {
                result.append(empty)
            } else if let number = style.number(cell) {
                result.append(number)
            } else {
                throw badCell(
                    row, column, cell, style.remedy(String(decoding: cell, as: UTF8.self)))
            }
        }
        return result
    }

    /// A column of days, as numbers of days since 1 January 1970.
    ///
    /// Read are `2024-03-31`, `2024/03/31`, `20240331`, `31.03.2024` and `2024-03-31T…`; a time of day
    /// is left out.
    package func days(_ column: Int) throws(AnalysisError) -> [Int] {
        var result: [Int] = []
        result.reserveCapacity(rowCount)
        // Days come again, row after row.
        var (last, lastDay): ([UInt8], Int) = ([], 0)
        try forEachCell(column) { row, cell throws(AnalysisError) in
            if !last.isEmpty, cell.elementsEqual(last) { return result.append(lastDay) }
            guard
                let day = DayNumber.plain(cell)
                    ?? DayNumber.read(String(decoding: cell, as: UTF8.self))
            else {
                throw badCell(
                    row, column, cell,
                    cell.isEmpty
                        ? "needs a day such as 2024-03-31, or leave the row out."
                        : "is not \(DayNumber.forms).")
            }
            (last, lastDay) = (Array(cell), day)
            result.append(day)
        }
        return result
    }

    /// What is wrong with a cell.
    package func badCell(
        _ row: Int, _ column: Int, _ cell: UnsafeBufferPointer<UInt8>, _ remedy: String
    ) -> AnalysisError {
        .badCell(
            row: fileRow(row), column: headings[column],
            text: String(decoding: cell, as: UTF8.self), remedy: remedy)
    }
}
