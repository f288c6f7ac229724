/// What closing each single state of a chain costs, from one elimination.
struct StateClosing: Sendable {
    /// For each state that journeys pass, what part of conversions and of value is lost with it.
    var conversions: [Double]
    var values: [Double]
}

extension MarkovChain {
    /// Chains of order 1 up to this size are eliminated once for all removal effects.
    package static let mostAtOnce = 2_000

    /// The removal effects of a chain of order 1, whose channels are its states; nil when it is
    /// another, is too large, or the task was cancelled.
    ///
    /// With Q = diag(leaving) − steps, journeys pass state c with probability 1/(J·(Q⁻¹)cc), and
    /// convert from it with probability xc of x = Q⁻¹·conversions (Kemeny and Snell, "Finite Markov
    /// chains", 1960, 3.2 and 3.3), so that RE(c) = xc / ((Q⁻¹)cc · conversions). Q is an M-matrix:
    /// its triangles are found without subtraction (Grassmann, Taksar and Heyman, 1985), the
    /// inverses of both hold no negative number, and no digit is lost anywhere.
    func effectsAtOnce() -> RemovalEffects? {
        guard states.order == 1 else { return nil }
        let open = bySteps(states.indices.filter { leaving[$0] > 0 })
        guard !open.isEmpty, open.count <= Self.mostAtOnce, let closing = closing(open) else {
            return nil
        }
        var effects = Array(repeating: 0.0, count: states.channelCount)
        var valueEffects = effects
        for (index, state) in open.enumerated() {
            let channel = Int(states.members[state])
            effects[channel] = min(1, max(0, closing.conversions[index]))
            valueEffects[channel] = closing.values[index]
        }
        return RemovalEffects(whole: whole, conversions: effects, values: valueEffects)
    }

    /// States with few steps first, so that taking them out adds few steps between others
    /// (Markowitz, "The elimination form of the inverse", Management Science 3, 1957).
    private func bySteps(_ open: [Int]) -> [Int] {
        var steps = Array(repeating: 0, count: states.count)
        for state in open {
            steps[state] += rowStarts[state + 1] - rowStarts[state]
            for target in targets[rowStarts[state]..<rowStarts[state + 1]] {
                steps[Int(target)] += 1
            }
        }
        return open.sorted { steps[$0] == steps[$1] ? $0 < $1 : steps[$0] < steps[$1] }
    }

    private func closing(_ open: [Int]) -> StateClosing? {
        let count = open.count
        var place = Array(repeating: -1, count: states.count)
        for (index, state) in open.enumerated() { place[state] = index }
        var steps = Array(repeating: 0.0, count: count * count)
        var (exits, x, worth) = (
            open.map { conversions[$0] + nulls[$0] }, open.map { conversions[$0] },
            open.map { values[$0] }
        )
        let (converted, valued) = (x.reduce(0, +), worth.reduce(0, +))
        for (index, state) in open.enumerated() {
            for step in rowStarts[state]..<rowStarts[state + 1] {
                let target = place[Int(targets[step])]
                if target >= 0 { steps[index * count + target] += weights[step] }
            }
        }
        // Row by row: what is left of the diagonal become the factors of the lower triangle.
        var factors = Array(repeating: 0.0, count: count * count)
        var pivots = exits
        for pivot in 0..<count {
            if pivot % 32 == 0, Task.isCancelled { return nil }
            Self.eliminate(pivot, count, &steps, &factors, &exits, &x, &worth, &pivots)
        }
        for row in stride(from: count - 1, through: 0, by: -1) {
            for column in (row + 1)..<max(count, row + 1) {
                let step = steps[row * count + column]
                x[row] += step * x[column]
                worth[row] += step * worth[column]
            }
            x[row] = pivots[row] > 0 ? x[row] / pivots[row] : 0
            worth[row] = pivots[row] > 0 ? worth[row] / pivots[row] : 0
        }
        let upper = Self.inverse(steps, count, pivots)
        let lower = Self.inverse(factors, count, Array(repeating: 1, count: count))
        guard let upper, let lower else { return nil }
        var result = StateClosing(conversions: x, values: worth)
        for row in 0..<count {
            var inverse = 0.0
            for place in (row * count + row)..<((row + 1) * count) {
                inverse += upper[place] * lower[place]
            }
            result.conversions[row] =
                converted > 0 && inverse > 0 ? x[row] / inverse / converted : 0
            result.values[row] = valued != 0 && inverse > 0 ? worth[row] / inverse / valued : 0
        }
        return result
    }

    /// Takes one state out of the chain: what came to it goes on to where it led.
    private static func eliminate(
        _ pivot: Int, _ count: Int, _ steps: inout [Double], _ factors: inout [Double],
        _ exits: inout [Double], _ x: inout [Double], _ worth: inout [Double],
        _ pivots: inout [Double]
    ) {
        steps.withUnsafeMutableBufferPointer { steps in
            let own = pivot * count
            var out = exits[pivot]
            for column in (pivot + 1)..<max(count, pivot + 1) { out += steps[own + column] }
            pivots[pivot] = out
            guard out > 0 else { return }
            for row in (pivot + 1)..<max(count, pivot + 1) where steps[row * count + pivot] > 0 {
                let factor = steps[row * count + pivot] / out
                // Column by column of the lower triangle, as its inverse reads it.
                factors[own + row] = factor
                exits[row] += factor * exits[pivot]
                x[row] += factor * x[pivot]
                worth[row] += factor * worth[pivot]
                // The place on the diagonal is never read.
                let other = row * count
                for column in (pivot + 1)..<count {
                    steps[other + column] += factor * steps[own + column]
                }
            }
        }
    }

    /// The inverse of a triangle with `diagonal` and, above it, the negative of `above`.
    private static func inverse(_ above: [Double], _ count: Int, _ diagonal: [Double]) -> [Double]?
    {
        var result = Array(repeating: 0.0, count: count * count)
        for row in stride(from: count - 1, through: 0, by: -1) {
            if row % 32 == 0, Task.isCancelled { return nil }
            guard diagonal[row] > 0 else { continue }
            result.withUnsafeMutableBufferPointer { result in
                let own = row * count
                result[own + row] = 1
                for other in (row + 1)..<max(count, row + 1) where above[own + other] > 0 {
                    let factor = above[own + other]
                    let from = other * count
                    for column in other..<count {
                        result[own + column] += factor * result[from + column]
                    }
                }
                for column in row..<count { result[own + column] /= diagonal[row] }
            }
        }
        return result
    }
}
