import Channels
import Kernel
import Strategy
import Web

// What the API takes and answers about strategy. Amounts are decimal texts in the currency of
// their period, as people write them.

struct BusinessGoalInput: APIValue {
    let kind: BusinessGoal.Kind
    let title: String
    let because: String?

    static let schema = Schema.object(
        "BusinessGoalInput",
        [
            .required("kind", .oneOf(BusinessGoal.Kind.self)),
            .required("title", .line("What we want, after “We want”: “to sell 1,200 bags”.")),
            .optional("because", .text("Why.", max: 1000)),
        ])

    var draft: BusinessGoalDraft {
        BusinessGoalDraft(kind: kind, title: title, because: because ?? "")
    }
}

struct ObjectiveInput: APIValue {
    let businessGoal: BusinessGoalID
    let title: String?
    let kpi: String
    let unit: String?
    let source: Objective.Source?
    let baseline: Double
    let target: Double
    let startsOn: CivilDate?
    let dueOn: CivilDate
    let owner: MemberID?

    static let schema = Schema.object(
        "ObjectiveInput",
        [
            .required("businessGoal", .id()),
            .optional("title", .line("A name; the KPI when left out.")),
            .required("kpi", .line("What is counted: “Orders from social”.")),
            .optional("unit", .line("What one of it is called: “orders”, “€”, “%”.", max: 20)),
            .optional("source", .oneOf(Objective.Source.self, "Where its figures come from.")),
            .required("baseline", .number(description: "Where it starts.")),
            .required("target", .number(description: "Where it shall be.")),
            .optional("startsOn", .date("Today when left out.")),
            .required("dueOn", .date()),
            .optional("owner", .id("A member; the caller when left out.")),
        ])

    func draft(_ call: Call<ObjectiveInput>) -> ObjectiveDraft {
        ObjectiveDraft(
            businessGoal: businessGoal, title: title ?? kpi, kpi: kpi, unit: unit ?? "",
            source: source ?? .entered, baseline: baseline, target: target,
            startsOn: startsOn ?? CivilDate(call.now, in: call.workspace.zone), dueOn: dueOn,
            owner: owner ?? call.workspace.member)
    }
}

struct ReadingInput: APIValue {
    let value: Double
    let takenOn: CivilDate?
    let note: String?

    static let schema = Schema.object(
        "ReadingInput",
        [
            .required("value", .number(description: "What the KPI was.")),
            .optional("takenOn", .date("Today when left out.")),
            .optional("note", .text("Where it comes from, or why.", max: 500)),
        ])
}

struct CharterInput: APIValue {
    let role: Charter.Role
    let audience: String?
    let postsPerWeek: Int?
    let voice: String?
    let answerWithinHours: Int?
    let responsePolicy: String?
    let requiredReturn: Int?
    let difference: String?

    static let schema = Schema.object(
        "CharterInput",
        [
            .required("role", .oneOf(Charter.Role.self, "Its place in the buying cycle.")),
            .optional("audience", .text("Whom we talk to here.", max: 1000)),
            .optional("postsPerWeek", .integer(minimum: 0, maximum: 200)),
            .optional("voice", .text("How we sound here.", max: 1000)),
            .optional("answerWithinHours", .integer(minimum: 1, maximum: 720)),
            .optional("responsePolicy", .text("Who answers what, and how.", max: 1000)),
            .optional(
                "requiredReturn",
                .integer(
                    minimum: 0, maximum: 100_000,
                    description: "Percent of its cost that it must bring back.")),
            .optional("difference", .text("What we do differently here.", max: 1000)),
        ])

    var draft: CharterDraft {
        CharterDraft(
            role: role, audience: audience ?? "", postsPerWeek: postsPerWeek ?? 0,
            voice: voice ?? "", answerWithinHours: answerWithinHours,
            responsePolicy: responsePolicy ?? "", requiredReturn: requiredReturn,
            difference: difference ?? "")
    }
}

struct KeyMessageInput: APIValue {
    let message: String
    let proof: String?

    static let schema = Schema.object(
        "KeyMessageInput",
        [
            .required("message", .line("What people should remember.", max: 300)),
            .optional("proof", .text("What shows that it is true.", max: 1000)),
        ])
}

struct VoiceInput: APIValue {
    let sound: String
    let avoid: String?

    static let schema = Schema.object(
        "VoiceInput",
        [
            .required("sound", .line("How we sound: “warm, plain and curious”.", max: 1000)),
            .optional("avoid", .text("What we never do.", max: 1000)),
        ])
}

struct FeedbackInput: APIValue {
    let answerWithinHours: Int?
    let how: String?

    static let schema = Schema.object(
        "FeedbackInput",
        [
            .optional("answerWithinHours", .integer(minimum: 1, maximum: 720)),
            .optional("how", .text("Who answers, and what we do with what we hear.", max: 2000)),
        ])
}

struct StatementInput: APIValue {
    let text: String

    static let schema = Schema.object(
        "StatementInput", [.required("text", .line("One or two sentences.", max: 2000))])
}

struct BudgetPeriodInput: APIValue {
    let startsOn: CivilDate
    let endsOn: CivilDate
    let requiredReturn: Int?
    let because: String?

    static let schema = Schema.object(
        "BudgetPeriodInput",
        [
            .required("startsOn", .date()),
            .required("endsOn", .date("The last day, included.")),
            .optional(
                "requiredReturn",
                .integer(
                    minimum: 0, maximum: 100_000,
                    description: "Percent of the cost that must come back; 150 is 1.50 for 1.")),
            .optional("because", .text("Why that much.", max: 1000)),
        ])

    func draft(_ currency: Currency) -> BudgetPeriodDraft {
        BudgetPeriodDraft(
            startsOn: startsOn, endsOn: endsOn, currency: currency,
            requiredReturn: requiredReturn, because: because ?? "")
    }
}

struct BudgetLineInput: APIValue {
    let kind: BudgetLine.Kind
    let title: String
    let channel: ChannelID?
    let member: MemberID?
    let hours: Double?
    let hourlyCost: String?
    let amount: String?

    static let schema = Schema.object(
        "BudgetLineInput",
        [
            .required("kind", .oneOf(BudgetLine.Kind.self)),
            .required("title", .line("A role or a thing: “Editor”, “Photo tool”.")),
            .optional("channel", .id("The channel it is for, when it is for one.")),
            .optional("member", .id("Whose time it is, for people's time.")),
            .optional(
                "hours",
                .number(minimum: 0, maximum: 100_000, description: "For people's time.")),
            .optional("hourlyCost", .line("Such as 35 or 42.50; for people's time.", max: 20)),
            .optional("amount", .line("Such as 250 or 49.90; for everything else.", max: 20)),
        ])

    func draft(_ currency: Currency) throws(StrategyError) -> BudgetLineDraft {
        let cost: BudgetLineDraft.Cost
        if kind == .people {
            guard let hours, hours > 0, let hourlyCost else { throw .peopleNeedTimeAndRate }
            guard let rate = Money(decimal: hourlyCost, currency: currency) else {
                throw .badAmount(field: "hourlyCost")
            }
            cost = .time(
                minutes: Int64((hours * 60).rounded()), hourlyRate: rate.minorUnits)
        } else {
            guard let amount else { throw .lineNeedsAmount }
            guard let money = Money(decimal: amount, currency: currency) else {
                throw .badAmount(field: "amount")
            }
            cost = .money(money.minorUnits)
        }
        return BudgetLineDraft(
            kind: kind, title: title, channel: channel, member: member, cost: cost)
    }
}

struct MarginInput: APIValue {
    let percent: Double
    let validFrom: CivilDate?
    let because: String?

    static let schema = Schema.object(
        "MarginInput",
        [
            .required(
                "percent",
                .number(
                    minimum: 0, maximum: 100,
                    description: "What is left of revenue after the cost of goods.")),
            .optional("validFrom", .date("Today when left out.")),
            .optional("because", .text("Where the figure comes from.", max: 1000)),
        ])
}

/// The identifier of something that was just made or kept.
struct StrategyReference: APIValue {
    let id: String

    init(_ id: ID<some Any>) { self.id = id.text }

    static let schema = Schema.object("StrategyReference", [.required("id", .id())])
}
