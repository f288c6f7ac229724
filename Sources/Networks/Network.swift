/// A social network, whether connected through its API or published by hand.
package enum Network: String, Sendable, Codable, CaseIterable, Hashable {
    /// The network inside this program, where anyone can try the loop without an account.
    case practice
    case bluesky
    case mastodon
    case facebook
    case instagram
    case threads
    case x
    case linkedin
    case pinterest
    case youtube
    case tiktok
    case reddit
    case telegram
    /// Any place without a name of its own here; its channel carries the name.
    case other

    /// The name people use.
    package var name: String {
        switch self {
        case .practice: "Practice network"
        case .bluesky: "Bluesky"
        case .mastodon: "Mastodon"
        case .facebook: "Facebook"
        case .instagram: "Instagram"
        case .threads: "Threads"
        case .x: "X"
        case .linkedin: "LinkedIn"
        case .pinterest: "Pinterest"
        case .youtube: "YouTube"
        case .tiktok: "TikTok"
        case .reddit: "Reddit"
        case .telegram: "Telegram"
        case .other: "Another network"
        }
    }

    /// The icon's name in the embedded sprite.
    package var icon: String {
        switch self {
        case .practice: "tabler-school"
        case .bluesky: "tabler-brand-bluesky"
        case .mastodon: "tabler-brand-mastodon"
        case .facebook: "tabler-brand-facebook"
        case .instagram: "tabler-brand-instagram"
        case .threads: "tabler-brand-threads"
        case .x: "tabler-brand-x"
        case .linkedin: "tabler-brand-linkedin"
        case .pinterest: "tabler-brand-pinterest"
        case .youtube: "tabler-brand-youtube"
        case .tiktok: "tabler-brand-tiktok"
        case .reddit: "tabler-brand-reddit"
        case .telegram: "tabler-brand-telegram"
        case .other: "tabler-world"
        }
    }
}

/// A limit the rules catalogue knows by name; a connector may report the live value.
package enum RuleName: String, Sendable, Codable, CaseIterable, Hashable {
    /// The longest text, in the network's own unit.
    case textLength
    /// The longest text in UTF-8 bytes, where a network limits that too.
    case textBytes
    /// How many characters any web address counts for.
    case linkLength
    case hashtagCount
    /// The fewest pictures a post needs.
    case imageMinimum
    case imageCount
    case imageBytes
    case imagePixels
    case imageSide
    case altTextLength
    case threadLength
}
