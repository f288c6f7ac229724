import Foundation
import Kernel
import Store
import Synchronization
import TestSupport
import Testing

@testable import Safekeeping

/// Counts reports of progress down to one.
final class Counter: Sendable {
    private let left: Mutex<Int>

    init(_ count: Int) { left = Mutex(count) }

    /// True when the last one was counted.
    func countDown() -> Bool {
        left.withLock { left in
            left -= 1
            return left == 0
        }
    }
}

struct MoveTests {
    private func move(
        _ from: Database.Location, _ to: Database.Location, _ folder: String,
        progress: @escaping ProgressReport = { _ in }
    ) async throws -> Int64 {
        try await Move(
            from: from, to: to, folder: folder, schema: SampleWorld.new,
            surroundings: SampleWorld.surroundings, isBusy: SampleWorld.isBusy
        ).run(progress: progress)
    }

    private func hold(_ location: Database.Location) async throws -> Hold.Cause? {
        let database = try await Database.open(location)
        let row = try await database.read { tx in try InstanceRow.load(tx) }
        await database.close()
        return row?.hold?.cause
    }

    @Test func `everything goes to PostgreSQL and comes back, and only one place publishes`()
        async throws
    {
        try await SampleWorld.with(.sqlite) { source, folder in
            let before = try await SampleWorld.sums(source)
            try await SampleWorld.empty(.postgres) { target, _ in
                #expect(try await move(source, target, folder) == 4504)
                #expect(try await SampleWorld.sums(target) == before)
                #expect(try await SampleWorld.sums(source) == before)
                #expect(try await hold(source) == .moved)
                #expect(try await hold(target) == nil)
                // The same folder belongs to the new database at once.
                #expect(try await arrival(target, folder) == nil)
                // Back into the folder it came from: the old file makes room and stays.
                _ = try await move(target, source, folder)
                #expect(try await SampleWorld.sums(source) == before)
                #expect(try await hold(target) == .moved)
                #expect(try await hold(source) == nil)
                #expect(try await arrival(source, folder) == nil)
                let names = try FileManager.default.contentsOfDirectory(atPath: folder)
                #expect(names.contains { $0.hasPrefix("before-move-") })
            }
        }
    }

    @Test func `a move into another folder takes key, pictures and clicks along`() async throws {
        try await SampleWorld.with(.sqlite) { source, folder in
            try await SampleWorld.empty(.sqlite) { target, data in
                _ = try await move(source, target, folder)
                for name in [
                    "secret.key", PictureFiles.path(SampleWorld.pictureHash),
                    "spool/1800000000000-00ff.spool",
                ] {
                    #expect(
                        FileManager.default.contents(atPath: data + "/" + name)
                            == FileManager.default.contents(atPath: folder + "/" + name))
                }
                #expect(try await arrival(target, data) == nil)
                #expect(try await arrival(source, folder)?.cause == .moved)
            }
        }
    }

    /// What a program that starts there would find.
    private func arrival(_ location: Database.Location, _ folder: String) async throws -> Hold? {
        let database = try await Database.open(location)
        let desk = InstanceDesk(
            database: database, folder: folder, location: location, awayLimit: nil,
            surroundings: SampleWorld.surroundings)
        try await desk.arrive()
        await database.close()
        return desk.hold
    }

    @Test(arguments: Engine.allCases)
    func `a move that was cut off anywhere goes on at the right row`(to: Engine) async throws {
        for steps in [2, 4] {
            try await SampleWorld.with(.sqlite, leaves: 4100) { source, folder in
                let before = try await SampleWorld.sums(source)
                try await SampleWorld.empty(to) { target, _ in
                    let cut = CutOff(after: steps)
                    let first = await Result {
                        try await cut.run {
                            _ = try await move(source, target, folder, progress: $0)
                        }
                    }
                    #expect(try await hold(source) == .moved)
                    if case .failure = first { _ = try await move(source, target, folder) }
                    #expect(try await SampleWorld.sums(target) == before)
                }
            }
        }
    }

    @Test func `a database that was moved is not moved elsewhere, nor onto itself`() async throws {
        try await SampleWorld.with(.sqlite, leaves: 10) { source, folder in
            await #expect(throws: SafekeepingError.self) {
                _ = try await move(source, source, folder)
            }
            try await SampleWorld.empty(.sqlite) { target, _ in
                _ = try await move(source, target, folder)
                try await SampleWorld.empty(.sqlite) { other, _ in
                    await #expect {
                        _ = try await move(source, other, folder)
                    } throws: { error in
                        Problem.presenting(error).code == "safekeeping.moved"
                    }
                }
            }
        }
    }

    @Test func `PostgreSQL is not left while a worker beats there`() async throws {
        try await SampleWorld.with(.postgres, leaves: 10) { source, folder in
            let database = try await Database.open(source)
            try await database.write { tx in
                try tx.execute(
                    """
                    UPDATE worker_heartbeat SET beat_at = \(SampleWorld.clock.now)
                    WHERE worker = 'old'
                    """)
            }
            await database.close()
            try await SampleWorld.empty(.sqlite) { target, _ in
                await #expect {
                    _ = try await move(source, target, folder)
                } throws: { error in
                    Problem.presenting(error).code == "safekeeping.still-running"
                }
            }
        }
    }
}

extension Result where Failure == any Error, Success == Void {
    init(_ body: () async throws -> Void) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
