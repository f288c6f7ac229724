import Kernel
import Reviews
import Testing

@Suite struct ReviewCycleTests {
    private func zone(_ name: String) throws -> Zone { try #require(Zone(name)) }
    private func instant(_ text: String) throws -> Instant { try #require(Instant(iso8601: text)) }

    @Test(arguments: [
        (ReviewCadence.weekly, "2026-11-23", "2026-11-16", "2026-11-22"),
        (.weekly, "2026-11-22", "2026-11-09", "2026-11-15"),
        (.monthly, "2026-11-23", "2026-10-01", "2026-10-31"),
        (.monthly, "2028-03-01", "2028-02-01", "2028-02-29"),
        (.quarterly, "2026-11-23", "2026-07-01", "2026-09-30"),
        (.quarterly, "2027-01-01", "2026-10-01", "2026-12-31"),
    ])
    func `looks back on the last period that is over`(
        cadence: ReviewCadence, day: String, first: String, last: String
    ) throws {
        let period = cadence.lastCompleted(on: try #require(CivilDate(day)))
        #expect(period.startsOn.description == first)
        #expect(period.endsOn.description == last)
    }

    @Test func `Monday seven o'clock comes first in Auckland, then Berlin, then Honolulu`() throws {
        let since = try instant("2026-01-01T00:00:00Z")
        // Monday 23 November 2026, 07:00 local, in UTC.
        for (name, opens) in [
            ("Pacific/Auckland", "2026-11-22T18:00:00Z"), ("Europe/Berlin", "2026-11-23T06:00:00Z"),
            ("Pacific/Honolulu", "2026-11-23T17:00:00Z"),
        ] {
            let zone = try zone(name)
            let moment = try instant(opens)
            let before = ReviewCycle.due(
                at: moment - .seconds(1), zone: zone, since: since, cadences: [.weekly])
            #expect(before.first?.period.startsOn.description == "2026-11-09")
            let after = ReviewCycle.due(
                at: moment, zone: zone, since: since, cadences: [.weekly])
            #expect(after.first?.period.startsOn.description == "2026-11-16")
            #expect(
                ReviewCycle.next(
                    after: moment - .seconds(1), zone: zone, cadences: [.weekly]) == moment)
        }
    }

    @Test func `clocks that change do not move the opening from seven`() throws {
        // 25 October 2026: Berlin goes from UTC+2 to UTC+1.
        let next = ReviewCycle.next(
            after: try instant("2026-10-24T12:00:00Z"), zone: try zone("Europe/Berlin"),
            cadences: [.weekly])
        #expect(next == (try instant("2026-10-26T06:00:00Z")))
    }

    @Test func `a new workspace is not asked about the time before it`() throws {
        let due = ReviewCycle.due(
            at: try instant("2026-11-23T12:00:00Z"), zone: try zone("Europe/Berlin"),
            since: try instant("2026-11-19T12:00:00Z"), cadences: ReviewCadence.allCases)
        #expect(due.map(\.cadence) == [.weekly])
    }
}
