package import Channels
import Jobs
package import Kernel
package import Networks
import People
package import PracticeNetwork
package import Publishing
import Store

/// What a rehearsal of faults needs of the program besides its pages.
extension Program {
    package var posts: PostDesk { desks.posts }
    package var pictures: PictureStore { desks.pictures }
    package var practice: PracticeDesk { desks.practice }

    /// Connects an account whose token is known, without asking the network.
    package func connectKnown(
        _ account: Connecting.Account, on network: Network, zone: Zone,
        in workspace: WorkspaceID, by principal: Principal
    ) async throws -> Channel {
        let connecting = Connecting(method: .appPassword, signIn: { _, _, _ in account })
        let desk = ChannelDesk(
            database: database, events: EventLog(queue: floor.queue),
            surroundings: floor.surroundings,
            connectors: Connectors([Connector(network: network, connecting: connecting)]),
            box: floor.box)
        var plan = ChannelDesk.ConnectPlan(
            network: network, server: account.server, zone: zone, importsHistory: false)
        plan.name = account.displayName
        return try await desk.connect(
            plan, identifier: account.handle, password: account.credentials.accessToken,
            in: workspace, by: principal)
    }

    /// What the engine finds wrong with its own files and references; empty when all is well.
    package func integrityFindings() async throws -> [String] {
        try await database.read { tx in try tx.integrityFindings() }
    }

    /// How many publications stand where, over all workspaces.
    package func deliveryCounts() async throws -> [String: Int] {
        try await database.read { tx in
            var counts: [String: Int] = [:]
            for row in try tx.rows(
                "SELECT state, COUNT(*) AS amount FROM publication GROUP BY state")
            {
                counts[try row("state")] = try row("amount")
            }
            return counts
        }
    }

    /// Text and state of every publication, for comparison with what a network has taken.
    package func deliveries() async throws -> [(text: String, state: String, parts: Int)] {
        try await database.read { tx in
            try tx.rows(
                """
                SELECT post.body, publication.state, publication.part_count FROM publication
                JOIN post ON post.id = publication.post_id ORDER BY publication.id
                """
            ).map { row in (try row("body"), try row("state"), try row("part_count")) }
        }
    }
}
