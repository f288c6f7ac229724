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
///
/// The bytes of the file are kept as they are, with four bytes for each cell; a cell becomes a
/// number or a text when its column is asked for.
package struct DataTable: Sendable {
    /// The file's name, without its folder.
    package let name: String
    /// The SHA-256 of the file, in hexadecimal digits.
    package let digest: String
    package let headings: [String]
    package var rowCount: Int { layout.rowStarts.count }
    let style: CSVStyle
    let bytes: [UInt8]
    let layout: CSVLayout

    /// Reads the file at `path`; the first row names the columns, blank rows are skipped.
    package init(path: String, style: CSVStyle = CSVStyle()) throws(AnalysisError) {
        let data = try FileContents.read(path)
        try self.init(data, name: URL(filePath: path).lastPathComponent, style: style)
    }

    /// Reads the bytes of a file.
    package init(
        _ data: Data, name: String, style: CSVStyle = CSVStyle()
    ) throws(AnalysisError) {
        self.name = name
        self.style = style
        guard data.count < Int(UInt32.max) else {
            throw .noFile(path: name, reason: "it is larger than 4 GB; split it")
        }
        let bytes = [UInt8](data)
        digest = Hex.text(SHA256.hash(data: data))
        try FileContents.check(bytes, name: name)
        self.bytes = bytes
        (headings, layout) = try CSVLayout.read(bytes, name: name)
    }

    /// The row of the file, counted from 1 with the heading, that a row of this table was.
    package func fileRow(_ row: Int) -> Int { Int(layout.numbersInFile[row]) }

    /// The column that `chosen` names or, when nothing is chosen, the first of `usual` names that
    /// is present; letter case does not matter. Nil when nothing is chosen and none is present.
    package func column(
        _ chosen: String?, usual: [String], option: String
    ) throws(AnalysisError) -> Int? {
        let lowered = headings.map { $0.lowercased() }
        if let chosen {
            let exact = headings.indices.filter { headings[$0] == chosen }
            let alike = lowered.indices.filter { lowered[$0] == chosen.lowercased() }
            if let index = try only(exact.isEmpty ? alike : exact) { return index }
            if let index = try joined(chosen) { return index }
            throw .noColumn(
                wanted: chosen, present: headings, hint: "Name one of them with \(option).")
        }
        for name in usual {
            let alike = lowered.indices.filter { lowered[$0] == name.lowercased() }
            if let index = try only(alike) { return index }
            if let index = try joined(name) { return index }
        }
        return nil
    }

    /// The column whose heading has other marks between its words, as `Customer ID` for
    /// `customer_id`.
    private func joined(_ name: String) throws(AnalysisError) -> Int? {
        func words(_ text: String) -> [Substring] {
            text.lowercased().split { !$0.isLetter && !$0.isNumber }
        }
        let wanted = words(name)
        guard !wanted.isEmpty else { return nil }
        return try only(headings.indices.filter { words(headings[$0]) == wanted })
    }

    /// The one column of several with one name, which must not be guessed.
    private func only(_ columns: [Int]) throws(AnalysisError) -> Int? {
        guard columns.count > 1 else { return columns.first }
        let places = columns.map { String($0 + 1) }
        throw .unsuitable(
            "\(columns.count) columns are called \(headings[columns[0]]) (columns "
                + "\(places.joined(separator: ", "))). Give each a name of its own.")
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
}
