import Foundation
import Statistics

extension DataTable {
    /// A column of whole numbers from 0.
    func counts(_ column: Int) throws(AnalysisError) -> [Int] {
        var result: [Int] = []
        for (row, number) in try numbers(column).enumerated() {
            guard let count = Int(exactly: number), count >= 0, count <= Rate.most else {
                throw .badCell(
                    row: fileRow(row), column: headings[column], text: texts(column)[row],
                    remedy: number > Double(Rate.most)
                        ? "is more people than can be counted (10¹²)."
                        : "is not a number of people, such as 1234.")
            }
            result.append(count)
        }
        return result
    }

    /// A column of what people brought, in numbers whose squares can be written.
    func amounts(_ column: Int, empty: Double? = nil) throws(AnalysisError) -> [Double] {
        let values = try numbers(column, empty: empty)
        var greatest = 0.0
        for (row, value) in values.enumerated() where abs(value) > greatest {
            greatest = abs(value)
            guard greatest <= 1e60 else {
                throw .badCell(
                    row: fileRow(row), column: headings[column], text: texts(column)[row],
                    remedy: "is too great to reckon with; write it in another unit.")
            }
        }
        guard greatest == 0 || greatest >= 1e-60 else {
            throw .unsuitable(
                "Column \(headings[column]): all numbers are too small to reckon with; write them "
                    + "in another unit.")
        }
        return values
    }

    /// Refuses more conversions than people.
    func check(
        _ row: Int, _ count: Int, _ successes: Int, _ column: Int
    ) throws(AnalysisError) {
        guard successes <= count else {
            throw .badCell(
                row: fileRow(row), column: headings[column], text: "\(successes)",
                remedy: "is more than the \(count) people there are. Count people, not events.")
        }
    }
}
