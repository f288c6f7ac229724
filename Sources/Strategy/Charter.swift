package import Channels
package import Kernel
package import Store

/// Marks identifiers of channel charters.
package enum CharterTag {}
/// Marks identifiers of key messages.
package enum KeyMessageTag {}
package typealias CharterID = ID<CharterTag>
package typealias KeyMessageID = ID<KeyMessageTag>

/// What one channel is for and how we behave there.
package struct Charter: Sendable, Hashable, RowReadable {
    /// Where in the buying cycle the channel works.
    package enum Role: String, Sendable, Codable, CaseIterable, SQLConvertible {
        case discovery
        case inspiration
        case consideration
        case purchase
        case loyalty
        case service

        /// The word people read.
        package var name: String {
            switch self {
            case .discovery: "Discovery"
            case .inspiration: "Inspiration"
            case .consideration: "Consideration"
            case .purchase: "Purchase"
            case .loyalty: "Loyalty"
            case .service: "Service"
            }
        }

        /// What people do there, for sentences: “Here people …”.
        package var meaning: String {
            switch self {
            case .discovery: "find us for the first time"
            case .inspiration: "get ideas and want more"
            case .consideration: "compare and ask before they buy"
            case .purchase: "decide and buy"
            case .loyalty: "come back and tell others"
            case .service: "get help"
            }
        }
    }

    package let id: CharterID
    package var channel: ChannelID
    package var role: Role
    package var audience: String
    package var postsPerWeek: Int
    package var voice: String
    package var answerWithinHours: Int?
    package var responsePolicy: String
    /// Percent of its cost that the channel must bring back; nil when none is asked of it.
    package var requiredReturn: Int?
    /// How we act differently here than elsewhere.
    package var difference: String
    package var updatedAt: Instant

    package var subject: String { "charter:\(id)" }

    package init(row: Row) throws {
        id = try row("id")
        channel = try row("channel_id")
        role = try row("role")
        audience = try row("audience")
        postsPerWeek = try row("posts_per_week")
        voice = try row("voice")
        answerWithinHours = try row("answer_within_hours")
        responsePolicy = try row("response_policy")
        requiredReturn = try row("required_return")
        difference = try row("difference")
        updatedAt = try row("updated_at")
    }
}

/// What we want people to remember, with its proof.
package struct KeyMessage: Sendable, Hashable, RowReadable {
    package let id: KeyMessageID
    package var message: String
    package var proof: String

    package init(row: Row) throws {
        id = try row("id")
        message = try row("message")
        proof = try row("proof")
    }
}

/// How the brand sounds, answers and chooses; one per workspace.
package struct Voice: Sendable, Hashable, RowReadable {
    package var sound = ""
    package var avoid = ""
    package var answerWithinHours: Int?
    package var feedback = ""
    /// Why these channels and no others.
    package var focus = ""
    /// What would raise returns.
    package var higherReturns = ""

    package init() {}

    package init(row: Row) throws {
        sound = try row("sound")
        avoid = try row("avoid")
        answerWithinHours = try row("answer_within_hours")
        feedback = try row("feedback")
        focus = try row("focus")
        higherReturns = try row("higher_returns")
    }
}
