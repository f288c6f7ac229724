package import Kernel

/// How the money of an order is shared among the clicks before it.
package enum CreditModel: String, Sendable, Codable, CaseIterable {
    /// All of it to the first click.
    case first
    /// All of it to the last click.
    case last
    /// The same to each click.
    case linear

    /// The words people read.
    package var name: String {
        switch self {
        case .first: "First click"
        case .last: "Last click"
        case .linear: "Every click alike"
        }
    }

    /// What the model says, in one sentence.
    package var meaning: String {
        switch self {
        case .first: "The whole order is credited to the first tagged click before it."
        case .last: "The whole order is credited to the last tagged click before it."
        case .linear: "The order is shared equally among all tagged clicks before it."
        }
    }
}

/// A click on the way to a conversion.
package struct JourneyClick: Sendable, Hashable {
    package var at: Instant
    package var link: Int64
    /// Nil when the order itself named the link.
    package var click: Int64?

    package init(at: Instant, link: Int64, click: Int64?) {
        self.at = at
        self.link = link
        self.click = click
    }
}

/// The clicks that lead to one conversion, and how its credit is shared among them.
package struct Journey: Sendable, Hashable {
    /// Clicks older than this did not lead to the order.
    package static let lookback = Duration.days(30)
    /// Clicks on one link within this time are one touch.
    package static let session = Duration.minutes(30)
    /// Shares are in millionths of a conversion.
    package static let whole: Int64 = 1_000_000

    /// In order of time.
    package let touches: [JourneyClick]

    /// Keeps the clicks that count for a conversion at `moment`.
    package init(_ clicks: [JourneyClick], before moment: Instant) {
        var kept: [JourneyClick] = []
        let inTime = clicks.filter { $0.at <= moment && $0.at >= moment - Self.lookback }
            .sorted { ($0.at, $0.click ?? .max) < ($1.at, $1.click ?? .max) }
        for click in inTime {
            if let last = kept.last, last.link == click.link, click.at - last.at <= Self.session {
                continue
            }
            kept.append(click)
        }
        touches = kept
    }

    /// The weight of each touch; nothing for a journey without touches.
    package func weights(_ model: CreditModel) -> [Double] {
        touches.indices.map { index in
            switch model {
            case .first: index == 0 ? 1 : 0
            case .last: index == touches.count - 1 ? 1 : 0
            case .linear: 1
            }
        }
    }

    /// Minor units and millionths for each touch; each sums to the whole exactly.
    package func credits(
        _ model: CreditModel, amount: Int64
    ) -> [(amount: Int64, share: Int64)] {
        guard !touches.isEmpty else { return [] }
        let weights = weights(model)
        return Array(
            zip(
                LargestRemainder.split(amount, by: weights),
                LargestRemainder.split(Self.whole, by: weights))
        ).map { (amount: $0.0, share: $0.1) }
    }
}
