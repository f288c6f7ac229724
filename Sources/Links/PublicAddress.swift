package import Kernel
package import Store

/// The https address at which the world reaches this server, and whether it has proved it.
///
/// A tracked link that nobody can open costs every click it was meant to count, so an address
/// counts only after it has answered a question that only this server can answer.
package struct PublicAddress: Sendable, Hashable {
    /// `https://go.example.org`, without a trailing slash; nil until one is configured.
    package private(set) var url: String?
    /// The path that was asked last.
    package private(set) var challenge: String
    /// What this server answers there.
    package private(set) var answer: String
    /// When the address last answered correctly.
    package private(set) var answeredAt: Instant?
    package private(set) var triedAt: Instant?
    /// Wrong or missing answers since the last right one.
    package private(set) var failures: Int
    package private(set) var whyNot: String?

    package init() {
        url = nil
        challenge = ""
        answer = ""
        answeredAt = nil
        triedAt = nil
        failures = 0
        whyNot = nil
    }

    /// Failed checks in a row after which a proven address no longer counts.
    static let patience = 3
    /// How often a proven address is asked again.
    static let recheck = Duration.hours(6)
    /// How soon an address that has not answered is asked again.
    static let retry = Duration.minutes(5)

    /// Where the question is asked, below the address.
    package static let pathPrefix = "/.well-known/throughline/"

    /// Whether tracked links may be published with this address.
    package var isProven: Bool { url != nil && answeredAt != nil && failures < Self.patience }

    /// What to do next with the address.
    package enum Action: Sendable, Hashable {
        case ask(at: Instant)
        case nothing
    }

    /// Takes a new address, or none, and forgets what the old one proved.
    package mutating func configure(
        _ text: String?, challenge: String, answer: String, at now: Instant
    ) throws(LinkError) -> Action {
        guard let text, !text.isEmpty else {
            self = PublicAddress()
            return .nothing
        }
        let checked = try Self.checked(text)
        // An earlier program kept it as it was written.
        if let url, checked == Self.spelt(url) {
            self.url = checked
            return .ask(at: now)
        }
        self = PublicAddress()
        url = checked
        self.challenge = challenge
        self.answer = answer
        return .ask(at: now)
    }

    /// Notes what came back from the address.
    package mutating func heard(_ reply: Result<String, NoAnswer>, at now: Instant) -> Action {
        guard url != nil else { return .nothing }
        triedAt = now
        switch reply {
        case .success(let text) where text == answer:
            answeredAt = now
            failures = 0
            whyNot = nil
            return .ask(at: now + Self.recheck)
        case .success:
            whyNot = "Something else answered there, not this server."
        case .failure(let reason):
            whyNot = reason.message
        }
        failures += 1
        return .ask(at: now + Self.retry)
    }

    /// Why no answer came, in one sentence.
    package struct NoAnswer: Error, Sendable, Hashable {
        package var message: String

        package init(_ message: String) { self.message = message }
    }

    private static func spelt(_ text: String) -> String {
        WebOrigin(text).map { "\($0)" } ?? text
    }

    private static func checked(_ text: String) throws(LinkError) -> String {
        guard let origin = WebOrigin(text), origin.isSecure, origin.host.contains(".") else {
            throw .publicAddress
        }
        return "\(origin)"
    }
}

extension PublicAddress: RowReadable {
    package init(row: Row) throws {
        url = try row("url")
        challenge = try row("challenge")
        answer = try row("answer")
        answeredAt = try row("answered_at")
        triedAt = try row("tried_at")
        failures = try row("failures")
        whyNot = try row("why_not")
    }
}

/// Which address a variant's link gets, and what is lost when it is not the tracked one.
package enum LinkChoice: Sendable, Hashable {
    /// Our short address below this base; every click is counted.
    case tracked(base: String)
    /// The destination itself with UTM parameters; the sentence says what is lost and why.
    case direct(loss: String)

    /// Decides by the rule; `destination` is where the link leads.
    ///
    /// Except on the practice network no tracked link is published until
    /// its public https address has answered.
    package static func decide(
        isPractice: Bool, localBase: String, address: PublicAddress,
        destination: Destination? = nil
    ) -> LinkChoice {
        if isPractice { return .tracked(base: localBase) }
        if address.isProven, let base = address.url { return .tracked(base: base) }
        // The snippet knows the post by its own campaign parameter, unless there is one already.
        let lost =
            destination.map(UTM.hasContent) == true
            ? "Clicks on it are not counted here, and visits and orders are not tied to this post, "
                + "because the address has a utm_content of its own."
            : "Clicks on it are not counted here; visits and orders on the same day still are, if "
                + "the site has our snippet."
        guard let url = address.url else {
            return .direct(
                loss: "The link leads straight to the page, because this server has no public "
                    + "https address yet. " + lost)
        }
        return .direct(
            loss: "The link leads straight to the page, because \(url) has not answered as this "
                + "server. " + lost)
    }

    /// The address that goes into the post.
    package func address(of link: TrackedLink) -> String {
        switch self {
        case .tracked(let base): link.shortAddress(base: base)
        case .direct: link.target
        }
    }

    /// The sentence about what is lost; nil for a tracked link.
    package var loss: String? {
        guard case .direct(let loss) = self else { return nil }
        return loss
    }
}
