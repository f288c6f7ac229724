import Statistics
import Testing

/// Rules share a conversion out as they say.
struct TouchRuleTests {
    /// Facebook 336 hours before the conversion, e-mail 168, direct 48, LinkedIn 24, direct 0;
    /// 120 in revenue. Calculated by hand: 2^(−14/7), 2^(−7/7), 2^(−2/7), 2^(−1/7) and 1 for decay.
    let journeys = {
        var journeys = Journeys(
            channels: ["facebook", "email", "direct", "linkedin"], hasAges: true)
        journeys.append(
            [0, 1, 2, 3, 2], ages: [336, 168, 48, 24, 0].map { $0 / 24 }, conversions: 1,
            value: 120,
            nulls: 0)
        return journeys
    }()

    @Test(arguments: [
        (TouchRule.first, [120.0, 0, 0, 0]), (.last, [0, 0, 120, 0]),
        (.lastOther(than: [2]), [0, 0, 0, 120]), (.linear, [24, 24, 48, 24]),
        (.linearUnique, [30, 30, 30, 30]),
        (.position(first: 40, middle: 20, last: 40), [48, 8, 56, 8]),
        (.timeDecay(halfLife: 7), [8.6304633566, 17.2609267133, 62.8413503473, 31.2672595827]),
    ])
    func `one journey is shared out as calculated by hand`(rule: TouchRule, expected: [Double]) {
        let credit = journeys.credit(rule)
        for (own, value) in zip(credit.values, expected) { #expect(abs(own - value) < 1e-9) }
        #expect(abs(credit.conversions.reduce(0, +) - 1) < 1e-15)
    }

    /// Nine paths of A, B and C with 3 each; figures of DP6's Marketing-Attribution-Models.
    static let nine = Journeys(
        paths: ["A", "AB", "ABC", "B", "BA", "BCA", "C", "CA", "CBA"].map { $0.map(String.init) },
        conversions: Array(repeating: 3, count: 9), values: Array(repeating: 3, count: 9),
        nulls: Array(repeating: 0, count: 9))

    @Test(arguments: [
        (TouchRule.first, [9.0, 9, 9]), (.last, [15, 6, 6]), (.lastOther(than: [0]), [3, 12, 12]),
        (.linear, [10.5, 9, 7.5]), (.linearUnique, [10.5, 9, 7.5]),
        (.position(first: 0.4, middle: 0.2, last: 0.4), [11.1, 8.4, 7.5]),
    ])
    func `nine paths are shared out as another program does`(rule: TouchRule, expected: [Double]) {
        for (own, value) in zip(Self.nine.credit(rule).conversions, expected) {
            #expect(abs(own - value) < 1e-12)
        }
    }

    @Test func `two touches share the weights of both ends`() {
        // eeghor/mta, tests/test_heuristic_models.py: 10 conversions by 30 to 70 are 3 and 7.
        let two = Journeys(paths: [["x", "y"]], conversions: [10], values: [0], nulls: [0])
        let uneven = two.credit(.position(first: 30, middle: 0, last: 70)).conversions
        #expect(abs(uneven[0] - 3) < 1e-12 && abs(uneven[1] - 7) < 1e-12)
        #expect(two.credit(.position(first: 0, middle: 1, last: 0)).conversions == [5, 5])
        let one = Journeys(paths: [["x"]], conversions: [10], values: [0], nulls: [0])
        #expect(one.credit(.position(first: 40, middle: 20, last: 40)).conversions == [10])
    }

    @Test func `a touch of a hundred years ago does not spoil the others`() {
        var journeys = Journeys(channels: ["a", "b"], hasAges: true)
        journeys.append([0, 1], ages: [36_500, 36_493], conversions: 1, value: 0, nulls: 0)
        let credit = journeys.credit(.timeDecay(halfLife: 7)).conversions
        #expect(abs(credit[0] - 1.0 / 3) < 1e-15)
    }

    @Test func `units add up to the total and go to the largest remainders`() {
        #expect(Apportionment.wholes([33.4, 33.3, 33.3], total: 100) == [34, 33, 33])
        #expect(Apportionment.wholes([0.5, 0.5, 0], total: 1) == [1, 0, 0])
        #expect(Apportionment.wholes([-0.5, 100.5], total: 100)?.reduce(0, +) == 100)
        #expect(Apportionment.wholes([1e300], total: 1e300) == nil)
        let thirds = Array(repeating: 1000.0 / 7, count: 7)
        #expect(Apportionment.wholes(thirds, total: 1000)?.reduce(0, +) == 1000)
    }
}
