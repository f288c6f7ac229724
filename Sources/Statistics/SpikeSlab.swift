import Foundation

/// A regression in which each column is either out or in (spike and slab), drawn by Gibbs.
///
/// George and McCulloch (Statistica Sinica, 1997) with the priors of Scott and Varian
/// ("Predicting the present with Bayesian structural time series", 2014) as R's `bsts` has them:
/// coefficients of columns that are in are normal around 0 with precision
/// κ/n·(½·XᵀX + ½·diag XᵀX)/σ², κ = 0.01, and 1/σ² is gamma.
package struct SpikeSlab: Sendable {
    /// XᵀX of the observed rows.
    private let cross: Matrix
    /// The prior precision of coefficients, over σ².
    private let slab: Matrix
    /// The log odds of being in; infinite for a column that is always in.
    private let logOdds: [Double]
    private let prior: VariancePrior
    private let observations: Double

    /// `columns` are those of the observed rows; the prior comes from `all`, those of every row.
    package init(
        columns: Matrix, all: Matrix, expectedSize: Double, prior: VariancePrior
    ) {
        cross = columns.transposed * columns
        observations = Double(columns.rows)
        let whole = all.transposed * all
        var slab = Matrix(all.columns, all.columns)
        for a in 0..<all.columns {
            for b in 0..<all.columns {
                let value = 0.01 * whole[a, b] / Double(all.rows)
                slab[a, b] = a == b ? value : value / 2
            }
        }
        self.slab = slab
        let share = min(1, expectedSize / Double(max(1, all.columns)))
        let odds = share < 1 ? log(share / (1 - share)) : .infinity
        logOdds = Array(repeating: odds, count: all.columns)
        self.prior = prior
    }

    /// What a draw says.
    package struct State: Sendable {
        package var isIn: [Bool]
        package var coefficients: [Double]
        package var variance: Double

        package init(columns: Int, variance: Double) {
            isIn = Array(repeating: true, count: columns)
            coefficients = Array(repeating: 0, count: columns)
            self.variance = variance
        }
    }

    /// The next state of the chain: `moments` is Xᵀy and `square` is yᵀy.
    package func draw(
        _ state: inout State, moments: [Double], square: Double, _ random: inout Philox
    ) throws(NumericsError) {
        try drawColumns(&state, moments, square, &random)
        let chosen = state.isIn.indices.filter { state.isIn[$0] }
        let part = try solution(chosen, moments, square)
        state.variance = prior.draw(count: observations, squares: part.squares, &random)
        for index in state.coefficients.indices { state.coefficients[index] = 0 }
        guard let factor = part.factor else { return }
        let noise = factor.solveTransposed(chosen.map { _ in random.normal() })
        let size = state.variance.squareRoot()
        for (place, index) in chosen.enumerated() {
            state.coefficients[index] = part.mean[place] + size * noise[place]
        }
    }

    private func drawColumns(
        _ state: inout State, _ moments: [Double], _ square: Double, _ random: inout Philox
    ) throws(NumericsError) {
        guard logOdds.contains(where: \.isFinite) else { return }
        var order = Array(logOdds.indices)
        for place in order.indices.dropLast() {
            order.swapAt(place, place + random.below(order.count - place))
        }
        var now = try evidence(state.isIn, moments, square)
        for index in order {
            state.isIn[index].toggle()
            let other = try evidence(state.isIn, moments, square)
            let gain = other - now + (state.isIn[index] ? logOdds[index] : -logOdds[index])
            if random.uniform() < 1 / (1 + exp(-gain)) {
                now = other
            } else {
                state.isIn[index].toggle()
            }
        }
    }

    /// The logarithm of p(y | columns), but for a constant.
    private func evidence(
        _ isIn: [Bool], _ moments: [Double], _ square: Double
    ) throws(NumericsError) -> Double {
        let chosen = isIn.indices.filter { isIn[$0] }
        let part = try solution(chosen, moments, square)
        let freedom = prior.freedom + observations
        let fit = -freedom / 2 * log(prior.freedom * prior.guess * prior.guess + part.squares)
        guard let factor = part.factor else { return fit }
        return fit + (try Cholesky(Self.part(slab, chosen)).logDeterminant) / 2
            - factor.logDeterminant / 2
    }

    private struct Solution {
        var factor: Cholesky?
        var mean: [Double]
        /// yᵀy less what the columns explain.
        var squares: Double
    }

    private func solution(
        _ chosen: [Int], _ moments: [Double], _ square: Double
    ) throws(NumericsError) -> Solution {
        guard !chosen.isEmpty else { return Solution(mean: [], squares: square) }
        var precision = Self.part(cross, chosen)
        let prior = Self.part(slab, chosen)
        for place in precision.values.indices { precision.values[place] += prior.values[place] }
        let factor = try Cholesky(precision)
        let wanted = chosen.map { moments[$0] }
        let mean = factor.solve(wanted)
        var explained = 0.0
        for place in mean.indices { explained += mean[place] * wanted[place] }
        return Solution(factor: factor, mean: mean, squares: max(0, square - explained))
    }

    private static func part(_ matrix: Matrix, _ chosen: [Int]) -> Matrix {
        var part = Matrix(chosen.count, chosen.count)
        for (column, b) in chosen.enumerated() {
            for (row, a) in chosen.enumerated() { part[row, column] = matrix[a, b] }
        }
        return part
    }
}

/// What is believed of a variance: about `guess`², as if seen `freedom` times, and below `limit`².
package struct VariancePrior: Sendable, Hashable {
    package var guess: Double
    package var freedom: Double
    package var limit: Double

    package init(guess: Double, freedom: Double, limit: Double) {
        self.guess = guess
        self.freedom = freedom
        self.limit = limit
    }

    /// The variance given `count` deviations whose squares sum to `squares`.
    package func draw(count: Double, squares: Double, _ random: inout Philox) -> Double {
        let shape = (freedom + count) / 2
        let scale = (freedom * guess * guess + squares) / 2
        for _ in 0..<1000 {
            let variance = random.inverseGamma(shape: shape, scale: scale)
            if variance < limit * limit { return variance }
        }
        return limit * limit
    }
}
