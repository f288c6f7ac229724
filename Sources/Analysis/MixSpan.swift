import Statistics

/// A mean with the narrowest interval that holds 90 % of the draws.
struct MixSpan: Sendable {
    var mean: Double
    var deviation: Double
    var low: Double
    var high: Double

    /// Of numbers that cannot be below 0, the interval begins there when that costs at most a
    /// twentieth of its width: then the draws pile up at 0, and 0 is as likely as any.
    init(_ draws: [Double], level: Double = 0.9, isPositive: Bool) {
        let sample = SortedSample(draws)
        let sorted = sample.values
        let count = sorted.count
        guard count > 1 else {
            (mean, deviation) = (sorted.first ?? 0, 0)
            (low, high) = (mean, mean)
            return
        }
        let sum = sorted.reduce(0, +)
        let middle = sum / Double(count)
        let square = sorted.reduce(0) { $0 + ($1 - middle) * ($1 - middle) }
        (mean, deviation) = (middle, (square / Double(count - 1)).squareRoot())
        let inside = min(count - 1, max(1, Int((level * Double(count)).rounded())))
        var best = 0
        for start in 0..<(count - inside)
        where sorted[start + inside] - sorted[start] < sorted[best + inside] - sorted[best] {
            best = start
        }
        (low, high) = (sorted[best], sorted[best + inside])
        let fromZero = sample.quantile(level)
        if isPositive, fromZero <= 1.05 * (high - low) { (low, high) = (0, fromZero) }
    }

    func times(_ factor: Double) -> MixSpan {
        var result = self
        result.mean *= factor
        result.deviation *= abs(factor)
        result.low *= factor
        result.high *= factor
        if factor < 0 { swap(&result.low, &result.high) }
        return result
    }
}
