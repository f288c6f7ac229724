import Statistics

extension MixReport {
    /// Each test beside what the fit says of it, and beside what the data say without any test.
    func calibration() async throws -> [MixAnswer.Calibration]? {
        guard !setup.tests.isEmpty else { return nil }
        let draws = result.chains.flatMap(\.draws)
        let count = min(400, draws.count)
        let implied = try implied((0..<count).map { draws[$0 * draws.count / count] })
        var bare = setup.model
        bare.calibrations = []
        var sampling = MixSampling(bare)
        sampling.seed = self.sampling.seed
        let fit = try await sampling.laplace()
        var random = Philox(seed: sampling.seed, stream: 1 << 46)
        let alone = try self.implied((0..<1000).map { _ in fit.draw(&random) })
        return setup.tests.enumerated().map { index, test in
            Self.compared(test, implied.map { $0[index] }, SortedSample(alone.map { $0[index] }))
        }
    }

    private func implied(_ points: [[Double]]) throws -> [[Double]] {
        let density = try MixDensity(setup.model)
        return points.map { density.implied(at: $0) }
    }

    private static func compared(
        _ test: MixConfiguration.Calibration, _ implied: [Double], _ alone: SortedSample
    ) -> MixAnswer.Calibration {
        let span = MixSpan(implied, isPositive: false)
        let middle = alone.median
        let (low, high) = (alone.quantile(0.025), alone.quantile(0.975))
        let side = (test.lift > middle ? high - middle : middle - low) / 1.96
        func z(_ said: Double, _ deviation: Double) -> Double {
            let both = test.deviation * test.deviation + deviation * deviation
            return (said - test.lift) / both.squareRoot()
        }
        var found = MixAnswer.Calibration(
            channel: test.channel, place: test.place, measured: test.lift,
            measuredSd: test.deviation, implied: span.mean, impliedSd: span.deviation,
            z: z(span.mean, span.deviation), untested: middle, untestedLow: low,
            untestedHigh: high, untestedZ: z(middle, side))
        switch test.measure {
        case .step(let x, let delta): (found.x, found.deltaX) = (x, delta)
        case .days(let from, let to):
            (found.start, found.end) = (DayNumber.text(from), DayNumber.text(to))
        }
        return found
    }

    /// Tests that the fit contradicts, and tests that nothing came of.
    func calibrationNotes(_ answer: MixAnswer) -> [String] {
        var notes: [String] = []
        for test in answer.calibration ?? [] where max(abs(test.z), abs(test.untestedZ)) > 2 {
            let said =
                abs(test.z) > 2
                ? "the fit says \(Wording.number(test.implied)) (s.d. "
                    + "\(Wording.number(test.impliedSd)))"
                : "the data without tests say \(Wording.number(test.untested)) (95 % interval "
                    + "\(Wording.number(test.untestedLow)) … "
                    + "\(Wording.number(test.untestedHigh)))"
            notes.append(
                "The lift test of \(test.test) says \(Wording.number(test.measured)) (s.d. "
                    + "\(Wording.number(test.measuredSd))), but \(said): controls or the kind of "
                    + "the curve are wrong, or the test's unit is.")
        }
        for (test, calibration) in zip(answer.calibration ?? [], setup.model.calibrations) {
            guard case .rows(let ranges) = calibration.measure else { continue }
            let open = zip(setup.model.places, ranges).reduce(0) { sum, part in
                sum + part.0.hidden.count { part.1.contains($0) }
            }
            guard open > 0 else { continue }
            notes.append(
                "The lift test of \(test.test) covers \(open == 1 ? "1 period" : "\(open) periods") "
                    + "without a target; what the "
                    + "channel brought there does not count, so the test says too much of the "
                    + "others. Fill them in, or leave it out.")
        }
        let unused = configuration.calibrations.map(\.channel).filter { name in
            !setup.tests.contains { $0.channel == name }
        }
        if !unused.isEmpty {
            notes.append(
                "Lift tests of channels that were left out say nothing: "
                    + Set(unused).sorted().joined(separator: ", ") + ".")
        }
        return notes
    }
}
