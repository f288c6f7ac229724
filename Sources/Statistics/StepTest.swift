import Foundation

/// Whether the level of a series with memory changed at one moment.
///
/// The series is a line with a step, first-order autoregression, and noise of its own (so ARMA(1,1)).
/// How long the memory is and how large the noise are not known: the step's distribution, Student's
/// t at each pair by generalised least squares, is averaged over a grid of them by their restricted
/// likelihood (Harville, 1977), with a flat prior. Taking the best pair as known would find too many
/// steps in series with long memory.
package struct StepTest: Sendable, Hashable {
    /// How much the level rose, the mean over all pairs.
    package let step: Double
    /// The probability that the step has the other sign; below a half.
    package let tail: Double

    /// Memories from none to nearly a random walk, and the shares of noise in the variance.
    private static let memories = [
        0, 0.15, 0.3, 0.45, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.93, 0.96, 0.98, 0.995,
    ]
    private static let noises = [0, 0.1, 0.25, 0.5, 0.75, 0.9]

    /// Nil where too little was seen; nil values were not seen, and the step lies before `first`.
    ///
    /// `seasons` is the season of each value, which is taken off first.
    package init?(_ values: [Double?], first: Int, seasons: [Int] = []) {
        let seen = values.indices.filter { values[$0] != nil }
        let season = Set(seen.map { $0 < seasons.count ? seasons[$0] : 0 })
        let freedom = Double(seen.count - 3 - (season.count - 1))
        guard freedom >= 5, seen.count(where: { $0 < first }) >= 3,
            seen.contains(where: { $0 >= first })
        else { return nil }
        let plain = Self.plain(values, first, seasons)
        let kept = plain.compactMap { $0 }
        let mean = kept.reduce(0, +) / Double(kept.count)
        let scale = (kept.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(kept.count))
            .squareRoot()
        guard scale.isNormal, scale > 1e-12 * abs(mean) else { return nil }
        let rows = plain.enumerated().map { row, value in
            value.map { value in
                SIMD4(
                    (value - mean) / scale, 1, row >= first ? 1 : 0,
                    Double(row) / Double(plain.count) - 0.5)
            }
        }
        var fits: [(fit: Fit, weight: Double)] = []
        for (at, memory) in Self.memories.enumerated() {
            for (place, noise) in Self.noises.enumerated() {
                guard let fit = Fit(rows, memory, noise, freedom) else { continue }
                fits.append((fit, Self.width(Self.memories, at) * Self.width(Self.noises, place)))
            }
        }
        guard let best = fits.map(\.fit.likelihood).max() else { return nil }
        let student = StudentDistribution(freedom: freedom)
        var (sum, rise, above) = (0.0, 0.0, 0.0)
        for (fit, width) in fits {
            let weight = width * exp(fit.likelihood - best)
            sum += weight
            rise += weight * fit.step
            above += weight * student.cumulative(fit.step / fit.deviation)
        }
        guard sum > 0, rise.isFinite, above.isFinite else { return nil }
        step = rise / sum * scale
        tail = min(above / sum, 1 - above / sum)
    }

    /// Half of the distance between both neighbours.
    private static func width(_ grid: [Double], _ at: Int) -> Double {
        (grid[min(at + 1, grid.count - 1)] - grid[max(at - 1, 0)]) / 2
    }

    /// Values without their seasons, which are means of what is left when both levels are taken off.
    private static func plain(_ values: [Double?], _ first: Int, _ seasons: [Int]) -> [Double?] {
        guard Set(seasons).count > 1 else { return values }
        func means(_ values: [Double?], _ group: (Int) -> Int) -> [Int: Double] {
            var sums: [Int: (Double, Double)] = [:]
            for (row, value) in values.enumerated() {
                guard let value else { continue }
                let old = sums[group(row), default: (0, 0)]
                sums[group(row)] = (old.0 + value, old.1 + 1)
            }
            return sums.mapValues { $0.0 / $0.1 }
        }
        let levels = means(values) { $0 < first ? 0 : 1 }
        let rest = values.enumerated().map { row, value in
            value.map { $0 - (levels[row < first ? 0 : 1] ?? 0) }
        }
        let shape = means(rest) { seasons[$0] }
        return values.enumerated().map { row, value in
            value.map { $0 - (shape[seasons[row]] ?? 0) }
        }
    }

    /// The step for one memory and noise.
    private struct Fit {
        var step: Double
        var deviation: Double
        /// The logarithm of the restricted likelihood, up to a constant.
        var likelihood: Double

        /// Rows of value, level, step and line, made independent by the Kalman filter.
        init?(_ rows: [SIMD4<Double>?], _ memory: Double, _ noise: Double, _ freedom: Double) {
            let drift = (1 - memory * memory) * (1 - noise)
            var (state, variance) = (SIMD4<Double>(), 1 - noise)
            var products = Matrix(4, 4)
            var determinant = 0.0
            for row in rows {
                if let row {
                    let whole = max(variance + noise, 1e-9)
                    let off = row - state
                    for a in 0..<4 {
                        for b in 0...a { products[a, b] += off[a] * off[b] / whole }
                    }
                    determinant += log(whole)
                    state += off * (variance / whole)
                    variance -= variance * variance / whole
                }
                state *= memory
                variance = memory * memory * max(0, variance) + drift
            }
            let columns = Matrix(
                columns: (1..<4).map { b in (1..<4).map { products[max($0, b), min($0, b)] } })
            let pull = (1..<4).map { products[$0, 0] }
            guard let factor = try? Cholesky(columns) else { return nil }
            let found = factor.solve(pull)
            let squares = products[0, 0] - zip(found, pull).reduce(0) { $0 + $1.0 * $1.1 }
            let spread = max(squares, 1e-9 * Double(rows.count)) / freedom
            step = found[1]
            deviation = (spread * factor.solve([0, 1, 0])[1]).squareRoot()
            likelihood =
                -0.5 * (freedom * log(spread) + determinant + factor.logDeterminant)
            guard step.isFinite, deviation > 0, likelihood.isFinite else { return nil }
        }
    }
}
