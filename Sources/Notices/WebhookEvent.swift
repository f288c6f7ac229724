/// The events that webhooks can ask for: a stable public list over the program's own.
package struct WebhookEvent: Sendable, Hashable {
    /// The name inside the program: `publishing.needs-person`.
    let source: String
    /// What it means, in a few words for the settings page.
    package let words: String

    /// The name outside: `publishing.needs_person`.
    package var type: String { source.replacing("-", with: "_") }

    /// The type of messages that a person sends to try a webhook.
    package static let test = "webhooks.test"

    /// Every event, in the order in which the settings page lists them.
    package static let all: [WebhookEvent] = [
        .init(source: "publishing.scheduled", words: "A post gets its time"),
        .init(source: "publishing.moved", words: "A post gets another time"),
        .init(source: "publishing.unscheduled", words: "A post is taken off the calendar"),
        .init(source: "publishing.approval-asked", words: "Somebody asks for an approval"),
        .init(source: "publishing.approved", words: "A post is approved"),
        .init(source: "publishing.changes-wanted", words: "An approver wants changes"),
        .init(source: "publishing.published", words: "A post is out"),
        .init(source: "publishing.held", words: "A post is held back for being late"),
        .init(source: "publishing.needs-person", words: "A post needs a person"),
        .init(source: "publishing.settled", words: "A person settled a doubtful post"),
        .init(
            source: "publishing.preflight-failed", words: "A scheduled post would not go out"),
        .init(source: "publishing.preflight-passed", words: "It would go out again"),
        .init(source: "notices.raised", words: "A person is told of a problem"),
        .init(source: "notices.cleared", words: "A problem is mended"),
        .init(source: "publishing.frozen", words: "Publishing is frozen"),
        .init(source: "publishing.resumed", words: "Publishing goes on"),
        .init(source: "channel.connected", words: "A channel is connected"),
        .init(source: "channel.needs-reconnect", words: "A channel must be connected again"),
        .init(source: "channel.disconnected", words: "A channel is disconnected"),
        .init(source: "channel.paused", words: "A channel is paused"),
        .init(source: "channel.resumed", words: "A channel goes on"),
        .init(source: "engagement.reply-arrived", words: "Somebody replies to a post"),
        .init(source: "reviews.finished", words: "A review is finished"),
        .init(source: "people.joined", words: "Somebody joins the workspace"),
        .init(source: "people.member-removed", words: "Somebody leaves the workspace"),
    ]

    static func isKnown(_ type: String) -> Bool { all.contains { $0.type == type } }
}
