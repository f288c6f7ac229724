import Foundation

/// How the response flattens out as spend grows; between 0 and 1.
package enum Saturation: String, Sendable, CaseIterable, Codable {
    case logistic
    case hill
    case michaelisMenten = "michaelis-menten"

    /// What its parameters are called.
    package var parameters: [String] {
        switch self {
        case .logistic: ["lambda"]
        case .hill: ["slope", "kappa"]
        case .michaelisMenten: ["kappa"]
        }
    }

    /// The response to `x`: (1 − e^(−λx))/(1 + e^(−λx)), xˢ/(κˢ + xˢ) or x/(κ + x).
    package func value(_ x: Double, _ parameters: [Double]) -> Double {
        guard x > 0 else { return 0 }
        switch self {
        case .logistic:
            let decay = exp(-parameters[0] * x)
            return (1 - decay) / (1 + decay)
        case .hill:
            return 1 / (1 + exp(-parameters[0] * log(x / parameters[1])))
        case .michaelisMenten: return x / (parameters[0] + x)
        }
    }

    /// Responses to many numbers at once, with derivatives by the number and by each parameter.
    func fill(
        _ x: UnsafePointer<Double>, _ count: Int, _ parameters: [Double],
        _ value: UnsafeMutablePointer<Double>, _ slope: UnsafeMutablePointer<Double>,
        _ first: UnsafeMutablePointer<Double>, _ second: UnsafeMutablePointer<Double>
    ) {
        switch self {
        case .logistic:
            let lambda = parameters[0]
            for at in 0..<count {
                let decay = exp(-lambda * x[at])
                let now = (1 - decay) / (1 + decay)
                let rest = 0.5 * (1 - now * now)
                value[at] = now
                slope[at] = lambda * rest
                first[at] = x[at] * rest
            }
        case .hill:
            let (power, kappa) = (parameters[0], parameters[1])
            let middle = log(kappa)
            for at in 0..<count {
                guard x[at] > 1e-300 else {
                    (value[at], slope[at], first[at], second[at]) = (0, 0, 0, 0)
                    continue
                }
                let distance = log(x[at]) - middle
                let now = 1 / (1 + exp(-power * distance))
                let rest = now * (1 - now)
                value[at] = now
                slope[at] = power * rest / x[at]
                first[at] = rest * distance
                second[at] = -power * rest / kappa
            }
        case .michaelisMenten:
            let kappa = parameters[0]
            for at in 0..<count {
                let inverse = 1 / (kappa + x[at])
                value[at] = x[at] * inverse
                slope[at] = kappa * inverse * inverse
                first[at] = -x[at] * inverse * inverse
            }
        }
    }
}
