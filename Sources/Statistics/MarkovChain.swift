/// An absorbing chain: where journeys go on from each state, and how often they end there.
package struct MarkovChain: Sendable {
    package let states: MarkovStates
    /// The steps in order of their states: where each state's begin, where they lead, how often.
    let rowStarts: [Int]
    let targets: [Int32]
    let weights: [Double]
    /// How often journeys begin in each state.
    package let starts: [Double]
    /// How often they end with a conversion and with what value, how often without, and how often
    /// they leave at all.
    package let conversions: [Double]
    package let values: [Double]
    package let nulls: [Double]
    package let leaving: [Double]

    /// Counts journeys, weighted with conversions and nulls (measure.md §4).
    package init(
        _ states: MarkovStates, conversions: [Double], values: [Double], nulls: [Double]
    ) {
        self.states = states
        let count = states.count
        var counted = Array(repeating: 0.0, count: states.stepCount)
        var starts = Array(repeating: 0.0, count: count)
        var (converted, worth, lost, leaving) = (starts, starts, starts, starts)
        var step = 0
        for row in states.firsts.indices {
            let weight = conversions[row] + nulls[row]
            let end = states.stepEnds[row]
            if weight == 0 {
                step = end
                continue
            }
            while step < end {
                counted[Int(states.steps[step])] += weight
                step += 1
            }
            starts[Int(states.firsts[row])] += weight
            let last = Int(states.lasts[row])
            converted[last] += conversions[row]
            worth[last] += values[row]
            lost[last] += nulls[row]
            leaving[last] += weight
        }
        var rowStarts = Array(repeating: 0, count: count + 1)
        for state in states.from { rowStarts[Int(state) + 1] += 1 }
        for state in 0..<count { rowStarts[state + 1] += rowStarts[state] }
        var next = rowStarts
        var targets = Array(repeating: Int32(0), count: counted.count)
        var weights = Array(repeating: 0.0, count: counted.count)
        for step in counted.indices {
            let state = Int(states.from[step])
            targets[next[state]] = states.to[step]
            weights[next[state]] = counted[step]
            leaving[state] += counted[step]
            next[state] += 1
        }
        (self.rowStarts, self.targets, self.weights) = (rowStarts, targets, weights)
        (self.starts, self.conversions, self.values) = (starts, converted, worth)
        (self.nulls, self.leaving) = (lost, leaving)
    }

    /// The probability of a conversion when nothing is closed, and what a journey brings then.
    ///
    /// A chain that is counted from journeys visits each state as often as they did, whatever its
    /// order, so that both are those of the journeys.
    package var whole: (conversion: Double, value: Double) {
        let journeys = starts.reduce(0, +)
        guard journeys > 0 else { return (0, 0) }
        return (conversions.reduce(0, +) / journeys, values.reduce(0, +) / journeys)
    }

    /// One step of the chain with its probability; nil is the start, or the end it names.
    package struct Transition: Sendable, Hashable {
        /// What a step begins or ends with.
        package enum Place: Sendable, Hashable { case start, state(Int), conversion, null }
        package let from: Place
        package let to: Place
        package let probability: Double
    }

    /// All steps that happen, with their probabilities.
    package var transitions: [Transition] {
        var result: [Transition] = []
        let journeys = starts.reduce(0, +)
        for state in starts.indices where starts[state] > 0 {
            result.append(
                .init(from: .start, to: .state(state), probability: starts[state] / journeys))
        }
        for state in starts.indices where leaving[state] > 0 {
            for place in rowStarts[state]..<rowStarts[state + 1] where weights[place] > 0 {
                result.append(
                    .init(
                        from: .state(state), to: .state(Int(targets[place])),
                        probability: weights[place] / leaving[state]))
            }
            for (place, weight) in [
                (Transition.Place.conversion, conversions[state]), (.null, nulls[state]),
            ] where weight > 0 {
                result.append(
                    .init(from: .state(state), to: place, probability: weight / leaving[state]))
            }
        }
        return result
    }
}
