package import Kernel
package import Statistics

/// What a person can do about an analysis that did not run.
package enum AnalysisError: Error, Sendable, Hashable {
    /// A file that cannot be read.
    case noFile(path: String, reason: String)
    /// A column that is not there; `hint` says which option names it.
    case noColumn(wanted: String, present: [String], hint: String)
    /// A cell that does not say what it must. `row` counts from 1 with the heading.
    case badCell(row: Int, column: String, text: String, remedy: String)
    /// A file that cannot be written.
    case noOutput(path: String, reason: String)
    /// The data as a whole does not allow what was asked.
    case unsuitable(String)
}

extension AnalysisError: Presentable {
    package var problem: Problem {
        switch self {
        case .noFile(let path, let reason):
            Problem(.invalid, code: "analysis.file", "\(path) cannot be read: \(reason).")
        case .noColumn(let wanted, let present, let hint):
            Problem(
                .invalid, code: "analysis.column",
                "There is no column \(wanted). Present are: \(present.joined(separator: ", ")). "
                    + hint)
        case .badCell(let row, let column, let text, let remedy):
            Problem(
                .invalid, code: "analysis.cell",
                "Row \(row), column \(column): "
                    + (text.isEmpty ? "the empty cell" : "“\(text.prefix(60))”") + " \(remedy)")
        case .noOutput(let path, let reason):
            Problem(.conflict, code: "analysis.output", "\(path) cannot be written: \(reason).")
        case .unsuitable(let text):
            Problem(.invalid, code: "analysis.unsuitable", text)
        }
    }
}

extension NumericsError: Presentable {
    package var problem: Problem {
        let text =
            switch self {
            case .notPositiveDefinite, .singular:
                "These numbers do not determine an answer: some columns say the same thing, or "
                    + "never change. Leave one of them out."
            case .noMinimum(let reason): "No best fit was found for these numbers (\(reason))."
            }
        return Problem(.invalid, code: "analysis.unsuitable", text)
    }
}
