import Channels
import Kernel
import Planning
import Reviews
import Web

struct ReviewAnswer: APIValue {
    let id: ReviewID
    let cadence: ReviewCadence
    let title: String
    let startsOn: CivilDate
    let endsOn: CivilDate
    let state: Review.State
    let summary: String
    let finishedAt: Instant?
    let finishedBy: String?

    init(_ review: Review) {
        id = review.id
        cadence = review.cadence
        title = review.title
        startsOn = review.period.startsOn
        endsOn = review.period.endsOn
        state = review.state
        summary = review.summary
        finishedAt = review.finishedAt
        finishedBy = review.finishedBy
    }

    static let schema = Schema.object(
        "Review",
        [
            .required("id", .id()), .required("cadence", .oneOf(ReviewCadence.self)),
            .required("title", .string()), .required("startsOn", .date()),
            .required("endsOn", .date()), .required("state", .oneOf(Review.State.self)),
            .required("summary", .string()), .optional("finishedAt", .instant()),
            .optional("finishedBy", .string()),
        ])
}

struct FigureAnswer: APIValue {
    let label: String
    let value: String
    let note: String
    let subject: String?

    init(_ line: ReviewFigures.Line) {
        label = line.label
        value = line.value
        note = line.note
        subject = line.subject
    }

    static let schema = Schema.object(
        "ReviewFigure",
        [
            .required("label", .string()),
            .required("value", .string(description: "In words; — when it is missing.")),
            .required("note", .string()), .optional("subject", .string()),
        ])
}

struct FindingAnswer: APIValue {
    let id: FindingID
    let kind: Finding.Kind
    let what: String
    let why: String
    let about: String?
    let recordedBy: String

    init(_ finding: Finding) {
        id = finding.id
        kind = finding.kind
        what = finding.what
        why = finding.why
        about = finding.about
        recordedBy = finding.recordedBy
    }

    static let schema = Schema.object(
        "Finding",
        [
            .required("id", .id()), .required("kind", .oneOf(Finding.Kind.self)),
            .required("what", .string()), .required("why", .string()),
            .optional("about", .string()), .required("recordedBy", .string()),
        ])
}

struct DecisionAnswer: APIValue {
    let id: DecisionID
    let review: ReviewID?
    let what: String
    let why: String
    let owner: MemberID?
    let dueOn: CivilDate
    let state: Decision.State
    let item: ItemID?

    init(_ decision: Decision) {
        id = decision.id
        review = decision.review
        what = decision.what
        why = decision.why
        owner = decision.owner
        dueOn = decision.dueOn
        state = decision.state
        item = decision.item
    }

    static let schema = Schema.object(
        "Decision",
        [
            .required("id", .id()), .optional("review", .id()), .required("what", .string()),
            .required("why", .string()), .optional("owner", .id()),
            .required("dueOn", .date()), .required("state", .oneOf(Decision.State.self)),
            .optional("item", .id("The plan item that carries it out.")),
        ])
}

struct LessonAnswer: APIValue {
    struct EvidenceAnswer: APIValue {
        let subject: String
        let label: String

        static let schema = Schema.object(
            "LessonEvidence",
            [.required("subject", .string()), .required("label", .string())])
    }

    let id: LessonID
    let statement: String
    let advice: String
    let tags: [String]
    let channel: ChannelID?
    let initiativeKind: Initiative.Kind?
    let evidence: [EvidenceAnswer]
    let isRetired: Bool
    let createdBy: String
    let createdAt: Instant

    init(_ lesson: Lesson) {
        id = lesson.id
        statement = lesson.statement
        advice = lesson.advice
        tags = lesson.tags
        channel = lesson.channel
        initiativeKind = lesson.initiativeKind
        evidence = lesson.evidence.map { .init(subject: $0.subject, label: $0.label) }
        isRetired = lesson.archivedAt != nil
        createdBy = lesson.createdBy
        createdAt = lesson.createdAt
    }

    static let schema = Schema.object(
        "Lesson",
        [
            .required("id", .id()), .required("statement", .string()),
            .required("advice", .string()), .required("tags", .array(of: .string())),
            .optional("channel", .id()), .optional("initiativeKind", .oneOf(Initiative.Kind.self)),
            .required("evidence", .array(of: EvidenceAnswer.schema)),
            .required("isRetired", .boolean()), .required("createdBy", .string()),
            .required("createdAt", .instant()),
        ])
}

struct LessonMatchAnswer: APIValue {
    let lesson: LessonAnswer
    let score: Int
    let reasons: [String]

    static let schema = Schema.object(
        "LessonMatch",
        [
            .required("lesson", LessonAnswer.schema), .required("score", .integer()),
            .required("reasons", .array(of: .string())),
        ])
}

struct ReviewDetailAnswer: APIValue {
    let review: ReviewAnswer
    let figuresAt: Instant
    let said: [FigureAnswer]
    let happened: [FigureAnswer]
    let surprises: [FigureAnswer]
    let findings: [FindingAnswer]
    let lessons: [LessonAnswer]
    let decisions: [DecisionAnswer]

    init(_ detail: ReviewDetail) {
        review = ReviewAnswer(detail.review)
        figuresAt = detail.review.figuresAt
        said = detail.review.figures.said.map(FigureAnswer.init)
        happened = detail.review.figures.happened.map(FigureAnswer.init)
        surprises = detail.review.figures.surprises.map(FigureAnswer.init)
        findings = detail.findings.map(FindingAnswer.init)
        lessons = detail.lessons.map(LessonAnswer.init)
        decisions = detail.decisions.map(DecisionAnswer.init)
    }

    static let schema = Schema.object(
        "ReviewDetail",
        [
            .required("review", ReviewAnswer.schema), .required("figuresAt", .instant()),
            .required("said", .array(of: FigureAnswer.schema)),
            .required("happened", .array(of: FigureAnswer.schema)),
            .required("surprises", .array(of: FigureAnswer.schema)),
            .required("findings", .array(of: FindingAnswer.schema)),
            .required("lessons", .array(of: LessonAnswer.schema)),
            .required("decisions", .array(of: DecisionAnswer.schema)),
        ])
}

struct CyclesAnswer: APIValue {
    let on: [ReviewCadence]

    static let schema = Schema.object(
        "ReviewCycles", [.required("on", .array(of: .oneOf(ReviewCadence.self)))])
}
