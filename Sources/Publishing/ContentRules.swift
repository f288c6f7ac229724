import Links
package import Networks

/// What the rules of networks say about a content; the composition root fills it from the rules
/// catalogue, so that composer, API and worker ask the same one.
package struct ContentRules: Sendable {
    /// One thing the rules say.
    package struct Finding: Sendable, Hashable {
        /// Whether the network would refuse the post.
        package let blocks: Bool
        package let message: String

        package init(blocks: Bool, message: String) {
            self.blocks = blocks
            self.message = message
        }
    }

    /// How much of a limit one part of a text uses, in the network's own unit.
    package struct Count: Sendable, Hashable {
        package let used: Int
        /// Nil when the network has no limit we know.
        package let limit: Int?

        package init(used: Int, limit: Int?) {
            self.used = used
            self.limit = limit
        }
    }

    /// What is checked: texts as they are sent, and pictures.
    package struct Subject: Sendable, Hashable {
        package var network: Network
        package var parts: [String]
        package var altTexts: [String]

        package init(network: Network, parts: [String], altTexts: [String]) {
            self.network = network
            self.parts = parts
            self.altTexts = altTexts
        }
    }

    package var check: @Sendable (Subject) -> [Finding]
    package var count: @Sendable (_ network: Network, _ part: String) -> Count

    package init(
        check: @escaping @Sendable (Subject) -> [Finding],
        count: @escaping @Sendable (Network, String) -> Count
    ) {
        self.check = check
        self.count = count
    }

    /// What the rules say about one side of a post as it would be sent now.
    package func problems(_ side: PostSheet.Side, localBase: String) -> [Finding] {
        check(
            Subject(
                network: side.channel.network,
                parts: side.content.parts(link: side.linkAddress(localBase: localBase)),
                altTexts: side.content.pictures.map(\.altText)))
    }
}
