import Foundation
import Kernel
import Synchronization
import TestSupport
import Testing

@testable import Measurement

/// A disk in memory that takes no more than it is told and syncs when it is told.
private final class PaperDisk: Sendable {
    struct State {
        var files: [[UInt8]] = []
        var removed = 0
        var room = Int.max
        var syncs = true
        var opens = true
    }

    let state = Mutex(State())

    var disk: SpoolDisk {
        var disk = SpoolDisk()
        disk.open = { _ in
            self.state.withLock { state in
                guard state.opens else { return -1 }
                state.files.append([])
                return Int32(state.files.count - 1)
            }
        }
        disk.write = { file, bytes in
            self.state.withLock { state in
                let count = min(bytes.count, state.room)
                guard count > 0 else { return -1 }
                state.room -= count
                state.files[Int(file)] += bytes.prefix(count)
                return count
            }
        }
        disk.sync = { _ in self.state.withLock(\.syncs) }
        disk.close = { _ in }
        disk.remove = { _ in self.state.withLock { $0.removed += 1 } }
        return disk
    }

    func set(_ change: @Sendable (inout State) -> Void) { state.withLock { change(&$0) } }

    var records: [[UInt8]] {
        state.withLock(\.files).flatMap { SpoolFrame.records(in: $0).payloads }
            .filter { !$0.isEmpty }
    }
}

@Suite struct `A spool on a disk that fails` {
    private func with(
        _ body: (Spool, PaperDisk) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("spool-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let paper = PaperDisk()
        let clock = ManualClock(Instant(milliseconds: 1000))
        let spool = try Spool(
            folder: folder, surroundings: clock.surroundings(seed: 1), disk: paper.disk,
            pause: 0.01)
        try await body(spool, paper)
        spool.close()
    }

    @Test func `says of each record whether it was kept while a disk fills up`() async throws {
        try await with { spool, paper in
            #expect(await spool.append([1]))
            // Room for one record and a half: each takes eight bytes more than it is long.
            paper.set { $0.room = 13 }
            #expect(await spool.append([2]))
            #expect(await spool.append([3]) == false)
            #expect(await spool.append([4]) == false)
            #expect(spool.health.fault == .write && spool.health.lost == 2)
            paper.set { $0.room = .max }
            #expect(await spool.append([5]))
            #expect(spool.health.fault == nil && spool.health.lost == 2)
            #expect(paper.records == [[1], [2], [5]])
            // An outage leaves a torn file and the one that waits for room, not one for each try.
            #expect(paper.state.withLock(\.files).count == 2)
        }
    }

    @Test func `is well again by itself when there is room`() async throws {
        try await with { spool, paper in
            paper.set { $0.opens = false }
            #expect(await spool.append([1]) == false)
            paper.set { $0.opens = true }
            while spool.health.fault != nil { await Task.yield() }
            #expect(paper.records.isEmpty)
            #expect(await spool.append([2]))
            #expect(paper.records == [[2]])
        }
    }

    @Test func `a record is not acknowledged when its sync fails`() async throws {
        try await with { spool, paper in
            paper.set { $0.syncs = false }
            // Answered before the disk was asked, as long as nothing speaks against it.
            #expect(await spool.append([1]))
            while spool.health.fault == nil { await Task.yield() }
            #expect(spool.health.fault == .sync && spool.health.doubtful == 1)
            #expect(await spool.append([2]) == false)
            #expect(spool.health.lost == 1)
            #expect(paper.state.withLock(\.removed) > 0, "what was refused must not be counted")
            paper.set { $0.syncs = true }
            while spool.health.fault != nil { await Task.yield() }
            #expect(await spool.append([3]))
            #expect(spool.health.lost == 1 && spool.health.doubtful == 1)
        }
    }

    @Test func `the state follows writes and syncs`() {
        var health = SpoolHealth()
        health.wrote(kept: 3, lost: 0, isWhole: true)
        #expect(health.hasUnsynced && !health.isCareful)
        health.synced()
        #expect(health == SpoolHealth())
        health.wrote(kept: 1, lost: 2, isWhole: false)
        #expect(health.fault == .write && health.lost == 2 && health.isCareful)
        health.failedToSync(lost: 1)
        #expect(health.fault == .sync && health.doubtful == 1 && health.lost == 3)
        health.overflowed()
        health.synced()
        #expect(health.fault == nil && health.lost == 4 && !health.hasUnsynced)
    }
}
