import Statistics
import Testing

/// Samples of journeys vary as chance does.
struct JourneyBootstrapTests {
    @Test(arguments: [0.4, 1, 7, 40, 900, 90_000])
    func `a rare count of a sample has the mean and the spread of a Poisson draw`(mean: Double) {
        let journeys = Journeys(
            paths: [["a"]], conversions: [mean], values: [mean * 3], nulls: [1000 * mean])
        let drawn = (0..<4000).map { journeys.resampled(seed: 5, sample: $0) }
        let counts = drawn.map { $0.conversions[0] }
        let average = counts.reduce(0, +) / 4000
        let variance = counts.map { ($0 - average) * ($0 - average) }.reduce(0, +) / 3999
        #expect(abs(average - mean) < 5 * (mean / 4000).squareRoot())
        #expect(abs(variance / mean - 1) < 5 * ((2 + 1 / mean) / 4000).squareRoot())
        #expect(drawn.allSatisfy { abs($0.values[0] - 3 * $0.conversions[0]) < 1e-9 * mean })
        // A sample has as many journeys as the file, as in Efron's bootstrap.
        #expect(
            drawn.allSatisfy {
                abs($0.totalConversions + $0.totalNulls - 1001 * mean) < 1e-9 * mean
            })
    }

    @Test func `an interval of a share of all is that of its binomial distribution`() async throws {
        // scipy.stats.binom.ppf([0.025, 0.975], 450, 8 / 9) is 387 and 413.
        let journeys = Journeys(
            paths: [["a"], ["b"]], conversions: [400, 50], values: [400, 50], nulls: [0, 0])
        let first = try await journeys.bootstrap(samples: 4000, level: 0.95, seed: 3) {
            $0.credit(.first)
        }
        #expect(abs(first.conversions[0].lower - 387) <= 1.5)
        #expect(abs(first.conversions[0].upper - 413) <= 1.5)
        let again = try await journeys.bootstrap(samples: 4000, level: 0.95, seed: 3) {
            $0.credit(.first)
        }
        #expect(first.conversions == again.conversions)
    }

    @Test func `figures of journeys are those counted by hand`() {
        var journeys = Journeys(channels: ["a", "b"], hasAges: true)
        journeys.append([0, 1, 1], ages: [5, 2, 1], conversions: 2, value: 20, nulls: 1)
        journeys.append([1], ages: [0], conversions: 1, value: 7, nulls: 0)
        let figures = journeys.figures(lengthsUpTo: 2)
        #expect(figures.conversionsByLength == [1, 2])
        #expect(abs(figures.meanTouches - 7.0 / 3) < 1e-15)
        #expect(figures.medianTouches == 3)
        #expect(figures.meanDays == 10.0 / 3)
        #expect(figures.medianDays == 5)
        #expect(figures.assisted == [2, 0])
        #expect(figures.assistedValues == [20, 0])
        #expect(figures.reach == [3, 4])
    }
}
