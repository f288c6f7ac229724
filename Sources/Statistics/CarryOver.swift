import Foundation

/// How spend of one period goes on working in later ones (adstock).
package struct CarryOver: Sendable, Hashable {
    /// The form of the weights.
    package enum Kind: String, Sendable, CaseIterable, Codable {
        case none
        case geometric
        case delayed
        case weibullPDF = "weibull-pdf"
        case weibullCDF = "weibull-cdf"

        /// What its parameters are called.
        package var parameters: [String] {
            switch self {
            case .none: []
            case .geometric: ["alpha"]
            case .delayed: ["alpha", "theta"]
            case .weibullPDF, .weibullCDF: ["shape", "scale"]
            }
        }
    }

    package var kind: Kind
    /// How many periods have a weight, the first one included.
    package var length: Int
    /// Whether the weights are divided by their sum.
    package var isNormalised: Bool

    package init(_ kind: Kind, length: Int = 8, isNormalised: Bool = true) {
        self.kind = kind
        self.length = kind == .none ? 1 : max(1, length)
        self.isNormalised = isNormalised
    }

    /// The weight of each period, and its derivatives by each parameter.
    ///
    /// Geometric αˡ and delayed α^((l−θ)²) as in Jin, Wang, Sun, Chan and Koehler, "Bayesian
    /// methods for media mix modeling with carryover and shape effects" (2017); Weibull as in
    /// Robyn: the density brought to 0…1 by its least and greatest, or the running product of the
    /// survival.
    package func weights(_ x: [Double]) -> (values: [Double], slopes: [[Double]]) {
        let raw: (values: [Double], slopes: [[Double]])
        switch kind {
        case .none: return ([1], [])
        case .geometric: raw = geometric(x[0])
        case .delayed: raw = delayed(x[0], x[1])
        case .weibullPDF: raw = density(shape: x[0], scale: x[1])
        case .weibullCDF: raw = survival(shape: x[0], scale: x[1])
        }
        guard isNormalised else { return raw }
        let sum = raw.values.reduce(0, +)
        guard sum > 0 else { return raw }
        let values = raw.values.map { $0 / sum }
        let slopes = raw.slopes.map { slope in
            let total = slope.reduce(0, +)
            return zip(slope, values).map { ($0 - $1 * total) / sum }
        }
        return (values, slopes)
    }

    /// What is left working of a series in each period; before the first one lies nothing.
    package func carried(_ series: [Double], _ parameters: [Double]) -> [Double] {
        let weights = weights(parameters).values
        return series.indices.map { now in
            var sum = 0.0
            for lag in 0..<min(weights.count, now + 1) { sum += weights[lag] * series[now - lag] }
            return sum
        }
    }

    /// The scale that a share of a window of `periods` means, as Robyn takes it: the rounded
    /// quantile of 1…n.
    package static func windowScale(_ share: Double, periods: Int) -> Double {
        (1 + Double(periods - 1) * share).rounded(.toNearestOrEven)
    }

    private func geometric(_ alpha: Double) -> (values: [Double], slopes: [[Double]]) {
        var (values, slope) = ([1.0], [0.0])
        for lag in 1..<max(1, length) {
            slope.append(Double(lag) * values[lag - 1])
            values.append(values[lag - 1] * alpha)
        }
        return (values, [slope])
    }

    private func delayed(
        _ alpha: Double, _ theta: Double
    ) -> (values: [Double], slopes: [[Double]]) {
        let alpha = max(alpha, 1e-12)
        var (values, first, second) = ([Double](), [Double](), [Double]())
        for lag in 0..<length {
            let distance = Double(lag) - theta
            let value = exp(distance * distance * log(alpha))
            values.append(value)
            first.append(value * distance * distance / alpha)
            second.append(-2 * distance * value * log(alpha))
        }
        return (values, [first, second])
    }

    private func density(shape: Double, scale: Double) -> (values: [Double], slopes: [[Double]]) {
        var (values, first, second) = ([Double](), [Double](), [Double]())
        for lag in 0..<length {
            let ratio = Double(lag + 1) / scale
            let power = pow(ratio, shape)
            let value = shape / scale * pow(ratio, shape - 1) * exp(-power)
            values.append(value)
            first.append(value * (1 / shape + log(ratio) * (1 - power)))
            second.append(value * shape / scale * (power - 1))
        }
        guard let low = values.indices.min(by: { values[$0] < values[$1] }),
            let high = values.indices.max(by: { values[$0] < values[$1] }),
            values[high] - values[low] > 1e-300
        else { return ([1] + Array(repeating: 0, count: length - 1), zeros(2)) }
        let span = values[high] - values[low]
        let scaled = values.map { ($0 - values[low]) / span }
        let slopes = [first, second].map { slope in
            slope.indices.map { lag in
                (slope[lag] - slope[low] - scaled[lag] * (slope[high] - slope[low])) / span
            }
        }
        return (scaled, slopes)
    }

    private func survival(shape: Double, scale: Double) -> (values: [Double], slopes: [[Double]]) {
        var (values, first, second) = ([1.0], [0.0], [0.0])
        var (sum, bySize, byScale) = (0.0, 0.0, 0.0)
        for lag in 1..<max(1, length) {
            let ratio = Double(lag) / scale
            let power = pow(ratio, shape)
            sum += power
            bySize += power * log(ratio)
            byScale -= power * shape / scale
            let value = exp(-sum)
            values.append(value)
            first.append(-value * bySize)
            second.append(-value * byScale)
        }
        return (values, [first, second])
    }

    private func zeros(_ count: Int) -> [[Double]] {
        Array(repeating: Array(repeating: 0, count: length), count: count)
    }
}
