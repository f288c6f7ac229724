package import Store

extension StrategySchema {
    /// What the tables say of people; see `TablePolicy`.
    package static let policies = goalPolicies + charterPolicies + moneyPolicies

    private static let goalPolicies = [
        TablePolicy(
            "business_goal", "Business goals.",
            people: .nobody(because: "what the company wants"),
            keeps: .always(because: "results are read against them")),
        TablePolicy(
            "objective", "Objectives with their owner.",
            people: .found([
                PersonTrace(.member, in: "owner_id", .replace(["owner_id": .nothing]))
            ]),
            keeps: .always(because: "results are read against them")),
        TablePolicy(
            "objective_reading", "Values that were entered or measured, and by whom.",
            people: .found([
                PersonTrace(.name, in: "recorded_by", .replace(["recorded_by": .somebody]))
            ]),
            keeps: .with("objective")),
    ]

    private static let charterPolicies = [
        TablePolicy(
            "charter", "What each channel is for.", people: .nobody(because: "rules of a channel"),
            keeps: .with("channel")),
        TablePolicy(
            "key_message", "Key messages with their proof.",
            people: .nobody(because: "what the company says of itself"),
            keeps: .always(because: "posts are checked against them")),
        TablePolicy(
            "voice", "How the workspace sounds.",
            people: .nobody(because: "rules of the workspace"),
            keeps: .always(because: "posts are checked against it")),
    ]

    private static let moneyPolicies = [
        TablePolicy(
            "budget_period", "Budgets.", people: .nobody(because: "amounts and days"),
            keeps: .always(because: "costs are read against it")),
        TablePolicy(
            "budget_line", "Lines of a budget, some for somebody's time.",
            people: .found([
                PersonTrace(.member, in: "member_id", .replace(["member_id": .nothing]))
            ]),
            keeps: .with("budget_period")),
        TablePolicy(
            "margin", "Margins.", people: .nobody(because: "a percentage and a day"),
            keeps: .always(because: "past results are computed with it")),
    ]
}
