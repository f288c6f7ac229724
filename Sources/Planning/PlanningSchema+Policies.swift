package import Store

extension PlanningSchema {
    /// What the tables say of people; see `TablePolicy`.
    package static let policies = [
        TablePolicy(
            "initiative", "Initiatives with their owner.", people: .found([owner]),
            keeps: .always(because: "results are read by initiative")),
        TablePolicy(
            "initiative_objective", "Which objective an initiative serves.",
            people: .nobody(because: "joins two rows of the plan"), keeps: .with("initiative")),
        TablePolicy(
            "item", "Items of the plan with their owner.", people: .found([owner]),
            keeps: .always(because: "the plan is the memory of what was tried")),
        TablePolicy(
            "item_channel", "Where an item is to appear.",
            people: .nobody(because: "joins two rows of the plan"), keeps: .with("item")),
        TablePolicy(
            "item_tag", "Tags of items.", people: .nobody(because: "words for topics"),
            keeps: .with("item")),
        TablePolicy(
            "brief", "What, when, how, to whom and why.",
            people: .nobody(because: "a brief for a piece of content"), keeps: .with("item")),
        TablePolicy(
            "distribution_action", "What gets an item seen, and who does it.",
            people: .found([owner]), keeps: .with("item")),
    ]

    private static let owner = PersonTrace(
        .member, in: "owner_id", .replace(["owner_id": .nothing]))
}
