import Channels
import Foundation
import Jobs
import Kernel
import Networks
import People
import Store
import Synchronization
import TestSupport
import Testing

/// A network that answers as told.
private final class ScriptedNetwork: Sendable {
    let accountID = Mutex("did:plc:ana")
    let isExpired = Mutex(false)
    /// Tokens whose sign-in was ended; nothing can be ended while it is away.
    let ended = Mutex<[String]>([])
    let isAway = Mutex(false)
    /// What the network for app passwords gives next.
    let token = Mutex("canary-access")
    /// Whether our installation is held back.
    let isHeld = Mutex(false)

    var connectors: Connectors {
        let account = { @Sendable (server: String, handle: String, secret: String) in
            Connecting.Account(
                server: server, accountID: self.accountID.withLock { $0 }, handle: handle,
                displayName: "Ana’s Roastery",
                credentials: Credentials(
                    accessToken: secret, refreshToken: "canary-refresh-\(secret)"))
        }
        let end: @Sendable (Access) async throws(NetworkFailure) -> Void = {
            access throws(NetworkFailure) in
            if self.isAway.withLock({ $0 }) {
                throw NetworkFailure(.unavailable, "Nobody answers.")
            }
            self.ended.withLock { $0.append(access.credentials.accessToken) }
        }
        let insights = Insights(
            figures: { _, _ in PostFigures() },
            followers: { access throws(NetworkFailure) in
                if self.isExpired.withLock({ $0 }) {
                    throw NetworkFailure(.authorizationExpired, "The app password was revoked.")
                }
                return 12
            })
        return Connectors([
            Connector(
                network: .bluesky,
                connecting: Connecting(
                    method: .appPassword,
                    signIn: { server, identifier, password throws(NetworkFailure) in
                        guard password.hasPrefix("app-pass") else {
                            throw NetworkFailure(.notPermitted, "Wrong app password.")
                        }
                        var account = account(
                            server, identifier, self.token.withLock { $0 })
                        account.credentials.extra["password"] = password
                        return account
                    }, end: end, outlasting: "app password"), insights: insights),
            Connector(
                network: .mastodon,
                connecting: Connecting(
                    method: .authorization,
                    begin: { server, redirect, state throws(NetworkFailure) in
                        Connecting.Authorization(
                            browserURL: "\(server)/oauth/authorize?state=\(state)",
                            memory: ["server": server, "redirect": redirect])
                    },
                    finish: { code, memory throws(NetworkFailure) in
                        account(memory["server"] ?? "", "ana", "canary-\(code)")
                    },
                    end: end)),
        ])
    }
}

struct ChannelDeskTests {
    private struct World {
        let database: Database
        let clock: ManualClock
        let desk: ChannelDesk
        let network: ScriptedNetwork
        let workspace: WorkspaceID
        let owner: Person

        func plan(_ network: Network, _ server: String = "", _ again: ChannelID? = nil)
            -> ChannelDesk.ConnectPlan
        {
            .init(
                network: network, server: server, zone: .utc, importsHistory: true,
                reconnecting: again)
        }

        /// Connects a Mastodon account, whose token then ends with `code`.
        func connected(_ code: String) async throws -> ChannelID {
            let address = try await desk.beginAuthorization(
                plan(.mastodon, "mastodon.example"), redirectURL: "https://us.example",
                returnTo: "/", person: owner.id, in: workspace)
            return try await desk.finishAuthorization(
                state: String(address.split(separator: "=").last ?? ""), code: code,
                person: owner.id, by: owner.principal
            ).channel.id
        }

        /// What the channel's activity says last.
        func said(of id: ChannelID) async throws -> String? {
            try await desk.activity(of: id, in: workspace).first?.summary
        }

        /// Makes the database refuse every such row from now on.
        func refuse(_ change: String, of table: String, where condition: String) async throws {
            let statement =
                switch database.engine {
                case .sqlite:
                    """
                    CREATE TRIGGER refused BEFORE \(change) ON \(table) WHEN NEW.\(condition)
                    BEGIN SELECT RAISE(ABORT, 'refused'); END
                    """
                case .postgres: "ALTER TABLE \(table) ADD CHECK (NOT (\(condition)))"
                }
            try await database.write { tx in _ = try tx.execute(SQL(raw: statement)) }
        }
    }

    private func with(_ engine: Engine, _ body: (World) async throws -> Void) async throws {
        let migrations =
            JobsSchema.migrations + PeopleSchema.migrations + ChannelsSchema.migrations
        try await TestDatabase.with(engine, migrations) { database in
            let clock = ManualClock(Instant(milliseconds: 1_800_000_000_000))
            let surroundings = clock.surroundings(seed: 3)
            let events = EventLog(queue: JobQueue(surroundings: surroundings))
            let people = PeopleDesk(
                database: database, events: events, surroundings: surroundings,
                passwords: Passwords(surroundings: surroundings, cost: .cheap))
            let owner = try await people.addPerson(
                name: "Ana Sol", email: "ana@example.org", password: nil)
            let workspace = try await people.createWorkspace(
                .init(name: "Roastery", zone: .utc, currency: .euro), owner: owner.id,
                by: owner.principal)
            let network = ScriptedNetwork()
            let desk = ChannelDesk(
                database: database, events: events, surroundings: surroundings,
                connectors: network.connectors,
                box: try SecretBox(key: Array(1...32), surroundings: surroundings),
                isHeld: { network.isHeld.withLock { $0 } })
            try await body(
                World(
                    database: database, clock: clock, desk: desk, network: network,
                    workspace: workspace.id, owner: owner))
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `connects with an app password and keeps it sealed`(engine: Engine) async throws {
        try await with(engine) { world in
            let channel = try await world.desk.connect(
                world.plan(.bluesky), identifier: "@ana.bsky.social", password: " app-pass ",
                in: world.workspace, by: world.owner.principal)
            #expect(channel.status == .connected)
            #expect(channel.name == "Ana’s Roastery")
            #expect(channel.handle == "ana.bsky.social")
            #expect(channel.server == "https://bsky.social")
            let access = try #require(
                try await world.desk.access(to: channel.id, in: world.workspace))
            #expect(access.credentials.accessToken == "canary-access")
            let sealed = try await world.database.read { tx in
                try tx.scalar(Data.self, "SELECT sealed FROM channel")
            }
            #expect(try #require(sealed).range(of: Data("canary".utf8)) == nil)
            var fresh = access.credentials
            fresh.accessToken = "renewed"
            try await access.saveCredentials(fresh)
            #expect(
                try await world.desk.access(to: channel.id, in: world.workspace)?.credentials
                    .accessToken == "renewed")
            let stranger: WorkspaceID = Surroundings.live.newID()
            #expect(try await world.desk.access(to: channel.id, in: stranger) == nil)
            await #expect(throws: ChannelError.noSuchChannel) {
                try await world.desk.channel(channel.id, in: stranger)
            }
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `brings one account back instead of adding it twice`(engine: Engine) async throws {
        try await with(engine) { world in
            let connect = { (again: ChannelID?) in
                try await world.desk.connect(
                    world.plan(.bluesky, "", again), identifier: "ana.bsky.social",
                    password: "app-pass", in: world.workspace, by: world.owner.principal)
            }
            let first = try await connect(nil)
            let failure = NetworkFailure(.authorizationExpired, "The app password was revoked.")
            try await world.desk.noteRefusal(failure, of: first.id, in: world.workspace)
            let lost = try await world.desk.channel(first.id, in: world.workspace)
            #expect(lost.status == .needsReconnect)
            #expect(lost.trouble == "The app password was revoked.")
            let again = try await connect(nil)
            #expect(again.id == first.id)
            #expect(again.status == .connected)
            world.network.accountID.withLock { $0 = "did:plc:other" }
            await #expect(throws: ChannelError.otherAccount(handle: "ana.bsky.social")) {
                _ = try await connect(first.id)
            }
            #expect(try await world.desk.channels(in: world.workspace).count == 1)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `what was under way with an old sign-in leaves the new one alone`(
        engine: Engine
    ) async throws {
        try await with(engine) { world in
            let connect = {
                try await world.desk.connect(
                    world.plan(.bluesky), identifier: "ana.bsky.social", password: "app-pass",
                    in: world.workspace, by: world.owner.principal)
            }
            let channel = try await connect()
            let old = try #require(
                try await world.desk.access(to: channel.id, in: world.workspace))
            world.clock.advance(by: .seconds(1))
            _ = try await connect()
            var late = old.credentials
            late.accessToken = "renewed too late"
            try await old.saveCredentials(late)
            let now = try await world.desk.access(to: channel.id, in: world.workspace)
            #expect(now?.credentials.accessToken == "canary-access")
            let failure = NetworkFailure(.authorizationExpired, "The app password was revoked.")
            try await world.desk.noteRefusal(
                failure, of: channel.id, in: world.workspace, since: old.connectedAt)
            #expect(
                try await world.desk.channel(channel.id, in: world.workspace).status == .connected)
            try await world.desk.noteRefusal(
                failure, of: channel.id, in: world.workspace, since: now?.connectedAt)
            #expect(
                try await world.desk.channel(channel.id, in: world.workspace).status
                    == .needsReconnect)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `connects through the browser, once and for who began it`(engine: Engine) async throws {
        try await with(engine) { world in
            let begin = {
                try await world.desk.beginAuthorization(
                    world.plan(.mastodon, "@ana@mastodon.example"),
                    redirectURL: "https://us.example/channels/callback",
                    returnTo: "/w/roastery", person: world.owner.id, in: world.workspace)
            }
            let address = try await begin()
            #expect(address.hasPrefix("https://mastodon.example/oauth/authorize?state="))
            let state = String(address.split(separator: "=").last ?? "")
            let stranger: PersonID = Surroundings.live.newID()
            await #expect(throws: ChannelError.authorizationSpent) {
                try await world.desk.finishAuthorization(
                    state: state, code: "c", person: stranger, by: world.owner.principal)
            }
            let (channel, returnTo) = try await world.desk.finishAuthorization(
                state: state, code: "c", person: world.owner.id, by: world.owner.principal)
            #expect(returnTo == "/w/roastery")
            #expect(channel.server == "https://mastodon.example")
            await #expect(throws: ChannelError.authorizationSpent) {
                try await world.desk.finishAuthorization(
                    state: state, code: "c", person: world.owner.id, by: world.owner.principal)
            }
            let late = try await begin()
            world.clock.advance(by: .minutes(31))
            await #expect(throws: ChannelError.authorizationSpent) {
                try await world.desk.finishAuthorization(
                    state: String(late.split(separator: "=").last ?? ""), code: "c",
                    person: world.owner.id, by: world.owner.principal)
            }
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `pauses, disconnects and archives`(engine: Engine) async throws {
        try await with(engine) { world in
            let by = world.owner.principal
            let channel = try await world.desk.connect(
                world.plan(.bluesky), identifier: "ana", password: "app-pass",
                in: world.workspace, by: by)
            let paused = try await world.desk.setPaused(
                true, channel.id, in: world.workspace, by: by)
            #expect(paused.status == .paused)
            _ = try await world.desk.setPaused(false, channel.id, in: world.workspace, by: by)
            world.network.isExpired.withLock { $0 = true }
            #expect(
                try await world.desk.check(channel.id, in: world.workspace).status
                    == .needsReconnect)
            let loose = try await world.desk.disconnect(channel.id, in: world.workspace, by: by)
            #expect(loose.status == .unconnected)
            #expect(try await world.desk.access(to: channel.id, in: world.workspace) == nil)
            await #expect(throws: ChannelError.byHandOnly) {
                try await world.desk.disconnect(channel.id, in: world.workspace, by: by)
            }
            try await world.desk.archive(channel.id, in: world.workspace, by: by)
            #expect(try await world.desk.channels(in: world.workspace).isEmpty)
            let back = try await world.desk.connect(
                world.plan(.bluesky), identifier: "ana", password: "app-pass",
                in: world.workspace, by: by)
            #expect(back.id == channel.id)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `ends a sign-in over there too, and says when it could not`(engine: Engine) async throws {
        try await with(engine) { world in
            let (desk, network, by) = (world.desk, world.network, world.owner.principal)
            let id = try await world.connected("one")
            _ = try await desk.disconnect(id, in: world.workspace, by: by)
            #expect(network.ended.withLock { $0 } == ["canary-one"])
            #expect(try await world.said(of: id) == "Disconnected Ana’s Roastery")
            _ = try await world.connected("two")
            try await desk.archive(id, in: world.workspace, by: by)
            #expect(network.ended.withLock { $0 } == ["canary-one", "canary-two"])
            // Whoever wants to be rid of it is, whether or not the network can be reached.
            _ = try await world.connected("three")
            network.isAway.withLock { $0 = true }
            let loose = try await desk.disconnect(id, in: world.workspace, by: by)
            #expect(loose.status == .unconnected)
            let name = "The sign-in of Ana’s Roastery"
            #expect(try await world.said(of: id) == name + " could not be ended: end it over there")
            network.isAway.withLock { $0 = false }
            // A copy may share its sign-ins with the installation that publishes.
            _ = try await world.connected("four")
            network.isHeld.withLock { $0 = true }
            _ = try await desk.disconnect(id, in: world.workspace, by: by)
            #expect(
                try await world.said(of: id) == name
                    + " was not ended, because this server is held back: "
                    + "end it over there, unless another server uses it")
            #expect(network.ended.withLock { $0.count } == 2)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `ends the earlier sign-in once a new one took its place`(engine: Engine) async throws {
        try await with(engine) { world in
            let (desk, network) = (world.desk, world.network)
            let id = try await world.connected("one")
            #expect(try await world.connected("two") == id)
            #expect(network.ended.withLock { $0 } == ["canary-one"])
            #expect(try await world.said(of: id) == "Connected Ana’s Roastery on Mastodon")
            #expect(
                try await desk.access(to: id, in: world.workspace)?.credentials.accessToken
                    == "canary-two")
            // A server that gives the same token once more must not be told to end it.
            _ = try await world.connected("two")
            #expect(network.ended.withLock { $0 } == ["canary-one"])
            #expect(try await world.said(of: id) == "Connected Ana’s Roastery on Mastodon")
            let name = "The earlier sign-in of Ana’s Roastery"
            network.isAway.withLock { $0 = true }
            _ = try await world.connected("three")
            #expect(try await world.said(of: id) == name + " could not be ended: end it over there")
            network.isAway.withLock { $0 = false }
            network.isHeld.withLock { $0 = true }
            _ = try await world.connected("four")
            #expect(
                try await world.said(of: id) == name + " was not ended, because this server is "
                    + "held back: end it over there, unless another server uses it")
            #expect(network.ended.withLock { $0 } == ["canary-one"])
            // Another account's sign-in takes no place, and ends nothing.
            network.isHeld.withLock { $0 = false }
            network.accountID.withLock { $0 = "did:plc:other" }
            #expect(try await world.connected("five") != id)
            #expect(network.ended.withLock { $0 } == ["canary-one"])
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `says which app password outlasts the sign-in`(engine: Engine) async throws {
        try await with(engine) { world in
            let (desk, network, by) = (world.desk, world.network, world.owner.principal)
            func connect(_ token: String, _ password: String) async throws -> ChannelID {
                network.token.withLock { $0 = token }
                return try await desk.connect(
                    world.plan(.bluesky), identifier: "ana.bsky.social", password: password,
                    in: world.workspace, by: by
                ).id
            }
            let id = try await connect("one", "app-pass")
            let name = "The earlier sign-in of Ana’s Roastery"
            // The same app password is in use: whoever ended it would end the new sign-in.
            _ = try await connect("two", "app-pass")
            #expect(try await world.said(of: id) == "Connected Ana’s Roastery on Bluesky")
            network.isAway.withLock { $0 = true }
            _ = try await connect("three", "app-pass")
            #expect(try await world.said(of: id) == name + " could not be ended")
            network.isAway.withLock { $0 = false }
            _ = try await connect("four", "app-pass-2")
            #expect(
                try await world.said(of: id) == name + " has ended. Its app password may still be "
                    + "good: end it over there")
            _ = try await desk.disconnect(id, in: world.workspace, by: by)
            #expect(
                try await world.said(of: id) == "The sign-in of Ana’s Roastery has ended. Its app "
                    + "password may still be good: end it over there")
            #expect(network.ended.withLock { $0 } == ["one", "three", "four"])
            network.isHeld.withLock { $0 = true }
            _ = try await connect("five", "app-pass-2")
            try await desk.archive(id, in: world.workspace, by: by)
            let back = try await connect("six", "app-pass-2")
            #expect(back == id)
            #expect(try await world.said(of: id) == "Connected Ana’s Roastery on Bluesky")
            _ = try await desk.disconnect(id, in: world.workspace, by: by)
            #expect(
                try await world.said(of: id) == "The sign-in of Ana’s Roastery was not ended, "
                    + "because this server is held back: end its app password over there, unless "
                    + "another server uses it")
            #expect(network.ended.withLock { $0.count } == 3)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `ends nothing over there that it could not forget here`(engine: Engine) async throws {
        try await with(engine) { world in
            let (desk, network, by) = (world.desk, world.network, world.owner.principal)
            let id = try await world.connected("one")
            try await world.refuse("UPDATE", of: "channel", where: "connection = 'unconnected'")
            await #expect(throws: StoreError.self) {
                try await desk.disconnect(id, in: world.workspace, by: by)
            }
            await #expect(throws: StoreError.self) {
                try await desk.archive(id, in: world.workspace, by: by)
            }
            #expect(network.ended.withLock { $0.isEmpty })
            #expect(
                try await desk.access(to: id, in: world.workspace)?.credentials.accessToken
                    == "canary-one")
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `loses only the remark when that cannot be written`(engine: Engine) async throws {
        try await with(engine) { world in
            let (desk, network, by) = (world.desk, world.network, world.owner.principal)
            let id = try await world.connected("one")
            try await world.refuse("INSERT", of: "event", where: "name = 'channel.sign-in-left'")
            network.isAway.withLock { $0 = true }
            let loose = try await desk.disconnect(id, in: world.workspace, by: by)
            #expect(loose.status == .unconnected)
            #expect(try await world.said(of: id) == "Disconnected Ana’s Roastery")
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `adds places that are published to by hand`(engine: Engine) async throws {
        try await with(engine) { world in
            let zone = try #require(Zone("Europe/Berlin"))
            let channel = try await world.desk.add(
                .linkedin, plan: .init(name: "Company page", zone: zone, language: "de"),
                handle: "@roastery", profileURL: "https://linkedin.example/roastery",
                in: world.workspace, by: world.owner.principal)
            #expect(channel.status == .unconnected)
            #expect(channel.handle == "roastery")
            let changed = try await world.desk.change(
                channel.id, to: .init(name: "Page", zone: .utc, visibility: .unlisted),
                in: world.workspace, by: world.owner.principal)
            #expect(changed.visibility == .unlisted)
            #expect(changed.language == nil)
            #expect(
                try await world.desk.activity(of: channel.id, in: world.workspace).map(\.name)
                    == ["channel.changed", "channel.added"])
            await #expect(throws: ChannelError.profile) {
                try await world.desk.add(
                    .linkedin, plan: .init(name: "P", zone: .utc), handle: "",
                    profileURL: "javascript:alert(1)", in: world.workspace,
                    by: world.owner.principal)
            }
        }
    }
}

struct ServerAddressTests {
    @Test(arguments: [
        ("mastodon.social", "https://mastodon.social"),
        (" https://Mastodon.Social/home ", "https://mastodon.social"),
        ("@ana@mastodon.social", "https://mastodon.social"),
        ("http://127.0.0.1:3000/", "http://127.0.0.1:3000"),
        ("http://localhost:3000", "http://localhost:3000"),
    ])
    func `reads a server as people write it`(text: String, expected: String) throws {
        #expect(try ServerAddress.normal(text) == expected)
    }

    @Test(arguments: [
        "", "mastodon", "ftp://x.example", "a b.example", "x.example:99999", "..", "https://",
    ])
    func `refuses what is no server`(text: String) {
        #expect(throws: ChannelError.server) { try ServerAddress.normal(text) }
    }
}
