package import Kernel

/// When backups are made by themselves, where, and how many are kept.
package struct BackupSchedule: Sendable, Equatable {
    package var folder: String
    /// Minutes after midnight, UTC.
    package var minute: Int
    /// Days of which the last backup is kept.
    package var daily: Int
    /// Weeks (from Monday) of which the last backup is kept.
    package var weekly: Int

    package init(folder: String, minute: Int = 180, daily: Int = 7, weekly: Int = 4) {
        self.folder = folder
        self.minute = minute
        self.daily = daily
        self.weekly = weekly
    }

    private static let day: Int64 = 86_400_000

    /// The latest planned moment that is not after `now`.
    package func last(before now: Instant) -> Instant {
        let offset = Int64(minute) * 60_000
        let days = (now.milliseconds - offset).floorDivided(by: Self.day)
        return Instant(milliseconds: days * Self.day + offset)
    }

    /// The next planned moment after `now`.
    package func next(after now: Instant) -> Instant { last(before: now) + .days(1) }

    /// The longest that anything planned is kept; what was erased is in no backup after that.
    package var longestKept: Duration { .days(Int64(max(daily, weekly * 7) + 1)) }

    /// Which of the backups of these moments are kept.
    package func kept(_ moments: [Instant]) -> Set<Instant> {
        let sorted = moments.sorted(by: >)
        var kept = Set(sorted.prefix(1))
        keep(daily, sorted, &kept) { $0.milliseconds.floorDivided(by: Self.day) }
        // 1970-01-01 was a Thursday.
        keep(weekly, sorted, &kept) {
            ($0.milliseconds.floorDivided(by: Self.day) + 3).floorDivided(by: 7)
        }
        return kept
    }

    private func keep(
        _ count: Int, _ sorted: [Instant], _ kept: inout Set<Instant>, period: (Instant) -> Int64
    ) {
        var seen: Set<Int64> = []
        for moment in sorted {
            guard seen.count < count || seen.contains(period(moment)) else { return }
            if seen.insert(period(moment)).inserted { kept.insert(moment) }
        }
    }

    /// The file of a backup made at a moment: `throughline-20261126-030000.tar`.
    static func name(_ moment: Instant) -> String {
        let digits = moment.iso8601.filter(\.isNumber)
        return "throughline-\(digits.prefix(8))-\(digits.dropFirst(8).prefix(6)).tar"
    }

    /// The moment in a file's name; nil for files that are not ours.
    static func moment(_ name: String) -> Instant? {
        guard
            let match = name.wholeMatch(
                of: /throughline-(\d{4})(\d{2})(\d{2})-(\d{2})(\d{2})(\d{2})\.tar/)
        else { return nil }
        let (_, year, month, day, hour, minute, second) = match.output
        return Instant(iso8601: "\(year)-\(month)-\(day)T\(hour):\(minute):\(second)Z")
    }
}

extension Int64 {
    fileprivate func floorDivided(by divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }
}
