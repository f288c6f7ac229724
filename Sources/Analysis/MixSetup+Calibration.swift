import Statistics

extension MixSetup {
    /// How many times the largest period of a channel a test may have spent.
    private static let farthest = 10.0

    /// Refuses what MODEL.yaml says, but the data cannot hold.
    static func check(
        _ data: MixData, _ configuration: MixConfiguration
    ) throws(AnalysisError) {
        let grid = data.grid
        if configuration.weekly == true, grid.period != .day {
            throw .unsuitable(
                "\(configuration.weeklyWritten), key weekly: days of the week are in daily data "
                    + "only, and a row of this file is a \(grid.period.rawValue). Leave weekly out."
            )
        }
        for holiday in configuration.holidays
        where holiday.days.allSatisfy({ grid.place(holding: $0) == nil }) {
            throw .unsuitable(
                "\(holiday.written), key holidays: "
                    + (grid.areDays
                        ? "no day of “\(holiday.name)” lies within the data, which run from "
                            + "\(grid.text(0)) to \(grid.text(grid.times.count - 1)). Add the days "
                            + "that do, or leave it out."
                        : "the column \(configuration.date) counts periods, so days are not found "
                            + "in it. Write days there, or make a column of holidays a control."))
        }
    }

    /// A test in the units of the model.
    static func calibration(
        _ test: MixConfiguration.Calibration, _ data: MixData, _ units: [[Double]]
    ) throws(AnalysisError) -> MixModel.Calibration {
        let channel = data.channels.firstIndex { $0.name == test.channel } ?? 0
        var only: Int?
        if let name = test.place {
            only = data.places.firstIndex { $0.name.lowercased() == name.lowercased() }
            guard only != nil else {
                throw .unsuitable(
                    "\(test.written), key calibration.place: there is no place “\(name)”; places "
                        + "are \(data.places.map(\.name).joined(separator: ", ")).")
            }
        }
        switch test.measure {
        case .step(let x, let delta):
            guard let at = only ?? (data.places.count == 1 ? 0 : nil) else {
                throw .unsuitable(
                    "\(test.written), key calibration: with several places, say with place: where "
                        + "the test of \(test.channel) ran.")
            }
            let unit = units[at][channel]
            guard max(x, x + delta) <= farthest * unit else {
                throw .unsuitable(
                    "\(test.written), key calibration.x: a period with "
                        + "\(Shown.number(max(x, x + delta))) is more than ten times the largest of "
                        + "\(test.channel) in the data (\(Shown.number(unit))). Write x and delta_x "
                        + "in the units of the column \(test.channel), for one period.")
            }
            return MixModel.Calibration(
                channel: channel,
                measure: .step(place: at, from: x / unit, to: (x + delta) / unit),
                lift: test.lift, deviation: test.deviation)
        case .days(let from, let to):
            let rows = data.grid.times.indices.filter { (from...to).contains(data.grid.times[$0]) }
            guard let first = rows.first, let last = rows.last else {
                throw .unsuitable(
                    "\(test.written), key calibration: no period of the file lies between "
                        + "\(DayNumber.text(from)) and \(DayNumber.text(to)).")
            }
            let places = data.places.indices.map {
                only == nil || only == $0 ? first..<(last + 1) : 0..<0
            }
            return MixModel.Calibration(
                channel: channel, measure: .rows(places), lift: test.lift,
                deviation: test.deviation)
        }
    }
}
