extension BudgetAllocation {
    /// A split with its conditions met as exactly as numbers allow, by Newton's steps on the curves
    /// themselves.
    func polished(_ found: Search.Found, isConcave: Bool, _ weights: [Double]?) -> Outcome {
        let caps = caps
        func jet(_ index: Int, _ spend: Double) -> ResponseCurve.Jet {
            weights.map { channels[index].response.at(spend, weights: $0) }
                ?? channels[index].response.at(spend)
        }
        func value(_ spend: [Double]) -> Double {
            spend.indices.map { jet($0, spend[$0]).value }.reduce(0, +)
        }
        let start = snapped(found.spend, caps)
        var (spend, most) = (start, value(start))
        if let exact = stationary(start, caps, jet), case let other = value(exact),
            other >= most - 1e-12 * abs(most)
        {
            (spend, most) = (exact, other)
        }
        // Next to 0 a curve may be steep without limit, but less than a rounding error of money
        // later it is not.
        let slopes = spend.indices.map { index in
            let slope = jet(index, spend[index]).slope
            return slope.isFinite ? slope : jet(index, spend[index] + 1e-12 * total).slope
        }
        let (marginal, residual) = conditions(spend, caps, slopes)
        // What the tables were off is added to the bound.
        let shift = max(0, most - found.value)
        return Outcome(
            spend: spend, objective: most, bound: found.bound + shift, marginal: marginal,
            residual: residual, nodes: found.nodes, isConcave: isConcave)
    }

    /// Spend that is at a bound but for rounding is put there.
    private func snapped(_ spend: [Double], _ caps: [Double]) -> [Double] {
        spend.indices.map { index in
            let (low, high) = (channels[index].lower, caps[index])
            let room = 1e-13 * max(high - low, 0)
            return spend[index] - low <= room
                ? low : high - spend[index] <= room ? high : spend[index]
        }
    }

    /// Equal slopes between the bounds, the sum being the total; nil if Newton's steps fail.
    private func stationary(
        _ start: [Double], _ caps: [Double], _ jet: (Int, Double) -> ResponseCurve.Jet
    ) -> [Double]? {
        var spend = start
        var inside = Set(
            spend.indices.filter { spend[$0] > channels[$0].lower && spend[$0] < caps[$0] })
        for _ in 0..<60 {
            let left = total - spend.reduce(0, +)
            var (inverses, sum, jets) = (0.0, left, [Int: ResponseCurve.Jet]())
            for index in inside.sorted() {
                let own = jet(index, spend[index])
                guard own.bend.isFinite, own.slope.isFinite, own.bend != 0 else {
                    inside.remove(index)
                    continue
                }
                jets[index] = own
                inverses += 1 / own.bend
                sum += own.slope / own.bend
            }
            guard inverses != 0, inverses.isFinite, sum.isFinite else { break }
            let price = sum / inverses
            var moved = 0.0
            for (index, own) in jets {
                let next = spend[index] + (price - own.slope) / own.bend
                let (low, high) = (channels[index].lower, caps[index])
                let kept = next <= low ? low : next >= high ? high : next
                if kept != next { inside.remove(index) }
                moved = max(moved, abs(kept - spend[index]) / max(spend[index], 1e-300))
                spend[index] = kept
            }
            if moved < 4e-16 * 8 || jets.isEmpty { break }
        }
        let error = abs(total - spend.reduce(0, +))
        return spend.allSatisfy(\.isFinite) && error <= 1e-12 * max(total, 1e-300) ? spend : nil
    }

    /// The shared marginal response, and how far the conditions of the optimum are from being met.
    func conditions(
        _ spend: [Double], _ caps: [Double], _ slopes: [Double]
    ) -> (marginal: Double, residual: Double) {
        let inside = spend.indices.filter {
            spend[$0] > channels[$0].lower && spend[$0] < caps[$0]
        }
        var price = inside.isEmpty ? 0 : slopes[inside[inside.count / 2]]
        if inside.isEmpty {
            // Between what the full channels still bring and what the least ones would.
            let full = spend.indices.filter {
                spend[$0] >= caps[$0] && caps[$0] > channels[$0].lower
            }
            price =
                full.map { slopes[$0] }.min()
                ?? spend.indices.filter { caps[$0] > channels[$0].lower }.map { slopes[$0] }.max()
                ?? 0
        }
        var residual = 0.0
        for index in spend.indices where caps[index] > channels[index].lower {
            let distance = slopes[index] - price
            let isLeast = spend[index] <= channels[index].lower
            let isMost = spend[index] >= caps[index]
            if (isLeast && distance <= 0) || (isMost && distance >= 0) { continue }
            residual = max(residual, abs(distance) / max(abs(price), 1e-300))
        }
        return (price, residual.isFinite ? residual : 1)
    }
}
