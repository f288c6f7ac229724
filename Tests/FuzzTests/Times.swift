import Foundation
import Kernel
import Safekeeping

extension FuzzTarget {
    /// Days, months, wall clocks, moments and zones with their summer times.
    static let times = FuzzTarget(name: "times") { bytes in
        let text = String(decoding: bytes, as: UTF8.self)
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).prefix(8) {
            let words = String(line)
            try checkDay(words)
            try checkMonth(words, bytes)
            try checkMoment(words)
            for zone in zones {
                guard let local = LocalTime(words) else { break }
                try checkWall(local, zone)
            }
            if let zone = Zone(words) { try same(Zone(zone.name), zone, "a zone read again") }
        }
        try checkClock(bytes)
    }

    private static let zones: [Zone] = [
        "Europe/Berlin", "Europe/Dublin", "America/New_York", "America/Sao_Paulo",
        "America/Havana", "America/St_Johns", "Australia/Lord_Howe", "Pacific/Apia",
        "Pacific/Chatham", "Asia/Kathmandu", "Africa/Casablanca", "Antarctica/Troll", "UTC",
    ].compactMap { Zone($0) }

    private static func checkDay(_ text: String) throws {
        guard let day = CivilDate(text) else { return }
        try same(day.description, text, "a day written again")
        try same(CivilDate(year: day.year, month: day.month, day: day.day), day, "a day by parts")
        let next = day.adding(days: 1)
        try hold(next > day, "the day after \(day)")
        try same(next.adding(days: -1), day, "a day forth and back")
        try same(next.daysSinceEpoch, day.daysSinceEpoch + 1, "a day's number")
        try hold((1...7).contains(day.isoWeekday), "a weekday")
        try same(day.startOfWeek.isoWeekday, 1, "the beginning of a week")
        try hold(day.startOfWeek <= day && day < day.startOfWeek.adding(days: 7), "a week")
        try hold(day.civilMonth.firstDay <= day && day <= day.civilMonth.lastDay, "a month")
    }

    /// Months next to one that is read exist, also at the ends of what is read.
    private static func checkMonth(_ text: String, _ bytes: [UInt8]) throws {
        guard let month = CivilMonth(text) else { return }
        try same(month.description, text, "a month written again")
        try same(month.firstDay.civilMonth, month, "the month of its first day")
        try same(month.lastDay.civilMonth, month, "the month of its last day")
        let next = month.adding(months: 1)
        try same(month.lastDay.adding(days: 1), next.firstDay, "the month after \(month)")
        let steps = Int(bytes.last ?? 0) - 128
        let other = month.adding(months: steps)
        try same(other.months(since: month), steps, "\(steps) months")
        try same(other.adding(months: -steps), month, "months forth and back")
        try hold(!other.name.isEmpty && other.lastDay >= other.firstDay, "a month's name")
    }

    private static func checkMoment(_ text: String) throws {
        guard let moment = Instant(iso8601: text) else { return }
        let written = moment.iso8601
        if (1...9999).contains(CivilDate(moment, in: .utc).year) {
            try same(Instant(iso8601: written), moment, "a moment written and read")
        }
        try same(Instant(moment.date), moment, "a moment as a date")
        let plan = BackupSchedule(folder: "f", minute: text.utf8.count * 37 % 1440)
        let last = plan.last(before: moment)
        try hold(last <= moment && plan.next(after: moment) > moment, "a planned moment")
        try same(plan.last(before: last), last, "the last planned moment")
        try hold(plan.kept([last, moment]).contains(moment), "the latest backup is not kept")
    }

    /// A wall clock that shows a time does so at the moment that is told; a time that is skipped
    /// becomes a later one.
    private static func checkWall(_ local: LocalTime, _ zone: Zone) throws {
        try same(LocalTime(local.description), local, "a local time written and read")
        // Before, clocks went by the sun, to the second.
        guard (1950...2200).contains(local.date.year) else { return }
        let moment = zone.instant(local)
        let shown = zone.localTime(moment)
        try hold(shown >= local, "\(local) became \(shown) in \(zone)")
        try hold(shown <= after(local, minutes: 24 * 60), "\(local) became \(shown) in \(zone)")
        if shown != local {
            // Skipped: a minute before the jump the clock shows less, and nothing lies between.
            try same(zone.instant(shown), moment, "the moment of \(shown) in \(zone)")
        }
        let start = zone.startOfDay(local.date)
        try hold(zone.localTime(start).date >= local.date, "\(local.date) begins early in \(zone)")
        try hold(
            zone.localTime(start - .minutes(1)).date < local.date,
            "\(local.date) begins late in \(zone)")
    }

    private static func after(_ local: LocalTime, minutes: Int) -> LocalTime {
        let all = local.hour * 60 + local.minute + minutes
        let date = local.date.adding(days: all / 1440)
        return LocalTime(date: date, hour: all % 1440 / 60, minute: all % 60) ?? local
    }

    /// Any moment, given by its number: what the clock shows then leads back to it, or to the
    /// first of the two moments at which it shows that.
    private static func checkClock(_ bytes: [UInt8]) throws {
        var number: UInt64 = 0
        for byte in bytes.prefix(8) { number = number << 8 | UInt64(byte) }
        // 1950 to 2200.
        let span: UInt64 = 7_889_400_000_000
        let moment = Instant(milliseconds: Int64(number % span) - 631_152_000_000)
        for zone in zones {
            let local = zone.localTime(moment)
            let back = zone.instant(local)
            try same(zone.localTime(back), local, "what a clock in \(zone) shows")
            try hold(back <= moment, "\(local) in \(zone) is later than itself")
            // An hour or two, or the whole day that an island lived twice.
            try hold(moment - back <= .hours(25), "\(local) in \(zone) is another")
            try hold(zone.offsetName(at: moment).hasPrefix("UTC"), "an offset")
        }
    }
}
