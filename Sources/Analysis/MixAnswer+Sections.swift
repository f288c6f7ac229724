import Foundation

extension MixAnswer {
    package var sections: [AnswerSection] {
        var result: [AnswerSection] = []
        if let rows {
            result.append(
                .table(
                    heading: [
                        "channel", "contribution", "90 % interval", "share", "spend", "roi",
                        "90 % interval",
                    ],
                    rows: rows.map {
                        [
                            $0.channel, Wording.number($0.contribution),
                            Self.span($0.contributionLow, $0.contributionHigh),
                            Wording.percent($0.share), Wording.number($0.spend),
                            Wording.number($0.roi), Self.span($0.roiLow, $0.roiHigh),
                        ]
                    }))
        } else {
            result.append(.text("No figures are reported: the chains do not agree. See below."))
        }
        if let components {
            result.append(
                .table(
                    heading: ["baseline", "contribution", "90 % interval", "share"],
                    rows: components.map { Self.row($0, components) }))
        }
        if let calibration {
            result.append(
                .table(
                    heading: [
                        "lift test", "measured", "s.d.", "the fit says", "s.d.", "z",
                        "data alone", "95 % interval", "z",
                    ],
                    rows: calibration.map {
                        [
                            $0.test, Wording.number($0.measured), Wording.number($0.measuredSd),
                            Wording.number($0.implied), Wording.number($0.impliedSd),
                            Self.distance($0.z), Wording.number($0.untested),
                            Self.span($0.untestedLow, $0.untestedHigh),
                            Self.distance($0.untestedZ),
                        ]
                    }))
        }
        result.append(
            .table(
                heading: ["parameter", "mean", "90 % interval", "R-hat", "effective draws"],
                rows: parameters.map {
                    [
                        [$0.channel ?? $0.place, $0.name].compactMap { $0 }
                            .filter { !$0.isEmpty }.joined(separator: " "),
                        Wording.number($0.mean), Self.span($0.low, $0.high),
                        String(format: "%.3f", $0.rHat), String(format: "%.0f", $0.essBulk),
                    ]
                }))
        return result + [.text(summary)] + notes.map { .text($0) }
    }

    private var summary: String {
        var text =
            "\(diagnostics.chains) chains of \(diagnostics.draws) draws, greatest R-hat "
            + "\(diagnostics.rHatMax.map { String(format: "%.4f", $0) } ?? "–"), at least "
            + "\(String(format: "%.0f", diagnostics.essBulkMin)) effective draws, "
            + "\(diagnostics.divergences) divergences."
        if let share = diagnostics.predictiveCoverage {
            text += " \(Wording.percent(share)) of periods lie within their 90 % interval."
        }
        if let holdout = diagnostics.holdout {
            text += " On \(holdout.periods) periods held out the mean error was "
            text += "\(Wording.percent(holdout.mape))."
        }
        return text
    }

    /// A part of the baseline; of a control that is counted from its mean no sum of 0 is shown.
    private static func row(_ part: Component, _ all: [Component]) -> [String] {
        let largest = all.map { abs($0.contribution) }.max() ?? 0
        let isFromMean = part.countedFrom == "mean"
        let name = part.name + (isFromMean ? " (counted from its mean)" : "")
        if isFromMean, max(abs(part.low), abs(part.high)) <= 1e-9 * largest {
            return [name, "0 by definition", "–", "–"]
        }
        return [
            name, Wording.number(part.contribution), span(part.low, part.high),
            Wording.percent(part.share),
        ]
    }

    /// So many standard deviations.
    private static func distance(_ z: Double) -> String {
        String(format: "%.1f", z).replacing("-", with: "−")
    }

    private static func span(_ low: Double?, _ high: Double?) -> String {
        guard let low, let high else { return "–" }
        return "\(Wording.number(low)) … \(Wording.number(high))"
    }

    package var picture: Picture? {
        guard let series else { return nil }
        return MixPicture(series: series, title: "What brought \(target), period by period").picture
    }
}

/// Contributions over time, one above the other, with what was observed.
struct MixPicture {
    var series: MixAnswer.Series
    var title: String

    private static let colours = [
        "#9aa5b1", "#1f77b4", "#d95f02", "#1b9e77", "#7570b3", "#c2577f", "#8c6d31", "#4c8c8a",
        "#b04a4a",
    ]
    private static let (width, height) = (760.0, 380.0)

    var picture: Picture {
        let count = series.observed.count
        var floors = [Array(repeating: 0.0, count: count)]
        for part in series.parts {
            floors.append(zip(floors[floors.count - 1], part).map { $0 + $1 })
        }
        let all = floors.flatMap { $0 } + series.observed.filter(\.isFinite)
        let (low, high) = (min(0, all.min() ?? 0), max(1e-300, all.max() ?? 1))
        func x(_ at: Int) -> Double {
            70 + Double(at) / Double(max(1, count - 1)) * (Self.width - 90)
        }
        func y(_ value: Double) -> Double {
            Self.height - 40 - (value - low) / (high - low) * (Self.height - 110)
        }
        var body = ""
        for index in series.parts.indices {
            let top = floors[index + 1].enumerated().map { "\(f(x($0))),\(f(y($1)))" }
            let bottom = floors[index].enumerated().map { "\(f(x($0))),\(f(y($1)))" }
            let points = (top + bottom.reversed()).joined(separator: " ")
            body += "<polygon points=\"\(points)\" fill=\"\(colour(index))\" opacity=\"0.75\"/>"
            let (left, line) = (16 + Double(index % 5) * 146, 34 + Double(index / 5) * 14)
            body += "<rect x=\"\(f(left))\" y=\"\(f(line - 9))\" width=\"10\" height=\"10\" "
            body += "fill=\"\(colour(index))\"/>"
            body += text(left + 14, line, String(series.names[index].prefix(20)), "start")
        }
        let seen = series.observed.enumerated().filter { $0.element.isFinite }
            .map { "\(f(x($0.offset))),\(f(y($0.element)))" }.joined(separator: " ")
        body += "<polyline points=\"\(seen)\" fill=\"none\" stroke=\"currentColor\"/>"
        for step in 0...4 {
            let value = low + (high - low) * Double(step) / 4
            body += text(64, y(value) + 4, value == 0 ? "0" : Wording.number(value), "end")
        }
        body += text(70, Self.height - 14, series.labels.first ?? "", "start")
        body += text(Self.width - 20, Self.height - 14, series.labels.last ?? "", "end")
        return Picture(
            svg: "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(f(Self.width)) "
                + "\(f(Self.height))\" role=\"img\" font-family=\"sans-serif\" font-size=\"12\">"
                + "<title>\(Picture.escaped(title))</title><style>svg{color:#222;background:#fff}"
                + "text{fill:currentColor}@media(prefers-color-scheme:dark)"
                + "{svg{color:#ddd;background:#1b1b1b}}</style>"
                + text(16, 18, title, "start") + body + "</svg>\n")
    }

    private func colour(_ index: Int) -> String { Self.colours[index % Self.colours.count] }
    private func f(_ value: Double) -> String { String(format: "%.1f", value) }

    private func text(_ x: Double, _ y: Double, _ text: String, _ anchor: String) -> String {
        "<text x=\"\(f(x))\" y=\"\(f(y))\" text-anchor=\"\(anchor)\">\(Picture.escaped(text))</text>"
    }
}
