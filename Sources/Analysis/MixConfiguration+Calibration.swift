import Statistics
import Yams

extension MixConfiguration {
    private static let ofSteps = ["x", "delta_x", "delta_y"]
    private static let ofDays = ["start", "end", "lift"]

    mutating func readCalibration(_ keys: MixKeys) throws(AnalysisError) {
        let names = channels.map(\.name)
        for node in try keys.items("calibration") {
            let inner = try MixKeys(
                node, file: keys.file, path: "calibration",
                known: ["channel", "sigma", "place"] + Self.ofSteps + Self.ofDays)
            guard let channel = try inner.text("channel"), names.contains(channel) else {
                throw inner.wrong(
                    "channel", "write one of the channels: \(names.joined(separator: ", ")).")
            }
            guard let deviation = try inner.number("sigma"), deviation > 0 else {
                throw inner.wrong("sigma", "write the standard error of the test, above 0.")
            }
            let place = try inner.text("place")
            if place != nil, geo == nil {
                throw inner.wrong(
                    "place",
                    "places are known only with geo: and the name of the column of places. Add "
                        + "it, or leave place out.")
            }
            let isStep = Self.ofSteps.contains(where: inner.has)
            if isStep, let other = Self.ofDays.first(where: inner.has) {
                throw inner.wrong(
                    other,
                    "a test has x, delta_x and delta_y, or start, end and lift. Write one of the "
                        + "two, or two entries.")
            }
            let (measure, lift) = try isStep ? Self.step(inner) : Self.stretch(inner)
            try Self.checkSign(inner, measure, lift, deviation)
            calibrations.append(
                Calibration(
                    channel: channel, place: place, measure: measure, lift: lift,
                    deviation: deviation, written: MixKeys.place(keys.file, node)))
        }
    }

    /// A change of steady spend, and what it changed.
    private static func step(
        _ keys: MixKeys
    ) throws(AnalysisError) -> (Calibration.Measure, Double) {
        guard let x = try keys.number("x") else {
            throw keys.wrong("x", "write the spend of a period before the change.")
        }
        guard x >= 0 else {
            throw keys.wrong(
                "x", "spend is never below 0; write that of a period before the change.")
        }
        guard let delta = try keys.number("delta_x") else {
            throw keys.wrong("delta_x", "write by how much the spend of a period changed.")
        }
        guard delta != 0 else {
            throw keys.wrong(
                "delta_x",
                "a change of 0 measures nothing. Write the change, or leave the test out.")
        }
        guard x + delta >= 0 else {
            throw keys.wrong(
                "delta_x",
                "x + delta_x is \(Shown.number(x + delta)), and spend is never below 0. x is the "
                    + "spend of a period before the change, delta_x the change.")
        }
        guard let lift = try keys.number("delta_y") else {
            throw keys.wrong("delta_y", "write the change of the target in a period.")
        }
        return (.step(x: x, delta: delta), lift)
    }

    /// A stretch of days, and what the channel brought in it.
    private static func stretch(
        _ keys: MixKeys
    ) throws(AnalysisError) -> (Calibration.Measure, Double) {
        func day(_ key: String) throws(AnalysisError) -> Int {
            guard let day = try keys.text(key).flatMap({ DayNumber.read($0) }) else {
                throw keys.wrong(
                    key, "write start and end as days such as 2024-03-31, or x and delta_x.")
            }
            return day
        }
        let (from, to) = (try day("start"), try day("end"))
        guard from <= to else {
            throw keys.wrong(
                "end",
                "the end \(DayNumber.text(to)) lies before the start \(DayNumber.text(from)). "
                    + "Swap them.")
        }
        guard let lift = try keys.number("lift") else {
            throw keys.wrong("lift", "write what the channel brought in that time.")
        }
        return (.days(from, to), lift)
    }

    /// Refuses what no curve can show: that more spend brings less, beyond the chance of the test.
    private static func checkSign(
        _ keys: MixKeys, _ measure: Calibration.Measure, _ lift: Double, _ deviation: Double
    ) throws(AnalysisError) {
        var (sign, key) = (1.0, "lift")
        if case .step(_, let delta) = measure { (sign, key) = (delta < 0 ? -1 : 1, "delta_y") }
        guard lift * sign < -2 * deviation else { return }
        throw keys.wrong(
            key,
            (key == "lift"
                ? "a lift below 0 by more than twice sigma says that the channel did harm"
                : "its sign is against that of delta_x by more than twice sigma")
                + ", and a curve that only rises can never show that. Correct the sign, or leave "
                + "the test out.")
    }
}
