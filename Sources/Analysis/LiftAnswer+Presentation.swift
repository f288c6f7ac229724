import Foundation

extension LiftAnswer {
    package var sections: [AnswerSection] {
        var sections = [arms, effects]
        if let sequential { sections += sequential.sections }
        sections.append(.text(notes.joined(separator: "\n")))
        return sections
    }

    private var arms: AnswerSection {
        if metric == "rate" {
            return .table(
                heading: ["arm", "people", "converted", "rate", "from", "to"],
                rows: rows.map {
                    [
                        $0.arm, "\($0.count)", "\($0.conversions ?? 0)",
                        LiftWords.percent($0.rate), LiftWords.percent($0.lower),
                        LiftWords.percent($0.upper),
                    ]
                })
        }
        return .table(
            heading: ["arm", "people", "mean", "deviation", "from", "to"],
            rows: rows.map {
                [
                    $0.arm, "\($0.count)", LiftWords.number($0.mean),
                    LiftWords.number($0.deviation), LiftWords.number($0.lower),
                    LiftWords.number($0.upper),
                ]
            })
    }

    private var effects: AnswerSection {
        func words(_ row: Limits, _ value: Double?, open: Double) -> String {
            let value = value ?? (row.estimate == nil && row.lower == nil ? nil : open)
            if row.scale == "ratio" || (row.scale == "difference" && metric == "mean") {
                return LiftWords.number(value)
            }
            return LiftWords.percent(value, signed: true)
        }
        return .table(
            heading: ["effect", "limits", "estimate", "from", "to"],
            rows: intervals.map { row in
                [
                    row.scale, row.method,
                    row.estimate == nil ? "unknown" : words(row, row.estimate, open: 0),
                    words(row, row.lower, open: -.infinity), words(row, row.upper, open: .infinity),
                ]
            })
    }

    package var picture: Picture? {
        if let sequential, sequential.looks.count > 1 { return sequential.picture }
        let bars = intervals.filter { $0.scale == "lift" && $0.estimate != nil }
        guard !bars.isEmpty else { return nil }
        return LiftPicture.bars(
            title: "Lift of treated over control: \(verdict.rawValue)", none: 0,
            axis: LiftWords.share,
            bars.map {
                LiftPicture.Bar(
                    label: $0.method, estimate: $0.estimate ?? 0, lower: $0.lower, upper: $0.upper,
                    text: LiftWords.percent($0.estimate, signed: true))
            })
    }
}

extension LiftSequentialAnswer {
    var sections: [AnswerSection] {
        let table = AnswerSection.table(
            heading: ["by", "treated", "control", "difference", "from", "to", "p", "verdict"],
            rows: looks.map {
                [
                    $0.date ?? "now", "\($0.treatedCount)", "\($0.controlCount)",
                    LiftWords.number($0.difference), LiftWords.number($0.lower),
                    LiftWords.number($0.upper), LiftWords.chance($0.pValue), $0.verdict.rawValue,
                ]
            })
        return [.text("Read at any time (mSPRT, τ = \(LiftWords.number(tau))):"), table]
    }

    var picture: Picture {
        LiftPicture.band(
            title: "Difference with limits that hold at any time: \(verdict.rawValue)",
            axis: { LiftWords.number($0) },
            looks.enumerated().map { index, look in
                LiftPicture.Bar(
                    label: look.date ?? "\(index + 1)", estimate: look.difference,
                    lower: look.lower, upper: look.upper, text: LiftWords.number(look.difference))
            })
    }
}
