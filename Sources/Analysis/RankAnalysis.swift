import Foundation
import Statistics

/// Ranks rates or means by partial pooling, with the probability of every place.
package struct RankAnalysis: Sendable {
    /// Columns from the outermost group to the thing itself; found by name when empty.
    package var levels: [String] = []
    package var trials: String?
    package var successes: String?
    package var mean: String?
    package var standardError: String?
    package var deviation: String?
    package var count: String?
    package var value: String?
    /// How many places count as the top.
    package var top = 3
    /// Whether less is better, as with costs.
    package var lowestIsBest = false
    package var draws = 4000
    package var seed: UInt64 = 1

    package init() {}

    static let chains = 4
    /// The R-hat from which nothing is told.
    static let tolerance = 1.05

    /// Reads `table` and answers.
    package func answer(_ table: DataTable) async throws -> RankAnswer {
        let file = try RankFile(self, table)
        guard file.paths.count >= 2 else {
            throw AnalysisError.unsuitable("A single thing cannot be ranked.")
        }
        let tree = RankTree(file.paths)
        let chains = try await sample(file, tree)
        var notes = file.notes
        for dropped in tree.dropped {
            notes.append(
                "The level \(file.levels[dropped]) does not divide anything further and is left out "
                    + "of the pooling.")
        }
        let posterior = RankPosterior(
            draws: chains.flatMap(\.leaves), top: top, lowestIsBest: lowestIsBest)
        let diagnostics = diagnostics(file, chains)
        var rows = rows(file, posterior, chains)
        // First what is best even at the cautious end of its interval, so that little data never
        // heads the list; last what is not measured at all.
        let order = rows.indices.sorted {
            let (first, second) = (rows[$0], rows[$1])
            guard (first.raw == nil) == (second.raw == nil) else { return second.raw == nil }
            return lowestIsBest
                ? (first.high, $0) < (second.high, $1) : (first.low, -$0) > (second.low, -$1)
        }
        rows = order.map { rows[$0] }
        notes += RankProof.notes(rows, lowestIsBest: lowestIsBest)
        let isRate = if case .rates = file.measure { true } else { false }
        return RankAnswer(
            method: isRate
                ? "hierarchical beta-binomial, full Bayesian"
                : "hierarchical normal, full Bayesian",
            inputs: [AnalysisInput(table)], diagnostics: diagnostics, rows: rows,
            groups: groups(file, tree, chains), notes: notes, isRate: isRate)
    }

    /// The chains, each with its own stream of chance; up to eight times as long while they do not
    /// agree. No probability is told from chains that never do.
    private func sample(_ file: RankFile, _ tree: RankTree) async throws -> [HierarchyDraws] {
        // Draws of all things are kept: no more than 64 million numbers.
        let most = max(400, 64_000_000 / file.paths.count)
        var length = max(100, min(draws, most) / Self.chains)
        for attempt in 0..<4 {
            let found = await chains(file, tree, length: length, warmUp: max(500, length / 2))
            try Task.checkCancellation()
            let agreement = Self.agreement(found)
            let worst = agreement.map(\.scaleReduction).max() ?? 1
            let least = agreement.map(\.effective).min() ?? 0
            let isLast = attempt == 3 || length * Self.chains * 2 > most
            if worst < 1.01 && least >= 200 { return found }
            if isLast {
                if worst < Self.tolerance, least >= 50 { return found }
                throw AnalysisError.unsuitable(Self.refusal(worst, least, length))
            }
            length *= 2
        }
        return []
    }

    /// Why no probabilities are told.
    static func refusal(_ worst: Double, _ least: Double, _ length: Int) -> String {
        "After \(chains) chains of \(length) draws they do not agree (R-hat \(Shown.number(worst)), "
            + "\(Shown.number(least.rounded())) effective draws), so no probability is told. Try "
            + "more --draws or another --seed, or leave a level out with --levels."
    }

    private func chains(
        _ file: RankFile, _ tree: RankTree, length: Int, warmUp: Int
    ) async -> [HierarchyDraws] {
        let (seed, measure, parents) = (seed, file.measure, tree.parents)
        return await withTaskGroup(of: (Int, HierarchyDraws).self) { group in
            for chain in 0..<Self.chains {
                group.addTask {
                    var generator = Philox(seed: seed, stream: UInt64(chain))
                    let draws =
                        switch measure {
                        case .rates(let successes, let trials):
                            PooledRates(successes: successes, trials: trials, parents: parents)
                                .chain(draws: length, warmUp: warmUp, using: &generator)
                        case .means(let estimates, let errors, _):
                            PooledMeans(estimates: estimates, errors: errors, parents: parents)
                                .chain(draws: length, warmUp: warmUp, using: &generator)
                        }
                    return (chain, draws)
                }
            }
            var result: [(Int, HierarchyDraws)] = []
            for await chain in group { result.append(chain) }
            return result.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    private static func agreement(
        _ chains: [HierarchyDraws]
    ) -> [(name: String, scaleReduction: Double, effective: Double)] {
        guard let first = chains.first else { return [] }
        return first.hyperparameters.indices.map { index in
            let found = ChainAgreement.of(chains.map { $0.hyperparameters[index].draws })
            return (
                first.hyperparameters[index].name, found.rHat, found.bulk
            )
        }
    }

    private func diagnostics(
        _ file: RankFile, _ chains: [HierarchyDraws]
    ) -> RankAnswer.Diagnostics {
        let agreement = Self.agreement(chains)
        let parameters = agreement.enumerated().map { index, entry in
            let all = chains.flatMap { $0.hyperparameters[index].draws }
            let (low, high) = SortedSample(all).interval(0.95)
            return RankAnswer.Hyperparameter(
                name: entry.name, mean: all.reduce(0, +) / Double(max(1, all.count)),
                low: low, high: high,
                scaleReduction: entry.scaleReduction.isFinite ? entry.scaleReduction : nil,
                effectiveDraws: entry.effective)
        }
        let worst = agreement.map(\.scaleReduction).max() ?? 1
        return RankAnswer.Diagnostics(
            levels: file.levels, items: file.paths.count, top: min(top, file.paths.count),
            chains: chains.count, draws: chains.reduce(0) { $0 + $1.leaves.count },
            isReliable: worst < Self.tolerance, hyperparameters: parameters)
    }

    private func rows(
        _ file: RankFile, _ posterior: RankPosterior, _ chains: [HierarchyDraws]
    ) -> [RankAnswer.Row] {
        // The typical value: that of the root, draw by draw.
        let typical = chains.flatMap { $0.groups.map { Float($0[$0.count - 1][0]) } }
        return file.paths.indices.map { item in
            let summary = posterior.summary(item, typical: typical)
            var row = RankAnswer.Row(
                path: file.paths[item],
                labels: Dictionary(
                    zip(file.levels, file.paths[item]), uniquingKeysWith: { first, _ in first }),
                estimate: summary.mean, low: summary.low, high: summary.high,
                probabilityBest: summary.best, probabilityTop: summary.top,
                probabilityBetterThanTypical: summary.better, expectedRank: summary.rank)
            row.places = file.paths.count
            switch file.measure {
            case .rates(let successes, let trials):
                (row.successes, row.trials) = (successes[item], trials[item])
                row.raw = trials[item] > 0 ? successes[item] / trials[item] : nil
            case .means(let estimates, let errors, let counts):
                (row.raw, row.standardError) = (estimates[item], errors[item])
                row.count = counts[item]
            }
            row.ownWeight = RankProof.ownWeight(item, file.measure, chains)
            row.verdict = RankProof.verdict(row, top: top)
            return row
        }
    }

    private func groups(
        _ file: RankFile, _ tree: RankTree, _ chains: [HierarchyDraws]
    ) -> [RankAnswer.Group] {
        let proof = RankProof(file.measure, tree, chains)
        var result: [RankAnswer.Group] = []
        for (level, nodes) in tree.nodes.enumerated().reversed() {
            let draws = chains.flatMap { $0.groups.map { $0[level].map { Float($0) } } }
            let posterior = RankPosterior(draws: draws, top: top, lowestIsBest: lowestIsBest)
            let rows = nodes.indices.map { node in
                let summary = posterior.summary(node, typical: [])
                var group = RankAnswer.Group(
                    level: file.levels[nodes[node].path.count - 1], path: nodes[node].path,
                    items: nodes[node].items, successes: proof.successes?[level][node],
                    estimate: summary.mean, low: summary.low, high: summary.high,
                    probabilityBest: summary.best, expectedRank: summary.rank,
                    ownWeight: proof.groups[level][node], verdict: "not proven")
                if group.probabilityBest >= 0.95, RankProof.doubt(group) == nil {
                    group.verdict = "best"
                }
                return group
            }
            result += rows.indices.sorted {
                (rows[$0].expectedRank, $0) < (rows[$1].expectedRank, $1)
            }.map { rows[$0] }
        }
        return result
    }
}

/// Things in groups in groups, as numbers.
struct RankTree: Sendable {
    /// `parents[0]` gives each thing's group, `parents[1]` each group's parent.
    var parents: [[Int]] = []
    /// The nodes of each level of groups, from the lowest.
    var nodes: [[(path: [String], items: Int)]] = []
    /// Levels that divide nothing further.
    var dropped: [Int] = []

    init(_ paths: [[String]]) {
        let depth = paths[0].count
        var below = paths
        var size = paths.count
        for level in stride(from: depth - 2, through: 0, by: -1) {
            var numbers: [[String]: Int] = [:]
            var found: [(path: [String], items: Int)] = []
            for path in paths {
                let prefix = Array(path.prefix(level + 1))
                if let number = numbers[prefix] {
                    found[number].items += 1
                } else {
                    numbers[prefix] = found.count
                    found.append((prefix, 1))
                }
            }
            // One group is the root itself; as many groups as members divide nothing.
            guard found.count > 1, found.count < size else {
                dropped.append(level)
                continue
            }
            parents.append(below.map { numbers[Array($0.prefix(level + 1))] ?? 0 })
            nodes.append(found)
            below = found.map(\.path)
            size = found.count
        }
    }
}
