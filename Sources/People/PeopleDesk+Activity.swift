package import Jobs
package import Kernel
import Store

extension PeopleDesk {
    /// The most events that one file holds.
    package static let mostExported = 100_000

    /// What happened in a workspace, newest first.
    package func activity(
        _ filter: ActivityFilter, in workspace: WorkspaceID, _ page: PageRequest
    ) async throws -> Page<RecordedEvent> {
        try await database.read { tx in try events.list(filter, in: workspace, page, tx) }
    }

    /// Everything that a filter asks for, newest first, for a file.
    package func wholeActivity(
        _ filter: ActivityFilter, in workspace: WorkspaceID
    ) async throws -> [RecordedEvent] {
        let all = try await database.read { tx in
            try events.list(filter, in: workspace, most: Self.mostExported + 1, tx)
        }
        guard all.count <= Self.mostExported else {
            throw Problem(
                .tooLarge, code: "people.activity-too-long",
                "That is more than \(Self.mostExported) entries. Choose a shorter time.")
        }
        return all
    }

    /// The chain that the record of changes is sealed in.
    package var audit: AuditChain { AuditChain(database: database, surroundings: surroundings) }
}
