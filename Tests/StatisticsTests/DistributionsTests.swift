import Foundation
import Statistics
import Testing

/// Distributions agree with scipy's, also far out.
struct DistributionsTests {
    static func rows(_ text: String) -> [[String]] {
        text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
    }

    static func distribution(_ row: [String]) throws -> any ContinuousDistribution {
        let a = try #require(Double(row[1]))
        let b = try #require(Double(row[2]))
        return switch row[0] {
        case "normal": NormalDistribution(mean: a, deviation: b)
        case "t": StudentDistribution(freedom: a)
        case "chi2": ChiSquareDistribution(freedom: a)
        case "f": FisherDistribution(a, b)
        case "gamma": GammaDistribution(shape: a, scale: b)
        default: BetaDistribution(a, b)
        }
    }

    static func isNear(_ value: Double, _ expected: Double, _ relative: Double = 1e-12) -> Bool {
        value == expected || abs(value - expected) <= relative * abs(expected)
    }

    @Test func `densities and both tails are those of scipy`() throws {
        for row in Self.rows(DistributionValues.points) {
            let law = try Self.distribution(row)
            let values = try row.dropFirst(3).map { try #require(Double($0)) }
            let found = [
                law.density(values[0]), law.cumulative(values[0]), law.survival(values[0]),
            ]
            for (one, expected) in zip(found, values.dropFirst()) {
                #expect(Self.isNear(one, expected), "\(row) gave \(found)")
            }
        }
    }

    @Test func `quantiles from either side are those of scipy`() throws {
        for row in Self.rows(DistributionValues.quantiles) {
            let law = try Self.distribution(row)
            let values = try row.dropFirst(3).map { try #require(Double($0)) }
            let found = [law.quantile(values[0]), law.upperQuantile(values[0])]
            for (one, expected) in zip(found, values.dropFirst()) {
                #expect(
                    Self.isNear(one, expected) || abs(one - expected) < 1e-14,
                    "\(row) gave \(found)")
            }
        }
    }

    @Test func `counts of successes are those of scipy`() throws {
        for row in Self.rows(DistributionValues.counts) {
            let law = BinomialDistribution(
                count: try #require(Int(row[0])), rate: try #require(Double(row[1])))
            let k = try #require(Int(row[2]))
            let found = [law.density(k), law.cumulative(k), law.survival(k)]
            for (one, text) in zip(found, row.dropFirst(3)) {
                #expect(Self.isNear(one, try #require(Double(text))), "\(row) gave \(found)")
            }
        }
        for row in Self.rows(DistributionValues.countQuantiles) {
            let law = BinomialDistribution(
                count: try #require(Int(row[0])), rate: try #require(Double(row[1])))
            let p = try #require(Double(row[2]))
            #expect("\(law.quantile(p)) \(law.upperQuantile(p))" == "\(row[3]) \(row[4])")
        }
    }

    @Test func `digamma, log gamma and log beta are those of scipy`() throws {
        for row in Self.rows(DistributionValues.digamma) {
            let value = SpecialFunctions.digamma(try #require(Double(row[0])))
            #expect(Self.isNear(value, try #require(Double(row[1]))), "\(row) gave \(value)")
        }
        for row in Self.rows(DistributionValues.logGamma) {
            let value = SpecialFunctions.logGamma(try #require(Double(row[0])))
            #expect(Self.isNear(value, try #require(Double(row[1]))), "\(row) gave \(value)")
        }
        for row in Self.rows(DistributionValues.logBeta) {
            let value = SpecialFunctions.logBeta(
                try #require(Double(row[0])), try #require(Double(row[1])))
            #expect(Self.isNear(value, try #require(Double(row[2]))), "\(row) gave \(value)")
        }
    }

    @Test func `ends are said, and nothing is said outside`() {
        let t = StudentDistribution(freedom: 3)
        #expect(t.quantile(0) == -.infinity && t.quantile(1) == .infinity)
        #expect(t.quantile(-0.1).isNaN && t.quantile(1.1).isNaN)
        #expect(t.cumulative(.infinity) == 1 && t.survival(.infinity) == 0)
        #expect(GammaDistribution(shape: 1).cumulative(-1) == 0)
        #expect(BetaDistribution(2, 2).cumulative(2) == 1)
        #expect(ChiSquareDistribution(freedom: 2).logDensity(-1) == -.infinity)
    }
}
