import Kernel
import Store
import Strategy

/// The margins of a workspace by the day from which each counts.
///
/// An order earns at the margin of its own day. Days before the first stated margin take that one:
/// it is the best that is known of them.
struct MarginHistory: Sendable, Hashable {
    struct Step: Sendable, Hashable {
        let day: Int64
        /// 6000 is 60 %.
        let hundredths: Int64
    }

    /// The earliest first.
    let steps: [Step]

    static func load(
        in workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws -> MarginHistory {
        let margins = try tx.all(
            Margin.self,
            "SELECT * FROM margin WHERE workspace_id = \(workspace) ORDER BY valid_from, id")
        return MarginHistory(
            steps: margins.map {
                Step(day: DayNumber.of($0.validFrom), hundredths: Int64($0.hundredthsOfPercent))
            })
    }

    /// The margin in hundredths of a percent on a day; nil while nobody has stated one.
    func hundredths(on day: Int64) -> Int64? {
        (steps.last { $0.day <= day } ?? steps.first)?.hundredths
    }

    /// Whether orders of these days earn at different margins.
    func changes(in days: ClosedRange<Int64>) -> Bool {
        hundredths(on: days.lowerBound) != hundredths(on: days.upperBound)
            || steps.contains { days.contains($0.day) && $0 != steps.first }
    }

    /// The margin on the day that `day` names, as SQL: a whole number in hundredths of a percent.
    func sql(on day: SQL) -> SQL {
        guard let first = steps.first else { return "0" }
        guard steps.count > 1 else { return "\(first.hundredths)" }
        var cases: SQL = ""
        for step in steps.dropFirst().reversed() {
            cases += "WHEN \(day) >= \(step.day) THEN CAST(\(step.hundredths) AS BIGINT) "
        }
        return "CASE \(cases) ELSE CAST(\(first.hundredths) AS BIGINT) END"
    }

    /// What remains of `weighted`, a sum of minor units times hundredths of a percent.
    func earned(_ weighted: Int64) -> Int64? {
        steps.isEmpty ? nil : Int64((Double(weighted) / 10_000).rounded())
    }
}
