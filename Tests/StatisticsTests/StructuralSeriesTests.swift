import Foundation
import Statistics
import Testing

/// Draws of states and of columns have the distributions that algebra gives.
struct StructuralSeriesTests {
    /// Mean and deviation of every number of every state from the joint normal distribution,
    /// inverted as one dense matrix in numpy.
    @Test func `drawn states have the moments of the dense normal distribution`() {
        var space = StateSpace()
        space.hasSlope = true
        space.seasons = 3
        (space.levelVariance, space.slopeVariance) = (0.3, 0.05)
        (space.seasonVariance, space.noiseVariance) = (0.1, 0.4)
        space.firstMean = [1, 0.2, 0, 0]
        space.firstVariance = [1, 0.5, 0.8, 0.8]
        let means = [
            1.16873, 0.20252, -0.226435, -0.664113, 1.37859, 0.201548, 0.973562, -0.226435,
            1.476593, 0.217834, -0.787411, 0.973562, 1.732768, 0.22773, -0.19192, -0.787411,
            1.998838, 0.231236, 0.978088, -0.19192, 2.251109, 0.231236, -0.779156, 0.978088,
        ]
        let deviations = [
            0.521165, 0.354014, 0.534718, 0.522095, 0.448127, 0.330367, 0.465172, 0.534718,
            0.510697, 0.322055, 0.498557, 0.465172, 0.628602, 0.340345, 0.688501, 0.498557,
            0.587919, 0.387193, 0.52717, 0.688501, 0.715871, 0.447122, 0.576806, 0.52717,
        ]
        var random = Philox(seed: 5)
        let count = 10_000
        var sums = Array(repeating: 0.0, count: 24)
        var squares = sums
        var (levelSeason, firstLast) = (0.0, 0.0)
        for _ in 0..<count {
            let path = space.draw([1, 2.5, 0.5, nil, 3, 1.5], &random)
            // Level, slope, the season and the one before it.
            let states = (0..<6).flatMap {
                [path.levels[$0], path.slopes[$0], path.history[$0 + 1], path.history[$0]]
            }
            for place in 0..<24 {
                let gap = states[place] - means[place]
                sums[place] += gap
                squares[place] += gap * gap
            }
            levelSeason += (states[12] - means[12]) * (states[14] - means[14])
            firstLast += (states[0] - means[0]) * (states[20] - means[20])
        }
        for place in 0..<24 {
            let error = deviations[place] / Double(count).squareRoot()
            #expect(abs(sums[place] / Double(count)) < 4.5 * error)
            let deviation = (squares[place] / Double(count)).squareRoot()
            #expect(abs(deviation / deviations[place] - 1) < 0.035)
        }
        #expect(abs(levelSeason / Double(count) - 0.20476807573495628) < 0.02)
        #expect(abs(firstLast / Double(count) + 0.098883032456901) < 0.02)
    }

    /// All eight models weighed against each other in numpy.
    @Test func `columns are in as often as the sum over all models says`() throws {
        let rows = (0..<12).map(Double.init)
        let noise = [0.3, -0.2, 0.1, -0.4, 0.25, 0.05, -0.3, 0.2, -0.1, 0.15, 0.35, -0.25]
        let columns = Matrix(columns: [
            rows.map { sin($0) }, rows.map { cos($0 * 0.7) },
            (0..<12).map { Double(($0 * 7) % 5 - 2) / 2 },
        ])
        let y = (0..<12).map { 0.8 * columns[$0, 0] + 0.25 * columns[$0, 1] + noise[$0] }
        let model = SpikeSlab(
            columns: columns, all: columns, expectedSize: 1.5,
            prior: VariancePrior(guess: 0.6, freedom: 5, limit: 100))
        let moments = columns.transposed * y
        let square = y.reduce(0) { $0 + $1 * $1 }
        var random = Philox(seed: 7)
        var state = SpikeSlab.State(columns: 3, variance: 1)
        var (included, coefficients, variance) = ([0.0, 0, 0], [0.0, 0, 0], 0.0)
        let count = 10_000
        for _ in 0..<count {
            try model.draw(&state, moments: moments, square: square, &random)
            for column in 0..<3 {
                if state.isIn[column] { included[column] += 1 / Double(count) }
                coefficients[column] += state.coefficients[column] / Double(count)
            }
            variance += state.variance / Double(count)
        }
        let expected = [0.9581921330805165, 0.24026366585533304, 0.03624777891738379]
        let means = [0.829446666, 0.107919837, 0.000799628632]
        for column in 0..<3 {
            #expect(abs(included[column] - expected[column]) < 0.025)
            #expect(abs(coefficients[column] - means[column]) < 0.015)
        }
        #expect(abs(variance - 0.20314806733716453) < 0.006)
    }
}
