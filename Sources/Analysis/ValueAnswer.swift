import Foundation

/// What customers are worth: how they buy, what they spend, what is still to come.
package struct ValueAnswer: AnalysisAnswer {
    package var method = "BG/NBD with gamma-gamma"
    package var inputs: [AnalysisInput]
    package var diagnostics: Diagnostics
    /// The parameters by name: `r`, `alpha`, `a`, `b` and, with amounts, `p`, `q`, `gamma`.
    package var parameters: [String: Double]
    package var standardErrors: [String: Double]
    package var intervals: [String: [Double]]
    package var logLikelihood: Double
    package var spendLogLikelihood: Double?
    package var newCustomer: NewCustomer
    package var total: Total
    package var holdOut: HoldOut?
    package var cohorts: [Cohort]?
    package var rows: [Row]
    package var notes: [String]
    /// All customers, of whom `rows` shows the most valuable.
    package var everyone: [Row] = []

    enum CodingKeys: String, CodingKey {
        case method, inputs, diagnostics, parameters, standardErrors, intervals, logLikelihood
        case spendLogLikelihood, newCustomer, total, holdOut, cohorts, rows, notes
    }

    /// What the answer rests on, and how well the model fits.
    package struct Diagnostics: Sendable, Encodable, Hashable {
        package var customers: Int
        package var repeatCustomers: Int
        package var repeatPurchases: Double
        package var refundRows: Int
        package var freeRows: Int
        package var strayRefunds: Double
        package var unit: String
        package var observedUntil: String?
        package var horizon: Double
        /// Whether a parameter of either model ran to its limit.
        package var isAtLimit: Bool
        /// The same of the gamma-gamma model alone; absent without amounts.
        package var isSpendAtLimit: Bool?
        /// How strongly buying often goes with spending much; the models take it for none.
        package var correlationOfFrequencyAndSpend: Double?
        package var fit: [Fit]
    }

    /// How many customers came back so often, seen and expected; the last row is "or more".
    package struct Fit: Sendable, Encodable, Hashable {
        package var repeatPurchases: Int
        package var observed: Double
        package var expected: Double
    }

    /// What an average new customer brings.
    package struct NewCustomer: Sendable, Encodable, Hashable {
        package var expectedPurchases: Double
        package var low: Double?
        package var high: Double?
        package var firstSpend: Double?
        package var meanSpend: Double?
        package var value: Double?
        package var acquisitionCost: Double?
        /// In units of time; absent when it never pays back.
        package var payback: Double?
    }

    /// What all customers together will still bring.
    package struct Total: Sendable, Encodable, Hashable {
        package var expectedPurchases: Double
        package var low: Double?
        package var high: Double?
        package var value: Double?
        package var aliveCustomers: Double
    }

    /// How a fit up to `split` foretold what came after.
    package struct HoldOut: Sendable, Encodable, Hashable {
        package var split: String
        package var time: Double
        package var customers: Int
        package var observedPurchases: Double
        package var expectedPurchases: Double
        /// Absent where nothing came.
        package var error: Double?
        package var meanAbsoluteError: Double
        package var correlation: Double?
        package var parameters: [String: Double]
        package var byFrequency: [Group]

        /// Customers of one frequency before the split.
        package struct Group: Sendable, Encodable, Hashable {
            package var repeatPurchases: Int
            package var customers: Int
            package var observed: Double
            package var expected: Double
        }
    }

    /// Customers whose first purchase was in one month.
    package struct Cohort: Sendable, Encodable, Hashable {
        package var cohort: String
        package var customers: Int
        package var months: [Month]

        func completed(_ hasAmounts: Bool) -> Cohort {
            var result = self
            var sum = 0.0
            for index in months.indices {
                sum += months[index].revenue
                result.months[index].retention = Double(months[index].buyers) / Double(customers)
                result.months[index].cumulativeRevenuePerCustomer = sum / Double(customers)
            }
            return result
        }
    }

    /// A cohort in a month after its first.
    package struct Month: Sendable, Encodable, Hashable {
        package var month: Int
        package var buyers = 0
        package var retention = 0.0
        package var revenue = 0.0
        package var cumulativeRevenuePerCustomer = 0.0

        init(month: Int) { self.month = month }
    }

    /// One customer.
    package struct Row: Sendable, Encodable, Hashable {
        package var customer: String
        package var frequency: Double
        package var recency: Double
        package var age: Double
        package var monetaryValue: Double?
        package var probabilityAlive: Double
        package var expectedPurchases: Double
        package var expectedSpend: Double?
        package var value: Double?
    }

    package var sections: [AnswerSection] {
        var result = [
            AnswerSection.text(
                "\(diagnostics.customers) customers, \(diagnostics.repeatCustomers) of them came "
                    + "back. Expected in the next \(Shown.number(diagnostics.horizon)) "
                    + "\(diagnostics.unit)s: \(Shown.number(total.expectedPurchases)) purchases"
                    + (total.low.map { low in
                        " [\(Shown.number(low)), \(Shown.number(total.high))]"
                    } ?? "")
                    + (total.value.map { ", worth \(Shown.number($0))" } ?? "") + "."),
            .table(
                heading: ["parameter", "estimate", "standard error"],
                rows: ["r", "alpha", "a", "b", "p", "q", "gamma"].compactMap { name in
                    parameters[name].map {
                        [name, Shown.number($0), Shown.number(standardErrors[name])]
                    }
                }),
            .table(
                heading: ["repeat purchases", "customers", "expected"],
                rows: diagnostics.fit.map {
                    [
                        "\($0.repeatPurchases)", Shown.number($0.observed),
                        Shown.number($0.expected),
                    ]
                }),
        ]
        if let holdOut { result.append(Self.section(holdOut)) }
        if !rows.isEmpty { result.append(customerSection) }
        if let cohorts { result.append(Self.section(cohorts)) }
        return result + notes.map { .text($0) }
    }

    private var customerSection: AnswerSection {
        .table(
            heading: [
                "customer", "repeats", "last", "age", "alive", "expected purchases", "spend",
                "value",
            ],
            rows: rows.map {
                [
                    $0.customer, Shown.number($0.frequency), Shown.number($0.recency),
                    Shown.number($0.age), Shown.percent($0.probabilityAlive),
                    Shown.number($0.expectedPurchases), Shown.number($0.expectedSpend),
                    Shown.number($0.value),
                ]
            })
    }

    private static func section(_ holdOut: HoldOut) -> AnswerSection {
        .table(
            heading: [
                "repeats until \(holdOut.split)", "customers", "purchases after, each", "expected",
            ],
            rows: holdOut.byFrequency.map {
                [
                    "\($0.repeatPurchases)", "\($0.customers)", Shown.number($0.observed),
                    Shown.number($0.expected),
                ]
            })
    }

    private static func section(_ cohorts: [Cohort]) -> AnswerSection {
        .table(
            heading: [
                "first purchase", "customers", "bought in month 1", "2", "3", "revenue each",
            ],
            rows: cohorts.map { cohort in
                [cohort.cohort, "\(cohort.customers)"]
                    + (1...3).map { month in
                        cohort.months.count > month
                            ? Shown.percent(cohort.months[month].retention) : "–"
                    } + [Shown.number(cohort.months.last?.cumulativeRevenuePerCustomer)]
            })
    }

    package var picture: Picture? {
        let labels = diagnostics.fit.map { fit in
            fit == diagnostics.fit.last ? "\(fit.repeatPurchases)+" : "\(fit.repeatPurchases)"
        }
        return ReturnPicture.bars(
            title: "Customers by repeat purchases: seen, and expected by the model",
            labels: labels,
            series: [
                ("seen", diagnostics.fit.map(\.observed)),
                ("expected", diagnostics.fit.map(\.expected)),
            ])
    }
}
