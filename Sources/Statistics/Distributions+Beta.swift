import Foundation

/// The beta distribution.
package struct BetaDistribution: ContinuousDistribution, Hashable {
    package var a: Double
    package var b: Double

    /// With two shapes above 0; the mean is a/(a + b).
    package init(_ a: Double, _ b: Double) {
        precondition(a > 0 && b > 0)
        self.a = a
        self.b = b
    }

    /// The logarithm of the density.
    package func logDensity(_ x: Double) -> Double {
        guard x >= 0, x <= 1 else { return -.infinity }
        if x == 0 { return a < 1 ? .infinity : a == 1 ? log(b) : -.infinity }
        if x == 1 { return b < 1 ? .infinity : b == 1 ? log(a) : -.infinity }
        return SpecialFunctions.logBetaWeight(a, b, x, 1 - x) - log(x) - log1p(-x)
    }

    /// The probability of at most that.
    package func cumulative(_ x: Double) -> Double {
        SpecialFunctions.regularizedBeta(a, b, x: x, y: 1 - x).lower
    }

    /// The probability of more than that.
    package func survival(_ x: Double) -> Double {
        SpecialFunctions.regularizedBeta(a, b, x: x, y: 1 - x).upper
    }

    /// The number that is not exceeded with probability `p`.
    package func quantile(_ p: Double) -> Double {
        guard p > 0, p < 1 else { return p == 0 ? 0 : p == 1 ? 1 : .nan }
        return root(p <= 0.5 ? p : 1 - p, isUpper: p > 0.5).x
    }

    /// The number that is exceeded with probability `q`.
    package func upperQuantile(_ q: Double) -> Double {
        guard q > 0, q < 1 else { return q == 0 ? 1 : q == 1 ? 0 : .nan }
        return root(q <= 0.5 ? q : 1 - q, isUpper: q <= 0.5).x
    }

    /// Where a tail is `target`, and one minus that, both exact; the search runs along the log odds.
    func root(_ target: Double, isUpper: Bool) -> (x: Double, y: Double) {
        func parts(_ u: Double) -> (x: Double, y: Double) {
            let e = exp(-abs(u))
            let (small, large) = (e / (1 + e), 1 / (1 + e))
            return u < 0 ? (small, large) : (large, small)
        }
        let u = tailRoot(from: log(a / b), target: target) { u in
            let (x, y) = parts(u)
            guard x > 0, y > 0 else { return (0, 0) }
            let tails = SpecialFunctions.regularizedBeta(a, b, x: x, y: y)
            let weight = exp(SpecialFunctions.logBetaWeight(a, b, x, y))
            return isUpper ? (tails.upper, -weight) : (tails.lower, weight)
        }
        return parts(u)
    }
}

/// Fisher's F distribution.
package struct FisherDistribution: ContinuousDistribution, Hashable {
    package var numerator: Double
    package var denominator: Double

    /// With the degrees of freedom of numerator and denominator, above 0.
    package init(_ numerator: Double, _ denominator: Double) {
        precondition(numerator > 0 && denominator > 0)
        self.numerator = numerator
        self.denominator = denominator
    }

    private var beta: BetaDistribution { BetaDistribution(numerator / 2, denominator / 2) }

    private func parts(_ f: Double) -> (x: Double, y: Double) {
        let ratio = numerator * f / denominator
        return ratio == .infinity ? (1, 0) : (ratio / (1 + ratio), 1 / (1 + ratio))
    }

    private func tails(_ f: Double) -> (lower: Double, upper: Double) {
        guard f > 0 else { return (0, 1) }
        let (x, y) = parts(f)
        return SpecialFunctions.regularizedBeta(beta.a, beta.b, x: x, y: y)
    }

    /// The logarithm of the density.
    package func logDensity(_ f: Double) -> Double {
        guard f > 0 else {
            return f < 0 || numerator > 2 ? -.infinity : numerator == 2 ? 0 : .infinity
        }
        let (x, y) = parts(f)
        return SpecialFunctions.logBetaWeight(beta.a, beta.b, x, y) - log(f)
    }

    /// The probability of at most that.
    package func cumulative(_ f: Double) -> Double { tails(f).lower }

    /// The probability of more than that.
    package func survival(_ f: Double) -> Double { tails(f).upper }

    /// The number that is not exceeded with probability `p`.
    package func quantile(_ p: Double) -> Double {
        guard p > 0, p < 1 else { return p == 0 ? 0 : p == 1 ? .infinity : .nan }
        return value(beta.root(p <= 0.5 ? p : 1 - p, isUpper: p > 0.5))
    }

    /// The number that is exceeded with probability `q`.
    package func upperQuantile(_ q: Double) -> Double {
        guard q > 0, q < 1 else { return q == 0 ? .infinity : q == 1 ? 0 : .nan }
        return value(beta.root(q <= 0.5 ? q : 1 - q, isUpper: q <= 0.5))
    }

    private func value(_ parts: (x: Double, y: Double)) -> Double {
        denominator * parts.x / (numerator * parts.y)
    }
}

/// Student's t distribution.
package struct StudentDistribution: ContinuousDistribution, Hashable {
    package var freedom: Double

    /// With degrees of freedom above 0, whole or not.
    package init(freedom: Double) {
        precondition(freedom > 0)
        self.freedom = freedom
    }

    /// The logarithm of the density.
    package func logDensity(_ t: Double) -> Double {
        // Loader's form, as in R's dt: exact for few and for many degrees of freedom.
        let n = freedom
        let ratio = t * t / n
        let constant =
            SpecialFunctions.stirlingError((n + 1) / 2) - SpecialFunctions.stirlingError(n / 2)
            - SpecialFunctions.deviance(n / 2, (n + 1) / 2)
        let half = ratio.isInfinite ? log(abs(t)) - log(n) / 2 : log1p(ratio) / 2
        let power =
            ratio > 0.2 ? n * half : t * t / 2 - SpecialFunctions.deviance(n / 2, (n + t * t) / 2)
        return constant - power - SpecialFunctions.halfLogTwoPi - half
    }

    /// The probability of at most that.
    package func cumulative(_ t: Double) -> Double { t > 0 ? 1 - tail(t) : tail(t) }

    /// The probability of more than that.
    package func survival(_ t: Double) -> Double { t > 0 ? tail(t) : 1 - tail(t) }

    /// The probability beyond |t| on one side.
    private func tail(_ t: Double) -> Double {
        guard t.isFinite else { return t.isNaN ? .nan : 0 }
        let ratio = t * t / freedom
        let (x, y) = ratio == .infinity ? (0, 1) : (1 / (1 + ratio), ratio / (1 + ratio))
        return 0.5 * SpecialFunctions.regularizedBeta(freedom / 2, 0.5, x: x, y: y).lower
    }

    /// The number that is not exceeded with probability `p`.
    package func quantile(_ p: Double) -> Double {
        guard p > 0, p < 1 else { return p == 0 ? -.infinity : p == 1 ? .infinity : .nan }
        return p < 0.5 ? -magnitude(p) : magnitude(1 - p)
    }

    /// The number that is exceeded with probability `q`.
    package func upperQuantile(_ q: Double) -> Double { -quantile(q) }

    /// The |t| beyond which `tail` lies on one side.
    private func magnitude(_ tail: Double) -> Double {
        if tail == 0.5 { return 0 }
        let beta = BetaDistribution(freedom / 2, 0.5)
        let both = 2 * tail
        // Near the middle 1 − 2p is exact, and the small part is what is searched.
        let (x, y) =
            both <= 0.5 ? beta.root(both, isUpper: false) : beta.root(1 - both, isUpper: true)
        return (freedom * y / x).squareRoot()
    }
}

/// How many of `count` trials succeed, each with probability `rate`.
package struct BinomialDistribution: Sendable, Hashable {
    package var count: Int
    package var rate: Double

    /// With a number of trials from 0 and a rate in 0...1.
    package init(count: Int, rate: Double) {
        precondition(count >= 0 && rate >= 0 && rate <= 1)
        self.count = count
        self.rate = rate
    }

    /// The logarithm of the probability of exactly `k`.
    package func logDensity(_ k: Int) -> Double {
        guard k >= 0, k <= count else { return -.infinity }
        let (n, x) = (Double(count), Double(k))
        if rate == 0 || rate == 1 {
            return k == (rate == 0 ? 0 : count) ? 0 : -.infinity
        }
        if k == 0 { return n * log1p(-rate) }
        if k == count { return n * log(rate) }
        return SpecialFunctions.logBetaWeight(x, n - x, rate, 1 - rate) + log(n / (x * (n - x)))
    }

    /// The probability of exactly `k`.
    package func density(_ k: Int) -> Double { exp(logDensity(k)) }

    /// The probability of at most `k`.
    package func cumulative(_ k: Int) -> Double { tails(k).lower }

    /// The probability of more than `k`.
    package func survival(_ k: Int) -> Double { tails(k).upper }

    private func tails(_ k: Int) -> (lower: Double, upper: Double) {
        guard k >= 0 else { return (0, 1) }
        guard k < count else { return (1, 0) }
        let (upper, lower) = SpecialFunctions.regularizedBeta(
            Double(k) + 1, Double(count - k), x: rate, y: 1 - rate)
        return (lower, upper)
    }

    /// The least number that is not exceeded with probability `p` or more.
    package func quantile(_ p: Double) -> Int { least { cumulative($0) >= p } }

    /// The least number that is exceeded with probability `q` or less.
    package func upperQuantile(_ q: Double) -> Int { least { survival($0) <= q } }

    private func least(_ isEnough: (Int) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if isEnough(middle) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
