package import Kernel
package import Store

/// Marks identifiers of business goals.
package enum BusinessGoalTag {}
/// Marks identifiers of objectives.
package enum ObjectiveTag {}
/// Marks identifiers of readings.
package enum ReadingTag {}
package typealias BusinessGoalID = ID<BusinessGoalTag>
package typealias ObjectiveID = ID<ObjectiveTag>
package typealias ReadingID = ID<ReadingTag>

/// What the business wants; every objective hangs from one.
package struct BusinessGoal: Sendable, Hashable, RowReadable {
    /// The result for the business that the goal is about.
    package enum Kind: String, Sendable, Codable, CaseIterable, SQLConvertible {
        case revenue
        case signUps
        case downloads
        case requests
        case retention
        case other

        /// The word people read.
        package var name: String {
            switch self {
            case .revenue: "Revenue"
            case .signUps: "Sign-ups"
            case .downloads: "Downloads"
            case .requests: "Requests"
            case .retention: "Retention"
            case .other: "Something else"
            }
        }
    }

    package let id: BusinessGoalID
    package var kind: Kind
    /// What we want, as it stands after “We want”: “to sell 1,200 bags a month online”.
    package var title: String
    /// Why; may be empty.
    package var because: String
    package var archivedAt: Instant?

    package var subject: String { "businessGoal:\(id)" }

    package init(row: Row) throws {
        id = try row("id")
        kind = try row("kind")
        title = try row("title")
        because = try row("because")
        archivedAt = try row("archived_at")
    }
}

/// Something measurable that serves a business goal.
package struct Objective: Sendable, Hashable, RowReadable {
    /// Where the figures of an objective come from.
    package enum Source: String, Sendable, Codable, CaseIterable, SQLConvertible {
        /// People check in by hand.
        case entered
        /// Credited revenue, in whole units of the workspace's currency.
        case revenue
        /// Conversions credited to the objective's items.
        case conversions
        /// Visits that came through the objective's links.
        case visits
        /// Clicks on the objective's links, without bots.
        case clicks

        /// The words people read.
        package var name: String {
            switch self {
            case .entered: "Entered by hand"
            case .revenue: "Credited revenue"
            case .conversions: "Conversions"
            case .visits: "Visits"
            case .clicks: "Clicks"
            }
        }
    }

    package let id: ObjectiveID
    package var businessGoal: BusinessGoalID
    package var title: String
    /// What is counted: “Orders from social”.
    package var kpi: String
    /// What one of it is called: “orders”, “€”, “%”.
    package var unit: String
    package var source: Source
    package var baseline: Double
    package var target: Double
    package var startsOn: CivilDate
    package var dueOn: CivilDate
    /// Nil when the owner has left the workspace.
    package var owner: MemberID?
    package var archivedAt: Instant?

    package var subject: String { "objective:\(id)" }

    package init(row: Row) throws {
        id = try row("id")
        businessGoal = try row("business_goal_id")
        title = try row("title")
        kpi = try row("kpi")
        unit = try row("unit")
        source = try row("source")
        baseline = try row("baseline")
        target = try row("target")
        startsOn = try row("starts_on")
        dueOn = try row("due_on")
        owner = try row("owner_id")
        archivedAt = try row("archived_at")
    }
}

/// One dated value of an objective's KPI: a check-in.
package struct Reading: Sendable, Hashable, RowReadable {
    /// Whether a person entered the value or the program measured it.
    package enum Source: String, Sendable, Codable, CaseIterable, SQLConvertible {
        case entered
        case measured
    }

    package let id: ReadingID
    package let objective: ObjectiveID
    package let takenOn: CivilDate
    package let value: Double
    package let source: Source
    package let note: String
    package let recordedBy: String
    package let recordedAt: Instant

    package init(row: Row) throws {
        id = try row("id")
        objective = try row("objective_id")
        takenOn = try row("taken_on")
        value = try row("value")
        source = try row("source")
        note = try row("note")
        recordedBy = try row("recorded_by")
        recordedAt = try row("recorded_at")
    }
}
