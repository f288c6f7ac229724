import Foundation
import Jobs
import Kernel
import Measurement
import NIOPosix
import Nodes
import Publishing
import Store

/// How the installation stands at one moment, read from the database and the disk.
struct Vitals: Sendable {
    /// What takes room in the data folder.
    struct Folders: Sendable {
        let pictures: Int64
        let spool: Int64
        let backups: Int64
    }

    let at: Instant
    let queue: QueueFacts
    let nodes: [NodeStanding]
    let load: StoreLoad
    let spoolBacklog: Int64
    let day: Lateness
    let week: Lateness
}

/// Reads vitals, and neither the database nor the disk more often than is good for them.
struct VitalsReader: Sendable {
    private let vitals: Memo<Vitals>
    private let folders: Memo<Vitals.Folders>

    init(_ floor: Floor, ingest: SpoolIngest) {
        vitals = Memo(for: .seconds(3)) { try await Self.read(floor, ingest) }
        let folder = floor.settings.dataFolder
        folders = Memo(for: .seconds(60)) {
            try await NIOThreadPool.singleton.runIfActive {
                Vitals.Folders(
                    pictures: DiskFacts.size(of: folder + "/media"),
                    spool: DiskFacts.size(of: folder + "/spool"),
                    backups: DiskFacts.size(of: folder + "/backups"))
            }
        }
    }

    func now() async throws -> Vitals { try await vitals.value() }
    func sizes() async throws -> Vitals.Folders { try await folders.value() }

    private static func read(_ floor: Floor, _ ingest: SpoolIngest) async throws -> Vitals {
        let now = floor.surroundings.now()
        // What is being committed at this moment is counted the next time.
        let (mark, end) = (floor.metering.latenessMark, now - .seconds(2))
        let queue = floor.queue
        let surroundings = floor.surroundings
        let (facts, nodes, fresh, day, week) = try await floor.database.read { tx in
            (
                try queue.facts(in: tx), try NodeStanding.all(surroundings, tx),
                try Lateness.values(after: mark, upTo: max(mark, end), in: tx),
                Lateness(try Lateness.values(after: now - .days(1), upTo: now, in: tx)),
                Lateness(try Lateness.values(after: now - .days(7), upTo: now, in: tx))
            )
        }
        if end > mark { floor.metering.count(fresh, upTo: end) }
        return Vitals(
            at: now, queue: facts, nodes: nodes, load: try await floor.database.load(),
            spoolBacklog: try await ingest.backlog(), day: day, week: week)
    }
}
