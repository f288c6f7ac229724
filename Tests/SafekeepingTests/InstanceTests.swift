import Foundation
import Kernel
import Store
import TestSupport
import Testing

@testable import Safekeeping

struct InstanceTests {
    static let now = Instant(milliseconds: 1_800_000_000_000)

    private func row(place: String? = nil) -> InstanceRow {
        InstanceRow(id: "one", epoch: 40, place: place, beatAt: Self.now - .hours(4))
    }

    private func seen(_ change: (inout Sighting) -> Void = { _ in }) -> Sighting {
        var sighting = Sighting(
            file: .init(id: "one", machine: "m", inode: 5), epoch: 40, machine: "m")
        change(&sighting)
        return sighting
    }

    private func cause(_ sighting: Sighting, _ row: InstanceRow? = nil) -> Hold.Cause? {
        (row ?? self.row()).objection(to: sighting, awayLimit: .hours(72), at: Self.now)?.cause
    }

    @Test func `the same folder on the same machine publishes`() {
        #expect(cause(seen()) == nil)
        #expect(cause(seen { $0.machine = nil }) == nil)
    }

    @Test func `copies are told apart from what they were copied from`() {
        #expect(cause(seen { $0.isCopiedFile = true }) == .copied)
        #expect(cause(seen { $0.machine = "another" }) == .copied)
        #expect(cause(seen { $0.file = nil }) == .stranger)
        #expect(cause(seen { $0.file = .init(id: "two", machine: "m", inode: 5) }) == .stranger)
        #expect(cause(seen { $0.epoch = 41 }) == .rolledBack)
    }

    @Test func `a database on a server is known by its place there`() {
        let there = row(place: "7/5/2200")
        #expect(cause(seen { $0.place = "7/5/2200" }, there) == nil)
        #expect(cause(seen { $0.place = "8/5/2200" }, there) == .copied)
        // Another node brings a folder of its own, or a copy of one.
        let node = { (sighting: inout Sighting) in
            sighting.place = "7/5/2200"
            sighting.isLocal = false
        }
        #expect(
            cause(
                seen {
                    node(&$0); $0.file = nil
                }, there) == nil)
        #expect(
            cause(
                seen {
                    node(&$0); $0.machine = "another"
                }, there) == nil)
        #expect(
            cause(
                seen {
                    node(&$0); $0.epoch = 41
                }, there) == .rolledBack)
    }

    @Test func `after days of silence a person is asked`() {
        var silent = row()
        silent.beatAt = Self.now - .hours(73)
        #expect(cause(seen(), silent) == .away)
        #expect(silent.objection(to: seen(), awayLimit: nil, at: Self.now) == nil)
    }

    @Test(arguments: TestDatabase.engines)
    func `several that start at once in one folder are one installation`(
        engine: Engine
    ) async throws {
        for _ in 0..<20 {
            try await SampleWorld.with(engine, leaves: 10) { location, folder in
                let database = try await Database.open(location)
                try await withThrowingTaskGroup { group in
                    for _ in 0..<6 {
                        group.addTask {
                            let desk = InstanceDesk(
                                database: database, folder: folder, location: location,
                                awayLimit: nil, surroundings: SampleWorld.surroundings)
                            try await desk.arrive()
                            try await desk.beat()
                            #expect(desk.hold == nil)
                        }
                    }
                    try await group.waitForAll()
                }
                let row = try await database.read { tx in try InstanceRow.load(tx) }
                #expect(row?.hold == nil)
                let seen = InstanceFile(folder: folder).sight(place: row?.place, isLocal: true)
                #expect(seen.file?.id == row?.id && !seen.isCopiedFile)
                #expect(
                    try FileManager.default.contentsOfDirectory(atPath: folder)
                        .filter { $0.contains("next") } == [])
                await database.close()
            }
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `a start, a beat, a copy and a confirmation`(engine: Engine) async throws {
        try await SampleWorld.with(engine, leaves: 10) { location, folder in
            let database = try await Database.open(location)
            let desk = { (folder: String) in
                InstanceDesk(
                    database: database, folder: folder, location: location, awayLimit: nil,
                    surroundings: SampleWorld.surroundings)
            }
            let first = desk(folder)
            try await first.arrive()
            try await first.beat()
            #expect(first.hold == nil)
            // The folder is copied, as `cp -a` and rsync do.
            try await SampleWorld.folder { copy in
                for name in ["instance", "instance.epoch"] {
                    try FileManager.default.copyItem(
                        atPath: folder + "/" + name, toPath: copy + "/" + name)
                }
                let second = desk(copy)
                try await second.arrive()
                #expect(second.hold?.cause == .copied)
                #expect(try await database.read { tx in try second.isHeld(tx) })
                // The first one hears of it with its next beat, and in every transaction.
                #expect(try await database.read { tx in try first.isHeld(tx) })
                var ran = 0
                let confirmed = try await second.confirm(by: .system("Test")) { tx in
                    try tx.execute("UPDATE owner SET name = 'confirmed' WHERE id = 'o1'")
                }
                ran += confirmed ? 1 : 0
                #expect(ran == 1 && second.hold == nil)
                #expect(try await !second.confirm(by: .system("Test")) { _ in })
                let again = desk(copy)
                try await again.arrive()
                #expect(again.hold == nil)
            }
            await database.close()
        }
    }

    @Test func `a database from before it had an identity is an earlier state too`() async throws {
        try await SampleWorld.with(.sqlite, leaves: 10) { location, folder in
            let database = try await Database.open(location)
            let desk = {
                InstanceDesk(
                    database: database, folder: folder, location: location, awayLimit: nil,
                    surroundings: SampleWorld.surroundings, holdsData: { _ in true })
            }
            // The first start of a program that knows identities.
            let first = desk()
            try await first.arrive()
            #expect(first.hold == nil)
            try await database.write { tx in try tx.execute("DELETE FROM instance") }
            let second = desk()
            try await second.arrive()
            #expect(second.hold?.cause == .rolledBack)
            await database.close()
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `a database that was put back to an earlier state sends nothing`(
        engine: Engine
    ) async throws {
        try await SampleWorld.with(engine, leaves: 10) { location, folder in
            let database = try await Database.open(location)
            let desk = InstanceDesk(
                database: database, folder: folder, location: location, awayLimit: nil,
                surroundings: SampleWorld.surroundings)
            try await desk.arrive()
            let earlier = try await database.read { tx in try InstanceRow.load(tx) }
            for _ in 0..<3 { try await desk.beat() }
            try await database.write { tx in try earlier?.save(tx) }
            #expect(try await database.read { tx in try desk.isHeld(tx) })
            try await desk.beat()
            #expect(desk.hold?.cause == .rolledBack)
            let next = InstanceDesk(
                database: database, folder: folder, location: location, awayLimit: nil,
                surroundings: SampleWorld.surroundings)
            try await next.arrive()
            #expect(next.hold?.cause == .rolledBack)
            await database.close()
        }
    }
}
