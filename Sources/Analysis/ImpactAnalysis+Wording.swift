import Statistics

extension ImpactAnalysis {
    /// Puts numbers together and says in words what they mean.
    func answer(
        _ input: AnalysisInput, _ series: ImpactSeries, _ window: Window, _ task: ImpactTask,
        _ chains: [StructuralSeries.Draws], _ trial: ImpactAnswer.Trial?,
        _ touched: [ImpactAnswer.Touched]
    ) -> ImpactAnswer {
        let found = summary(series, window, task, chains)
        let rows = rows(series, window, task, chains)
        let diagnostics = diagnostics(series, window, task, chains, found, trial, touched)
        return ImpactAnswer(
            inputs: [input], response: series.responseName,
            controls: task.controls.map { series.controlNames[$0] },
            prePeriod: span(series, window.before), postPeriod: span(series, window.after),
            level: level, average: found.average, cumulative: found.cumulative,
            tailProbability: found.tail, causalProbability: 1 - found.tail,
            verdict: verdict(found, series, diagnostics.placebo),
            coefficients: coefficients(series, task, chains),
            rows: rows, diagnostics: diagnostics,
            notes: series.notes + notes(series, window, task, diagnostics, found.average),
            series: drawing(series, window, task, chains, rows))
    }

    private func span(_ series: ImpactSeries, _ rows: Range<Int>) -> ImpactAnswer.Span {
        ImpactAnswer.Span(
            start: series.axis.text(series.times[rows.lowerBound]),
            end: series.axis.text(series.times[rows.upperBound - 1]),
            rows: rows.count { !series.unseen.contains($0) })
    }

    private func coefficients(
        _ series: ImpactSeries, _ task: ImpactTask, _ chains: [StructuralSeries.Draws]
    ) -> [ImpactAnswer.Coefficient] {
        let drawn = Double(chains.reduce(0) { $0 + $1.noise.count })
        return task.controls.enumerated().map { place, control in
            let times = chains.reduce(0) { $0 + $1.included[place] }
            let mean = chains.reduce(0) { $0 + $1.coefficients[place] } / max(1, times)
            let square = chains.reduce(0) { $0 + $1.squares[place] } / max(1, times)
            let unit = task.deviation / task.deviations[place]
            return ImpactAnswer.Coefficient(
                control: series.controlNames[control], inclusion: times / drawn,
                mean: mean * unit, sd: max(0, square - mean * mean).squareRoot() * unit)
        }
    }

    /// The mean of what was expected in every period, in units of the response.
    private func expected(_ task: ImpactTask, _ chains: [StructuralSeries.Draws]) -> [Double] {
        let count = Double(chains.count)
        return (chains.first?.expected.indices ?? 0..<0).map { place in
            chains.reduce(0) { $0 + $1.expected[place] } / count * task.deviation + task.mean
        }
    }

    private func diagnostics(
        _ series: ImpactSeries, _ window: Window, _ task: ImpactTask,
        _ chains: [StructuralSeries.Draws], _ found: Findings, _ trial: ImpactAnswer.Trial?,
        _ touched: [ImpactAnswer.Touched]
    ) -> ImpactAnswer.Diagnostics {
        let expected = expected(task, chains)
        var (squares, whole, sizes, count) = (0.0, 0.0, 0.0, 0.0)
        for (place, row) in window.before.enumerated() {
            guard let value = series.response[row] else { continue }
            squares += (value - expected[place]) * (value - expected[place])
            whole += (value - task.mean) * (value - task.mean)
            sizes += abs(value - expected[place])
            count += 1
        }
        let agreement = Self.agreement(found.effects)
        let noise = chains.flatMap(\.noise)
        let level = chains.flatMap(\.level)
        return ImpactAnswer.Diagnostics(
            draws: noise.count, chains: chains.count, scaleReduction: agreement.reduction,
            monteCarloError: agreement.error, preRSquared: 1 - squares / whole,
            preRelativeError: task.mean != 0 ? sizes / count / abs(task.mean) : nil,
            noiseSd: noise.reduce(0, +) / Double(noise.count) * task.deviation,
            levelSd: level.reduce(0, +) / Double(level.count) * task.deviation, placebo: trial,
            controls: touched)
    }

    private func verdict(
        _ found: Findings, _ series: ImpactSeries, _ trial: ImpactAnswer.Trial?
    ) -> String {
        let effect = found.average
        let range =
            effect.relativeEffectInterval.map {
                "\(Wording.change($0.lower)) to \(Wording.change($0.upper))"
            } ?? Wording.interval(effect.effectInterval)
        let text =
            "\(series.responseName) was \(effect.change) "
            + (effect.relativeEffect == nil ? "by period " : "") + "against what it "
            + "would have been (\(Wording.percent(level)) interval \(range))"
        guard effect.effectInterval.excludesZero else {
            return "Not proven: \(text), and no effect lies within."
        }
        if let trial, !trial.findsNothing {
            return
                "Not proven: \(text), but the same model finds effects where there were none: "
                + "\(trial.change) at \(trial.start), when nothing was done."
        }
        return "\(effect.effect > 0 ? "An increase" : "A decrease") is shown: \(text)."
    }

    /// What the checks of the reading found.
    private func checkNotes(_ diagnostics: ImpactAnswer.Diagnostics) -> [String] {
        var notes: [String] = []
        if let trial = diagnostics.placebo {
            notes.append(
                trial.findsNothing
                    ? "Check passed: at \(trial.start), where nothing was done, the same reading "
                        + "finds nothing (\(trial.change))."
                    : "Check failed: at \(trial.start), where nothing was done, the same reading "
                        + "finds \(trial.change). Doubt the effect: add a control that moves "
                        + "along, --seasons or more time before.")
        }
        if checks, diagnostics.placebo == nil {
            notes.append(
                "The time before is too short to try the reading out where nothing was done, so "
                    + "that check is missing.")
        }
        for control in diagnostics.controls where control.mayBeTouched {
            notes.append(
                "The control \(control.control) itself changed at the start "
                    + "(\(control.change), more than it changes by itself): if the event touched it "
                    + "too, the effect is wrong; read again without it.")
        }
        return notes
    }

    private func notes(
        _ series: ImpactSeries, _ window: Window, _ task: ImpactTask,
        _ diagnostics: ImpactAnswer.Diagnostics, _ found: ImpactAnswer.Summary
    ) -> [String] {
        var notes = checkNotes(diagnostics)
        if found.relativeEffect == nil {
            notes.append(
                "What would have been may be zero or less, so an effect in per cent says nothing.")
        }
        if task.model.columns.columns == 0 {
            notes.append(
                "There is no control: anything else that happened then counts as effect."
            )
        } else {
            notes.append("Controls must not be touched by the event; no file can prove that.")
        }
        let constant = series.controlNames.indices.filter { !task.controls.contains($0) }
        if !constant.isEmpty {
            notes.append(
                "Left out, because they do not change before the start: "
                    + constant.map { series.controlNames[$0] }.joined(separator: ", ") + ".")
        }
        if diagnostics.scaleReduction > 1.05 {
            notes.append(
                "The chains do not agree (\(Wording.number(diagnostics.scaleReduction))): say more "
                    + "--draws.")
        }
        if window.before.count < 2 * window.after.count {
            notes.append(
                "The time before (\(window.before.count) rows) is short against the time after "
                    + "(\(window.after.count)).")
        }
        if seasons > 1, window.before.count < 2 * seasons * seasonDuration {
            notes.append(
                "The time before holds fewer than two rounds of \(seasons) seasons; they are "
                    + "hardly known.")
        }
        let empty = (Array(window.before) + Array(window.after)).count {
            series.response[$0] == nil && !series.unseen.contains($0)
        }
        if empty > 0 {
            notes.append("\(empty) rows without \(series.responseName) count as not seen.")
        }
        return notes
    }

    private func drawing(
        _ series: ImpactSeries, _ window: Window, _ task: ImpactTask,
        _ chains: [StructuralSeries.Draws], _ rows: [ImpactAnswer.Row]
    ) -> ImpactAnswer.Series {
        let expected = expected(task, chains)
        let all = window.before.lowerBound..<window.after.upperBound
        let first = window.after.lowerBound - all.lowerBound
        var (lower, upper) = (expected, expected)
        for (place, row) in rows.enumerated() {
            lower[first + place] = row.predictedLower
            upper[first + place] = row.predictedUpper
        }
        return ImpactAnswer.Series(
            labels: all.map { series.axis.text(series.times[$0]) },
            observed: all.map { series.response[$0] }, expected: expected, lower: lower,
            upper: upper, treated: first..<all.count)
    }
}
