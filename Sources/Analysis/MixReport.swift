import Foundation
import Statistics

/// Turns draws into an answer.
struct MixReport: Sendable {
    let setup: MixSetup
    let configuration: MixConfiguration
    let sampling: MixSampling
    let result: MixSampling.Result
    let agreements: [ChainAgreement.Figures]
    let channelAgreements: [ChainAgreement.Figures]
    var isExtended = false

    init(
        _ setup: MixSetup, _ configuration: MixConfiguration, _ sampling: MixSampling,
        _ result: MixSampling.Result
    ) {
        self.setup = setup
        self.configuration = configuration
        self.sampling = sampling
        self.result = result
        agreements = setup.model.parameters.indices.map { index in
            ChainAgreement.of(result.chains.map { $0.draws.map { $0[index] } })
        }
        channelAgreements = setup.model.channels.indices.map { channel in
            ChainAgreement.of(result.contributions.map { $0.map { $0[channel] } })
        }
    }

    private var all: [ChainAgreement.Figures] { agreements + channelAgreements }
    var rHat: Double { all.map(\.rHat).max() ?? .infinity }
    var bulk: Double { all.map(\.bulk).min() ?? 0 }
    var tail: Double { all.map(\.tail).min() ?? 0 }
    var divergences: Int { result.chains.reduce(0) { $0 + $1.divergences } }
    var drawCount: Int { result.chains.reduce(0) { $0 + $1.draws.count } }

    /// Whether the chains agree well enough for figures to be used.
    var isSound: Bool {
        rHat < 1.01 && bulk >= 100 && Double(divergences) <= 0.01 * Double(drawCount)
    }

    func answer(
        _ inputs: [AnalysisInput], _ holdout: MixAnswer.Holdout?
    ) async throws -> MixAnswer {
        let readings = try await OwnThreads.map(1) { [self] _, wish in try thinned(wish) }
        let thin = readings.first ?? []
        let model = setup.model
        var random = Philox(seed: sampling.seed, stream: 1 << 42)
        let fitted = predictions(thin, &random)
        let prior = try priorDraws()
        let density = try MixDensity(model)
        let means = parameterMeans()
        let ridge = density.ridge(at: means)
        var worth: Double?
        if case .number(let number) = configuration.worth { worth = number }
        var answer = MixAnswer(
            inputs: inputs, reported: isSound, target: configuration.target,
            period: setup.data.grid.period.rawValue, periods: setup.data.grid.times.count,
            places: model.isPooled ? setup.data.places.map(\.name) : nil, worth: worth,
            parameters: parameters(prior.parameters),
            diagnostics: diagnostics(fitted, holdout, ridge), notes: [])
        if isSound {
            let rows = try rows(prior.shares, ridge)
            answer.rows = rows
            answer.byPlace = model.isPooled ? placeRows(thin) : nil
            answer.components = components(thin)
            answer.curves = curves(thin)
            answer.series = series(thin)
            answer.calibration = try await calibration()
        }
        answer.notes = notes(answer)
        return answer
    }

    /// At most 200 draws, evenly over all chains, with everything that they say.
    private func thinned(_ wish: OwnThreads.Wish) throws -> [MixReading] {
        let model = setup.model
        let cells = model.places.reduce(0) { $0 + $1.target.count } * (model.channels.count + 2)
        let draws = result.chains.flatMap(\.draws)
        let count = min(draws.count, 200, max(50, 20_000_000 / max(1, cells)))
        let density = try MixDensity(model)
        var random = Philox(seed: sampling.seed, stream: 1 << 43)
        return try (0..<count).map { index in
            if wish.isCancelled { throw CancellationError() }
            return density.reading(at: draws[index * draws.count / count], &random)
        }
    }

    /// The mean of each number as it is meant.
    private func parameterMeans() -> [Double] {
        var sums = Array(repeating: 0.0, count: setup.model.parameters.count)
        for draw in result.chains.flatMap(\.draws) {
            for (index, value) in setup.model.natural(draw).enumerated() { sums[index] += value }
        }
        return sums.map { $0 / Double(max(1, drawCount)) }
    }

    /// Draws of parameters and of shares before any data.
    private func priorDraws() throws -> (parameters: [[Double]], shares: [[Double]]) {
        let model = setup.model
        var random = Philox(seed: sampling.seed, stream: 1 << 44)
        let density = try MixDensity(model)
        var (parameters, shares) = ([[Double]](), [[Double]]())
        for index in 0..<1000 {
            let point = model.priorDraw(&random)
            parameters.append(model.natural(point))
            guard index < 300 else { continue }
            shares.append(
                density.priorTotals(at: point).map { $0 / setup.targetSum })
        }
        return (parameters, shares)
    }

    /// What a parameter is multiplied by to be in units of the file.
    private func factor(_ parameter: MixModel.Parameter) -> Double {
        switch parameter.name {
        case "beta": setup.model.places.reduce(0) { $0 + $1.scale }
        case "noise": setup.model.places[parameter.owner].scale
        default: 1
        }
    }

    private func parameters(_ prior: [[Double]]) -> [MixAnswer.Parameter] {
        let model = setup.model
        let draws = result.chains.flatMap(\.draws).map { model.natural($0) }
        return model.parameters.enumerated().map { index, parameter in
            let factor = factor(parameter)
            let isBoundary = parameter.name != "noise"
            let span = MixSpan(draws.map { $0[index] }, isPositive: isBoundary).times(factor)
            let before = MixSpan(prior.map { $0[index] }, isPositive: isBoundary).times(factor)
            let isNoise = parameter.name == "noise"
            let hasPrior =
                !(parameter.name == "beta"
                && model.channels[parameter.owner].returnPrior != nil)
            return MixAnswer.Parameter(
                name: parameter.name,
                channel: isNoise ? nil : model.channels[parameter.owner].name,
                place: isNoise && model.isPooled
                    ? setup.data.places[parameter.owner].name : nil,
                mean: span.mean, sd: span.deviation, low: span.low, high: span.high,
                rHat: min(agreements[index].rHat, 1e6), essBulk: agreements[index].bulk,
                essTail: agreements[index].tail, priorMean: hasPrior ? before.mean : nil,
                priorLow: hasPrior ? before.low : nil, priorHigh: hasPrior ? before.high : nil)
        }
    }

    private func rows(
        _ prior: [[Double]], _ ridge: MixRidge?
    ) throws -> [MixAnswer.Row] {
        let laplace = try laplaceDraws()
        return setup.model.channels.indices.map { channel in
            let brought = result.contributions.flatMap { $0.map { $0[channel] } }
            let paid = result.money.flatMap { $0.map { $0[channel] } }
            let span = MixSpan(brought, isPositive: true)
            let share = span.times(1 / setup.targetSum)
            let before = MixSpan(prior.map { $0[channel] }, isPositive: true)
            let quick = MixSpan(laplace.map { $0[channel] }, isPositive: true)
            let spend = setup.spend[channel]
            let back = spend > 0 ? MixSpan(paid.map { $0 / spend }, isPositive: true) : nil
            let isMoney = configuration.worth != nil
            let width = before.high - before.low
            return MixAnswer.Row(
                channel: setup.model.channels[channel].name, contribution: span.mean,
                contributionMedian: SortedSample(brought).median, contributionLow: span.low,
                contributionHigh: span.high, share: share.mean,
                shareLow: share.low, shareHigh: share.high, spend: spend, roi: back?.mean,
                roiMedian: spend > 0 ? SortedSample(paid).median / spend : nil, roiLow: back?.low,
                roiHigh: back?.high,
                netReturn: isMoney ? back.map { $0.mean - 1 } : nil,
                netReturnLow: isMoney ? back.map { $0.low - 1 } : nil,
                netReturnHigh: isMoney ? back.map { $0.high - 1 } : nil,
                priorShare: before.mean, priorShareLow: before.low, priorShareHigh: before.high,
                learnt: width > 0 ? 1 - (share.high - share.low) / width : nil,
                laplaceContribution: quick.mean, laplaceLow: quick.low, laplaceHigh: quick.high,
                ridgeContribution: ridge?.contributions[channel])
        }
    }

    private func laplaceDraws() throws -> [[Double]] {
        let density = try MixDensity(setup.model)
        var random = Philox(seed: sampling.seed, stream: 1 << 45)
        return (0..<400).map { _ in
            let point = result.laplace.draw(&random)
            return density.reading(at: point, &random).totals(setup.model).target
        }
    }
}
