import Statistics

/// The kinds of one channel's adstock and saturation, with the parameters that they have.
struct BudgetCurveShape {
    private let adstock: String
    private let saturation: String
    private let length: Int
    private let isNormalised: Bool
    private let path: String

    private static let adstocks = [
        "none": [], "geometric": ["alpha"], "delayed": ["alpha", "theta"],
        "weibull-pdf": ["shape", "scale"], "weibull-cdf": ["shape", "scale"],
    ]
    private static let saturations = [
        "logistic": ["lambda"], "hill": ["slope", "kappa"], "michaelis-menten": ["kappa"],
    ]

    init(_ json: FitJSON, _ path: String) throws(AnalysisError) {
        self.path = path
        saturation = try Self.kind(json["saturation"], Self.saturations, "\(path).saturation")
        guard let carry = json["adstock"], carry != .null else {
            (adstock, length, isNormalised) = ("none", 1, true)
            return
        }
        adstock = try Self.kind(carry, Self.adstocks, "\(path).adstock")
        var length = 1
        if adstock != "none" {
            let number = try BudgetFitReading.number(
                carry["length"], "\(path).adstock.length", .positive)
            guard let whole = Int(exactly: number), whole <= 1000 else {
                throw BudgetFitReading.problem(
                    "\(path).adstock.length", "must be a whole number from 1 to 1000.")
            }
            length = whole
        }
        self.length = length
        switch carry["normalised"] {
        case nil, .null?: isNormalised = true
        case .truth(let truth)?: isNormalised = truth
        default:
            throw BudgetFitReading.problem(
                "\(path).adstock.normalised", "must be true or false.")
        }
    }

    private static func kind(
        _ json: FitJSON?, _ kinds: [String: [String]], _ path: String
    ) throws(AnalysisError) -> String {
        guard case .text(let kind)? = json?["kind"], kinds[kind] != nil else {
            throw BudgetFitReading.problem(
                "\(path).kind", "must be one of \(kinds.keys.sorted().joined(separator: ", ")).")
        }
        return kind
    }

    private var adstockNames: [String] { Self.adstocks[adstock] ?? [] }
    private var saturationNames: [String] { Self.saturations[saturation] ?? [] }

    /// The curve at the parameters' means.
    func curve(
        _ json: FitJSON, unit: Double, _ path: String
    ) throws(AnalysisError) -> ResponseCurve {
        var values: [String: Double] = [:]
        for name in adstockNames {
            values[name] = try parameter(name, json["adstock"]?[name], "\(path).adstock.\(name)")
        }
        for name in saturationNames {
            values[name] = try parameter(
                name, json["saturation"]?[name], "\(path).saturation.\(name)")
        }
        values["beta"] = try parameter("beta", json["beta"], "\(path).beta")
        return curve(values, unit)
    }

    /// The curves of the posterior's draws.
    func draws(
        _ json: FitJSON, unit: Double, _ path: String
    ) throws(AnalysisError) -> [ResponseCurve] {
        guard let draws = json["draws"], draws != .null else { return [] }
        guard case .list(let rows) = draws, rows.count <= 2000 else {
            throw BudgetFitReading.problem("\(path).draws", "must be a list of at most 2000 rows.")
        }
        let names = try names(json["parameters"])
        var result: [ResponseCurve] = []
        for (number, row) in rows.enumerated() {
            let place = "\(path).draws[\(number)]"
            guard case .list(let cells) = row, cells.count == names.count else {
                throw BudgetFitReading.problem(
                    place, "must hold \(names.count) numbers: \(names.joined(separator: ", ")).")
            }
            var values: [String: Double] = [:]
            for (name, cell) in zip(names, cells) {
                values[name] = try parameter(name, cell, "\(place) (\(name))")
            }
            result.append(curve(values, unit))
        }
        return result
    }

    private func names(_ json: FitJSON?) throws(AnalysisError) -> [String] {
        let needed = adstockNames + saturationNames + ["beta"]
        guard let json, json != .null else { return needed }
        guard case .list(let list) = json else {
            throw BudgetFitReading.problem(
                "\(path).parameters", "must be a list: \(needed.joined(separator: ", ")).")
        }
        let names = list.compactMap { if case .text(let text) = $0 { text } else { nil } }
        guard names.count == list.count, names.sorted() == needed.sorted() else {
            throw BudgetFitReading.problem(
                "\(path).parameters",
                "must name \(needed.joined(separator: ", ")), each once, in the order of the draws."
            )
        }
        return names
    }

    private func parameter(
        _ name: String, _ json: FitJSON?, _ path: String
    ) throws(AnalysisError) -> Double {
        let range: BudgetFitReading.Range =
            switch name {
            case "alpha": .share
            case "theta", "beta": .notNegative
            default: .positive
            }
        let value = try BudgetFitReading.number(json, path, range)
        if name == "slope" || name == "shape", value > 100 {
            throw BudgetFitReading.problem(path, "is \(value); at most 100 is meant.")
        }
        return value
    }

    private func curve(_ values: [String: Double], _ unit: Double) -> ResponseCurve {
        func value(_ name: String) -> Double { values[name] ?? 0 }
        let carry: ResponseCurve.Carry =
            switch adstock {
            case "geometric": .geometric(alpha: value("alpha"))
            case "delayed": .delayed(alpha: value("alpha"), theta: value("theta"))
            case "weibull-pdf":
                .weibullDensity(shape: value("shape"), scale: value("scale"))
            case "weibull-cdf":
                .weibullSurvival(shape: value("shape"), scale: value("scale"))
            default: .none
            }
        let curve: ResponseCurve.Saturation =
            switch saturation {
            case "logistic": .logistic(lambda: value("lambda"))
            case "hill": .hill(slope: value("slope"), kappa: value("kappa"))
            default: .michaelisMenten(kappa: value("kappa"))
            }
        return ResponseCurve(
            carry: carry, length: length, isNormalised: isNormalised, saturation: curve,
            unit: unit, beta: value("beta"))
    }
}
