package import Store

extension EngagementSchema {
    /// What the tables say of people; see `TablePolicy`.
    package static let policies = [
        TablePolicy(
            "watched_post", "Our own posts whose replies are read.",
            people: .nobody(because: "the workspace's own posts"),
            keeps: .always(because: "replies are read for as long as the post is out")),
        TablePolicy(
            "conversation", "The replies to one post, as one thread.",
            people: .nobody(because: "it names our post; the replies are in their own table"),
            keeps: .always(because: "it belongs to the post it answers")),
        TablePolicy(
            "message", "Replies: the account's name and handle, and its words; our answers.",
            people: .found([
                PersonTrace(
                    .handle, in: "author_handle",
                    .replace([
                        "author_name": .somebody, "author_handle": .text(""),
                        "author_url": .nothing, "body": .words, "url": .nothing,
                        "revision": .nothing,
                    ]), only: "direction = 'incoming'",
                    leads: [.init(.mention, "author_name")]),
                PersonTrace(
                    .name, in: "author_name", .replace(["author_name": .somebody]),
                    only: "direction = 'outgoing'"),
            ]),
            keeps: .always(
                because: "a conversation makes sense as a whole; its number at the network stays "
                    + "after an erasure, so that the words are not read again")),
    ]
}
