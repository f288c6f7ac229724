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
        guard discount >= 0, horizon > 0 else {
            throw .unsuitable("--discount must not be negative, and --horizon at least 1.")
        }
        var notes: [String] = []
        var cohorts = try RetentionCohort.read(self, table, &notes)
        scale(&cohorts, &notes)
        let seen = cohorts.map { cohort in
            Array(cohort.survivors.prefix(1 + (until ?? cohort.survivors.count)))
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
        var answer = RetentionAnswer(
            inputs: [AnalysisInput(table)],
            diagnostics: try diagnostics(seen, own), rows: rows, pooled: nil, notes: [])
        if cohorts.count > 1 {
            let all = RetentionCohort(name: "all", survivors: sum(cohorts.map(\.survivors)))
            let least = seen.map { $0.count - 1 }.min() ?? 0
            answer.pooled = row(all, least, pooled, 0)
        }
        answer.notes = notes + self.notes(answer)
        return answer
    }

    /// Cohorts together, as far as all of them go.
    private func sum(_ cohorts: [[Double]]) -> [Double] {
        let count = cohorts.map(\.count).min() ?? 0
        return (0..<count).map { period in cohorts.reduce(0) { $0 + $1[period] } }
    }

    private func scale(_ cohorts: inout [RetentionCohort], _ notes: inout [String]) {
        let areShares = cohorts.allSatisfy { cohort in
            guard let first = cohort.survivors.first, first == 1 || first == 100 else {
                return false
            }
            return first == 1 || cohort.survivors.contains { $0 != $0.rounded() }
        }
        guard areShares || size != nil else { return }
        let count = size ?? 1000
        for index in cohorts.indices {
            let first = cohorts[index].survivors[0]
            cohorts[index].survivors = cohorts[index].survivors.map { $0 / first * count }
        }
        if size == nil {
            notes.append(
                "The file holds shares. Intervals are those of cohorts of 1000; say --size for "
                    + "another number of customers.")
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
        _ seen: [[Double]], _ own: [PositiveFit?]
    ) throws(AnalysisError) -> RetentionAnswer.Diagnostics {
        let known = seen.indices.filter { own[$0] != nil }
        let together = try fit(known.isEmpty ? seen : known.map { seen[$0] })
        var separate = 0.0
        for fit in own { separate += fit?.logLikelihood ?? 0 }
        let ratio = max(0, 2 * (separate - together.logLikelihood))
        return RetentionAnswer.Diagnostics(
            cohorts: seen.count, periodsFitted: seen.map { $0.count - 1 }.max() ?? 0,
            pooledLogLikelihood: together.logLikelihood, separateLogLikelihood: separate,
            sameForAllPValue: known.count > 1
                ? GammaFunctions.chiSquareTail(ratio, evenDegrees: 2 * (known.count - 1)) : nil)
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
        let sorted = draws.sorted()
        let (low, high) = (sorted[draws.count / 40], sorted[draws.count - 1 - draws.count / 40])
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

    private func notes(_ answer: RetentionAnswer) -> [String] {
        var notes: [String] = []
        if let p = answer.diagnostics.sameForAllPValue {
            notes.append(
                p < 0.05
                    ? "The cohorts differ (likelihood ratio, p = \(Shown.number(p))): read them one "
                        + "by one, not together."
                    : "That the cohorts differ is not proven (likelihood ratio, p = "
                        + "\(Shown.number(p))).")
        }
        for row in answer.rows where row.isAtLimit {
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

/// A cohort's customers who are left, period by period from the start.
struct RetentionCohort: Sendable {
    var name: String
    var survivors: [Double]

    static let cohorts = ["cohort", "segment", "group", "plan", "name", "start", "acquired"]
    static let periods = [
        "period", "year", "month", "week", "day", "t", "time", "age", "tenure", "renewal",
        "renewals", "periods",
    ]
    static let counts = [
        "survivors", "active", "customers", "retained", "alive", "survival", "remaining", "count",
        "subscribers", "users", "n", "members", "retention", "share", "percent", "value",
    ]

    /// Reads cohorts in the long form, in the wide form with a row for each cohort, or with a column
    /// for each.
    static func read(
        _ analysis: RetentionAnalysis, _ table: DataTable, _ notes: inout [String]
    ) throws(AnalysisError) -> [RetentionCohort] {
        let name = try table.column(analysis.cohort, usual: cohorts, option: "--cohort")
        let period = try table.column(
            analysis.period, usual: periods.filter { $0 != name.map { table.headings[$0] } },
            option: "--period")
        let count = try table.column(analysis.survivors, usual: counts, option: "--survivors")
        guard table.rowCount > 0 else {
            throw .unsuitable("\(table.name) has no rows below its heading.")
        }
        if let period, period != name {
            if let count { return try long(table, name, period, count, &notes) }
            return try columns(table, name, period, &notes)
        }
        return try wide(table, name)
    }

    private static func long(
        _ table: DataTable, _ name: Int?, _ period: Int, _ count: Int, _ notes: inout [String]
    ) throws(AnalysisError) -> [RetentionCohort] {
        let names = name.map { table.texts($0) } ?? (0..<table.rowCount).map { _ in "all" }
        let periods = try periodNumbers(table, period)
        let counts = try shares(table, count)
        var order: [String] = []
        var cells: [String: [(period: Int, count: Double, row: Int)]] = [:]
        for row in names.indices {
            guard let count = counts[row] else { continue }
            if cells[names[row]] == nil { order.append(names[row]) }
            cells[names[row], default: []].append((periods[row], count, row))
        }
        var result: [RetentionCohort] = []
        for name in order {
            let sorted = (cells[name] ?? []).sorted { $0.period < $1.period }
            for (index, cell) in sorted.enumerated() where cell.period != sorted[0].period + index {
                throw .badCell(
                    row: table.fileRow(cell.row), column: table.headings[period],
                    text: "\(cell.period)",
                    remedy: "leaves a gap or comes twice in cohort \(name); every period needs "
                        + "one row.")
            }
            if let first = sorted.first?.period, first != 0, order.first == name {
                notes.append("Period \(first), the first in the file, is taken for the start.")
            }
            result.append(
                try checked(name, sorted.map { ($0.count, $0.row) }, table, count))
        }
        return result
    }

    private static func columns(
        _ table: DataTable, _ name: Int?, _ period: Int, _ notes: inout [String]
    ) throws(AnalysisError) -> [RetentionCohort] {
        let periods = try periodNumbers(table, period)
        let order = periods.indices.sorted { periods[$0] < periods[$1] }
        if let first = order.first, periods[first] != 0 {
            notes.append("Period \(periods[first]), the first in the file, is taken for the start.")
        }
        var result: [RetentionCohort] = []
        for column in table.headings.indices where column != period && column != name {
            let counts = try shares(table, column)
            let cells = order.compactMap { row in counts[row].map { ($0, row) } }
            result.append(try checked(table.headings[column], cells, table, column))
        }
        guard !result.isEmpty else {
            throw .noColumn(
                wanted: "survivors", present: table.headings,
                hint: "Say with --survivors which one counts the customers who are left.")
        }
        return result
    }

    private static func wide(
        _ table: DataTable, _ name: Int?
    ) throws(AnalysisError) -> [RetentionCohort] {
        let numbered = table.headings.indices.compactMap { column in
            column == name ? nil : number(table.headings[column]).map { (column, $0) }
        }.sorted { $0.1 < $1.1 }
        guard numbered.count >= 3 else {
            throw .noColumn(
                wanted: "period", present: table.headings,
                hint: "Give a column of periods (--period) and one of survivors (--survivors), or "
                    + "a column for each period, named 0, 1, 2 and so on.")
        }
        let names = name.map { table.texts($0) }
        let counts = try numbered.map { column throws(AnalysisError) in
            try shares(table, column.0)
        }
        var result: [RetentionCohort] = []
        for row in 0..<table.rowCount {
            var cells: [(Double, Int)] = []
            for column in counts.indices {
                guard let count = counts[column][row] else { break }
                cells.append((count, row))
            }
            result.append(
                try checked(names?[row] ?? "row \(row + 1)", cells, table, numbered[0].0))
        }
        return result
    }

    private static func checked(
        _ name: String, _ cells: [(count: Double, row: Int)], _ table: DataTable, _ column: Int
    ) throws(AnalysisError) -> RetentionCohort {
        for (index, cell) in cells.enumerated() {
            let isFirst = index == 0
            let isGood =
                isFirst ? cell.count > 0 : cell.count >= 0 && cell.count <= cells[index - 1].count
            guard isGood else {
                throw .badCell(
                    row: table.fileRow(cell.row), column: table.headings[column],
                    text: Shown.number(cell.count),
                    remedy: isFirst
                        ? "starts cohort \(name), which needs somebody."
                        : "is more than the period before in cohort \(name). Wanted are those of "
                            + "the start who are still there, without any who came back.")
            }
        }
        return RetentionCohort(name: name, survivors: cells.map(\.count))
    }

    /// The whole number that `3`, `period 3`, `year_3` or `M3` ends with.
    private static func number(_ text: String) -> Int? {
        let digits = text.reversed().prefix { $0.isASCII && $0.isNumber }
        guard !digits.isEmpty, digits.count < 6 else { return nil }
        let rest = text.dropLast(digits.count).trimmingCharacters(in: .whitespaces)
        guard rest.allSatisfy({ $0.isLetter || $0 == " " || $0 == "_" || $0 == "-" || $0 == "+" })
        else { return nil }
        return Int(String(digits.reversed()))
    }

    private static func periodNumbers(
        _ table: DataTable, _ column: Int
    ) throws(AnalysisError) -> [Int] {
        var result: [Int] = []
        for (row, text) in table.texts(column).enumerated() {
            guard let number = number(text) else {
                throw .badCell(
                    row: table.fileRow(row), column: table.headings[column], text: text,
                    remedy: "is not the number of a period: 0 for the start, then 1, 2 and so on.")
            }
            result.append(number)
        }
        return result
    }

    /// Numbers, with or without a percent sign; nil where nothing is written.
    private static func shares(
        _ table: DataTable, _ column: Int
    ) throws(AnalysisError) -> [Double?] {
        var result: [Double?] = []
        for (row, text) in table.texts(column).enumerated() {
            let plain =
                text.hasSuffix("%")
                ? text.dropLast().trimmingCharacters(in: .whitespaces) : text
            if plain.isEmpty || ["NA", "NaN", "-", "–"].contains(plain) {
                result.append(nil)
            } else if let number = table.style.number(plain) {
                result.append(number)
            } else {
                throw .badCell(
                    row: table.fileRow(row), column: table.headings[column], text: text,
                    remedy: "is not a number of customers.")
            }
        }
        return result
    }
}
