package import Kernel
package import Strategy

/// Twelve months in a row; the plan always shows the next twelve.
package struct PlanWindow: Sendable, Hashable {
    /// The number of months on the page.
    package static let length = 12

    package let months: [CivilMonth]

    /// The window that starts with `today`'s month, moved by `offset` months.
    package init(today: CivilDate, offset: Int = 0) {
        let first = today.civilMonth.adding(months: offset)
        months = (0..<Self.length).map { first.adding(months: $0) }
    }

    package var first: CivilMonth { months[0] }
    package var last: CivilMonth { months[months.count - 1] }

    /// The months of the window in which something from `start` to `end` runs.
    package func span(from start: CivilDate, to end: CivilDate?) -> [CivilMonth] {
        months.filter { month in
            start.civilMonth <= month && (end.map { month <= $0.civilMonth } ?? true)
        }
    }
}

/// The rolling twelve months, as the page and the API read them.
package struct PlanBook: Sendable {
    /// One row: an initiative, or the items that belong to none.
    package struct Row: Sendable {
        package let initiative: Initiative?
        package let primaryObjective: ObjectiveID?
        /// The row's items by month, in their order.
        package let items: [CivilMonth: [PlanItem]]
        /// The months in which the initiative runs.
        package let span: [CivilMonth]

        /// Months in which a marathon runs and nothing is planned: its audience would notice.
        package func gaps(from today: CivilMonth) -> [CivilMonth] {
            guard let initiative, initiative.kind == .marathon, initiative.state == .running else {
                return []
            }
            return span.filter { $0 >= today && (items[$0] ?? []).allSatisfy(\.isDropped) }
        }
    }

    /// What a month holds, for the row above the plan.
    package struct Load: Sendable, Hashable {
        /// Whether a month stands out.
        package enum Mark: String, Sendable {
            case gap
            case even
            case peak
        }

        package let month: CivilMonth
        package let count: Int
        package let mark: Mark
    }

    package let today: CivilDate
    package let window: PlanWindow
    package let rows: [Row]
    /// Unfinished items of months that have passed, the oldest first.
    package let leftOver: [PlanItem]
    package let loads: [Load]
    /// Objectives by the month they are due in.
    package let due: [CivilMonth: [Objective]]

    package var isEmpty: Bool {
        leftOver.isEmpty && rows.allSatisfy { $0.initiative == nil && $0.items.isEmpty }
    }
}

extension PlanItem {
    var isDropped: Bool { state == .dropped }
}

extension PlanBook.Load {
    /// Marks months without any item, and months far above the usual.
    ///
    /// A peak has at least three items and twice the median of the months that have any.
    static func all(_ counts: [(month: CivilMonth, count: Int)]) -> [PlanBook.Load] {
        let busy = counts.map(\.count).filter { $0 > 0 }.sorted()
        let median = busy.isEmpty ? 0 : busy[(busy.count - 1) / 2]
        return counts.map { month, count in
            let isPeak = count >= 3 && count >= 2 * median && busy.count > 1
            // An empty plan has no gaps: everything is still to come.
            let isGap = count == 0 && !busy.isEmpty
            return PlanBook.Load(
                month: month, count: count, mark: isPeak ? .peak : isGap ? .gap : .even)
        }
    }
}
