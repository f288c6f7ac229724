/// What is lost when a channel is taken away: Markov attribution.
///
/// Anderl, Becker, von Wangenheim and Schumann, "Mapping the customer journey", International
/// Journal of Research in Marketing 33 (2016): RE(c) = 1 − P(conversion without c) / P(conversion).
package struct RemovalEffects: Sendable, Hashable {
    package let conversions: [Double]
    package let values: [Double]
    package let probability: Double
    package let valuePerJourney: Double
    /// The largest error of a removal effect that an iteration may have left.
    package let errorBound: Double
    package let sweeps: Int

    init(whole: (conversion: Double, value: Double), without: [Absorption]) {
        func effect(_ part: Double, _ whole: Double) -> Double {
            whole == 0 ? 0 : 1 - part / whole
        }
        probability = whole.conversion
        valuePerJourney = whole.value
        conversions = without.map { max(0, effect($0.conversion, whole.conversion)) }
        values = without.map { effect($0.value, whole.value) }
        var bound = 0.0
        for part in without {
            if whole.conversion > 0 {
                bound = max(bound, part.errorBound / whole.conversion)
            }
            if whole.value != 0 {
                bound = max(bound, part.valueErrorBound / abs(whole.value))
            }
        }
        errorBound = bound
        sweeps = without.map(\.sweeps).reduce(0, +)
    }

    /// Effects that were found exactly.
    init(whole: (conversion: Double, value: Double), conversions: [Double], values: [Double]) {
        (probability, valuePerJourney) = whole
        (self.conversions, self.values) = (conversions, values)
        (errorBound, sweeps) = (0, 0)
    }

    /// Credit in proportion to removal effects.
    package func credit(conversions total: Double, values worth: Double) -> ChannelCredit {
        ChannelCredit(sharing: total, by: conversions, and: worth, by: values)
    }
}

extension MarkovChain {
    /// All removal effects, of order 1 together and else one after the other; nil when the task was
    /// cancelled.
    package func removalEffects() -> RemovalEffects? {
        if let effects = effectsAtOnce() { return effects }
        var without: [Absorption] = []
        for channel in 0..<states.channelCount {
            guard let part = absorption(without: channel) else { return nil }
            without.append(part)
        }
        return RemovalEffects(whole: whole, without: without)
    }

    /// The same on all cores.
    package func removalEffectsTogether() async throws -> RemovalEffects {
        if let effects = effectsAtOnce() { return effects }
        let parts = try await SharedWork.map(states.channelCount) { channel in
            guard let part = absorption(without: channel) else { throw CancellationError() }
            return part
        }
        return RemovalEffects(whole: whole, without: parts)
    }
}
