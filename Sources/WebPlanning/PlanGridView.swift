import Kernel
import Planning
import Strategy
import Web

/// The rolling twelve months, ready for their template.
struct PlanGridView {
    struct MonthHead {
        let month: String
        let name: String
        let year: String?
        let count: String
        let gap: Bool
        let peak: Bool
        let isNow: Bool
        let due: [DueView]
    }

    struct DueView {
        let title: String
        let href: String
    }

    struct RowView {
        let initiative: String
        let title: String?
        let href: String
        let kind: String?
        let days: String
        let state: String?
        let cells: [CellView]
    }

    struct CellView {
        let month: String
        let name: String
        let row: String
        let inSpan: Bool
        let gap: Bool
        let isNow: Bool
        let items: [ItemView]
        let add: String?
    }

    struct ItemView {
        let id: String
        let title: String
        let href: String
        let icon: String
        let state: String
    }

    struct LeftOverView {
        let title: String
        let href: String
        let month: String
        let moveHere: String
        let drop: String
    }

    let root: String
    let canEdit: Bool
    let from: String
    let range: String
    let earlier: String
    let later: String
    let isShifted: Bool
    let heads: [MonthHead]
    let rows: [RowView]
    let leftOver: [LeftOverView]
    let hasLeftOver: Bool
    let leftOverTitle: String
    let isEmpty: Bool
    let months: [Choice]
    let initiatives: [Choice]
    let summary: String

    init(_ book: PlanBook, offset: Int, root: String, canEdit: Bool) {
        self.root = root
        self.canEdit = canEdit
        let now = book.today.civilMonth
        from = "\(offset)"
        range = "\(book.window.first.name) to \(book.window.last.name)"
        earlier = "\(root)/plan?from=\(offset - 12)"
        later = "\(root)/plan?from=\(offset + 12)"
        isShifted = offset != 0
        heads = zip(book.window.months, book.loads).map { month, load in
            MonthHead(
                month: month.description, name: month.shortName,
                year: month == book.window.first || month.month == 1 ? "\(month.year)" : nil,
                count: load.count == 0 ? "" : "\(load.count)", gap: load.mark == .gap,
                peak: load.mark == .peak, isNow: month == now,
                due: (book.due[month] ?? []).map {
                    DueView(title: $0.title, href: "\(root)/strategy/objectives/\($0.id)")
                })
        }
        rows = book.rows.map { Self.row($0, book, root: root, canEdit: canEdit) }
        leftOver = book.leftOver.map { item in
            LeftOverView(
                title: item.title, href: "\(root)/plan/items/\(item.id)", month: item.month.name,
                moveHere: "\(root)/plan/items/\(item.id)/months/\(now)?from=\(offset)",
                drop: "\(root)/plan/items/\(item.id)/state")
        }
        hasLeftOver = !leftOver.isEmpty
        leftOverTitle =
            leftOver.count == 1
            ? "One piece of an earlier month is not done"
            : "\(leftOver.count) pieces of earlier months are not done"
        isEmpty = book.isEmpty
        months = (-1...12).map { now.adding(months: $0) }.map {
            Choice($0.description, $0.name, selected: $0 == now)
        }
        initiatives =
            book.rows.compactMap(\.initiative).map { Choice($0.id.text, $0.title) }
            + [Choice("none", "No initiative")]
        summary = Self.summary(book)
    }

    private static func summary(_ book: PlanBook) -> String {
        let count = book.loads.map(\.count).reduce(0, +)
        if count == 0 { return "Nothing is planned in these twelve months yet." }
        var text = "\(count) piece\(count == 1 ? "" : "s") in twelve months"
        let gaps = book.rows.flatMap { $0.gaps(from: book.today.civilMonth) }.count
        if gaps > 0 { text += ", \(gaps) month\(gaps == 1 ? "" : "s") of a marathon still empty" }
        return text + "."
    }

    private static func row(
        _ row: PlanBook.Row, _ book: PlanBook, root: String, canEdit: Bool
    ) -> RowView {
        let now = book.today.civilMonth
        let id = row.initiative?.id.text ?? "none"
        let gaps = row.gaps(from: now)
        let name = row.initiative?.title ?? "no initiative"
        return RowView(
            initiative: id, title: row.initiative?.title,
            href: "\(root)/plan/initiatives/\(id)", kind: row.initiative?.kind.name,
            days: row.initiative.map(days) ?? "", state: row.initiative?.state.name,
            cells: book.window.months.map { month in
                CellView(
                    month: month.description, name: "\(name), \(month.name)", row: id,
                    inSpan: row.span.contains(month), gap: gaps.contains(month),
                    isNow: month == now,
                    items: (row.items[month] ?? []).map { item($0, root: root) },
                    add: canEdit && month >= now
                        ? "\(root)/plan/forms/new-item?month=\(month)&initiative=\(id)" : nil)
            })
    }

    static func days(_ initiative: Initiative) -> String {
        let start = "\(initiative.startsOn.civilMonth.shortName) \(initiative.startsOn.year)"
        guard let end = initiative.endsOn else { return "since \(start)" }
        let first = initiative.startsOn
        if first.civilMonth == end.civilMonth { return "\(first.day)–\(end.words)" }
        if first.year == end.year {
            return "\(first.day) \(first.civilMonth.shortName) – \(end.words)"
        }
        return "\(first.words) – \(end.words)"
    }

    static func item(_ item: PlanItem, root: String) -> ItemView {
        ItemView(
            id: item.id.text, title: item.title, href: "\(root)/plan/items/\(item.id)",
            icon: item.state.icon, state: item.state.name)
    }
}

extension PlanItem.State {
    var icon: String {
        switch self {
        case .idea: "tabler-bulb"
        case .planned: "tabler-calendar-event"
        case .briefed: "tabler-clipboard-check"
        case .inWork: "tabler-progress"
        case .done: "tabler-circle-check"
        case .dropped: "tabler-circle-x"
        }
    }

    var chip: Chip {
        switch self {
        case .idea: Chip(name, .quiet, icon: icon)
        case .planned, .briefed: Chip(name, .info, icon: icon)
        case .inWork: Chip(name, .warn, icon: icon)
        case .done: Chip(name, .good, icon: icon)
        case .dropped: Chip(name, .quiet, icon: icon)
        }
    }
}

extension Initiative.State {
    /// The word people read.
    var name: String {
        switch self {
        case .planned: "Planned"
        case .running: "Running"
        case .done: "Done"
        case .dropped: "Dropped"
        }
    }

    var chip: Chip {
        switch self {
        case .planned: Chip(name, .info, icon: "tabler-calendar-event")
        case .running: Chip(name, .good, icon: "tabler-progress")
        case .done: Chip(name, .good, icon: "tabler-circle-check")
        case .dropped: Chip(name, .quiet, icon: "tabler-circle-x")
        }
    }
}
