package import Channels
package import Kernel
package import Networks
package import Store

/// Marks identifiers of conversations: the replies below one post of ours.
package enum ConversationTag {}
/// Marks identifiers of messages.
package enum MessageTag {}

package typealias ConversationID = ID<ConversationTag>
package typealias MessageID = ID<MessageTag>

/// One thing somebody wrote to us, or we to them.
package struct Message: Sendable, Hashable, RowReadable {
    /// Who wrote it.
    package enum Direction: String, Sendable, Codable, CaseIterable, SQLConvertible {
        case incoming
        case outgoing
    }

    /// How far an answer of ours is.
    package enum State: String, Sendable, Codable, CaseIterable, SQLConvertible {
        /// Written by somebody else, or out.
        case out
        case sending
        /// Nobody knows whether it arrived.
        case doubtful
        case refused
    }

    package let id: MessageID
    package let conversation: ConversationID
    package let direction: Direction
    package private(set) var state: State
    package let authorName: String
    package let authorHandle: String
    package let authorURL: String?
    package let text: String
    /// Who else can read it; an answer reaches the same people.
    package let audience: Audience
    package let remoteID: String?
    package let url: String?
    package let at: Instant
    package private(set) var trouble: String?

    package init(row: Row) throws {
        id = try row("id")
        conversation = try row("conversation_id")
        direction = try row("direction")
        state = try row("state")
        authorName = try row("author_name")
        authorHandle = try row("author_handle")
        authorURL = try row("author_url")
        text = try row("body")
        audience = try row("audience")
        remoteID = try row("remote_id")
        url = try row("url")
        at = try row("at")
        trouble = try row("trouble")
    }

    /// As it stands now: a program that was killed while it sent cannot say how that ended.
    func settled(at now: Instant, after longest: Duration) -> Self {
        guard state == .sending, now - at >= longest else { return self }
        var message = self
        message.state = .doubtful
        message.trouble = "Sending was cut off. Look on the network whether it arrived."
        return message
    }
}

extension Audience: SQLConvertible {}

/// The talk below one post of ours.
package struct Conversation: Sendable, Hashable, RowReadable {
    package let id: ConversationID
    package let channel: ChannelID
    /// The publication it is about, as text: that slice is not known here.
    package let publication: String
    package let about: String
    package let isUnread: Bool
    package let doneAt: Instant?
    package let lastAt: Instant
    package let messageCount: Int

    package var subject: String { "conversation:\(id)" }

    package init(row: Row) throws {
        id = try row("id")
        channel = try row("channel_id")
        publication = try row("publication_id")
        about = try row("about")
        isUnread = try row("is_unread")
        doneAt = try row("done_at")
        lastAt = try row("last_at")
        messageCount = try row("message_count")
    }

    static let select: SQL = """
        SELECT conversation.*, (SELECT COUNT(*) FROM message
            WHERE message.conversation_id = conversation.id) AS message_count FROM conversation
        """
}

/// What a person can do about a reply that did not go as they wished.
package enum EngagementError: Error, Sendable, Hashable {
    case noSuchConversation
    case nothingToAnswer
    case emptyAnswer
    case notConnected
    case answerUnderWay
}

extension EngagementError: Presentable {
    package var problem: Problem {
        switch self {
        case .noSuchConversation: Problem.notFound("conversation")
        case .nothingToAnswer:
            Problem(
                .conflict, code: "engagement.nothing-to-answer",
                "Nobody has written in this conversation yet.")
        case .emptyAnswer:
            Problem(
                .invalid, code: "engagement.empty", "Write an answer first.",
                fields: ["text": "Write an answer first."])
        case .notConnected:
            Problem(
                .conflict, code: "engagement.not-connected",
                "This channel is not connected, so the answer cannot be sent from here. Open "
                    + "the reply on the network and answer there.")
        case .answerUnderWay:
            Problem(
                .conflict, code: "engagement.under-way",
                "Another answer is being sent right now. Try again in a moment.")
        }
    }
}
