package import Kernel
import Store

extension PostDesk {
    /// What the last looks before due times found, by publication; good ones included.
    package func preflights(
        of publications: [PublicationID], in workspace: WorkspaceID
    ) async throws -> [PublicationID: Preflight] {
        let found = try await database.read { tx in
            try tx.all(
                Preflight.self,
                """
                SELECT preflight.* FROM preflight
                JOIN publication ON publication.id = preflight.publication_id
                    AND publication.due_at = preflight.due_at
                    AND publication.state IN ('scheduled', 'preparing')
                WHERE preflight.workspace_id = \(workspace)
                    AND preflight.publication_id IN \(.list(publications))
                """)
        }
        return Dictionary(
            found.map { ($0.publication, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Scheduled posts that would not go out as things stand, the next due first.
    package func atRisk(in workspace: WorkspaceID) async throws -> [PublicationLine] {
        try await database.read { tx in
            try tx.all(
                PublicationLine.self,
                """
                \(PublicationLine.select) WHERE publication.id IN (
                    SELECT publication_id FROM preflight
                    WHERE workspace_id = \(workspace) AND NOT is_good)
                    AND preflight.findings IS NOT NULL
                    AND \(.unindexed("publication.workspace_id")) = \(workspace)
                ORDER BY \(.unindexed("publication.due_at")), publication.id LIMIT 200
                """)
        }
    }

    /// Looks again at what is scheduled of a post, now.
    package func lookAgain(
        at post: PostID, in workspace: WorkspaceID
    ) async throws {
        let (plan, now) = (plan, surroundings.now())
        try await database.write { tx in
            let sheet = try PostSheet.load(post, in: workspace, tx)
            let waiting = sheet.sides.map(\.publication).filter {
                [.scheduled, .preparing].contains($0.delivery.state)
                    && ($0.delivery.due.map { $0.at > now && $0.at - now <= Preflight.dayBefore }
                        ?? false)
            }
            for publication in waiting { try plan.enqueuePreflight(publication, at: now, tx) }
        }
    }
}

/// A trouble that keeps one or more scheduled posts from going out.
package struct PreflightTrouble: Sendable {
    package let finding: PreflightFinding
    /// The posts it concerns, the next due first.
    package let lines: [PublicationLine]

    /// One trouble for each thing that must be mended: a channel once, however many posts wait.
    package static func all(_ lines: [PublicationLine]) -> [PreflightTrouble] {
        var order: [String] = []
        var found: [String: (PreflightFinding, [PublicationLine])] = [:]
        for line in lines {
            for finding in line.warnings {
                let owner =
                    switch finding.mender {
                    case .author: line.publication.id.text
                    case .channels, .publishers: line.publication.channel.text
                    }
                let key =
                    finding.kind == .frozen
                    ? "frozen \(finding.message)"
                    : "\(owner) \(finding.kind.rawValue) \(finding.message)"
                if found[key] == nil { order.append(key) }
                found[key, default: (finding, [])].1.append(line)
            }
        }
        return order.compactMap { key in
            found[key].map { PreflightTrouble(finding: $0.0, lines: $0.1) }
        }
    }
}
