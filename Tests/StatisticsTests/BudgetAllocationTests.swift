import Foundation
import Statistics
import Testing

/// Splits of a budget, against brute force and independent solvers.
struct BudgetAllocationTests {
    private func outcome(
        _ total: Double, _ curves: [ResponseCurve], lower: [Double]? = nil, upper: [Double]? = nil
    ) async throws -> BudgetAllocation.Outcome {
        let channels = curves.enumerated().map { index, curve in
            BudgetAllocation.Channel(
                response: .init([curve]), lower: lower?[index] ?? 0,
                upper: upper?[index] ?? .infinity)
        }
        let allocation = try #require(BudgetAllocation(total: total, channels: channels))
        return try await allocation.best()
    }

    private func curve(_ saturation: ResponseCurve.Saturation, _ beta: Double) -> ResponseCurve {
        ResponseCurve(saturation: saturation, beta: beta)
    }

    private func random(_ chance: inout Philox, isShaped: Bool) -> ResponseCurve {
        let beta = exp(2 + 4 * chance.uniform())
        let kappa = exp(4 + 4 * chance.uniform())
        switch chance.below(3) {
        case 0: return curve(.logistic(lambda: 1 / kappa), beta)
        case 1: return curve(.michaelisMenten(kappa: kappa), beta)
        default:
            let slope = isShaped ? 1.2 + 4 * chance.uniform() : 0.4 + 0.6 * chance.uniform()
            return curve(.hill(slope: slope, kappa: kappa), beta)
        }
    }

    /// The best of a grid, by trying all of it.
    private func bruteForce(
        _ total: Double, _ curves: [ResponseCurve], _ upper: [Double], steps: Int
    ) -> Double {
        let values = curves.map { curve in
            let mean = ResponseCurve.Mean([curve])
            return (0...steps).map { mean.at(total * Double($0) / Double(steps)).value }
        }
        let most = upper.map { Int(min(1, $0 / total) * Double(steps) + 1e-9) }
        var best = -Double.infinity
        for first in 0...most[0] {
            if curves.count == 2 {
                let second = steps - first
                if second <= most[1] { best = max(best, values[0][first] + values[1][second]) }
                continue
            }
            for second in 0...min(most[1], steps - first) where steps - first - second <= most[2] {
                best = max(
                    best, values[0][first] + values[1][second] + values[2][steps - first - second])
            }
        }
        return best
    }

    @Test(arguments: [false, true])
    func `no grid finds a better split`(isShaped: Bool) async throws {
        var chance = Philox(seed: isShaped ? 11 : 12)
        for round in 0..<24 {
            let count = 2 + round % 2
            let curves = (0..<count).map { _ in random(&chance, isShaped: isShaped) }
            let total = exp(4 + 5 * chance.uniform())
            let upper = (0..<count).map { _ in
                round % 3 == 0 ? total * (0.4 + chance.uniform()) : Double.infinity
            }
            guard upper.reduce(0, +) >= total else { continue }
            let found = try await outcome(total, curves, upper: upper)
            let grid = bruteForce(total, curves, upper, steps: count == 2 ? 1500 : 120)
            #expect(found.objective >= grid * (1 - 1e-12))
            #expect(found.bound >= grid * (1 - 1e-12))
            #expect(found.gap < 1e-8)
            #expect(found.residual < 1e-9)
            #expect(abs(found.spend.reduce(0, +) - total) < 1e-11 * total)
            #expect(zip(found.spend, upper).allSatisfy { $0 >= 0 && $0 <= $1 })
        }
    }

    // One peak with each channel alone: 100 of 100 in one channel brings 80 at most, half each less.
    // Hill with slope 4: f(100) of vmax 100, k 60: 100·100⁴/(60⁴ + 100⁴) = 88.5284…; split evenly
    // 2·100·50⁴/(60⁴ + 50⁴) = 65.07…
    @Test func `one of two alike S-shaped channels gets it all`() async throws {
        let hill = curve(.hill(slope: 4, kappa: 60), 100)
        let found = try await outcome(100, [hill, hill])
        #expect(found.spend.sorted() == [0, 100])
        #expect(abs(found.objective - 1e10 / (1e8 + 12_960_000)) < 1e-9)
        #expect(found.gap < 1e-12)
    }

    @Test func `totals outside the bounds have no split, and none of money is one`() async throws {
        let response = ResponseCurve.Mean([curve(.logistic(lambda: 1), 10)])
        let channel = BudgetAllocation.Channel(response: response, lower: 2, upper: 5)
        #expect(BudgetAllocation(total: 3, channels: [channel, channel]) == nil)
        #expect(BudgetAllocation(total: 11, channels: [channel, channel]) == nil)
        #expect(BudgetAllocation(total: .nan, channels: [channel]) == nil)
        let fixed = try #require(BudgetAllocation(total: 10, channels: [channel, channel]))
        #expect(try await fixed.best().spend == [5, 5])
        let nothing = try await outcome(0, [curve(.logistic(lambda: 1), 10)])
        #expect(nothing.spend == [0])
        #expect(nothing.objective == 0)
    }

    // Saturated far beyond what a Double tells apart.
    @Test func `flat curves do not stop the search`() async throws {
        let flat = curve(.logistic(lambda: 1), 10)
        let found = try await outcome(1e6, [flat, flat, curve(.logistic(lambda: 1), 0)])
        #expect(abs(found.spend.reduce(0, +) - 1e6) < 1e-6)
        #expect(abs(found.objective - 20) < 1e-9)
    }

    // Curves of two draws that differ: the weighted mean of both is best, checked on a grid.
    @Test func `draws count together, and caution moves away from what is unsure`() async throws {
        let sure = [10.0, 10, 10, 10].map { curve(.michaelisMenten(kappa: 50), $0) }
        let unsure = [2.0, 30, 1, 9].map { curve(.michaelisMenten(kappa: 50), $0) }
        let allocation = try #require(
            BudgetAllocation(
                total: 100,
                channels: [.init(response: .init(sure)), .init(response: .init(unsure))]))
        let plain = try await allocation.best()
        let cautious = try await allocation.best(risk: 0.5)
        func value(_ first: Double, _ risk: Double) -> Double {
            let draws = allocation.each([first, 100 - first])
            let mean = draws.reduce(0, +) / 4
            let squares = draws.map { ($0 - mean) * ($0 - mean) }.reduce(0, +)
            return mean - risk * (squares / 4).squareRoot()
        }
        let grid = (0...2000).map { Double($0) / 20 }
        for (outcome, risk) in [(plain, 0.0), (cautious, 0.5)] {
            let best = try #require(grid.map { value($0, risk) }.max())
            #expect(outcome.objective >= best - 1e-9)
            #expect(outcome.objective <= best + 1e-3)
            #expect(outcome.gap < 1e-7)
        }
        #expect(cautious.spend[0] > plain.spend[0] + 5)
    }
}

/// Carry-over and the sums over periods.
struct ResponseCurveTests {
    // From pymc-marketing 0.19.2: the answer of 10 spent once.
    @Test func `weights are those of the published adstocks`() {
        func weights(_ carry: ResponseCurve.Carry, _ isNormalised: Bool) -> [Double] {
            ResponseCurve(
                carry: carry, length: 8, isNormalised: isNormalised,
                saturation: .logistic(lambda: 1), beta: 1
            ).weights
        }
        for (carry, isNormalised, expected) in [
            (.geometric(alpha: 0.3), true, [0.70004593001, 0.210013779, 0.0630041337]),
            (.delayed(alpha: 0.5, theta: 2), true, [0.02938454544, 0.23507636353, 0.47015272705]),
            (.weibullDensity(shape: 1.5, scale: 2), false, [1, 0.74056173067, 0.39205587789]),
            (.weibullSurvival(shape: 1.5, scale: 2), false, [1, 0.70218850133, 0.25832071347]),
        ] as [(ResponseCurve.Carry, Bool, [Double])] {
            for (own, other) in zip(weights(carry, isNormalised), expected) {
                #expect(abs(own - other) < 1e-9)
            }
        }
    }

    // Period by period, by hand.
    @Test(arguments: [1, 2, 3, 9])
    func `a horizon is the sum of its periods and of what comes after`(periods: Int) {
        let curve = ResponseCurve(
            carry: .geometric(alpha: 0.5), length: 4, isNormalised: false,
            saturation: .hill(slope: 1.5, kappa: 0.8), unit: 20, beta: 7)
        let recent = [3.0, 8, 5]
        let mean = ResponseCurve.Mean(
            [curve], over: .horizon(periods: periods, recent: recent))
        let spend = recent + Array(repeating: 6, count: periods) + [0, 0, 0]
        var sum = 0.0
        for time in 3..<spend.count {
            let x = (0..<4).map { pow(0.5, Double($0)) * spend[time - $0] / 20 }.reduce(0, +)
            sum += 7 * pow(x, 1.5) / (pow(0.8, 1.5) + pow(x, 1.5))
        }
        #expect(abs(mean.at(6 * Double(periods)).value - sum) < 1e-12 * sum)
    }

    @Test func `slopes and bends are those of small steps`() {
        let curves: [ResponseCurve.Saturation] = [
            .logistic(lambda: 0.7), .hill(slope: 2.5, kappa: 3), .michaelisMenten(kappa: 2),
        ]
        for saturation in curves {
            let mean = ResponseCurve.Mean([ResponseCurve(saturation: saturation, beta: 5)])
            for spend in [0.5, 2, 6] {
                let (before, jet, after) = (
                    mean.at(spend - 1e-4), mean.at(spend), mean.at(spend + 1e-4)
                )
                #expect(abs((after.value - before.value) / 2e-4 - jet.slope) < 1e-7)
                #expect(abs((after.slope - before.slope) / 2e-4 - jet.bend) < 1e-7)
            }
        }
    }
}
