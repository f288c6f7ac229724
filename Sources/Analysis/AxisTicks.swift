import Foundation

/// Round numbers along an axis.
enum AxisTicks {
    /// Multiples of 1, 2 or 5 times a power of ten between two numbers: about five.
    static func round(_ low: Double, _ high: Double) -> [Double] {
        let span = high - low
        guard span.isFinite, span > 0 else { return low.isFinite ? [low] : [] }
        let power = pow(10, (log10(span / 4)).rounded(.down))
        let step = power * ([1.0, 2, 5].first { span / (power * $0) <= 6 } ?? 10)
        guard step > 0, step.isFinite else { return [low, high] }
        let first = (low / step).rounded(.up)
        var ticks: [Double] = []
        for index in 0..<8 {
            let tick = (first + Double(index)) * step
            if tick > high + step * 1e-9 { break }
            // Rounding leaves a trace of 0.
            ticks.append(abs(tick) < step * 1e-9 ? 0 : tick)
        }
        return ticks
    }
}
