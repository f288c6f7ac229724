package import Kernel

/// One limit of one network, with where and when it was read.
package struct NetworkRule: Sendable, Hashable {
    package let name: RuleName
    package let limit: Int
    /// The page, specification or server answer that states the limit.
    package let source: String
    /// The day it was read, as `2026-11-23`.
    package let checked: String
    /// Whether the account's own server says so, instead of the catalogue.
    package let isLive: Bool

    package init(
        _ name: RuleName, _ limit: Int, source: String, checked: String, isLive: Bool = false
    ) {
        self.name = name
        self.limit = limit
        self.source = source
        self.checked = checked
        self.isLive = isLive
    }
}

/// What an account's own server says about its limits, and when it said so.
package struct LiveLimits: Sendable, Hashable {
    package let limits: [RuleName: Int]
    /// The server's address.
    package let server: String
    package let readAt: Instant

    /// Limits beyond what any network has are taken for mistakes and left out.
    package init(_ limits: [RuleName: Int], server: String, readAt: Instant) {
        self.limits = limits.filter { (1...1_000_000_000_000).contains($0.value) }
        self.server = server
        self.readAt = readAt
    }
}

/// How much of a limit one text uses.
package struct TextUse: Sendable, Hashable {
    /// The limit it is measured by; nil when the network has none we know.
    package let rule: NetworkRule?
    package let used: Int
    /// What is counted: `characters`, `bytes`.
    package let unit: String

    package var limit: Int? { rule?.limit }
    /// How much is too much.
    package var excess: Int { max(0, used - (limit ?? .max)) }
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
    package func overridden(by live: LiveLimits) -> NetworkRules {
        var rules = self
        let day = "\(CivilDate(live.readAt, in: .utc))"
        for (name, limit) in live.limits {
            rules.limits[name] = NetworkRule(
                name, limit, source: live.server, checked: day, isLive: true)
        }
        return rules
    }

    /// How much of its limit one part's text uses, with the warning it is published under.
    ///
    /// The one place that counts: composer, API, worker and the splitting of threads ask here. Of
    /// two limits it is the one that is broken, or else the one that is nearer.
    package func use(of text: String, warning: String? = nil) -> TextUse {
        // Bluesky has no field for a warning, so its connector puts it before every part.
        let sent = isWarningInText ? ContentWarning.inText(warning, before: text) : text
        var length = TextCount.of(sent, counting, linkLength: self[.linkLength] ?? 23)
        if isWarningCounted { length += warning?.count ?? 0 }
        var uses: [TextUse] = []
        if let rule = rule(.textLength) {
            uses.append(TextUse(rule: rule, used: length, unit: unit))
        }
        if let rule = rule(.textBytes) {
            uses.append(TextUse(rule: rule, used: sent.utf8.count, unit: "bytes"))
        }
        func share(_ use: TextUse) -> Double { Double(use.used) / Double(max(1, use.limit ?? 1)) }
        return uses.first { $0.excess > 0 } ?? uses.max { share($0) < share($1) }
            ?? TextUse(rule: nil, used: length, unit: unit)
    }

    /// Whether one part's text is within the limits.
    package func fits(_ text: String, warning: String? = nil) -> Bool {
        use(of: text, warning: warning).excess == 0
    }

    /// Whether a content warning stands in the text itself.
    package var isWarningInText: Bool { network == .bluesky }
    /// Whether a content warning has its own field and still counts with the text.
    package var isWarningCounted: Bool { counting == .mastodon }
    /// Whether posts there can have a warning in a field of their own.
    package var hasWarningField: Bool { counting == .mastodon }

    /// Whether the card below a link comes from us; other networks read the page themselves.
    package var takesCard: Bool { network == .bluesky }
    /// Whether a link has a card below it there, whoever makes it.
    package var showsCard: Bool {
        [.bluesky, .mastodon, .facebook, .threads, .x, .linkedin, .reddit, .telegram]
            .contains(network)
    }

    /// How the counter counts, in words for people.
    package var definition: String {
        var sentences = ["Counted are \(counting.words)."]
        if counting == .mastodon || counting == .weighted {
            sentences.append("Any web address counts as \(self[.linkLength] ?? 23).")
        }
        if let bytes = self[.textBytes], self[.textLength] != nil {
            sentences.append("In UTF-8 it may be \(bytes) bytes long.")
        }
        if isWarningInText { sentences.append("A content warning stands in the text and counts.") }
        if isWarningCounted { sentences.append("A content warning counts with the text.") }
        return sentences.joined(separator: " ")
    }
}

extension NetworkRule {
    /// The limit with its unit, for people.
    package var amount: String {
        switch name {
        case .imageBytes:
            limit >= 1_000_000
                ? "\((Double(limit) / 100_000).rounded() / 10) MB" : "\(max(1, limit / 1000)) kB"
        case .imagePixels: "\((Double(limit) / 100_000).rounded() / 10) million pixels"
        case .imageSide: "\(limit) pixels"
        default: "\(limit)"
        }
    }

    /// Where the limit stands and when it was read: `https://docs.example, read 2026-11-23`.
    package var origin: String {
        isLive ? "said by \(source) on \(checked)" : "\(source), read \(checked)"
    }
}

extension RuleName {
    /// What the limit is about, for people.
    package var words: String {
        switch self {
        case .textLength: "Longest text"
        case .textBytes: "Longest text in bytes"
        case .linkLength: "What a web address counts"
        case .hashtagCount: "Most hashtags"
        case .imageMinimum: "Fewest pictures"
        case .imageCount: "Most pictures"
        case .imageBytes: "Largest picture file"
        case .imagePixels: "Most pixels of a picture"
        case .imageSide: "Longest side of a picture"
        case .altTextLength: "Longest description"
        case .threadLength: "Most parts of a thread"
        }
    }
}
