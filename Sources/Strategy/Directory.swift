package import Channels
package import Kernel
package import Networks
package import Store

/// The names of a workspace's members and channels, for sentences and lists of choices.
package struct Directory: Sendable {
    /// A member who may own things.
    package struct Person: Sendable, Hashable {
        package let id: MemberID
        package let name: String
        /// False for a member who has left; their name stays beside what they did.
        package let isActive: Bool
    }

    /// A channel that may carry things.
    package struct Place: Sendable, Hashable {
        package let id: ChannelID
        package let network: Network
        package let name: String
        package let handle: String
        package let isActive: Bool

        /// `Acme on Bluesky`, or the network alone where it says the same.
        package var title: String {
            name == network.name ? name : "\(name) on \(network.name)"
        }
    }

    package let people: [Person]
    package let places: [Place]

    /// Members who can be chosen as owners.
    package var members: [Person] { people.filter(\.isActive) }
    /// Channels that can be chosen.
    package var channels: [Place] { places.filter(\.isActive) }

    /// The name of a member; nil without one.
    package func name(of member: MemberID?) -> String? {
        people.first { $0.id == member }?.name
    }

    /// A channel by its identifier.
    package func channel(_ id: ChannelID?) -> Place? { places.first { $0.id == id } }

    /// Reads the names of a workspace.
    package static func load(
        _ workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws -> Directory {
        Directory(
            people: try tx.rows(
                """
                SELECT member.id AS id, person.name AS name, member.removed_at AS removed_at
                FROM member JOIN person ON person.id = member.person_id
                WHERE member.workspace_id = \(workspace) ORDER BY person.name, member.id
                """
            ).map { row in
                let removedAt: Instant? = try row("removed_at")
                return Person(
                    id: try row("id"), name: try row("name"), isActive: removedAt == nil)
            },
            places: try tx.rows(
                """
                SELECT id, network, name, handle, archived_at FROM channel
                WHERE workspace_id = \(workspace) ORDER BY created_at, id
                """
            ).map { row in
                let archivedAt: Instant? = try row("archived_at")
                let text: String = try row("network")
                return Place(
                    id: try row("id"), network: Network(rawValue: text) ?? .other,
                    name: try row("name"), handle: try row("handle"),
                    isActive: archivedAt == nil)
            })
    }
}

extension StrategyDesk {
    /// The names of a workspace's members and channels.
    package func directory(of workspace: WorkspaceID) async throws -> Directory {
        try await database.read { tx in try Directory.load(workspace, tx) }
    }
}
