package import Kernel

/// What can stop a change to the plan, each with what a person can do about it.
package enum PlanError: Error, Hashable {
    case noSuchInitiative
    case noSuchItem
    case noSuchAction
    case noSuchObjective
    case noSuchChannel
    case ownerNeeded
    case sprintNeedsEnd
    case endsBeforeStart
    case primaryNotAmongObjectives
    case badBudget
    case tooManyTags
    case briefIncomplete(missing: [Brief.Part], item: ItemID)
    case itemHasPosts
}

extension PlanError: Presentable {
    package var problem: Problem {
        switch self {
        case .noSuchInitiative: .notFound("initiative")
        case .noSuchItem: .notFound("plan item")
        case .noSuchAction: .notFound("distribution action")
        case .noSuchObjective:
            .invalid("primaryObjective", "Choose an objective of this workspace.")
        case .noSuchChannel:
            .invalid("channels", "One of the channels is not in this workspace. Choose again.")
        case .ownerNeeded:
            .invalid("owner", "Say who makes it: choose a member of this workspace.")
        case .sprintNeedsEnd:
            .invalid("endsOn", "A sprint has an end. Give its last day, or make it a marathon.")
        case .endsBeforeStart:
            .invalid("endsOn", "The last day must not come before the first.")
        case .primaryNotAmongObjectives:
            .invalid("primaryObjective", "The primary objective must be one of its objectives.")
        case .badBudget:
            .invalid("budget", "Give an amount such as 1200 or 49.90.")
        case .tooManyTags:
            .invalid("tags", "Give at most twelve tags of at most 40 characters each.")
        case .briefIncomplete(let missing, _):
            Problem(
                .invalid, code: "planning.brief-incomplete",
                "The brief does not say \(Self.list(missing)) yet. Answer "
                    + "\(missing.count == 1 ? "it" : "them") on the item's page, then schedule.",
                fields: Dictionary(
                    missing.map { ("brief.\($0.rawValue)", "This is needed before scheduling.") },
                    uniquingKeysWith: { first, _ in first }))
        case .itemHasPosts:
            Problem(
                .conflict, code: "planning.item-has-posts",
                "Posts were written for this item, so it stays. Drop it instead.")
        }
    }

    private static func list(_ parts: [Brief.Part]) -> String {
        let words = parts.map(\.word)
        guard words.count > 1, let last = words.last else { return words.first ?? "" }
        return words.dropLast().joined(separator: ", ") + " and " + last
    }
}
