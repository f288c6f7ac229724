import Foundation

extension BudgetAllocation {
    /// The split with the largest mean response less `risk` standard deviations over the draws.
    ///
    /// mean − k·sd is the least of Σ q F over weights q with Σ q = 1 and Σ (n·q − 1)² ≤ k²·n, so the
    /// best split for any such q is a bound.
    package func best(risk: Double) async throws -> Outcome {
        let start = try await best()
        var top = ascended(from: start.spend, risk)
        var bound = start.objective + max(0, start.bound - start.objective)
        var nodes = start.nodes
        for _ in 0..<4 {
            let other = try await best(weights: weights(each(top.spend), risk))
            nodes += other.nodes
            bound = min(bound, other.bound)
            let next = ascended(from: other.spend, risk)
            guard next.value > top.value + tolerance * abs(top.value) else { break }
            top = next
        }
        let slopes = gradient(top.spend, weights(each(top.spend), risk)).slopes
        let (marginal, residual) = conditions(top.spend, caps, slopes)
        return Outcome(
            spend: top.spend, objective: top.value, bound: max(bound, top.value),
            marginal: marginal, residual: residual, nodes: nodes, isConcave: start.isConcave)
    }

    /// The weights of the draws at which mean − risk × sd of `values` is their weighted sum.
    private func weights(_ values: [Double], _ risk: Double) -> [Double] {
        let count = Double(values.count)
        let (mean, deviation) = Self.moments(values)
        guard deviation > 0 else { return values.map { _ in 1 / count } }
        return values.map { (1 - risk * ($0 - mean) / deviation) / count }
    }

    private static func moments(_ values: [Double]) -> (mean: Double, deviation: Double) {
        let mean = values.reduce(0, +) / Double(values.count)
        let squares = values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +)
        return (mean, (squares / Double(values.count)).squareRoot())
    }

    private func cautious(_ spend: [Double], _ risk: Double) -> Double {
        let (mean, deviation) = Self.moments(each(spend))
        return mean - risk * deviation
    }

    private func gradient(
        _ spend: [Double], _ weights: [Double]
    ) -> (slopes: [Double], bends: [Double]) {
        let jets = zip(channels, spend).map { $0.response.at($1, weights: weights) }
        return (jets.map(\.slope), jets.map(\.bend))
    }

    /// Climbs by steps that a diagonal Newton model proposes, each halved until it is uphill.
    private func ascended(from start: [Double], _ risk: Double) -> (spend: [Double], value: Double)
    {
        let caps = caps
        var (spend, value) = (start, cautious(start, risk))
        for _ in 0..<200 {
            let draws = each(spend)
            let (slopes, bends) = gradient(spend, weights(draws, risk))
            let curvatures = curvatures(spend, draws, bends, risk)
            let aim = aim(spend, caps, slopes, curvatures)
            var (step, moved) = (1.0, false)
            while step > 1e-9 {
                let next = zip(spend, aim).map { $0 + step * ($1 - $0) }
                let other = cautious(next, risk)
                if other > value {
                    moved = other > value + 1e-15 * abs(value)
                    (spend, value) = (next, other)
                    break
                }
                step /= 2
            }
            if !moved { break }
        }
        return (spend, value)
    }

    /// How fast each channel's marginal value falls, the spread among draws included.
    private func curvatures(
        _ spend: [Double], _ draws: [Double], _ bends: [Double], _ risk: Double
    ) -> [Double] {
        let (_, deviation) = Self.moments(draws)
        return channels.indices.map { index in
            let slopes = channels[index].response.eachSlope(spend[index])
            let spread = Self.moments(slopes.map { $0.isFinite ? $0 : 0 }).deviation
            let extra = deviation > 0 ? risk * spread * spread / deviation : 0
            let own = bends[index].isFinite ? max(0, -bends[index]) : 0
            return max(own + extra, 1e-12 * extra, 1e-300)
        }
    }

    /// The best split for slopes that fall steadily: a price is halved until the total is spent.
    private func aim(
        _ spend: [Double], _ caps: [Double], _ slopes: [Double], _ curvatures: [Double]
    ) -> [Double] {
        let largest = slopes.filter(\.isFinite).map { abs($0) }.max() ?? 1
        let known = slopes.map { $0.isFinite ? $0 : 10 * largest }
        func wanted(_ price: Double) -> [Double] {
            spend.indices.map {
                let next = spend[$0] + (known[$0] - price) / curvatures[$0]
                return min(caps[$0], max(channels[$0].lower, next))
            }
        }
        let reach = zip(curvatures, caps).map { $0 * $1 }.max() ?? 0
        var (low, high) = (-20 * largest - reach - 1e-300, 20 * largest + reach + 1e-300)
        for _ in 0..<200 {
            let middle = low + (high - low) / 2
            if wanted(middle).reduce(0, +) >= total { low = middle } else { high = middle }
        }
        let (most, least) = (wanted(low), wanted(high))
        let room = most.reduce(0, +) - least.reduce(0, +)
        let share = room > 0 ? min(1, max(0, (total - least.reduce(0, +)) / room)) : 0
        return zip(least, most).map { $0 + share * ($1 - $0) }
    }
}
