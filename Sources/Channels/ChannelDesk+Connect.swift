import Foundation
import Jobs
package import Kernel
package import Networks
import People
import Store

extension ChannelDesk {
    /// How a person wants an account connected.
    package struct ConnectPlan: Sendable {
        package var network: Network
        package var server: String
        /// The zone the channel's times are shown in.
        package var zone: Zone
        /// Whether the account's past posts and their figures are brought in.
        package var importsHistory: Bool
        /// The channel that lost its connection, when this brings it back.
        package var reconnecting: ChannelID?
        /// What a new channel is called; nil for the account's own name.
        package var name: String?

        package init(
            network: Network, server: String, zone: Zone, importsHistory: Bool,
            reconnecting: ChannelID? = nil
        ) {
            self.network = network
            self.server = server
            self.zone = zone
            self.importsHistory = importsHistory
            self.reconnecting = reconnecting
        }
    }

    /// The address people mean when they leave the server out.
    package static func usualServer(of network: Network) -> String? {
        network == .bluesky ? "https://bsky.social" : nil
    }

    /// Connects with a handle and an app password.
    package func connect(
        _ plan: ConnectPlan, identifier: String, password: String, in workspace: WorkspaceID,
        by principal: Principal
    ) async throws -> Channel {
        guard let signIn = connectors[plan.network]?.connecting?.signIn else {
            throw ChannelError.notConnectable(plan.network)
        }
        let typed = ChannelText.trimmed(plan.server)
        let server =
            typed.isEmpty
            ? Self.usualServer(of: plan.network) ?? "" : try ServerAddress.normal(typed)
        let handle = ChannelText.handle(identifier)
        guard !handle.isEmpty else { throw ChannelError.handle }
        let secret = ChannelText.trimmed(password)
        guard !secret.isEmpty || plan.network == .practice else { throw ChannelError.password }
        let account = try await signIn(server, handle, secret)
        return try await keep(account, plan, in: workspace, by: principal)
    }

    /// Opens an account on the practice network and connects it, in one step.
    package func connectPractice(
        named name: String, zone: Zone, in workspace: WorkspaceID, by principal: Principal
    ) async throws -> Channel {
        let letters = name.lowercased().unicodeScalars.filter {
            (97...122).contains($0.value) || (48...57).contains($0.value)
        }
        let handle = String(String.UnicodeScalarView(letters)).prefix(24)
        var plan = ConnectPlan(
            network: .practice, server: "", zone: zone, importsHistory: true)
        plan.name = name
        return try await connect(
            plan, identifier: handle.isEmpty ? "workspace" : String(handle), password: "",
            in: workspace, by: principal)
    }

    /// Keeps a signed-in account as a new channel, or gives a known one its new credentials.
    func keep(
        _ account: Connecting.Account, _ plan: ConnectPlan, in workspace: WorkspaceID,
        by principal: Principal
    ) async throws -> Channel {
        let fresh: ChannelID = surroundings.newID()
        let (channel, before) = try await database.write { tx in
            let known = try tx.first(
                Channel.self,
                """
                SELECT * FROM channel WHERE workspace_id = \(workspace)
                    AND network = \(plan.network.rawValue) AND server = \(account.server)
                    AND account_id = \(account.accountID)
                """)
            var target = known?.id
            if let wanted = plan.reconnecting {
                let channel = try load(wanted, workspace, tx)
                // A channel that was published to by hand so far may become any account.
                guard channel.accountID == nil || channel.id == known?.id,
                    known == nil || known?.id == wanted
                else {
                    throw ChannelError.otherAccount(handle: account.handle)
                }
                target = wanted
            }
            let id = target ?? fresh
            let row = try tx.snapshot(Self.row(id))
            var before: SignIn?
            if let target {
                before = try signIn(of: target, workspace, tx)
                try reconnect(target, account, tx)
            } else {
                try insert(fresh, account, plan, workspace, tx)
            }
            let channel = try load(id, workspace, tx)
            let event = plan.importsHistory ? "channel.connected" : "channel.connected-only"
            try record(
                event, id, "Connected \(channel.name) on \(plan.network.name)",
                changes: try row.changes(in: tx), workspace, principal, tx)
            return (channel, before)
        }
        await end(before, replacedBy: account.credentials, in: workspace, by: principal)
        return channel
    }

    private func insert(
        _ id: ChannelID, _ account: Connecting.Account, _ plan: ConnectPlan,
        _ workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws {
        let name = ChannelText.trimmed(plan.name ?? account.displayName)
        let shown = name.isEmpty ? account.handle : name
        let sealed = try seal(account.credentials, id)
        let now = surroundings.now()
        try tx.execute(
            """
            INSERT INTO channel (id, workspace_id, network, name, handle, connection, server,
                account_id, sealed, credentials_expire_at, connected_at, checked_at, zone,
                created_at)
            VALUES (\(id), \(workspace), \(plan.network.rawValue), \(String(shown.prefix(120))),
                \(account.handle), \(Channel.Connection.connected), \(account.server),
                \(account.accountID), \(sealed), \(lasting(account.credentials)), \(now), \(now),
                \(plan.zone), \(now))
            """)
    }

    private func reconnect(
        _ id: ChannelID, _ account: Connecting.Account, _ tx: borrowing Transaction
    ) throws {
        let sealed = try seal(account.credentials, id)
        let now = surroundings.now()
        try tx.execute(
            """
            UPDATE channel SET connection = \(Channel.Connection.connected),
                handle = \(account.handle), server = \(account.server),
                account_id = \(account.accountID), sealed = \(sealed), trouble = NULL,
                credentials_expire_at = \(lasting(account.credentials)), connected_at = \(now),
                checked_at = \(now), archived_at = NULL
            WHERE id = \(id)
            """)
    }

    func seal(_ credentials: Credentials, _ id: ChannelID) throws -> Data {
        try box.seal(try JSON.encode(credentials), for: "channel:\(id)")
    }

    /// When the sign-in ends for good; nil while it can renew itself.
    func lasting(_ credentials: Credentials) -> Instant? {
        credentials.refreshToken == nil ? credentials.expiresAt : nil
    }
}
