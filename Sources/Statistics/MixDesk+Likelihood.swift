import Foundation

extension MixDesk {
    /// The log-likelihood with the baseline integrated out, and with `deviations` the place's own
    /// effects, too; derivatives by saturated spend are added to `bar`.
    ///
    /// With Σ the covariance and q = Σ⁻¹(y − Mβ), the derivative by M is q·βᵀ + (q·qᵀ − Σ⁻¹)·M·T.
    func likelihood(_ betas: [Double], _ deviations: [Double], noise: Double) -> Found {
        let variance = noise * noise
        let shares = solve(betas, variance)
        var logDeterminant = Double(seen - shares.count) * log(variance)
        for size in basis.variances { logDeterminant += log(variance + size) }
        var trace = (Double(seen) - shares.reduce(0, +)) / variance
        var square = Lanes.dot(rest, solved, size)
        var found = Found(betaSlopes: [], varianceSlopes: [])
        if deviations.isEmpty {
            found.betaSlopes = betas.indices.map {
                Lanes.dot(saturated + $0 * size, solved, size)
            }
            for channel in 0..<channels {
                Lanes.add(betas[channel], solved, bar + channel * size, size)
            }
        } else {
            guard let pool = Pool(self, shares, variance, deviations) else {
                return Found(
                    value: -.infinity, betaSlopes: betas.map { _ in 0 },
                    varianceSlopes: betas.map { _ in 0 })
            }
            logDeterminant += pool.logDeterminant
            trace -= pool.trace
            square -= pool.square
            pool.finish(self, betas, &found)
        }
        found.value = -0.5 * (logDeterminant + square)
        found.noiseSlope = noise * (Lanes.dot(solved, solved, size) - trace)
        return found
    }

    /// Fills in what is left of the target, and it over the covariance with the baseline.
    private func solve(_ betas: [Double], _ variance: Double) -> [Double] {
        let shares = basis.variances.map { $0 / ($0 + variance) }
        for row in 0..<size { rest[row] = target[row] }
        for channel in 0..<channels {
            Lanes.add(-betas[channel], saturated + channel * size, rest, size)
        }
        for row in 0..<size { solved[row] = rest[row] }
        for (index, share) in shares.enumerated() {
            let along = directions + index * size
            Lanes.add(-share * Lanes.dot(along, rest, size), along, solved, size)
        }
        for row in 0..<size { solved[row] /= variance }
        return shares
    }

    /// The place's own effects and its baseline's coefficients, drawn, or their means.
    func latents(
        _ betas: [Double], _ deviations: [Double], noise: Double, _ random: inout Philox,
        isMean: Bool
    ) -> (effects: [Double], coefficients: [Double]) {
        let shares = solve(betas, noise * noise)
        var effects = betas
        if !deviations.isEmpty, let pool = Pool(self, shares, noise * noise, deviations) {
            var z = pool.factor.solve(zip(deviations, pool.pull).map { $0 * $1 })
            if !isMean {
                let chance = pool.factor.solveTransposed(z.map { _ in random.normal() })
                z = zip(z, chance).map { $0 + $1 }
            }
            for channel in effects.indices { effects[channel] += deviations[channel] * z[channel] }
            _ = solve(effects, noise * noise)
        }
        let left = (0..<rows).map { rest[$0] }
        return (
            effects, basis.coefficients(left, noise: noise, &random, isMean: isMean)
        )
    }

    /// What a place's own effects add: Woodbury's identity in as many dimensions as channels.
    struct Pool {
        let count: Int
        let shares: [Double]
        let variance: Double
        let deviations: [Double]
        /// Mᵀ·Σ₀⁻¹·M.
        var inner: Matrix
        /// UᵀM, direction by channel.
        var along: Matrix
        /// Mᵀ·Σ₀⁻¹·r.
        var pull: [Double]
        /// T^½·(I + T^½·H·T^½)⁻¹·T^½.
        var shrunk: Matrix
        var logDeterminant = 0.0
        var trace = 0.0
        var square = 0.0
        let factor: Cholesky

        init?(
            _ desk: MixDesk, _ shares: [Double], _ variance: Double, _ deviations: [Double]
        ) {
            (self.shares, self.variance, self.deviations) = (shares, variance, deviations)
            count = deviations.count
            let size = desk.size
            along = Matrix(shares.count, count)
            inner = Matrix(count, count)
            pull = []
            var crossed = Matrix(count, count)
            for a in 0..<count {
                let column = desk.saturated + a * size
                for index in shares.indices {
                    along[index, a] = Lanes.dot(desk.directions + index * size, column, size)
                }
                pull.append(Lanes.dot(column, desk.solved, size))
                for b in 0...a {
                    var (both, less) = (Lanes.dot(column, desk.saturated + b * size, size), 0.0)
                    for index in shares.indices {
                        let part = along[index, a] * along[index, b] * shares[index]
                        both -= part
                        less += part * (1 - shares[index])
                    }
                    (inner[a, b], inner[b, a]) = (both / variance, both / variance)
                    let value = (both - less) / (variance * variance)
                    (crossed[a, b], crossed[b, a]) = (value, value)
                }
            }
            var capacity = Matrix(count, count)
            for a in 0..<count {
                for b in 0..<count {
                    capacity[a, b] = deviations[a] * inner[a, b] * deviations[b] + (a == b ? 1 : 0)
                }
            }
            guard let factor = try? Cholesky(capacity) else { return nil }
            self.factor = factor
            logDeterminant = factor.logDeterminant
            shrunk = Matrix(count, count)
            for b in 0..<count {
                var unit = Array(repeating: 0.0, count: count)
                unit[b] = deviations[b]
                let solved = factor.solve(unit)
                for a in 0..<count { shrunk[a, b] = deviations[a] * solved[a] }
            }
            for a in 0..<count {
                for b in 0..<count {
                    trace += shrunk[a, b] * crossed[a, b]
                    square += pull[a] * shrunk[a, b] * pull[b]
                }
            }
        }

        /// Turns `solved` into Σ⁻¹·r and fills the derivatives in.
        func finish(_ desk: MixDesk, _ betas: [Double], _ found: inout Found) {
            let size = desk.size
            let moved = shrunk * pull
            for channel in 0..<count {
                Lanes.add(
                    -moved[channel] / variance, desk.saturated + channel * size, desk.solved, size)
            }
            for index in shares.indices {
                var sum = 0.0
                for channel in 0..<count { sum += along[index, channel] * moved[channel] }
                Lanes.add(
                    shares[index] * sum / variance, desk.directions + index * size, desk.solved,
                    size)
            }
            let innerMoved = inner * moved
            let innerShrunk = inner * shrunk
            found.betaSlopes = (0..<count).map { pull[$0] - innerMoved[$0] }
            let shrunkInner = shrunk * inner
            found.varianceSlopes = (0..<count).map { channel in
                var diagonal = inner[channel, channel]
                for a in 0..<count { diagonal -= innerShrunk[channel, a] * inner[a, channel] }
                return 0.5 * (found.betaSlopes[channel] * found.betaSlopes[channel] - diagonal)
            }
            for channel in 0..<count {
                let bar = desk.bar + channel * size
                let own = deviations[channel] * deviations[channel]
                Lanes.add(betas[channel] + own * found.betaSlopes[channel], desk.solved, bar, size)
                let column = (0..<count).map { a in
                    ((a == channel ? 1 : 0) - shrunkInner[a, channel]) * own / variance
                }
                for a in 0..<count { Lanes.add(-column[a], desk.saturated + a * size, bar, size) }
                for index in shares.indices {
                    var sum = 0.0
                    for a in 0..<count { sum += along[index, a] * column[a] }
                    Lanes.add(shares[index] * sum, desk.directions + index * size, bar, size)
                }
            }
        }
    }
}
