package import Kernel
package import Store
package import Strategy

/// Marks identifiers of initiatives.
package enum InitiativeTag {}
/// Marks identifiers of plan items.
package enum ItemTag {}
/// Marks identifiers of distribution actions.
package enum DistributionActionTag {}
package typealias InitiativeID = ID<InitiativeTag>
package typealias ItemID = ID<ItemTag>
package typealias DistributionActionID = ID<DistributionActionTag>

/// A sprint or a marathon: work that belongs together and serves the same objectives.
package struct Initiative: Sendable, Hashable, RowReadable {
    /// How the work runs.
    package enum Kind: String, Sendable, Codable, CaseIterable, SQLConvertible {
        /// A campaign for visibility: short, loud, with an end.
        case sprint
        /// A programme that builds authority and a community: steady, and may have no end.
        case marathon

        /// The word people read.
        package var name: String { self == .sprint ? "Sprint" : "Marathon" }
    }

    /// How far the work is.
    package enum State: String, Sendable, Codable, CaseIterable, SQLConvertible {
        case planned
        case running
        case done
        case dropped
    }

    package let id: InitiativeID
    package var kind: Kind
    package var title: String
    package var purpose: String
    package var state: State
    package var startsOn: CivilDate
    package var endsOn: CivilDate?
    package var owner: MemberID?
    package var budget: Money?

    package var subject: String { "initiative:\(id)" }

    package init(row: Row) throws {
        id = try row("id")
        kind = try row("kind")
        title = try row("title")
        purpose = try row("purpose")
        state = try row("state")
        startsOn = try row("starts_on")
        endsOn = try row("ends_on")
        owner = try row("owner_id")
        let currency: Currency = try row("currency")
        let amount: Int64? = try row("budget")
        budget = amount.map { Money(minorUnits: $0, currency: currency) }
    }
}

/// One piece of content in the plan: who makes it, for which month, for which objective.
package struct PlanItem: Sendable, Hashable, RowReadable {
    /// How far the piece is.
    package enum State: String, Sendable, Codable, CaseIterable, SQLConvertible {
        case idea
        case planned
        case briefed
        case inWork
        case done
        case dropped

        /// The words people read.
        package var name: String {
            switch self {
            case .idea: "Idea"
            case .planned: "Planned"
            case .briefed: "Briefed"
            case .inWork: "In work"
            case .done: "Done"
            case .dropped: "Dropped"
            }
        }
    }

    package let id: ItemID
    package var initiative: InitiativeID?
    /// The one objective that receives the item's money.
    package var primaryObjective: ObjectiveID?
    package var title: String
    package var note: String
    package var owner: MemberID?
    package var month: CivilMonth
    package var state: State
    package var position: Int
    package let createdAt: Instant
    package var updatedAt: Instant

    package var subject: String { "item:\(id)" }

    package init(row: Row) throws {
        id = try row("id")
        initiative = try row("initiative_id")
        primaryObjective = try row("primary_objective_id")
        title = try row("title")
        note = try row("note")
        owner = try row("owner_id")
        month = try row("month")
        state = try row("state")
        position = try row("position")
        createdAt = try row("created_at")
        updatedAt = try row("updated_at")
    }
}

/// Something done to get an item seen.
package struct DistributionAction: Sendable, Hashable, RowReadable {
    /// What is done.
    package enum Kind: String, Sendable, Codable, CaseIterable, SQLConvertible {
        case post
        case firstComment
        case staffShare
        case influencer
        case email
        case boost
        case giveaway
        case press
        case other

        /// The words people read.
        package var name: String {
            switch self {
            case .post: "Post"
            case .firstComment: "First comment"
            case .staffShare: "Staff share"
            case .influencer: "Influencer outreach"
            case .email: "E-mail mention"
            case .boost: "Paid boost"
            case .giveaway: "Giveaway"
            case .press: "Press"
            case .other: "Something else"
            }
        }
    }

    package let id: DistributionActionID
    package let item: ItemID
    package var kind: Kind
    package var title: String
    package var owner: MemberID?
    package var dueOn: CivilDate?
    package var doneAt: Instant?

    package init(row: Row) throws {
        id = try row("id")
        item = try row("item_id")
        kind = try row("kind")
        title = try row("title")
        owner = try row("owner_id")
        dueOn = try row("due_on")
        doneAt = try row("done_at")
    }
}
