import Jobs
import Kernel
import Store

/// Jobs that failed for good, as the owner of the installation settles them.
///
/// They may belong to any workspace or to none, so what is done with them stands in the record of
/// the installation.
struct FailedJobs: Sendable {
    private let database: Database
    private let queue: JobQueue
    private let events: EventLog

    init(_ floor: Floor) {
        database = floor.database
        queue = floor.queue
        events = EventLog(queue: floor.queue)
    }

    /// The newest of them.
    func list() async throws -> [Job] {
        try await database.read { tx in
            try queue.list(.dead, workspace: nil, limit: 200, in: tx)
        }
    }

    /// Gives one a fresh set of attempts, now.
    func retry(_ id: JobID, by principal: Principal) async throws {
        try await database.write { tx in
            let before = try tx.snapshot(Self.row(id))
            try queue.requeue(id, in: tx)
            try record(
                "jobs.requeued", id, "Tried a failed job again", try before.changes(in: tx),
                by: principal, tx)
        }
    }

    /// Forgets one; what it was to do is not done.
    func forget(_ id: JobID, by principal: Principal) async throws {
        try await database.write { tx in
            let before = try tx.snapshot(Self.row(id))
            try queue.discard(id, in: tx)
            try record(
                "jobs.discarded", id, "Forgot a failed job", try before.changes(in: tx),
                by: principal, tx)
        }
    }

    /// A job's row for the record of changes, without what it carries.
    private static func row(_ id: JobID) -> SQL {
        "SELECT kind, lane, state, attempt, last_error FROM job WHERE id = \(id)"
    }

    private func record(
        _ name: String, _ id: JobID, _ summary: String, _ changes: [Change],
        by principal: Principal, _ tx: borrowing Transaction
    ) throws {
        let event = try Event(
            name, workspace: .installation, subject: "job:\(id)", summary: summary,
            changes: changes, by: principal)
        try events.record(event, in: tx)
    }
}
