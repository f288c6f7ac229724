/// Rows and cells of a CSV file as programs and spreadsheets write it (RFC 4180, and then some).
package enum CSVText {
    /// The cells of each row; blank rows are kept so that row numbers are those of the file.
    ///
    /// Understands a byte-order mark, `,` `;` or tab between cells, any line end, and quoted cells
    /// that hold quotes, separators and line ends.
    package static func rows(_ text: String) -> [[String]] {
        var bytes = Array(text.utf8)
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
        let separator = separator(of: bytes)
        var rows: [[String]] = []
        var row: [String] = []
        var cell: [UInt8] = []
        var isQuoted = false
        var index = 0
        func take() {
            row.append(String(decoding: cell, as: UTF8.self))
            cell.removeAll(keepingCapacity: true)
        }
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            if isQuoted {
                if byte == quote {
                    if index < bytes.count, bytes[index] == quote {
                        cell.append(quote)
                        index += 1
                    } else {
                        isQuoted = false
                    }
                } else {
                    cell.append(byte)
                }
            } else if byte == quote, cell.allSatisfy({ $0 == 32 }) {
                cell.removeAll()
                isQuoted = true
            } else if byte == separator {
                take()
            } else if byte == 10 || byte == 13 {
                if byte == 13, index < bytes.count, bytes[index] == 10 { index += 1 }
                take()
                rows.append(row)
                row = []
            } else {
                cell.append(byte)
            }
        }
        if !cell.isEmpty || !row.isEmpty {
            take()
            rows.append(row)
        }
        return rows
    }

    private static let quote = UInt8(ascii: "\"")

    /// The separator that the first row has most of, outside of quotation marks.
    private static func separator(of bytes: [UInt8]) -> UInt8 {
        let candidates = [UInt8(ascii: ","), UInt8(ascii: ";"), 9]
        var counts = candidates.map { _ in 0 }
        var isQuoted = false
        for byte in bytes {
            if byte == quote { isQuoted.toggle() }
            if isQuoted { continue }
            if byte == 10 || byte == 13 { break }
            if let index = candidates.firstIndex(of: byte) { counts[index] += 1 }
        }
        let most = counts.indices.max { counts[$0] < counts[$1] }
        return candidates[most ?? 0]
    }

    /// One row of a file that spreadsheets open: quoted where needed, and no cell is a formula.
    package static func line(_ cells: [String]) -> String {
        cells.map { cell in
            var text = cell
            // Bytes, because a carriage return and a line feed together are one Character.
            if let first = text.utf8.first, "=+-@\t\r".utf8.contains(first), Double(text) == nil {
                text = "'" + text
            }
            let needsQuotes = text.utf8.contains { ",;\"\n\r\t".utf8.contains($0) }
            return needsQuotes ? "\"" + text.replacing(byte: "\"", with: "\"\"") + "\"" : text
        }.joined(separator: ",") + "\r\n"
    }
}
