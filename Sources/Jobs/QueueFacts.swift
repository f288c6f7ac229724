package import Kernel
package import Store

/// How the queue stands, over all workspaces.
package struct QueueFacts: Sendable, Hashable {
    /// Jobs of one kind in one state.
    package struct Count: Sendable, Hashable {
        package let kind: String
        package let state: Job.State
        package let count: Int
    }

    /// A process that runs jobs, and when it last said so.
    package struct Worker: Sendable, Hashable {
        package let name: String
        package let beatAt: Instant
    }

    /// Jobs that are not done.
    package let counts: [Count]
    /// Lanes in which a job runs.
    package let busyLanes: Int
    /// Lanes in which a job is due and none runs.
    package let waitingLanes: Int
    /// Since when the oldest job is due that has not begun.
    package let oldestDue: Instant?
    /// The same among deliveries of events: the age of the outbox.
    package let oldestEvent: Instant?
    package let workers: [Worker]

    /// Jobs in one state.
    package func count(_ state: Job.State) -> Int {
        counts.filter { $0.state == state }.reduce(0) { $0 + $1.count }
    }
}

extension JobQueue {
    /// How the queue stands now.
    package func facts(in tx: borrowing Transaction) throws -> QueueFacts {
        let now = surroundings.now()
        let counts = try tx.rows(
            """
            SELECT kind, state, COUNT(*) AS amount FROM job
            WHERE state IN ('waiting', 'leased', 'dead') GROUP BY kind, state ORDER BY kind, state
            """
        ).map { row in
            QueueFacts.Count(
                kind: try row("kind"), state: try row("state"), count: try row("amount"))
        }
        let busy = try tx.scalar(Int.self, "SELECT COUNT(*) FROM job WHERE state = 'leased'")
        let waiting = try tx.scalar(
            Int.self,
            """
            SELECT COUNT(DISTINCT lane) FROM job WHERE state = 'waiting' AND due_at <= \(now)
                AND NOT EXISTS (SELECT 1 FROM job AS busy
                    WHERE busy.lane = job.lane AND busy.state = 'leased')
            """)
        let oldest = try tx.scalar(
            Instant.self,
            "SELECT MIN(due_at) FROM job WHERE state = 'waiting' AND due_at <= \(now)")
        let event = try tx.scalar(
            Instant.self,
            """
            SELECT MIN(due_at) FROM job
            WHERE state = 'waiting' AND due_at <= \(now)
                AND (kind LIKE '%>%' OR kind = \(EventLog.spread.name))
            """)
        let workers = try tx.rows(
            "SELECT worker, beat_at FROM worker_heartbeat ORDER BY worker"
        ).map { row in
            QueueFacts.Worker(name: try row("worker"), beatAt: try row("beat_at"))
        }
        return QueueFacts(
            counts: counts, busyLanes: busy ?? 0, waitingLanes: waiting ?? 0, oldestDue: oldest,
            oldestEvent: event, workers: workers)
    }

    /// Forgets a job that failed for good.
    package func discard(_ id: JobID, in tx: borrowing Transaction) throws {
        let gone = try tx.execute("DELETE FROM job WHERE id = \(id) AND state = 'dead'")
        guard gone == 1 else { throw Problem.notFound("failed job") }
    }
}
