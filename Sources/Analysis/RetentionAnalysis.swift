import Foundation
import Statistics

/// How long customers with a contract stay, and what they are still worth (shifted beta geometric).
package struct RetentionAnalysis: Sendable {
    package var cohort: String?
    package var period: String?
    package var survivors: String?
    /// The last period that the fit may see.
    package var until: Int?
    /// How many periods from the start are projected.
    package var horizon = 12
    /// Customers at the start, where the file holds shares only.
    package var size: Double?
    /// What a customer pays in a period.
    package var price: Double?
    package var margin = 1.0
    /// A period's discount, such as 0.1.
    package var discount = 0.1
    package var seed: UInt64 = 1

    package init() {}

    /// Reads `table` and answers.
    package func answer(_ table: DataTable) throws(AnalysisError) -> RetentionAnswer {
        try checkOptions()
        var notes: [String] = []
        var cohorts = try RetentionCohort.read(self, table, &notes)
        try scale(&cohorts, &notes)
        let seen = cohorts.map { cohort in
            Array(cohort.survivors.prefix(1 + min(until ?? .max, cohort.survivors.count)))
        }
        guard seen.contains(where: { $0.count >= 3 }) else {
            throw .unsuitable(
                "No cohort has more than \((seen.map(\.count).max() ?? 1) - 1) periods after its "
                    + "start; two are the least that two parameters can be read from.")
        }
        let pooled = try fit(seen)
        // Young cohorts, and those that nobody has left, borrow from all together.
        let own = seen.map { $0.count >= 3 ? try? fit([$0]) : nil }
        var rows: [RetentionAnswer.Row] = []
        for index in cohorts.indices {
            if own[index] == nil {
                notes.append(
                    "\(cohorts[index].name) says too little on its own, and gets the parameters of "
                        + "all cohorts together.")
            }
            rows.append(
                row(
                    cohorts[index], seen[index].count - 1, own[index] ?? pooled,
                    UInt64(index + 1)))
        }
        let misfits = seen.indices.map { index in
            own[index].map { RetentionMisfit(seen[index], $0) }
        }
        var answer = RetentionAnswer(
            inputs: [AnalysisInput(table)],
            diagnostics: try diagnostics(seen, own, misfits.compactMap { $0 }), rows: rows,
            pooled: nil, notes: [])
        if cohorts.count > 1 {
            let all = RetentionCohort(name: "all", survivors: sum(cohorts.map(\.survivors)))
            let least = seen.map { $0.count - 1 }.min() ?? 0
            answer.pooled = row(all, least, pooled, 0)
        }
        answer.notes = notes + self.notes(answer, misfits)
        return answer
    }

    private func checkOptions() throws(AnalysisError) {
        guard (1...2000).contains(horizon) else {
            throw .unsuitable("--horizon \(horizon) must be 1 to 2000 periods.")
        }
        if let until, until < 2 {
            throw .unsuitable("--until \(until) must be at least 2 periods.")
        }
        try ReturnChecks.option(
            "--discount", discount, within: 0...10,
            "the part that a period takes off, 0 or more; 10 % is 0.1")
        try ReturnChecks.option(
            "--margin", margin, within: 0...1,
            "the part of revenue that is kept, from 0 to 1; 35 % is 0.35")
        try ReturnChecks.option(
            "--price", price, within: 0...ReturnChecks.most, "a sum of money, 0 or more")
        try ReturnChecks.option(
            "--size", size, within: 1...ReturnChecks.most, "a number of customers, 1 or more")
        guard margin == 1 || price != nil else {
            throw .unsuitable(
                "--margin is a part of the --price; say what a customer pays, or leave it out.")
        }
    }

    /// Cohorts together, as far as all of them go.
    private func sum(_ cohorts: [[Double]]) -> [Double] {
        let count = cohorts.map(\.count).min() ?? 0
        return (0..<count).map { period in cohorts.reduce(0) { $0 + $1[period] } }
    }

    private func scale(
        _ cohorts: inout [RetentionCohort], _ notes: inout [String]
    ) throws(AnalysisError) {
        let areShares = cohorts.allSatisfy { cohort in
            guard !cohort.hasSize else { return false }
            guard let first = cohort.survivors.first, first == 1 || first == 100 else {
                return false
            }
            return first == 1 || cohort.survivors.contains { $0 != $0.rounded() }
        }
        guard areShares else {
            guard size == nil else {
                throw .unsuitable(
                    "The file holds counts of customers, so their number is known: leave --size "
                        + "out. It is for files of shares, which begin with 1 or 100 %.")
            }
            return
        }
        let count = size ?? 1000
        for index in cohorts.indices {
            let first = cohorts[index].survivors[0]
            cohorts[index].survivors = cohorts[index].survivors.map { $0 / first * count }
        }
        if size == nil {
            notes.append(
                "The file holds shares. Intervals and the test of the fit are those of cohorts of "
                    + "1000; say --size for another number of customers.")
        }
    }

    private func fit(_ cohorts: [[Double]]) throws(AnalysisError) -> PositiveFit {
        guard cohorts.contains(where: { ($0.first ?? 0) > ($0.last ?? 0) }) else {
            throw .unsuitable("Nobody has left, so nothing says how long customers stay.")
        }
        do { return try RetentionModel.fit(cohorts) } catch {
            throw .unsuitable("The shifted beta geometric model found no fit to these cohorts.")
        }
    }

    /// Compares one pair of parameters with a pair for each, among cohorts that have their own.
    private func diagnostics(
        _ seen: [[Double]], _ own: [PositiveFit?], _ misfits: [RetentionMisfit]
    ) throws(AnalysisError) -> RetentionAnswer.Diagnostics {
        let known = seen.indices.filter { own[$0] != nil }
        let together = try fit(known.isEmpty ? seen : known.map { seen[$0] })
        var separate = 0.0
        for fit in own { separate += fit?.logLikelihood ?? 0 }
        let ratio = max(0, 2 * (separate - together.logLikelihood))
        let misfit = RetentionMisfit.sum(misfits)
        return RetentionAnswer.Diagnostics(
            cohorts: seen.count, periodsFitted: seen.map { $0.count - 1 }.max() ?? 0,
            pooledLogLikelihood: together.logLikelihood, separateLogLikelihood: separate,
            sameForAllPValue: known.count > 1
                ? SpecialFunctions.regularizedGamma(Double(known.count - 1), ratio / 2).upper : nil,
            deviance: misfit.deviance, degreesOfFreedom: misfit.degrees, fitPValue: misfit.pValue)
    }

    private func row(
        _ cohort: RetentionCohort, _ fitted: Int, _ fit: PositiveFit, _ stream: UInt64
    ) -> RetentionAnswer.Row {
        let model = RetentionModel(fit.estimates)
        var generator = Philox(seed: seed, stream: stream)
        let draws = fit.draws(1000, using: &generator).map { RetentionModel($0) }
        let observed = cohort.survivors.count - 1
        let size = cohort.survivors[0]
        let curve = (0...max(horizon, observed)).map { period in
            let (low, high) = Self.interval(draws.map { $0.survival(period) })
            return RetentionAnswer.Period(
                period: period, survival: model.survival(period), low: low, high: high,
                retention: period > 0 ? model.retention(period) : nil,
                observed: period <= observed ? cohort.survivors[period] / size : nil,
                isFitted: period <= fitted)
        }
        let residual = { (model: RetentionModel) in
            model.residualPeriods(tenure: observed + 1, rate: discount)
        }
        let (low, high) = Self.interval(draws.map { residual($0) ?? .infinity })
        let new = model.residualPeriods(tenure: 1, rate: discount).map { 1 + $0 / (1 + discount) }
        let worth = price.map { $0 * margin }
        let tenure = { (model: RetentionModel) in
            (0..<horizon).reduce(0) { $0 + model.survival($1) }
        }
        let tenureInterval = Self.interval(draws.map(tenure))
        return RetentionAnswer.Row(
            cohort: cohort.name, customers: size, alpha: model.alpha, beta: model.beta,
            parameters: EstimatedParameter.all(["alpha", "beta"], of: fit),
            logLikelihood: fit.logLikelihood, meanChurn: model.alpha / (model.alpha + model.beta),
            expectedTenure: model.expectedTenure, expectedTenureWithinHorizon: tenure(model),
            expectedTenureWithinHorizonLow: tenureInterval.low,
            expectedTenureWithinHorizonHigh: tenureInterval.high,
            residualPeriods: residual(model), residualPeriodsLow: low, residualPeriodsHigh: high,
            residualValue: worth.flatMap { worth in residual(model).map { worth * $0 } },
            newCustomerValue: worth.flatMap { worth in new.map { worth * $0 } },
            holdOutError: Self.holdOut(curve), isAtLimit: fit.isAtLimit, periods: curve)
    }

    private static func interval(_ draws: [Double]) -> (low: Double?, high: Double?) {
        guard !draws.isEmpty else { return (nil, nil) }
        let (low, high) = SortedSample(draws).interval(0.95)
        return (low.isFinite ? low : nil, high.isFinite ? high : nil)
    }

    /// The mean absolute error of the survival in the periods that the fit did not see.
    private static func holdOut(_ curve: [RetentionAnswer.Period]) -> Double? {
        let errors = curve.compactMap { period in
            period.isFitted ? nil : period.observed.map { abs($0 - period.survival) }
        }
        guard !errors.isEmpty else { return nil }
        return errors.reduce(0, +) / Double(errors.count)
    }

    private func notes(
        _ answer: RetentionAnswer, _ misfits: [RetentionMisfit?]
    ) -> [String] {
        var notes: [String] = []
        if let p = answer.diagnostics.sameForAllPValue {
            notes.append(
                p < 0.05
                    ? "The cohorts differ (likelihood ratio, p = \(Shown.number(p))): read them one "
                        + "by one, not together."
                    : "That the cohorts differ is not proven (likelihood ratio, p = "
                        + "\(Shown.number(p))).")
        }
        for (row, misfit) in zip(answer.rows, misfits) {
            if let note = misfit?.note(row) {
                notes.append(note)
                continue
            }
            guard row.isAtLimit else { continue }
            notes.append(
                "\(row.cohort): all customers seem to leave with the same probability, about "
                    + "\(Shown.percent(row.meanChurn)) a period; alpha and beta themselves mean "
                    + "little, and intervals are not known.")
        }
        for row in answer.rows where row.expectedTenure == nil {
            notes.append(
                "\(row.cohort): the expected tenure is not finite (alpha ≤ 1: a hard core hardly "
                    + "ever leaves). Use the tenure within the horizon.")
        }
        return notes
    }
}
