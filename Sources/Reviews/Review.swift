package import Channels
package import Kernel
package import Planning
package import Store
import Strategy

/// Marks identifiers of reviews.
package enum ReviewTag {}
/// Marks identifiers of findings.
package enum FindingTag {}
/// Marks identifiers of decisions.
package enum DecisionTag {}
/// Marks identifiers of lessons.
package enum LessonTag {}
package typealias ReviewID = ID<ReviewTag>
package typealias FindingID = ID<FindingTag>
package typealias DecisionID = ID<DecisionTag>
package typealias LessonID = ID<LessonTag>

/// One look back on a week, a month or a quarter.
package struct Review: Sendable, RowReadable {
    /// Whether people still work on it.
    package enum State: String, Sendable, Codable, CaseIterable, SQLConvertible {
        case open
        case finished
    }

    package let id: ReviewID
    package let cadence: ReviewCadence
    package let period: ReviewCadence.Period
    package let state: State
    package let figures: ReviewFigures
    package let figuresAt: Instant
    /// The sentence the minute starts with.
    package let summary: String
    package let openedAt: Instant
    package let finishedAt: Instant?
    package let finishedBy: String?

    package var subject: String { "review:\(id)" }

    package init(row: Row) throws {
        id = try row("id")
        cadence = try row("cadence")
        period = ReviewCadence.Period(
            startsOn: try row("starts_on"), endsOn: try row("ends_on"))
        state = try row("state")
        figures = try row("figures")
        figuresAt = try row("figures_at")
        summary = try row("summary")
        openedAt = try row("opened_at")
        finishedAt = try row("finished_at")
        finishedBy = try row("finished_by")
    }

    /// `Week of 16 November 2026`, `November 2026`, `Quarter 4, 2026`.
    package var title: String {
        switch cadence {
        case .weekly: "Week of \(period.startsOn.words)"
        case .monthly: period.startsOn.civilMonth.name
        case .quarterly: "Quarter \((period.startsOn.month - 1) / 3 + 1), \(period.startsOn.year)"
        }
    }
}

/// Something a review noticed, and why it was so.
package struct Finding: Sendable, Hashable, RowReadable {
    /// What kind of thing it is.
    package enum Kind: String, Sendable, Codable, CaseIterable, SQLConvertible {
        case worked
        case didNot
        case surprise

        /// The words people read.
        package var name: String {
            switch self {
            case .worked: "Worked"
            case .didNot: "Did not work"
            case .surprise: "Surprise"
            }
        }
    }

    package let id: FindingID
    package let review: ReviewID
    package let kind: Kind
    package let what: String
    package let why: String
    /// What it is about, as `kind:id`.
    package let about: String?
    package let recordedBy: String

    package init(row: Row) throws {
        id = try row("id")
        review = try row("review_id")
        kind = try row("kind")
        what = try row("what")
        why = try row("why")
        about = try row("subject")
        recordedBy = try row("recorded_by")
    }
}

/// Something people decided to do, by a day, with a name beside it.
package struct Decision: Sendable, Hashable, RowReadable {
    /// What became of it.
    package enum State: String, Sendable, Codable, CaseIterable, SQLConvertible {
        case open
        case done
        case dropped
    }

    package let id: DecisionID
    package let review: ReviewID?
    package let what: String
    package let why: String
    package let owner: MemberID?
    package let dueOn: CivilDate
    package let state: State
    /// The plan item that carries it out.
    package let item: ItemID?
    package let settledAt: Instant?

    package var subject: String { "decision:\(id)" }

    package init(row: Row) throws {
        id = try row("id")
        review = try row("review_id")
        what = try row("what")
        why = try row("why")
        owner = try row("owner_id")
        dueOn = try row("due_on")
        state = try row("state")
        item = try row("item_id")
        settledAt = try row("settled_at")
    }
}

/// What we know now and want the next person to know.
package struct Lesson: Sendable, Hashable, RowReadable {
    package let id: LessonID
    package let review: ReviewID?
    /// What is so, such as “Giveaways bring followers who do not buy”.
    package let statement: String
    /// What to do about it; may be empty.
    package let advice: String
    package let channel: ChannelID?
    package let initiativeKind: Initiative.Kind?
    package let createdBy: String
    package let createdAt: Instant
    package let archivedAt: Instant?
    package internal(set) var tags: [String] = []
    package internal(set) var evidence: [Evidence] = []

    /// Something that shows the lesson to be true.
    package struct Evidence: Sendable, Hashable {
        /// `kind:id`, or a web address.
        package let subject: String
        package let label: String

        package init(subject: String, label: String) {
            self.subject = subject
            self.label = label
        }
    }

    package var subject: String { "lesson:\(id)" }

    package init(row: Row) throws {
        id = try row("id")
        review = try row("review_id")
        statement = try row("statement")
        advice = try row("advice")
        channel = try row("channel_id")
        initiativeKind = try row("initiative_kind")
        createdBy = try row("created_by")
        createdAt = try row("created_at")
        archivedAt = try row("archived_at")
    }
}
