import Statistics

extension GeoAnalysis {
    /// Puts numbers together and says in words what they mean.
    func answer(
        _ input: AnalysisInput, _ setting: Setting, _ treated: [Double],
        _ fit: SyntheticControl.Fit, _ placebos: [GeoAnswer.Placebo], _ test: Inference
    ) -> GeoAnswer {
        let panel = setting.panel
        let after = setting.after
        let count = Double(after.count)
        let att = after.reduce(0) { $0 + fit.gaps[$1] } / count
        let observed = after.reduce(0) { $0 + treated[$1] } / count
        let synthetic = observed - att
        // A part of nothing, or of less than nothing, says nothing.
        let lift = synthetic > 0 && (att / synthetic).isFinite ? att / synthetic : nil
        let total = count * Double(setting.treated.count)
        let labels = setting.all.map { panel.axis.text(panel.periods[$0]) }
        let diagnostics = diagnostics(setting, treated, fit, placebos)
        return GeoAnswer(
            inputs: [input], treated: setting.treated.map { panel.locations[$0] },
            start: labels[after.lowerBound], end: labels[after.upperBound - 1], att: att,
            percentLift: lift, incremental: att * total, observedMean: observed,
            syntheticMean: synthetic, l2Imbalance: fit.imbalance,
            scaledL2Imbalance: fit.scaledImbalance, level: level, attInterval: test.interval,
            percentLiftInterval: lift == nil ? nil : test.interval.map { $0.times(1 / synthetic) },
            incrementalInterval: test.interval.map { $0.times(total) }, pValue: test.any,
            pValueAverage: test.average, pValueIndependent: test.independent,
            verdict: verdict(att, lift, test, setting), weights: weights(setting, fit),
            rows: after.map {
                GeoAnswer.Row(
                    period: labels[$0], observed: treated[$0],
                    synthetic: treated[$0] - fit.gaps[$0], effect: fit.gaps[$0])
            }, diagnostics: diagnostics,
            notes: panel.notes + notes(setting, fit, diagnostics, test)
                + (lift == nil
                    ? [
                        "Without it the treated places would have had nothing or less, so a lift "
                            + "in per cent says nothing."
                    ] : []),
            series: GeoAnswer.Series(
                labels: labels, observed: treated,
                synthetic: zip(treated, fit.gaps).map { $0 - $1 }, treated: after))
    }

    private func weights(_ setting: Setting, _ fit: SyntheticControl.Fit) -> [GeoAnswer.Weight] {
        zip(setting.donors, fit.weights)
            .map { GeoAnswer.Weight(location: setting.panel.locations[$0], weight: $1) }
            .sorted { ($1.weight, $0.location) < ($0.weight, $1.location) }
    }

    private func diagnostics(
        _ setting: Setting, _ treated: [Double], _ fit: SyntheticControl.Fit,
        _ placebos: [GeoAnswer.Placebo]
    ) -> GeoAnswer.Diagnostics {
        let ratio = Self.ratio(fit.gaps, setting.before)
        let error = fit.imbalance / Double(setting.before).squareRoot()
        let mean = treated[..<setting.before].reduce(0, +) / Double(setting.before)
        let larger = placebos.count { ($0.rmseRatio ?? .infinity) >= (ratio ?? .infinity) }
        return GeoAnswer.Diagnostics(
            l2Imbalance: fit.imbalance, scaledL2Imbalance: fit.scaledImbalance,
            prePeriods: setting.before, postPeriods: setting.after.count,
            donors: setting.donors.count, preRmse: error,
            preRelativeRmse: mean != 0 ? error / abs(mean) : nil,
            optimalityViolation: fit.violation, rmseRatio: ratio,
            placeboPValue: Double(larger + 1) / Double(placebos.count + 1), placebos: placebos)
    }

    private func verdict(
        _ att: Double, _ lift: Double?, _ test: Inference, _ setting: Setting
    ) -> String {
        let change = lift.map { Wording.change($0) } ?? "\(Wording.signed(att)) by place and period"
        let found = "The treated places show \(change) against what the others say"
        // The p counts shifts in time: as many as there are periods.
        let count = setting.all.count
        let like = Int((test.average * Double(count)).rounded())
        let length = setting.after.count
        let chance =
            "p \(Wording.probability(test.average)) that there is no average effect: a mean gap as "
            + "large in \(like) of \(count) stretches of \(length) "
            + "\(length == 1 ? "period" : "periods"), the test's own among them"
        guard let interval = test.interval else {
            return
                "Not proven: \(found) (\(chance)), but there are too few periods for an interval."
        }
        let range = "\(Wording.percent(level)) interval of the effect by place and period: "
        let numbers = range + Wording.interval(interval)
        if test.showsEffect(level) {
            return
                "\(att > 0 ? "An increase" : "A decrease") is shown: \(found). \(numbers); "
                + "\(chance)."
        }
        return interval.excludesZero
            ? "Not proven: \(found), but \(chance). \(numbers)."
            : "Not proven: \(found), but no effect is within the \(numbers); \(chance)."
    }

    private func notes(
        _ setting: Setting, _ fit: SyntheticControl.Fit, _ diagnostics: GeoAnswer.Diagnostics,
        _ test: Inference
    ) -> [String] {
        var notes: [String] = []
        let alpha = 1 - level
        if !test.showsEffect(level), test.any < alpha {
            notes.append(
                "Single periods differ (p \(Wording.probability(test.any)) that no period has an "
                    + "effect), but up and down: the average is not proven.")
        }
        if test.showsEffect(level), diagnostics.placeboPValue > 0.2 {
            notes.append(
                "Places where nothing was done often differ as much "
                    + "(placebo p \(Wording.probability(diagnostics.placeboPValue))): be careful.")
        }
        if let scaled = fit.scaledImbalance, scaled > 0.5 {
            notes.append(
                "The synthetic control follows the treated places badly before the start (scaled "
                    + "imbalance \(Wording.number(scaled)); below 0.25 is good): doubt the effect.")
        }
        if setting.before < 4 * setting.after.count {
            notes.append(
                "There are \(setting.before) periods before and \(setting.after.count) after the "
                    + "start; four times as many before as after make a sound comparison.")
        }
        let largest = fit.weights.max() ?? 0
        if largest > 0.8, setting.donors.count > 2 {
            notes.append("One place carries \(Wording.percent(largest)) of the comparison.")
        }
        if 1 / Double(setting.all.count) >= alpha {
            notes.append(
                "With \(setting.all.count) periods the smallest possible p is "
                    + "\(Wording.probability(1 / Double(setting.all.count))): no interval at this "
                    + "level."
            )
        }
        return notes
    }
}
