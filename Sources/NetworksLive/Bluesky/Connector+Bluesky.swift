package import Kernel
package import Networks
package import Outbound

extension Connector {
    /// Bluesky and every other PDS of the AT Protocol.
    package static func bluesky(
        outbound: OutboundClient, surroundings: Surroundings
    ) -> Connector {
        let api = BlueskyAPI(
            calls: NetworkCalls(
                network: .bluesky, outbound: outbound, surroundings: surroundings))
        return Connector(
            network: .bluesky,
            connecting: Connecting(
                method: .appPassword, signIn: api.signIn, end: api.end,
                outlasting: "app password"),
            publishing: Publishing(
                upload: api.upload, publish: api.publish, find: api.find, delete: api.delete,
                liveLimits: api.limits, recognise: api.recognise),
            inbox: Inbox(replies: api.replies),
            insights: Insights(figures: api.figures, followers: api.followers),
            history: History(page: api.history), standing: api.standing)
    }
}
