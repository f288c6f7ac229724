package import Kernel

/// What can stop a change to the strategy, each with what a person can do about it.
package enum StrategyError: Error, Hashable {
    case noSuchGoal
    case noSuchObjective
    case noSuchReading
    case noSuchCharter
    case noSuchChannel
    case noSuchMessage
    case noSuchPeriod
    case noSuchLine
    case noSuchMargin
    case notAMember
    case dueBeforeStart
    case targetIsBaseline
    case notANumber(field: String)
    case readingInFuture
    case goalInUse(objectives: Int)
    case periodEndsBeforeStart
    case periodsOverlap(with: CivilDate, to: CivilDate)
    case peopleNeedTimeAndRate
    case lineNeedsAmount
    case badAmount(field: String)
    case marginOutOfRange
}

extension StrategyError: Presentable {
    package var problem: Problem {
        switch self {
        case .noSuchGoal: .notFound("business goal")
        case .noSuchObjective: .notFound("objective")
        case .noSuchReading: .notFound("check-in")
        case .noSuchCharter: .notFound("channel charter")
        case .noSuchMessage: .notFound("key message")
        case .noSuchPeriod: .notFound("budget period")
        case .noSuchLine: .notFound("budget line")
        case .noSuchMargin: .notFound("margin")
        case .noSuchChannel:
            .invalid("channel", "That channel is not in this workspace. Choose one of the list.")
        case .notAMember:
            .invalid("owner", "Choose a member of this workspace.")
        case .dueBeforeStart:
            .invalid("dueOn", "The due date must come after the start.")
        case .targetIsBaseline:
            .invalid("target", "The target must differ from where you start.")
        case .notANumber(let field):
            .invalid(field, "Give a number, such as 120 or 3.5.")
        case .readingInFuture:
            .invalid("takenOn", "A check-in tells what is. Choose today or an earlier day.")
        case .goalInUse(let count):
            Problem(
                .conflict, code: "strategy.goal-in-use",
                "\(count) objective\(count == 1 ? " hangs" : "s hang") from this goal. "
                    + "Close or move \(count == 1 ? "it" : "them") first.")
        case .periodEndsBeforeStart:
            .invalid("endsOn", "The period must end on or after its first day.")
        case .periodsOverlap(let start, let end):
            .invalid(
                "startsOn",
                "There is a budget from \(start.words) to \(end.words) already. Choose days outside it."
            )
        case .peopleNeedTimeAndRate:
            .invalid("hours", "People's time needs hours and an hourly cost.")
        case .lineNeedsAmount:
            .invalid("amount", "Say how much money this takes.")
        case .badAmount(let field):
            .invalid(field, "Give an amount such as 1200 or 49.90.")
        case .marginOutOfRange:
            .invalid("percent", "Give a margin above 0 and up to 100 percent, such as 42.5.")
        }
    }
}
