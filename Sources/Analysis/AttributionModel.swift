package import Statistics

/// Ways to share conversions out to channels.
package enum AttributionModel: String, Sendable, Hashable, CaseIterable {
    case first
    case last
    case lastNonDirect = "last-non-direct"
    case linear
    case linearUnique = "linear-unique"
    case position
    case timeDecay = "time-decay"
    case markov
    case shapley

    /// Reads the names that other programs have for the same models, too.
    package init?(_ name: String) {
        let plain = name.lowercased().replacing("_", with: "-").replacing(" ", with: "-")
        let others: [String: AttributionModel] = [
            "first-touch": .first, "first-click": .first, "last-touch": .last,
            "last-click": .last, "last-non-direct-click": .lastNonDirect,
            "linear-touch": .linear, "linear-per-touch": .linear,
            "linear-channel": .linearUnique, "linear-per-channel": .linearUnique,
            "linear-unique-channel": .linearUnique, "position-based": .position,
            "u-shaped": .position, "decay": .timeDecay,
        ]
        guard let model = AttributionModel(rawValue: plain) ?? others[plain] else { return nil }
        self = model
    }
}

/// How many touches a state of the Markov chain holds.
package enum MarkovOrder: Sendable, Hashable {
    case fixed(Int)
    /// The order with the best penalised area under the curve, of those up to four.
    case automatic

    package static let most = 4
}

/// What is asked of an attribution.
package struct AttributionRequest: Sendable, Hashable {
    /// One model, or several side by side.
    package var models: [AttributionModel]
    package var order = MarkovOrder.fixed(1)
    package var ignoresNulls = false
    /// Samples of the bootstrap; 0 is none.
    package var samples = 0
    package var level = 0.95
    package var worth = ChannelSets.Worth.conversions
    package var permutations = 2_000
    package var halfLifeDays = 7.0
    /// Weights of the first touch, all between, and the last.
    package var position: [Double] = [40, 20, 40]
    /// Digits after the point of the smallest unit of money.
    package var minorDigits = 2
    package var showsTransitions = false
    package var showsTiming = false
    package var seed: UInt64 = 1

    package init(_ models: [AttributionModel]) { self.models = models }
}
