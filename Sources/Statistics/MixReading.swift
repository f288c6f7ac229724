import Foundation

/// Everything that one draw of a mix model says.
package struct MixReading: Sendable {
    /// The numbers that chains walk over, as they are meant.
    package var natural: [Double]
    /// For each place the effect of each channel, over the place's scale.
    package var effects: [[Double]]
    /// For each place the coefficients of the baseline.
    package var coefficients: [[Double]]
    /// For each place and channel the saturated spend, hidden rows too.
    package var saturated: [[[Double]]]
    /// For each place the noise, over its scale.
    package var noises: [Double]

    /// What a place is expected to have in each row, over its scale.
    package func expected(_ place: Int, _ model: MixModel) -> [Double] {
        var result = Array(repeating: 0.0, count: model.places[place].target.count)
        for (coefficient, column) in zip(coefficients[place], model.places[place].columns) {
            for row in result.indices { result[row] += coefficient * column[row] }
        }
        for (effect, series) in zip(effects[place], saturated[place]) {
            for row in result.indices { result[row] += effect * series[row] }
        }
        return result
    }

    /// What each channel brought in rows with a target, and what that was worth.
    package func totals(_ model: MixModel) -> (target: [Double], money: [Double]) {
        var target = Array(repeating: 0.0, count: model.channels.count)
        var money = target
        for (index, place) in model.places.enumerated() {
            let worth = index < model.worth.count ? model.worth[index] : []
            for channel in target.indices {
                let series = saturated[index][channel]
                var (sum, paid) = (0.0, 0.0)
                for row in series.indices where !place.hidden.contains(row) {
                    sum += series[row]
                    paid += series[row] * (row < worth.count ? worth[row] : place.scale)
                }
                target[channel] += effects[index][channel] * place.scale * sum
                money[channel] += effects[index][channel] * paid
            }
        }
        return (target, money)
    }
}

extension MixDensity {
    /// Draws what was integrated out, given a point; with `isMean` takes its mean instead.
    package func reading(
        at point: [Double], _ random: inout Philox, isMean: Bool = false
    ) -> MixReading {
        let natural = model.natural(point)
        let betas = offsets.map { natural[$0] }
        let spreads =
            model.isPooled
            ? model.channels.indices.map { natural[spreadIndex($0)] * betas[$0] } : []
        var reading = MixReading(
            natural: natural, effects: [], coefficients: [], saturated: [],
            noises: Array(natural.suffix(places.count)))
        for (index, place) in places.enumerated() {
            for showsAll in [false, true] {
                for channel in model.channels.indices {
                    let (carry, saturation) = parts(channel, natural)
                    let form = model.channels[channel]
                    place.transform(
                        channel, form.carryOver.weights(carry).values, form.saturation, saturation,
                        showsAll: showsAll)
                }
                guard !showsAll else { break }
                let (effects, coefficients) = place.latents(
                    betas, spreads, noise: reading.noises[index], &random, isMean: isMean)
                reading.effects.append(effects)
                reading.coefficients.append(coefficients)
            }
            reading.saturated.append(
                model.channels.indices.map { channel in
                    (0..<place.rows).map { place.saturated[channel * place.size + $0] }
                })
        }
        return reading
    }
}

extension MixDensity {
    /// What each channel would bring at a point, were every place alike.
    package func priorTotals(at point: [Double]) -> [Double] {
        let natural = model.natural(point)
        return model.channels.indices.map { channel in
            let (carry, saturation) = parts(channel, natural)
            let form = model.channels[channel]
            let weights = form.carryOver.weights(carry).values
            return places.reduce(0) { sum, place in
                place.transform(channel, weights, form.saturation, saturation)
                return sum + natural[offsets[channel]] * place.scale
                    * place.sum(channel, 0..<place.rows)
            }
        }
    }
}
