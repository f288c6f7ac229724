import Foundation
import Statistics
import Testing

/// Removal effects are those of the exact chain, whichever way it is solved.
struct MarkovTests {
    func effects(_ journeys: Journeys, order: Int) throws -> RemovalEffects {
        let states = try #require(MarkovStates(journeys, order: order))
        let chain = MarkovChain(
            states, conversions: journeys.conversions, values: journeys.values,
            nulls: journeys.nulls)
        return try #require(chain.removalEffects())
    }

    @Test func `the textbook's three paths give the textbook's shares`() throws {
        // C1 > C2 > C3 converts, C1 and C2 > C3 do not: removal 0.5, 1, 1.
        let journeys = Journeys(
            paths: [["C1", "C2", "C3"], ["C1"], ["C2", "C3"]], conversions: [1, 0, 0],
            values: [1, 0, 0], nulls: [0, 1, 1])
        let effects = try effects(journeys, order: 1)
        #expect(abs(effects.probability - 1.0 / 3) < 1e-15)
        for (own, value) in zip(effects.conversions, [0.5, 1, 1]) {
            #expect(abs(own - value) < 1e-15)
        }
        let credit = effects.credit(conversions: 1, values: 1)
        for (own, value) in zip(credit.conversions, [0.2, 0.4, 0.4]) {
            #expect(abs(own - value) < 1e-15)
        }
    }

    @Test func `nine paths give another program's figures`() throws {
        // DP6 Marketing-Attribution-Models, which solves the same chain to six decimals.
        let credit = try effects(TouchRuleTests.nine, order: 1).credit(conversions: 27, values: 27)
        for (own, value) in zip(credit.conversions, [10.643153527, 8.5145228216, 7.8423236515]) {
            #expect(abs(own - value) < 1e-5)
        }
    }

    @Test func `a channel that repeats is one state still`() throws {
        let once = Journeys(
            paths: [["a", "b"], ["a"]], conversions: [2, 0], values: [4, 0], nulls: [1, 5])
        let often = Journeys(
            paths: [["a", "a", "a", "b", "b"], ["a", "a"]], conversions: [2, 0], values: [4, 0],
            nulls: [1, 5])
        #expect(try effects(once, order: 1) == effects(often, order: 1))
        #expect(try #require(MarkovStates(often, order: 2)).count == 3)
    }

    /// Random journeys over a few channels; some rows count nobody.
    static func random(seed: UInt64, channels: Int, rows: Int, longest: Int) -> Journeys {
        var random = Philox(seed: seed)
        var paths: [[String]] = []
        var (conversions, values, nulls): ([Double], [Double], [Double]) = ([], [], [])
        for _ in 0..<rows {
            let length = 1 + random.below(longest)
            paths.append((0..<length).map { _ in "c\(random.below(random.below(channels) + 1))" })
            conversions.append(Double(random.below(3)))
            values.append((conversions.last ?? 0) * random.exponential() * 10)
            nulls.append(Double(random.below(4)))
        }
        return Journeys(paths: paths, conversions: conversions, values: values, nulls: nulls)
    }

    @Test(arguments: 1...4, [UInt64(1), 2, 3])
    func `random chains agree with a dense solution`(order: Int, seed: UInt64) throws {
        let channels = 3 + Int(seed)
        for ignoresNulls in [false, true] {
            var journeys = Self.random(seed: seed, channels: channels, rows: 60, longest: 9)
            if ignoresNulls { journeys = journeys.withoutNulls() }
            let states = try #require(MarkovStates(journeys, order: order))
            let chain = MarkovChain(
                states, conversions: journeys.conversions, values: journeys.values,
                nulls: journeys.nulls)
            let truth = DenseChain(journeys, order: order)
            for channel in [nil] + journeys.channels.indices.map(Optional.some) {
                let expected = truth.absorption(without: channel)
                for iterating in [false, true] {
                    let own = try #require(
                        chain.absorption(without: channel, iterating: iterating))
                    #expect(abs(own.conversion - expected.conversion) < 1e-13)
                    #expect(abs(own.value - expected.value) < 1e-12)
                    #expect(own.errorBound < 1e-15 && own.valueErrorBound < 1e-14)
                }
                if channel == nil {
                    #expect(abs(chain.whole.conversion - expected.conversion) < 1e-13)
                    #expect(abs(chain.whole.value - expected.value) < 1e-12)
                }
            }
        }
    }

    @Test(arguments: [(UInt64(4), 40), (5, 12), (6, 25)])
    func `one elimination gives all removal effects`(seed: UInt64, channels: Int) throws {
        var journeys = Self.random(seed: seed, channels: channels, rows: 150, longest: 12)
        // A channel that nobody came to, and one whose journeys all were lost.
        journeys.append([0, 1, 2, 0], conversions: 0, value: 0, nulls: 0)
        journeys.channels.append("none")
        let states = try #require(MarkovStates(journeys, order: 1))
        let chain = MarkovChain(
            states, conversions: journeys.conversions, values: journeys.values,
            nulls: journeys.nulls)
        let effects = try #require(chain.removalEffects())
        let truth = DenseChain(journeys, order: 1)
        let whole = truth.absorption(without: nil)
        for channel in journeys.channels.indices {
            let part = truth.absorption(without: channel)
            let expected = 1 - part.conversion / whole.conversion
            #expect(abs(effects.conversions[channel] - expected) < 1e-12)
            #expect(abs(effects.values[channel] - (1 - part.value / whole.value)) < 1e-12)
        }
        #expect(effects.errorBound == 0 && effects.sweeps == 0)
    }

    @Test func `a chain that hardly ends is solved all the same`() throws {
        // a and b follow each other 20,000 times before the journey ends.
        let loop = (0..<20_000).map { $0.isMultiple(of: 2) ? "a" : "b" }
        let journeys = Journeys(
            paths: [loop + ["c"], ["c"]], conversions: [1, 1], values: [5, 1], nulls: [1, 2])
        let effects = try effects(journeys, order: 1)
        // Without a only the second path's journeys convert: 3 of 5 begin with c, and of c's 5
        // visits 2 convert.
        #expect(abs(effects.probability - 0.4) < 1e-12)
        #expect(abs(effects.conversions[0] - (1 - 0.6 * 0.4 / 0.4)) < 1e-12)
        #expect(abs(effects.conversions[2] - 1) < 1e-15)
    }

    @Test func `steps of each place add up to one`() throws {
        let journeys = Self.random(seed: 9, channels: 5, rows: 80, longest: 7)
        let states = try #require(MarkovStates(journeys, order: 2))
        let chain = MarkovChain(
            states, conversions: journeys.conversions, values: journeys.values,
            nulls: journeys.nulls)
        var sums: [MarkovChain.Transition.Place: Double] = [:]
        for step in chain.transitions { sums[step.from, default: 0] += step.probability }
        #expect(sums.values.allSatisfy { abs($0 - 1) < 1e-12 })
    }
}

/// The same chain by its definition, state by state, and Gauss's elimination with pivots.
private struct DenseChain {
    let names: [String]
    var states: [[Int32]: Int] = [:]
    var steps: [[Double]] = []
    var starts: [Double] = []
    var ends: [(conversion: Double, value: Double)] = []
    var leaving: [Double] = []

    init(_ journeys: Journeys, order: Int) {
        names = journeys.channels
        var sequences: [[Int]] = []
        for row in 0..<journeys.count {
            let path = Array(journeys.touches[journeys.range(row)])
            let tuples =
                path.count <= order
                ? [path] : (0...(path.count - order)).map { Array(path[$0..<($0 + order)]) }
            var sequence: [Int] = []
            for tuple in tuples {
                let state = states[tuple] ?? states.count
                states[tuple] = state
                if sequence.last != state { sequence.append(state) }
            }
            sequences.append(sequence)
        }
        let count = states.count
        steps = Array(repeating: Array(repeating: 0, count: count), count: count)
        starts = Array(repeating: 0, count: count)
        ends = Array(repeating: (0, 0), count: count)
        leaving = starts
        for (row, sequence) in sequences.enumerated() {
            let weight = journeys.conversions[row] + journeys.nulls[row]
            guard weight > 0, let first = sequence.first, let last = sequence.last else { continue }
            starts[first] += weight
            for (a, b) in zip(sequence, sequence.dropFirst()) { steps[a][b] += weight }
            for state in sequence { leaving[state] += weight }
            ends[last].conversion += journeys.conversions[row]
            ends[last].value += journeys.values[row]
        }
    }

    func absorption(without channel: Int?) -> (conversion: Double, value: Double) {
        let open = states.filter { state in
            leaving[state.value] > 0 && !state.key.contains { Int($0) == channel }
        }.map(\.value).sorted()
        // (I − T)·x = c, with two right sides.
        var rows = open.map { a in
            open.map { b in (a == b ? 1 : 0) - steps[a][b] / leaving[a] }
                + [ends[a].conversion / leaving[a], ends[a].value / leaving[a]]
        }
        let count = open.count
        for pivot in 0..<count {
            let best = (pivot..<count).max { abs(rows[$0][pivot]) < abs(rows[$1][pivot]) } ?? pivot
            rows.swapAt(pivot, best)
            for row in (pivot + 1)..<max(count, pivot + 1) where rows[row][pivot] != 0 {
                let factor = rows[row][pivot] / rows[pivot][pivot]
                for column in pivot..<(count + 2) {
                    rows[row][column] -= factor * rows[pivot][column]
                }
            }
        }
        var x = Array(repeating: [0.0, 0.0], count: count)
        for row in stride(from: count - 1, through: 0, by: -1) {
            for side in 0...1 {
                var sum = rows[row][count + side]
                for column in (row + 1)..<max(count, row + 1) {
                    sum -= rows[row][column] * x[column][side]
                }
                x[row][side] = sum / rows[row][row]
            }
        }
        let journeys = starts.reduce(0, +)
        var result = (conversion: 0.0, value: 0.0)
        for (index, state) in open.enumerated() {
            result.conversion += starts[state] / journeys * x[index][0]
            result.value += starts[state] / journeys * x[index][1]
        }
        return result
    }
}
