import Crypto
package import Foundation
import Kernel

/// How a file of values is written.
package struct CSVStyle: Sendable, Hashable {
    /// Whether `1.234,5` means one thousand two hundred thirty-four and a half.
    package var hasDecimalCommas: Bool

    package init(hasDecimalCommas: Bool = false) { self.hasDecimalCommas = hasDecimalCommas }
}

/// A CSV file with a heading, column by column.
package struct DataTable: Sendable {
    /// The file's name, without its folder.
    package let name: String
    /// The SHA-256 of the file, in hexadecimal digits.
    package let digest: String
    package let headings: [String]
    package var rowCount: Int { rows.count }
    let style: CSVStyle
    private let rows: [[String]]
    /// The row of the file that each row was.
    private let numbersInFile: [Int]

    /// Reads the file at `path`; the first row names the columns, blank rows are skipped.
    package init(path: String, style: CSVStyle = CSVStyle()) throws(AnalysisError) {
        let data: Data
        do {
            data = try Data(contentsOf: URL(filePath: path), options: .mappedIfSafe)
        } catch {
            throw .noFile(path: path, reason: "there is no such file, or it may not be read")
        }
        try self.init(data, name: URL(filePath: path).lastPathComponent, style: style)
    }

    /// Reads the bytes of a file.
    package init(
        _ data: Data, name: String, style: CSVStyle = CSVStyle()
    ) throws(AnalysisError) {
        self.name = name
        self.style = style
        digest = Hex.text(SHA256.hash(data: data))
        guard let text = String(data: data, encoding: .utf8) else {
            throw .noFile(path: name, reason: "it is not written in UTF-8; save it so")
        }
        let all = CSVText.rows(text)
        guard let first = all.first, !first.allSatisfy(\.isEmpty) else {
            throw .noFile(path: name, reason: "its first row must name the columns")
        }
        headings = first.map { $0.trimmingCharacters(in: .whitespaces) }
        var rows: [[String]] = []
        var numbers: [Int] = []
        for (index, row) in all.enumerated().dropFirst() where !row.allSatisfy(\.isEmpty) {
            guard row.count == headings.count else {
                throw .badCell(
                    row: index + 1, column: "\(row.count)", text: row.last ?? "",
                    remedy: "ends a row of \(row.count) cells, but the heading has "
                        + "\(headings.count). Quote cells that hold the separator.")
            }
            rows.append(row)
            numbers.append(index + 1)
        }
        self.rows = rows
        numbersInFile = numbers
    }

    /// The row of the file, counted from 1 with the heading, that a row of this table was.
    package func fileRow(_ row: Int) -> Int { numbersInFile[row] }

    /// The column that `chosen` names or, when nothing is chosen, the first of `usual` names that is
    /// present; letter case does not matter. Nil when nothing is chosen and none is present.
    package func column(
        _ chosen: String?, usual: [String], option: String
    ) throws(AnalysisError) -> Int? {
        let lowered = headings.map { $0.lowercased() }
        if let chosen {
            if let index = headings.firstIndex(of: chosen)
                ?? lowered.firstIndex(of: chosen.lowercased())
            {
                return index
            }
            throw .noColumn(
                wanted: chosen, present: headings, hint: "Name one of them with \(option).")
        }
        for name in usual {
            if let index = lowered.firstIndex(of: name.lowercased()) { return index }
        }
        return nil
    }

    /// The same, for a column that must be there.
    package func required(
        _ chosen: String?, usual: [String], option: String
    ) throws(AnalysisError) -> Int {
        if let index = try column(chosen, usual: usual, option: option) { return index }
        throw .noColumn(
            wanted: usual.first ?? option, present: headings,
            hint: "Say with \(option) which one it is.")
    }

    /// A column as written, without spaces around.
    package func texts(_ column: Int) -> [String] {
        rows.map { $0[column].trimmingCharacters(in: .whitespaces) }
    }

    /// A column of finite numbers; an empty cell is `empty` or, without it, an error.
    package func numbers(_ column: Int, empty: Double? = nil) throws(AnalysisError) -> [Double] {
        var result: [Double] = []
        result.reserveCapacity(rows.count)
        for (index, row) in rows.enumerated() {
            let text = row[column].trimmingCharacters(in: .whitespaces)
            if text.isEmpty, let empty {
                result.append(empty)
            } else if let number = style.number(text) {
                result.append(number)
            } else {
                throw .badCell(
                    row: fileRow(index), column: headings[column], text: text,
                    remedy: style.hasDecimalCommas
                        ? "is not a number such as 1234,5."
                        : "is not a number such as 1234.5. If commas separate decimals, say "
                            + "--decimal-comma.")
            }
        }
        return result
    }

    /// A column of days, as numbers of days since 1 January 1970.
    ///
    /// Read are `2024-03-31`, `20240331` and `2024-03-31T…`; a time of day is left out.
    package func days(_ column: Int) throws(AnalysisError) -> [Int] {
        var result: [Int] = []
        for (index, row) in rows.enumerated() {
            let text = row[column].trimmingCharacters(in: .whitespaces)
            guard let day = DayNumber.read(text) else {
                throw .badCell(
                    row: fileRow(index), column: headings[column], text: text,
                    remedy: "is not a day such as 2024-03-31.")
            }
            result.append(day)
        }
        return result
    }
}

extension CSVStyle {
    /// The finite number that a text says.
    package func number(_ text: String) -> Double? {
        var text = text
        if hasDecimalCommas {
            text = text.replacingOccurrences(of: ".", with: "")
                .replacingOccurrences(of: ",", with: ".")
        }
        guard let number = Double(text), number.isFinite else { return nil }
        return number
    }
}

/// Days as numbers since 1 January 1970.
package enum DayNumber {
    /// The day that a text says.
    package static func read(_ text: some StringProtocol) -> Int? {
        let day = text.prefix { $0 != "T" && $0 != " " }
        let parts: [Substring]
        if day.utf8.count == 8, day.allSatisfy(\.isNumber) {
            let digits = String(day)
            parts = [digits.prefix(4), digits.dropFirst(4).prefix(2), digits.dropFirst(6)]
        } else {
            parts = String(day).split(separator: "-")
        }
        guard parts.count == 3, parts[0].count == 4, let year = Int(parts[0]),
            let month = Int(parts[1]), let day = Int(parts[2]), (1...12).contains(month),
            (1...31).contains(day)
        else { return nil }
        let number = number(year, month, day)
        return self.parts(number) == (year, month, day) ? number : nil
    }

    /// The day as `2024-03-31`.
    package static func text(_ number: Int) -> String {
        let (year, month, day) = parts(number)
        func padded(_ number: Int, _ width: Int) -> String {
            let text = String(number)
            return String(repeating: "0", count: max(0, width - text.count)) + text
        }
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
    }

    /// Hinnant's `days_from_civil`.
    package static func number(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let y = month <= 2 ? year - 1 : year
        let era = (y >= 0 ? y : y - 399) / 400
        let yearOfEra = y - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
            - 719_468
    }

    /// Hinnant's `civil_from_days`.
    package static func parts(_ number: Int) -> (year: Int, month: Int, day: Int) {
        let z = number + 719_468
        let era = (z >= 0 ? z : z - 146_096) / 146_097
        let dayOfEra = z - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let m = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * m + 2) / 5 + 1
        let month = m < 10 ? m + 3 : m - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }
}
