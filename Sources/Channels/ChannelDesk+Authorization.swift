import Foundation
package import Kernel
import Networks
import People
import Store

extension ChannelDesk {
    private static let patience: Duration = .minutes(30)

    /// What has to be remembered while the browser is away at the network.
    private struct Memory: Codable {
        let connector: [String: String]
        let zone: Zone
        let importsHistory: Bool
    }

    /// Registers with the network's server and returns where to send the browser.
    ///
    /// `returnTo` is a path of this server; the browser ends there. Below `redirectURL` each sign-in
    /// has an address of its own, which is the one that is registered.
    package func beginAuthorization(
        _ plan: ConnectPlan, redirectURL: String, returnTo: String, person: PersonID,
        in workspace: WorkspaceID
    ) async throws -> String {
        guard let begin = connectors[plan.network]?.connecting?.begin else {
            throw ChannelError.notConnectable(plan.network)
        }
        let server = try ServerAddress.normal(plan.server)
        let isOurs = returnTo.hasPrefix("/") && !returnTo.hasPrefix("//")
        precondition(isOurs, "a sign-in returns to a page of this server")
        let state = surroundings.newSecret()
        // Some servers do not return the state; an address of its own says as much.
        let authorization = try await begin(server, "\(redirectURL)/\(state)", state)
        guard
            authorization.browserURL.hasPrefix("https://")
                || authorization.browserURL.hasPrefix("http://")
        else { throw ChannelError.server }
        let id: ID<Memory> = surroundings.newID()
        let memory = Memory(
            connector: authorization.memory, zone: plan.zone, importsHistory: plan.importsHistory)
        let sealed = try box.seal(try JSON.encode(memory), for: "authorization:\(id)")
        let now = surroundings.now()
        try await database.write { tx in
            if let channel = plan.reconnecting { _ = try load(channel, workspace, tx) }
            try tx.execute("DELETE FROM pending_authorization WHERE expires_at < \(now)")
            try tx.execute(
                """
                INSERT INTO pending_authorization (id, workspace_id, person_id, state_hash,
                    network, server, channel_id, return_to, sealed, expires_at)
                VALUES (\(id), \(workspace), \(person), \(Digest.of(state)),
                    \(plan.network.rawValue), \(server), \(plan.reconnecting), \(returnTo),
                    \(sealed), \(now + Self.patience))
                """)
        }
        return authorization.browserURL
    }

    /// Who an answer of a network belongs to, before the code is used.
    private struct Pending: Sendable {
        let workspace: WorkspaceID
        let plan: ConnectPlan
        let returnTo: String
        let memory: [String: String]
    }

    /// The workspace for which a person began the sign-in with this state.
    package func workspace(
        awaiting state: String, person: PersonID
    ) async throws -> WorkspaceID {
        let found = try await database.read { tx in
            try tx.scalar(
                WorkspaceID.self,
                """
                SELECT workspace_id FROM pending_authorization
                WHERE state_hash = \(Digest.of(state)) AND person_id = \(person)
                    AND expires_at >= \(surroundings.now())
                """)
        }
        guard let found else { throw ChannelError.authorizationSpent }
        return found
    }

    /// Finishes a sign-in with what the browser brought back; works once, for who began it.
    ///
    /// `issuer` is who the answer says it comes from (RFC 9207), where it says.
    package func finishAuthorization(
        state: String, code: String?, issuer: String? = nil, person: PersonID,
        by principal: Principal
    ) async throws -> (channel: Channel, returnTo: String) {
        let now = surroundings.now()
        let digest = Digest.of(state)
        let pending = try await database.write { tx in
            // Deleting first makes the state good for one answer only.
            let row = try tx.first(
                """
                DELETE FROM pending_authorization
                WHERE state_hash = \(digest) AND person_id = \(person) AND expires_at >= \(now)
                RETURNING *
                """)
            guard let row else { throw ChannelError.authorizationSpent }
            return try open(row)
        }
        guard let code, !code.isEmpty else { throw ChannelError.refusedThere }
        guard let finish = connectors[pending.plan.network]?.connecting?.finish else {
            throw ChannelError.notConnectable(pending.plan.network)
        }
        var memory = pending.memory
        memory["iss"] = issuer
        let account = try await finish(code, memory)
        let channel = try await keep(
            account, pending.plan, in: pending.workspace, by: principal)
        return (channel, pending.returnTo)
    }

    private func open(_ row: Row) throws -> Pending {
        let id: String = try row("id")
        let sealed: Data = try row("sealed")
        let memory = try JSON.decode(
            Memory.self, from: try box.open(sealed, for: "authorization:\(id)"))
        let network: String = try row("network")
        let plan = ConnectPlan(
            network: Network(rawValue: network) ?? .other, server: try row("server"),
            zone: memory.zone, importsHistory: memory.importsHistory,
            reconnecting: try row("channel_id"))
        return Pending(
            workspace: try row("workspace_id"), plan: plan, returnTo: try row("return_to"),
            memory: memory.connector)
    }
}
