import Synchronization

/// Finds what a mix model's data say: first the highest point, then chains.
package struct MixSampling: Sendable {
    /// What the chains brought.
    package struct Result: Sendable {
        package var chains: [NoUTurnSampler.Chain]
        /// For each chain and draw, what each channel brought.
        package var contributions: [[[Double]]]
        /// The same in money.
        package var money: [[[Double]]]
        package var laplace: LaplaceFit
    }

    package let model: MixModel
    package var settings = NoUTurnSampler.Settings()
    package var chains = 4
    package var seed: UInt64 = 1
    /// Hears how far the work is, from 0 to 1.
    package var progress: @Sendable (Double) -> Void = { _ in }

    package init(_ model: MixModel) { self.model = model }

    /// Where to begin, from parameters that are neither small nor large.
    private func starts() -> [[Double]] {
        var random = Philox(seed: seed, stream: 1 << 40)
        let middle = model.parameters.map { parameter in
            switch parameter.name {
            case "beta": 0.2
            case "alpha": 0.3
            case "theta": 1.0
            case "shape", "scale": 2.0
            case "lambda": 2.5
            case "slope": 1.5
            case "kappa": 0.8
            case "spread": 0.2
            default: 0.1
            }
        }
        let first = model.walked(middle)
        return [first]
            + (0..<3).map { _ in first.map { $0 + random.normal() * 0.7 } }
    }

    /// The highest point and the normal distribution there.
    package func laplace() async throws -> LaplaceFit {
        let found = try await OwnThreads.map(1) { [model] _, _ in
            try LaplaceFit(try MixDensity(model), from: starts())
        }
        guard let fit = found.first else { throw NumericsError.noMinimum("no fit") }
        return fit
    }

    /// The chains, on threads of their own; every chain has a stream of chance of its own.
    package func run(_ laplace: LaplaceFit) async throws -> Result {
        let done = Counter(total: chains * (settings.warmUp + settings.draws), progress)
        let found = try await OwnThreads.map(chains) { [self] index, wish in
            let density = try MixDensity(model)
            var random = Philox(seed: seed, stream: UInt64(index))
            let sampler = NoUTurnSampler(settings)
            let start = start(density, laplace, &random)
            let chain = try sampler.run(
                density, from: start, metric: laplace.covariance, &random
            ) {
                done.add()
                return !wish.isCancelled
            }
            var (brought, money) = ([[Double]](), [[Double]]())
            for draw in chain.draws {
                let totals = density.reading(at: draw, &random).totals(model)
                brought.append(totals.target)
                money.append(totals.money)
            }
            return (chain, brought, money)
        }
        return Result(
            chains: found.map(\.0), contributions: found.map(\.1), money: found.map(\.2),
            laplace: laplace)
    }

    private func start(
        _ density: MixDensity, _ laplace: LaplaceFit, _ random: inout Philox
    ) -> [Double] {
        var gradient = laplace.mode
        for width in [1.5, 1.0, 0.5, 0.2] {
            let point = laplace.draw(&random, width: width)
            if density.value(at: point, gradient: &gradient).isFinite { return point }
        }
        return laplace.mode
    }

    /// Counts steps of all chains, and tells of every hundredth part.
    private final class Counter: Sendable {
        private let count = Mutex(0)
        private let total: Int
        private let progress: @Sendable (Double) -> Void
        init(total: Int, _ progress: @escaping @Sendable (Double) -> Void) {
            self.total = max(1, total)
            self.progress = progress
        }

        func add() {
            let now = count.withLock { count in
                count += 1
                return count
            }
            if now % max(1, total / 100) == 0 { progress(Double(now) / Double(total)) }
        }
    }
}
