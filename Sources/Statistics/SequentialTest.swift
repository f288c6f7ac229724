import Foundation

/// A test that may be read at any time: the mixture sequential probability ratio test with a normal
/// mixture (Robbins, 1970; Johari, Pekelis and Walsh, "Always valid inference", 2015).
package struct SequentialTest: Sendable, Hashable {
    /// The standard deviation of the effects that are thought possible, chosen beforehand.
    package let tau: Double
    package let confidence: Double
    /// Falls, and never rises.
    package private(set) var pValue = 1.0
    /// Narrows, and never widens.
    package private(set) var interval = LiftInterval(lower: -.infinity, upper: .infinity)

    /// With `tau` above 0.
    package init(tau: Double, confidence: Double) {
        precondition(tau > 0)
        self.tau = tau
        self.confidence = confidence
    }

    /// The likelihood of the mixture over that of no effect.
    package func likelihoodRatio(estimate: Double, variance v: Double) -> Double {
        let t = tau * tau
        return (v / (v + t)).squareRoot() * exp(t * estimate * estimate / (2 * v * (v + t)))
    }

    /// How far the limits are from the estimate at one look.
    package func halfWidth(variance v: Double) -> Double {
        let t = tau * tau
        return (v * (v + t) / t * (log((v + t) / v) - 2 * log(1 - confidence))).squareRoot()
    }

    /// Reads the effect as it is by now, and its variance, which is above 0.
    package mutating func look(estimate: Double, variance: Double) {
        guard variance > 0 else { return }
        pValue = min(pValue, 1 / likelihoodRatio(estimate: estimate, variance: variance))
        let half = halfWidth(variance: variance)
        interval.lower = max(interval.lower, estimate - half)
        interval.upper = min(interval.upper, estimate + half)
    }
}
