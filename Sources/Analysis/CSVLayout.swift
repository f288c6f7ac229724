import Foundation

/// Where the cells of a CSV file lie (RFC 4180, and then some, as `CSVText` reads it).
struct CSVLayout: Sendable {
    /// Where each row begins, blank rows left out.
    var rowStarts: [UInt32] = []
    /// Where each cell ends, row after row; the next begins one byte later.
    var cellEnds: [UInt32] = []
    /// The row of the file, counted from 1, that each row is.
    var numbersInFile: [UInt32] = []

    private static let quote = UInt8(ascii: "\"")

    /// The headings of a file, and where its cells lie.
    static func read(
        _ bytes: [UInt8], name: String
    ) throws(AnalysisError) -> (headings: [String], CSVLayout) {
        try bytes.withUnsafeBufferPointer { all throws(AnalysisError) in
            let start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
            let separator = separator(of: all, from: start)
            var ends: [UInt32] = []
            var at = try row(all, start, separator, &ends, number: 1)
            let headings = texts(all, start, ends)
            guard !headings.allSatisfy(\.isEmpty) else {
                throw .noFile(path: name, reason: "its first row must name the columns")
            }
            var layout = CSVLayout()
            let width = headings.count
            let likely = (bytes.count - start) / max(1, at - start)
            layout.cellEnds.reserveCapacity(likely * width)
            layout.rowStarts.reserveCapacity(likely)
            layout.numbersInFile.reserveCapacity(likely)
            var number = 1
            while at < all.count {
                number += 1
                let (begin, before) = (at, layout.cellEnds.count)
                at = try row(all, begin, separator, &layout.cellEnds, number: number)
                let last = Int(layout.cellEnds[layout.cellEnds.count - 1])
                if isBlank(all, begin..<last, separator) {
                    layout.cellEnds.removeSubrange(before...)
                    continue
                }
                try fit(&layout.cellEnds, before, width, all, begin, separator, number)
                layout.rowStarts.append(UInt32(begin))
                layout.numbersInFile.append(UInt32(number))
            }
            return (headings, layout)
        }
    }

    /// Finds the ends of the cells of the row at `start`, and where the next row begins.
    private static func row(
        _ all: UnsafeBufferPointer<UInt8>, _ start: Int, _ separator: UInt8,
        _ ends: inout [UInt32], number: Int
    ) throws(AnalysisError) -> Int {
        var at = start
        while true {
            let begin = at
            while at < all.count, all[at] == 32 { at += 1 }
            if at < all.count, all[at] == quote {
                at += 1
                while true {
                    guard at < all.count else {
                        throw .badCell(
                            row: number, column: "\(ends.count + 1)",
                            text: String(decoding: all[begin..<min(begin + 60, at)], as: UTF8.self),
                            remedy: "begins with a quotation mark that is never closed.")
                    }
                    at += 1
                    if all[at - 1] == quote {
                        guard at < all.count, all[at] == quote else { break }
                        at += 1
                    }
                }
            }
            while at < all.count {
                let byte = all[at]
                if byte == separator || byte == 10 || byte == 13 { break }
                at += 1
            }
            ends.append(UInt32(at))
            guard at < all.count else { return at }
            if all[at] != separator {
                let isPair = all[at] == 13 && at + 1 < all.count && all[at + 1] == 10
                return at + (isPair ? 2 : 1)
            }
            at += 1
        }
    }

    /// Takes empty cells beyond the heading away; says what is wrong with a row that does not fit.
    private static func fit(
        _ ends: inout [UInt32], _ before: Int, _ width: Int, _ all: UnsafeBufferPointer<UInt8>,
        _ begin: Int, _ separator: UInt8, _ number: Int
    ) throws(AnalysisError) {
        let count = ends.count - before
        guard count != width else { return }
        let last = Int(ends[ends.count - 1])
        if count > width, isBlank(all, Int(ends[before + width - 1])..<last, separator) {
            ends.removeSubrange((before + width)...)
            return
        }
        throw .badCell(
            row: number, column: "\(count)",
            text: texts(all, begin, Array(ends[before...])).last ?? "",
            remedy: "ends a row of \(count) cells, but the heading has \(width). Quote cells that "
                + "hold the separator.")
    }

    private static func isBlank(
        _ all: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, _ separator: UInt8
    ) -> Bool {
        range.allSatisfy { all[$0] == separator || all[$0] == 32 || all[$0] == 9 }
    }

    /// The separator that the first row has most of, outside of quotation marks.
    private static func separator(of all: UnsafeBufferPointer<UInt8>, from start: Int) -> UInt8 {
        let candidates = [UInt8(ascii: ","), UInt8(ascii: ";"), 9]
        var counts = candidates.map { _ in 0 }
        var isQuoted = false
        for byte in all[start...] {
            if byte == quote { isQuoted.toggle() }
            if isQuoted { continue }
            if byte == 10 || byte == 13 { break }
            if let index = candidates.firstIndex(of: byte) { counts[index] += 1 }
        }
        var best = 0
        for index in counts.indices where counts[index] > counts[best] { best = index }
        return candidates[best]
    }

    private static func texts(
        _ all: UnsafeBufferPointer<UInt8>, _ start: Int, _ ends: [UInt32]
    ) -> [String] {
        var (at, scratch, result): (Int, [UInt8], [String]) = (start, [], [])
        for end in ends {
            cell(all, at, Int(end), &scratch) { result.append(String(decoding: $0, as: UTF8.self)) }
            at = Int(end) + 1
        }
        return result
    }

    /// Lends the bytes of a cell, without quotation marks and spaces around.
    static func cell<Failure: Error>(
        _ all: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int, _ scratch: inout [UInt8],
        _ body: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Void
    ) throws(Failure) {
        let range = trimmed(all, start..<end)
        guard !range.isEmpty, all[range.lowerBound] == quote else {
            return try body(UnsafeBufferPointer(rebasing: all[range]))
        }
        scratch.removeAll(keepingCapacity: true)
        var at = range.lowerBound + 1
        var isQuoted = true
        while at < range.upperBound {
            let byte = all[at]
            at += 1
            if isQuoted, byte == quote {
                if at < range.upperBound, all[at] == quote {
                    at += 1
                } else {
                    isQuoted = false
                    continue
                }
            }
            scratch.append(byte)
        }
        try scratch.withUnsafeBufferPointer { cell throws(Failure) in
            try body(UnsafeBufferPointer(rebasing: cell[trimmed(cell, 0..<cell.count)]))
        }
    }

    /// A range without the spaces and tabs around.
    static func trimmed(_ all: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> Range<Int> {
        var (start, end) = (range.lowerBound, range.upperBound)
        while start < end, all[start] == 32 || all[start] == 9 { start += 1 }
        while start < end, all[end - 1] == 32 || all[end - 1] == 9 { end -= 1 }
        return start..<end
    }
}

extension [UInt8] {
    /// Whether these are the bytes of a text.
    var isUTF8: Bool {
        withUnsafeBufferPointer { all in
            if all.allSatisfy({ $0 < 0x80 }) { return true }
            do {
                _ = try UTF8Span(validating: all.span)
                return true
            } catch { return false }
        }
    }
}
