import Kernel
import Synchronization

/// Why a hit is counted apart from people's; the hit itself is always kept.
package enum BotReason: UInt8, Sendable, CaseIterable {
    /// The sender names itself as a program or as no browser that exists.
    case agent = 1
    /// `HEAD` asks whether a page is there; people read pages.
    case head = 2
    /// The browser loads ahead of a click that may never come.
    case prefetch = 3
    /// More clicks in ten seconds than a person makes.
    case burst = 4
    /// A network fetched the page to draw its preview card.
    case preview = 5

    /// The words people read.
    package var name: String {
        switch self {
        case .agent: "Robot by its own name"
        case .head: "Asked only whether the page is there"
        case .prefetch: "Loaded ahead of a click"
        case .burst: "Too many clicks in a few seconds"
        case .preview: "A network drawing a preview card"
        }
    }
}

/// Decides who is a robot from what a request says about itself.
package struct BotRules: Sendable {
    /// Preview programs of networks and messengers; each shared link is fetched by many of them.
    static let previews = [
        "facebookexternalhit", "facebookcatalog", "twitterbot", "linkedinbot", "cardyb",
        "mastodon", "pleroma", "akkoma", "misskey", "friendica", "lemmy", "slackbot",
        "slack-imgproxy", "discordbot", "telegrambot", "whatsapp", "skypeuripreview", "viber",
        "pinterest", "redditbot", "embedly", "iframely", "bluesky", "tumblr", "vkshare",
        "snapchat url", "google-pagerenderer", "applebot", "bitlybot", "flipboardproxy",
        "disqus", "onebox", "link preview", "linkpreview",
    ]

    /// Parts of names that programs give themselves. With the rule that browsers begin with
    /// `Mozilla/5.0 (`, they recognise the public list of crawlers (crawler-user-agents, MIT) but
    /// for in-app browsers, behind which there are people.
    static let agents = [
        "bot", "crawl", "spider", "slurp", "preview", "fetch", "curl", "wget", "python",
        "http-client", "httpclient", "headless", "lighthouse", "monitor", "phantomjs", "selenium",
        "puppeteer", "playwright", "archive", "validator", "checker", "nutch", "scrapy",
        "pingdom", "uptime", "google-", "+http", "https://", "http://", "(at)", "[at]", ".com/",
        "scrap", "seo", "agent", "inspector", "synthetic", "compatible", "favicon", "scan",
        "ptst/", "googleimageproxy", "playstore-google", "dareboost", "outbrain", "datanyze",
        "nikto", "newsai", "electron/", "collapsify", "cookiehubverify", "hardenize",
        "manus-user", "scope3", "silktide", "fluid/", "sindup", "turingos", "@", "dlc/",
        "foregenix", "gtmetrix", "hotjar", "marketgoo", "miniature", "printfriendly",
        "readable/", "securityheaders", "splash", "rigor", "testlocally", "mailto:", "xmco",
        " ylt ", "watchtowr", "productfinder", "passremind",
    ]

    /// Clicks of one visitor within ten seconds that a person still makes.
    static let burstLimit = 8

    private let known = AgentMemory()

    package init() {}

    /// Why a request is no person's click; nil for people.
    package func reason(_ facts: VisitFacts) -> BotReason? {
        if facts.isHead { return .head }
        if let purpose = facts.purpose?.lowercased(),
            purpose.contains("prefetch") || purpose.contains("prerender")
                || purpose.contains("preview")
        {
            return .prefetch
        }
        return known.reason(facts.userAgent) { Self.reason(userAgent: $0) }
    }

    /// Why a user agent is no person's.
    package static func reason(userAgent: String) -> BotReason? {
        let lowered = userAgent.lowercased()
        if previews.contains(where: lowered.contains), !isInAppBrowser(lowered) { return .preview }
        guard lowered.hasPrefix("mozilla/5.0 (") || lowered.hasPrefix("opera/") else {
            return .agent
        }
        if isInAppBrowser(lowered) { return nil }
        return agents.contains(where: lowered.contains) ? .agent : nil
    }

    /// People open links inside the apps of networks, which add the app's name at the end.
    private static func isInAppBrowser(_ lowered: String) -> Bool {
        guard lowered.hasPrefix("mozilla/5.0 ("), !lowered.contains("bot"),
            !lowered.contains("facebookexternalhit")
        else { return false }
        return [
            "[fban/", "[fb_iab", "fbav/", "instagram ", "iabmv/", "metaiab", "musical_ly",
            "bytedancewebview", "snapchat/", "[pinterest/", "linkedinapp", "line/", "gsa/",
        ]
        .contains(where: lowered.contains)
    }
}

/// Remembers what was decided about recent user agents, because the same few come again.
private final class AgentMemory: Sendable {
    private let decided = Mutex<[String: BotReason?]>([:])

    func reason(_ agent: String, _ decide: (String) -> BotReason?) -> BotReason? {
        if let known = decided.withLock({ $0[agent] }) { return known }
        let reason = decide(agent)
        decided.withLock { memory in
            if memory.count >= 4096 { memory.removeAll(keepingCapacity: true) }
            memory[agent] = .some(reason)
        }
        return reason
    }
}

/// Notices visitors who click faster than people can.
struct BurstWatch: Sendable {
    private var recent: [Int64: [Int64]] = [:]

    /// Whether this click of `visitor` is one too many in ten seconds.
    mutating func isBurst(_ visitor: Int64?, at: Instant) -> Bool {
        guard let visitor else { return false }
        if recent.count > 20_000 { recent.removeAll(keepingCapacity: true) }
        let times = (recent[visitor] ?? []).filter { at.milliseconds - $0 < 10_000 }
        recent[visitor] = times.suffix(BotRules.burstLimit) + [at.milliseconds]
        return times.count >= BotRules.burstLimit
    }
}
