import Statistics
import Testing

/// Weights are the best that are at least zero and sum to one, and tests keep their promise.
struct SyntheticControlTests {
    static let donors = Matrix(columns: [
        [1, 2, 4, 3, 6, 5], [4, 3, 1, 5, 2, 7], [2, 5, 3, 8, 4, 1], [7, 6, 9, 2, 4, 3],
    ])

    /// The values are scipy's (SLSQP with a tolerance of 1e-16).
    @Test func `weights agree with scipy`() throws {
        let fit = try SyntheticControl(donors: Self.donors, fitted: 6).fit([2, 3, 3, 5, 4, 4.5])
        let expected = [0.42204177, 0.29774318, 0.27427267, 0.00594239]
        for (weight, value) in zip(fit.weights, expected) {
            #expect(abs(weight - value) < 1e-7)
        }
        #expect(abs(fit.imbalance - 0.34229677923172525) < 1e-9)
        #expect(fit.violation < 1e-12)
    }

    @Test func `a mixture shifted by a constant is found again`() throws {
        let mixture = (0..<6).map {
            0.25 * Self.donors[$0, 0] + 0.75 * Self.donors[$0, 3] + 100
        }
        let fit = try SyntheticControl(donors: Self.donors, fitted: 6).fit(mixture)
        for (weight, value) in zip(fit.weights, [0.25, 0, 0, 0.75]) {
            #expect(abs(weight - value) < 1e-10)
        }
        #expect(fit.imbalance < 1e-9)
    }

    @Test func `donors that say the same and more donors than periods still have weights`() throws {
        var random = Philox(seed: 3)
        var columns = (0..<12).map { _ in (0..<5).map { _ in random.normal() } }
        columns.append(columns[0])
        columns.append(columns[1].map { $0 + 7 })
        columns.append(Array(repeating: 2, count: 5))
        for _ in 0..<50 {
            let target = (0..<5).map { _ in 3 * random.normal() }
            let fit = try SyntheticControl(donors: Matrix(columns: columns), fitted: 5).fit(target)
            #expect(abs(fit.weights.reduce(0, +) - 1) < 1e-9)
            #expect(fit.weights.allSatisfy { $0 >= 0 })
            #expect(fit.violation < 1e-7)
        }
    }

    /// Under shifts in time the p-value is exact for gaps that may be exchanged; with weights that
    /// are fitted to all periods it stays so.
    @Test func `intervals cover the truth as often as they say`() throws {
        var covered = 0
        let rounds = 30
        for round in 0..<rounds {
            var random = Philox(seed: 11, stream: UInt64(round))
            let season = (0..<60).map { _ in random.normal() }
            let donors = Matrix(
                columns: (0..<8).map { place in
                    season.map { 50 + Double(place) + 4 * $0 + random.normal() }
                })
            let treated = season.enumerated().map { period, value in
                70 + 4 * value + random.normal() + (period < 50 ? 0 : 3)
            }
            let test = ConformalTest(treated: treated, donors: donors, last: 10)
            let gaps = try SyntheticControl(donors: donors, fitted: 50).gaps(treated)[50...]
            let centre = gaps.reduce(0, +) / 10
            let interval = try #require(try test.interval(around: centre, scale: 2, alpha: 0.1))
            #expect(interval.contains(centre))
            if interval.contains(3) { covered += 1 }
        }
        // Nine tenths of thirty, three standard errors less.
        #expect(covered >= 22)
    }
}
