package import Channels
package import Kernel

/// The whole strategy of a workspace, as its page and the slices below read it.
package struct StrategyBook: Sendable {
    /// A goal with the objectives that hang from it.
    package struct GoalEntry: Sendable {
        package let goal: BusinessGoal
        package let objectives: [ObjectiveEntry]
    }

    /// An objective with its check-ins, oldest first, and how it stands.
    package struct ObjectiveEntry: Sendable {
        package let objective: Objective
        package let readings: [Reading]
        package let standing: ObjectiveStanding
    }

    /// A budget period with what its money goes to.
    package struct PeriodEntry: Sendable {
        package let period: BudgetPeriod
        package let lines: [BudgetLine]

        /// All lines together.
        package var total: Money { sum(of: nil) }

        /// The lines of one kind, or all for nil.
        package func sum(of kind: BudgetLine.Kind?) -> Money {
            let amount = lines.filter { kind == nil || $0.kind == kind }.map(\.amount)
                .reduce(0, +)
            return Money(minorUnits: amount, currency: period.currency)
        }

        /// People's time in minutes.
        package var minutes: Int64 { lines.compactMap(\.minutes).reduce(0, +) }
    }

    package let today: CivilDate
    /// Goals and objectives that are not closed.
    package let goals: [GoalEntry]
    /// Goals taken off the strategy, which can come back; the latest closed first.
    package let closedGoals: [BusinessGoal]
    /// Objectives taken off the strategy, which can come back; the latest closed first.
    package let closedObjectives: [Objective]
    package let charters: [Charter]
    package let messages: [KeyMessage]
    package let voice: Voice
    /// The newest first.
    package let periods: [PeriodEntry]
    /// The newest first.
    package let margins: [Margin]

    /// All open objectives, in the order of their goals.
    package var objectives: [ObjectiveEntry] { goals.flatMap(\.objectives) }

    /// The budget of today; nil when no period holds today.
    package var currentPeriod: PeriodEntry? {
        periods.first { $0.period.startsOn <= today && today <= $0.period.endsOn }
    }

    /// The margin that counts today; nil while nobody has stated one.
    package var currentMargin: Margin? { margins.first { $0.validFrom <= today } }

    /// The charter of a channel.
    package func charter(of channel: ChannelID) -> Charter? {
        charters.first { $0.channel == channel }
    }
}

/// The eight questions that a strategy answers (R02).
package enum StrategyQuestion: String, Sendable, Codable, CaseIterable {
    case accomplish
    case budget
    case requiredReturn
    case representation
    case feedback
    case focus
    case differences
    case higherReturns

    /// The question as people read it.
    package var text: String {
        switch self {
        case .accomplish: "What do we want to accomplish?"
        case .budget: "What is the budget?"
        case .requiredReturn: "Which return makes it worth the time?"
        case .representation: "How is the brand represented?"
        case .feedback: "How is feedback handled?"
        case .focus: "Which networks deserve focus?"
        case .differences: "How does the strategy differ between networks?"
        case .higherReturns: "What would generate higher returns?"
        }
    }
}

extension StrategyBook {
    /// The questions that have no answer yet, in their order.
    package var unanswered: [StrategyQuestion] {
        StrategyQuestion.allCases.filter { !answers($0) }
    }

    /// Whether the strategy answers a question.
    package func answers(_ question: StrategyQuestion) -> Bool {
        switch question {
        case .accomplish: !objectives.isEmpty
        case .budget: !(currentPeriod?.lines.isEmpty ?? true)
        case .requiredReturn: currentPeriod?.period.requiredReturn != nil
        case .representation: !voice.sound.isEmpty
        case .feedback: !voice.feedback.isEmpty || voice.answerWithinHours != nil
        case .focus: !voice.focus.isEmpty && !charters.isEmpty
        case .differences: !charters.isEmpty && charters.allSatisfy { !$0.difference.isEmpty }
        case .higherReturns: !voice.higherReturns.isEmpty
        }
    }
}
