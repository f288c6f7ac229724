package import Hummingbird
import NIOCore

/// Hummingbird's context of a request, with the peer's address.
package struct WebContext: RequestContext {
    package var coreContext: CoreRequestContextStorage
    let peerAddress: String

    package init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        peerAddress = source.channel.remoteAddress?.ipAddress ?? "local"
    }
}
