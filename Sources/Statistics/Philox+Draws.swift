import Foundation

extension Philox {
    /// Uniform in [0, 1), with 53 bits.
    package mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// Uniform in (0, 1).
    package mutating func openUniform() -> Double { (Double(next() >> 12) + 0.5) * 0x1p-52 }

    /// A whole number in 0..<bound, all alike (Lemire, 2019).
    package mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }

    /// Standard normal (the polar method of Marsaglia and Bray, 1964).
    package mutating func normal() -> Double {
        if let spare = spareNormal {
            spareNormal = nil
            return spare
        }
        while true {
            let u = 2 * uniform() - 1
            let v = 2 * uniform() - 1
            let s = u * u + v * v
            if s < 1, s > 0 {
                let factor = (-2 * log(s) / s).squareRoot()
                spareNormal = v * factor
                return u * factor
            }
        }
    }

    /// Exponential with mean 1.
    package mutating func exponential() -> Double { -log(openUniform()) }

    /// Gamma with `shape` and scale 1 (Marsaglia and Tsang, 2000).
    package mutating func gamma(_ shape: Double) -> Double {
        precondition(shape > 0)
        if shape < 1 { return gamma(shape + 1) * pow(openUniform(), 1 / shape) }
        let d = shape - 1 / 3
        let c = 1 / (9 * d).squareRoot()
        while true {
            let x = normal()
            let root = 1 + c * x
            guard root > 0 else { continue }
            let v = root * root * root
            if log(openUniform()) < 0.5 * x * x + d - d * v + d * log(v) { return d * v }
        }
    }

    /// Beta with shapes `a` and `b`.
    package mutating func beta(_ a: Double, _ b: Double) -> Double {
        let x = gamma(a)
        let y = gamma(b)
        return x / (x + y)
    }

    /// The inverse of a gamma draw: `scale` over a gamma with `shape`.
    package mutating func inverseGamma(shape: Double, scale: Double) -> Double {
        scale / gamma(shape)
    }
}
