import Channels
import Kernel
import Planning
import Strategy
import Web

// What the API takes and answers about the plan.

struct InitiativeInput: APIValue {
    let kind: Initiative.Kind
    let title: String
    let purpose: String?
    let startsOn: CivilDate
    let endsOn: CivilDate?
    let owner: MemberID?
    let primaryObjective: ObjectiveID?
    let otherObjectives: [ObjectiveID]?
    let budget: String?

    static let schema = Schema.object(
        "InitiativeInput",
        [
            .required("kind", .oneOf(Initiative.Kind.self, "A sprint has an end.")),
            .required("title", .line()),
            .optional("purpose", .text("What it shall bring about.", max: 2000)),
            .required("startsOn", .date()),
            .optional("endsOn", .date("The last day; needed for a sprint.")),
            .optional("owner", .id("A member; the caller when left out.")),
            .optional("primaryObjective", .id("The one that receives its items' money.")),
            .optional("otherObjectives", .array(of: .id(), maxCount: 20)),
            .optional(
                "budget", .line("In the workspace's currency, such as 1500 or 49.90.", max: 20)),
        ])

    func draft(_ call: Call<InitiativeInput>) throws(PlanError) -> InitiativeDraft {
        var money: Money?
        if let budget {
            guard let amount = Money(decimal: budget, currency: call.workspace.currency) else {
                throw .badBudget
            }
            money = amount
        }
        return InitiativeDraft(
            kind: kind, title: title, purpose: purpose ?? "", startsOn: startsOn,
            endsOn: endsOn, owner: owner ?? call.workspace.member,
            primaryObjective: primaryObjective, otherObjectives: otherObjectives ?? [],
            budget: money)
    }
}

struct InitiativeStateInput: APIValue {
    let state: Initiative.State

    static let schema = Schema.object(
        "InitiativeStateInput", [.required("state", .oneOf(Initiative.State.self))])
}

struct ItemInput: APIValue {
    let title: String
    let month: CivilMonth
    let owner: MemberID?
    let initiative: InitiativeID?
    let primaryObjective: ObjectiveID?
    let channels: [ChannelID]?
    let note: String?
    let tags: String?

    static let schema = Schema.object(
        "ItemInput",
        [
            .required("title", .line("What it is, in a few words.")),
            .required("month", .month("The month it is for.")),
            .optional("owner", .id("Who makes it; the caller when left out.")),
            .optional("initiative", .id()),
            .optional(
                "primaryObjective",
                .id("The one that receives its money; the initiative's when left out.")),
            .optional("channels", .array(of: .id(), maxCount: 50)),
            .optional("note", .text("Anything worth keeping.", max: 5000)),
            .optional("tags", .text("Words with commas between: giveaway, film.", max: 500)),
        ])

    func draft(_ call: Call<ItemInput>) -> ItemDraft {
        ItemDraft(
            title: title, month: month, owner: owner ?? call.workspace.member,
            initiative: initiative, primaryObjective: primaryObjective,
            channels: channels ?? [], note: note ?? "", tags: Tag.list(tags ?? ""))
    }
}

struct ItemStateInput: APIValue {
    let state: PlanItem.State

    static let schema = Schema.object(
        "ItemStateInput",
        [
            .required(
                "state",
                .oneOf(PlanItem.State.self, "*briefed* and *inWork* need a complete brief."))
        ])
}

struct BriefInput: APIValue {
    let what: String?
    let when: String?
    let how: String?
    let toWhom: String?
    let why: String?

    static let schema = Schema.object(
        "BriefInput",
        [
            .optional("what", .text("Left out, the item's title says it.", max: 4000)),
            .optional("when", .text("Left out, the item's month says it.", max: 500)),
            .optional("how", .text("Left out, the channels' charters say it.", max: 4000)),
            .optional("toWhom", .text("Left out, the channels' charters say it.", max: 2000)),
            .optional("why", .text("Left out, the objective says it.", max: 2000)),
        ])
}

struct DistributionInput: APIValue {
    let kind: DistributionAction.Kind
    let title: String
    let owner: MemberID?
    let dueOn: CivilDate?

    static let schema = Schema.object(
        "DistributionInput",
        [
            .required("kind", .oneOf(DistributionAction.Kind.self)),
            .required("title", .line("What is done to get it seen.")),
            .optional("owner", .id()), .optional("dueOn", .date()),
        ])
}

/// The identifier of something that was just made.
struct PlanReference: APIValue {
    let id: String

    init(_ id: ID<some Any>) { self.id = id.text }

    static let schema = Schema.object("PlanReference", [.required("id", .id())])
}
