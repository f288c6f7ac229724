import Foundation
import Kernel
import Statistics

extension ValueAnalysis {
    /// What a reader of the answer must know.
    func notes(_ answer: ValueAnswer) -> [String] {
        var notes: [String] = []
        let diagnostics = answer.diagnostics
        let isSpendAtLimit = diagnostics.isSpendAtLimit ?? false
        if isSpendAtLimit {
            notes.append(
                "The gamma-gamma model of amounts ran to its limit, since amounts hardly differ "
                    + "within or between customers: p, q and gamma mean little, and the mean "
                    + "amount says all.")
        }
        if diagnostics.isAtLimit && !isSpendAtLimit || answer.standardErrors["a"] == nil {
            notes.append(
                "The data do not pin the parameters down (one ran to its limit or the likelihood is "
                    + "flat): read sums, not single customers, and use more customers or months.")
        }
        if let correlation = diagnostics.correlationOfFrequencyAndSpend, abs(correlation) > 0.3 {
            notes.append(
                "Customers who buy often spend "
                    + (correlation > 0 ? "more" : "less")
                    + " at a time (correlation \(Shown.number(correlation))); the gamma-gamma model "
                    + "takes the two for independent, so values are biased.")
        }
        if diagnostics.refundRows > 0 {
            notes.append(
                "\(diagnostics.refundRows) rows with negative amounts are refunds: no purchases, "
                    + "but they are taken off the customer's latest purchase before them."
                    + (diagnostics.strayRefunds > 0
                        ? " \(Shown.number(diagnostics.strayRefunds)) had no purchase before it "
                            + "and is left out." : ""))
        }
        if diagnostics.freeRows > 0 {
            notes.append(
                "\(diagnostics.freeRows) rows with an amount of 0 count as purchases that brought "
                    + "nothing; take them out if they are none.")
        }
        if diagnostics.repeatCustomers < 100 {
            notes.append(
                "Only \(diagnostics.repeatCustomers) customers came back: intervals are wide.")
        }
        if acquisitionCost != nil, answer.newCustomer.value != nil,
            answer.newCustomer.payback == nil
        {
            notes.append("A new customer does not repay the acquisition cost within ten years.")
        }
        if let holdOut = answer.holdOut {
            notes.append(
                "After \(holdOut.split) the model expected "
                    + "\(Shown.number(holdOut.expectedPurchases)) purchases, and "
                    + "\(Shown.number(holdOut.observedPurchases)) came"
                    + "\(holdOut.error.map { " (\(Shown.percent($0)))" } ?? "").")
        }
        if margin == 1, answer.total.value != nil {
            notes.append("Values are revenue; say --margin for what is kept of it.")
        }
        return notes
    }
}

extension ValueAnswer {
    mutating func add(_ estimated: [EstimatedParameter]) {
        for parameter in estimated {
            parameters[parameter.name] = parameter.estimate
            standardErrors[parameter.name] = parameter.standardError
            if let low = parameter.low, let high = parameter.high {
                intervals[parameter.name] = [low, high]
            }
        }
    }

    /// All customers as a CSV file.
    package var customersFile: String {
        var text =
            "customer,frequency,recency,age,monetary_value,probability_alive,"
            + "expected_purchases,expected_spend,value\n"
        for row in everyone {
            let numbers = [
                row.frequency, row.recency, row.age, row.monetaryValue, row.probabilityAlive,
                row.expectedPurchases, row.expectedSpend, row.value,
            ]
            text += CSVText.line([row.customer] + numbers.map { $0.map { "\($0)" } ?? "" })
        }
        return text
    }
}

/// Pearson's coefficient of correlation.
enum Correlation {
    /// Nil where one side does not vary.
    static func of(_ x: [Double], _ y: [Double]) -> Double? {
        guard x.count == y.count, x.count > 2 else { return nil }
        let (meanX, meanY) = (
            x.reduce(0, +) / Double(x.count), y.reduce(0, +) / Double(y.count)
        )
        var (xx, yy, xy) = (0.0, 0.0, 0.0)
        for (a, b) in zip(x, y) {
            xx += (a - meanX) * (a - meanX)
            yy += (b - meanY) * (b - meanY)
            xy += (a - meanX) * (b - meanY)
        }
        guard xx > 0, yy > 0 else { return nil }
        return xy / (xx * yy).squareRoot()
    }
}
