package import Channels
package import Kernel
package import Strategy

/// What a person says about an initiative.
package struct InitiativeDraft: Sendable, Hashable {
    package var kind: Initiative.Kind
    package var title: String
    package var purpose: String
    package var startsOn: CivilDate
    package var endsOn: CivilDate?
    package var owner: MemberID
    package var primaryObjective: ObjectiveID?
    /// Objectives it helps without receiving their money.
    package var otherObjectives: [ObjectiveID]
    package var budget: Money?

    package init(
        kind: Initiative.Kind, title: String, purpose: String = "", startsOn: CivilDate,
        endsOn: CivilDate? = nil, owner: MemberID, primaryObjective: ObjectiveID? = nil,
        otherObjectives: [ObjectiveID] = [], budget: Money? = nil
    ) {
        self.kind = kind
        self.title = title
        self.purpose = purpose
        self.startsOn = startsOn
        self.endsOn = endsOn
        self.owner = owner
        self.primaryObjective = primaryObjective
        self.otherObjectives = otherObjectives
        self.budget = budget
    }

    func check() throws(PlanError) {
        if kind == .sprint && endsOn == nil { throw .sprintNeedsEnd }
        if let endsOn, endsOn < startsOn { throw .endsBeforeStart }
        if let budget, budget.minorUnits < 0 { throw .badBudget }
    }

    /// Every objective with whether it is the primary one.
    var objectives: [(id: ObjectiveID, isPrimary: Bool)] {
        let others = Set(otherObjectives).subtracting([primaryObjective].compactMap(\.self))
        return [primaryObjective].compactMap(\.self).map { ($0, true) }
            + others.sorted().map { ($0, false) }
    }
}

/// What a person says about a plan item.
package struct ItemDraft: Sendable, Hashable {
    package var title: String
    package var month: CivilMonth
    package var owner: MemberID
    package var initiative: InitiativeID?
    /// Nil takes the initiative's primary objective.
    package var primaryObjective: ObjectiveID?
    package var channels: [ChannelID]
    package var note: String
    package var tags: [String]

    package init(
        title: String, month: CivilMonth, owner: MemberID, initiative: InitiativeID? = nil,
        primaryObjective: ObjectiveID? = nil, channels: [ChannelID] = [], note: String = "",
        tags: [String] = []
    ) {
        self.title = title
        self.month = month
        self.owner = owner
        self.initiative = initiative
        self.primaryObjective = primaryObjective
        self.channels = channels
        self.note = note
        self.tags = tags
    }
}

/// What a person says about a distribution action.
package struct DistributionDraft: Sendable, Hashable {
    package var kind: DistributionAction.Kind
    package var title: String
    package var owner: MemberID?
    package var dueOn: CivilDate?

    package init(
        kind: DistributionAction.Kind, title: String, owner: MemberID? = nil,
        dueOn: CivilDate? = nil
    ) {
        self.kind = kind
        self.title = title
        self.owner = owner
        self.dueOn = dueOn
    }
}

/// Words that plan items and lessons share, in one form: `#Spring Menu` is `spring-menu`.
package enum Tag {
    /// The most tags one thing may have.
    package static let limit = 12

    /// The tag's one form; nil when nothing is left of it.
    package static func normalized(_ text: String) -> String? {
        let words = text.lowercased().split { !$0.isLetter && !$0.isNumber }
        return words.isEmpty ? nil : words.joined(separator: "-")
    }

    /// The different tags of a list such as `Spring menu, #roast`.
    package static func list(_ text: String) -> [String] {
        all(text.split(whereSeparator: { $0 == "," || $0.isNewline }).map(String.init))
    }

    /// The different tags in their one form, in the order given.
    package static func all(_ texts: [String]) -> [String] {
        var seen: [String] = []
        for tag in texts.compactMap(normalized) where !seen.contains(tag) { seen.append(tag) }
        return seen
    }
}
