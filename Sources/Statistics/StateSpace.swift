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
    /// Mean and variance of the first state, in the order level, slope, seasons; of the seasons
    /// the present one first, then the one before it, and so on.
    package var firstMean: [Double] = [0]
    package var firstVariance: [Double] = [1]

    package init() {}

    /// How many numbers a state has.
    package var size: Int { 1 + (hasSlope ? 1 : 0) + lags }

    /// How many seasons a state holds: the last one follows from the others.
    package var lags: Int { max(0, seasons - 1) }

    /// Where the seasons begin in a state.
    package var seasonPlace: Int { hasSlope ? 2 : 1 }

    /// Whether the season after `period` is another one.
    package func changesSeason(after period: Int) -> Bool {
        seasons > 1 && (period + 1) % seasonDuration == 0
    }

    /// States of periods that follow one another, without what repeats itself.
    package struct Path: Sendable {
        package var levels: [Double] = []
        /// Empty without a slope.
        package var slopes: [Double] = []
        /// What the season adds in each period; empty without seasons.
        package var seasonal: [Double] = []
        /// Seasons in their order, each once: those before the first period, and then the present
        /// ones. A season is minus the sum of the ones before it in its round, and chance.
        package var history: [Double] = []

        /// What is seen of the state of a period, but for noise.
        package func seen(_ period: Int) -> Double {
            seasonal.isEmpty ? levels[period] : levels[period] + seasonal[period]
        }
    }

    /// Minus the sum of the last round's seasons: what the next one would be without chance.
    package func next(_ history: [Double]) -> Double {
        var sum = 0.0
        for place in (history.count - lags)..<history.count { sum += history[place] }
        return -sum
    }

    /// Goes on from the last state of `path` for some periods, with chance.
    package func goOn(_ path: Path, for count: Int, _ random: inout Philox) -> [Double] {
        var level = path.levels.last ?? 0
        var slope = path.slopes.last ?? 0
        var history = Array(path.history.suffix(lags))
        let first = path.levels.count
        let size = deviations
        return (first..<(first + count)).map { period in
            level += slope + size.level * random.normal()
            if hasSlope { slope += size.slope * random.normal() }
            if changesSeason(after: period - 1) {
                history.append(next(history) + size.season * random.normal())
            }
            return level + (history.last ?? 0)
        }
    }

    private var deviations: (level: Double, slope: Double, season: Double) {
        (
            levelVariance.squareRoot(), slopeVariance.squareRoot(), seasonVariance.squareRoot()
        )
    }

    /// The states drawn given `observed`; nil is a period without observation.
    package func draw(_ observed: [Double?], _ random: inout Philox) -> Path {
        var path = simulated(observed.count, &random)
        var wanted = [Double?](repeating: nil, count: observed.count)
        let noise = noiseVariance.squareRoot()
        for period in observed.indices {
            if let value = observed[period] {
                wanted[period] = value - path.seen(period) - noise * random.normal()
            }
        }
        let correction = smoothed(wanted)
        for place in path.levels.indices { path.levels[place] += correction.levels[place] }
        for place in path.slopes.indices { path.slopes[place] += correction.slopes[place] }
        for place in path.seasonal.indices { path.seasonal[place] += correction.seasonal[place] }
        for place in path.history.indices { path.history[place] += correction.history[place] }
        return path
    }

    /// States of the model without regard to what was observed.
    private func simulated(_ count: Int, _ random: inout Philox) -> Path {
        let state = zip(firstMean, firstVariance).map { $0 + $1.squareRoot() * random.normal() }
        let size = deviations
        return follow(state, count) { _, isNew in
            (
                size.level * random.normal(), hasSlope ? size.slope * random.normal() : 0,
                isNew ? size.season * random.normal() : 0
            )
        }
    }

    /// The states that follow a first one when `shock` moves level, slope and season after each
    /// period.
    private func follow(
        _ first: [Double], _ count: Int,
        shock: (_ period: Int, _ isNew: Bool) -> (level: Double, slope: Double, season: Double)
    ) -> Path {
        var path = Path()
        path.levels.reserveCapacity(count)
        path.history = Array(first[seasonPlace...].reversed())
        var (level, slope) = (first[0], hasSlope ? first[1] : 0)
        for period in 0..<count {
            path.levels.append(level)
            if hasSlope { path.slopes.append(slope) }
            if let season = path.history.last { path.seasonal.append(season) }
            guard period + 1 < count else { break }
            let isNew = changesSeason(after: period)
            let shock = shock(period, isNew)
            level += slope + shock.level
            slope += shock.slope
            if isNew { path.history.append(next(path.history) + shock.season) }
        }
        return path
    }

    /// The mean of the states given `observed`, for a first state with mean zero.
    private func smoothed(_ observed: [Double?]) -> Path {
        let count = observed.count
        let size = size
        var filter = SeasonFilter(self)
        filter.run(observed)
        // What later periods say of each shock, backwards.
        var later = Array(repeating: (level: 0.0, slope: 0.0, season: 0.0), count: count)
        var r = Array(repeating: 0.0, count: size)
        for period in stride(from: count - 1, through: 0, by: -1) {
            let isNew = changesSeason(after: period)
            later[period] = (
                r[0], hasSlope ? r[1] : 0, isNew ? r[filter.place(after: period)] : 0
            )
            if isNew {
                let place = filter.place(after: period)
                let head = r[place]
                for other in seasonPlace..<size { r[other] -= head }
                r[place] = -head
            }
            if hasSlope { r[1] += r[0] }
            guard observed[period] != nil else { continue }
            var through = filter.errors[period]
            for place in 0..<size { through -= filter.gains[period * size + place] * r[place] }
            through /= filter.variances[period]
            r[0] += through
            if seasons > 1 { r[filter.place(period)] += through }
        }
        var first = (0..<size).map { $0 < seasonPlace ? firstVariance[$0] * r[$0] : 0 }
        for lag in 0..<lags {
            let place = seasonPlace + lag
            first[place] = firstVariance[place] * r[size - 1 - lag]
        }
        return follow(first, count) { period, _ in
            let said = later[period]
            return (
                levelVariance * said.level, slopeVariance * said.slope,
                seasonVariance * said.season
            )
        }
    }
}
