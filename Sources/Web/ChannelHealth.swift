/// How one channel is, in a word or two, for the strip on top of every page.
package struct ChannelHealth: Sendable, Hashable {
    /// The four states, the worst first.
    package enum State: Int, Sendable, CaseIterable, Comparable {
        /// Nothing can go out before a person mends it.
        case broken
        /// It was stopped on purpose.
        case frozen
        /// It works, and somebody should look.
        case attention
        case ok

        package static func < (left: State, right: State) -> Bool {
            left.rawValue < right.rawValue
        }

        var tone: String {
            switch self {
            case .broken: "alert"
            case .frozen: "info"
            case .attention: "warn"
            case .ok: "good"
            }
        }

        var icon: String {
            switch self {
            case .broken: "tabler-alert-triangle"
            case .frozen: "tabler-snowflake"
            case .attention: "tabler-alert-circle"
            case .ok: "tabler-circle-check"
            }
        }
    }

    package let name: String
    /// The icon of its network.
    package let icon: String
    package let state: State
    /// `Works`, `Connect again`, `Ends in 6 days`.
    package let words: String
    /// Where it is mended or looked at.
    package let href: String

    package init(name: String, icon: String, state: State, words: String, href: String) {
        self.name = name
        self.icon = icon
        self.state = state
        self.words = words
        self.href = href
    }
}

/// The strip as the layout draws it: what needs somebody first, and at most eight by name.
struct HealthStrip: Sendable {
    struct Item: Sendable {
        let name: String
        let networkIcon: String
        let stateIcon: String
        let tone: String
        let words: String
        let href: String
    }

    private static let most = 8

    let shown: [Item]
    /// `and 12 more`, with the worst of them in words.
    let rest: String?
    let all: String

    /// Nil where there is no channel yet.
    init?(_ channels: [ChannelHealth], all: String) {
        guard !channels.isEmpty else { return nil }
        let sorted = channels.enumerated()
            .sorted { ($0.element.state, $0.offset) < ($1.element.state, $1.offset) }
            .map(\.element)
        let hidden = sorted.dropFirst(Self.most)
        shown = sorted.prefix(Self.most).map {
            Item(
                name: $0.name, networkIcon: $0.icon, stateIcon: $0.state.icon,
                tone: $0.state.tone, words: $0.words, href: $0.href)
        }
        let bad = hidden.count { $0.state != .ok }
        rest =
            hidden.isEmpty
            ? nil
            : "and \(hidden.count) more" + (bad > 0 ? ", \(bad) to look at" : ", all well")
        self.all = all
    }
}
