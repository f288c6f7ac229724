/// Paths that seem to be separated by something else than the others.
struct SeparatorDoubts {
    private let separator: String
    private let others: [[UInt8]]
    private var count = 0
    private var first = 0
    private var found = ""

    init(_ separator: [UInt8]) {
        self.separator = String(decoding: separator, as: UTF8.self)
        // An arrow that the separator is a part of leaves a dash at the end of each touch.
        others = ["->", "=>", "→", "»", ">", "|", ";"].map { Array($0.utf8) }
            .filter { $0 != separator && !(separator.count > 1 && $0.count == 1) }
    }

    /// Counts a path that holds another separator.
    mutating func look(at cell: UnsafeBufferPointer<UInt8>, _ row: Int) {
        for other in others where Self.holds(cell, other) {
            if count == 0 { (first, found) = (row, String(decoding: other, as: UTF8.self)) }
            count += 1
            return
        }
    }

    private static func holds(_ cell: UnsafeBufferPointer<UInt8>, _ part: [UInt8]) -> Bool {
        guard cell.count >= part.count else { return false }
        for start in 0...(cell.count - part.count) where cell[start] == part[0] {
            if part.indices.allSatisfy({ cell[start + $0] == part[$0] }) { return true }
        }
        return false
    }

    /// What to tell, when there were any.
    var note: String? {
        guard count > 0 else { return nil }
        let rows = count == 1 ? "Row \(first) holds" : "\(count) rows hold"
        return "\(rows) “\(found)”, but touches were separated by “\(separator)”"
            + (count == 1 ? "." : "; the first is row \(first).")
            + " Say with --separator what separates touches, and write it alike in all rows."
    }
}

/// Values of rows that count no conversion.
struct StrayValues {
    private var count = 0
    private var first = 0
    private var sum = 0.0

    /// Counts a row.
    mutating func add(_ value: Double, _ row: Int) {
        if count == 0 { first = row }
        count += 1
        sum += value
    }

    /// What to tell, when there were any.
    var note: String? {
        guard count > 0 else { return nil }
        let worth = AttributionAnswer.fixed(sum, 2)
        return count == 1
            ? "Row \(first) has a value (\(worth)) but no conversion; it was shared out all the same."
            : "\(count) rows have a value but no conversion (\(worth) together; the first is row "
                + "\(first)); they were shared out all the same."
    }
}
