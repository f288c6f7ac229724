package import Kernel

/// What can stop a change to a review or a lesson, each with what a person can do about it.
package enum ReviewError: Error, Hashable {
    case noSuchReview
    case noSuchFinding
    case noSuchDecision
    case noSuchLesson
    case noSuchChannel
    case finishedAlready
    case nothingFound
    case periodNotOver
    case periodNotBegun
    case openedAlready
    case ownerNeeded
    case plannedAlready
    case tooManyTags
}

extension ReviewError: Presentable {
    package var problem: Problem {
        switch self {
        case .noSuchReview: .notFound("review")
        case .noSuchFinding: .notFound("finding")
        case .noSuchDecision: .notFound("decision")
        case .noSuchLesson: .notFound("lesson")
        case .noSuchChannel:
            .invalid("channel", "That channel is not in this workspace. Choose one of the list.")
        case .finishedAlready:
            Problem(
                .conflict, code: "reviews.finished",
                "This review is finished and its minute stands. Reopen it to change it.")
        case .nothingFound:
            Problem(
                .invalid, code: "reviews.nothing-found",
                "Write down at least one thing that worked or did not, then finish.")
        case .periodNotOver:
            .invalid(
                "day",
                "That time is not over yet. Choose an earlier one, or look at it so far.")
        case .periodNotBegun:
            .invalid("day", "That time has not begun. Choose an earlier day.")
        case .openedAlready:
            Problem(
                .conflict, code: "reviews.opened-already",
                "There is a review of that time already. Open it from the list.")
        case .ownerNeeded:
            .invalid("owner", "Say who does it: choose a member of this workspace.")
        case .plannedAlready:
            Problem(
                .conflict, code: "reviews.planned-already",
                "This decision is in the plan already. Follow its link.")
        case .tooManyTags:
            .invalid("tags", "Give at most twelve tags of at most 40 characters each.")
        }
    }
}
