import Statistics
import Testing

/// Shapley values are those of the definition: the mean gain over all orders.
struct ShapleyTests {
    @Test func `the worths that another program publishes give its values`() {
        // DP6 Marketing-Attribution-Models, README 2.1: Direct, Facebook, Organic Search.
        let values = Shapley.exact([0, 4, 6, 9, 7, 7, 15, 19])
        for (own, value) in zip(values, [19.0 / 6, 49.0 / 6, 46.0 / 6]) {
            #expect(abs(own - value) < 1e-14)
        }
    }

    @Test func `conversions of channels together are shared alike`() throws {
        // eeghor/mta, tests/test_shapley.py: a 4, a > b 6.
        let journeys = Journeys(
            paths: [["a"], ["a", "b"]], conversions: [4, 6], values: [1, 2], nulls: [0, 0])
        let result = ChannelSets(journeys).shapley(.conversions, permutations: 0, seed: 1)
        #expect(try #require(result).conversions == [7, 3])
        #expect(try #require(result).values == [2, 1])
    }

    @Test func `the short way for conversions is the sum over all coalitions`() throws {
        let journeys = MarkovTests.random(seed: 4, channels: 7, rows: 90, longest: 6)
        let sets = ChannelSets(journeys)
        let short = try #require(sets.shapley(.conversions, permutations: 0, seed: 1))
        let long = Shapley.exact(sets.coalitions(sets.conversions))
        for (a, b) in zip(short.conversions, long) { #expect(abs(a - b) < 1e-11) }
    }

    /// All orders of so many players.
    static func orders(_ count: Int) -> [[Int]] {
        count == 0
            ? [[]]
            : orders(count - 1).flatMap { order in
                (0...order.count).map { place in
                    var order = order
                    order.insert(count - 1, at: place)
                    return order
                }
            }
    }

    @Test func `rates are the mean gain over all orders`() throws {
        let journeys = MarkovTests.random(seed: 6, channels: 5, rows: 70, longest: 5)
        let paths = (0..<journeys.count).map { Set(journeys.touches[journeys.range($0)]) }
        func rate(_ coalition: [Int]) -> Double {
            let allowed = Set(coalition.map { Int32($0) })
            var (yes, all) = (0.0, 0.0)
            for (row, path) in paths.enumerated() where path.isSubset(of: allowed) {
                yes += journeys.conversions[row]
                all += journeys.conversions[row] + journeys.nulls[row]
            }
            return all > 0 ? yes / all : 0
        }
        var expected = Array(repeating: 0.0, count: 5)
        for order in Self.orders(5) {
            for (place, player) in order.enumerated() {
                expected[player] +=
                    (rate(Array(order[...place])) - rate(Array(order[..<place]))) / 120
            }
        }
        let result = try #require(
            ChannelSets(journeys).shapley(.rate, permutations: 0, seed: 1))
        for (own, value) in zip(result.conversions, expected) { #expect(abs(own - value) < 1e-13) }
    }

    @Test func `drawn orders add up exactly and know their error`() throws {
        let journeys = MarkovTests.random(seed: 8, channels: 18, rows: 400, longest: 4)
        let sets = ChannelSets(journeys)
        let few = try #require(sets.shapley(.rate, permutations: 400, seed: 1))
        let many = try #require(sets.shapley(.rate, permutations: 6400, seed: 2))
        let rate = journeys.totalConversions / (journeys.totalConversions + journeys.totalNulls)
        #expect(abs(few.conversions.reduce(0, +) - rate) < 1e-12)
        #expect(few == sets.shapley(.rate, permutations: 400, seed: 1))
        let errors = try #require(few.conversionErrors)
        let smaller = try #require(many.conversionErrors)
        for channel in errors.indices {
            let distance = abs(few.conversions[channel] - many.conversions[channel])
            #expect(distance < 5 * (errors[channel] + smaller[channel]))
            #expect(abs(errors[channel] / smaller[channel] - 4) < 2)
        }
    }
}
