package import Channels
package import Kernel
package import Planning
package import Store

/// Marks identifiers of freezes.
package enum FreezeTag {}
package typealias FreezeID = ID<FreezeTag>

/// A stop of everything that is due, for a workspace or a part of it, until people say go on.
package struct Freeze: Sendable, Hashable, RowReadable {
    /// What stands still.
    package enum Scope: Sendable, Hashable {
        case workspace
        case channel(ChannelID)
        case initiative(InitiativeID)
    }

    package let id: FreezeID
    package let workspace: WorkspaceID
    package let scope: Scope
    /// The name of the channel or initiative; nil for a whole workspace.
    package let name: String?
    package let reason: String
    package let beganAt: Instant
    package let beganBy: String
    package let liftedAt: Instant?
    package let liftedBy: String?

    package init(row: Row) throws {
        id = try row("id")
        workspace = try row("workspace_id")
        if let channel: ChannelID = try row("channel_id") {
            scope = .channel(channel)
        } else if let initiative: InitiativeID = try row("initiative_id") {
            scope = .initiative(initiative)
        } else {
            scope = .workspace
        }
        name = try row("scope_name")
        reason = try row("reason")
        beganAt = try row("began_at")
        beganBy = try row("began_by")
        liftedAt = try row("lifted_at")
        liftedBy = try row("lifted_by")
    }

    package var isOpen: Bool { liftedAt == nil }

    /// What stands still, in words: `Everything`, `Shop on Mastodon`, `Spring sale`.
    package var what: String { name ?? "Everything" }

    static let select: SQL = """
        SELECT publishing_freeze.*, COALESCE(channel.name, initiative.title) AS scope_name
        FROM publishing_freeze
        LEFT JOIN channel ON channel.id = publishing_freeze.channel_id
        LEFT JOIN initiative ON initiative.id = publishing_freeze.initiative_id
        """

    static func load(
        _ id: FreezeID, in workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws -> Freeze {
        let found = try tx.first(
            Freeze.self,
            """
            \(select) WHERE publishing_freeze.workspace_id = \(workspace)
                AND publishing_freeze.id = \(id)
            """)
        guard let found else { throw PublishingError.noSuchFreeze }
        return found
    }

    /// The open freeze that concerns a publication; asked where its intent is committed.
    static func holding(
        _ publication: Publication, _ tx: borrowing Transaction
    ) throws -> (id: FreezeID, reason: String)? {
        let row = try tx.first(
            """
            SELECT id, reason FROM publishing_freeze
            WHERE workspace_id = \(publication.workspace) AND lifted_at IS NULL
                AND (scope = 'workspace' OR channel_id = \(publication.channel)
                    OR initiative_id = (
                        SELECT item.initiative_id FROM post JOIN item ON item.id = post.item_id
                        WHERE post.id = \(publication.post)))
            ORDER BY began_at LIMIT 1
            """)
        return try row.map { (try $0("id"), try $0("reason")) }
    }
}

extension Freeze.Scope {
    var kind: String {
        switch self {
        case .workspace: "workspace"
        case .channel: "channel"
        case .initiative: "initiative"
        }
    }

    var channel: ChannelID? {
        if case .channel(let id) = self { id } else { nil }
    }

    var initiative: InitiativeID? {
        if case .initiative(let id) = self { id } else { nil }
    }

    func subject(_ workspace: WorkspaceID) -> String {
        switch self {
        case .workspace: "workspace:\(workspace)"
        case .channel(let id): "channel:\(id)"
        case .initiative(let id): "initiative:\(id)"
        }
    }

    /// Which publications are concerned.
    var condition: SQL {
        switch self {
        case .workspace: "TRUE"
        case .channel(let id): "publication.channel_id = \(id)"
        case .initiative(let id):
            """
            publication.post_id IN (
                SELECT inner_post.id FROM post AS inner_post
                JOIN item ON item.id = inner_post.item_id
                WHERE item.initiative_id = \(id))
            """
        }
    }
}
