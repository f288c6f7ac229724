/// How long customers stay, cohort by cohort.
package struct RetentionAnswer: AnalysisAnswer {
    package var method = "shifted beta geometric"
    package var inputs: [AnalysisInput]
    package var diagnostics: Diagnostics
    package var rows: [Row]
    /// All cohorts with the same parameters; only where there are several.
    package var pooled: Row?
    package var notes: [String]

    enum CodingKeys: String, CodingKey { case method, inputs, diagnostics, rows, pooled, notes }

    /// What the answer rests on.
    package struct Diagnostics: Sendable, Encodable, Hashable {
        package var cohorts: Int
        package var periodsFitted: Int
        package var pooledLogLikelihood: Double
        package var separateLogLikelihood: Double
        /// How surprising the cohorts would be if one pair of parameters held for all.
        package var sameForAllPValue: Double?
        /// The deviance of cohorts with fits of their own from a retention for each period (χ²).
        package var deviance: Double
        package var degreesOfFreedom: Int
        /// How surprising that would be if the model held; absent without degrees of freedom.
        package var fitPValue: Double?
    }

    /// One cohort.
    package struct Row: Sendable, Encodable, Hashable {
        package var cohort: String
        package var customers: Double
        package var alpha: Double
        package var beta: Double
        package var parameters: [EstimatedParameter]
        package var logLikelihood: Double
        /// The probability that a new customer leaves after the first period.
        package var meanChurn: Double
        /// Absent where it is not finite.
        package var expectedTenure: Double?
        package var expectedTenureWithinHorizon: Double
        package var expectedTenureWithinHorizonLow: Double?
        package var expectedTenureWithinHorizonHigh: Double?
        /// Discounted periods still expected of a customer who was there in the last period seen.
        package var residualPeriods: Double?
        package var residualPeriodsLow: Double?
        package var residualPeriodsHigh: Double?
        package var residualValue: Double?
        package var newCustomerValue: Double?
        /// The mean absolute error of the survival in periods that the fit did not see.
        package var holdOutError: Double?
        package var isAtLimit: Bool
        package var periods: [Period]
    }

    /// A cohort after a number of periods.
    package struct Period: Sendable, Encodable, Hashable {
        package var period: Int
        package var survival: Double
        package var low: Double?
        package var high: Double?
        package var retention: Double?
        package var observed: Double?
        package var isFitted: Bool
    }

    package var sections: [AnswerSection] {
        var result: [AnswerSection] = [
            .table(
                heading: [
                    "cohort", "customers", "alpha", "beta", "leave first", "tenure in horizon",
                    "still to come", "95 % from", "to",
                ],
                rows: (rows + (pooled.map { [$0] } ?? [])).map {
                    [
                        $0.cohort, Shown.number($0.customers), Shown.number($0.alpha),
                        Shown.number($0.beta), Shown.percent($0.meanChurn),
                        Shown.number($0.expectedTenureWithinHorizon),
                        Shown.number($0.residualPeriods), Shown.number($0.residualPeriodsLow),
                        Shown.number($0.residualPeriodsHigh),
                    ]
                })
        ]
        for row in rows {
            result.append(.text(row.cohort))
            result.append(
                .table(
                    heading: ["period", "seen", "expected", "95 % from", "to", "stay"],
                    rows: row.periods.map {
                        [
                            "\($0.period)", Shown.percent($0.observed), Shown.percent($0.survival),
                            Shown.percent($0.low), Shown.percent($0.high),
                            Shown.percent($0.retention),
                        ]
                    }))
        }
        return result + notes.map { .text($0) }
    }

    package var picture: Picture? {
        ReturnPicture.lines(
            title: "Customers who are left: seen (dots) and expected (lines)", unit: "period",
            series: rows.map { row in
                ReturnPicture.Line(
                    name: row.cohort,
                    points: row.periods.map { (Double($0.period), $0.survival) },
                    dots: row.periods.compactMap { period in
                        period.observed.map { (Double(period.period), $0) }
                    })
            })
    }
}
