package import Kernel

/// What results are asked by.
package enum ResultsGrain: String, Sendable, Codable, CaseIterable {
    case posts
    case channels
    case initiatives
    case objectives
    case goals

    /// The words on the tab.
    package var name: String {
        switch self {
        case .posts: "Posts"
        case .channels: "Channels"
        case .initiatives: "Initiatives"
        case .objectives: "Objectives"
        case .goals: "Business goals"
        }
    }

    /// One of them, in a sentence.
    package var noun: String {
        switch self {
        case .posts: "post"
        case .channels: "channel"
        case .initiatives: "initiative"
        case .objectives: "objective"
        case .goals: "business goal"
        }
    }
}

/// A run of days in a workspace's zone; both ends are included.
package struct ResultsPeriod: Sendable, Hashable {
    package let from: CivilDate
    package let to: CivilDate

    package init(from: CivilDate, to: CivilDate) throws(MeasurementError) {
        guard from <= to, to.daysSinceEpoch - from.daysSinceEpoch < 3700 else { throw .period }
        self.from = from
        self.to = to
    }

    private init(unchecked from: CivilDate, _ to: CivilDate) {
        self.from = from
        self.to = to
    }

    /// The days up to and with `today`.
    package static func last(_ days: Int, today: CivilDate) -> ResultsPeriod {
        ResultsPeriod(unchecked: today.adding(days: 1 - max(1, days)), today)
    }

    package var dayCount: Int { to.daysSinceEpoch - from.daysSinceEpoch + 1 }

    /// As many days, just before.
    package var previous: ResultsPeriod {
        ResultsPeriod(unchecked: from.adding(days: -dayCount), from.adding(days: -1))
    }

    /// The same days a year earlier.
    package var yearBefore: ResultsPeriod {
        ResultsPeriod(unchecked: from.adding(days: -364), to.adding(days: -364))
    }

    var days: ClosedRange<Int64> { DayNumber.of(from)...DayNumber.of(to) }
}

/// The figures of one post, channel, initiative, objective or business goal.
package struct ResultsRow: Sendable, Hashable {
    /// The identifier's text; empty for what belongs to nothing.
    package var id: String
    package var title: String
    /// The channel and day of a post; the kind of an initiative.
    package var detail: String
    /// Nil when the post went out without its tagged link: unknown, not zero.
    package var clicks: Int64?
    /// With robots.
    package var allClicks: Int64?
    /// Nil while no visit was ever measured.
    package var visits: Int64?
    /// In millionths, because models share them.
    package var leads: Int64
    package var orders: Int64
    package var revenue: Int64
    /// Credited minor units times the margin of each order's day, in hundredths of a percent.
    var weighted: Int64
    package var cost: CostSum
    package var returned: Return

    init(id: String, title: String = "", detail: String = "") {
        self.id = id
        self.title = title
        self.detail = detail
        leads = 0
        orders = 0
        revenue = 0
        weighted = 0
        cost = CostSum()
        returned = .unknown(.noCost)
    }

    /// A share in millionths as people read it: `3`, `1.5`, `1,234.33`.
    package static func words(_ millionths: Int64) -> String {
        let parts = count(millionths).split(separator: ".")
        return (Int64(parts[0]) ?? 0).grouped + (parts.count > 1 ? "." + parts[1] : "")
    }

    /// A share in millionths for programs: `3`, `1.5`, `0.33`.
    package static func count(_ millionths: Int64) -> String {
        let hundredths = (millionths + 5_000) / 10_000
        let rest = hundredths % 100
        guard rest != 0 else { return String(hundredths / 100) }
        let text = "\(hundredths / 100)." + (rest < 10 ? "0" : "") + String(rest)
        return text.hasSuffix("0") ? String(text.dropLast()) : text
    }
}

/// Everything the results page shows for one question.
package struct Results: Sendable {
    package let grain: ResultsGrain
    package let model: CreditModel
    package let period: ResultsPeriod
    package let currency: Currency
    /// The best first; at most `Results.mostRows` of them.
    package let rows: [ResultsRow]
    package internal(set) var total: ResultsTotal
    /// The margin at the end of the period as a fraction; nil while nobody has stated one.
    package let margin: Double?
    /// Whether the margin changed within the period, so that orders earn at different ones.
    package let marginChanges: Bool
    /// Whether the site snippet has ever sent a visit.
    package let hasVisits: Bool

    /// Rows beyond these are in the CSV only.
    package static let mostRows = 100
}

/// The sums of a period, whatever they are shown by.
package struct ResultsTotal: Sendable, Hashable {
    package var posts: Int64 = 0
    package var clicks: Int64 = 0
    package var allClicks: Int64 = 0
    package var visits: Int64?
    package var leads: Int64 = 0
    package var orders: Int64 = 0
    package var refunds: Int64 = 0
    /// All recorded revenue less refunds, in the workspace's currency.
    package var revenue: Int64 = 0
    /// The part that a tagged link brought.
    package var credited: Int64 = 0
    /// Orders in other currencies, which are not in these sums.
    package var foreignOrders: Int64 = 0
    package var cost = CostSum()
    package var returned = Return.unknown(.noCost)

    /// Revenue that no tagged click stands before.
    package var uncredited: Int64 { revenue - credited }
}

/// One day of a period.
package struct ResultsDay: Sendable, Hashable {
    package let day: CivilDate
    package let clicks: Int64
    package let revenue: Int64
}
