import Statistics
import Testing

/// The chance that drew blocks is counted out.
struct RandomisationTests {
    static let values = [12, 9, 9.5, 11, 13, 10.5, 8.7, 9.5, 12.2, 8.9, 11.1, 11.4]
    static let isOn = [
        true, false, false, true, true, false, false, true, true, false, true, false,
    ]

    /// Counted with itertools in Python over all 64 tosses.
    @Test func `pairs agree with all tosses counted out`() throws {
        let test = SwitchbackTest(values: Self.values, isOn: Self.isOn, design: .pairs)
        #expect(test.isExact)
        #expect(abs(test.effect - 1.8) < 1e-12)
        #expect(test.pValue() == 0.0625)
        #expect(test.pValue(-1) == 0.03125)
        #expect(test.pValue(3) == 0.125)
        #expect(test.leastPValue == 0.03125)
        let interval = try #require(test.interval(0.1))
        #expect(abs(interval.lowerBound - 0.6) < 1e-6)
        #expect(abs(interval.upperBound - 3) < 1e-6)
        #expect(test.interval(0.03) == nil)
    }

    /// Counted with itertools in Python over all 924 choices.
    @Test func `free choices agree with all of them counted out`() {
        let test = SwitchbackTest(values: Self.values, isOn: Self.isOn, design: .complete)
        #expect(test.isExact)
        #expect(abs(test.pValue() - 0.025974025974025976) < 1e-12)
        #expect(abs(test.pValue(2.5) - 0.3225108225108225) < 1e-12)
        let drawn = SwitchbackTest(
            values: Self.values, isOn: Self.isOn, design: .complete, most: 900, seed: 2)
        #expect(!drawn.isExact)
        #expect(abs(drawn.pValue(2.5) - 0.3225) < 0.06)
    }

    /// statsmodels, OLS with cov_type HAC and maxlags 2.
    @Test func `the standard error agrees with statsmodels`() {
        let error = NeweyWest.standardError(
            values: [3, 4, 6, 5, 7, 2, 3, 1, 4, 8, 9, 7],
            isOn: [1, 1, 1, 0, 0, 0, 1, 1, 0, 0, 1, 1].map { $0 == 1 },
            times: Array(0..<12), lag: 2)
        #expect(abs(error - 0.9290647116174946) < 1e-12)
    }
}
