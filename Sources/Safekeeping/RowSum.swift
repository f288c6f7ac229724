import Crypto
import Foundation
import Kernel
package import Store

/// The proof that two tables hold the same rows, in whatever order.
///
/// Each row is hashed by itself (SHA-256 over its line) and the hashes are added up modulo 2^256,
/// so that engines which sort differently come to the same sum.
package struct RowSum: Codable, Sendable, Hashable {
    package private(set) var rows: Int64 = 0
    private var limbs: [UInt64] = [0, 0, 0, 0]

    package init() {}

    mutating func add(_ line: [UInt8]) {
        rows += 1
        var digest = SHA256.hash(data: line).makeIterator()
        var carry = false
        for index in limbs.indices {
            var word: UInt64 = 0
            for shift in 0..<8 { word |= UInt64(digest.next() ?? 0) << UInt64(8 * shift) }
            let (first, overflow) = limbs[index].addingReportingOverflow(word)
            let (second, again) = first.addingReportingOverflow(carry ? 1 : 0)
            limbs[index] = second
            carry = overflow || again
        }
    }

    /// The sum as hexadecimal text.
    package var text: String {
        limbs.reversed().map { limb in
            let digits = String(limb, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }

    package func encode(to encoder: any Encoder) throws {
        try Written(rows: rows, sum: text).encode(to: encoder)
    }

    package init(from decoder: any Decoder) throws {
        let written = try Written(from: decoder)
        guard written.sum.utf8.count == 64, Hex.bytes(written.sum) != nil else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "not a sum"))
        }
        rows = written.rows
        let digits = Array(written.sum)
        limbs = (0..<4).map {
            UInt64(String(digits[(48 - $0 * 16)..<(64 - $0 * 16)]), radix: 16) ?? 0
        }
    }

    private struct Written: Codable {
        let rows: Int64
        let sum: String
    }

    /// Adds up a table as a transaction sees it.
    package static func of(
        _ shape: TableShape, _ tx: borrowing Transaction
    ) throws -> RowSum {
        var sum = RowSum()
        try tx.stream("SELECT \(shape.list) FROM \(shape.source)") { rows in
            try Task.checkCancellation()
            for row in rows { sum.add(shape.line(shape.values(row))) }
        }
        return sum
    }
}
