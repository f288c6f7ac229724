import Foundation

/// People of one cell of a test with two treatments.
package struct FactorialCell: Sendable, Hashable {
    package let count: Int
    package let mean: Double
    package let varianceOfMean: Double
    /// Of the variance; nil for rates, which are taken as normal.
    package let freedom: Double?

    package init(_ rate: Rate) {
        count = rate.count
        mean = rate.value
        varianceOfMean = rate.varianceOfMean
        freedom = nil
    }

    /// Nil with fewer than two numbers.
    package init?(_ moments: SampleMoments) {
        guard let variance = moments.variance else { return nil }
        count = moments.count
        mean = moments.mean
        varianceOfMean = variance / Double(moments.count)
        freedom = Double(moments.count - 1)
    }

    /// The variance of the mean's logarithm by the delta method; nil unless the mean is above 0.
    var varianceOfLog: Double? { mean > 0 ? varianceOfMean / mean / mean : nil }
}

/// An effect, its limits and its test.
package struct FactorialEffect: Sendable, Hashable {
    package let estimate: Double
    package let interval: LiftInterval
    /// The estimate (or its logarithm) over its standard deviation.
    package let z: Double
    /// Of Student's t by Satterthwaite (1946); nil where z is taken as normal.
    package let freedom: Double?
    package let pValue: Double
}

/// Two treatments, each with and without the other, read by what people were assigned to.
///
/// Effects as ratios are contrasts of logarithms, and on the scale of the numbers themselves,
/// contrasts of means (VanderWeele and Knol, "A tutorial on interaction", 2014).
package struct Factorial: Sendable, Hashable {
    package let none: FactorialCell
    package let first: FactorialCell
    package let second: FactorialCell
    package let both: FactorialCell
    package let confidence: Double

    package init(
        none: FactorialCell, first: FactorialCell, second: FactorialCell, both: FactorialCell,
        confidence: Double
    ) {
        self.none = none
        self.first = first
        self.second = second
        self.both = both
        self.confidence = confidence
    }

    /// How much each of none, first, second and both counts.
    package struct Weights: Sendable, Hashable {
        let values: [Double]

        package static let firstAlone = Weights(values: [-1, 1, 0, 0])
        package static let secondAlone = Weights(values: [-1, 0, 1, 0])
        package static let bothTogether = Weights(values: [-1, 0, 0, 1])
        package static let bothAgainstFirst = Weights(values: [0, -1, 0, 1])
        package static let bothAgainstSecond = Weights(values: [0, 0, -1, 1])
        /// The mean of the effect without and with the other treatment.
        package static let mainFirst = Weights(values: [-0.5, 0.5, -0.5, 0.5])
        package static let mainSecond = Weights(values: [-0.5, -0.5, 0.5, 0.5])
        package static let interaction = Weights(values: [1, -1, -1, 1])
    }

    private var cells: [FactorialCell] { [none, first, second, both] }

    /// The contrast as a ratio; nil when a cell that counts has a mean of 0 or less.
    package func ratio(_ weights: Weights) -> FactorialEffect? {
        var sum = 0.0
        var parts: [Part] = []
        for (cell, weight) in zip(cells, weights.values) where weight != 0 {
            guard let varianceOfLog = cell.varianceOfLog else { return nil }
            sum += weight * log(cell.mean)
            parts.append(Part(variance: weight * weight * varianceOfLog, freedom: cell.freedom))
        }
        return effect(sum, parts) { exp($0) }
    }

    /// The contrast as a difference; nil when nothing varies.
    package func difference(_ weights: Weights) -> FactorialEffect? {
        effect(
            plainDifference(weights),
            zip(cells, weights.values).filter { $1 != 0 }.map {
                Part(variance: $1 * $1 * $0.varianceOfMean, freedom: $0.freedom)
            }
        ) { $0 }
    }

    /// The contrast of the means themselves.
    package func plainDifference(_ weights: Weights) -> Double {
        zip(cells, weights.values).reduce(0) { $0 + $1.0.mean * $1.1 }
    }

    /// What one cell adds to the variance of a contrast.
    private struct Part {
        var variance: Double
        var freedom: Double?
    }

    private func effect(
        _ sum: Double, _ parts: [Part], _ scale: (Double) -> Double
    ) -> FactorialEffect? {
        let variance = parts.reduce(0) { $0 + $1.variance }
        guard variance > 0, variance.isFinite else { return nil }
        let deviation = variance.squareRoot()
        // Welch's degrees of freedom, from the shares of the variance.
        var inverse: Double? = 0
        for part in parts {
            let share = part.variance / variance
            inverse = part.freedom.flatMap { freedom in
                inverse.map { $0 + share * share / freedom }
            }
        }
        let freedom = inverse.map { 1 / $0 }
        let side = LiftAlternative.twoSided
        let (z, beyond) = (sum / deviation, (1 - confidence) / 2)
        let (critical, pValue) =
            if let freedom {
                (
                    StudentDistribution(freedom: freedom).upperQuantile(beyond),
                    side.pValue(z, StudentDistribution(freedom: freedom))
                )
            } else { (side.critical(confidence: confidence), side.pValue(z)) }
        let half = critical * deviation
        return FactorialEffect(
            estimate: scale(sum),
            interval: LiftInterval(lower: scale(sum - half), upper: scale(sum + half)),
            z: z, freedom: freedom, pValue: pValue)
    }
}
