package import Kernel
import Store

/// How often the work is looked back on.
package enum ReviewCadence: String, Sendable, Codable, CaseIterable, SQLConvertible {
    case weekly
    case monthly
    case quarterly

    /// The word people read.
    package var name: String {
        switch self {
        case .weekly: "Week"
        case .monthly: "Month"
        case .quarterly: "Quarter"
        }
    }

    /// The time a review looks back on.
    package struct Period: Sendable, Hashable {
        package let startsOn: CivilDate
        /// The last day, included.
        package let endsOn: CivilDate

        package init(startsOn: CivilDate, endsOn: CivilDate) {
            self.startsOn = startsOn
            self.endsOn = endsOn
        }
    }

    /// The period of this cadence that holds `day`.
    package func period(holding day: CivilDate) -> Period {
        switch self {
        case .weekly:
            let monday = day.startOfWeek
            return Period(startsOn: monday, endsOn: monday.adding(days: 6))
        case .monthly:
            return Period(startsOn: day.civilMonth.firstDay, endsOn: day.civilMonth.lastDay)
        case .quarterly:
            let month = day.civilMonth
            let first = month.adding(months: -((month.month - 1) % 3))
            return Period(startsOn: first.firstDay, endsOn: first.adding(months: 2).lastDay)
        }
    }

    /// The last period that is over on `day`.
    package func lastCompleted(on day: CivilDate) -> Period {
        period(holding: period(holding: day).startsOn.adding(days: -1))
    }
}

extension ReviewCadence.Period {
    /// The first moment of the period in a zone.
    package func start(in zone: Zone) -> Instant { zone.startOfDay(startsOn) }
    /// The first moment after the period in a zone.
    package func end(in zone: Zone) -> Instant { zone.startOfDay(endsOn.adding(days: 1)) }

    /// Every month the period touches.
    package var months: [CivilMonth] {
        let count = endsOn.civilMonth.months(since: startsOn.civilMonth)
        return (0...count).map { startsOn.civilMonth.adding(months: $0) }
    }
}

/// When reviews open: at seven on the first local morning after their period.
package enum ReviewCycle {
    /// The hour of the day at which a review opens, so that it waits when people arrive.
    static let hour = 7

    /// The reviews that should have been opened by `now` in `zone`.
    ///
    /// A period that ended before the workspace began has nothing to look back on.
    package static func due(
        at now: Instant, zone: Zone, since: Instant, cadences: [ReviewCadence]
    ) -> [(cadence: ReviewCadence, period: ReviewCadence.Period)] {
        // Before seven the day still counts as the one before.
        let local = zone.localTime(now)
        let day = local.hour < hour ? local.date.adding(days: -1) : local.date
        let began = CivilDate(since, in: zone)
        return cadences.compactMap { cadence in
            let period = cadence.lastCompleted(on: day)
            return period.endsOn >= began ? (cadence, period) : nil
        }
    }

    /// The next moment at which a review of any cadence opens in `zone`.
    package static func next(
        after now: Instant, zone: Zone, cadences: [ReviewCadence]
    ) -> Instant? {
        let today = CivilDate(now, in: zone)
        return cadences.flatMap { cadence -> [Instant] in
            let current = cadence.period(holding: today)
            let following = cadence.period(holding: current.endsOn.adding(days: 1))
            return [current, following].compactMap { opening(of: $0, in: zone) }
        }.filter { $0 > now }.min()
    }

    /// Seven o'clock on a period's first day opens the review of the one before.
    private static func opening(of period: ReviewCadence.Period, in zone: Zone) -> Instant? {
        LocalTime(date: period.startsOn, hour: hour, minute: 0).map(zone.instant)
    }
}
