import Foundation
import Statistics

extension MixReport {
    func curves(_ thin: [MixReading]) -> [MixCurve] {
        setup.model.channels.indices.compactMap { curve($0, thin) }
    }

    private func curve(_ channel: Int, _ thin: [MixReading]) -> MixCurve? {
        let (model, data) = (setup.model, setup.data)
        let form = model.channels[channel]
        let names = form.carryOver.kind.parameters + form.saturation.parameters
        let at = model.offsets[channel] + 1
        let draws = thin.map { reading in
            let beta = reading.effects.indices.reduce(0.0) {
                $0 + reading.effects[$1][channel] * model.places[$1].scale
            }
            return names.indices.map { reading.natural[at + $0] } + [beta]
        }
        guard let first = draws.first else { return nil }
        let means = first.indices.map { index in
            draws.reduce(0) { $0 + $1[index] } / Double(draws.count)
        }
        func mean(_ name: String) -> Double? { names.firstIndex(of: name).map { means[$0] } }
        let series = data.grid.times.indices.map { row in
            data.places.reduce(0) { $0 + $1.money[channel][row] }
        }
        let media = data.places.reduce(0) { $0 + $1.media[channel].reduce(0, +) }
        let price = media > 0 ? series.reduce(0, +) / media : 1
        let unit = setup.units.reduce(0) { $0 + $1[channel] } * price
        let length = form.carryOver.length
        return MixCurve(
            channel: form.name,
            adstock: MixCurve.CarryOver(
                kind: form.carryOver.kind.rawValue, alpha: mean("alpha"), theta: mean("theta"),
                shape: mean("shape"), scale: mean("scale"), length: length,
                normalised: form.carryOver.isNormalised),
            saturation: MixCurve.Saturation(
                kind: form.saturation.rawValue, lambda: mean("lambda"), slope: mean("slope"),
                kappa: mean("kappa")), unit: unit > 0 ? unit : 1, beta: means[names.count],
            spend: series.reduce(0, +) / Double(max(1, series.count)),
            recent: Array(series.suffix(max(0, length - 1))), parameters: names + ["beta"],
            draws: draws)
    }

    /// Mean parts of the target over time, summed over places.
    func series(_ thin: [MixReading]) -> MixAnswer.Series {
        let (model, grid) = (setup.model, setup.data.grid)
        let count = grid.times.count
        var parts = Array(
            repeating: Array(repeating: 0.0, count: count), count: model.channels.count + 1)
        var observed = Array(repeating: 0.0, count: count)
        let share = 1 / Double(max(1, thin.count))
        for (index, place) in model.places.enumerated() {
            for row in 0..<count {
                observed[row] +=
                    place.hidden.contains(row) ? .nan : place.target[row] * place.scale
            }
            for reading in thin {
                let expected = reading.expected(index, model)
                for row in 0..<count { parts[0][row] += expected[row] * place.scale * share }
                for channel in model.channels.indices {
                    let effect = reading.effects[index][channel] * place.scale * share
                    for row in 0..<count {
                        let part = effect * reading.saturated[index][channel][row]
                        parts[channel + 1][row] += part
                        parts[0][row] -= part
                    }
                }
            }
        }
        return MixAnswer.Series(
            labels: (0..<count).map(grid.text),
            names: ["baseline"] + model.channels.map(\.name), parts: parts, observed: observed)
    }

    /// R-hat with as many digits as show that it is above its limit.
    static func shown(_ rHat: Double) -> String {
        guard rHat.isFinite else { return "infinite" }
        let texts = [3, 4, 6].map { String(format: "%.\($0)f", rHat) }
        return texts.first { (Double($0) ?? 0) > 1.01 } ?? texts[2]
    }

    /// Channels whose mean is pulled up by a few large draws.
    private func skewNotes(_ answer: MixAnswer) -> [String] {
        zip(answer.rows ?? [], setup.model.channels).compactMap { row, channel in
            guard row.contribution > 1.25 * row.contributionMedian else { return nil }
            return "\(row.channel): the draws are skewed, so the mean "
                + "(\(Wording.number(row.contribution))) lies far above the median "
                + "(\(Wording.number(row.contributionMedian))) and tends to say too much; the "
                + "interval or the median says more."
                + (channel.saturation == .hill
                    ? " A hill curve needs much data; logistic and michaelis-menten need less."
                    : "")
        }
    }

    func notes(_ answer: MixAnswer) -> [String] {
        let figures = answer.diagnostics
        var notes = setup.data.notes
        if !answer.reported {
            var text = "Not reported: "
            if rHat >= 1.01 {
                text += "the chains do not agree (R-hat "
                text += "\(Self.shown(rHat)) for "
                text += "\(figures.rHatWorst ?? "a parameter"), 1.01 is the limit). "
            } else if Double(divergences) > 0.01 * Double(drawCount) {
                text += "\(divergences) draws broke down (divergences). "
            } else {
                text += "the chains hold too few independent draws. "
            }
            notes.append(
                text + "Say more --draws (such as \(2 * figures.draws)), leave out channels that "
                    + "move together, or state priors; two channels that were always bought "
                    + "together cannot be told apart.")
            return notes
        }
        notes.append(
            "These figures are modelled: they say what history suggests, not what a test has "
                + "shown. roi is contribution × worth ÷ spend"
                + (configuration.worth == nil
                    ? "; without worth: it is units of the target per unit of spend." : "."))
        if isExtended {
            notes.append("More draws were taken once, since the first were not good enough.")
        }
        notes += calibrationNotes(answer)
        notes += skewNotes(answer)
        for row in answer.rows ?? [] {
            if let ridge = row.ridgeContribution,
                ridge < row.contributionLow || ridge > row.contributionHigh
            {
                notes.append(
                    "\(row.channel): ridge regression finds \(Wording.number(ridge)), outside the "
                        + "interval; the priors or the form of the curve carry this figure.")
            }
            if let learnt = row.learnt, learnt < 0.2 {
                notes.append(
                    "\(row.channel): the data say little beyond the priors; a test "
                        + "(analyze lift, analyze geo) would.")
            }
        }
        if let correlation = figures.noiseAutocorrelation, correlation > 0.3 {
            notes.append(
                "What the model misses goes on from period to period (autocorrelation "
                    + "\(String(format: "%.2f", correlation))): something is missing, and "
                    + "intervals are too narrow. Name controls or holidays, or say "
                    + "trend: piecewise.")
        }
        return notes
    }
}
