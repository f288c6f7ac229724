import Foundation
import Kernel
import Store
import TestSupport
import Testing

@testable import Safekeeping

struct ScheduleTests {
    private func at(_ text: String) -> Instant {
        Instant(iso8601: text) ?? Instant(milliseconds: 0)
    }

    @Test func `a planned moment is each day at its minute`() {
        let schedule = BackupSchedule(folder: "/b", minute: 180)
        #expect(schedule.last(before: at("2026-11-26T02:59:59Z")) == at("2026-11-25T03:00:00Z"))
        #expect(schedule.last(before: at("2026-11-26T03:00:00Z")) == at("2026-11-26T03:00:00Z"))
        #expect(schedule.next(after: at("2026-11-26T03:00:00Z")) == at("2026-11-27T03:00:00Z"))
    }

    @Test func `the last of each day and of each week is kept`() {
        let schedule = BackupSchedule(folder: "/b", daily: 3, weekly: 2)
        let moments = (0..<30).flatMap { day in
            [at("2026-11-01T03:00:00Z") + .days(day), at("2026-11-01T15:00:00Z") + .days(day)]
        }
        let kept = schedule.kept(moments).map(\.iso8601).sorted().map { $0.prefix(13) }
        // 30 November is a Monday; the 29th ends the week before.
        #expect(
            kept == ["2026-11-28T15", "2026-11-29T15", "2026-11-30T15"],
            "two weeks end with days that are kept already")
        let longer = BackupSchedule(folder: "/b", daily: 1, weekly: 3).kept(moments)
        #expect(
            longer.map(\.iso8601).sorted().map { $0.prefix(13) }
                == ["2026-11-22T15", "2026-11-29T15", "2026-11-30T15"])
        #expect(BackupSchedule(folder: "/b", daily: 0, weekly: 0).kept(moments).count == 1)
    }

    @Test func `names tell their moment, and other files are left alone`() {
        let moment = at("2026-11-26T03:04:05Z")
        #expect(BackupSchedule.name(moment) == "throughline-20261126-030405.tar")
        #expect(BackupSchedule.moment("throughline-20261126-030405.tar") == moment)
        for name in ["throughline-20261126-030405.tar.part", "notes.txt", "x-20261126-030405.tar"] {
            #expect(BackupSchedule.moment(name) == nil)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `each planned moment has one backup, whoever makes it, and it is restored in a drill`(
        engine: Engine
    ) async throws {
        try await SampleWorld.with(engine, leaves: 50) { location, folder in
            let database = try await Database.open(location)
            let clock = ManualClock(at("2026-11-26T04:00:00Z"))
            let backup = Backup(
                database: database, folder: folder, schema: SampleWorld.new, program: "test",
                surroundings: clock.surroundings(seed: engine == .sqlite ? 3 : 4),
                pictures: SampleWorld.pictures)
            let schedule = BackupSchedule(folder: folder + "/backups", daily: 2, weekly: 1)
            let desk = BackupDesk(backup, schedule: schedule)
            #expect(try await desk.drill() == nil)
            #expect(try await desk.makeDue())
            #expect(try await !desk.makeDue())
            for _ in 0..<4 {
                clock.advance(by: .days(1))
                #expect(try await desk.makeDue())
            }
            let names = try FileManager.default.contentsOfDirectory(atPath: folder + "/backups")
            #expect(names.count == 2, "\(names)")
            #expect(try await desk.trouble() == nil)
            #expect(try await desk.runs().count == 5)
            let drill = try await desk.drill()
            #expect(drill?.rows == 54)
            clock.advance(by: .days(3))
            #expect(try await desk.trouble()?.contains("No backup was made since") == true)
            await database.close()
        }
    }

    @Test func `a backup that fails says so until one succeeds`() async throws {
        try await SampleWorld.with(.sqlite, leaves: 10) { location, folder in
            let database = try await Database.open(location)
            let clock = ManualClock(at("2026-11-26T04:00:00Z"))
            let backup = Backup(
                database: database, folder: folder, schema: SampleWorld.new, program: "test",
                surroundings: clock.surroundings(seed: 3), pictures: SampleWorld.pictures)
            // A file stands where the folder should be.
            let place = folder + "/backups"
            try Data("x".utf8).write(to: URL(fileURLWithPath: place))
            let desk = BackupDesk(backup, schedule: BackupSchedule(folder: place))
            #expect(try await desk.makeDue())
            #expect(try await desk.trouble()?.contains("cannot be written") == true)
            try FileManager.default.removeItem(atPath: place)
            clock.advance(by: .minutes(1))
            #expect(try await desk.makeNow())
            #expect(try await desk.trouble() == nil)
            await database.close()
        }
    }
}
