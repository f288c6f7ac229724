package import Store

extension ChannelsSchema {
    /// What the tables say of people; see `TablePolicy`.
    package static let policies = [
        TablePolicy(
            "channel", "The accounts at networks through which the workspace publishes.",
            people: .nobody(
                because: "the workspace's own accounts; disconnecting takes the "
                    + "sign-in away"),
            keeps: .always(because: "posts keep the channel they went out on"),
            harmless: [
                "name": "the channel's own name", "handle": "the workspace's own account",
                "account_id": "the workspace's own account",
            ]),
        TablePolicy(
            "pending_authorization", "Sign-ins at networks that are under way.",
            people: .found([PersonTrace(.person, in: "person_id", .delete)]),
            keeps: .lasting(
                .zero, after: "expires_at", because: "a sign-in at a network takes minutes")),
    ]
}
