package import Kernel
package import Networks
package import Outbound

extension Connector {
    /// Mastodon and every server that offers its API.
    package static func mastodon(
        outbound: OutboundClient, surroundings: Surroundings, pace: Double = 1
    ) -> Connector {
        let api = MastodonAPI(
            calls: NetworkCalls(
                network: .mastodon, outbound: outbound, surroundings: surroundings, pace: pace))
        return connector(
            api,
            Connecting(
                method: .authorization, begin: api.begin, finish: api.finish, end: api.end))
    }

    /// The practice network: the same API, spoken to the server inside this program.
    package static func practice(
        outbound: OutboundClient, surroundings: Surroundings, door: PracticeDoor
    ) -> Connector {
        let api = MastodonAPI(
            calls: NetworkCalls(
                network: .practice, outbound: outbound, surroundings: surroundings),
            fixedBase: door.base)
        let signIn:
            @Sendable (String, String, String) async throws(NetworkFailure)
                -> Connecting.Account = { _, handle, _ throws(NetworkFailure) in
                    let token: String
                    do {
                        token = try await door.openAccount(handle)
                    } catch {
                        throw NetworkFailure(
                            .unavailable, "The practice network could not open an account.")
                    }
                    return try await api.account("practice", token)
                }
        let end: @Sendable (Access) async throws(NetworkFailure) -> Void = {
            access throws(NetworkFailure) in
            do {
                try await door.endToken(access.credentials.accessToken)
            } catch {
                throw NetworkFailure(.unavailable, "The practice network could not end it.")
            }
        }
        return connector(api, Connecting(method: .appPassword, signIn: signIn, end: end))
    }

    private static func connector(_ api: MastodonAPI, _ connecting: Connecting) -> Connector {
        Connector(
            network: api.calls.network, connecting: connecting,
            publishing: Publishing(
                upload: api.upload, publish: api.publish, find: api.find, delete: api.delete,
                liveLimits: api.limits, recognise: api.recognise),
            inbox: Inbox(replies: api.replies),
            insights: Insights(figures: api.figures, followers: api.followers),
            history: History(page: api.history), standing: api.standing)
    }
}
