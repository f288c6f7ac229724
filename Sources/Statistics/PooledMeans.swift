import Foundation

/// One chain's draws of a hierarchy: hyperparameters, groups, and what leaves need to be drawn.
package struct HierarchyDraws: Sendable {
    /// Draws of each hyperparameter, by name.
    package var hyperparameters: [(name: String, draws: [Double])] = []
    /// For each draw, the values of the nodes of each level of groups, from the lowest; last the
    /// root alone.
    package var groups: [[[Double]]] = []
    /// For each draw, the values of all leaves.
    package var leaves: [[Float]] = []
}

/// Means of things in groups in groups, each known up to a standard error, pooled partially.
///
/// The full Bayesian normal hierarchy (Gelman et al., Bayesian Data Analysis, 3rd ed. 2013, chapter
/// 5) with half-Cauchy priors for the spreads (Gelman, "Prior distributions for variance parameters
/// in hierarchical models", Bayesian Analysis 1, 2006). Everything but the spreads is integrated
/// out, so the chain walks in one to three dimensions.
package struct PooledMeans: Sendable {
    package let estimates: [Double]
    package let errors: [Double]
    package let parents: [[Int]]

    package init(estimates: [Double], errors: [Double], parents: [[Int]]) {
        self.estimates = estimates
        self.errors = errors
        self.parents = parents
    }

    /// A chain of `draws` draws after `warmUp`.
    package func chain(draws: Int, warmUp: Int, using generator: inout Philox) -> HierarchyDraws {
        let tree = GaussianTree(leaves: estimates.count, parents: parents)
        let centre = middle(estimates)
        let centred = estimates.map { $0 - centre }
        let scale = max(priorScale, 1e-300)
        let variances = errors.map { $0 * $0 }
        var steps = SpreadSteps(
            spreads: (0..<tree.levels).map { _ in scale * exp(generator.normal() - 1) },
            scale: scale)
        var result = HierarchyDraws()
        for level in 0..<tree.levels {
            result.hyperparameters.append(("spread\(level)", []))
        }
        result.hyperparameters.append(("mean", []))
        for turn in 0..<(warmUp + draws) {
            for _ in 0..<5 {
                steps.move(isWarmingUp: turn < warmUp, using: &generator) { spreads in
                    tree.upward(estimates: centred, variances: variances, spreads: spreads)
                        .logLikelihood
                }
            }
            guard turn >= warmUp else { continue }
            let upward = tree.upward(
                estimates: centred, variances: variances, spreads: steps.spreads)
            let nodes = tree.draw(upward, spreads: steps.spreads, using: &generator)
                .map { $0.map { $0 + centre } }
            for level in steps.spreads.indices {
                result.hyperparameters[level].draws.append(steps.spreads[level])
            }
            result.hyperparameters[tree.levels].draws.append(nodes[tree.levels][0])
            result.leaves.append(nodes[0].map { Float($0) })
            result.groups.append(Array(nodes.dropFirst()))
            if Task.isCancelled { break }
        }
        return result
    }

    /// The scale of the half-Cauchy priors: two and a half times the spread that meets the eye.
    package var priorScale: Double {
        let centre = middle(estimates)
        var sum = 0.0
        for estimate in estimates { sum += (estimate - centre) * (estimate - centre) }
        let spread = (sum / Double(max(1, estimates.count - 1))).squareRoot()
        return 2.5 * (spread > 0 ? spread : errors.max() ?? 1)
    }

    private func middle(_ values: [Double]) -> Double {
        var sum = 0.0
        for value in values { sum += value }
        return sum / Double(max(1, values.count))
    }
}

/// Metropolis steps on the logarithms of spreads, one at a time, with steps that adapt while the
/// chain warms up.
struct SpreadSteps {
    var spreads: [Double]
    private let prior: Prior
    private var sizes: [Double]
    private var current: Double?

    enum Prior {
        case halfCauchy(Double)
        case halfNormal(Double)

        /// The logarithm of the density of a spread's logarithm.
        func value(_ spread: Double) -> Double {
            switch self {
            case .halfCauchy(let scale):
                -log1p((spread / scale) * (spread / scale)) + log(spread)
            case .halfNormal(let scale): -(spread / scale) * (spread / scale) / 2 + log(spread)
            }
        }
    }

    init(spreads: [Double], scale: Double) {
        self.init(spreads: spreads, prior: .halfCauchy(scale))
    }

    init(spreads: [Double], prior: Prior) {
        self.spreads = spreads
        self.prior = prior
        sizes = spreads.map { _ in 1 }
    }

    /// Says that the likelihood has changed since the last move.
    mutating func forget() { current = nil }

    mutating func move(
        isWarmingUp: Bool, using generator: inout Philox, _ likelihood: ([Double]) -> Double
    ) {
        for index in spreads.indices {
            let now = current ?? likelihood(spreads)
            var proposal = spreads
            proposal[index] *= exp(sizes[index] * generator.normal())
            let value = likelihood(proposal)
            let ratio =
                value - now + prior.value(proposal[index]) - prior.value(spreads[index])
            let isTaken = log(generator.openUniform()) < ratio
            if isTaken { spreads = proposal }
            current = isTaken ? value : now
            if isWarmingUp {
                sizes[index] = min(4, max(0.01, sizes[index] * exp(isTaken ? 0.06 : -0.04)))
            }
        }
    }
}
