/// How a chain's journeys end when some states are closed.
package struct Absorption: Sendable, Hashable {
    /// The probability that a journey converts.
    package var conversion: Double
    /// What a journey brings on average.
    package var value: Double
    /// How far both can be from the truth at most, beside rounding: 0 for elimination, and for the
    /// iteration the probability of not having ended yet, times the most that can still come.
    package var errorBound: Double
    package var valueErrorBound: Double
    /// Passes over the chain that the iteration took; 0 for elimination.
    package var sweeps: Int
}

extension MarkovChain {
    /// Chains up to this size are eliminated, larger ones iterated.
    package static let mostEliminated = 160

    /// How journeys end when every state that holds `channel` leads to nothing.
    ///
    /// Nil only when the task was cancelled.
    package func absorption(without channel: Int?, iterating: Bool? = nil) -> Absorption? {
        var isOpen = Array(repeating: true, count: states.count)
        for state in 0..<states.count {
            if leaving[state] <= 0 { isOpen[state] = false }
            if let channel, states.holds(state, channel) { isOpen[state] = false }
        }
        let open = reached(isOpen)
        guard !open.isEmpty, conversions.contains(where: { $0 > 0 }) else {
            return Absorption(
                conversion: 0, value: 0, errorBound: 0, valueErrorBound: 0, sweeps: 0)
        }
        return iterating ?? (open.count > Self.mostEliminated) ? iterate(open) : eliminate(open)
    }

    /// The open states that journeys come to, in rising order.
    private func reached(_ isOpen: [Bool]) -> [Int] {
        var isReached = Array(repeating: false, count: isOpen.count)
        var waiting = starts.indices.filter { starts[$0] > 0 && isOpen[$0] }
        for state in waiting { isReached[state] = true }
        while let state = waiting.popLast() {
            for place in rowStarts[state]..<rowStarts[state + 1] where weights[place] > 0 {
                let target = Int(targets[place])
                if isOpen[target], !isReached[target] {
                    isReached[target] = true
                    waiting.append(target)
                }
            }
        }
        return isReached.indices.filter { isReached[$0] }
    }

    /// Elimination without subtraction (Grassmann, Taksar and Heyman, "Regenerative analysis and
    /// steady state distributions for Markov chains", Operations Research 33, 1985), whose result
    /// is right to the last places however slowly the chain ends (O'Cinneide, 1993).
    private func eliminate(_ open: [Int]) -> Absorption {
        let count = open.count
        var place = Array(repeating: -1, count: states.count)
        for (index, state) in open.enumerated() { place[state] = index + 1 }
        // Row 0 is the start; columns 0…count are states, then null, conversion and value.
        let width = count + 4
        var matrix = Array(repeating: 0.0, count: (count + 1) * width)
        let (null, conversion, value) = (count + 1, count + 2, count + 3)
        for state in starts.indices where starts[state] > 0 {
            matrix[place[state] > 0 ? place[state] : null] += starts[state]
        }
        for (index, state) in open.enumerated() {
            let row = (index + 1) * width
            for step in rowStarts[state]..<rowStarts[state + 1] {
                let target = place[Int(targets[step])]
                matrix[row + (target > 0 ? target : null)] += weights[step]
            }
            matrix[row + null] += nulls[state]
            matrix[row + conversion] = conversions[state]
            matrix[row + value] = values[state]
        }
        for pivot in stride(from: count, to: 0, by: -1) {
            let row = pivot * width
            var out = matrix[row + null] + matrix[row + conversion]
            for column in 1..<pivot { out += matrix[row + column] }
            guard out > 0 else { continue }
            for other in 0..<pivot where matrix[other * width + pivot] > 0 {
                let factor = matrix[other * width + pivot] / out
                for column in 1..<pivot {
                    matrix[other * width + column] += factor * matrix[row + column]
                }
                for column in null...value {
                    matrix[other * width + column] += factor * matrix[row + column]
                }
            }
        }
        let all = matrix[null] + matrix[conversion]
        return Absorption(
            conversion: matrix[conversion] / all, value: matrix[value] / all, errorBound: 0,
            valueErrorBound: 0, sweeps: 0)
    }

    /// Gauss and Seidel's iteration from below, beside which runs the probability that a journey
    /// has not ended yet.
    ///
    /// x = c + T·x with T ≥ 0: from 0 each sweep stays below the solution, and what is missing is
    /// at most that probability times the largest value of the solution. The sweeps go on until it
    /// is less than rounding.
    private func iterate(_ open: [Int]) -> Absorption? {
        var place = Array(repeating: Int32(-1), count: states.count)
        for (index, state) in open.enumerated() { place[state] = Int32(index) }
        var (begins, to, share): ([Int], [Int32], [Double]) = ([0], [], [])
        var ends: [SIMD4<Double>] = []
        // The most that a journey which ends in some state brings on average.
        var most = 0.0
        for state in open {
            for step in rowStarts[state]..<rowStarts[state + 1] where weights[step] > 0 {
                let target = place[Int(targets[step])]
                guard target >= 0 else { continue }
                to.append(target)
                share.append(weights[step] / leaving[state])
            }
            begins.append(to.count)
            if values[state] != 0 {
                most = max(most, abs(values[state]) / (conversions[state] + nulls[state]))
            }
            ends.append(
                SIMD4(conversions[state] / leaving[state], values[state] / leaving[state], 0, 0))
        }
        let journeys = starts.reduce(0, +)
        let whole = whole
        let first = open.map { starts[$0] / journeys }
        var x = Array(repeating: SIMD4<Double>(0, 0, 1, 0), count: open.count)
        var sweeps = 0
        while true {
            if sweeps % 16 == 0, Task.isCancelled { return nil }
            sweeps += 1
            for index in stride(from: open.count - 1, through: 0, by: -1) {
                var sum = ends[index]
                for step in begins[index]..<begins[index + 1] {
                    sum += x[Int(to[step])] * share[step]
                }
                x[index] = sum
            }
            if sweeps % 8 != 0 { continue }
            var at = SIMD4<Double>()
            for index in first.indices { at += x[index] * first[index] }
            if at[2] <= 0x1p-56 * whole.conversion,
                whole.value == 0 || at[2] * most <= 0x1p-56 * abs(whole.value)
            {
                return Absorption(
                    conversion: at[0], value: at[1], errorBound: at[2],
                    valueErrorBound: at[2] * most, sweeps: sweeps)
            }
        }
    }
}
