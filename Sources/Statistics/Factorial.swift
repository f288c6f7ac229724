import Foundation

/// People of one cell of a test with two treatments.
package struct FactorialCell: Sendable, Hashable {
    package let count: Int
    package let mean: Double
    package let varianceOfMean: Double

    package init(_ rate: Rate) {
        count = rate.count
        mean = rate.value
        varianceOfMean = rate.varianceOfMean
    }

    /// Nil with fewer than two numbers.
    package init?(_ moments: SampleMoments) {
        guard let variance = moments.variance else { return nil }
        count = moments.count
        mean = moments.mean
        varianceOfMean = variance / Double(moments.count)
    }

    /// The variance of the mean's logarithm by the delta method; nil unless the mean is above 0.
    var varianceOfLog: Double? { mean > 0 ? varianceOfMean / (mean * mean) : nil }
}

/// An effect, its limits and its test.
package struct FactorialEffect: Sendable, Hashable {
    package let estimate: Double
    package let interval: LiftInterval
    package let z: Double
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
        var (sum, variance) = (0.0, 0.0)
        for (cell, weight) in zip(cells, weights.values) where weight != 0 {
            guard let varianceOfLog = cell.varianceOfLog else { return nil }
            sum += weight * log(cell.mean)
            variance += weight * weight * varianceOfLog
        }
        return effect(sum, variance) { exp($0) }
    }

    /// The contrast as a difference; nil when nothing varies.
    package func difference(_ weights: Weights) -> FactorialEffect? {
        var (sum, variance) = (0.0, 0.0)
        for (cell, weight) in zip(cells, weights.values) {
            sum += weight * cell.mean
            variance += weight * weight * cell.varianceOfMean
        }
        return effect(sum, variance) { $0 }
    }

    private func effect(
        _ sum: Double, _ variance: Double, _ scale: (Double) -> Double
    ) -> FactorialEffect? {
        guard variance > 0 else { return nil }
        let deviation = variance.squareRoot()
        let half = LiftAlternative.twoSided.critical(confidence: confidence) * deviation
        return FactorialEffect(
            estimate: scale(sum),
            interval: LiftInterval(lower: scale(sum - half), upper: scale(sum + half)),
            z: sum / deviation, pValue: LiftAlternative.twoSided.pValue(sum / deviation))
    }
}
