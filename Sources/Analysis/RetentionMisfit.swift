import Foundation
import Statistics

/// How far what cohorts did lies off the model: against a retention of its own for each period.
struct RetentionMisfit: Sendable {
    /// Twice what the likelihood would gain (χ²).
    var deviance = 0.0
    var degrees = 0
    /// How much more customers leave late than a constant churn would have it, in standard errors.
    var rise = 0.0

    /// How surprising such a deviance would be if the model held; nil without degrees of freedom.
    var pValue: Double? {
        degrees > 0
            ? SpecialFunctions.regularizedGamma(Double(degrees) / 2, deviance / 2).upper : nil
    }

    init() {}

    /// The misfit of one cohort's `survivors` to its own fit.
    init(_ survivors: [Double], _ fit: PositiveFit) {
        let model = RetentionModel(fit.estimates)
        var periods: [(number: Double, there: Double, left: Double)] = []
        for period in 1..<max(1, survivors.count) where survivors[period - 1] > 0 {
            let (there, stayed) = (survivors[period - 1], survivors[period])
            let stay = model.retention(period)
            deviance += 2 * Self.gain(stayed, there * stay)
            deviance += 2 * Self.gain(there - stayed, there * (1 - stay))
            periods.append((Double(period), there, there - stayed))
        }
        // At its limit the model is one constant churn.
        degrees = max(0, periods.count - (fit.isAtLimit ? 1 : 2))
        let (all, gone) = periods.reduce((0.0, 0.0)) { ($0.0 + $1.there, $0.1 + $1.left) }
        let churn = gone / max(1, all)
        let middle = periods.reduce(0) { $0 + $1.number * $1.there } / max(1, all)
        let variance = periods.reduce(0) { sum, period in
            sum + period.there * (period.number - middle) * (period.number - middle)
        }
        let slope = periods.reduce(0) { $0 + ($1.number - middle) * ($1.left - $1.there * churn) }
        let error = (variance * churn * (1 - churn)).squareRoot()
        rise = error > 0 ? slope / error : 0
    }

    private static func gain(_ seen: Double, _ expected: Double) -> Double {
        seen > 0 ? seen * log(seen / max(1e-300, expected)) - (seen - expected) : expected
    }

    /// The misfits of all cohorts with a fit of their own together.
    static func sum(_ misfits: [RetentionMisfit]) -> RetentionMisfit {
        misfits.reduce(into: RetentionMisfit()) {
            $0.deviance += $1.deviance
            $0.degrees += $1.degrees
        }
    }

    /// What a cohort's misfit means; nil where nothing speaks against the model.
    func note(_ row: RetentionAnswer.Row) -> String? {
        let seen = row.periods.filter { $0.isFitted }.compactMap(\.observed)
        let chances = zip(seen, seen.dropFirst()).compactMap { $0 > 0 ? 1 - $1 / $0 : nil }
        let test =
            pValue.map {
                " (χ² \(Shown.number(deviance)) with \(degrees) "
                    + "\(degrees == 1 ? "degree" : "degrees") of freedom, p = \(Shown.number($0)))"
            } ?? ""
        // One-sided at 5 %.
        if row.isAtLimit, rise > 1.645, let first = chances.first, let last = chances.last {
            return
                "\(row.cohort): customers leave more and more, \(Shown.percent(first)) after the "
                + "first period and \(Shown.percent(last)) after the last seen. The model knows "
                + "only churn that falls or stays, so it does not fit\(test), and its projection "
                + "is too rosy."
        }
        if let pValue, pValue < 0.05 {
            return "\(row.cohort): the model does not fit\(test). Do not rely on its projection."
        }
        return nil
    }
}
