import Foundation

/// Which columns a file of two arms has; nil finds them by their usual names.
package struct LiftColumns: Sendable {
    package var arm: String?
    package var value: String?
    package var before: String?
    package var date: String?
    package var count: String?
    package var conversions: String?
    package var person: String?
    /// The name of the treated arm, or the column of its numbers.
    package var treated: String?
    /// The name of the control arm, or the column of its numbers.
    package var control: String?
    /// Whether rows of days hold totals until then.
    package var isCumulative = false

    package init() {}

    var ofRows: [(Bool, String)] {
        [
            (value != nil, "--value-column"), (before != nil, "--before-column"),
            (count != nil, "--count-column"), (conversions != nil, "--conversions-column"),
            (person != nil, "--person-column"),
        ]
    }

    /// Refuses options that say nothing about the form of the file.
    func refuse(_ options: [(isGiven: Bool, name: String)], form: String) throws(AnalysisError) {
        guard let unfit = options.first(where: \.isGiven) else { return }
        throw .unsuitable(
            "\(unfit.name) does not apply to a file with \(form); leave it out.")
    }

    static let treatedNames = [
        "treated", "treat", "treatment", "test", "variant", "exposed", "b", "1", "true", "yes",
        "on",
    ]
    static let controlNames = [
        "control", "ctrl", "holdout", "hold-out", "none", "untreated", "placebo", "baseline", "a",
        "0", "false", "no", "off",
    ]
    static let armNames = [
        "arm", "group", "variant", "cell", "assignment", "condition", "treatment_group", "treated",
        "treatment", "treat", "is_treated",
    ]
    static let countNames = [
        "n", "users", "people", "persons", "visitors", "recipients", "size", "count", "sent",
        "total", "trials",
    ]
    static let conversionNames = [
        "conversions", "x", "conv", "converted", "purchases", "orders", "buyers", "successes",
        "clicks",
    ]
    static let valueNames = [
        "value", "revenue", "y", "amount", "outcome", "spend", "sales", "metric", "converted",
        "conversion", "conversions", "purchase", "purchased", "orders",
    ]
    static let beforeNames = [
        "before", "pre", "covariate", "pre_value", "pre_revenue", "pre_period", "previous", "prior",
        "x",
    ]
    static let dateNames = ["date", "day", "ds", "week"]
    static let personNames = [
        "person", "person_id", "user", "user_id", "userid", "customer", "customer_id", "visitor",
        "visitor_id", "recipient", "recipient_id", "email_address", "id", "uid",
    ]
}
