import Kernel
import Planning
import Strategy
import Web

struct ItemAnswer: APIValue {
    let id: ItemID
    let title: String
    let month: CivilMonth
    let state: PlanItem.State
    let owner: MemberID?
    let initiative: InitiativeID?
    let primaryObjective: ObjectiveID?
    let note: String

    init(_ item: PlanItem) {
        id = item.id
        title = item.title
        month = item.month
        state = item.state
        owner = item.owner
        initiative = item.initiative
        primaryObjective = item.primaryObjective
        note = item.note
    }

    static let fields: [Schema.Field] = [
        .required("id", .id()), .required("title", .string()), .required("month", .month()),
        .required("state", .oneOf(PlanItem.State.self)), .optional("owner", .id()),
        .optional("initiative", .id()), .optional("primaryObjective", .id()),
        .required("note", .string()),
    ]

    static let schema = Schema.object("PlanItem", fields)
}

struct ItemDetailAnswer: APIValue {
    struct Answer: APIValue {
        let part: Brief.Part
        let text: String
        let origin: Brief.Origin

        static let schema = Schema.object(
            "BriefAnswer",
            [
                .required("part", .oneOf(Brief.Part.self)), .required("text", .string()),
                .required("origin", .oneOf(Brief.Origin.self, "Who says so.")),
            ])
    }

    struct Action: APIValue {
        let id: DistributionActionID
        let kind: DistributionAction.Kind
        let title: String
        let owner: MemberID?
        let dueOn: CivilDate?
        let doneAt: Instant?

        static let schema = Schema.object(
            "DistributionAction",
            [
                .required("id", .id()), .required("kind", .oneOf(DistributionAction.Kind.self)),
                .required("title", .string()), .optional("owner", .id()),
                .optional("dueOn", .date()), .optional("doneAt", .instant()),
            ])
    }

    let item: ItemAnswer
    let channels: [String]
    let tags: [String]
    let brief: [Answer]
    let missing: [Brief.Part]
    let actions: [Action]

    init(_ detail: ItemDetail) {
        item = ItemAnswer(detail.item)
        channels = detail.channels.map(\.description)
        tags = detail.tags
        brief = Brief.Part.allCases.compactMap { part in
            detail.brief[part].map { Answer(part: part, text: $0.text, origin: $0.origin) }
        }
        missing = detail.brief.missing
        actions = detail.actions.map {
            Action(
                id: $0.id, kind: $0.kind, title: $0.title, owner: $0.owner, dueOn: $0.dueOn,
                doneAt: $0.doneAt)
        }
    }

    static let schema = Schema.object(
        "PlanItemDetail",
        [
            .required("item", ItemAnswer.schema), .required("channels", .array(of: .id())),
            .required("tags", .array(of: .string())),
            .required("brief", .array(of: Answer.schema)),
            .required(
                "missing",
                .array(of: .oneOf(Brief.Part.self, "Scheduling is refused while any is."))),
            .required("actions", .array(of: Action.schema)),
        ])
}

struct InitiativeAnswer: APIValue {
    let id: InitiativeID
    let kind: Initiative.Kind
    let title: String
    let purpose: String
    let state: Initiative.State
    let startsOn: CivilDate
    let endsOn: CivilDate?
    let owner: MemberID?
    let budget: Money?

    init(_ initiative: Initiative) {
        id = initiative.id
        kind = initiative.kind
        title = initiative.title
        purpose = initiative.purpose
        state = initiative.state
        startsOn = initiative.startsOn
        endsOn = initiative.endsOn
        owner = initiative.owner
        budget = initiative.budget
    }

    static let schema = Schema.object(
        "Initiative",
        [
            .required("id", .id()), .required("kind", .oneOf(Initiative.Kind.self)),
            .required("title", .string()), .required("purpose", .string()),
            .required("state", .oneOf(Initiative.State.self)), .required("startsOn", .date()),
            .optional("endsOn", .date()), .optional("owner", .id()),
            .optional("budget", .money()),
        ])
}

struct InitiativeDetailAnswer: APIValue {
    let initiative: InitiativeAnswer
    let primaryObjective: ObjectiveID?
    let otherObjectives: [ObjectiveID]
    let items: [ItemAnswer]

    init(_ detail: InitiativeDetail) {
        initiative = InitiativeAnswer(detail.initiative)
        primaryObjective = detail.primary?.id
        otherObjectives = detail.others.map(\.id)
        items = detail.items.map(ItemAnswer.init)
    }

    static let schema = Schema.object(
        "InitiativeDetail",
        [
            .required("initiative", InitiativeAnswer.schema),
            .optional("primaryObjective", .id()),
            .required("otherObjectives", .array(of: .id())),
            .required("items", .array(of: ItemAnswer.schema, maxCount: 10_000)),
        ])
}

/// The rolling twelve months, as the API answers them.
struct PlanAnswer: APIValue {
    struct Month: APIValue {
        let month: CivilMonth
        let items: Int
        let mark: String

        static let schema = Schema.object(
            "PlanMonth",
            [
                .required("month", .month()), .required("items", .integer()),
                .required("mark", .string(allowed: ["gap", "even", "peak"])),
            ])
    }

    let months: [Month]
    let initiatives: [InitiativeAnswer]
    let items: [ItemAnswer]
    let leftOver: [ItemAnswer]

    init(_ book: PlanBook) {
        months = book.loads.map { .init(month: $0.month, items: $0.count, mark: $0.mark.rawValue) }
        initiatives = book.rows.compactMap(\.initiative).map(InitiativeAnswer.init)
        items = book.rows.flatMap { row in
            book.window.months.flatMap { row.items[$0] ?? [] }
        }.map(ItemAnswer.init)
        leftOver = book.leftOver.map(ItemAnswer.init)
    }

    static let schema = Schema.object(
        "Plan",
        [
            .required("months", .array(of: Month.schema)),
            .required("initiatives", .array(of: InitiativeAnswer.schema)),
            .required("items", .array(of: ItemAnswer.schema, maxCount: 10_000)),
            .required(
                "leftOver",
                .array(of: ItemAnswer.schema, description: "Not done, of months that passed.")),
        ])
}
