import Foundation
import Statistics

/// Reads what each channel brought from a history of spend and target.
package struct MixAnalysis: Sendable {
    package var configuration: MixConfiguration
    /// How many draws each chain keeps; chosen when nil.
    package var draws: Int?
    package var chains = 4
    package var seed: UInt64 = 1
    /// Hears how far the work is, from 0 to 1.
    package var progress: @Sendable (Double) -> Void = { _ in }

    package init(_ configuration: MixConfiguration) { self.configuration = configuration }

    /// The answer for the rows of `table`.
    package func answer(_ table: DataTable) async throws -> MixAnswer {
        let data = try MixData(table, configuration)
        let setup = try MixSetup(data, configuration)
        guard (1...64).contains(chains) else {
            throw AnalysisError.unsuitable("--chains must be 1 to 64; 4 is usual.")
        }
        guard draws.map({ (20...100_000).contains($0) }) ?? true else {
            throw AnalysisError.unsuitable("--draws must be 20 to 100000; 1500 is usual.")
        }
        var sampling = MixSampling(setup.model)
        sampling.chains = chains
        sampling.seed = seed
        sampling.progress = progress
        sampling.settings.acceptance = 0.9
        sampling.settings.draws = draws ?? (setup.model.isPooled ? 500 : 1500)
        sampling.settings.warmUp = max(300, min(1000, sampling.settings.draws / 2))
        do {
            let laplace = try await sampling.laplace()
            var result = try await sampling.run(laplace)
            var report = MixReport(setup, configuration, sampling, result)
            if !report.isSound {
                sampling.settings.draws *= 2
                sampling.settings.warmUp = max(1000, sampling.settings.warmUp * 2)
                sampling.settings.acceptance = 0.95
                result = try await sampling.run(laplace)
                report = MixReport(setup, configuration, sampling, result)
                report.isExtended = true
            }
            let holdout = try await holdout(setup)
            return try await report.answer(inputs(table), holdout)
        } catch is NumericsError {
            throw AnalysisError.unsuitable(
                "The model could not be computed: two columns may say exactly the same, or values "
                    + "are extreme. Look at channels and controls, and leave one out.")
        }
    }

    private func inputs(_ table: DataTable) -> [AnalysisInput] {
        [AnalysisInput(table), AnalysisInput(configuration)]
    }

    /// Fits without the last periods, and foretells them.
    private func holdout(_ setup: MixSetup) async throws -> MixAnswer.Holdout? {
        let count = configuration.holdout
        guard count > 0 else { return nil }
        let periods = setup.data.grid.times.count
        guard count <= periods / 2 else {
            throw AnalysisError.unsuitable(
                "\(configuration.name), key holdout: of \(periods) periods at most half can be "
                    + "held out.")
        }
        let shorter = setup.holding(out: count)
        var sampling = MixSampling(shorter)
        sampling.seed = seed
        let fit = try await sampling.laplace()
        var random = Philox(seed: seed, stream: 1 << 41)
        let reading = try MixDensity(shorter).reading(at: fit.mode, &random, isMean: true)
        var (seen, told) = ([Double](), [Double]())
        for (index, place) in setup.model.places.enumerated() {
            let expected = reading.expected(index, shorter)
            for row in max(0, periods - count)..<periods where !place.hidden.contains(row) {
                seen.append(place.target[row] * place.scale)
                told.append(expected[row] * place.scale)
            }
        }
        let figures = MixReport.fit(seen, told)
        return MixAnswer.Holdout(
            periods: count, mape: figures.mape, rSquared: figures.rSquared,
            method: "posterior mode of the shorter history")
    }
}

extension AnalysisInput {
    /// A MODEL.yaml, with its lines as rows.
    init(_ configuration: MixConfiguration) {
        file = configuration.name
        sha256 = configuration.digest
        rows = configuration.lines
    }
}
