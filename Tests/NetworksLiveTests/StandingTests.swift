import Kernel
import Networks
import Outbound
import Synchronization
import Testing

@testable import NetworksLive

struct StandingTests {
    static let scopes: [([String], [String])] = [
        (["read", "write"], []),
        (["read", "write:statuses", "write:media"], []),
        (["read", "write:statuses"], ["write:media"]),
        (["read"], ["write:statuses", "write:media"]),
    ]

    @Test(arguments: scopes)
    func `tells which rights are missing`(scopes: [String], missing: [String]) {
        #expect(MastodonAPI.missing(from: scopes) == missing)
    }

    private func ask(
        _ server: ScriptedServer, _ network: Network = .mastodon
    ) async throws -> Result<AccountStanding, NetworkFailure> {
        let kept = Mutex<Result<AccountStanding, NetworkFailure>?>(nil)
        try await server.run { client, origin in
            let surroundings = ManualClock(Instant(milliseconds: 1_795_435_200_000))
                .surroundings(seed: 1)
            let connector: Connector =
                network == .mastodon
                ? .mastodon(outbound: client, surroundings: surroundings)
                : .bluesky(outbound: client, surroundings: surroundings)
            let standing = try #require(connector.standing)
            let access = Access(
                network: network, server: origin, accountID: "7", handle: "ana",
                credentials: Credentials(accessToken: "secret"))
            let outcome: Result<AccountStanding, NetworkFailure>
            do throws(NetworkFailure) {
                outcome = .success(try await standing(access))
            } catch {
                outcome = .failure(error)
            }
            kept.withLock { $0 = outcome }
        }
        return try #require(kept.withLock { $0 })
    }

    @Test func `reads a Mastodon account's standing and the scopes of its token`() async throws {
        let good = try await ask(
            ScriptedServer([
                "GET /api/v1/accounts/verify_credentials": [.init(body: "{\"id\":\"7\"}")],
                "GET /api/v1/apps/verify_credentials": [
                    .init(body: "{\"name\":\"Throughline\",\"scopes\":[\"read\",\"write:media\"]}")
                ],
            ]))
        #expect(try good.get() == AccountStanding(missingRights: ["write:statuses"]))
    }

    @Test func `concludes nothing from a server that tells no scopes`() async throws {
        let old = try await ask(
            ScriptedServer([
                "GET /api/v1/accounts/verify_credentials": [
                    .init(body: "{\"id\":\"7\",\"suspended\":true}")
                ]
            ]))
        #expect(
            try old.get() == AccountStanding(restriction: "Mastodon has suspended this account."))
    }

    @Test func `a refused token is a lost sign-in`() async throws {
        let lost = try await ask(
            ScriptedServer([
                "GET /api/v1/accounts/verify_credentials": [.init(status: 401, body: "{}")]
            ]))
        #expect(throws: NetworkFailure.self) { try lost.get() }
        guard case .failure(let failure) = lost else { return }
        #expect(failure.kind == .authorizationExpired)
    }

    @Test func `reads whether a Bluesky account is active`() async throws {
        let path = "GET /xrpc/com.atproto.server.getSession"
        let good = try await ask(
            ScriptedServer([path: [.init(body: "{\"did\":\"did:plc:a\",\"active\":true}")]]),
            .bluesky)
        #expect(try good.get() == AccountStanding())
        let down = try await ask(
            ScriptedServer([
                path: [.init(body: "{\"did\":\"d\",\"active\":false,\"status\":\"takendown\"}")]
            ]), .bluesky)
        #expect(
            try down.get() == AccountStanding(restriction: "Bluesky has taken this account down."))
    }
}
