import Kernel
import Testing

@Suite struct `A civil date` {
    // Independent values: Python's datetime.
    @Test(arguments: [
        ("2026-11-23", 20_780, 1), ("2000-02-29", 11_016, 2), ("1969-12-31", -1, 3),
        ("2100-03-01", 47_541, 1), ("0001-01-01", -719_162, 1), ("9999-12-31", 2_932_896, 5),
    ])
    func `counts days and weekdays`(text: String, days: Int, weekday: Int) throws {
        let date = try #require(CivilDate(text))
        #expect(date.daysSinceEpoch == days)
        #expect(date.isoWeekday == weekday)
        #expect(date.description == text)
    }

    @Test(arguments: [
        "2026-02-29", "2026-13-01", "2026-00-10", "2026-04-31", "2026-1-123", "+026-01-01",
        "2026-+1-01", "2026-01-1", "20260101", "", "2026-01-01x", "２０２６-01-01",
    ])
    func `refuses what no calendar has`(text: String) {
        #expect(CivilDate(text) == nil)
    }

    @Test func `knows its week and its month`() throws {
        let date = try #require(CivilDate("2026-03-01"))
        #expect(date.startOfWeek.description == "2026-02-23")
        #expect(date.civilMonth.description == "2026-03")
        #expect(date.civilMonth.lastDay.description == "2026-03-31")
        #expect(date.adding(days: -1).description == "2026-02-28")
    }

    @Test func `keeps every day of four centuries in order`() throws {
        var date = try #require(CivilDate("1900-01-01"))
        for _ in 0..<146_097 {
            let next = date.adding(days: 1)
            #expect(next > date)
            #expect(CivilDate(next.description) == next)
            date = next
        }
        #expect(date.description == "2300-01-01")
    }
}

@Suite struct `A civil month` {
    @Test func `adds and counts months over years`() throws {
        let month = try #require(CivilMonth("2026-11"))
        #expect(month.adding(months: 2).description == "2027-01")
        #expect(month.adding(months: -11).description == "2025-12")
        #expect(month.adding(months: 14).months(since: month) == 14)
        #expect(month.name == "November 2026")
        #expect(month.shortName == "Nov")
        #expect(CivilMonth("2024-02")?.lastDay.day == 29)
        #expect(CivilMonth("2026-13") == nil)
    }

    /// The calendar goes to the month before and after whatever an address names.
    @Test func `has neighbours at the ends of what can be read`() throws {
        let (first, last) = (
            try #require(CivilMonth("0001-01")), try #require(CivilMonth("9999-12"))
        )
        #expect(last.lastDay.description == "9999-12-31")
        #expect(last.adding(months: 1).firstDay > last.lastDay)
        #expect(first.adding(months: -1).firstDay < first.firstDay)
        #expect(first.adding(months: -13).months(since: first) == -13)
        #expect(first.adding(months: -13).month == 12)
        #expect(first.adding(months: -13).adding(months: 13) == first)
    }
}

@Suite struct `A time zone` {
    // Independent values: Python's zoneinfo. On each line a wall-clock time and its UTC instant.
    @Test(arguments: [
        ("Europe/Berlin", "2026-03-29T01:59", "2026-03-29T00:59:00Z"),
        ("Europe/Berlin", "2026-03-29T03:00", "2026-03-29T01:00:00Z"),
        ("Europe/Berlin", "2026-10-25T01:59", "2026-10-24T23:59:00Z"),
        ("Europe/Berlin", "2026-10-25T03:00", "2026-10-25T02:00:00Z"),
        ("America/New_York", "2026-03-08T01:59", "2026-03-08T06:59:00Z"),
        ("America/New_York", "2026-11-01T02:00", "2026-11-01T07:00:00Z"),
        ("Asia/Kathmandu", "2026-06-01T12:00", "2026-06-01T06:15:00Z"),
    ])
    func `finds the instant of a clock on the wall`(
        zone: String, local: String, utc: String
    ) throws {
        let zone = try #require(Zone(zone))
        let local = try #require(LocalTime(local))
        let instant = try #require(Instant(iso8601: utc))
        #expect(zone.instant(local) == instant)
        #expect(zone.localTime(instant) == local)
    }

    @Test(arguments: [
        ("Europe/Berlin", "2026-03-29T02:30", "2026-03-29T01:30:00Z", "2026-03-29T03:30"),
        ("America/New_York", "2026-03-08T02:30", "2026-03-08T07:30:00Z", "2026-03-08T03:30"),
        ("Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:45:00Z", "2026-10-04T02:45"),
    ])
    func `moves a time that clocks skip to after the jump`(
        zone: String, local: String, utc: String, shown: String
    ) throws {
        let zone = try #require(Zone(zone))
        let instant = zone.instant(try #require(LocalTime(local)))
        #expect(instant == Instant(iso8601: utc))
        #expect(zone.localTime(instant).description == shown)
    }

    @Test(arguments: [
        ("Europe/Berlin", "2026-10-25T02:30", "2026-10-25T00:30:00Z"),
        ("America/New_York", "2026-11-01T01:30", "2026-11-01T05:30:00Z"),
    ])
    func `takes the first of a time that happens twice`(
        zone: String, local: String, utc: String
    ) throws {
        let zone = try #require(Zone(zone))
        let first = try #require(Instant(iso8601: utc))
        #expect(zone.instant(try #require(LocalTime(local))) == first)
        #expect(zone.localTime(first + .hours(1)).description == local)
    }

    @Test func `begins a day after midnight where midnight is skipped`() throws {
        let zone = try #require(Zone("America/Santiago"))
        let date = try #require(CivilDate("2026-09-06"))
        #expect(zone.startOfDay(date) == Instant(iso8601: "2026-09-06T04:00:00Z"))
    }

    @Test func `names its offset`() throws {
        let zone = try #require(Zone("America/St_Johns"))
        let winter = try #require(Instant(iso8601: "2026-01-15T12:00:00Z"))
        #expect(zone.offsetName(at: winter) == "UTC−03:30")
        #expect(Zone.utc.offsetName(at: winter) == "UTC+00:00")
    }

    @Test(arguments: ["Europe/Atlantis", "CET", "GMT+2", "", "../etc/passwd"])
    func `refuses names without rules of their own`(name: String) {
        #expect(Zone(name) == nil)
    }

    @Test(arguments: [
        "2026-11-23T24:00", "2026-11-23T9:05", "2026-11-23T+9:05", "2026-11-23 09:05",
    ])
    func `refuses a wall clock that shows nonsense`(text: String) {
        #expect(LocalTime(text) == nil)
    }
}
