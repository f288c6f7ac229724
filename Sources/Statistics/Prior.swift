import Foundation

/// What is believed of a parameter before data are seen.
package enum Prior: Sendable, Hashable {
    case halfNormal(Double)
    case normal(mean: Double, deviation: Double)
    case gamma(shape: Double, rate: Double)
    case inverseGamma(shape: Double, scale: Double)
    case beta(Double, Double)
    case logNormal(mean: Double, deviation: Double)

    /// The logarithm of the density at `x`, up to a constant, and its derivative.
    package func logDensity(_ x: Double) -> (value: Double, slope: Double) {
        switch self {
        case .halfNormal(let deviation):
            let z = x / deviation
            return (-0.5 * z * z, -z / deviation)
        case .normal(let mean, let deviation):
            let z = (x - mean) / deviation
            return (-0.5 * z * z, -z / deviation)
        case .gamma(let shape, let rate):
            return ((shape - 1) * log(x) - rate * x, (shape - 1) / x - rate)
        case .inverseGamma(let shape, let scale):
            return (-(shape + 1) * log(x) - scale / x, -(shape + 1) / x + scale / (x * x))
        case .beta(let a, let b):
            return ((a - 1) * log(x) + (b - 1) * log1p(-x), (a - 1) / x - (b - 1) / (1 - x))
        case .logNormal(let mean, let deviation):
            let z = (log(x) - mean) / deviation
            return (-0.5 * z * z - log(x), -(z / deviation + 1) / x)
        }
    }

    /// One draw; a normal one of a parameter above 0 is drawn until it is.
    package func draw(_ random: inout Philox) -> Double {
        switch self {
        case .halfNormal(let deviation): return abs(random.normal()) * deviation
        case .normal(let mean, let deviation):
            for _ in 0..<1000 {
                let x = mean + deviation * random.normal()
                if x > 0 { return x }
            }
            return deviation * 1e-3
        case .gamma(let shape, let rate): return random.gamma(shape) / rate
        case .inverseGamma(let shape, let scale): return scale / random.gamma(shape)
        case .beta(let a, let b): return random.beta(a, b)
        case .logNormal(let mean, let deviation): return exp(mean + deviation * random.normal())
        }
    }
}
