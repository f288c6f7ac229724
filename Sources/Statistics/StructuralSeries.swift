import Foundation

/// A Bayesian structural time series that says what a series would have been.
///
/// Brodersen, Gallusser, Koehler, Remy and Scott ("Inferring causal impact using Bayesian
/// structural time-series models", Annals of Applied Statistics, 2015), with the priors of their R package: a
/// local level, seasons, and columns with spike and slab; drawn by Gibbs from what was seen before.
package struct StructuralSeries: Sendable {
    /// What is believed before the data are seen; values are in standard deviations of the series.
    package struct Priors: Sendable, Hashable {
        package var levelDeviation = 0.01
        package var levelFreedom = 32.0
        package var expectedSize = 3.0
        package var expectedShare = 0.8
        package var freedom = 50.0

        package init() {}
    }

    /// What was seen before, standardised; nil is missing.
    package var before: [Double?]
    /// Columns that go with it, standardised by the time before; rows before and after.
    package var columns: Matrix
    /// How many periods are foretold.
    package var after: Int
    package var hasSlope = false
    package var seasons = 1
    package var seasonDuration = 1
    package var priors = Priors()

    /// A series with `columns` of as many rows as there are periods before and after.
    package init(before: [Double?], columns: Matrix, after: Int) {
        self.before = before
        self.columns = columns
        self.after = after
    }

    /// Draws of one chain.
    package struct Draws: Sendable {
        /// One after the other, each as many as there are periods after: what would be observed.
        package var foretold: [Double] = []
        /// The mean of what would be expected in every period, before and after.
        package var expected: [Double]
        /// How often each column was in, the sum of its coefficients, and of their squares.
        package var included: [Double]
        package var coefficients: [Double]
        package var squares: [Double]
        /// Standard deviations of noise and of level steps, one for each draw.
        package var noise: [Double] = []
        package var level: [Double] = []
    }

    /// Draws `count` times after `burnIn` draws that are thrown away.
    package func draws(
        _ count: Int, burnIn: Int, seed: UInt64, stream: UInt64
    ) throws -> Draws {
        var chain = Chain(self, random: Philox(seed: seed, stream: stream))
        for _ in 0..<burnIn {
            try Task.checkCancellation()
            try chain.step()
        }
        let width = columns.columns
        var draws = Draws(
            expected: Array(repeating: 0, count: before.count + after),
            included: Array(repeating: 0, count: width),
            coefficients: Array(repeating: 0, count: width),
            squares: Array(repeating: 0, count: width))
        draws.foretold.reserveCapacity(count * after)
        for _ in 0..<count {
            try Task.checkCancellation()
            try chain.step()
            chain.add(to: &draws)
        }
        for place in draws.expected.indices { draws.expected[place] /= Double(count) }
        return draws
    }

    /// The first values of a chain's state space.
    func stateSpace() -> StateSpace {
        var space = StateSpace()
        space.hasSlope = hasSlope
        space.seasons = seasons
        space.seasonDuration = seasonDuration
        let seen = before.compactMap { $0 }
        space.firstMean = [seen.first ?? 0]
        space.firstVariance = [1]
        if hasSlope {
            let steps = Double(max(1, before.count - 1))
            space.firstMean.append(((seen.last ?? 0) - (seen.first ?? 0)) / steps)
            space.firstVariance.append(1)
        }
        for _ in 0..<max(0, seasons - 1) {
            space.firstMean.append(0)
            space.firstVariance.append(1)
        }
        space.levelVariance = priors.levelDeviation * priors.levelDeviation
        space.slopeVariance = hasSlope ? 1e-4 : 0
        space.seasonVariance = seasons > 1 ? 1e-4 : 0
        space.noiseVariance = width > 0 ? 1 - priors.expectedShare : 0.5
        return space
    }

    /// The number of columns.
    var width: Int { columns.columns }
}

/// One chain of draws.
private struct Chain {
    let series: StructuralSeries
    let seen: [Int]
    /// Columns of the rows that were seen, with ones in front.
    let design: Matrix
    /// Columns of every row, with ones in front.
    let whole: Matrix
    let regression: SpikeSlab?
    let priors: (level: VariancePrior, step: VariancePrior, noise: VariancePrior)
    var space: StateSpace
    var state: SpikeSlab.State
    var path = StateSpace.Path()
    var random: Philox
    /// What the columns say of every row.
    var effect: [Double]

    init(_ series: StructuralSeries, random: Philox) {
        self.series = series
        self.random = random
        space = series.stateSpace()
        seen = series.before.indices.filter { series.before[$0] != nil }
        let rows = series.before.count + series.after
        let ones = Array(repeating: 1.0, count: rows)
        let width = series.columns.columns
        whole = Matrix(
            columns: width > 0 ? [ones] + (0..<width).map { Array(series.columns.column($0)) } : [])
        design = Matrix(
            columns: (0..<whole.columns).map { [whole, seen] column in
                seen.map { whole[$0, column] }
            })
        let own = series.priors
        priors = (
            VariancePrior(guess: own.levelDeviation, freedom: own.levelFreedom, limit: 1),
            VariancePrior(guess: 0.01, freedom: 0.01, limit: 1),
            width > 0
                ? VariancePrior(
                    guess: (1 - own.expectedShare).squareRoot(), freedom: own.freedom, limit: 1.2)
                : VariancePrior(guess: 1, freedom: 0.01, limit: 1.2)
        )
        regression =
            width > 0
            ? SpikeSlab(
                columns: design, all: whole, expectedSize: own.expectedSize, prior: priors.noise)
            : nil
        state = SpikeSlab.State(columns: whole.columns, variance: space.noiseVariance)
        effect = Array(repeating: 0, count: rows)
    }

    /// One round of Gibbs: states, what moves them, and the columns.
    mutating func step() throws(NumericsError) {
        var observed = series.before
        for period in seen { observed[period] = observed[period].map { $0 - effect[period] } }
        path = space.draw(observed, &random)
        drawVariances()
        guard let regression else {
            var squares = 0.0
            for period in seen {
                let rest = (series.before[period] ?? 0) - path.seen(period)
                squares += rest * rest
            }
            space.noiseVariance = priors.noise.draw(
                count: Double(seen.count), squares: squares, &random)
            return
        }
        let rest = seen.map { (series.before[$0] ?? 0) - path.seen($0) }
        var moments = Array(repeating: 0.0, count: design.columns)
        for column in moments.indices {
            let base = column * design.rows
            for row in rest.indices { moments[column] += design.values[base + row] * rest[row] }
        }
        let square = rest.reduce(0) { $0 + $1 * $1 }
        try regression.draw(&state, moments: moments, square: square, &random)
        space.noiseVariance = state.variance
        for row in effect.indices { effect[row] = 0 }
        for column in 0..<whole.columns where state.coefficients[column] != 0 {
            let base = column * whole.rows
            let coefficient = state.coefficients[column]
            for row in effect.indices { effect[row] += coefficient * whole.values[base + row] }
        }
    }

    private mutating func drawVariances() {
        var (level, slope, season) = (0.0, 0.0, 0.0)
        let steps = series.before.count - 1
        for period in 0..<max(0, steps) {
            var move = path.levels[period + 1] - path.levels[period]
            if space.hasSlope {
                move -= path.slopes[period]
                let turn = path.slopes[period + 1] - path.slopes[period]
                slope += turn * turn
            }
            level += move * move
        }
        // Seasons of a round sum to their shock.
        let lags = space.lags
        let changes = path.history.count - lags
        for place in lags..<max(lags, path.history.count) {
            var sum = 0.0
            for other in (place - lags)...place { sum += path.history[other] }
            season += sum * sum
        }
        space.levelVariance = priors.level.draw(
            count: Double(steps), squares: level, &random)
        if space.hasSlope {
            space.slopeVariance = priors.step.draw(
                count: Double(steps), squares: slope, &random)
        }
        if space.seasons > 1 {
            space.seasonVariance = priors.step.draw(
                count: Double(changes), squares: season, &random)
        }
    }

    /// Adds what this round says to the draws.
    mutating func add(to draws: inout StructuralSeries.Draws) {
        let count = series.before.count
        for period in 0..<count { draws.expected[period] += path.seen(period) + effect[period] }
        let noise = space.noiseVariance.squareRoot()
        let later = space.goOn(path, for: series.after, &random)
        for (place, own) in later.enumerated() {
            let mean = own + effect[count + place]
            draws.expected[count + place] += mean
            draws.foretold.append(mean + noise * random.normal())
        }
        for column in 0..<series.columns.columns where state.isIn[column + 1] {
            let coefficient = state.coefficients[column + 1]
            draws.included[column] += 1
            draws.coefficients[column] += coefficient
            draws.squares[column] += coefficient * coefficient
        }
        draws.noise.append(noise)
        draws.level.append(space.levelVariance.squareRoot())
    }
}
