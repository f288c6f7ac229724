import Statistics

extension ImpactAnalysis {
    /// What chains say of the time after.
    struct Findings {
        var average: ImpactAnswer.Summary
        var cumulative: ImpactAnswer.Summary
        var tail: Double
        /// The average effect of each draw, chain by chain.
        var effects: [[Double]]
    }

    /// Sums and means over the periods after in which something was observed.
    func summary(
        _ series: ImpactSeries, _ window: Window, _ task: ImpactTask,
        _ chains: [StructuralSeries.Draws]
    ) -> Findings {
        let gap = window.after.lowerBound - window.before.upperBound
        let seen = window.after.filter { series.response[$0] != nil }
        let places = seen.map { $0 - window.after.lowerBound + gap }
        let actual = seen.reduce(0) { $0 + (series.response[$1] ?? 0) }
        let count = Double(seen.count)
        let width = task.model.after
        let sums = chains.map { chain in
            stride(from: 0, to: chain.foretold.count, by: width).map { start in
                var sum = 0.0
                for place in places { sum += chain.foretold[start + place] }
                return sum * task.deviation + count * task.mean
            }
        }
        let all = sums.flatMap { $0 }
        let above = all.count { $0 >= actual }
        let below = all.count { $0 <= actual }
        return Findings(
            average: part(all.map { $0 / count }, actual / count),
            cumulative: part(all, actual),
            tail: Double(min(above, below) + 1) / Double(all.count + 1),
            effects: sums.map { chain in chain.map { (actual - $0) / count } })
    }

    private func part(_ draws: [Double], _ actual: Double) -> ImpactAnswer.Summary {
        let (mean, deviation) = Self.moments(draws)
        // A share of zero or less says nothing.
        let relative = draws.allSatisfy { $0 > 0 } ? draws.map { actual / $0 - 1 } : []
        let change = relative.isEmpty ? nil : Self.moments(relative)
        let interval = interval(draws)
        return ImpactAnswer.Summary(
            actual: actual, predicted: mean, predictedSd: deviation, predictedInterval: interval,
            effect: actual - mean, effectSd: deviation,
            effectInterval: EffectInterval(
                lower: actual - interval.upper, upper: actual - interval.lower),
            relativeEffect: change?.mean, relativeEffectSd: change?.deviation,
            relativeEffectInterval: change.map { _ in self.interval(relative) })
    }

    /// The middle part of some draws.
    func interval(_ draws: [Double]) -> EffectInterval {
        let middle = SortedSample(draws).interval(level)
        return EffectInterval(lower: middle.lower, upper: middle.upper)
    }

    /// One row for each period after.
    func rows(
        _ series: ImpactSeries, _ window: Window, _ task: ImpactTask,
        _ chains: [StructuralSeries.Draws]
    ) -> [ImpactAnswer.Row] {
        let gap = window.after.lowerBound - window.before.upperBound
        let width = task.model.after
        var running = chains.map { Array(repeating: 0.0, count: $0.foretold.count / width) }
        return window.after.map { row in
            let place = row - window.after.lowerBound + gap
            let actual = series.response[row]
            var values: [Double] = []
            for (chain, draws) in chains.enumerated() {
                for draw in running[chain].indices {
                    let value =
                        draws.foretold[draw * width + place] * task.deviation + task.mean
                    values.append(value)
                    if let actual { running[chain][draw] += actual - value }
                }
            }
            let mean = values.reduce(0, +) / Double(values.count)
            let range = interval(values)
            let sums = running.flatMap { $0 }
            let whole = interval(sums)
            return ImpactAnswer.Row(
                period: series.axis.text(series.times[row]), actual: actual, predicted: mean,
                predictedLower: range.lower, predictedUpper: range.upper,
                effect: actual.map { $0 - mean }, effectLower: actual.map { $0 - range.upper },
                effectUpper: actual.map { $0 - range.lower },
                cumulativeEffect: sums.reduce(0, +) / Double(sums.count),
                cumulativeLower: whole.lower, cumulativeUpper: whole.upper)
        }
    }

    /// How far chains agree, and the Monte-Carlo error of their mean: split chains (Gelman et al.,
    /// Bayesian Data Analysis, 3rd ed. 2013, section 11.4), and means of batches for the error.
    static func agreement(_ chains: [[Double]]) -> (reduction: Double, error: Double) {
        let half = (chains.map(\.count).min() ?? 0) / 2
        guard half > 1 else { return (.infinity, .infinity) }
        let parts = chains.flatMap { [Array($0.prefix(half)), Array($0.suffix(half))] }
        let own = parts.map { moments($0) }
        let within = own.reduce(0) { $0 + $1.deviation * $1.deviation } / Double(own.count)
        let between = moments(own.map(\.mean)).deviation
        let whole = within * Double(half - 1) / Double(half) + between * between
        let batches = max(2, min(10, half / 10))
        let length = half / batches
        var means: [Double] = []
        for part in parts {
            for batch in 0..<batches {
                let rows = (batch * length)..<((batch + 1) * length)
                means.append(part[rows].reduce(0, +) / Double(length))
            }
        }
        let error = moments(means).deviation / Double(means.count).squareRoot()
        return (within > 0 ? (whole / within).squareRoot() : 1, error)
    }
}
