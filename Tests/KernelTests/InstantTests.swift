import Foundation
import Kernel
import Testing

@Suite struct `An instant` {
    // Independent values: Python's datetime.
    @Test(arguments: [
        ("2026-11-23T09:00:00Z", 1_795_424_400_000), ("2026-11-23t09:00:00z", 1_795_424_400_000),
        ("2026-11-23T09:00:00.123+01:00", 1_795_420_800_123),
        ("2026-11-23T09:00:00.123999+0100", 1_795_420_800_123),
        ("1969-12-31T23:59:59.999Z", -1), ("2000-02-29T12:30:15.5-05:30", 951_847_215_500),
        ("2026-11-23T09:00Z", 1_795_424_400_000),
        ("2016-12-31T23:59:60Z", 1_483_228_799_000),
    ])
    func `reads timestamps`(text: String, milliseconds: Int64) {
        #expect(Instant(iso8601: text)?.milliseconds == milliseconds)
    }

    @Test(arguments: [
        "2026-11-23T09:00:00", "2026-11-23", "2026-11-23T25:00:00Z", "2026-02-30T00:00:00Z",
        "2026-11-23T09:00:00+1", "2026-11-23T09:00:00.Z", "tomorrow", "2026-11-23T09:00:00Z ",
        "2026-11-23T09:00:00+01:00Z",
    ])
    func `refuses timestamps without a zone or a sense`(text: String) {
        #expect(Instant(iso8601: text) == nil)
    }

    @Test(arguments: [
        (1_795_424_400_000, "2026-11-23T09:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
        (951_847_215_500, "2000-02-29T18:00:15.500Z"), (0, "1970-01-01T00:00:00.000Z"),
    ])
    func `writes timestamps`(milliseconds: Int64, text: String) {
        #expect(Instant(milliseconds: milliseconds).iso8601 == text)
    }

    @Test func `loses no millisecond on the way through text, JSON and dates`() throws {
        for step in Int64(0)..<2_000 {
            let instant = Instant(milliseconds: 1_795_420_800_000 + step * 7_919)
            #expect(Instant(iso8601: instant.iso8601) == instant)
            #expect(Instant(instant.date) == instant)
        }
        let instant = Instant(milliseconds: 1_795_420_800_123)
        #expect(try JSON.decode([Instant].self, from: try JSON.text([instant])) == [instant])
    }

    @Test func `adds and subtracts durations`() {
        let start = Instant(milliseconds: 10_000)
        #expect((start + .minutes(2)).milliseconds == 130_000)
        #expect((start - .hours(1)).milliseconds == -3_590_000)
        #expect(Instant(milliseconds: 1_500) - start == .milliseconds(-8_500))
        #expect(Duration.milliseconds(1_234).inSeconds == 1.234)
    }
}
