package import Kernel
package import Networks
package import Outbound

extension Connector {
    /// Bluesky and every other PDS of the AT Protocol.
    package static func bluesky(
        outbound: OutboundClient, surroundings: Surroundings
    ) -> Connector {
        Connector(network: .bluesky)
    }
}
