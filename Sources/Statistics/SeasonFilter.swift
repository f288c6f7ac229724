/// The Kalman filter of a `StateSpace`, with seasons kept where they are.
///
/// A new season takes the place of the one that it follows by a round, and all others stay (a
/// reordering of the dummy seasons of Harvey, 1989). A move then changes one row and one column of
/// the spread, found from sums that are kept up to date, and a period costs size²/2 multiplications
/// instead of several passes over the whole spread.
struct SeasonFilter {
    private let space: StateSpace
    private let size: Int
    private let seasonPlace: Int
    /// One-step errors.
    private(set) var errors: [Double] = []
    /// Their variances.
    private(set) var variances: [Double] = []
    /// P·Z of each period, before it is divided by the variance.
    private(set) var gains: [Double] = []
    private var state: [Double]
    /// The lower half of the spread, in columns.
    private var spread: [Double]
    /// For each row the sum of the spread over the seasons' columns.
    private var sums: [Double]
    private var row: [Double]

    init(_ space: StateSpace) {
        self.space = space
        size = space.size
        seasonPlace = space.seasonPlace
        state = Array(repeating: 0, count: size)
        spread = Array(repeating: 0, count: size * size)
        sums = state
        row = state
        for place in 0..<size {
            // Places of seasons begin with the oldest one.
            let own = place < seasonPlace ? place : size - 1 - (place - seasonPlace)
            spread[place * (size + 1)] = space.firstVariance[own]
            if place >= seasonPlace { sums[place] = space.firstVariance[own] }
        }
    }

    /// Where the season of a period is in the state.
    func place(_ period: Int) -> Int {
        seasonPlace + (space.lags - 1 + period / space.seasonDuration) % max(1, space.lags)
    }

    /// Where the season that begins after a period is.
    func place(after period: Int) -> Int { place(period + 1) }

    /// Filters values; nil is a period without observation.
    mutating func run(_ observed: [Double?]) {
        let count = observed.count
        errors = Array(repeating: 0, count: count)
        variances = Array(repeating: 1, count: count)
        gains = Array(repeating: 0, count: count * size)
        for period in 0..<count {
            if let value = observed[period] { update(period, value) }
            advance(period)
        }
    }

    private mutating func update(_ period: Int, _ value: Double) {
        let size = size
        let season = space.seasons > 1 ? place(period) : nil
        let total = row.withUnsafeMutableBufferPointer { row in
            spread.withUnsafeBufferPointer { spread in
                for place in 0..<size { row[place] = spread[place] }
                guard let season else { return row[0] }
                for place in 0..<season { row[place] += spread[place * size + season] }
                for place in season..<size { row[place] += spread[season * size + place] }
                return row[0] + row[season]
            }
        }
        let variance = space.noiseVariance + total
        let error = value - state[0] - (season.map { state[$0] } ?? 0)
        var inSeasons = 0.0
        for place in seasonPlace..<size { inSeasons += row[place] }
        inSeasons /= variance
        row.withUnsafeBufferPointer { row in
            spread.withUnsafeMutableBufferPointer { spread in
                for column in 0..<size {
                    let factor = row[column] / variance
                    let base = column * size
                    for place in column..<size { spread[base + place] -= row[place] * factor }
                }
            }
            let step = error / variance
            for place in 0..<size {
                state[place] += row[place] * step
                sums[place] -= row[place] * inSeasons
                gains[period * size + place] = row[place]
            }
        }
        variances[period] = variance
        errors[period] = error
    }

    private mutating func advance(_ period: Int) {
        if space.hasSlope {
            state[0] += state[1]
            // Var(level + slope), and the covariances of their sum.
            spread[0] += 2 * spread[1] + spread[size + 1]
            for place in 1..<size { spread[place] += spread[size + place] }
            sums[0] += sums[1]
            spread[size + 1] += space.slopeVariance
        }
        spread[0] += space.levelVariance
        if space.changesSeason(after: period) { change(place(after: period)) }
    }

    /// Puts minus the sum of all seasons into `place`.
    private mutating func change(_ place: Int) {
        var (sum, total) = (0.0, 0.0)
        for other in seasonPlace..<size {
            sum += state[other]
            total += sums[other]
        }
        state[place] = -sum
        let variance = max(0, total) + space.seasonVariance
        var own = variance
        for other in 0..<size where other != place {
            let index = other < place ? other * size + place : place * size + other
            let new = -sums[other]
            sums[other] += new - spread[index]
            spread[index] = new
            if other >= seasonPlace { own += new }
        }
        spread[place * (size + 1)] = variance
        sums[place] = own
        if place == seasonPlace { refresh() }
    }

    /// Adds the sums up anew, once in a round, so that rounding does not gather in them.
    private mutating func refresh() {
        for place in 0..<size { sums[place] = 0 }
        for column in 0..<size {
            for place in column..<size {
                let value = spread[column * size + place]
                if column >= seasonPlace { sums[place] += value }
                if place >= seasonPlace, place != column { sums[column] += value }
            }
        }
    }
}
