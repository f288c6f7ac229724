/// Ways that people took over channels, each with how often it led where.
///
/// A row is one way: its touches in order, and how many journeys took it with a conversion, what
/// those brought, and how many ended without.
package struct Journeys: Sendable {
    /// The names of the channels; a touch is an index into them.
    package var channels: [String]
    /// The touches of all rows, one row after the other.
    package private(set) var touches: [Int32] = []
    /// Where each row's touches begin, and at last where they end.
    package private(set) var starts: [Int] = [0]
    package var conversions: [Double] = []
    package var values: [Double] = []
    package var nulls: [Double] = []
    /// How many days before the conversion each touch was, when that is known.
    package private(set) var ages: [Double]?

    package init(channels: [String] = [], hasAges: Bool = false) {
        self.channels = channels
        ages = hasAges ? [] : nil
    }

    package var count: Int { starts.count - 1 }

    /// The journeys of `paths`, for those who have them as names.
    package init(
        paths: [[String]], conversions: [Double], values: [Double], nulls: [Double]
    ) {
        var codes: [String: Int32] = [:]
        var names: [String] = []
        self.init()
        for (row, path) in paths.enumerated() {
            let touches = path.map { name in
                if let code = codes[name] { return code }
                let code = Int32(names.count)
                codes[name] = code
                names.append(name)
                return code
            }
            append(
                touches, conversions: conversions[row], value: values[row], nulls: nulls[row])
        }
        channels = names
    }

    /// Adds a row; a row without touches belongs to nobody and must not be added.
    package mutating func append(
        _ row: some Collection<Int32>, ages: some Collection<Double> = [], conversions: Double,
        value: Double, nulls: Double
    ) {
        precondition(!row.isEmpty, "a journey has touches")
        touches.append(contentsOf: row)
        if self.ages != nil {
            precondition(ages.count == row.count, "a touch has an age")
            self.ages?.append(contentsOf: ages)
        }
        starts.append(touches.count)
        self.conversions.append(conversions)
        self.values.append(value)
        self.nulls.append(nulls)
    }

    /// The touches of a row.
    package func range(_ row: Int) -> Range<Int> { starts[row]..<starts[row + 1] }

    /// The rows without the journeys that ended without a conversion.
    package func withoutNulls() -> Journeys {
        var result = self
        result.nulls = Array(repeating: 0, count: count)
        return result
    }

    package var totalConversions: Double { conversions.reduce(0, +) }
    package var totalValue: Double { values.reduce(0, +) }
    package var totalNulls: Double { nulls.reduce(0, +) }
}

/// What each channel is credited with.
package struct ChannelCredit: Sendable, Hashable {
    package var conversions: [Double]
    package var values: [Double]

    package init(channels: Int) {
        conversions = Array(repeating: 0, count: channels)
        values = conversions
    }

    /// Shares of totals in proportion to weights; all zero when the weights are.
    package init(
        sharing conversions: Double, by conversionWeights: [Double], and values: Double,
        by valueWeights: [Double]
    ) {
        func shared(_ total: Double, _ weights: [Double]) -> [Double] {
            let sum = weights.reduce(0, +)
            return weights.map { sum == 0 ? 0 : $0 / sum * total }
        }
        self.conversions = shared(conversions, conversionWeights)
        self.values = shared(values, valueWeights)
    }
}
