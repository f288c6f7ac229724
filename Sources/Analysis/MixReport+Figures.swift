import Foundation
import Statistics

extension MixReport {
    /// What the model says of periods that it has seen.
    struct Fitted {
        var seen: [Double] = []
        var told: [Double] = []
        var inside = 0
        /// The correlation of what is left with what was left a period before.
        var correlation: Double?
    }

    /// The mean absolute error over the value, and the share of variance explained.
    static func fit(_ seen: [Double], _ told: [Double]) -> (mape: Double?, rSquared: Double?) {
        let pairs = zip(seen, told)
        let relative = pairs.filter { $0.0 != 0 }.map { abs($0.1 - $0.0) / abs($0.0) }
        let mean = seen.reduce(0, +) / Double(max(1, seen.count))
        let total = seen.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        let left = pairs.reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        return (
            relative.isEmpty ? nil : relative.reduce(0, +) / Double(relative.count),
            total > 0 && left.isFinite ? 1 - left / total : nil
        )
    }

    func predictions(_ thin: [MixReading], _ random: inout Philox) -> Fitted {
        var fitted = Fitted()
        var (products, squares) = (0.0, 0.0)
        for (index, place) in setup.model.places.enumerated() {
            let means = thin.map { $0.expected(index, setup.model) }
            var before: Double?
            for row in place.target.indices {
                guard !place.hidden.contains(row) else {
                    before = nil
                    continue
                }
                let drawn = SortedSample(
                    thin.indices.map {
                        means[$0][row] + thin[$0].noises[index] * random.normal()
                    })
                let mean = means.reduce(0) { $0 + $1[row] } / Double(max(1, means.count))
                let value = place.target[row]
                let low = drawn.quantile(0.05)
                let high = drawn.quantile(0.95)
                if (low...max(low, high)).contains(value) { fitted.inside += 1 }
                fitted.seen.append(value * place.scale)
                fitted.told.append(mean * place.scale)
                let left = value - mean
                squares += left * left
                if let before { products += left * before }
                before = left
            }
        }
        if squares > 0 { fitted.correlation = products / squares }
        return fitted
    }

    func diagnostics(
        _ fitted: Fitted, _ holdout: MixAnswer.Holdout?, _ ridge: MixRidge?
    ) -> MixAnswer.Diagnostics {
        let model = setup.model
        let figures = Self.fit(fitted.seen, fitted.told)
        let names =
            model.parameters.map { parameter in
                parameter.name == "noise"
                    ? "noise" : "\(model.channels[parameter.owner].name) \(parameter.name)"
            } + model.channels.map { "\($0.name) contribution" }
        let rHats = agreements.map(\.rHat) + channelAgreements.map(\.rHat)
        let worst = rHats.indices.max { rHats[$0] < rHats[$1] }
        let acceptance = result.chains.reduce(0) { $0 + $1.acceptance }
        return MixAnswer.Diagnostics(
            chains: result.chains.count, draws: sampling.settings.draws,
            warmUp: sampling.settings.warmUp, divergences: divergences,
            treeDepthHits: result.chains.reduce(0) { $0 + $1.deepest },
            rHatMax: rHat.isFinite ? rHat : nil, rHatWorst: worst.map { names[$0] },
            essBulkMin: bulk, essTailMin: tail,
            acceptance: acceptance / Double(max(1, result.chains.count)), extended: isExtended,
            mapLogDensity: result.laplace.logDensity, rSquared: figures.rSquared,
            mape: figures.mape,
            predictiveCoverage: fitted.seen.isEmpty
                ? nil : Double(fitted.inside) / Double(fitted.seen.count),
            noiseAutocorrelation: fitted.correlation, holdout: holdout,
            ridgeRSquared: ridge?.rSquared, ridgePenalty: ridge?.penalty, rows: setup.seen,
            parameters: model.parameters.count)
    }

    func components(_ thin: [MixReading]) -> [MixAnswer.Component] {
        let columns = setup.baseline.columns
        var order: [String] = []
        for column in columns where !order.contains(column.part) { order.append(column.part) }
        return order.map { part in
            let members = columns.indices.filter { columns[$0].part == part }
            let sums = thin.map { reading in
                setup.model.places.indices.reduce(0.0) { sum, place in
                    members.reduce(sum) { $0 + total(reading, place, $1) }
                }
            }
            let span = MixSpan(sums, isPositive: false)
            var component = MixAnswer.Component(
                name: part, contribution: span.mean, low: span.low, high: span.high,
                share: setup.targetSum != 0 ? span.mean / setup.targetSum : 0)
            if let shifts = members.first.map({ columns[$0].shifts }), !shifts.isEmpty,
                shifts.allSatisfy({ $0 == 0 })
            {
                component.countedFrom = "mean"
            }
            if let column = members.first, members.count == 1, part != "intercept", part != "trend"
            {
                let span = MixSpan(
                    thin.map { coefficient($0, column) }, isPositive: false)
                component.coefficient = span.mean
                component.coefficientLow = span.low
                component.coefficientHigh = span.high
            }
            return component
        }
    }

    /// What a column of the baseline makes in a place; what controls are moved by to begin at 0 is
    /// taken from the intercept.
    private func total(_ reading: MixReading, _ place: Int, _ column: Int) -> Double {
        let (columns, made) = (setup.baseline.columns, setup.model.places[place])
        let rows = Double(made.target.count - made.hidden.count)
        let series = made.columns[column]
        var sum = series.indices.reduce(0.0) { made.hidden.contains($1) ? $0 : $0 + series[$1] }
        let shifts = columns[column].shifts
        if place < shifts.count { sum += rows * shifts[place] }
        var result = reading.coefficients[place][column] * sum
        if columns[column].part == "intercept" {
            for (other, found) in columns.enumerated() where place < found.shifts.count {
                result -= reading.coefficients[place][other] * found.shifts[place] * rows
            }
        }
        return result * made.scale
    }

    /// Units of the target for one unit of a column, a mean over places.
    private func coefficient(_ reading: MixReading, _ column: Int) -> Double {
        let divisors = setup.baseline.columns[column].divisors
        let places = setup.model.places
        let sum = places.indices.reduce(0.0) { sum, place in
            let divisor = place < divisors.count ? divisors[place] : 1
            return sum + reading.coefficients[place][column] * places[place].scale / divisor
        }
        return sum / Double(places.count)
    }

    func placeRows(_ thin: [MixReading]) -> [MixAnswer.PlaceRow] {
        setup.model.places.indices.flatMap { index in
            setup.model.channels.indices.map { channel in
                let (place, data) = (setup.model.places[index], setup.data.places[index])
                let rows = place.target.indices.filter { !place.hidden.contains($0) }
                let worth = setup.model.worth[index]
                let brought = thin.map { reading in
                    rows.reduce(0.0) { $0 + reading.saturated[index][channel][$1] }
                        * reading.effects[index][channel] * place.scale
                }
                let paid = thin.map { reading in
                    rows.reduce(0.0) { $0 + reading.saturated[index][channel][$1] * worth[$1] }
                        * reading.effects[index][channel]
                }
                let span = MixSpan(brought, isPositive: brought.allSatisfy { $0 >= 0 })
                let spend = rows.reduce(0.0) { $0 + data.money[channel][$1] }
                let money = paid.reduce(0, +) / Double(max(1, paid.count))
                return MixAnswer.PlaceRow(
                    place: data.name, channel: setup.model.channels[channel].name,
                    contribution: span.mean, contributionLow: span.low,
                    contributionHigh: span.high, spend: spend,
                    roi: spend > 0 ? money / spend : nil)
            }
        }
    }
}
