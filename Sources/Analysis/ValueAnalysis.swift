import Foundation
import Kernel
import Statistics

/// What customers are worth (BG/NBD with gamma-gamma), from transactions or summaries.
package struct ValueAnalysis: Sendable {
    /// The unit of time.
    package enum Unit: String, Sendable, CaseIterable {
        case day, week, month

        var days: Double {
            switch self {
            case .day: 1
            case .week: 7
            case .month: 365.25 / 12
            }
        }

        /// The unit's count in a year.
        package var perYear: Double { 365.25 / days }
    }

    package var customer: String?
    package var date: String?
    package var amount: String?
    package var until: String?
    package var split: String?
    package var unit = Unit.week
    /// In units; nil means a year.
    package var horizon: Double?
    /// A year's discount, such as 0.1.
    package var discount = 0.0
    /// The part of revenue that is kept.
    package var margin = 1.0
    package var acquisitionCost: Double?
    package var top = 20

    package init() {}

    private var time: Double { horizon ?? unit.perYear.rounded() }
    /// The continuous rate of discount for a unit of time.
    private var rate: Double { log1p(discount) / unit.perYear }

    private var columns: PurchaseLedger.Columns {
        .init(customer: customer, date: date, amount: amount)
    }

    /// Reads `table` and answers.
    package func answer(_ table: DataTable) throws(AnalysisError) -> ValueAnswer {
        try checkOptions()
        let end = try day(until, "--until")
        if let customers = try ValueCustomer.summaries(table, columns) {
            guard split == nil, until == nil else {
                throw .unsuitable(
                    "\(table.name) holds summaries, not transactions: they cannot be cut at a day. "
                        + "Leave --until and --split out.")
            }
            guard !customers.isEmpty else {
                throw .unsuitable("\(table.name) has no rows below its heading.")
            }
            return try answer(customers, table, nil)
        }
        let ledger = try PurchaseLedger(table, columns, until: end)
        let customers = ledger.histories(until: ledger.end, daysPerUnit: unit.days).map(\.0)
        return try answer(customers, table, ledger)
    }

    private func checkOptions() throws(AnalysisError) {
        let most = (100 * unit.perYear).rounded()
        try ReturnChecks.option(
            "--horizon", horizon, within: Double.leastNormalMagnitude...most,
            "greater than 0, and at most a hundred years (\(ReturnChecks.short(most)) "
                + "\(unit.rawValue)s)")
        try ReturnChecks.option(
            "--discount", discount, within: 0...1,
            "the part that a year takes off, from 0 to 1; 10 % is 0.1")
        try ReturnChecks.option(
            "--margin", margin, within: 0...1,
            "the part of revenue that is kept, from 0 to 1; 35 % is 0.35")
        try ReturnChecks.option(
            "--acquisition-cost", acquisitionCost, within: 0...ReturnChecks.most,
            "0 or more, and a sum of money")
        guard top >= 0 else { throw .unsuitable("--top must not be negative.") }
    }

    /// Refuses options about money where there is none.
    private func checkMoney(_ customers: [ValueCustomer], _ table: DataTable)
        throws(AnalysisError)
    {
        guard customers.allSatisfy({ $0.mean == nil }) else { return }
        let unused =
            (acquisitionCost != nil ? ["--acquisition-cost"] : [])
            + (margin != 1 ? ["--margin"] : []) + (discount != 0 ? ["--discount"] : [])
        guard unused.isEmpty else {
            throw .unsuitable(
                "\(unused.joined(separator: ", ")) needs amounts, but \(table.name) has no column "
                    + "of them. Say with --amount which one it is, or leave the option out.")
        }
    }

    private func day(_ text: String?, _ option: String) throws(AnalysisError) -> Int? {
        guard let text else { return nil }
        guard let day = DayNumber.read(text) else {
            throw .unsuitable("\(option) \(text) is not \(DayNumber.forms).")
        }
        return day
    }

    private func answer(
        _ customers: [ValueCustomer], _ table: DataTable, _ ledger: PurchaseLedger?
    ) throws(AnalysisError) -> ValueAnswer {
        var notes: [String] = []
        try checkMoney(customers, table)
        let fit = try purchaseFit(customers.map(\.history))
        let model = PurchaseModel(fit.estimates)
        let spend = spendFit(customers, &notes)
        let spendModel = spend.map { SpendModel($0.estimates) }
        let rows = customers.map { row($0, model, spendModel) }
        let sorted = rows.indices.sorted {
            (rows[$0].value ?? rows[$0].expectedPurchases, $1)
                > (rows[$1].value ?? rows[$1].expectedPurchases, $0)
        }
        var answer = ValueAnswer(
            inputs: [AnalysisInput(table)],
            diagnostics: diagnostics(customers, model, fit, spend, ledger), parameters: [:],
            standardErrors: [:], intervals: [:], logLikelihood: fit.logLikelihood,
            spendLogLikelihood: spend?.logLikelihood,
            newCustomer: newCustomer(customers, fit, spendModel), total: total(rows, fit),
            holdOut: nil, cohorts: ledger?.cohorts(), rows: sorted.prefix(top).map { rows[$0] },
            notes: [])
        if spend == nil { answer.method = "BG/NBD" }
        answer.add(EstimatedParameter.all(["r", "alpha", "a", "b"], of: fit))
        if let spend { answer.add(EstimatedParameter.all(["p", "q", "gamma"], of: spend)) }
        if let ledger { answer.holdOut = try holdOut(ledger) }
        answer.notes = notes + self.notes(answer)
        answer.everyone = rows
        return answer
    }

    private func purchaseFit(_ histories: [PurchaseHistory]) throws(AnalysisError) -> PositiveFit {
        guard histories.contains(where: { $0.frequency > 0 }) else {
            throw .unsuitable(
                "No customer bought on a second day, so nothing says how often they come back or "
                    + "when they leave. Use more months of transactions.")
        }
        do { return try PurchaseModel.fit(histories) } catch {
            throw .unsuitable("The BG/NBD model found no fit to these customers.")
        }
    }

    private func spendFit(_ customers: [ValueCustomer], _ notes: inout [String]) -> PositiveFit? {
        guard customers.contains(where: { $0.mean != nil }) else {
            notes.append("There is no column of amounts, so purchases are counted, not valued.")
            return nil
        }
        let spendings = customers.compactMap { customer -> SpendModel.Spending? in
            guard let mean = customer.mean, mean > 0, customer.history.frequency > 0 else {
                return nil
            }
            return .init(count: customer.history.frequency, mean: mean)
        }
        guard spendings.count >= 3, let fit = try? SpendModel.fit(spendings) else {
            notes.append("Too few customers came back and paid to model what they spend.")
            return nil
        }
        if fit.estimates[1] <= 1 {
            notes.append(
                "Spending varies so much between customers that its mean is not finite (q ≤ 1): "
                    + "new customers get the mean of those seen.")
        }
        return fit
    }

    private func row(
        _ customer: ValueCustomer, _ model: PurchaseModel, _ spend: SpendModel?
    ) -> ValueAnswer.Row {
        let history = customer.history
        let expected = model.expectedPurchases(in: time, given: history)
        let mean = spend.flatMap {
            $0.expectedMean(count: history.frequency, mean: customer.mean ?? 0)
        }
        let discounted =
            rate == 0
            ? expected : model.discountedPurchases(in: time, rate: rate, given: history)
        return ValueAnswer.Row(
            customer: customer.name, frequency: history.frequency, recency: history.recency,
            age: history.age, monetaryValue: customer.mean,
            probabilityAlive: model.probabilityAlive(history), expectedPurchases: expected,
            expectedSpend: mean, value: mean.map { margin * $0 * discounted })
    }

    private func diagnostics(
        _ customers: [ValueCustomer], _ model: PurchaseModel, _ fit: PositiveFit,
        _ spend: PositiveFit?, _ ledger: PurchaseLedger?
    ) -> ValueAnswer.Diagnostics {
        // A million: amounts that differ by less than a thousandth say no more than that.
        let isSpendAtLimit = spend.map {
            $0.isAtLimit || $0.estimates[0] > 1e6 || $0.estimates[1] > 1e6
        }
        let returned = customers.filter { $0.history.frequency > 0 }
        var sum = 0.0
        for customer in customers { sum += customer.history.frequency }
        let paying = returned.compactMap { customer in
            customer.mean.map { (customer.history.frequency, $0) }
        }
        return ValueAnswer.Diagnostics(
            customers: customers.count, repeatCustomers: returned.count, repeatPurchases: sum,
            refundRows: ledger?.refundRows ?? 0, freeRows: ledger?.freeRows ?? 0,
            strayRefunds: ledger?.strayRefunds ?? 0, unit: unit.rawValue,
            observedUntil: ledger.map { DayNumber.text($0.end) }, horizon: time,
            isAtLimit: fit.isAtLimit || isSpendAtLimit ?? false, isSpendAtLimit: isSpendAtLimit,
            correlationOfFrequencyAndSpend: Correlation.of(paying.map(\.0), paying.map(\.1)),
            fit: counts(customers.map(\.history), model))
    }

    /// How many customers came back 0, 1, …, 6 times, and 7 times or more.
    private func counts(
        _ histories: [PurchaseHistory], _ model: PurchaseModel
    ) -> [ValueAnswer.Fit] {
        let most = 7
        var seen = Array(repeating: 0.0, count: most + 1)
        var ages: [Double: Double] = [:]
        for history in histories {
            seen[Int(min(Double(most), history.frequency))] += 1
            ages[history.age, default: 0] += 1
        }
        var expected = Array(repeating: 0.0, count: most + 1)
        for (age, count) in ages.sorted(by: { $0.key < $1.key }) {
            let shares = model.probabilities(upTo: most - 1, in: age)
            var rest = 1.0
            for (index, share) in shares.enumerated() {
                expected[index] += count * share
                rest -= share
            }
            expected[most] += count * max(0, rest)
        }
        return (0...most).map {
            ValueAnswer.Fit(repeatPurchases: $0, observed: seen[$0], expected: expected[$0])
        }
    }
}

extension ValueAnalysis {
    private func newCustomer(
        _ customers: [ValueCustomer], _ fit: PositiveFit, _ spend: SpendModel?
    ) -> ValueAnswer.NewCustomer {
        let model = PurchaseModel(fit.estimates)
        let expected = model.expectedPurchases(in: time)
        let error = fit.standardError { PurchaseModel($0).expectedPurchases(in: time) }
        let firsts = customers.compactMap(\.first)
        let seen = customers.filter { $0.history.frequency > 0 }.compactMap(\.mean)
        let mean = spend == nil ? nil : spend?.mean ?? average(seen)
        let first = average(firsts) ?? mean
        let fresh = PurchaseHistory(frequency: 0, recency: 0, age: 0)
        func worth(_ time: Double) -> Double? {
            guard let mean, let first else { return nil }
            return margin
                * (first + mean * model.discountedPurchases(in: time, rate: rate, given: fresh))
        }
        return ValueAnswer.NewCustomer(
            expectedPurchases: expected, low: error.map { max(0, expected - 1.96 * $0) },
            high: error.map { expected + 1.96 * $0 }, firstSpend: first, meanSpend: mean,
            value: worth(time), acquisitionCost: acquisitionCost,
            payback: acquisitionCost.flatMap { payback($0, worth) })
    }

    /// When the margin has repaid `cost`, within ten years.
    private func payback(_ cost: Double, _ worth: (Double) -> Double?) -> Double? {
        guard let now = worth(0), let latest = worth(10 * unit.perYear), latest >= cost else {
            return nil
        }
        if now >= cost { return 0 }
        var (low, high) = (0.0, 10 * unit.perYear)
        for _ in 0..<50 {
            let middle = (low + high) / 2
            if (worth(middle) ?? 0) < cost { low = middle } else { high = middle }
        }
        return high
    }

    private func average(_ values: [Double]) -> Double? {
        guard !values.isEmpty else { return nil }
        var sum = 0.0
        for value in values { sum += value }
        return sum / Double(values.count)
    }

    private func total(_ rows: [ValueAnswer.Row], _ fit: PositiveFit) -> ValueAnswer.Total {
        var (purchases, worth, alive) = (0.0, 0.0, 0.0)
        for row in rows {
            purchases += row.expectedPurchases
            worth += row.value ?? 0
            alive += row.probabilityAlive
        }
        // Of many customers every n-th is enough to see how the sum follows the parameters.
        let stride = max(1, rows.count / 5000)
        let sample = Swift.stride(from: 0, to: rows.count, by: stride).map { rows[$0] }
        let error = fit.standardError { parameters in
            let model = PurchaseModel(parameters)
            var sum = 0.0
            for row in sample {
                sum += model.expectedPurchases(
                    in: time,
                    given: .init(frequency: row.frequency, recency: row.recency, age: row.age))
            }
            return sum * Double(rows.count) / Double(max(1, sample.count))
        }
        return ValueAnswer.Total(
            expectedPurchases: purchases, low: error.map { max(0, purchases - 1.96 * $0) },
            high: error.map { purchases + 1.96 * $0 },
            value: rows.contains { $0.value != nil } ? worth : nil, aliveCustomers: alive)
    }

    private func holdOut(_ ledger: PurchaseLedger) throws(AnalysisError) -> ValueAnswer.HoldOut? {
        guard let day = try day(split, "--split") else { return nil }
        guard day < ledger.end else {
            throw .unsuitable(
                "--split \(DayNumber.text(day)) must lie before the end of the data, "
                    + "\(DayNumber.text(ledger.end)).")
        }
        let before = ledger.histories(until: day, daysPerUnit: unit.days)
        guard !before.isEmpty else {
            throw .unsuitable(
                "--split \(DayNumber.text(day)) lies before the first purchase. Say a later day.")
        }
        let fit = try purchaseFit(before.map(\.0.history))
        let model = PurchaseModel(fit.estimates)
        let time = Double(ledger.end - day) / unit.days
        let seen = before.map { entry in
            Double(ledger.purchases[entry.number].reversed().prefix { $0.day > day }.count)
        }
        let expected = before.map { model.expectedPurchases(in: time, given: $0.0.history) }
        var (sumSeen, sumExpected, sumError) = (0.0, 0.0, 0.0)
        var groups = (0...7).map {
            ValueAnswer.HoldOut.Group(repeatPurchases: $0, customers: 0, observed: 0, expected: 0)
        }
        for index in before.indices {
            sumSeen += seen[index]
            sumExpected += expected[index]
            sumError += abs(seen[index] - expected[index])
            let group = Int(min(7, before[index].0.history.frequency))
            groups[group].customers += 1
            groups[group].observed += seen[index]
            groups[group].expected += expected[index]
        }
        for index in groups.indices where groups[index].customers > 0 {
            groups[index].observed /= Double(groups[index].customers)
            groups[index].expected /= Double(groups[index].customers)
        }
        let names = ["r", "alpha", "a", "b"]
        return ValueAnswer.HoldOut(
            split: DayNumber.text(day), time: time, customers: before.count,
            observedPurchases: sumSeen, expectedPurchases: sumExpected,
            error: sumSeen > 0 ? sumExpected / sumSeen - 1 : nil,
            meanAbsoluteError: sumError / Double(max(1, before.count)),
            correlation: Correlation.of(seen, expected),
            parameters: Dictionary(uniqueKeysWithValues: zip(names, fit.estimates)),
            byFrequency: groups.filter { $0.customers > 0 })
    }
}
