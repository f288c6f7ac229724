/// One limit of one network, with where and when it was read.
package struct NetworkRule: Sendable, Hashable {
    package let name: RuleName
    package let limit: Int
    /// The page, specification or server answer that states the limit.
    package let source: String
    /// The day it was read, as `2026-11-23`; the server's own answer says `live`.
    package let checked: String

    package init(_ name: RuleName, _ limit: Int, source: String, checked: String) {
        self.name = name
        self.limit = limit
        self.source = source
        self.checked = checked
    }
}

/// What one network takes: the same values drive composer, API and worker.
package struct NetworkRules: Sendable, Hashable {
    package let network: Network
    package let counting: Counting
    /// The unit in words: `characters`, `weighted characters`.
    package let unit: String
    /// Picture types, the one to convert others to first.
    package let imageTypes: [String]
    /// Whether an address in the text can be clicked there.
    package let linksWork: Bool
    /// A sentence about hashtags on this network.
    package let hashtagAdvice: String?
    private var limits: [RuleName: NetworkRule]

    init(
        _ network: Network, _ counting: Counting, unit: String = "characters",
        imageTypes: [String] = ["image/jpeg", "image/png"], linksWork: Bool = true,
        hashtagAdvice: String? = nil, _ rules: [NetworkRule]
    ) {
        self.network = network
        self.counting = counting
        self.unit = unit
        self.imageTypes = imageTypes
        self.linksWork = linksWork
        self.hashtagAdvice = hashtagAdvice
        limits = Dictionary(rules.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The limit of this name; nil when the network has none we know.
    package subscript(_ name: RuleName) -> Int? { limits[name]?.limit }

    /// The limit with its source and date.
    package func rule(_ name: RuleName) -> NetworkRule? { limits[name] }

    /// All limits, in the order of their names in the catalogue.
    package var rules: [NetworkRule] { RuleName.allCases.compactMap { limits[$0] } }

    /// These rules with what the account's own server says instead.
    package func overridden(by live: [RuleName: Int], server: String) -> NetworkRules {
        var rules = self
        for (name, limit) in live where limit > 0 {
            rules.limits[name] = NetworkRule(name, limit, source: server, checked: "live")
        }
        return rules
    }

    /// How much of the text limit `text` uses.
    package func count(_ text: String) -> Int {
        TextCount.of(text, counting, linkLength: self[.linkLength] ?? 23)
    }

    /// Whether one part's text is within the limits.
    package func fits(_ text: String) -> Bool {
        if let limit = self[.textLength], count(text) > limit { return false }
        if let limit = self[.textBytes], text.utf8.count > limit { return false }
        return true
    }
}
