import Channels
import Kernel
import Store
import Strategy

/// Names the rows of a table.
struct ResultsTitles: Sendable {
    let grain: ResultsGrain
    let workspace: WorkspaceID

    func fill(_ rows: inout [ResultsRow], _ tx: borrowing Transaction) throws {
        let ids = rows.map(\.id).filter { !$0.isEmpty }
        var titles: [String: (String, String)] = [:]
        if !ids.isEmpty {
            for row in try tx.rows(query(.list(ids))) {
                let detail: String? = try row("detail")
                titles[try row("id")] = (try row("title"), detail ?? "")
            }
        }
        for index in rows.indices {
            let id = rows[index].id
            let known = titles[id]
            rows[index].title = known?.0 ?? (id.isEmpty ? unplaced : "Removed")
            rows[index].detail = known?.1 ?? ""
        }
    }

    /// An empty row with the title of one thing of this workspace.
    func named(_ id: String, _ tx: borrowing Transaction) throws -> ResultsRow {
        guard !id.isEmpty else { return ResultsRow(id: id, title: unplaced) }
        guard let found = try tx.first(query(.list([id]))) else {
            throw Problem.notFound(grain.noun)
        }
        let detail: String? = try found("detail")
        return ResultsRow(id: id, title: try found("title"), detail: detail ?? "")
    }

    private var unplaced: String {
        switch grain {
        case .posts, .channels: "Links outside posts"
        case .initiatives: "Without an initiative"
        case .objectives: "Without an objective"
        case .goals: "Without a business goal"
        }
    }

    private func query(_ ids: SQL) -> SQL {
        switch grain {
        case .posts:
            """
            SELECT publication.id, CASE WHEN post.title = '' THEN SUBSTR(post.body, 1, 60)
                ELSE post.title END AS title, channel.name AS detail
            FROM publication JOIN post ON post.id = publication.post_id
            JOIN channel ON channel.id = publication.channel_id
            WHERE \(.unindexed("publication.workspace_id")) = \(workspace)
                AND publication.id IN \(ids)
            """
        case .channels:
            """
            SELECT id, name AS title, network AS detail FROM channel
            WHERE workspace_id = \(workspace) AND id IN \(ids)
            """
        case .initiatives:
            """
            SELECT id, title, kind AS detail FROM initiative
            WHERE workspace_id = \(workspace) AND id IN \(ids)
            """
        case .objectives:
            """
            SELECT id, title, kpi AS detail FROM objective
            WHERE workspace_id = \(workspace) AND id IN \(ids)
            """
        case .goals:
            """
            SELECT id, title, because AS detail FROM business_goal
            WHERE workspace_id = \(workspace) AND id IN \(ids)
            """
        }
    }
}
