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
    /// The tests that the model's calibrations are, in the same order.
    let tests: [MixConfiguration.Calibration]

    init(_ data: MixData, _ configuration: MixConfiguration) throws(AnalysisError) {
        try Self.check(data, configuration)
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
        tests = configuration.calibrations.filter { test in
            data.channels.contains { $0.name == test.channel }
        }
        model.calibrations = try tests.map { test throws(AnalysisError) in
            try Self.calibration(test, data, units)
        }
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

    /// The same model with the last periods hidden, and without tests that measured them.
    func holding(out count: Int) -> MixModel {
        var model = model
        let first = data.grid.times.count - count
        model.calibrations.removeAll { calibration in
            guard case .rows(let places) = calibration.measure else { return false }
            return places.contains { $0.upperBound > first }
        }
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
