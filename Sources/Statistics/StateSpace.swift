/// A level that wanders, a slope that wanders, and seasons that sum to zero.
///
/// The structural model of Harvey ("Forecasting, Structural Time Series Models and the Kalman
/// Filter", 1989) with fixed variances. States are drawn given what was observed by the simulation
/// smoother of Durbin and Koopman (Biometrika, 2002).
package struct StateSpace: Sendable {
    package var hasSlope = false
    /// 1 says that there are none.
    package var seasons = 1
    /// How many periods one season lasts.
    package var seasonDuration = 1
    /// The variances of what moves level, slope and seasons from one period to the next.
    package var levelVariance = 0.0
    package var slopeVariance = 0.0
    package var seasonVariance = 0.0
    /// The variance of what is observed around its state.
    package var noiseVariance = 1.0
    /// Mean and variance of the first state, in the order level, slope, seasons.
    package var firstMean: [Double] = [0]
    package var firstVariance: [Double] = [1]

    package init() {}

    /// How many numbers a state has.
    package var size: Int { 1 + (hasSlope ? 1 : 0) + max(0, seasons - 1) }

    /// Where the seasons begin in a state.
    package var seasonPlace: Int { hasSlope ? 2 : 1 }

    /// Whether the season after `period` is another one.
    package func changesSeason(after period: Int) -> Bool {
        seasons > 1 && (period + 1) % seasonDuration == 0
    }

    /// What is seen of a state.
    package func seen(_ state: ArraySlice<Double>) -> Double {
        let level = state[state.startIndex]
        return seasons > 1 ? level + state[state.startIndex + seasonPlace] : level
    }

    /// The state of the next period, but for chance; `stride` numbers lie between its numbers.
    private func move(
        _ state: UnsafeMutablePointer<Double>, from start: Int, by stride: Int, isNewSeason: Bool
    ) {
        if hasSlope { state[start] += state[start + stride] }
        guard isNewSeason else { return }
        let first = start + seasonPlace * stride
        var sum = 0.0
        var place = first + (seasons - 2) * stride
        for _ in 0..<(seasons - 2) {
            sum += state[place]
            state[place] = state[place - stride]
            place -= stride
        }
        state[first] = -(sum + state[first])
    }

    /// The same with chance.
    package func advance(
        _ state: inout [Double], isNewSeason: Bool, _ random: inout Philox
    ) {
        move(&state, from: 0, by: 1, isNewSeason: isNewSeason)
        state[0] += levelVariance.squareRoot() * random.normal()
        if hasSlope { state[1] += slopeVariance.squareRoot() * random.normal() }
        if isNewSeason { state[seasonPlace] += seasonVariance.squareRoot() * random.normal() }
    }

    /// The transposed move: what the next period says about this one.
    private func moveBack(_ r: inout [Double], isNewSeason: Bool) {
        if isNewSeason {
            let first = seasonPlace
            let head = r[first]
            for place in first..<(first + seasons - 2) { r[place] = r[place + 1] - head }
            r[first + seasons - 2] = -head
        }
        if hasSlope { r[1] += r[0] }
    }

    /// The states drawn given `observed`, one after the other; nil is a period without observation.
    package func draw(_ observed: [Double?], _ random: inout Philox) -> [Double] {
        let count = observed.count
        let size = size
        var states = simulated(count, &random)
        var wanted = [Double?](repeating: nil, count: count)
        for period in 0..<count {
            if let value = observed[period] {
                let own = seen(states[(period * size)..<((period + 1) * size)])
                wanted[period] = value - own - noiseVariance.squareRoot() * random.normal()
            }
        }
        let correction = smoothed(wanted)
        for place in states.indices { states[place] += correction[place] }
        return states
    }

    /// States of the model without regard to what was observed.
    private func simulated(_ count: Int, _ random: inout Philox) -> [Double] {
        var states: [Double] = []
        states.reserveCapacity(count * size)
        var state = zip(firstMean, firstVariance).map { $0 + $1.squareRoot() * random.normal() }
        for period in 0..<count {
            states.append(contentsOf: state)
            advance(&state, isNewSeason: changesSeason(after: period), &random)
        }
        return states
    }

    /// The mean of the states given `observed`, for a first state with mean zero.
    private func smoothed(_ observed: [Double?]) -> [Double] {
        let count = observed.count
        let size = size
        let pass = filtered(observed)
        // What later periods say, backwards.
        var later = Array(repeating: 0.0, count: count * size)
        var r = Array(repeating: 0.0, count: size)
        for period in stride(from: count - 1, through: 0, by: -1) {
            for place in 0..<size { later[period * size + place] = r[place] }
            moveBack(&r, isNewSeason: changesSeason(after: period))
            guard observed[period] != nil else { continue }
            var through = pass.errors[period]
            for place in 0..<size { through -= pass.gains[period * size + place] * r[place] }
            through /= pass.variances[period]
            r[0] += through
            if seasons > 1 { r[seasonPlace] += through }
        }
        var state = (0..<size).map { firstVariance[$0] * r[$0] }
        var states: [Double] = []
        states.reserveCapacity(count * size)
        for period in 0..<count {
            states.append(contentsOf: state)
            let isNew = changesSeason(after: period)
            move(&state, from: 0, by: 1, isNewSeason: isNew)
            state[0] += levelVariance * later[period * size]
            if hasSlope { state[1] += slopeVariance * later[period * size + 1] }
            if isNew { state[seasonPlace] += seasonVariance * later[period * size + seasonPlace] }
        }
        return states
    }

    /// What the Kalman filter leaves for the way back.
    private struct Pass {
        /// One-step errors.
        var errors: [Double]
        /// Their variances.
        var variances: [Double]
        /// P·Z of each period, before it is divided by the variance.
        var gains: [Double]
    }

    private func filtered(_ observed: [Double?]) -> Pass {
        let count = observed.count
        let size = size
        var pass = Pass(
            errors: Array(repeating: 0, count: count), variances: Array(repeating: 1, count: count),
            gains: Array(repeating: 0, count: count * size))
        var state = Array(repeating: 0.0, count: size)
        var spread = Array(repeating: 0.0, count: size * size)
        for place in 0..<size { spread[place * size + place] = firstVariance[place] }
        for period in 0..<count {
            if let value = observed[period] {
                update(period, value, &state, &spread, &pass)
            }
            advance(&state, &spread, isNewSeason: changesSeason(after: period))
        }
        return pass
    }

    /// Mean and spread of the next period.
    private func advance(
        _ state: UnsafeMutablePointer<Double>, _ spread: UnsafeMutablePointer<Double>,
        isNewSeason: Bool
    ) {
        let size = size
        if isNewSeason || hasSlope {
            move(state, from: 0, by: 1, isNewSeason: isNewSeason)
            for place in 0..<size {
                move(spread, from: place * size, by: 1, isNewSeason: isNewSeason)
            }
            for place in 0..<size { move(spread, from: place, by: size, isNewSeason: isNewSeason) }
        }
        spread[0] += levelVariance
        if hasSlope { spread[size + 1] += slopeVariance }
        if isNewSeason { spread[seasonPlace * (size + 1)] += seasonVariance }
    }

    private func update(
        _ period: Int, _ value: Double, _ state: UnsafeMutablePointer<Double>,
        _ spread: UnsafeMutablePointer<Double>, _ pass: inout Pass
    ) {
        let size = size
        let second = seasons > 1 ? seasonPlace : nil
        let (variance, error) = pass.gains.withUnsafeMutableBufferPointer { all in
            let gains = UnsafeMutableBufferPointer(rebasing: all[(period * size)...])
            for place in 0..<size {
                gains[place] = spread[place] + (second.map { spread[$0 * size + place] } ?? 0)
            }
            let variance = noiseVariance + gains[0] + (second.map { gains[$0] } ?? 0)
            let error = value - state[0] - (second.map { state[$0] } ?? 0)
            for column in 0..<size {
                let factor = gains[column] / variance
                state[column] += factor * error
                let base = spread + column * size
                for row in 0..<size { base[row] -= gains[row] * factor }
            }
            return (variance, error)
        }
        pass.variances[period] = variance
        pass.errors[period] = error
    }
}
