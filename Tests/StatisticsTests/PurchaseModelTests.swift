import Foundation
import Statistics
import Testing

/// Purchases are foretold as the papers and scipy foretell them.
struct PurchaseModelTests {
    /// Published for CDNOW by Fader, Hardie and Lee (2005), with more digits from scipy.
    let model = PurchaseModel(r: 0.2425929, alpha: 4.41353141, a: 0.79288628, b: 2.42575358)

    // mpmath, 40 digits, in equation 10, at the parameters above.
    @Test(arguments: [
        (39.0, PurchaseHistory(frequency: 2, recency: 30.43, age: 38.86), 1.2259103850141124),
        (39, PurchaseHistory(frequency: 0, recency: 0, age: 38.86), 0.1947808400889613),
        (39, PurchaseHistory(frequency: 26, recency: 30.86, age: 31), 20.750568535395305),
        (5000, PurchaseHistory(frequency: 1, recency: 1.71, age: 38.86), 3.6927174682224574),
        (39, PurchaseHistory(frequency: 0, recency: 0, age: 0), 1.195016231457497),
    ])
    func `expected purchases are those of the formula`(
        time: Double, history: PurchaseHistory, expected: Double
    ) {
        let value = model.expectedPurchases(in: time, given: history)
        #expect(abs(value / expected - 1) < 1e-12)
    }

    // mpmath, 40 digits: customers who are almost alike, and many purchases in a short time.
    @Test(arguments: [
        ([1.09, 29.6, 887165.0, 1202604], 2.0, 18.0, 30.0, 52.0, 0.59162178048400222),
        ([300, 900, 1.5, 4], 5, 18, 30, 52, 0.72088125097290941),
        ([0.5, 2, 4, 3], 400, 9, 10, 500, 9.9826623963345201e-12),
        ([0.2, 4, 0.3, 0.4], 0, 0, 10, 500, 2.4538981894596133),
    ])
    func `parameters at the edge are no trouble`(
        parameters: [Double], frequency: Double, recency: Double, age: Double, time: Double,
        expected: Double
    ) {
        let value = PurchaseModel(parameters).expectedPurchases(
            in: time, given: .init(frequency: frequency, recency: recency, age: age))
        #expect(abs(value / expected - 1) < 1e-9)
    }

    // mpmath: by parts, with its own quadrature.
    @Test func `what comes later is worth less`() {
        let history = PurchaseHistory(frequency: 2, recency: 30.43, age: 38.86)
        let value = model.discountedPurchases(in: 52, rate: 0.002, given: history)
        #expect(abs(value - 1.48573982938685) < 1e-12)
    }

    // 1/a of equation 10 is 0/0 there; both sides must agree with it.
    @Test func `nothing happens at a equal to one`() {
        func value(_ a: Double) -> Double {
            PurchaseModel(r: 0.5, alpha: 3, a: a, b: 2).expectedPurchases(
                in: 30, given: .init(frequency: 3, recency: 12, age: 20))
        }
        let (below, at, above) = (value(1 - 1e-6), value(1), value(1 + 1e-6))
        #expect(abs((below + above) / 2 / at - 1) < 1e-10)
        #expect(at > 0)
    }

    // scipy, from equation 1 for P(alive).
    @Test func `the probability to be alive is that of the formula`() {
        let value = model.probabilityAlive(.init(frequency: 2, recency: 30.43, age: 38.86))
        #expect(abs(value - 0.72660913) < 1e-7)
        #expect(model.probabilityAlive(.init(frequency: 0, recency: 0, age: 9)) == 1)
    }

    @Test func `probabilities of counts add up and have the expected mean`() {
        let shares = model.probabilities(upTo: 400, in: 39)
        let sum = shares.reduce(0, +)
        let mean = shares.enumerated().reduce(0) { $0 + Double($1.offset) * $1.element }
        #expect(abs(sum - 1) < 1e-9)
        #expect(abs(mean - 1.195016231457497) < 1e-6)
    }

    // Customers drawn from the model itself, so the truth is known.
    @Test func `a fit finds the parameters that made the customers`() throws {
        var random = Philox(seed: 11)
        let histories = (0..<6000).map { _ -> PurchaseHistory in
            let rate = random.gamma(0.8) / 6
            let leaving = random.beta(0.9, 3)
            let age = 20 + 20 * random.uniform()
            var (time, count, last) = (0.0, 0.0, 0.0)
            while true {
                time += random.exponential() / rate
                guard time < age else { break }
                (count, last) = (count + 1, time)
                if random.uniform() < leaving { break }
            }
            return PurchaseHistory(frequency: count, recency: last, age: age)
        }
        let fit = try PurchaseModel.fit(histories)
        for (index, truth) in [0.8, 6, 0.9, 3].enumerated() {
            let error = try #require(fit.standardError(index))
            #expect(abs(fit.estimates[index] - truth) < 3.3 * error)
            #expect(error < truth / 2)
        }
    }
}

/// Tenure is foretold as Fader and Hardie (2007, 2010) foretell it.
struct RetentionModelTests {
    /// The paper's two segments, customers of 1000 left after 0 to 7 years.
    static let regular = [1000.0, 631, 468, 382, 326, 289, 262, 241]
    static let highEnd = [1000.0, 869, 743, 653, 593, 551, 517, 491]

    // Published parameters, and scipy's likelihood and standard errors.
    @Test(arguments: [
        (regular, 0.704, 1.182, -1680.265188463286, [0.06559896, 0.15247562]),
        (highEnd, 0.668, 3.806, -1611.1581473911551, [0.10373494, 0.78553187]),
    ])
    func `the published segments give the published parameters`(
        survivors: [Double], alpha: Double, beta: Double, likelihood: Double, errors: [Double]
    ) throws {
        let fit = try RetentionModel.fit([survivors])
        #expect(abs(fit.estimates[0] - alpha) < 0.0006)
        #expect(abs(fit.estimates[1] - beta) < 0.0006)
        #expect(abs(fit.logLikelihood - likelihood) < 1e-6)
        for (index, expected) in errors.enumerated() {
            let error = try #require(fit.standardError(index))
            #expect(abs(error / expected - 1) < 1e-4)
        }
    }

    // The paper's figure: high-end customers after 12 years, expected 37.8 % where 39.4 % were left.
    @Test func `survival after twelve years is the projected one`() {
        let model = RetentionModel(alpha: 0.66808837, beta: 3.80609538)
        #expect(abs(model.survival(12) - 0.3779990823040881) < 1e-7)
        // scipy.special.hyp2f1 in equation 6 of 2010.
        let residual = model.residualPeriods(tenure: 1, rate: 0.1) ?? 0
        #expect(abs(residual - 5.414478968437397) < 1e-6)
        #expect(model.expectedTenure == nil)
    }

    // A geometric tenure in the limit: one in ten leaves, so ten periods are expected.
    @Test func `equal customers stay for the reciprocal of their churn`() throws {
        let model = RetentionModel(alpha: 100_000, beta: 900_000)
        let tenure = try #require(model.expectedTenure)
        #expect(abs(tenure - 10) < 1e-3)
        let residual = try #require(model.residualPeriods(tenure: 1, rate: 0))
        #expect(abs(residual - 9) < 1e-3)
    }

    // mpmath, 60 digits, equation 10 as it stands: r, alpha, a, b, x, tx, T, time, expected.
    @Test(arguments: [
        [0.243, 4.414, 0.793, 2.426, 2, 30.43, 38.86, 39, 1.2260281747671444],
        [0.243, 4.414, 0.793, 2.426, 2, 30.43, 38.86, 5200, 19.715392891936632],
        [0.243, 0.05, 0.793, 2.426, 0, 0, 0, 5200, 44.111623386610616],
        [0.6, 3, 2.7, 1.4, 4, 10, 12, 100_000, 1.9112520783677458],
        [0.1, 0.02, 0.015, 0.9, 3, 1, 1.5, 36_525, 63818.63847024556],
        [1.5, 6, 30, 45, 120, 50, 52, 52, 0.47784134709248545],
        [0.243, 4.414, 0.793, 2.426, 5000, 38, 38.86, 39, 5.5559933669693688e-37],
        [9, 2, 1.5, 1.2, 0, 0, 4, 60, 3.0301409425499092],
    ])
    func `long horizons and many purchases are foretold exactly`(row: [Double]) {
        let model = PurchaseModel(Array(row.prefix(4)))
        let history = PurchaseHistory(frequency: row[4], recency: row[5], age: row[6])
        let found = model.expectedPurchases(in: row[7], given: history)
        #expect(abs(found / row[8] - 1) < 1e-9, "\(found)")
    }
}
