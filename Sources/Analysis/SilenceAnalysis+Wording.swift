import Foundation
import Statistics

extension SilenceAnalysis {
    /// Puts numbers together and says in words what they mean.
    func answer(
        _ input: AnalysisInput, _ series: SilenceSeries, _ blocks: [Measured],
        _ design: SwitchbackTest.Design, _ test: SwitchbackTest, _ burnIn: Int, _ notes: [String]
    ) -> SilenceAnswer {
        let effect = test.effect
        let on = blocks.filter(\.block.isOn).map(\.mean)
        let off = blocks.filter { !$0.block.isOn }.map(\.mean)
        let silence = off.reduce(0, +) / Double(off.count)
        let share = silence > 0 && (effect / silence).isFinite ? effect / silence : nil
        let interval = test.interval(1 - level).map { EffectInterval($0) }
        let diagnostics = diagnostics(series, blocks, design, test, burnIn)
        return SilenceAnswer(
            inputs: [input], effect: effect, relativeEffect: share,
            postMean: on.reduce(0, +) / Double(on.count), silenceMean: silence, level: level,
            interval: interval,
            relativeInterval: share == nil ? nil : interval.map { $0.times(1 / silence) },
            pValue: test.pValue(),
            verdict: verdict(
                share.map { Wording.change($0) } ?? "\(Wording.signed(effect)) by period", interval,
                test,
                blocks.count, design),
            rows: rows(series, blocks, design), diagnostics: diagnostics,
            notes: notes + self.notes(series, blocks, diagnostics, interval))
    }

    private func rows(
        _ series: SilenceSeries, _ blocks: [Measured], _ design: SwitchbackTest.Design
    ) -> [SilenceAnswer.Row] {
        func name(_ row: Int) -> String { series.axis.text(series.times[row]) }
        return blocks.enumerated().map { place, block in
            SilenceAnswer.Row(
                block: place + 1, pair: design == .pairs ? place / 2 + 1 : nil,
                condition: block.block.isOn ? "post" : "silence",
                start: name(block.block.rows.lowerBound),
                end: name(block.block.rows.upperBound - 1), measuredFrom: name(block.rows[0]),
                measured: block.rows.count, mean: block.mean)
        }
    }

    private func diagnostics(
        _ series: SilenceSeries, _ blocks: [Measured], _ design: SwitchbackTest.Design,
        _ test: SwitchbackTest, _ burnIn: Int
    ) -> SilenceAnswer.Diagnostics {
        let rows = blocks.flatMap(\.rows)
        let lag = max(1, NeweyWest.lag(rows.count))
        let values = rows.map { series.values[$0] ?? 0 }
        let isOn = rows.map { series.isOn[$0] }
        let error = NeweyWest.standardError(
            values: values, isOn: isOn, times: rows.map { series.times[$0] }, lag: lag)
        let on = zip(values, isOn).filter(\.1).map(\.0)
        let off = zip(values, isOn).filter { !$0.1 }.map(\.0)
        let plain = on.reduce(0, +) / Double(on.count) - off.reduce(0, +) / Double(off.count)
        let hac = SilenceAnswer.HacReading(
            effect: plain, standardError: error, lag: lag,
            pValue: error > 0 ? erfc(abs(plain) / error / 2.0.squareRoot()) : 0)
        let fading = carryOver(series, blocks, test.effect)
        return SilenceAnswer.Diagnostics(
            blocks: blocks.count, blocksOn: blocks.count { $0.block.isOn },
            design: design.rawValue, isExact: test.isExact, leastPValue: test.leastPValue,
            burnIn: burnIn, measured: rows.count, autocorrelation: correlation(series, blocks),
            neweyWest: hac, carryOverLeft: fading?.mean, carryOverError: fading?.error)
    }

    /// The correlation of neighbouring periods around the means of their blocks.
    private func correlation(_ series: SilenceSeries, _ blocks: [Measured]) -> Double? {
        var (products, squares) = (0.0, 0.0)
        for block in blocks {
            for (place, row) in block.rows.enumerated() {
                let gap = (series.values[row] ?? 0) - block.mean
                squares += gap * gap
                guard place > 0, series.times[row] - series.times[block.rows[place - 1]] == 1 else {
                    continue
                }
                products += gap * ((series.values[block.rows[place - 1]] ?? 0) - block.mean)
            }
        }
        return squares > 0 ? products / squares : nil
    }

    /// How much of the effect still fades in the measured part of silence after posting.
    private func carryOver(
        _ series: SilenceSeries, _ blocks: [Measured], _ effect: Double
    ) -> (mean: Double, error: Double)? {
        var gaps: [Double] = []
        for (place, block) in blocks.enumerated() where place > 0 {
            let before = blocks[place - 1].block
            guard !block.block.isOn, before.isOn,
                before.rows.upperBound == block.block.rows.lowerBound, block.rows.count >= 2
            else { continue }
            let values = block.rows.map { series.values[$0] ?? 0 }
            let half = values.count / 2
            gaps.append(
                values.prefix(half).reduce(0, +) / Double(half)
                    - values.suffix(half).reduce(0, +) / Double(half))
        }
        guard gaps.count >= 3, effect != 0 else { return nil }
        let (mean, deviation) = ImpactAnalysis.moments(gaps.map { $0 / effect })
        return (mean, deviation / Double(gaps.count).squareRoot())
    }

    private func verdict(
        _ change: String, _ interval: EffectInterval?, _ test: SwitchbackTest, _ blocks: Int,
        _ design: SwitchbackTest.Design
    ) -> String {
        let found = "with posting there was \(change) against silence"
        guard let interval else {
            return "Not proven: \(found), but \(blocks) blocks cannot prove anything at "
                + "\(Wording.percent(level)): the smallest possible p is "
                + "\(Wording.probability(test.leastPValue))."
        }
        let range =
            "\(Wording.percent(level)) interval of the effect by period "
            + Wording.interval(interval)
        if interval.excludesZero {
            let text = interval.lower > 0 ? "Posting brings something" : "Posting harms"
            return "\(text): \(found) (\(range))."
        }
        return "Not proven: \(found) (\(range)), and no effect lies within."
    }

    private func notes(
        _ series: SilenceSeries, _ blocks: [Measured], _ diagnostics: SilenceAnswer.Diagnostics,
        _ interval: EffectInterval?
    ) -> [String] {
        var notes: [String] = []
        if let left = diagnostics.carryOverLeft, let error = diagnostics.carryOverError,
            left > 0.25, left > 3 * error
        {
            notes.append(
                "In silence after posting the measured part still falls by "
                    + "\(Wording.percent(left)) of the effect: drop more (--burn-in), or the effect "
                    + "is told too small.")
        }
        if diagnostics.design == SwitchbackTest.Design.complete.rawValue {
            notes.append(
                "Neighbouring blocks are no pairs, so every order of these blocks counts as a draw "
                    + "that could have been; that is right only if blocks were drawn so.")
        }
        let lengths = Set(blocks.map { $0.block.rows.count })
        if lengths.contains(where: { $0 % 7 != 0 }), series.axis.areDays {
            notes.append(
                "Blocks are not whole weeks, so days of the week may differ between posting and "
                    + "silence.")
        }
        notes.append(
            "The interval holds only if a draw, not a person, chose when to be silent, and if "
                + "nothing else (advertising, e-mail) was changed along with it.")
        return notes
    }
}
