import Foundation

/// The posterior of a mix model with its gradient; one for each chain, since it has a desk.
package final class MixDensity: LogDensity {
    let model: MixModel
    let parameters: [MixModel.Parameter]
    let offsets: [Int]
    var places: [MixDesk]
    /// Weights over lags and their derivatives, for each channel.
    private var weights: [(values: [Double], slopes: [[Double]])] = []
    private var weightSlopes: [[Double]] = []
    private var natural: [Double] = []
    /// The gradient by the numbers as they are meant.
    private var slopes: [Double] = []
    /// How often the density was asked for.
    package private(set) var evaluations = 0

    package init(_ model: MixModel) throws(NumericsError) {
        self.model = model
        parameters = model.parameters
        offsets = model.offsets
        var places: [MixDesk] = []
        for place in model.places {
            places.append(MixDesk(place, try MixBasis(place, model.deviations), model.channels))
        }
        self.places = places
    }

    package var dimension: Int { parameters.count }

    /// The logarithm of the posterior, up to a constant, with its gradient.
    package func value(at point: [Double], gradient: inout [Double]) -> Double {
        evaluations += 1
        natural = point
        slopes = Array(repeating: 0, count: point.count)
        var value = 0.0
        for (index, parameter) in parameters.enumerated() {
            let x =
                parameter.isShare ? 1 / (1 + exp(-point[index])) : exp(point[index])
            guard x > 1e-200, x < 1e100, !parameter.isShare || x < 1 else { return -.infinity }
            natural[index] = x
            if !parameter.isReturn {
                let prior = parameter.prior.logDensity(x)
                value += prior.value
                slopes[index] += prior.slope
            }
            value += parameter.isShare ? log(x) + log1p(-x) : point[index]
        }
        value += likelihood()
        guard value.isFinite else { return -.infinity }
        for (index, parameter) in parameters.enumerated() {
            let x = natural[index]
            gradient[index] =
                parameter.isShare
                ? slopes[index] * x * (1 - x) + 1 - 2 * x : slopes[index] * x + 1
            guard gradient[index].isFinite else { return -.infinity }
        }
        return value
    }

    /// A channel's parameters of carry-over and of saturation.
    func parts(_ channel: Int, _ natural: [Double]) -> (carry: [Double], saturation: [Double]) {
        let carry = model.channels[channel].carryOver.kind.parameters.count
        let saturation = model.channels[channel].saturation.parameters.count
        let at = offsets[channel] + 1
        return (
            Array(natural[at..<(at + carry)]),
            Array(natural[(at + carry)..<(at + carry + saturation)])
        )
    }

    func spreadIndex(_ channel: Int) -> Int {
        (channel + 1 < offsets.count ? offsets[channel + 1] : parameters.count - places.count) - 1
    }

    private func likelihood() -> Double {
        weights = []
        weightSlopes = []
        for channel in model.channels.indices {
            let (carry, saturation) = parts(channel, natural)
            let made = model.channels[channel].carryOver.weights(carry)
            weights.append(made)
            weightSlopes.append(Array(repeating: 0, count: made.values.count))
            for place in places {
                place.transform(
                    channel, made.values, model.channels[channel].saturation, saturation)
                place.clearSlopes(channel)
            }
        }
        var value = calibrations() + returns()
        let betas = offsets.map { natural[$0] }
        let spreads =
            model.isPooled
            ? model.channels.indices.map { natural[spreadIndex($0)] * betas[$0] } : []
        for (index, place) in places.enumerated() {
            let at = parameters.count - places.count + index
            let found = place.likelihood(betas, spreads, noise: natural[at])
            value += found.value
            slopes[at] += found.noiseSlope
            for channel in betas.indices {
                slopes[offsets[channel]] += found.betaSlopes[channel]
                guard model.isPooled else { continue }
                let (variance, at) = (found.varianceSlopes[channel], spreadIndex(channel))
                // (ω·β)² by β and by ω.
                slopes[offsets[channel]] += variance * 2 * spreads[channel] * natural[at]
                slopes[at] += variance * 2 * spreads[channel] * betas[channel]
            }
        }
        for channel in model.channels.indices { backwards(channel) }
        return value
    }

    /// From derivatives by saturated spend to those by the channel's parameters.
    private func backwards(_ channel: Int) {
        let (carry, saturation) = parts(channel, natural)
        let at = offsets[channel] + 1
        for place in places {
            let found = place.backwards(channel, &weightSlopes[channel])
            slopes[at + carry.count] += found.first
            if saturation.count > 1 { slopes[at + carry.count + 1] += found.second }
        }
        for (index, slope) in weights[channel].slopes.enumerated() {
            slopes[at + index] += zip(slope, weightSlopes[channel]).reduce(0) { $0 + $1.0 * $1.1 }
        }
    }

    /// What β is multiplied by to be what a test measured; for rows, channels are transformed.
    private func effect(_ calibration: MixModel.Calibration, _ saturation: [Double]) -> Double {
        switch calibration.measure {
        case .step(let place, let from, let to):
            let form = model.channels[calibration.channel].saturation
            return model.places[place].scale
                * (form.value(to, saturation) - form.value(from, saturation))
        case .rows(let rows):
            return zip(places, rows).reduce(0) { sum, part in
                sum + part.0.scale * part.0.sum(calibration.channel, part.1)
            }
        }
    }

    /// What each test would measure, were a point the truth.
    package func implied(at point: [Double]) -> [Double] {
        let natural = model.natural(point)
        return model.calibrations.map { calibration in
            let channel = calibration.channel
            let (carry, saturation) = parts(channel, natural)
            if case .rows = calibration.measure {
                let weights = model.channels[channel].carryOver.weights(carry).values
                for place in places {
                    place.transform(
                        channel, weights, model.channels[channel].saturation, saturation)
                }
            }
            return natural[offsets[channel]] * effect(calibration, saturation)
        }
    }

    private func calibrations() -> Double {
        var value = 0.0
        for calibration in model.calibrations {
            let at = offsets[calibration.channel]
            let beta = natural[at]
            let (carry, saturation) = parts(calibration.channel, natural)
            let form = model.channels[calibration.channel].saturation
            let effect = effect(calibration, saturation)
            let z = (beta * effect - calibration.lift) / calibration.deviation
            value -= 0.5 * z * z
            let slope = -z / calibration.deviation
            slopes[at] += slope * effect
            switch calibration.measure {
            case .step(let place, let from, let to):
                let scale = model.places[place].scale
                let (up, down) = (form.slopes(to, saturation), form.slopes(from, saturation))
                for index in saturation.indices {
                    slopes[at + 1 + carry.count + index] +=
                        slope * beta * scale * (up[index] - down[index])
                }
            case .rows(let rows):
                for (place, range) in zip(places, rows) {
                    place.addSlope(calibration.channel, range, slope * beta * place.scale)
                }
            }
        }
        return value
    }

    /// Priors of returns: density of β·K by β is that of the return times K.
    private func returns() -> Double {
        var value = 0.0
        for (index, channel) in model.channels.enumerated() {
            guard let prior = channel.returnPrior, index < model.spend.count,
                model.spend[index] > 0
            else { continue }
            var rate = 0.0
            for (place, worth) in zip(places, model.worth) {
                rate += place.sum(index, weighted: worth) / model.spend[index]
            }
            guard rate > 0 else { return -.infinity }
            let beta = natural[offsets[index]]
            let density = prior.logDensity(beta * rate)
            value += density.value + log(rate)
            slopes[offsets[index]] += density.slope * rate
            for (place, worth) in zip(places, model.worth) {
                place.addSlope(
                    index, weighted: worth,
                    (density.slope * beta + 1 / rate) / model.spend[index])
            }
        }
        return value
    }
}

extension Saturation {
    /// The derivatives by each parameter.
    func slopes(_ x: Double, _ parameters: [Double]) -> [Double] {
        var (value, slope, first, second) = (0.0, 0.0, 0.0, 0.0)
        var x = x
        fill(&x, 1, parameters, &value, &slope, &first, &second)
        return [first, second]
    }
}
