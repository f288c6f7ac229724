import Foundation

/// What spend on one channel brings: carry-over (adstock), then saturation.
///
/// Geometric and delayed adstock and the logistic curve as in Jin, Wang, Sun, Chan and Koehler
/// (2017), "Bayesian methods for media mix modeling with carryover and shape effects"; Weibull
/// weights as in Robyn and PyMC-Marketing; Hill (1910) and Michaelis and Menten (1913).
package struct ResponseCurve: Sendable, Hashable {
    /// How a period's spend is spread over the periods from it on.
    package enum Carry: Sendable, Hashable {
        case none
        /// Weight αˡ after l periods.
        case geometric(alpha: Double)
        /// Weight α^((l − θ)²).
        case delayed(alpha: Double, theta: Double)
        /// The Weibull density at l + 1, from its least (0) to its largest value (1).
        case weibullDensity(shape: Double, scale: Double)
        /// The running product of the Weibull survival at 1 … l.
        case weibullSurvival(shape: Double, scale: Double)
    }

    /// How more spend brings less and less, from 0 to 1.
    package enum Saturation: Sendable, Hashable {
        /// (1 − e^(−λx)) / (1 + e^(−λx)).
        case logistic(lambda: Double)
        /// xˢ / (κˢ + xˢ); S-shaped where the slope s is above 1.
        case hill(slope: Double, kappa: Double)
        /// x / (κ + x).
        case michaelisMenten(kappa: Double)
    }

    /// A function at one place, with its first two derivatives.
    package struct Jet: Sendable, Hashable {
        package var value: Double
        package var slope: Double
        package var bend: Double
    }

    package var carry: Carry
    /// For how many periods spend works, its own included.
    package var length: Int
    /// Whether the weights are divided by their sum.
    package var isNormalised: Bool
    package var saturation: Saturation
    /// What spend is divided by before anything else.
    package var unit: Double
    /// The response of one period at full saturation.
    package var beta: Double

    package init(
        carry: Carry = .none, length: Int = 1, isNormalised: Bool = true,
        saturation: Saturation, unit: Double = 1, beta: Double
    ) {
        (self.carry, self.length, self.isNormalised) = (carry, max(1, length), isNormalised)
        (self.saturation, self.unit, self.beta) = (saturation, unit, beta)
    }

    /// Whether each further unit of money brings no more than the one before it.
    package var isConcave: Bool {
        if case .hill(let slope, _) = saturation { return slope <= 1 }
        return true
    }

    /// How much of a period's spend works in that period and in those after it.
    package var weights: [Double] {
        var weights = (0..<length).map { rawWeight(Double($0)) }
        switch carry {
        case .none: return [1]
        case .weibullDensity:
            let (least, most) = (weights.min() ?? 0, weights.max() ?? 0)
            guard most > least else { return [1] }
            weights = weights.map { ($0 - least) / (most - least) }
        case .weibullSurvival:
            for index in weights.indices.dropFirst() { weights[index] *= weights[index - 1] }
        case .geometric, .delayed: break
        }
        let sum = weights.reduce(0, +)
        guard sum > 0, sum.isFinite else { return [1] }
        return isNormalised ? weights.map { $0 / sum } : weights
    }

    private func rawWeight(_ lag: Double) -> Double {
        switch carry {
        case .none: return lag == 0 ? 1 : 0
        case .geometric(let alpha): return pow(alpha, lag)
        case .delayed(let alpha, let theta): return pow(alpha, (lag - theta) * (lag - theta))
        case .weibullDensity(let shape, let scale):
            let x = (lag + 1) / scale
            return shape / scale * pow(x, shape - 1) * exp(-pow(x, shape))
        case .weibullSurvival(let shape, let scale): return exp(-pow(lag / scale, shape))
        }
    }
}

extension ResponseCurve.Saturation {
    /// The saturation at `x`, with its derivatives.
    func at(_ x: Double) -> ResponseCurve.Jet {
        switch self {
        case .logistic(let lambda):
            let u = exp(-lambda * x)
            let value = -expm1(-lambda * x) / (1 + u)
            let slope = 2 * lambda * u / ((1 + u) * (1 + u))
            return .init(value: value, slope: slope, bend: -lambda * slope * value)
        case .michaelisMenten(let kappa):
            let sum = kappa + x
            let slope = kappa / sum / sum
            return .init(value: x / sum, slope: slope, bend: -2 * slope / sum)
        case .hill(let power, let kappa):
            guard x > 0 else { return Self.hillAtZero(power, kappa) }
            let z = power * log(x / kappa)
            let u = exp(-abs(z))
            let (less, more) = (u / (1 + u), 1 / (1 + u))
            let (value, rest) = z < 0 ? (less, more) : (more, less)
            let slope = power * value * rest / x
            return .init(
                value: value, slope: slope, bend: slope / x * (power * (rest - value) - 1))
        }
    }

    private static func hillAtZero(_ power: Double, _ kappa: Double) -> ResponseCurve.Jet {
        if power < 1 { return .init(value: 0, slope: .infinity, bend: -.infinity) }
        if power == 1 { return .init(value: 0, slope: 1 / kappa, bend: -2 / kappa / kappa) }
        let bend = power < 2 ? .infinity : power == 2 ? 2 / kappa / kappa : 0
        return .init(value: 0, slope: 0, bend: bend)
    }
}
