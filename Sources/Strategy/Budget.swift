package import Channels
package import Kernel
package import Store

/// Marks identifiers of budget periods.
package enum BudgetPeriodTag {}
/// Marks identifiers of budget lines.
package enum BudgetLineTag {}
/// Marks identifiers of margins.
package enum MarginTag {}
package typealias BudgetPeriodID = ID<BudgetPeriodTag>
package typealias BudgetLineID = ID<BudgetLineTag>
package typealias MarginID = ID<MarginTag>

/// What may be spent between two days, and what must come back.
package struct BudgetPeriod: Sendable, Hashable, RowReadable {
    package let id: BudgetPeriodID
    package var startsOn: CivilDate
    /// The last day, included.
    package var endsOn: CivilDate
    package var currency: Currency
    /// Percent of the cost that must come back; nil while nobody has said.
    package var requiredReturn: Int?
    package var because: String

    package init(row: Row) throws {
        id = try row("id")
        startsOn = try row("starts_on")
        endsOn = try row("ends_on")
        currency = try row("currency")
        requiredReturn = try row("required_return")
        because = try row("because")
    }
}

/// One thing a period's money goes to.
package struct BudgetLine: Sendable, Hashable, RowReadable {
    /// What the money buys.
    package enum Kind: String, Sendable, Codable, CaseIterable, SQLConvertible {
        /// People's time: minutes at an hourly rate.
        case people
        case tools
        case creators
        case promotion
        case other

        /// The words people read.
        package var name: String {
            switch self {
            case .people: "People's time"
            case .tools: "Tools"
            case .creators: "Creators"
            case .promotion: "Paid promotion"
            case .other: "Other"
            }
        }
    }

    package let id: BudgetLineID
    package let period: BudgetPeriodID
    package var kind: Kind
    /// A role or a thing: “Editor”, “Photo tool”.
    package var title: String
    package var channel: ChannelID?
    package var member: MemberID?
    package var minutes: Int64?
    /// Minor units an hour.
    package var hourlyRate: Int64?
    /// Minor units in all.
    package var amount: Int64

    package init(row: Row) throws {
        id = try row("id")
        period = try row("budget_period_id")
        kind = try row("kind")
        title = try row("title")
        channel = try row("channel_id")
        member = try row("member_id")
        minutes = try row("minutes")
        hourlyRate = try row("hourly_rate")
        amount = try row("amount")
    }

    /// What `minutes` of work cost at `hourlyRate`, rounded half up to a minor unit.
    package static func cost(minutes: Int64, hourlyRate: Int64) -> Int64 {
        (minutes * hourlyRate + 30) / 60
    }
}

/// The share of revenue that is left after the cost of goods, from a day on.
package struct Margin: Sendable, Hashable, RowReadable {
    package let id: MarginID
    package var validFrom: CivilDate
    /// 6000 is 60 %.
    package var hundredthsOfPercent: Int
    package var because: String

    /// The margin as a fraction of revenue: 0.6 for 60 %.
    package var fraction: Double { Double(hundredthsOfPercent) / 10_000 }

    package init(row: Row) throws {
        id = try row("id")
        validFrom = try row("valid_from")
        hundredthsOfPercent = try row("hundredths_of_percent")
        because = try row("because")
    }
}
