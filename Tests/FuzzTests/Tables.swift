import Foundation
import Kernel
import Measurement

extension FuzzTarget {
    /// CSV files: cells, and the import of orders.
    static let tables = FuzzTarget(name: "tables") { bytes in
        let text = String(decoding: bytes, as: UTF8.self)
        let rows = CSVText.rows(text)
        let held = rows.reduce(0) { $0 + $1.reduce(0) { $0 + $1.utf8.count } }
        try hold(held <= text.utf8.count, "cells hold more than the file")
        try hold(rows.allSatisfy { !$0.isEmpty }, "a row has no cells")
        for row in rows.prefix(20) { try checkLine(row) }
        try checkImport(Data(bytes), rows: rows.count)
    }

    /// What a row becomes in a file that spreadsheets open is the same row again, without formulas.
    private static func checkLine(_ cells: [String]) throws {
        let safe = cells.map { cell in
            guard let first = cell.utf8.first, "=+-@\t\r".utf8.contains(first), Double(cell) == nil
            else { return cell }
            return "'" + cell
        }
        let line = CSVText.line(cells)
        // A byte-order mark at the very start belongs to the file, not to the cell.
        guard safe.first?.utf8.starts(with: [0xEF, 0xBB, 0xBF]) != true else { return }
        let read = CSVText.rows(line).map { $0.map { Array($0.utf8) } }
        try same(read, [safe.map { Array($0.utf8) }], "a line reads differently: \(line)")
    }

    private static func checkImport(_ data: Data, rows: Int) throws {
        guard let zone = Zone("Europe/Berlin") else { throw Broken(description: "no zones") }
        let now = Instant(milliseconds: 1_795_000_000_000)
        let reader = ConversionCSV(zone: zone, currency: .euro, now: now)
        do {
            let drafts = try reader.drafts(data)
            try hold(drafts.count < max(1, rows), "more orders than rows")
            for (row, draft) in drafts {
                try hold((2...rows).contains(row), "an order from row \(row) of \(rows)")
                try hold((1...100).contains(draft.reference.utf8.count), "an order's number")
                try hold(draft.at <= now + .minutes(5), "an order of the future")
                try hold(draft.note.count <= 500, "a long note")
                let isNegative = draft.amount.minorUnits < 0
                try hold(isNegative == (draft.refundOf != nil) || !isNegative, "a negative order")
            }
        } catch let error as MeasurementError {
            guard case .csv(let troubles, let total) = error else { return }
            try hold((1...50).contains(troubles.count), "\(troubles.count) troubles")
            try hold(total >= troubles.count, "fewer troubles than are shown")
        }
    }
}
