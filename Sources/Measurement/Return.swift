package import Kernel

/// What something cost, and of how many posts the cost is known.
package struct CostSum: Sendable, Hashable {
    package var amount: Int64
    /// The part of it that is a share of the budget's tools and was not entered.
    package var tools: Int64 = 0
    /// Posts with at least one cost entered.
    package var knownFor: Int
    /// Posts in all.
    package var of: Int

    package init(amount: Int64 = 0, knownFor: Int = 0, of: Int = 0) {
        self.amount = amount
        self.knownFor = knownFor
        self.of = of
    }

    /// Whether anything is known at all.
    package var isKnown: Bool { amount > 0 || (of > 0 && knownFor > 0) }
    package var isComplete: Bool { knownFor >= of }

    /// `known for 3 of 5 posts`; nil when it is complete.
    package var note: String? {
        isComplete ? nil : "known for \(knownFor.grouped) of \(of.grouped) posts"
    }
}

/// What came back for what was spent.
///
/// ROI = (credited revenue × margin − cost) / cost. Without a margin there is no ROI, only revenue
/// for each unit of cost; without a cost there is neither.
package enum Return: Sendable, Hashable {
    /// 0.5 is 50 %: each unit spent brought itself and half of itself.
    case roi(Double)
    /// Revenue for one unit of cost, because nobody has stated a margin.
    case revenuePerUnit(Double)
    case unknown(Missing)

    /// Why there is no figure.
    package enum Missing: Sendable, Hashable {
        case noCost
        case nothingSpent

        /// The reason for people.
        package var text: String {
            switch self {
            case .noCost: "No cost is entered, so nothing can be said about the return."
            case .nothingSpent: "It cost nothing, and nothing can be divided by nothing."
            }
        }
    }

    /// The return of `revenue` minor units; `margin` is a fraction.
    package static func of(revenue: Int64, margin: Double?, cost: CostSum) -> Return {
        of(
            revenue: revenue, earned: margin.map { Int64((Double(revenue) * $0).rounded()) },
            cost: cost)
    }

    /// The return of `revenue`, of which `earned` is left at the margin of each order's day; nil
    /// while nobody has stated a margin.
    package static func of(revenue: Int64, earned: Int64?, cost: CostSum) -> Return {
        guard cost.isKnown else { return .unknown(.noCost) }
        guard cost.amount > 0 else { return .unknown(.nothingSpent) }
        let spent = Double(cost.amount)
        guard let earned else { return .revenuePerUnit(Double(revenue) / spent) }
        return .roi((Double(earned) - spent) / spent)
    }

    /// The figure for people, such as `ROI 52 %` or `€1.40 per €1`.
    package func words(_ currency: Currency) -> String {
        switch self {
        case .roi(let value):
            let percent = Int((value * 100).rounded())
            return percent.grouped + " %"
        case .revenuePerUnit(let value):
            let unit = Money(minorUnits: Self.unit(currency), currency: currency)
            let back = Money(
                minorUnits: Int64((value * Double(unit.minorUnits)).rounded()),
                currency: currency)
            return "\(back.formatted) per \(Self.one(currency))"
        case .unknown: return "—"
        }
    }

    /// What the figure is called: never ROI without a margin.
    package func label(_ currency: Currency) -> String {
        switch self {
        case .roi: "ROI"
        case .revenuePerUnit: Self.perUnitLabel(currency)
        case .unknown: "Return"
        }
    }

    /// `Revenue per €1 of cost`, in the workspace's currency.
    package static func perUnitLabel(_ currency: Currency) -> String {
        "Revenue per \(one(currency)) of cost"
    }

    /// `€1`, `CHF 1`.
    private static func one(_ currency: Currency) -> String {
        let text = Money(minorUnits: unit(currency), currency: currency).formatted
        return String(text.prefix { $0 != "." })
    }

    private static func unit(_ currency: Currency) -> Int64 {
        (0..<currency.decimals).reduce(1) { value, _ in value * 10 }
    }
}
