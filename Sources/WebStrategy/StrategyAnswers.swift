import Kernel
import Strategy
import Web

/// An objective with its computed status, as the API answers it.
struct ObjectiveAnswer: APIValue {
    let id: ObjectiveID
    let businessGoal: BusinessGoalID
    let title: String
    let kpi: String
    let unit: String
    let source: Objective.Source
    let baseline: Double
    let target: Double
    let startsOn: CivilDate
    let dueOn: CivilDate
    let owner: MemberID?
    let isClosed: Bool
    let status: ObjectiveStanding.Status
    let value: Double?
    let valueOn: CivilDate?
    let progress: Double?
    let forecast: Double?
    let readings: [ReadingAnswer]

    init(_ entry: StrategyBook.ObjectiveEntry) {
        let objective = entry.objective
        id = objective.id
        businessGoal = objective.businessGoal
        title = objective.title
        kpi = objective.kpi
        unit = objective.unit
        source = objective.source
        baseline = objective.baseline
        target = objective.target
        startsOn = objective.startsOn
        dueOn = objective.dueOn
        owner = objective.owner
        isClosed = objective.archivedAt != nil
        status = entry.standing.status
        value = entry.standing.latest?.value
        valueOn = entry.standing.latest?.takenOn
        progress = entry.standing.progress
        forecast = entry.standing.forecast
        readings = entry.readings.map(ReadingAnswer.init)
    }

    static let schema = Schema.object(
        "Objective",
        [
            .required("id", .id()), .required("businessGoal", .id()),
            .required("title", .string()), .required("kpi", .string()),
            .required("unit", .string()), .required("source", .oneOf(Objective.Source.self)),
            .required("baseline", .number()), .required("target", .number()),
            .required("startsOn", .date()), .required("dueOn", .date()),
            .optional("owner", .id("Absent when the owner has left.")),
            .required("isClosed", .boolean()),
            .required("status", .oneOf(ObjectiveStanding.Status.self, "Computed, never typed.")),
            .optional("value", .number(description: "The latest check-in; absent without one.")),
            .optional("valueOn", .date()),
            .optional("progress", .number(description: "0 at the baseline, 1 at the target.")),
            .optional("forecast", .number(description: "On the due date, at the pace so far.")),
            .required("readings", .array(of: ReadingAnswer.schema, maxCount: 10_000)),
        ])
}

struct ReadingAnswer: APIValue {
    let id: ReadingID
    let takenOn: CivilDate
    let value: Double
    let source: Reading.Source
    let note: String
    let recordedBy: String

    init(_ reading: Reading) {
        id = reading.id
        takenOn = reading.takenOn
        value = reading.value
        source = reading.source
        note = reading.note
        recordedBy = reading.recordedBy
    }

    static let schema = Schema.object(
        "Reading",
        [
            .required("id", .id()), .required("takenOn", .date()),
            .required("value", .number()), .required("source", .oneOf(Reading.Source.self)),
            .required("note", .string()), .required("recordedBy", .string()),
        ])
}

/// The whole strategy, as the API answers it.
struct StrategyAnswer: APIValue {
    struct Goal: APIValue {
        let id: BusinessGoalID
        let kind: BusinessGoal.Kind
        let title: String
        let because: String
        let objectives: [ObjectiveAnswer]

        static let schema = Schema.object(
            "BusinessGoal",
            [
                .required("id", .id()), .required("kind", .oneOf(BusinessGoal.Kind.self)),
                .required("title", .string()), .required("because", .string()),
                .required("objectives", .array(of: ObjectiveAnswer.schema)),
            ])
    }

    /// A goal or an objective that was taken off the strategy and can come back.
    struct Closed: APIValue {
        let id: String
        let title: String

        static let schema = Schema.object(
            "ClosedPart", [.required("id", .id()), .required("title", .string())])
    }

    struct CharterAnswer: APIValue {
        let id: CharterID
        let channel: String
        let role: Charter.Role
        let audience: String
        let postsPerWeek: Int
        let voice: String
        let answerWithinHours: Int?
        let responsePolicy: String
        let requiredReturn: Int?
        let difference: String

        static let schema = Schema.object(
            "Charter",
            [
                .required("id", .id()), .required("channel", .id()),
                .required("role", .oneOf(Charter.Role.self)), .required("audience", .string()),
                .required("postsPerWeek", .integer()), .required("voice", .string()),
                .optional("answerWithinHours", .integer()),
                .required("responsePolicy", .string()),
                .optional("requiredReturn", .integer()), .required("difference", .string()),
            ])
    }

    struct Message: APIValue {
        let id: KeyMessageID
        let message: String
        let proof: String

        static let schema = Schema.object(
            "KeyMessage",
            [
                .required("id", .id()), .required("message", .string()),
                .required("proof", .string()),
            ])
    }

    struct Period: APIValue {
        let id: BudgetPeriodID
        let startsOn: CivilDate
        let endsOn: CivilDate
        let requiredReturn: Int?
        let because: String
        let total: Money
        let lines: [Line]

        static let schema = Schema.object(
            "BudgetPeriod",
            [
                .required("id", .id()), .required("startsOn", .date()),
                .required("endsOn", .date()), .optional("requiredReturn", .integer()),
                .required("because", .string()), .required("total", .money()),
                .required("lines", .array(of: Line.schema)),
            ])
    }

    struct Line: APIValue {
        let id: BudgetLineID
        let kind: BudgetLine.Kind
        let title: String
        let channel: String?
        let member: MemberID?
        let minutes: Int64?
        let hourlyCost: Money?
        let amount: Money

        static let schema = Schema.object(
            "BudgetLine",
            [
                .required("id", .id()), .required("kind", .oneOf(BudgetLine.Kind.self)),
                .required("title", .string()), .optional("channel", .id()),
                .optional("member", .id()), .optional("minutes", .integer()),
                .optional("hourlyCost", .money()), .required("amount", .money()),
            ])
    }

    struct MarginAnswer: APIValue {
        let id: MarginID
        let validFrom: CivilDate
        let percent: Double
        let because: String

        static let schema = Schema.object(
            "Margin",
            [
                .required("id", .id()), .required("validFrom", .date()),
                .required("percent", .number()), .required("because", .string()),
            ])
    }

    let goals: [Goal]
    let closedGoals: [Closed]
    let closedObjectives: [Closed]
    let charters: [CharterAnswer]
    let keyMessages: [Message]
    let sound: String
    let avoid: String
    let answerWithinHours: Int?
    let feedback: String
    let focus: String
    let higherReturns: String
    let periods: [Period]
    let margins: [MarginAnswer]
    let unanswered: [StrategyQuestion]

    static let schema = Schema.object(
        "Strategy",
        [
            .required("goals", .array(of: Goal.schema)),
            .required("closedGoals", .array(of: Closed.schema)),
            .required("closedObjectives", .array(of: Closed.schema)),
            .required("charters", .array(of: CharterAnswer.schema)),
            .required("keyMessages", .array(of: Message.schema)),
            .required("sound", .string()), .required("avoid", .string()),
            .optional("answerWithinHours", .integer()), .required("feedback", .string()),
            .required("focus", .string()), .required("higherReturns", .string()),
            .required("periods", .array(of: Period.schema)),
            .required("margins", .array(of: MarginAnswer.schema)),
            .required(
                "unanswered",
                .array(of: .oneOf(StrategyQuestion.self, "Which of the eight questions."))),
        ])
}

extension StrategyAnswer {
    init(_ book: StrategyBook) {
        goals = book.goals.map { entry in
            Goal(
                id: entry.goal.id, kind: entry.goal.kind, title: entry.goal.title,
                because: entry.goal.because,
                objectives: entry.objectives.map(ObjectiveAnswer.init))
        }
        closedGoals = book.closedGoals.map { Closed(id: $0.id.text, title: $0.title) }
        closedObjectives = book.closedObjectives.map { Closed(id: $0.id.text, title: $0.title) }
        charters = book.charters.map { charter in
            CharterAnswer(
                id: charter.id, channel: charter.channel.text, role: charter.role,
                audience: charter.audience, postsPerWeek: charter.postsPerWeek,
                voice: charter.voice, answerWithinHours: charter.answerWithinHours,
                responsePolicy: charter.responsePolicy, requiredReturn: charter.requiredReturn,
                difference: charter.difference)
        }
        keyMessages = book.messages.map {
            Message(id: $0.id, message: $0.message, proof: $0.proof)
        }
        sound = book.voice.sound
        avoid = book.voice.avoid
        answerWithinHours = book.voice.answerWithinHours
        feedback = book.voice.feedback
        focus = book.voice.focus
        higherReturns = book.voice.higherReturns
        periods = book.periods.map(Period.init)
        margins = book.margins.map { margin in
            MarginAnswer(
                id: margin.id, validFrom: margin.validFrom,
                percent: Double(margin.hundredthsOfPercent) / 100, because: margin.because)
        }
        unanswered = book.unanswered
    }
}

extension StrategyAnswer.Period {
    init(_ entry: StrategyBook.PeriodEntry) {
        let currency = entry.period.currency
        id = entry.period.id
        startsOn = entry.period.startsOn
        endsOn = entry.period.endsOn
        requiredReturn = entry.period.requiredReturn
        because = entry.period.because
        total = entry.total
        lines = entry.lines.map { line in
            StrategyAnswer.Line(
                id: line.id, kind: line.kind, title: line.title, channel: line.channel?.text,
                member: line.member, minutes: line.minutes,
                hourlyCost: line.hourlyRate.map { Money(minorUnits: $0, currency: currency) },
                amount: Money(minorUnits: line.amount, currency: currency))
        }
    }
}
