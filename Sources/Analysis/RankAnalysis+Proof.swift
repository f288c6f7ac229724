import Foundation
import Statistics

/// What a winner rests on: a half of its estimate measured on itself and, for rates, 25 successes.
struct RankProof: Sendable {
    static let leastSuccesses = 25.0
    static let leastWeight = 0.5

    /// How much of each group's estimate is its own members', level by level from the lowest.
    let groups: [[Double]]
    /// The successes of each group's members, for rates.
    let successes: [[Double]]?

    init(_ measure: RankFile.Measure, _ tree: RankTree, _ chains: [HierarchyDraws]) {
        if case .rates(let successes, _) = measure {
            self.successes = Self.sums(successes, tree)
        } else {
            successes = nil
        }
        var sums = tree.nodes.map { $0.map { _ in 0.0 } }
        var count = 0.0
        for chain in chains {
            // A few hundred draws settle a mean of weights.
            let step = max(1, chain.groups.count / 100)
            for draw in stride(from: 0, to: chain.groups.count, by: step) {
                let weights = Self.weights(measure, tree, chain, draw)
                for level in sums.indices {
                    for node in sums[level].indices { sums[level][node] += weights[level][node] }
                }
                count += 1
            }
        }
        groups = sums.map { $0.map { $0 / max(1, count) } }
    }

    /// Sums over the members of each group, level by level.
    private static func sums(_ values: [Double], _ tree: RankTree) -> [[Double]] {
        var below = values
        return tree.nodes.indices.map { level in
            var sums = tree.nodes[level].map { _ in 0.0 }
            for (child, parent) in tree.parents[level].enumerated() {
                sums[parent] += below[child]
            }
            below = sums
            return sums
        }
    }

    /// The weights in one draw: what a group's members say of it (on the logit, for rates) against
    /// what its parent says.
    private static func weights(
        _ measure: RankFile.Measure, _ tree: RankTree, _ chain: HierarchyDraws, _ draw: Int
    ) -> [[Double]] {
        guard let owners = tree.parents.first else { return [] }
        var precisions: [Double]
        let firstSpread: Int
        switch measure {
        case .rates(_, let trials):
            firstSpread = 2
            let size = exp(chain.hyperparameters[0].draws[draw])
            let rates = chain.groups[draw][0]
            precisions = zip(trials, owners).map { trials, owner in
                let rate = rates[owner]
                return trials * rate * (1 - rate) * (size + 1) / (size + trials)
            }
        case .means(_, let errors, _):
            firstSpread = 1
            let spread = chain.hyperparameters[0].draws[draw]
            precisions = errors.map { 1 / ($0 * $0 + spread * spread) }
        }
        return tree.nodes.indices.map { level in
            var own = tree.nodes[level].map { _ in 0.0 }
            for (child, parent) in tree.parents[level].enumerated() {
                own[parent] += precisions[child]
            }
            let spread = chain.hyperparameters[firstSpread + level].draws[draw]
            precisions = own.map { $0 / (1 + spread * spread * $0) }
            return precisions.map { spread * spread * $0 }
        }
    }

    /// How much of an estimate is the thing's own measurement; the rest is its group's.
    static func ownWeight(
        _ item: Int, _ measure: RankFile.Measure, _ chains: [HierarchyDraws]
    ) -> Double {
        var (sum, count) = (0.0, 0.0)
        for chain in chains {
            let values = chain.hyperparameters[0].draws
            // A few hundred draws settle a mean of weights.
            for draw in stride(from: 0, to: values.count, by: max(1, values.count / 250)) {
                let value = values[draw]
                switch measure {
                case .rates(_, let trials): sum += trials[item] / (trials[item] + exp(value))
                case .means(_, let errors, _):
                    sum += value * value / (value * value + errors[item] * errors[item])
                }
                count += 1
            }
        }
        return sum / max(1, count)
    }

    /// Why a thing cannot be called a winner however probable it is; nil when it can.
    static func doubt(_ row: RankAnswer.Row) -> String? {
        doubt(successes: row.successes, weight: row.ownWeight)
    }

    /// Why a group cannot be called a winner however probable it is; nil when it can.
    static func doubt(_ group: RankAnswer.Group) -> String? {
        doubt(successes: group.successes, weight: group.ownWeight)
    }

    private static func doubt(successes: Double?, weight: Double) -> String? {
        if let successes, successes < leastSuccesses {
            return "rests on \(Shown.number(successes)) "
                + "\(successes == 1 ? "success" : "successes"), and a winner needs "
                + "\(Shown.number(leastSuccesses))"
        }
        guard weight < leastWeight else { return nil }
        return "is measured on itself by \(Shown.percent(weight)) only, and a winner needs half; "
            + "the rest is borrowed from others"
    }

    /// What may be said at 95 %.
    static func verdict(_ row: RankAnswer.Row, top: Int) -> String {
        // Without a single trial all is borrowed.
        guard row.raw != nil else { return "not proven" }
        if doubt(row) == nil {
            if row.probabilityBest >= 0.95 { return "best" }
            if row.probabilityTop >= 0.95, top < row.places { return "top \(top)" }
        }
        if row.probabilityBetterThanTypical >= 0.95 { return "better than typical" }
        if row.probabilityBetterThanTypical <= 0.05 { return "worse than typical" }
        return "not proven"
    }

    /// Who has won or why nobody has, and what only looks like it.
    static func notes(_ rows: [RankAnswer.Row], lowestIsBest: Bool) -> [String] {
        guard let first = rows.first else { return [] }
        var (notes, named) = winner(rows, first)
        let seen = rows.filter { $0.raw != nil }.max { a, b in
            lowestIsBest ? (a.raw ?? 0) > (b.raw ?? 0) : (a.raw ?? 0) < (b.raw ?? 0)
        }
        if let seen, !named.contains(seen.path), doubt(seen) != nil {
            notes.append(
                "\(name(seen)) has the \(lowestIsBest ? "lowest" : "highest") figure as measured"
                    + (seen.successes.map {
                        ", on \(Shown.number($0)) of \(Shown.number(seen.trials))"
                    } ?? "")
                    + "; that is too little to stand on.")
        }
        return notes
    }

    /// The first sentence, and the paths that it names.
    private static func winner(
        _ rows: [RankAnswer.Row], _ first: RankAnswer.Row
    ) -> (notes: [String], named: [[String]]) {
        if let best = rows.first(where: { $0.verdict == "best" }) {
            let chance = Shown.percent(best.probabilityBest)
            return (["\(name(best)) is the best with a probability of \(chance)."], [best.path])
        }
        let leader = rows.max { $0.probabilityBest < $1.probabilityBest } ?? first
        let safest = rows.first { doubt($0) == nil }
        if leader.probabilityBest >= 0.95, let doubt = doubt(leader) {
            let found =
                "No winner is proven: \(name(leader)) is the best with a probability of "
                + "\(Shown.percent(leader.probabilityBest)), but \(doubt)."
            let choice = safest.map {
                "Among what is measured well enough, \(name($0)) is the safest choice."
            }
            return ([found] + (choice.map { [$0] } ?? []), [leader.path])
        }
        guard let safest else {
            return (
                [
                    "No winner is proven, and there is no safe choice: nothing rests on enough of "
                        + "its own. \(name(first)) \(doubt(first) ?? "")."
                ], [first.path]
            )
        }
        let chance = Shown.percent(safest.probabilityBest)
        return (
            [
                "No winner is proven: \(name(safest)) is the safest choice, and the best with a "
                    + "probability of \(chance)."
            ], [safest.path]
        )
    }

    private static func name(_ row: RankAnswer.Row) -> String {
        row.path.joined(separator: " / ")
    }
}
