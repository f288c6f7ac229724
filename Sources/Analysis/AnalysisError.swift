package import Kernel

/// What a person can do about an analysis that did not run.
package enum AnalysisError: Error, Sendable, Hashable {
    /// A file that cannot be read.
    case noFile(path: String, reason: String)
    /// A column that is not there; `hint` says which option names it.
    case noColumn(wanted: String, present: [String], hint: String)
    /// A cell that does not say what it must. `row` counts from 1 with the heading.
    case badCell(row: Int, column: String, text: String, remedy: String)
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
        case .unsuitable(let text):
            Problem(.invalid, code: "analysis.unsuitable", text)
        }
    }
}
