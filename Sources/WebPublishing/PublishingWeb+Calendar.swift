import Channels
import Engagement
import Foundation
import Kernel
import Networks
import People
import Publishing
import Web

/// The calendar: month, week or list, and what has no time yet.
struct CalendarView: Sendable {
    struct Entry: Sendable {
        let id: String
        let href: String
        let name: String
        let channel: String
        let icon: String
        let time: String
        let chip: Chip
        let tone: String
        let movable: Bool
        let local: String
        let zone: String
        let label: String
    }

    struct Day: Sendable {
        let date: String
        let number: Int
        let name: String
        let isToday: Bool
        let isOutside: Bool
        let isPast: Bool
        let entries: [Entry]
        let newHref: String?
        /// What a busy day does not show here: `and 12 more`, with the way to them.
        let more: String?
        let moreHref: String
    }

    struct Week: Sendable {
        let days: [Day]
    }

    let root: String
    let tabs: Tabs
    let title: String
    let zone: String
    let views: [RepliesView.Shelf]
    let previous: String
    let next: String
    let today: String
    let weekdays: [String]
    let weeks: [Week]
    let days: [Day]
    let isList: Bool
    let isWeek: Bool
    let tray: [Entry]
    let canMove: Bool
    let here: String
    let empty: EmptyState?
}

extension PublishingWeb {
    var calendarRoutes: [Route] {
        let move = Endpoint(
            .put, "\(Self.base)/publications/{publication}/due", id: "movePublication",
            "Moves a publication on the calendar; what is absent stays.", tag: Self.tag,
            access: .workspace(.publish)
        ) { (call: Call<MoveInput>) in
            let id = try call.id("publication", PublicationTag.self)
            let moved = try await posts.move(
                id, to: call.input.date, clock: try call.input.clock(),
                zone: call.input.zone ?? call.workspace.zone, in: call.workspace.workspace,
                by: call.principal)
            tell(call.request)
            return try Self.answer(id, moved.sheet)
        }
        let clear = Endpoint(
            .delete, "\(Self.base)/publications/{publication}/due", id: "clearPublicationDue",
            "Takes a publication off the calendar.", tag: Self.tag, access: .workspace(.publish)
        ) { (call: Call<Nothing>) in
            let id = try call.id("publication", PublicationTag.self)
            let workspace = call.workspace.workspace
            _ = try await posts.unschedule(
                try await posts.post(of: id, in: workspace), only: [id], in: workspace,
                by: call.principal)
            tell(call.request)
            return Nothing()
        }
        let giveBack = Endpoint(
            .post, "\(Self.base)/publications/{publication}/due-return", id: "returnPublication",
            "Takes a move back: the time it had, or none.", tag: Self.tag,
            access: .workspace(.publish),
            query: [QueryParameter("local", .localTime()), QueryParameter("zone", .zone())]
        ) { (call: Call<Nothing>) in
            try await returned(call.request)
        }
        let calendar = Endpoint(
            .get, "\(Self.base)/calendar", id: "getCalendar",
            "What is due or went out between two days.", tag: Self.tag, access: .workspace(.view),
            query: [QueryParameter("from", .date()), QueryParameter("to", .date())]
        ) { (call: Call<Nothing>) in
            let zone = call.workspace.zone
            let today = CivilDate(call.now, in: zone)
            let from = call.request.query["from"].flatMap { CivilDate($0) } ?? today
            let to = call.request.query["to"].flatMap { CivilDate($0) } ?? from.adding(days: 31)
            let lines = try await posts.calendar(
                from: zone.startOfDay(from), to: zone.startOfDay(to), in: call.workspace.workspace)
            return Listing(items: lines.map(PublicationLineAnswer.init))
        }
        return [
            move.route, clear.route, calendar.route, giveBack.route,
            giveBack.action("\(Self.page)/publications/{publication}/due-return") { _, _ in
                Reply(status: 204).toast("Back where it was.")
            },
            move.action("\(Self.page)/publications/{publication}/due", method: .put) {
                answer, request in moved(answer, request)
            },
            move.action("\(Self.page)/publications/{publication}/due") { answer, request in
                moved(answer, request)
            },
            clear.action("\(Self.page)/publications/{publication}/due", method: .delete) {
                _, request in Reply(status: 204).toast("Taken off the calendar.")
            },
            .page("\(Self.page)/calendar", .workspace(.view)) { try await calendarPage($0) },
        ]
    }

    private func returned(_ request: WebRequest) async throws -> PublicationAnswer {
        let id = try request.id("publication", PublicationTag.self)
        let workspace = request.workspace.workspace
        let post = try await posts.post(of: id, in: workspace)
        let zone = request.query["zone"].flatMap { Zone($0) } ?? request.workspace.zone
        let sheet: PostSheet
        if let local = request.query["local"].flatMap({ LocalTime($0) }) {
            sheet = try await posts.schedule(
                post, at: Due(local, in: zone), only: [id], in: workspace, by: request.principal)
        } else {
            sheet = try await posts.unschedule(
                post, only: [id], in: workspace, by: request.principal)
        }
        tell(request)
        return try Self.answer(id, sheet)
    }

    private static func answer(
        _ id: PublicationID, _ sheet: PostSheet
    ) throws -> PublicationAnswer {
        guard let side = sheet[id] else { throw PublishingError.noSuchPublication }
        return PublicationAnswer(side.publication)
    }

    private func moved(_ answer: PublicationAnswer, _ request: WebRequest) -> Reply {
        let words = answer.dueLocal.map { "Moved to \(Words.moment($0))." } ?? "Moved."
        return Reply(status: 204).toast(words)
    }

    private func calendarPage(_ request: WebRequest) async throws -> Reply {
        let view = try await calendarView(request)
        return try await frame.page(
            "publishing/calendar", view, title: "Calendar", section: .content,
            scripts: ["sortable.js", "calendar.js"], for: request)
    }

    private func calendarView(_ request: WebRequest) async throws -> CalendarView {
        let workspace = request.workspace
        let zone = workspace.zone
        let today = CivilDate(request.now, in: zone)
        let kind = request.query["view"] ?? "month"
        let anchor = request.query["date"].flatMap { CivilDate($0) } ?? today
        let span = CalendarSpan(kind, anchor)
        let found = try await posts.calendarDays(
            (0...span.dayCount).map { zone.startOfDay(span.first.adding(days: $0)) },
            most: span.mostOfDay, in: workspace.workspace)
        let tray = try await posts.unscheduled(in: workspace.workspace)
        let canMove = Web.Access.allows(.publish, request)
        let root = root(request)
        let days = found.enumerated().map { offset, day in
            let date = span.first.adding(days: offset)
            let hidden = day.count - day.lines.count
            return CalendarView.Day(
                date: date.description, number: date.day, name: Words.day(date),
                isToday: date == today,
                isOutside: span.kind == "month" && date.civilMonth != anchor.civilMonth,
                isPast: date < today,
                entries: day.lines.map { entry($0, zone, root, canMove) },
                newHref: canMove && date >= today ? "\(root)/posts/new?date=\(date)" : nil,
                more: hidden > 0 ? "and \(hidden) more" : nil,
                moreHref: "\(root)/calendar?view=day&date=\(date)")
        }
        let isList = span.kind == "list" || span.kind == "day"
        let isEmpty = found.allSatisfy { $0.count == 0 }
        return CalendarView(
            root: root,
            tabs: tabs(
                request, current: "calendar",
                unread: try await replies.unreadCount(in: workspace.workspace)),
            title: span.title, zone: zone.name, views: span.views(root),
            previous: "\(root)/calendar?view=\(span.kind)&date=\(span.previous)",
            next: "\(root)/calendar?view=\(span.kind)&date=\(span.next)",
            today: "\(root)/calendar?view=\(span.kind)",
            weekdays: (1...7).map(Words.weekday),
            weeks: isList
                ? []
                : stride(from: 0, to: days.count, by: 7).map {
                    CalendarView.Week(days: Array(days[$0..<min(days.count, $0 + 7)]))
                },
            days: isList ? days.filter { !$0.entries.isEmpty } : [], isList: isList,
            isWeek: span.kind == "week",
            tray: tray.map { entry($0, zone, root, canMove) }, canMove: canMove,
            here: "\(root)/calendar?view=\(span.kind)&date=\(anchor)",
            empty: isList && isEmpty
                ? EmptyState(
                    icon: "tabler-calendar",
                    title: span.kind == "day"
                        ? "Nothing on this day" : "Nothing in these four weeks",
                    text: "Give a post a time and it stands here.",
                    action: canMove ? .init("Write a post", href: root + "/posts/new") : nil)
                : nil)
    }

    private func entry(
        _ line: PublicationLine, _ zone: Zone, _ root: String, _ canMove: Bool
    ) -> CalendarView.Entry {
        let publication = line.publication
        let delivery = publication.delivery
        let moment = delivery.due?.at ?? publication.publishedAt
        let local = delivery.due?.local
        let chip = Words.chip(line)
        let time = moment.map { zone.localTime($0).clock } ?? ""
        return CalendarView.Entry(
            id: publication.id.text, href: "\(root)/posts/\(publication.post)", name: line.name,
            channel: line.channelName, icon: line.network.icon, time: time, chip: chip,
            tone: chip.tone,
            movable: canMove && delivery.isEditable && delivery.state != .refused
                && line.origin == .written,
            local: local?.description ?? "", zone: delivery.due?.zone.name ?? zone.name,
            label: "\(line.name), \(line.channelName), \(chip.text)"
                + (time.isEmpty ? "" : ", \(time)")
                + (line.warnings.first.map { ". \($0.message)" } ?? ""))
    }
}

/// The days that one view of the calendar shows.
struct CalendarSpan: Sendable {
    let kind: String
    let first: CivilDate
    /// The day after the last.
    let end: CivilDate
    let anchor: CivilDate

    init(_ kind: String, _ anchor: CivilDate) {
        self.anchor = anchor
        switch kind {
        case "week":
            self.kind = "week"
            first = anchor.startOfWeek
            end = first.adding(days: 7)
        case "day":
            self.kind = "day"
            first = anchor
            end = anchor.adding(days: 1)
        case "list":
            self.kind = "list"
            first = anchor
            end = anchor.adding(days: 28)
        default:
            self.kind = "month"
            first = anchor.civilMonth.firstDay.startOfWeek
            end = anchor.civilMonth.lastDay.startOfWeek.adding(days: 7)
        }
    }

    var dayCount: Int { end.daysSinceEpoch - first.daysSinceEpoch }

    /// How many entries a day shows before it says how many more there are.
    var mostOfDay: Int {
        switch kind {
        case "day": 500
        case "month": 8
        default: 20
        }
    }

    var title: String {
        switch kind {
        case "day": "\(Words.day(first)) \(first.year)"
        case "month": anchor.civilMonth.name
        case "week": "Week of \(Words.day(first)) \(first.year)"
        default: "Four weeks from \(Words.day(first))"
        }
    }

    var previous: CivilDate {
        switch kind {
        case "month": anchor.civilMonth.adding(months: -1).firstDay
        case "week": first.adding(days: -7)
        case "day": first.adding(days: -1)
        default: first.adding(days: -28)
        }
    }

    var next: CivilDate { kind == "month" ? anchor.civilMonth.adding(months: 1).firstDay : end }

    func views(_ root: String) -> [RepliesView.Shelf] {
        ["month", "week", "list"].map { name in
            RepliesView.Shelf(
                title: name.capitalized, href: "\(root)/calendar?view=\(name)&date=\(anchor)",
                current: name == kind ? "page" : nil)
        }
    }
}
