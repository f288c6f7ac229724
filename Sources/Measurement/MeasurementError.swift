package import Kernel

/// What a person can do about measurements that were not accepted.
package enum MeasurementError: Error, Sendable, Hashable {
    case reference
    case amount
    case future
    case noSuchConversion
    case noSuchLink(String)
    case noSuchOrder(String)
    case refundTooLarge(Money)
    /// The number is already taken by an order with other facts.
    case differs(String)
    case csv([CSVTrouble], total: Int)
    case csvHeader(String)
    case csvSize
    case cost(String)
    case period
}

/// One thing wrong in an imported file: where it is and what to write instead.
package struct CSVTrouble: Sendable, Hashable, Codable {
    /// The line of the file, counted from 1 with the header.
    package let row: Int
    package let column: String
    package let remedy: String

    package init(row: Int, column: String, remedy: String) {
        self.row = row
        self.column = column
        self.remedy = remedy
    }

    /// `Row 7, column amount: write the amount like 12.50.`
    package var text: String { "Row \(row), column \(column): \(remedy)" }
}

extension MeasurementError: Presentable {
    package var problem: Problem {
        switch self {
        case .reference:
            invalid("reference", "reference", "Give the order's number, up to 100 characters.")
        case .amount:
            invalid(
                "amount", "amount",
                "Give an amount of zero or more; money that goes back is a refund.")
        case .future: invalid("future", "at", "Give a moment that has passed.")
        case .noSuchConversion: Problem.notFound("order")
        case .noSuchLink(let link):
            invalid(
                "link", "link",
                "There is no tagged link “\(link.prefix(60))” here. Copy it from the post's page.")
        case .noSuchOrder(let reference):
            invalid(
                "refund-of", "refundOf",
                "There is no order “\(reference.prefix(60))” to give back. Record it first.")
        case .refundTooLarge(let left):
            invalid(
                "refund", "amount", "Only \(left.formatted) of this order is left to give back.")
        case .differs(let reference):
            Problem(
                .conflict, code: "measurement.differs",
                "Order “\(reference.prefix(60))” is already here with other facts. Give a new "
                    + "number, or record the difference as a refund.")
        case .csv(let troubles, let total):
            Problem(
                .invalid, code: "measurement.csv",
                "Nothing was imported, because \(total) \(total == 1 ? "cell needs" : "cells need")"
                    + " a change. " + troubles.prefix(3).map(\.text).joined(separator: " "),
                fields: Dictionary(
                    troubles.map { ("row \($0.row), \($0.column)", $0.remedy) },
                    uniquingKeysWith: { first, _ in first }))
        case .csvHeader(let remedy):
            Problem(.invalid, code: "measurement.csv-header", remedy)
        case .csvSize:
            Problem(
                .tooLarge, code: "measurement.csv-size",
                "The file has more than 50,000 rows. Split it; repeated orders count once.")
        case .cost(let remedy): invalid("cost", "amount", remedy)
        case .period:
            invalid("period", "from", "Choose a first day that is not after the last day.")
        }
    }

    private func invalid(_ code: String, _ field: String, _ message: String) -> Problem {
        Problem(
            .invalid, code: "measurement.\(code)", message, fields: [field: message])
    }
}
