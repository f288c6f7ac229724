import Foundation

/// Functions of the gamma family that the models of value and of rates need.
package enum GammaFunctions {
    /// The logarithm of Γ(x) for positive `x`: Stirling's series from 12 on (Abramowitz and Stegun
    /// 6.1.41), which is a few times faster than the library's.
    package static func logGamma(_ x: Double) -> Double {
        if x >= 12 {
            let square = 1 / (x * x)
            let series =
                (1 / 12.0 - square
                    * (1 / 360.0 - square
                        * (1 / 1260.0 - square
                            * (1 / 1680.0 - square * (1 / 1188.0 - square * (691 / 360360.0))))))
                / x
            return (x - 0.5) * log(x) - x + 0.918_938_533_204_672_74 + series
        }
        var sign: Int32 = 0
        return lgamma_r(x, &sign)
    }

    /// The derivative of `logGamma`: recurrence up to 10, then the asymptotic series (Abramowitz
    /// and Stegun 6.3.5, 6.3.18).
    package static func digamma(_ x: Double) -> Double {
        var x = x
        var sum = 0.0
        while x < 10 {
            sum -= 1 / x
            x += 1
        }
        let square = 1 / (x * x)
        let series =
            square
            * (1 / 12.0 - square
                * (1 / 120.0 - square
                    * (1 / 252.0 - square
                        * (1 / 240.0 - square * (1 / 132.0 - square * (691 / 32760.0))))))
        return sum + log(x) - 0.5 / x - series
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

    /// The logarithm of the beta function.
    package static func logBeta(_ a: Double, _ b: Double) -> Double {
        logGamma(a) + logGamma(b) - logGamma(a + b)
    }

    /// The probability that a chi-square variable with an even number of degrees of freedom is
    /// greater than `x` (a Poisson sum; Abramowitz and Stegun 26.4.21).
    package static func chiSquareTail(_ x: Double, evenDegrees degrees: Int) -> Double {
        precondition(degrees > 0 && degrees % 2 == 0)
        let half = max(0, x) / 2
        var term = exp(-half)
        var sum = term
        for index in 1..<max(1, degrees / 2) {
            term *= half / Double(index)
            sum += term
        }
        return min(1, sum)
    }
}
