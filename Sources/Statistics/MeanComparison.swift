import Foundation

/// How many numbers, their mean and the squares around it, summed in the order they came.
package struct SampleMoments: Sendable, Hashable {
    package private(set) var count = 0
    package private(set) var mean = 0.0
    private var squares = 0.0

    package init() {}

    package init(_ values: [Double]) {
        // Two passes: the mean first, then the squares around it.
        count = values.count
        guard let first = values.first else { return }
        // Rounding must not make alike numbers differ.
        if values.allSatisfy({ $0 == first }) {
            mean = first
            return
        }
        mean = values.reduce(0, +) / Double(count)
        for value in values { squares += (value - mean) * (value - mean) }
    }

    /// So many ones among so many zeros and ones.
    package init(_ rate: Rate) {
        count = rate.count
        mean = rate.value
        squares = rate.varianceOfMean * Double(rate.count) * Double(rate.count)
    }

    /// Takes in another sample (Chan, Golub and LeVeque, 1979).
    package mutating func add(_ other: SampleMoments) {
        guard other.count > 0 else { return }
        let (a, b) = (Double(count), Double(other.count))
        let gap = other.mean - mean
        squares += other.squares + gap * gap * a * b / (a + b)
        mean += gap * b / (a + b)
        count += other.count
    }

    /// With n − 1 below; nil for fewer than two numbers.
    package var variance: Double? { count < 2 ? nil : squares / Double(count - 1) }
}

/// The mean of people who were treated beside the mean of those who were not, by Welch (1947).
package struct MeanComparison: Sendable, Hashable {
    package let treated: SampleMoments
    package let control: SampleMoments
    private let v1: Double
    private let v0: Double

    /// Nil when a sample has fewer than two numbers, or no number differs from another.
    package init?(treated: SampleMoments, control: SampleMoments) {
        guard let a = treated.variance, let b = control.variance, a + b > 0 else { return nil }
        self.treated = treated
        self.control = control
        v1 = a / Double(treated.count)
        v0 = b / Double(control.count)
    }

    package var difference: Double { treated.mean - control.mean }

    package var varianceOfDifference: Double { v1 + v0 }

    package var t: Double { difference / varianceOfDifference.squareRoot() }

    /// The degrees of freedom of Satterthwaite (1946).
    package var freedom: Double {
        let n1 = Double(treated.count - 1)
        let n0 = Double(control.count - 1)
        // Shares of the variance, whose squares neither grow nor vanish beyond what can be written.
        let (a, b) = (v1 / (v1 + v0), v0 / (v1 + v0))
        return 1 / (a * a / n1 + b * b / n0)
    }

    /// How often chance alone would show as much.
    package func pValue(_ alternative: LiftAlternative) -> Double {
        alternative.pValue(t, StudentDistribution(freedom: freedom))
    }

    /// The difference's interval by Student's t.
    package func interval(confidence: Double, _ alternative: LiftAlternative) -> LiftInterval {
        let beyond = alternative == .twoSided ? (1 - confidence) / 2 : 1 - confidence
        let half =
            StudentDistribution(freedom: freedom).upperQuantile(beyond)
            * varianceOfDifference.squareRoot()
        return LiftInterval(lower: difference - half, upper: difference + half)
    }

    /// Treated over control less one; nil unless control's mean is above 0.
    package var lift: Double? {
        guard control.mean > 0 else { return nil }
        let lift = treated.mean / control.mean - 1
        return lift.isFinite ? lift : nil
    }

    /// The variance of the lift by the delta method.
    package var varianceOfLift: Double? {
        guard let lift else { return nil }
        let ratio = lift + 1
        let (own, base) = (v1 / control.mean / control.mean, v0 / control.mean / control.mean)
        return own + ratio * (ratio * base)
    }

    /// The lift's interval by the delta method.
    package func liftInterval(z: Double) -> LiftInterval? {
        guard let lift, let varianceOfLift else { return nil }
        let half = z * varianceOfLift.squareRoot()
        return LiftInterval(lower: lift - half, upper: lift + half)
    }
}

/// Takes from each person's number what was known of the person before (CUPED; Deng, Xu, Kohavi
/// and Walker, 2013).
package struct PriorAdjustment: Sendable, Hashable {
    /// How much of the earlier number is taken off.
    package let theta: Double
    /// The correlation of the two numbers over all people.
    package let correlation: Double
    package let treated: [Double]
    package let control: [Double]

    /// Nil when the earlier numbers do not differ.
    package init?(
        treated: (now: [Double], before: [Double]), control: (now: [Double], before: [Double])
    ) {
        let now = treated.now + control.now
        let before = treated.before + control.before
        let (y, x) = (SampleMoments(now), SampleMoments(before))
        var (cross, squares, total) = (0.0, 0.0, 0.0)
        for (one, earlier) in zip(now, before) {
            cross += (one - y.mean) * (earlier - x.mean)
            squares += (earlier - x.mean) * (earlier - x.mean)
            total += (one - y.mean) * (one - y.mean)
        }
        guard squares > 0 else { return nil }
        let slope = cross / squares
        theta = slope
        correlation = total > 0 ? cross / squares.squareRoot() / total.squareRoot() : 0
        self.treated = zip(treated.now, treated.before).map { $0 - slope * ($1 - x.mean) }
        self.control = zip(control.now, control.before).map { $0 - slope * ($1 - x.mean) }
    }
}
