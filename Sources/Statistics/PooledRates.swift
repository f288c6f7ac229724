import Foundation

/// Rates of things in groups in groups (posts in formats in channels), pooled partially.
///
/// Successes are binomial; within a group the rates are beta distributed around the group's rate m
/// with the size κ, which all groups share; the logits of group rates are normal around their
/// parents. Full Bayesian. The leaves' rates are integrated out (beta-binomial), the rest is walked
/// by Metropolis steps. Prior of κ and, without groups, of m: uniform in m and in κ^(−1/2), that is
/// (α+β)^(−5/2) of Gelman et al., Bayesian Data Analysis, 3rd ed. 2013, section 5.3. Spreads between
/// groups are half-normal with scale 1 on the logit.
package struct PooledRates: Sendable {
    package let successes: [Double]
    package let trials: [Double]
    package let parents: [[Int]]
    private let groups: [[Leaf]]

    private struct Leaf {
        var successes: Double
        var trials: Double
        var count: Double
    }

    package init(successes: [Double], trials: [Double], parents: [[Int]]) {
        self.successes = successes
        self.trials = trials
        self.parents = parents
        let owners = parents.first ?? successes.map { _ in 0 }
        var groups = Array(repeating: [Leaf](), count: (owners.max() ?? 0) + 1)
        let order = successes.indices.sorted {
            (owners[$0], trials[$0], successes[$0], $0) < (
                owners[$1], trials[$1], successes[$1], $1
            )
        }
        for leaf in order {
            let owner = owners[leaf]
            if let last = groups[owner].last, last.successes == successes[leaf],
                last.trials == trials[leaf]
            {
                groups[owner][groups[owner].count - 1].count += 1
            } else {
                groups[owner].append(
                    Leaf(successes: successes[leaf], trials: trials[leaf], count: 1))
            }
        }
        self.groups = groups
    }

    /// What of a group's log-likelihood depends on the size alone.
    private func sizePart(_ group: Int, _ size: Double) -> Double {
        let ofSize = SpecialFunctions.logGamma(size)
        var sum = 0.0
        for leaf in groups[group] {
            sum += leaf.count * (ofSize - SpecialFunctions.logGamma(size + leaf.trials))
        }
        return sum
    }

    /// The beta-binomial log-likelihood of a group with the rate whose logit is `logit`, without
    /// its `sizePart`.
    private func ratePart(_ group: Int, _ logit: Double, _ size: Double) -> Double {
        let a = size / (1 + exp(-logit))
        let b = size / (1 + exp(logit))
        guard a > 0, b > 0 else { return -.infinity }
        let (ofA, ofB) = (SpecialFunctions.logGamma(a), SpecialFunctions.logGamma(b))
        var sum = 0.0
        for leaf in groups[group] {
            var value = SpecialFunctions.logRising(a, by: leaf.successes, logGammaOfX: ofA)
            value += SpecialFunctions.logRising(
                b, by: leaf.trials - leaf.successes, logGammaOfX: ofB)
            sum += leaf.count * value
        }
        return sum
    }

    /// A chain of `draws` draws after `warmUp`.
    package func chain(draws: Int, warmUp: Int, using generator: inout Philox) -> HierarchyDraws {
        var walk = Walk(self, &generator)
        var result = HierarchyDraws()
        result.hyperparameters = [("logSize", []), ("mean", [])]
        for level in walk.steps.spreads.indices {
            result.hyperparameters.append(("spread\(level + 1)", []))
        }
        for turn in 0..<(warmUp + draws) {
            walk.step(isWarmingUp: turn < warmUp, &generator)
            guard turn >= warmUp else { continue }
            result.hyperparameters[0].draws.append(walk.logSize)
            result.hyperparameters[1].draws.append(walk.above[walk.above.count - 1][0])
            for level in walk.steps.spreads.indices {
                result.hyperparameters[level + 2].draws.append(walk.steps.spreads[level])
            }
            result.groups.append(walk.nodes.map { $0.map { 1 / (1 + exp(-$0)) } })
            result.leaves.append(leafDraw(walk, &generator))
            if Task.isCancelled { break }
        }
        return result
    }

    private func leafDraw(_ walk: Walk, _ generator: inout Philox) -> [Float] {
        let owners = parents.first
        let size = exp(walk.logSize)
        let rates = walk.logits.map { 1 / (1 + exp(-$0)) }
        return successes.indices.map { leaf in
            let rate = rates[owners?[leaf] ?? 0]
            let a = max(1e-12, rate * size + successes[leaf])
            let b = max(1e-12, (1 - rate) * size + trials[leaf] - successes[leaf])
            let draw = generator.beta(a, b)
            return Float(draw.isNaN ? rate : draw)
        }
    }

    /// Where a chain is.
    private struct Walk {
        let model: PooledRates
        let tree: GaussianTree?
        /// The logits of the lowest groups.
        var logits: [Double]
        var logSize: Double
        var likelihoods: [Double]
        /// What of each group's likelihood depends on the size alone.
        var sizeParts: [Double]
        /// The nodes above the lowest groups, level by level; last the root alone.
        var above: [[Double]]
        var steps: SpreadSteps
        private var groupSteps: [Double]
        private var sizeStep = 0.5
        private var scaleStep = 0.5
        private var shiftStep = 0.2

        /// All levels of groups; last the root alone.
        var nodes: [[Double]] { tree == nil ? [logits] : [logits] + above }

        init(_ model: PooledRates, _ generator: inout Philox) {
            self.model = model
            let (sum, all) = zip(model.successes, model.trials).reduce((0.0, 0.0)) {
                ($0.0 + $1.0, $0.1 + $1.1)
            }
            let logit = log((sum + 0.5) / (all - sum + 0.5))
            let count = model.groups.count
            logits = (0..<count).map { _ in logit + 0.3 * generator.normal() }
            // Posts of a group differ by about their mean, at first.
            logSize = log(2 * (all + 1) / (sum + 0.5)) + generator.normal()
            let isGrouped = !model.parents.isEmpty
            tree =
                isGrouped
                ? GaussianTree(leaves: count, parents: Array(model.parents.dropFirst())) : nil
            let spreads = (0..<model.parents.count).map { _ in 0.5 * exp(0.5 * generator.normal()) }
            steps = SpreadSteps(spreads: spreads, prior: .halfNormal(1))
            above = isGrouped ? [] : [[logits[0]]]
            groupSteps = logits.map { _ in 0.3 }
            let size = exp(logSize)
            sizeParts = (0..<count).map { model.sizePart($0, size) }
            likelihoods = []
            likelihoods = (0..<count).map { sizeParts[$0] + model.ratePart($0, logits[$0], size) }
            drawAbove(&generator)
        }

        mutating func step(isWarmingUp: Bool, _ generator: inout Philox) {
            moveGroups(isWarmingUp, &generator)
            moveSize(isWarmingUp, &generator)
            guard let tree else {
                above = [[logits[0]]]
                return
            }
            let (logits, zeros) = (logits, logits.map { _ in 0.0 })
            steps.forget()
            for _ in 0..<4 {
                steps.move(isWarmingUp: isWarmingUp, using: &generator) {
                    tree.upward(estimates: logits, variances: zeros, spreads: $0).logLikelihood
                }
            }
            drawAbove(&generator)
            moveScale(isWarmingUp, &generator)
            moveAll(isWarmingUp, &generator)
        }

        private mutating func drawAbove(_ generator: inout Philox) {
            guard let tree else { return }
            let upward = tree.upward(
                estimates: logits, variances: logits.map { _ in 0 }, spreads: steps.spreads)
            above = Array(tree.draw(upward, spreads: steps.spreads, using: &generator).dropFirst())
        }

        private func parent(of group: Int) -> Double {
            model.parents.count > 1 ? above[0][model.parents[1][group]] : above[0][0]
        }

        private func prior(_ group: Int, _ logit: Double) -> Double {
            guard tree != nil else {
                // Uniform in the rate.
                return -abs(logit) - 2 * log1p(exp(-abs(logit)))
            }
            let z = (logit - parent(of: group)) / steps.spreads[0]
            return -z * z / 2
        }

        private mutating func moveGroups(_ isWarmingUp: Bool, _ generator: inout Philox) {
            let size = exp(logSize)
            for group in logits.indices {
                for _ in 0..<2 {
                    let proposal = logits[group] + groupSteps[group] * generator.normal()
                    let value = sizeParts[group] + model.ratePart(group, proposal, size)
                    let ratio =
                        value - likelihoods[group] + prior(group, proposal)
                        - prior(group, logits[group])
                    let isTaken = log(generator.openUniform()) < ratio
                    if isTaken {
                        logits[group] = proposal
                        likelihoods[group] = value
                    }
                    if isWarmingUp { Self.adapt(&groupSteps[group], isTaken) }
                }
            }
        }

        private mutating func moveSize(_ isWarmingUp: Bool, _ generator: inout Philox) {
            for _ in 0..<2 {
                let proposal = logSize + sizeStep * generator.normal()
                // Uniform in κ^(−1/2); beyond these bounds nothing is ever told apart.
                guard proposal > -3, proposal < 30 else { continue }
                let size = exp(proposal)
                let parts = logits.indices.map { model.sizePart($0, size) }
                let values = logits.indices.map {
                    parts[$0] + model.ratePart($0, logits[$0], size)
                }
                let isTaken = accept(values, -(proposal - logSize) / 2, &generator)
                if isTaken { (logSize, sizeParts) = (proposal, parts) }
                if isWarmingUp { Self.adapt(&sizeStep, isTaken) }
            }
        }

        /// Stretches groups and their spread together, which opens the funnel where groups are
        /// alike (the interweaving of Yu and Meng, 2011).
        private mutating func moveScale(_ isWarmingUp: Bool, _ generator: inout Philox) {
            let factor = exp(scaleStep * generator.normal())
            let stretched = logits.indices.map {
                parent(of: $0) + (logits[$0] - parent(of: $0)) * factor
            }
            let spread = steps.spreads[0]
            let prior =
                SpreadSteps.Prior.halfNormal(1).value(spread * factor)
                - SpreadSteps.Prior.halfNormal(1).value(spread)
            let values = logits.indices.map {
                sizeParts[$0] + model.ratePart($0, stretched[$0], exp(logSize))
            }
            let isTaken = accept(values, prior, &generator)
            if isTaken {
                logits = stretched
                steps.spreads[0] = spread * factor
            }
            if isWarmingUp { Self.adapt(&scaleStep, isTaken) }
        }

        /// Moves all groups and what is above them together.
        private mutating func moveAll(_ isWarmingUp: Bool, _ generator: inout Philox) {
            let shift = shiftStep * generator.normal()
            let values = logits.indices.map {
                sizeParts[$0] + model.ratePart($0, logits[$0] + shift, exp(logSize))
            }
            let isTaken = accept(values, 0, &generator)
            if isTaken {
                logits = logits.map { $0 + shift }
                above = above.map { $0.map { $0 + shift } }
            }
            if isWarmingUp { Self.adapt(&shiftStep, isTaken) }
        }

        private mutating func accept(
            _ values: [Double], _ prior: Double, _ generator: inout Philox
        ) -> Bool {
            var change = prior
            for index in values.indices { change += values[index] - likelihoods[index] }
            guard log(generator.openUniform()) < change else { return false }
            likelihoods = values
            return true
        }

        private static func adapt(_ step: inout Double, _ isTaken: Bool) {
            step = min(5, max(1e-4, step * exp(isTaken ? 0.06 : -0.04)))
        }
    }
}
