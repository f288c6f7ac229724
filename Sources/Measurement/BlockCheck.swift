package import Jobs
package import Kernel
package import Store

/// Looks each day whether blocks still say what their days say, and makes them anew where they do not.
///
/// While the nodes of an installation are upgraded one after the other, an older one adds to days alone.
package struct BlockCheck: Sendable {
    private struct Nothing: Codable, Sendable {}

    private static let kind = JobKind<Nothing>("measurement.block-check", lease: .minutes(10))
    private static let key = "measurement:block-check"
    /// An upgrade of all nodes is over by then.
    private static let youth = Duration.hours(1)

    private let database: Database
    private let surroundings: Surroundings

    package init(database: Database, surroundings: Surroundings) {
        self.database = database
        self.surroundings = surroundings
    }

    /// Starts the looking; starting it again makes the next look an early one.
    package func start(queue: JobQueue) async throws {
        try await database.write { tx in
            try queue.enqueue(
                Self.kind, Nothing(), workspace: nil, lane: Self.key,
                dueAt: surroundings.now() + Self.youth, key: Self.key, in: tx)
        }
    }

    package func handlers() -> [JobHandler] {
        [
            JobHandler(Self.kind) { _, context in
                try await check()
                try await database.write { tx in
                    try context.postpone(until: surroundings.now() + .days(1), in: tx)
                }
            }
        ]
    }

    /// Looks at every workspace and returns those whose blocks had to be made anew.
    @discardableResult
    package func check() async throws -> [WorkspaceID] {
        let workspaces = try await database.read { tx in
            try tx.rows("SELECT DISTINCT workspace_id FROM measured_place")
                .map { try $0("workspace_id", as: WorkspaceID.self) }
        }
        var mended: [WorkspaceID] = []
        for workspace in workspaces {
            let all = Self.all(of: workspace)
            let isExact = try await database.read { tx in
                try all.allSatisfy { sums, rows in
                    try !tx.exists(sums.difference(from: rows, "\(workspace)"))
                }
            }
            guard !isExact else { continue }
            try await database.write { tx in
                try tx.takeTurn("places:\(workspace)")
                for (sums, rows) in all {
                    try tx.execute(sums.clearingAll("\(workspace)"))
                    try tx.execute(sums.adding(rows))
                }
            }
            mended.append(workspace)
        }
        return mended
    }

    private static func all(of workspace: WorkspaceID) -> [(BlockSums, SQL)] {
        [
            (.places, BlockSums.rowsOfPlaces("workspace_id = \(workspace)")),
            (.posts, BlockSums.rowsOfPosts("workspace_id = \(workspace)")),
            (.credit, BlockSums.rowsOfCredit("earned.workspace_id = \(workspace)")),
        ]
    }
}
