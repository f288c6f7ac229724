/// Which places to treat, and how small a lift they would show.
package struct GeoDesignAnswer: AnalysisAnswer {
    /// A set of places.
    package struct Row: Sendable, Encodable, Hashable {
        package var rank: Int
        package var locations: [String]
        /// The share of past stretches in which the lift was found.
        package var power: Double
        /// The smallest lift, in steps of 0.005, that is found with the power asked for.
        package var smallestDetectableLift: Double?
        /// The share of past stretches in which a lift was found where there was none.
        package var falsePositiveRate: Double
        /// The mean lift seen where there was none: 0 is right.
        package var liftAtZero: Double?
        package var meanEstimatedLift: Double?
        package var scaledL2Imbalance: Double
        package var shareOfTotal: Double
    }

    /// How likely a lift is found in the best places.
    package struct Power: Sendable, Encodable, Hashable {
        package var lift: Double
        package var power: Double
    }

    /// What it rests on.
    package struct Diagnostics: Sendable, Encodable, Hashable {
        package var periods: Int
        package var locations: Int
        package var windows: Int
        package var candidates: Int
        package var power: Double
    }

    package let method = "geoDesign"
    package var inputs: [AnalysisInput]
    package var duration: Int
    package var lift: Double
    package var level: Double
    package var rows: [Row]
    /// Lifts from 0 on, for the places of the first row.
    package var powerCurve: [Power]
    package var diagnostics: Diagnostics
    package var verdict: String
    package var notes: [String]

    package var sections: [AnswerSection] {
        [
            .text(verdict),
            .table(
                heading: [
                    "", "places", "power", "smallest lift", "false alarms", "imbalance", "share",
                ],
                rows: rows.map {
                    [
                        "\($0.rank)", $0.locations.joined(separator: ", "),
                        Wording.percent($0.power),
                        $0.smallestDetectableLift.map { Wording.change($0) } ?? "over 100 %",
                        Wording.percent($0.falsePositiveRate),
                        Wording.number($0.scaledL2Imbalance), Wording.percent($0.shareOfTotal),
                    ]
                }),
        ] + notes.map { .text($0) }
    }

    package var picture: Picture? {
        guard let best = rows.first else { return nil }
        return ReturnPicture.lines(
            title: "Power in \(best.locations.joined(separator: ", ")) by "
                + (lift < 0 ? "loss" : "lift"),
            unit: "percentage point",
            series: [
                ReturnPicture.Line(
                    name: "share of past stretches in which it is found",
                    points: powerCurve.map { (abs($0.lift) * 100, $0.power) },
                    dots: [(abs(lift) * 100, best.power)])
            ])
    }
}

extension GeoDesign {
    func verdict(_ rows: [GeoDesignAnswer.Row]) -> String {
        guard let best = rows.first else { return "No set of places could be tried." }
        let places = best.locations.joined(separator: ", ")
        let found =
            "\(places): a lift of \(Wording.change(lift)) over \(duration) periods would be found "
            + "in \(Wording.percent(best.power)) of cases"
        return best.power >= power
            ? "\(found)."
            : "\(found), less than the \(Wording.percent(power)) asked for: test longer, treat "
                + "more places, or do not test."
    }

    func notes(_ rows: [GeoDesignAnswer.Row], _ count: Int) -> [String] {
        var notes = [
            "Tried out on \(count) stretches of the past, each \(duration) periods long and one "
                + "period apart: they overlap, so read the shares roughly."
        ]
        if let best = rows.first, best.falsePositiveRate > 2 * (1 - level) {
            notes.append(
                "In \(Wording.percent(best.falsePositiveRate)) of stretches a lift is found where "
                    + "there was none: the past of these places had shocks of their own.")
        }
        if count < windows {
            notes.append("The file has room for \(count) stretches, not \(windows).")
        }
        if treated.isEmpty {
            notes.append(
                "Draw the places to treat by lot among the sets that would do, where you can.")
        }
        return notes
    }
}
