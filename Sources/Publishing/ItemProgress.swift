package import Jobs
import Kernel
package import Planning
package import Store

/// Carries plan items forward as their posts move on: in work once one is scheduled, done once all
/// are published.
package struct ItemProgress: Sendable {
    private let database: Database
    private let plan: PlanDesk

    package init(database: Database, plan: PlanDesk) {
        self.database = database
        self.plan = plan
    }

    package func handlers() -> [JobHandler] {
        ["publishing.scheduled", "publishing.published"].map { event in
            JobHandler.on(event, name: "plan") { delivery, context in
                try await follow(delivery, context)
            }
        }
    }

    private func follow(_ delivery: EventDelivery, _ context: JobContext) async throws {
        let publication = String(delivery.subject.dropFirst("post:".count))
        let workspace = delivery.workspace
        try await database.write { tx in
            try context.complete(in: tx)
            let item = try tx.scalar(
                ItemID.self,
                """
                SELECT post.item_id FROM publication JOIN post ON post.id = publication.post_id
                WHERE publication.id = \(publication)
                    AND publication.workspace_id = \(workspace) AND post.item_id IS NOT NULL
                """)
            guard let item else { return }
            let isOpen = try tx.exists(
                """
                SELECT 1 FROM publication JOIN post ON post.id = publication.post_id
                WHERE post.workspace_id = \(workspace) AND post.item_id = \(item)
                    AND post.deleted_at IS NULL AND publication.state <> 'published'
                """)
            try plan.advance(
                item, to: isOpen ? .inWork : .done, in: workspace, by: .system("Publisher"), tx)
        }
    }
}
