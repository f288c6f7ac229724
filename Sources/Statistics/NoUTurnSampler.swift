import Foundation

/// A density whose logarithm and gradient can be asked for; each chain has one of its own.
package protocol LogDensity: AnyObject {
    /// How many numbers a point has.
    var dimension: Int { get }
    /// The logarithm of the density, up to a constant; fills the gradient in.
    func value(at point: [Double], gradient: inout [Double]) -> Double
}

/// Draws from a density by Hamiltonian dynamics that stop before they turn back.
///
/// Hoffman and Gelman, "The No-U-Turn sampler" (JMLR 2014), with multinomial choice and the
/// generalised criterion of Betancourt, "A conceptual introduction to Hamiltonian Monte Carlo"
/// (2017, appendix A); dual averaging of the step and windows of adaptation as in Stan.
package struct NoUTurnSampler: Sendable {
    /// How to sample.
    package struct Settings: Sendable, Hashable {
        package var warmUp = 500
        package var draws = 500
        package var acceptance = 0.85
        package var deepest = 10
        /// Whether the mass matrix has correlations, too.
        package var isDense = true

        package init() {}
    }

    /// What a chain brought.
    package struct Chain: Sendable {
        package var draws: [[Double]] = []
        package var divergences = 0
        /// How often a trajectory reached the greatest depth.
        package var deepest = 0
        package var step = 0.0
        package var leaps = 0
        package var acceptance = 0.0
    }

    package var settings: Settings

    package init(_ settings: Settings = Settings()) { self.settings = settings }

    /// Runs a chain from `start`; `metric` is a first guess of the covariance.
    ///
    /// `tick` hears of every iteration and says whether to go on.
    package func run(
        _ density: any LogDensity, from start: [Double], metric: Matrix? = nil,
        _ random: inout Philox, tick: () -> Bool = { true }
    ) throws -> Chain {
        let metric = metric.flatMap { try? MassMatrix(covariance: $0, isDense: settings.isDense) }
        var walk = Trajectory(density, start, metric ?? MassMatrix(count: start.count))
        walk.deepest = settings.deepest
        var chain = Chain()
        guard walk.logDensity.isFinite else { throw NumericsError.noMinimum("start") }
        walk.findStep(&random)
        var dual = DualAveraging(walk.step, settings.acceptance)
        var spread = RunningCovariance(start.count, isDense: settings.isDense)
        let windows = Self.windows(settings.warmUp)
        for round in 0..<settings.warmUp {
            guard tick() else { throw CancellationError() }
            let move = walk.move(&random)
            walk.step = dual.update(move.acceptance)
            if windows.slow.contains(round) { spread.add(walk.position) }
            if windows.ends.contains(round), let metric = spread.metric() {
                walk.metric = metric
                spread = RunningCovariance(start.count, isDense: settings.isDense)
                walk.findStep(&random)
                dual = DualAveraging(walk.step, settings.acceptance)
            }
        }
        if settings.warmUp > 0 { walk.step = dual.final }
        chain.draws.reserveCapacity(settings.draws)
        for _ in 0..<settings.draws {
            guard tick() else { throw CancellationError() }
            let move = walk.move(&random)
            if move.isDivergent { chain.divergences += 1 }
            if move.depth >= settings.deepest { chain.deepest += 1 }
            chain.leaps += move.leaps
            chain.acceptance += move.acceptance / Double(settings.draws)
            chain.draws.append(walk.position)
        }
        chain.step = walk.step
        return chain
    }

    /// Rounds that are looked at for the mass matrix, and those after which it is renewed; each
    /// window is twice the one before.
    static func windows(_ warmUp: Int) -> (slow: Range<Int>, ends: Set<Int>) {
        guard warmUp >= 20 else { return (0..<0, []) }
        let first = warmUp >= 150 ? 75 : warmUp * 15 / 100
        let last = warmUp - (warmUp >= 150 ? 50 : warmUp / 10)
        var ends: Set<Int> = []
        var (at, size) = (first, warmUp >= 150 ? 25 : last - first)
        while at < last {
            let end = at + size
            // A window that would leave too little for the next one takes it over.
            let stop = end + 2 * size > last ? last : end
            ends.insert(stop - 1)
            (at, size) = (stop, size * 2)
        }
        return (first..<last, ends)
    }
}

/// Nesterov's dual averaging of the step (Hoffman and Gelman, 2014, section 3.2).
struct DualAveraging {
    private let target: Double
    private let centre: Double
    private var count = 0.0
    private var error = 0.0
    private var average = 0.0

    init(_ step: Double, _ target: Double) {
        self.target = target
        centre = log(10 * step)
    }

    /// The step to take next.
    mutating func update(_ acceptance: Double) -> Double {
        count += 1
        let share = 1 / (count + 10)
        error = (1 - share) * error + share * (target - min(1, acceptance))
        let step = centre - error * count.squareRoot() / 0.05
        let weight = pow(count, -0.75)
        average = weight * step + (1 - weight) * average
        return exp(step)
    }

    var final: Double { exp(average) }
}
