import Foundation

/// How a test is planned.
package struct TestPlan: Sendable, Hashable {
    /// The chance of seeing an effect where there is none.
    package var alpha: Double
    /// The chance of seeing the effect where it is.
    package var power: Double
    package var isTwoSided: Bool
    /// Treated people for each one in control.
    package var ratio: Double

    package init(
        alpha: Double = 0.05, power: Double = 0.8, isTwoSided: Bool = true, ratio: Double = 1
    ) {
        self.alpha = alpha
        self.power = power
        self.isTwoSided = isTwoSided
        self.ratio = ratio
    }

    var tail: Double { isTwoSided ? alpha / 2 : alpha }
}

/// The power to tell two rates apart (Fleiss, Levin and Paik, 2003, section 4.2).
package struct RatePower: Sendable, Hashable {
    package var plan: TestPlan

    package init(_ plan: TestPlan) { self.plan = plan }

    /// Standard deviations of the difference times √n of control: under no effect, and under it.
    private func deviations(_ p0: Double, _ p1: Double) -> (none: Double, effect: Double) {
        let k = plan.ratio
        let pooled = (p0 + k * p1) / (1 + k)
        return (
            (pooled * (1 - pooled) * (1 + 1 / k)).squareRoot(),
            (p0 * (1 - p0) + p1 * (1 - p1) / k).squareRoot()
        )
    }

    /// How many people control needs, as a real number.
    package func size(from p0: Double, to p1: Double) -> Double {
        let normal = NormalDistribution.standard
        let (none, effect) = deviations(p0, p1)
        let sum =
            normal.upperQuantile(plan.tail) * none + normal.quantile(plan.power) * effect
        return sum * sum / ((p1 - p0) * (p1 - p0))
    }

    /// The chance of a significant difference with `size` people in control, either way if two-sided.
    package func power(from p0: Double, to p1: Double, size: Double) -> Double {
        let normal = NormalDistribution.standard
        let (none, effect) = deviations(p0, p1)
        guard effect > 0 else { return p0 == p1 ? plan.alpha : 1 }
        let edge = normal.upperQuantile(plan.tail) * none
        let gap = abs(p1 - p0) * size.squareRoot()
        let near = normal.survival((edge - gap) / effect)
        return plan.isTwoSided ? near + normal.survival((edge + gap) / effect) : near
    }

    /// The smallest rate above (or below) `p0` that is seen with the planned power; nil if none is.
    package func detectable(from p0: Double, size: Double, above: Bool = true) -> Double? {
        let end = above ? 1.0 : 0.0
        func lacking(_ share: Double) -> Double {
            plan.power - power(from: p0, to: p0 + share * (end - p0), size: size)
        }
        guard lacking(1) <= 0, lacking(0) > 0 else { return nil }
        return p0 + fallingRoot(0, 1, lacking) * (end - p0)
    }
}

/// The power to tell two means of one standard deviation apart by Student's t, exactly (the
/// noncentral t distribution).
package struct MeanPower: Sendable, Hashable {
    package var plan: TestPlan

    package init(_ plan: TestPlan) { self.plan = plan }

    /// The chance of a significant difference; `effect` is the difference in standard deviations.
    package func power(effect: Double, size: Double) -> Double {
        let freedom = size * (1 + plan.ratio) - 2
        guard freedom > 0 else { return 0 }
        let shift = abs(effect) * (size * plan.ratio / (1 + plan.ratio)).squareRoot()
        let edge = StudentDistribution(freedom: freedom).upperQuantile(plan.tail)
        let law = NoncentralStudent(freedom: freedom, shift: shift)
        let near = law.survival(edge)
        return plan.isTwoSided ? near + law.cumulative(-edge) : near
    }

    /// How many people control needs, as a real number; nil if beyond 10¹².
    package func size(effect: Double) -> Double? {
        guard effect != 0 else { return nil }
        let least = 2 / (1 + plan.ratio)
        let (low, high) = (log(least + 1e-6), log(1e12))
        func lacking(_ u: Double) -> Double { plan.power - power(effect: effect, size: exp(u)) }
        guard lacking(high) <= 0 else { return nil }
        guard lacking(low) > 0 else { return least + 1e-6 }
        return exp(fallingRoot(low, high, lacking))
    }

    /// The smallest effect, in standard deviations, that is seen with the planned power.
    package func detectable(size: Double) -> Double? {
        func lacking(_ effect: Double) -> Double {
            plan.power - power(effect: effect, size: size)
        }
        var high = 1.0
        while lacking(high) > 0 {
            high *= 2
            guard high < 1e6 else { return nil }
        }
        return fallingRoot(0, high, lacking)
    }
}

/// Student's t around a true mean that is not 0.
struct NoncentralStudent {
    let freedom: Double
    let shift: Double

    /// ∫ Φ(shift − t·s) f(s) ds for s = √(χ²/freedom), by the trapezoid rule along ln s, where the
    /// integrand is smooth and falls off on both sides.
    func survival(_ t: Double) -> Double { integral { shift - t * $0 } }

    func cumulative(_ t: Double) -> Double { integral { t * $0 - shift } }

    private func integral(_ score: (Double) -> Double) -> Double {
        let a = freedom / 2
        // The density of ln χ²/2 is gamma's weight; its deviation is about 1/√a.
        let step = 1 / a.squareRoot() / 10
        var (sum, weights) = (0.0, 0.0)
        for side in [-1.0, 1.0] {
            var index = side < 0 ? 0.0 : 1.0
            while true {
                let u = side * index * step
                let weight = exp(SpecialFunctions.logGammaWeight(a, a * exp(u)))
                guard weight > 1e-18 * a.squareRoot() else { break }
                weights += weight
                sum += weight * NormalDistribution.standard.cumulative(score(exp(u / 2)))
                index += 1
            }
        }
        return sum / weights
    }
}
