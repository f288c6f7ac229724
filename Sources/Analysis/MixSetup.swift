import Foundation
import Statistics

/// A mix model made from a file and a MODEL.yaml, with what is needed to say its answers.
struct MixSetup: Sendable {
    let data: MixData
    let baseline: MixBaseline
    var model: MixModel
    /// For each place and channel, the largest period.
    let units: [[Double]]
    /// For each channel, money in all.
    let spend: [Double]
    let targetSum: Double
    let seen: Int

    init(_ data: MixData, _ configuration: MixConfiguration) throws(AnalysisError) {
        self.data = data
        let baseline = MixBaseline(data, configuration)
        self.baseline = baseline
        let units = data.places.map { place in
            place.media.map { series in
                let most = series.max() ?? 0
                return most > 0 ? most : 1
            }
        }
        let places = data.places.indices.map { index in
            let place = data.places[index]
            let shown = place.target.indices.filter { !place.hidden.contains($0) }
            let scale = shown.map { abs(place.target[$0]) }.max() ?? 1
            return MixModel.Place(
                target: place.target.map { $0 / scale },
                media: zip(place.media, units[index]).map { series, unit in
                    series.map { $0 / unit }
                }, columns: baseline.values[index], hidden: place.hidden, scale: scale)
        }
        let channels = data.channels.indices.map { index in
            let channel = data.channels[index]
            return MixModel.Channel(
                name: channel.name, carryOver: channel.carryOver, saturation: channel.saturation,
                priors: channel.priors, returnPrior: channel.returnPrior,
                usualPeriod: Self.usualPeriod(places.map { $0.media[index] }))
        }
        var model = MixModel(
            channels: channels, places: places, deviations: baseline.columns.map(\.deviation))
        model.noise = configuration.noise
        model.spread = configuration.spread
        let spend = data.channels.indices.map { channel in
            data.places.reduce(0) { sum, place in
                sum
                    + place.money[channel].indices.reduce(0) {
                        place.hidden.contains($1) ? $0 : $0 + place.money[channel][$1]
                    }
            }
        }
        model.spend = spend
        model.worth = zip(data.places, places).map { place, made in
            place.worth.indices.map {
                place.hidden.contains($0) ? 0 : place.worth[$0] * made.scale
            }
        }
        model.calibrations = try Self.calibrations(data, configuration, units)
        (self.units, self.spend, self.model) = (units, spend, model)
        (seen, targetSum) = data.places.reduce((0, 0.0)) { sum, place in
            let shown = place.target.indices.filter { !place.hidden.contains($0) }
            return (sum.0 + shown.count, sum.1 + shown.reduce(0) { $0 + place.target[$1] })
        }
        let channelsOnly = model.parameters.count - places.count
        let needed = baseline.columns.count + 1 + (model.isPooled ? 0 : channelsOnly)
        let least = places.map { $0.target.count - $0.hidden.count }.min() ?? 0
        guard least > needed else {
            throw .unsuitable(
                "\(least) periods\(model.isPooled ? " in a place" : "") cannot tell \(needed) "
                    + "unknown numbers apart. Take a longer history, fewer channels or controls, "
                    + "or seasonality: 0.")
        }
    }

    /// The median of the periods with spend over the largest, on average over places.
    static func usualPeriod(_ media: [[Double]]) -> Double {
        let shares = media.compactMap { series -> Double? in
            let spent = SortedSample(series.filter { $0 > 0 })
            return spent.values.isEmpty ? nil : spent.median
        }
        guard !shares.isEmpty else { return 0.5 }
        return max(0.02, shares.reduce(0, +) / Double(shares.count))
    }

    private static func calibrations(
        _ data: MixData, _ configuration: MixConfiguration, _ units: [[Double]]
    ) throws(AnalysisError) -> [MixModel.Calibration] {
        var result: [MixModel.Calibration] = []
        for test in configuration.calibrations {
            guard let channel = data.channels.firstIndex(where: { $0.name == test.channel }) else {
                continue
            }
            let place = test.place.map { name in data.places.firstIndex { $0.name == name } }
            if let name = test.place, place == .some(nil) {
                throw .unsuitable(
                    "\(configuration.name), key calibration.place: there is no place “\(name)”; "
                        + "places are \(data.places.map(\.name).joined(separator: ", ")).")
            }
            let only = place ?? nil
            switch test.measure {
            case .step(let x, let delta):
                guard let at = only ?? (data.places.count == 1 ? 0 : nil) else {
                    throw .unsuitable(
                        "\(configuration.name), key calibration: with several places, say with "
                            + "place: where the test of \(test.channel) ran.")
                }
                let unit = units[at][channel]
                result.append(
                    MixModel.Calibration(
                        channel: channel,
                        measure: .step(place: at, from: x / unit, to: (x + delta) / unit),
                        lift: test.lift, deviation: test.deviation))
            case .days(let from, let to):
                let rows = data.grid.times.indices.filter {
                    (from...to).contains(data.grid.times[$0])
                }
                guard let first = rows.first, let last = rows.last else {
                    throw .unsuitable(
                        "\(configuration.name), key calibration: no period of the file lies "
                            + "between \(DayNumber.text(from)) and \(DayNumber.text(to)).")
                }
                result.append(
                    MixModel.Calibration(
                        channel: channel,
                        measure: .rows(
                            data.places.indices.map {
                                only == nil || only == $0 ? first..<(last + 1) : 0..<0
                            }), lift: test.lift, deviation: test.deviation))
            }
        }
        return result
    }

    /// The same model with the last periods hidden.
    func holding(out count: Int) -> MixModel {
        var model = model
        for index in model.places.indices {
            let rows = model.places[index].target.count
            model.places[index].hidden.formUnion(max(0, rows - count)..<rows)
        }
        for index in model.worth.indices {
            for row in model.places[index].hidden { model.worth[index][row] = 0 }
        }
        return model
    }
}
