import Foundation
import Statistics

/// The baseline's columns: intercept, trend, seasons, holidays and controls.
struct MixBaseline: Sendable {
    /// What columns belong together.
    struct Column: Sendable {
        var name: String
        /// The part of the baseline that the column is counted to.
        var part: String
        var deviation: Double
        /// A control's divisor in each place.
        var divisors: [Double] = []
        /// What a standardised control is moved by in each place so that 0 means 0 in the file;
        /// a control that can be below 0 is counted from its mean.
        var shifts: [Double] = []
    }

    var columns: [Column] = []
    /// For each place, for each column, its values.
    var values: [[[Double]]]
    private let periods: Int

    init(_ data: MixData, _ model: MixConfiguration) {
        values = data.places.map { _ in [] }
        periods = data.grid.times.count
        let (grid, count) = (data.grid, data.grid.times.count)
        let deviations = model.deviations
        add("intercept", "intercept", deviations["intercept"]) { _ in 1 }
        let last = Double(max(1, count - 1))
        switch model.trend {
        case .none: break
        case .linear: add("trend", "trend", deviations["trend"]) { Double($0) / last }
        case .piecewise:
            add("trend", "trend", deviations["trend"]) { Double($0) / last }
            for knot in 1..<max(2, min(20, count / 13)) {
                let bend = Double(knot) / Double(max(2, min(20, count / 13)))
                add("trend after \(knot)", "trend", deviations["trend"]) {
                    max(0, Double($0) / last - bend)
                }
            }
        }
        addSeasons(data, model)
        for holiday in model.holidays {
            let rows = Set(holiday.days.compactMap { grid.place(holding: $0) })
            guard !rows.isEmpty else { continue }
            add(holiday.name, holiday.name, deviations["holiday"]) { rows.contains($0) ? 1 : 0 }
        }
        for (index, name) in data.controls.enumerated() {
            var column = Column(
                name: name, part: name, deviation: deviations["control"] ?? 1)
            for place in data.places.indices {
                let (scaled, divisor) = Self.standardised(data.places[place], index)
                values[place].append(scaled)
                column.divisors.append(divisor)
                let least = data.places.flatMap { $0.controls[index] }.min() ?? 0
                let series = data.places[place].controls[index]
                let at = data.places[place].rows.indices.first {
                    data.places[place].rows[$0] != nil
                }
                column.shifts.append(
                    least < 0 ? 0 : at.map { series[$0] / divisor - scaled[$0] } ?? 0)
            }
            columns.append(column)
        }
    }

    private static func standardised(
        _ place: MixData.Place, _ index: Int
    ) -> (values: [Double], divisor: Double) {
        let series = place.controls[index]
        let seen = series.indices.filter { place.rows[$0] != nil }
        let mean = seen.reduce(0) { $0 + series[$1] } / Double(max(1, seen.count))
        let square = seen.reduce(0) { $0 + (series[$1] - mean) * (series[$1] - mean) }
        let deviation = (square / Double(max(1, seen.count))).squareRoot()
        guard deviation > 1e-12 * max(1e-300, abs(mean)) else {
            return (series.map { _ in 0 }, 1)
        }
        let values = series.indices.map { at in
            place.rows[at] == nil ? 0 : (series[at] - mean) / deviation
        }
        return (values, deviation)
    }

    private mutating func addSeasons(_ data: MixData, _ model: MixConfiguration) {
        let grid = data.grid
        let yearly: (Int) -> Double
        if grid.areDays {
            yearly = { Double(grid.times[$0]) / 365.25 }
        } else {
            yearly = { Double($0) / 52.18 }
        }
        let most: Int
        switch grid.period {
        case .year: most = 0
        case .quarter: most = 1
        case .month: most = 5
        default: most = 12
        }
        for pair in 0..<min(model.seasonality, most) {
            let turn = 2 * Double.pi * Double(pair + 1)
            add("year sin \(pair + 1)", "seasonality", model.deviations["season"]) {
                sin(turn * yearly($0))
            }
            add("year cos \(pair + 1)", "seasonality", model.deviations["season"]) {
                cos(turn * yearly($0))
            }
        }
        guard grid.period == .day, model.weekly ?? true else { return }
        for pair in 1...3 {
            let turn = 2 * Double.pi * Double(pair) / 7
            add("week sin \(pair)", "seasonality", model.deviations["season"]) {
                sin(turn * Double(grid.times[$0]))
            }
            add("week cos \(pair)", "seasonality", model.deviations["season"]) {
                cos(turn * Double(grid.times[$0]))
            }
        }
    }

    private mutating func add(
        _ name: String, _ part: String, _ deviation: Double?, _ value: (Int) -> Double
    ) {
        columns.append(Column(name: name, part: part, deviation: deviation ?? 1))
        for place in values.indices { values[place].append((0..<periods).map(value)) }
    }
}
