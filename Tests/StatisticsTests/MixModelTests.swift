import Foundation
import Statistics
import Testing

/// The mix model's gradient, its sampler and its checks agree with independent figures.
struct MixModelTests {
    /// A world drawn from the priors, with its truth.
    static func world(
        seed: UInt64, places: Int = 1, rows: Int = 40, kind: CarryOver.Kind = .geometric,
        saturation: Saturation = .logistic
    ) -> (model: MixModel, truth: [Double]) {
        var random = Philox(seed: seed, stream: 99)
        let channels = ["a", "b"].map {
            MixModel.Channel(
                name: $0, carryOver: CarryOver(kind, length: 4), saturation: saturation,
                priors: ["beta": .halfNormal(0.4)])
        }
        let made = (0..<places).map { _ in
            let media = channels.map { _ in (0..<rows).map { _ in random.uniform() } }
            let columns = [
                Array(repeating: 1.0, count: rows), (0..<rows).map { sin(Double($0) / 3) },
            ]
            return MixModel.Place(
                target: Array(repeating: 0, count: rows), media: media, columns: columns)
        }
        var model = MixModel(channels: channels, places: made, deviations: [1, 0.3])
        model.noise = .halfNormal(0.1)
        let point = model.priorDraw(&random)
        let natural = model.natural(point)
        for place in model.places.indices {
            let level = random.normal()
            let season = random.normal() * 0.3
            for row in 0..<rows {
                model.places[place].target[row] =
                    level + season * model.places[place].columns[1][row]
                    + natural[natural.count - places + place] * random.normal()
            }
            for channel in channels.indices {
                let at = model.offsets[channel]
                let carry = channels[channel].carryOver.kind.parameters.count
                let size = saturation.parameters.count
                var effect = natural[at]
                if places > 1 {
                    effect += natural[at + 1 + carry + size] * natural[at] * random.normal()
                }
                let carried = channels[channel].carryOver.carried(
                    model.places[place].media[channel],
                    Array(natural[(at + 1)..<(at + 1 + carry)]))
                let parameters = Array(natural[(at + 1 + carry)..<(at + 1 + carry + size)])
                for row in 0..<rows {
                    model.places[place].target[row] +=
                        effect * saturation.value(carried[row], parameters)
                }
            }
        }
        return (model, point)
    }

    @Test(arguments: CarryOver.Kind.allCases, Saturation.allCases)
    func `the gradient is what differences of the density say`(
        kind: CarryOver.Kind, saturation: Saturation
    ) throws {
        for places in [1, 3] {
            var (model, point) = Self.world(
                seed: 5, places: places, kind: kind, saturation: saturation)
            model.places[0].hidden = [3, 39]
            model.calibrations = [
                .init(
                    channel: 0, measure: .step(place: 0, from: 0.2, to: 0.5), lift: 0.1,
                    deviation: 0.05),
                .init(
                    channel: 1, measure: .rows(model.places.map { _ in 4..<9 }), lift: 1,
                    deviation: 0.5),
            ]
            model.channels[1].returnPrior = .logNormal(mean: 0.2, deviation: 0.9)
            model.worth = model.places.map { Array(repeating: 2.0, count: $0.target.count) }
            model.spend = [10, 30]
            point = point.map { min(max($0, -1.2), 1.2) }
            let density = try MixDensity(model)
            var gradient = point
            let value = density.value(at: point, gradient: &gradient)
            #expect(value.isFinite)
            for index in point.indices {
                var (up, down, ignored) = (point, point, point)
                up[index] += 1e-5
                down[index] -= 1e-5
                let slope =
                    (density.value(at: up, gradient: &ignored)
                        - density.value(at: down, gradient: &ignored)) / 2e-5
                #expect(
                    abs(slope - gradient[index]) < 1e-4 * max(1, abs(slope)),
                    "\(model.parameters[index].name) \(index)")
            }
        }
    }

    /// The marginal likelihood against the dense normal density written out.
    @Test func `baselines and places' own effects are integrated out exactly`() throws {
        let (model, point) = Self.world(seed: 8, places: 2, rows: 12)
        let density = try MixDensity(model)
        var gradient = point
        var bare = model
        for place in bare.places.indices { bare.places[place].hidden = Set(0..<12) }
        let value =
            density.value(at: point, gradient: &gradient)
            - (try MixDensity(bare)).value(at: point, gradient: &gradient)
        let natural = model.natural(point)
        var expected = 0.0
        for (index, place) in model.places.enumerated() {
            let noise = natural[natural.count - 2 + index]
            var covariance = Matrix(12, 12)
            var mean = Array(repeating: 0.0, count: 12)
            for row in 0..<12 { covariance[row, row] = noise * noise }
            func add(_ column: [Double], _ variance: Double) {
                for a in 0..<12 {
                    for b in 0..<12 { covariance[a, b] += variance * column[a] * column[b] }
                }
            }
            add(place.columns[0], 1)
            add(place.columns[1], 0.09)
            for channel in 0..<2 {
                let at = model.offsets[channel]
                let series = model.channels[channel].carryOver.carried(
                    place.media[channel], [natural[at + 1]]
                ).map { Saturation.logistic.value($0, [natural[at + 2]]) }
                add(series, pow(natural[at] * natural[at + 3], 2))
                for row in 0..<12 { mean[row] += natural[at] * series[row] }
            }
            let factor = try Cholesky(covariance)
            let rest = zip(place.target, mean).map { $0 - $1 }
            let solved = factor.solve(rest)
            expected -= 0.5 * factor.logDeterminant
            expected -= 0.5 * zip(rest, solved).reduce(0) { $0 + $1.0 * $1.1 }
        }
        #expect(abs(value - expected) < 1e-8 * max(1, abs(expected)))
    }

    private final class Normal: LogDensity {
        let dimension = 3
        /// Standard deviations 1, 10 and 0.1; the first two correlate by 0.8.
        func value(at x: [Double], gradient: inout [Double]) -> Double {
            let (a, b, c) = (x[0], x[1] / 10, x[2] / 0.1)
            let d = 1 - 0.64
            gradient = [-(a - 0.8 * b) / d, -(b - 0.8 * a) / d / 10, -c / 0.1]
            return -(a * a - 1.6 * a * b + b * b) / (2 * d) - c * c / 2
        }
    }

    @Test(arguments: [true, false])
    func `the sampler finds a normal distribution's moments`(isDense: Bool) throws {
        var settings = NoUTurnSampler.Settings()
        settings.isDense = isDense
        settings.draws = 1500
        var random = Philox(seed: 3)
        let chain = try NoUTurnSampler(settings).run(Normal(), from: [1, 1, 1], &random)
        for (index, deviation) in [1.0, 10, 0.1].enumerated() {
            let draws = chain.draws.map { $0[index] / deviation }
            let mean = draws.reduce(0, +) / 1500
            let square = draws.reduce(0) { $0 + $1 * $1 } / 1500
            #expect(abs(mean) < 0.12)
            #expect(abs(square - 1) < 0.2)
        }
        let both = chain.draws.reduce(0) { $0 + $1[0] * $1[1] / 10 } / 1500
        #expect(abs(both - 0.8) < 0.15)
        #expect(chain.divergences == 0)
    }

    /// ArviZ 0.23.4 gives R-hat 1.0188013955840391, bulk 362.4426665767386 and tail
    /// 670.9907148063286 for these four chains.
    @Test func `agreement of chains is what ArviZ says`() {
        let chains = (0..<4).map { chain in
            var (draws, state) = ([Double](), 0.0)
            for step in 1...400 {
                let angle = Double(step) * 12.9898 + Double(chain) * 78.233
                let wide = sin(angle) * 43758.5453
                state = 0.7 * state + wide.truncatingRemainder(dividingBy: 1)
                state += 0.05 * Double(chain)
                draws.append(state)
            }
            return draws
        }
        let found = ChainAgreement.of(chains)
        #expect(abs(found.rHat - 1.0188013955840391) < 1e-9)
        #expect(abs(found.bulk - 362.4426665767386) < 1e-5)
        #expect(abs(found.tail - 670.9907148063286) < 1e-5)
    }

    @Test func `the same seed gives the same bits`() async throws {
        let (model, _) = Self.world(seed: 11)
        var sampling = MixSampling(model)
        sampling.chains = 2
        (sampling.settings.warmUp, sampling.settings.draws) = (40, 20)
        let laplace = try await sampling.laplace()
        let (one, two) = (try await sampling.run(laplace), try await sampling.run(laplace))
        #expect(one.chains.map(\.draws) == two.chains.map(\.draws))
        #expect(one.chains[0].draws != one.chains[1].draws)
    }

    /// Simulation-based calibration (Talts, Betancourt, Simpson, Vehtari and Gelman, 2018): ranks
    /// of the truth among draws of its posterior are uniform when everything is right.
    @Test(arguments: [1, 3])
    func `ranks of truths from the prior are uniform`(places: Int) async throws {
        let ranks = try await OwnThreads.map(200) { world, _ in
            let (model, truth) = Self.world(seed: 1000 + UInt64(world), places: places)
            let density = try MixDensity(model)
            var random = Philox(seed: 77, stream: UInt64(world))
            var settings = NoUTurnSampler.Settings()
            (settings.warmUp, settings.draws, settings.acceptance) = (400, 990, 0.9)
            let fit = try LaplaceFit(density, from: [truth])
            let chain = try NoUTurnSampler(settings).run(
                density, from: truth, metric: fit.covariance, &random)
            return truth.indices.map { index in
                stride(from: 0, to: 990, by: 10).count { chain.draws[$0][index] < truth[index] }
            }
        }
        for index in ranks[0].indices {
            var bins = Array(repeating: 0.0, count: 10)
            for rank in ranks { bins[min(9, rank[index] / 10)] += 1 }
            let square = bins.reduce(0) { $0 + ($1 - 20) * ($1 - 20) / 20 }
            print("places \(places) parameter \(index): chi-square \(square) of 9")
            // The 99.99 % point of chi-square with 9 degrees of freedom is 33.7.
            #expect(square < 33.7)
        }
    }
}
