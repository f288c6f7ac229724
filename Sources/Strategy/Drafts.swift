package import Channels
package import Kernel

/// What a person says about a business goal.
package struct BusinessGoalDraft: Sendable, Hashable {
    package var kind: BusinessGoal.Kind
    package var title: String
    package var because: String

    package init(kind: BusinessGoal.Kind, title: String, because: String = "") {
        self.kind = kind
        self.title = title
        self.because = because
    }
}

/// What a person says about an objective.
package struct ObjectiveDraft: Sendable, Hashable {
    package var businessGoal: BusinessGoalID
    package var title: String
    package var kpi: String
    package var unit: String
    package var source: Objective.Source
    package var baseline: Double
    package var target: Double
    package var startsOn: CivilDate
    package var dueOn: CivilDate
    package var owner: MemberID

    package init(
        businessGoal: BusinessGoalID, title: String, kpi: String, unit: String,
        source: Objective.Source = .entered, baseline: Double, target: Double,
        startsOn: CivilDate, dueOn: CivilDate, owner: MemberID
    ) {
        self.businessGoal = businessGoal
        self.title = title
        self.kpi = kpi
        self.unit = unit
        self.source = source
        self.baseline = baseline
        self.target = target
        self.startsOn = startsOn
        self.dueOn = dueOn
        self.owner = owner
    }

    /// Refuses dates and numbers that make no objective.
    func check() throws(StrategyError) {
        guard baseline.isFinite else { throw .notANumber(field: "baseline") }
        guard target.isFinite else { throw .notANumber(field: "target") }
        guard startsOn < dueOn else { throw .dueBeforeStart }
        guard baseline != target else { throw .targetIsBaseline }
    }
}

/// What a person says about a channel's purpose.
package struct CharterDraft: Sendable, Hashable {
    package var role: Charter.Role
    package var audience: String
    package var postsPerWeek: Int
    package var voice: String
    package var answerWithinHours: Int?
    package var responsePolicy: String
    package var requiredReturn: Int?
    package var difference: String

    package init(
        role: Charter.Role, audience: String = "", postsPerWeek: Int = 0, voice: String = "",
        answerWithinHours: Int? = nil, responsePolicy: String = "", requiredReturn: Int? = nil,
        difference: String = ""
    ) {
        self.role = role
        self.audience = audience
        self.postsPerWeek = postsPerWeek
        self.voice = voice
        self.answerWithinHours = answerWithinHours
        self.responsePolicy = responsePolicy
        self.requiredReturn = requiredReturn
        self.difference = difference
    }
}

/// One sentence of the strategy page that belongs to the whole brand.
package enum StrategyStatement: Sendable, Hashable {
    case voice(sound: String, avoid: String)
    case feedback(answerWithinHours: Int?, how: String)
    case focus(String)
    case higherReturns(String)

    /// What the activity list calls it.
    var title: String {
        switch self {
        case .voice: "how we sound"
        case .feedback: "how we handle feedback"
        case .focus: "which channels deserve focus"
        case .higherReturns: "what would raise returns"
        }
    }
}

/// What a person says about a budget period.
package struct BudgetPeriodDraft: Sendable, Hashable {
    package var startsOn: CivilDate
    package var endsOn: CivilDate
    package var currency: Currency
    package var requiredReturn: Int?
    package var because: String

    package init(
        startsOn: CivilDate, endsOn: CivilDate, currency: Currency, requiredReturn: Int? = nil,
        because: String = ""
    ) {
        self.startsOn = startsOn
        self.endsOn = endsOn
        self.currency = currency
        self.requiredReturn = requiredReturn
        self.because = because
    }
}

/// What a person says about one line of a budget.
package struct BudgetLineDraft: Sendable, Hashable {
    /// Money as it is, or time at a rate.
    package enum Cost: Sendable, Hashable {
        /// Minor units.
        case money(Int64)
        /// Minutes at minor units an hour.
        case time(minutes: Int64, hourlyRate: Int64)
    }

    package var kind: BudgetLine.Kind
    package var title: String
    package var channel: ChannelID?
    package var member: MemberID?
    package var cost: Cost

    package init(
        kind: BudgetLine.Kind, title: String, channel: ChannelID? = nil, member: MemberID? = nil,
        cost: Cost
    ) {
        self.kind = kind
        self.title = title
        self.channel = channel
        self.member = member
        self.cost = cost
    }

    /// The columns that the cost fills; refuses time for things and money for people.
    func columns() throws(StrategyError) -> (minutes: Int64?, rate: Int64?, amount: Int64) {
        switch (kind, cost) {
        case (.people, .time(let minutes, let rate)):
            guard minutes > 0, rate >= 0, minutes <= 60 * 100_000, rate <= 100_000_000 else {
                throw .peopleNeedTimeAndRate
            }
            return (minutes, rate, BudgetLine.cost(minutes: minutes, hourlyRate: rate))
        case (.people, .money): throw .peopleNeedTimeAndRate
        case (_, .time): throw .lineNeedsAmount
        case (_, .money(let amount)):
            guard amount >= 0, amount <= 1_000_000_000_000 else {
                throw .badAmount(field: "amount")
            }
            return (nil, nil, amount)
        }
    }
}
