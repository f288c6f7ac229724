import Foundation
import Statistics
import Testing

/// Partial pooling gives what books give, and is right as often as it says.
struct PooledRatesTests {
    /// Rat tumours in 71 groups (Tarone, 1982), as in Bayesian Data Analysis, table 5.1.
    static let tumours: [Double] =
        Array(repeating: 0, count: 14) + Array(repeating: 1, count: 8)
        + Array(repeating: 2, count: 9) + [1, 5, 2, 5, 3, 2, 7, 7, 3, 3, 2, 9, 10]
        + Array(repeating: 4, count: 7)
        + [10, 4, 4, 4, 5, 11, 12, 5, 5, 6, 5, 6, 6, 6, 6, 16, 15, 15, 9, 4]
    static let rats: [Double] =
        Array(repeating: 20, count: 7) + Array(repeating: 19, count: 4) + [18, 18, 17]
        + Array(repeating: 20, count: 4) + [19, 19, 18, 18, 25, 24, 23]
        + Array(repeating: 20, count: 6) + [10, 49, 19, 46, 27, 17, 49, 47, 20, 20, 13, 48, 50]
        + Array(repeating: 20, count: 7)
        + [48, 19, 19, 19, 22, 46, 49, 20, 20, 23, 19, 22, 20, 20, 20, 52, 46, 47, 24, 14]

    // Published: E(α|y) = 2.4, E(β|y) = 14.3 (section 5.3). The posterior means of single groups are
    // from the same posterior on a grid in numpy.
    @Test func `the rats of the book give its posterior`() {
        let model = PooledRates(successes: Self.tumours, trials: Self.rats, parents: [])
        var (alpha, beta, last, most, first, count) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
        for stream in 0..<4 as Range<UInt64> {
            var random = Philox(seed: 1, stream: stream)
            let chain = model.chain(draws: 1000, warmUp: 300, using: &random)
            for (index, logSize) in chain.hyperparameters[0].draws.enumerated() {
                let rate = chain.groups[index][0][0]
                alpha += rate * exp(logSize)
                beta += (1 - rate) * exp(logSize)
                last += Double(chain.leaves[index][70])
                most += Double(chain.leaves[index][66])
                first += Double(chain.leaves[index][0])
                count += 1
            }
        }
        #expect(abs(alpha / count - 2.4027) < 0.15)
        #expect(abs(beta / count - 14.320) < 0.9)
        #expect(abs(last / count - 0.21086) < 0.004)
        #expect(abs(most / count - 0.26874) < 0.004)
        #expect(abs(first / count - 0.06357) < 0.003)
    }

    // Eight schools (Rubin, 1981). The values are from the marginal posterior of the spread on a
    // grid in numpy, with the same half-Cauchy prior.
    @Test func `the eight schools give the posterior of the grid`() {
        let model = PooledMeans(
            estimates: [28, 8, -3, 7, -1, 1, 18, 12], errors: [15, 10, 16, 11, 9, 11, 10, 18],
            parents: [])
        #expect(abs(model.priorScale - 26.109316892087172) < 1e-9)
        var sums = Array(repeating: 0.0, count: 8)
        var (spread, mean, count) = (0.0, 0.0, 0.0)
        for stream in 0..<2 as Range<UInt64> {
            var random = Philox(seed: 2, stream: stream)
            let chain = model.chain(draws: 3000, warmUp: 500, using: &random)
            for draw in chain.leaves {
                for item in sums.indices { sums[item] += Double(draw[item]) }
            }
            spread += chain.hyperparameters[0].draws.reduce(0, +)
            mean += chain.hyperparameters[1].draws.reduce(0, +)
            count += Double(chain.leaves.count)
        }
        let expected = [10.992, 7.873, 6.297, 7.669, 5.351, 6.293, 10.390, 8.354]
        for (sum, value) in zip(sums, expected) { #expect(abs(sum / count - value) < 0.45) }
        #expect(abs(spread / count - 5.934) < 0.35)
        #expect(abs(mean / count - 7.9005) < 0.3)
    }

    // The likelihood of a tree by hand: the density of a normal vector with the summed covariance.
    @Test func `a tree integrates out what a covariance says`() throws {
        let tree = GaussianTree(leaves: 4, parents: [[0, 0, 1, 1]])
        let estimates = [1.0, 2.5, -0.5, 0.2]
        let variances = [0.5, 0.2, 0.9, 0.4]
        let spreads = [0.7, 1.3]
        let value = tree.upward(estimates: estimates, variances: variances, spreads: spreads)
            .logLikelihood
        var covariance = Matrix(4, 4)
        for row in 0..<4 {
            for column in 0..<4 {
                covariance[row, column] =
                    (row == column ? variances[row] + 0.49 : 0) + (row / 2 == column / 2 ? 1.69 : 0)
            }
        }
        // A flat root: integrate over the mean m of all.
        let cholesky = try Cholesky(covariance)
        let ones = [1.0, 1, 1, 1]
        let weights = cholesky.solve(ones)
        let precision = weights.reduce(0, +)
        let mean = zip(weights, estimates).reduce(0) { $0 + $1.0 * $1.1 } / precision
        let residual = estimates.map { $0 - mean }
        let square = zip(residual, cholesky.solve(residual)).reduce(0) { $0 + $1.0 * $1.1 }
        let expected =
            -0.5 * (4 * log(2 * .pi) + cholesky.logDeterminant + square)
            + 0.5 * log(2 * .pi / precision)
        #expect(abs(value - expected) < 1e-12)
    }

    @Test func `intervals hold the truth and pooling beats raw rates`() {
        var random = Philox(seed: 9)
        var (held, all, pooledError, rawError) = (0.0, 0.0, 0.0, 0.0)
        for world in 0..<3 as Range<UInt64> {
            var (parents, groups): ([Int], [Int]) = ([], [])
            var (successes, trials, truths): ([Double], [Double], [Double]) = ([], [], [])
            for channel in 0..<3 {
                let channelLogit = -3.5 + 0.5 * random.normal()
                for _ in 0..<3 {
                    let rate = 1 / (1 + exp(-(channelLogit + 0.4 * random.normal())))
                    groups.append(channel)
                    for _ in 0..<12 {
                        let truth = random.beta(rate * 120, (1 - rate) * 120)
                        let count = 20 + random.below(600)
                        let hits = (0..<count).reduce(0) { sum, _ in
                            sum + (random.uniform() < truth ? 1 : 0)
                        }
                        parents.append(groups.count - 1)
                        successes.append(Double(hits))
                        trials.append(Double(count))
                        truths.append(truth)
                    }
                }
            }
            let model = PooledRates(
                successes: successes, trials: trials, parents: [parents, groups])
            var chance = Philox(seed: 10, stream: world)
            let chain = model.chain(draws: 400, warmUp: 300, using: &chance)
            for (item, truth) in truths.enumerated() {
                let draws = chain.leaves.map { Double($0[item]) }.sorted()
                let mean = draws.reduce(0, +) / Double(draws.count)
                if draws[10] <= truth, truth <= draws[389] { held += 1 }
                all += 1
                pooledError += (mean - truth) * (mean - truth)
                let raw = successes[item] / trials[item]
                rawError += (raw - truth) * (raw - truth)
            }
        }
        // 324 items: 95 % ± 3 standard errors.
        #expect(abs(held / all - 0.95) < 0.037)
        #expect(pooledError < 0.6 * rawError)
    }

    @Test func `chains that disagree are told`() {
        let first = (0..<400).map { sin(Double($0)) }
        let second = first.map { $0 + 3 }
        #expect(ChainAgreement.of([first, second]).rHat > 1.5)
        var random = Philox(seed: 3)
        let chains = (0..<4).map { _ in (0..<1000).map { _ in random.normal() } }
        let found = ChainAgreement.of(chains)
        #expect(found.rHat < 1.01)
        #expect(found.bulk > 3000)
    }
}
