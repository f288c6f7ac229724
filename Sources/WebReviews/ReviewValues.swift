import Channels
import Kernel
import Planning
import Reviews
import Web

// What the API takes about reviews, decisions and lessons.

struct ReviewInput: APIValue {
    let cadence: ReviewCadence
    let day: CivilDate
    let soFar: Bool?

    static let schema = Schema.object(
        "ReviewInput",
        [
            .required("cadence", .oneOf(ReviewCadence.self)),
            .required("day", .date("Any day of the time to look back on.")),
            .optional(
                "soFar", .boolean(description: "Whether a time that is not over yet will do.")),
        ])
}

struct MinuteInput: APIValue {
    let summary: String?

    static let schema = Schema.object(
        "MinuteInput",
        [.optional("summary", .text("The sentence the minute starts with.", max: 2000))])
}

struct FindingInput: APIValue {
    let kind: Finding.Kind
    let what: String
    let why: String?
    let about: String?

    static let schema = Schema.object(
        "FindingInput",
        [
            .required("kind", .oneOf(Finding.Kind.self)),
            .required("what", .line("What worked, did not, or surprised.", max: 500)),
            .optional("why", .text("Why it was so.", max: 2000)),
            .optional("about", .string(maxLength: 80, description: "As kind:id, item:0190….")),
        ])
}

struct DecisionInput: APIValue {
    let what: String
    let why: String?
    let owner: MemberID?
    let dueOn: CivilDate
    let review: ReviewID?

    static let schema = Schema.object(
        "DecisionInput",
        [
            .required("what", .line("What shall be done.")),
            .optional("why", .text(max: 2000)),
            .optional("owner", .id("A member; the caller when left out.")),
            .required("dueOn", .date()),
            .optional("review", .id("The review it was taken in.")),
        ])
}

struct DecisionStateInput: APIValue {
    let state: Decision.State

    static let schema = Schema.object(
        "DecisionStateInput", [.required("state", .oneOf(Decision.State.self))])
}

struct DecisionPlanInput: APIValue {
    let month: CivilMonth

    static let schema = Schema.object(
        "DecisionPlanInput", [.required("month", .month("Where it lands in the plan."))])
}

struct LessonInput: APIValue {
    let statement: String
    let advice: String?
    let tags: String?
    let channel: ChannelID?
    let initiativeKind: Initiative.Kind?
    let evidence: [String]?
    let review: ReviewID?

    static let schema = Schema.object(
        "LessonInput",
        [
            .required("statement", .line("What is so.", max: 500)),
            .optional("advice", .text("What to do about it.", max: 2000)),
            .optional("tags", .text("Words with commas between: giveaway, film.", max: 500)),
            .optional("channel", .id("Where it was learned, when it holds there only.")),
            .optional("initiativeKind", .oneOf(Initiative.Kind.self)),
            .optional(
                "evidence",
                .array(of: .string(maxLength: 80, description: "As kind:id."), maxCount: 50)),
            .optional("review", .id("The review it was learned in.")),
        ])
}

struct CycleInput: APIValue {
    let isOn: Bool

    static let schema = Schema.object("ReviewCycleInput", [.required("isOn", .boolean())])
}

/// The identifier of something that was just made.
struct ReviewReference: APIValue {
    let id: String

    init(_ id: ID<some Any>) { self.id = id.text }

    static let schema = Schema.object("ReviewReference", [.required("id", .id())])
}
