import Foundation

/// What is known of one customer's purchases: how often again, when last, how long observed.
package struct PurchaseHistory: Sendable, Hashable {
    /// The number of repeat purchases (the first is not counted).
    package var frequency: Double
    /// The time from the first purchase to the last.
    package var recency: Double
    /// The time from the first purchase to the end of observation.
    package var age: Double

    package init(frequency: Double, recency: Double, age: Double) {
        self.frequency = frequency
        self.recency = recency
        self.age = age
    }
}

/// How often customers without a contract buy, and when they stop: the BG/NBD model.
///
/// Fader, Hardie and Lee, "Counting your customers the easy way: an alternative to the Pareto/NBD
/// model" (Marketing Science 24, 2005). Purchases are Poisson with a gamma distributed rate (`r`,
/// `alpha`); after each a customer leaves for good with a beta distributed probability (`a`, `b`).
package struct PurchaseModel: Sendable, Hashable {
    package var r: Double
    package var alpha: Double
    package var a: Double
    package var b: Double

    package init(r: Double, alpha: Double, a: Double, b: Double) {
        self.r = r
        self.alpha = alpha
        self.a = a
        self.b = b
    }

    /// The parameters in the order of `PositiveFit`.
    package init(_ parameters: [Double]) {
        self.init(
            r: parameters[0], alpha: parameters[1], a: parameters[2], b: parameters[3])
    }

    /// The probability that a customer is still one (equation 3.1 of Fader, Hardie and Lee's note
    /// of 2008); 1 by construction for those who never came back.
    package func probabilityAlive(_ history: PurchaseHistory) -> Double {
        guard history.frequency > 0 else { return 1 }
        return 1 / (1 + exp(logOddsGone(history)))
    }

    private func logOddsGone(_ history: PurchaseHistory) -> Double {
        let x = history.frequency
        return log(a / (b + x - 1))
            + (r + x) * log((alpha + history.age) / (alpha + history.recency))
    }

    /// The purchases expected from a customer in the next `time` (equation 10).
    ///
    /// Euler's transformation makes the hypergeometric series short, and what would be 0/0 at a = 1
    /// is divided out, so no value of the parameters is special.
    package func expectedPurchases(
        in time: Double, given history: PurchaseHistory = .init(frequency: 0, recency: 0, age: 0)
    ) -> Double {
        guard time > 0 else { return 0 }
        let x = history.frequency
        let z = time / (alpha + history.age + time)
        // The series have few terms when neither horizon nor count is large.
        guard z < 0.88, x <= 50 else {
            return integrated(x, time / (alpha + history.age)) * probabilityAlive(history)
        }
        let isSafe = a <= 2 && a + b - 1 - r > -5
        let expected =
            isSafe || abs(a - 1) < 1e-3 || abs(a + b + x - 1) < 1e-9
            ? transformed(x, z) : plain(x, z)
        return max(0, expected) * probabilityAlive(history)
    }

    /// The same as an integral over the probability p of leaving: customers of p buy
    /// (1 − (1 + p·u)^−(r+x)) / p times, where u is the time over α + T.
    ///
    /// All is positive. On the logit of p the trapezoidal rule converges exponentially (Trefethen
    /// and Weideman, SIAM Review 56, 2014); both tails are geometric and summed as such.
    private func integrated(_ x: Double, _ u: Double) -> Double {
        let (stay, count) = (b + x, r + x)
        let scale = SpecialFunctions.logBeta(a, stay)
        func value(_ logit: Double) -> Double {
            let (logP, logRest) = (-log1p(exp(-logit)), -log1p(exp(logit)))
            return exp((a - 1) * logP + stay * logRest - scale)
                * -expm1(-count * log1p(exp(logP) * u))
        }
        let spread = (1 / a + 1 / stay).squareRoot()
        let step = min(0.25, 0.6 * spread)
        let (centre, reach) = (log(a / stay), 12 * spread)
        let start = -38 - log(max(u * (count + 1), stay, a, 1))
        let low = max(start, centre - reach - (a > 1 ? 60 / (a - 1) : .infinity))
        let end = 38 + log(max(a, stay, 1))
        let high = min(end, centre + reach + 60 / stay)
        var sum = 0.0
        let points = Int(((high - low) / step).rounded(.up))
        for point in 0...points { sum += value(low + Double(point) * step) }
        // e^(a·logit) to the left, e^(−stay·logit) to the right.
        if low == start { sum += value(low) / expm1(a * step) }
        sum += value(low + Double(points) * step) / expm1(stay * step)
        return sum * step
    }

    /// Equation 10's numerator as it stands: all terms are positive, and are rescaled as they grow.
    private func plain(_ x: Double, _ z: Double) -> Double {
        let lower = a + b + x - 1
        var (term, sum, scale) = (1.0, 1.0, (r + x) * log1p(-z))
        var n = 0.0
        while n < 5e6 {
            term *= (r + x + n) * (b + x + n) / ((lower + n) * (n + 1)) * z
            sum += term
            n += 1
            if abs(sum) > 1e250 {
                (term, sum, scale) = (term * 1e-250, sum * 1e-250, scale + 250 * log(10))
            }
            if n > r + x, abs(term) <= 1e-16 * (1 - z) * abs(sum) { break }
        }
        let gone = sum > 0 ? exp(scale + log(sum)) : exp(scale) * sum
        return lower / (a - 1) * (1 - gone)
    }

    /// The same after Euler's transformation, with a − 1 divided out.
    private func transformed(_ x: Double, _ z: Double) -> Double {
        let excess = a - 1
        let upper = a + b - 1 - r
        let lower = a + b + x - 1
        let logarithm = log1p(-z)
        let power = abs(excess) < 1e-300 ? logarithm : expm1(excess * logarithm) / excess
        var term = upper * z
        var series = term
        var n = 1.0
        while n < 2e6 {
            term *= (upper + n) * (excess + n) / ((lower + n) * (n + 1)) * z
            series += term
            n += 1
            if abs(term) <= 1e-16 * (1 - z) * abs(series) { break }
        }
        return -(lower * power + series * (1 + excess * power))
    }

    /// Expected purchases, each worth less the later it comes: `rate` is the continuous rate of
    /// discount for one unit of time (by parts, with Gauss and Legendre's ten points).
    package func discountedPurchases(
        in time: Double, rate: Double, given history: PurchaseHistory
    ) -> Double {
        let last = expectedPurchases(in: time, given: history)
        guard rate != 0, time > 0 else { return last }
        var sum = 0.0
        for (node, weight) in zip(Self.nodes, Self.weights) {
            for t in [time / 2 * (1 - node), time / 2 * (1 + node)] {
                sum += weight * expectedPurchases(in: t, given: history) * exp(-rate * t)
            }
        }
        return last * exp(-rate * time) + rate * time / 2 * sum
    }

    /// Abramowitz and Stegun, table 25.4.
    private static let nodes = [
        0.148_874_338_981_631, 0.433_395_394_129_247, 0.679_409_568_299_024, 0.865_063_366_688_985,
        0.973_906_528_517_172,
    ]
    private static let weights = [
        0.295_524_224_714_753, 0.269_266_719_309_996, 0.219_086_362_515_982, 0.149_451_349_150_581,
        0.066_671_344_308_688,
    ]

    /// The probabilities of 0, 1, …, `most` repeat purchases in `time` (equation 8).
    package func probabilities(upTo most: Int, in time: Double) -> [Double] {
        let share = time / (alpha + time)
        let logStay = r * log(alpha / (alpha + time))
        var poisson = exp(logStay)
        var before = 0.0
        var result: [Double] = []
        for x in 0...most {
            let n = Double(x)
            let stay = SpecialFunctions.logBeta(a, b + n) - SpecialFunctions.logBeta(a, b)
            var probability = exp(stay) * poisson
            if x > 0 { probability += exp(stay) * a / (b + n - 1) * max(0, 1 - before) }
            result.append(probability)
            before += poisson
            poisson *= (r + n) / (n + 1) * share
        }
        return result
    }
}

extension PurchaseModel {
    /// The parameters that make the histories most likely.
    package static func fit(_ histories: [PurchaseHistory]) throws(NumericsError) -> PositiveFit {
        let data = PurchaseLikelihood(histories)
        let mean = max(1e-9, data.meanAge)
        // The time unit is free: starts are set in units of the mean age.
        var starts = [[0.3, mean / 6, 0.8, 2.5], [1, mean / 2, 1, 5], [0.1, mean / 20, 0.3, 1]]
        // Of many, an even choice says where to begin.
        if let part = data.part(of: 4000),
            let start = try? PositiveFit(starts: starts, { part.value($0, &$1) }), !start.isAtLimit
        {
            starts = [start.estimates]
        }
        return try PositiveFit(starts: starts) { data.value($0, &$1) }
    }
}

/// The log-likelihood (equation 6) with equal histories counted once.
private struct PurchaseLikelihood {
    struct Group {
        var history: PurchaseHistory
        var kind: Int
        var count: Double
    }

    let groups: [Group]
    /// The numbers of purchases that occur, and by how many customers.
    let kinds: [(frequency: Double, count: Double)]
    let meanAge: Double

    init(_ histories: [PurchaseHistory]) {
        let sorted = histories.sorted {
            ($0.frequency, $0.recency, $0.age) < ($1.frequency, $1.recency, $1.age)
        }
        var groups: [Group] = []
        var kinds: [(frequency: Double, count: Double)] = []
        var sum = 0.0
        for history in sorted {
            sum += history.age
            if kinds.last?.frequency != history.frequency { kinds.append((history.frequency, 0)) }
            kinds[kinds.count - 1].count += 1
            if groups.last?.history == history {
                groups[groups.count - 1].count += 1
            } else {
                groups.append(Group(history: history, kind: kinds.count - 1, count: 1))
            }
        }
        self.groups = groups
        self.kinds = kinds
        meanAge = sum / Double(max(1, histories.count))
    }

    /// Every so many-th history, by frequency, recency and age, so that about `count` are left; nil
    /// when there are few.
    func part(of count: Int) -> PurchaseLikelihood? {
        guard groups.count > 2 * count else { return nil }
        let stride = groups.count / count
        return PurchaseLikelihood(
            Swift.stride(from: stride / 2, to: groups.count, by: stride).flatMap { index in
                Array(repeating: groups[index].history, count: Int(groups[index].count))
            })
    }

    func value(_ logarithms: [Double], _ gradient: inout [Double]) -> Double {
        let model = PurchaseModel(logarithms.map { exp($0) })
        var total = 0.0
        var slope = [0.0, 0, 0, 0]
        common(model, &total, &slope)
        let (r, alpha, a, b) = (model.r, model.alpha, model.a, model.b)
        for group in groups {
            let x = group.history.frequency
            let logAge = log(alpha + group.history.age)
            let living = -(r + x) * logAge
            guard x > 0 else {
                total += group.count * living
                slope[0] -= group.count * logAge
                slope[1] -= group.count * (r + x) / (alpha + group.history.age)
                continue
            }
            let logLast = log(alpha + group.history.recency)
            let gone = log(a / (b + x - 1)) - (r + x) * logLast
            let top = max(living, gone)
            let sum = exp(living - top) + exp(gone - top)
            let share = exp(gone - top) / sum
            total += group.count * (top + log(sum))
            slope[0] -= group.count * ((1 - share) * logAge + share * logLast)
            slope[1] -=
                group.count * (r + x)
                * ((1 - share) / (alpha + group.history.age)
                    + share / (alpha + group.history.recency))
            slope[2] += group.count * share / a
            slope[3] -= group.count * share / (b + x - 1)
        }
        gradient = [slope[0] * r, slope[1] * alpha, slope[2] * a, slope[3] * b]
        return total
    }

    /// The part that depends on nothing but the number of purchases.
    private func common(_ model: PurchaseModel, _ total: inout Double, _ slope: inout [Double]) {
        let (r, a, b) = (model.r, model.a, model.b)
        for (x, count) in kinds {
            total +=
                count
                * (SpecialFunctions.logGamma(r + x) - SpecialFunctions.logGamma(r)
                    + r * log(model.alpha)
                    + SpecialFunctions.logGamma(a + b) + SpecialFunctions.logGamma(b + x)
                    - SpecialFunctions.logGamma(b) - SpecialFunctions.logGamma(a + b + x))
            let both = SpecialFunctions.digamma(a + b) - SpecialFunctions.digamma(a + b + x)
            slope[0] +=
                count
                * (SpecialFunctions.digamma(r + x) - SpecialFunctions.digamma(r) + log(model.alpha))
            slope[1] += count * r / model.alpha
            slope[2] += count * both
            slope[3] +=
                count * (both + SpecialFunctions.digamma(b + x) - SpecialFunctions.digamma(b))
        }
    }
}
