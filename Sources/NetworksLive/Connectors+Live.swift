package import Kernel
package import Networks
package import Outbound

/// How the connector of the practice network reaches the server inside this program.
package struct PracticeDoor: Sendable {
    /// Where its Mastodon API is: `http://127.0.0.1:8080/practice`; must be allow-listed.
    package var base: String
    /// Opens a new account whose handle begins as wished and returns an access token for it.
    package var openAccount: @Sendable (_ handle: String) async throws -> String
    /// Ends a token that `openAccount` gave.
    package var endToken: @Sendable (_ token: String) async throws -> Void

    package init(
        base: String, openAccount: @escaping @Sendable (_ handle: String) async throws -> String,
        endToken: @escaping @Sendable (_ token: String) async throws -> Void
    ) {
        self.base = base
        self.openAccount = openAccount
        self.endToken = endToken
    }
}

extension Connectors {
    /// The connectors of a running program, without the practice network where it has no door;
    /// `pace` shortens waits when faults are rehearsed.
    package static func live(
        outbound: OutboundClient, surroundings: Surroundings, practice: PracticeDoor?,
        pace: Double = 1
    ) -> Connectors {
        var all: [Connector] = [
            .mastodon(outbound: outbound, surroundings: surroundings, pace: pace),
            .bluesky(outbound: outbound, surroundings: surroundings),
        ]
        if let practice {
            all.append(.practice(outbound: outbound, surroundings: surroundings, door: practice))
        }
        return Connectors(all)
    }
}
