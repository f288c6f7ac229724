import Foundation

/// The functions that distributions are made of.
package enum SpecialFunctions {
    /// The logarithm of the gamma function, for arguments above 0: Stirling's series from 12 on
    /// (Abramowitz and Stegun, 6.1.41), which is a few times faster than the library's.
    package static func logGamma(_ x: Double) -> Double {
        if x >= 12, x < .infinity {
            let v = 1 / (x * x)
            let tail = 1 / 1680.0 - v * (1 / 1188.0 - v * (691 / 360_360.0))
            let series = (1 / 12.0 - v * (1 / 360.0 - v * (1 / 1260.0 - v * tail))) / x
            return (x - 0.5) * log(x) - x + halfLogTwoPi + series
        }
        var sign: Int32 = 0
        return lgamma_r(x, &sign)
    }

    /// The logarithm of Γ(x + n) / Γ(x), where `logGamma` of x is at hand.
    package static func logRising(_ x: Double, by n: Double, logGammaOfX: Double) -> Double {
        // A short product needs one logarithm; it cannot overflow for these x.
        guard n <= 12, x < 1e20 else { return logGamma(x + n) - logGammaOfX }
        var product = 1.0
        var step = 0.0
        while step < n {
            product *= x + step
            step += 1
        }
        return log(product)
    }

    /// ln Γ(1 + x) for −½ ≤ x ≤ ½, exact to the last bits also near 0 (Abramowitz and Stegun,
    /// 6.1.33).
    package static func logGammaOfOnePlus(_ x: Double) -> Double {
        var sum = 0.0
        for index in zetaLessOne.indices.reversed() {
            sum = sum * -x + zetaLessOne[index] / Double(index + 2)
        }
        return -log1p(x) + x * (1 - eulerGamma) + x * x * sum
    }

    static let eulerGamma = 0.577215664901532860606512090082

    /// ζ(k) − 1 for k = 2, 3, …
    private static let zetaLessOne: [Double] = (2...40).map { k in
        // The sum to 20 and the Euler–Maclaurin remainder from there.
        let s = Double(k)
        let n = 20.0
        var sum = 0.0
        for m in stride(from: 19.0, through: 2, by: -1) { sum += pow(m, -s) }
        let first = pow(n, -s)
        let terms = [
            n / (s - 1), 0.5, s / (12 * n), -s * (s + 1) * (s + 2) / (720 * n * n * n),
            s * (s + 1) * (s + 2) * (s + 3) * (s + 4) / (30_240 * pow(n, 5)),
        ]
        return sum + first * terms.reversed().reduce(0, +)
    }

    /// ln B(a, b).
    package static func logBeta(_ a: Double, _ b: Double) -> Double {
        // From ln xᵃyᵇ/B at the mean, where nothing large is subtracted from something large.
        let n = a + b
        return a * log(a / n) + b * log(b / n) - logBetaWeight(a, b, a / n, b / n)
    }

    /// The derivative of ln Γ: recurrence to 10, then the asymptotic series (Abramowitz and
    /// Stegun, 6.3.5, 6.3.7, 6.3.18).
    package static func digamma(_ x: Double) -> Double {
        if x <= 0 {
            guard x != x.rounded() else { return .nan }
            return digamma(1 - x) - .pi / tan(.pi * x.truncatingRemainder(dividingBy: 1))
        }
        var x = x
        var before = 0.0
        while x < 10 {
            before -= 1 / x
            x += 1
        }
        let v = 1 / (x * x)
        let series =
            v
            * (1 / 12.0 - v
                * (1 / 120.0 - v
                    * (1 / 252.0 - v
                        * (1 / 240.0 - v * (1 / 132.0 - v * (691 / 32_760.0 - v / 12))))))
        return before + log(x) - 0.5 / x - series
    }

    /// What Stirling's formula lacks: ln Γ(n + 1) − (n + ½) ln n + n − ½ ln 2π (Loader, "Fast and
    /// accurate computation of binomial probabilities", 2000).
    static func stirlingError(_ n: Double) -> Double {
        guard n > 15 else {
            let logFactorial = n <= 0.5 ? logGammaOfOnePlus(n) : logGamma(n + 1)
            return logFactorial - (n + 0.5) * log(n) + n - halfLogTwoPi
        }
        let v = 1 / (n * n)
        let tail = 1 / 1188.0 - v * (691 / 360_360.0 - v / 156)
        return (1 / 12.0 - v * (1 / 360.0 - v * (1 / 1260.0 - v * (1 / 1680.0 - v * tail)))) / n
    }

    static let halfLogTwoPi = 0.918938533204672741780329736406

    /// x ln(x/m) + m − x without cancellation (Loader, 2000).
    static func deviance(_ x: Double, _ m: Double) -> Double {
        let v = (x - m) / (x + m)
        guard abs(v) < 0.5 else { return x * log(x / m) + m - x }
        var sum = (x - m) * v
        var term = 2 * x * v
        for j in 1..<1000 {
            term *= v * v
            let next = sum + term / Double(2 * j + 1)
            if next == sum { break }
            sum = next
        }
        return sum
    }

    /// ln of xᵃe⁻ˣ/Γ(a).
    static func logGammaWeight(_ a: Double, _ x: Double) -> Double {
        guard a > 0.5 else { return a * log(x) - x - logGammaOfOnePlus(a) + log(a) }
        return 0.5 * log(a) - halfLogTwoPi - stirlingError(a) - deviance(a, x)
    }

    /// ln of xᵃyᵇ/B(a, b), where x + y = 1.
    static func logBetaWeight(_ a: Double, _ b: Double, _ x: Double, _ y: Double) -> Double {
        let n = a + b
        return stirlingError(n) - stirlingError(a) - stirlingError(b) - deviance(a, n * x)
            - deviance(b, n * y) + 0.5 * (log(a) + log(b / n)) - halfLogTwoPi
    }

    /// The regularised incomplete gamma functions P(a, x) and Q(a, x), each exact where it is small.
    package static func regularizedGamma(
        _ a: Double, _ x: Double
    ) -> (lower: Double, upper: Double) {
        guard x > 0 else { return (0, 1) }
        guard x < .infinity else { return (1, 0) }
        if a < 0.5, x < 1.5 { return smallGamma(a, x) }
        let weight = exp(logGammaWeight(a, x))
        if x < a + 1 {
            // DLMF 8.11.4.
            var term = 1 / a
            var sum = term
            var k = a
            while term > sum * 1e-17 {
                k += 1
                term *= x / k
                sum += term
            }
            let lower = min(1, weight * sum)
            return (lower, 1 - lower)
        }
        // DLMF 8.9.2, by Lentz's rule.
        let fraction = continuedFraction(first: x + 1 - a) { m in
            (-m * (m - a), x + 2 * m + 1 - a)
        }
        let upper = min(1, weight / fraction)
        return (1 - upper, upper)
    }

    /// The same for small a and x, where Q is small although x is: DLMF 8.7.1.
    private static func smallGamma(_ a: Double, _ x: Double) -> (lower: Double, upper: Double) {
        var term = 1.0
        var sum = 0.0
        var k = 0.0
        while abs(term) > 1e-18 {
            k += 1
            term *= -x / k
            sum += term * a / (a + k)
        }
        let log = a * Foundation.log(x) - logGammaOfOnePlus(a)
        let lower = exp(log) * (1 + sum)
        return (lower, -expm1(log) - exp(log) * sum)
    }

    /// The regularised incomplete beta functions I_x(a, b) and 1 − I_x(a, b), each exact where it
    /// is small; `y` is 1 − x, to be given exactly.
    ///
    /// The continued fraction of Didonato and Morris (ACM TOMS 18, 1992, equation 9).
    package static func regularizedBeta(
        _ a: Double, _ b: Double, x: Double, y: Double
    ) -> (lower: Double, upper: Double) {
        guard x > 0 else { return (0, 1) }
        guard y > 0 else { return (1, 0) }
        if a * y < b * x {
            let swapped = regularizedBeta(b, a, x: y, y: x)
            return (swapped.upper, swapped.lower)
        }
        func denominator(_ m: Double) -> Double {
            let here = a + 2 * m + 1
            let turn = (a + m) * (a * y - b * x + 1 + m * (1 + y)) / here
            return m == 0 ? turn : m + m * (b - m) * x / (here - 2) + turn
        }
        let fraction = continuedFraction(first: denominator(0)) { m in
            let r = a + 2 * m - 1
            return ((a + m - 1) / r * ((a + b + m - 1) / r) * m * (b - m) * x * x, denominator(m))
        }
        let lower = min(1, exp(logBetaWeight(a, b, x, y)) / fraction)
        return (lower, 1 - lower)
    }

    /// b₀ + a₁/(b₁ + a₂/(b₂ + …)) by the rule of Lentz (1976) in Thompson and Barnett's form.
    private static func continuedFraction(
        first: Double, _ term: (_ m: Double) -> (a: Double, b: Double)
    ) -> Double {
        let tiny = 1e-300
        var fraction = first == 0 ? tiny : first
        var c = fraction
        var d = 0.0
        var m = 1.0
        while m < 1e6 {
            let (a, b) = term(m)
            d = b + a * d
            if d == 0 { d = tiny }
            d = 1 / d
            c = b + a / c
            if c == 0 { c = tiny }
            let factor = c * d
            fraction *= factor
            if abs(factor - 1) < 2.3e-16 { break }
            m += 1
        }
        return fraction
    }
}
