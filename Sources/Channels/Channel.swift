package import Kernel
package import Networks
package import Store

/// One connected account, or one place that is published to by hand.
package struct Channel: Sendable, Hashable, RowReadable {
    /// How the program reaches the account.
    package enum Connection: String, Sendable, Codable, CaseIterable, SQLConvertible {
        case connected
        /// Posts go out by hand, with the program's help.
        case unconnected
        /// The network no longer accepts our sign-in.
        case needsReconnect
    }

    /// The one word for a channel's state.
    package enum Status: String, Sendable, Codable, CaseIterable {
        case connected
        case unconnected
        case needsReconnect
        case paused
    }

    package let id: ChannelID
    package let workspace: WorkspaceID
    package let network: Network
    package let name: String
    /// What people know the account by; empty when unknown.
    package let handle: String
    package let profileURL: String?
    package let connection: Connection
    package let server: String?
    package let accountID: String?
    /// Why the network refused us, in one sentence.
    package let trouble: String?
    package let connectedAt: Instant?
    /// When the network last accepted our sign-in.
    package let checkedAt: Instant?
    package let credentialsExpireAt: Instant?
    package let pausedAt: Instant?
    package let zone: Zone
    /// BCP 47; nil when the writer says it for each post.
    package let language: String?
    package let visibility: Visibility
    package let createdAt: Instant
    package let archivedAt: Instant?
    /// What the account's own server says about its limits; nil before it was asked.
    package let liveLimits: LiveLimits?

    package init(row: Row) throws {
        id = try row("id")
        workspace = try row("workspace_id")
        let text: String = try row("network")
        network = Network(rawValue: text) ?? .other
        name = try row("name")
        handle = try row("handle")
        profileURL = try row("profile_url")
        connection = try row("connection")
        server = try row("server")
        accountID = try row("account_id")
        trouble = try row("trouble")
        connectedAt = try row("connected_at")
        checkedAt = try row("checked_at")
        credentialsExpireAt = try row("credentials_expire_at")
        pausedAt = try row("paused_at")
        zone = try row("zone")
        language = try row("language")
        let seen: String = try row("visibility")
        visibility = Visibility(rawValue: seen) ?? .everyone
        createdAt = try row("created_at")
        archivedAt = try row("archived_at")
        liveLimits = try .of(channel: row)
    }

    /// What this channel takes: the catalogue's rules with what its own server says instead.
    package var rules: NetworkRules { .of(network, liveLimits) }

    package var status: Status {
        if pausedAt != nil { return .paused }
        switch connection {
        case .connected: return .connected
        case .unconnected: return .unconnected
        case .needsReconnect: return .needsReconnect
        }
    }

    /// Whether the sign-in ends within two weeks and cannot renew itself.
    package func expiresSoon(at now: Instant) -> Bool {
        guard connection == .connected, let end = credentialsExpireAt else { return false }
        return end - now < .days(14)
    }

    /// How long the sign-in still lasts, in words: `ends in 6 days`; nil when nobody says.
    package func countdown(at now: Instant) -> String? {
        guard connection == .connected, let end = credentialsExpireAt else { return nil }
        guard end > now else { return "has ended" }
        let hours = Int((end - now).inSeconds / 3600)
        if hours < 24 { return hours < 2 ? "ends within 2 hours" : "ends in \(hours) hours" }
        return hours < 48 ? "ends in a day" : "ends in \(hours / 24) days"
    }

    /// What is known of the sign-in's end.
    package func signInLasts(at now: Instant) -> String? {
        guard connection == .connected else { return nil }
        if let countdown = countdown(at: now) { return countdown }
        switch network {
        case .mastodon: return "has no end; it lasts until it is revoked at the server"
        case .bluesky: return "has no end; it lasts until the app password is removed there"
        default: return nil
        }
    }
}

extension LiveLimits {
    /// What is kept in a row of the channel table.
    package static func of(channel row: Row) throws -> LiveLimits? {
        guard let at: Instant = try row("limits_read_at"),
            let text: String = try row("live_limits")
        else { return nil }
        let kept = try JSON.decode([String: Int].self, from: text)
        let limits = kept.compactMap { name, limit in RuleName(rawValue: name).map { ($0, limit) } }
        let server: String? = try row("server")
        // The practice network has no address of its own: its server is this one.
        let isOurs = server.map { !$0.contains("://") } ?? true
        return LiveLimits(
            Dictionary(limits, uniquingKeysWith: { first, _ in first }),
            server: isOurs ? "this program" : server ?? "", readAt: at)
    }
}

extension NetworkRules {
    /// The catalogue's rules for `network`, with what a server says instead.
    package static func of(_ network: Network, _ live: LiveLimits?) -> NetworkRules {
        live.map(of(network).overridden) ?? of(network)
    }
}

/// What a person decides about a channel.
package struct ChannelPlan: Sendable, Hashable {
    package var name: String
    package var zone: Zone
    package var language: String?
    package var visibility: Visibility

    package init(
        name: String, zone: Zone, language: String? = nil, visibility: Visibility = .everyone
    ) {
        self.name = name
        self.zone = zone
        self.language = language
        self.visibility = visibility
    }

    func checked() throws(ChannelError) -> ChannelPlan {
        var plan = self
        plan.name = try ChannelText.line(name, field: "name")
        if let language {
            let isTag =
                (2...35).contains(language.utf8.count)
                && language.utf8.allSatisfy { byte in
                    (48...57).contains(byte) || (65...90).contains(byte)
                        || (97...122).contains(byte) || byte == 45
                }
            guard isTag else { throw .language }
        }
        return plan
    }
}

/// Text that people type about channels.
enum ChannelText {
    static func line(_ text: String, field: String) throws(ChannelError) -> String {
        let plain = trimmed(text)
        let isPlain = plain.unicodeScalars.allSatisfy { $0.value >= 32 && $0.value != 127 }
        guard (1...120).contains(plain.unicodeScalars.count), isPlain else {
            throw .name(field)
        }
        return plain
    }

    static func trimmed(_ text: String) -> String {
        var plain = Substring(text)
        while plain.last?.isWhitespace == true { plain.removeLast() }
        return String(plain.drop(while: \.isWhitespace))
    }

    /// A handle without spaces and without the `@` in front.
    static func handle(_ text: String) -> String {
        String(trimmed(text).drop { $0 == "@" }.prefix(250))
    }
}

/// The base address of a network's server, as people write it in many ways.
package enum ServerAddress {
    /// `https://mastodon.example` for `mastodon.example`, `https://mastodon.example/home` or
    /// `@ana@mastodon.example`; http only where it is written.
    package static func normal(_ text: String) throws(ChannelError) -> String {
        var rest = Substring(ChannelText.trimmed(text).lowercased())
        var scheme = "https"
        if rest.hasPrefix("https://") {
            rest = rest.dropFirst(8)
        } else if rest.hasPrefix("http://") {
            rest = rest.dropFirst(7)
            scheme = "http"
        }
        rest = rest.prefix { !"/?#".contains($0) }
        if let at = rest.lastIndex(of: "@") { rest = rest[rest.index(after: at)...] }
        let halves = rest.split(separator: ":", omittingEmptySubsequences: false)
        let isHost =
            !rest.isEmpty && rest.utf8.count <= 253 && halves.count <= 2
            && halves[0].utf8.allSatisfy { byte in
                (48...57).contains(byte) || (97...122).contains(byte) || byte == 45 || byte == 46
            } && halves[0].first?.isLetter != nil && !halves[0].isEmpty
            && !halves[0].hasPrefix(".") && !halves[0].contains("..")
            && (halves[0].contains(".") || halves[0] == "localhost")
        let isPort = halves.count < 2 || Int(halves[1]).map { (1...65_535).contains($0) } == true
        guard isHost, isPort else { throw .server }
        return "\(scheme)://\(rest)"
    }
}
