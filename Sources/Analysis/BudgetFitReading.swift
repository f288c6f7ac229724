import Statistics

/// Reads channels from JSON; what is wrong is named with its path and a remedy.
enum BudgetFitReading {
    /// Which numbers may stand somewhere.
    enum Range {
        case positive, notNegative, share

        func holds(_ value: Double) -> Bool {
            switch self {
            case .positive: value > 0 && value <= 1e15
            case .notNegative: value >= 0 && value <= 1e15
            case .share: value >= 0 && value < 1
            }
        }

        var words: String {
            switch self {
            case .positive: "a number above 0 (at most 1e15)"
            case .notNegative: "a number of 0 or more (at most 1e15)"
            case .share: "a number from 0 to below 1"
            }
        }
    }

    static func problem(_ path: String, _ what: String) -> AnalysisError {
        .unsuitable("\(path): \(what)")
    }

    static func number(
        _ value: FitJSON?, _ path: String, _ range: Range
    ) throws(AnalysisError) -> Double {
        guard let value else { throw problem(path, "is missing; write \(range.words).") }
        guard case .number(let number) = value, range.holds(number) else {
            throw problem(path, "must be \(range.words).")
        }
        return number
    }

    /// A mix model that was refused stays refused.
    static func refuseUnreported(_ json: FitJSON) throws(AnalysisError) {
        guard case .object = json else {
            throw .unsuitable("The file is not a JSON object with the key “curves”.")
        }
        for holder in [json, json["diagnostics"] ?? .null] where holder["reported"] == .truth(false)
        {
            var reason = "its sampler did not agree with itself"
            for key in ["reason", "refusal", "refused", "verdict", "notes"] {
                switch json[key] ?? holder[key] {
                case .text(let text)?: reason = text
                case .list(let texts)?:
                    let words = texts.compactMap {
                        if case .text(let text) = $0 { text } else { nil }
                    }
                    guard !words.isEmpty else { continue }
                    reason = words.joined(separator: " ")
                default: continue
                }
                break
            }
            throw .unsuitable(
                "This mix model was not reported, so no budget rests on it: \(reason.prefix(800)) "
                    + "Mend the model first, then run “analyze mix” again.")
        }
    }

    static func channels(_ json: FitJSON) throws(AnalysisError) -> [BudgetFit.Channel] {
        var result: [BudgetFit.Channel] = []
        switch json["curves"] {
        case .list(let list)?:
            for (index, value) in list.enumerated() {
                result.append(try fitted(value, nil, "curves[\(index)]"))
            }
        case .object(let members)?:
            for member in members {
                let path = "curves.\(member.key)"
                result.append(
                    member.value["saturation"] == nil
                        ? try written(member.value, member.key, path)
                        : try fitted(member.value, member.key, path))
            }
            try addCurrent(json["current"], to: &result)
        default:
            throw problem(
                "curves",
                "is missing; give the file that “analyze mix” wrote, or write "
                    + "{\"curves\": {\"facebook\": {\"vmax\": 120000, \"k\": 30000}}}.")
        }
        guard !result.isEmpty else { throw problem("curves", "holds no channel.") }
        guard result.count <= 1000 else {
            throw problem("curves", "holds \(result.count) channels; at most 1000 are shared out.")
        }
        var names: Set<String> = []
        for channel in result {
            guard names.insert(channel.name).inserted else {
                throw problem("curves", "has the channel \(channel.name) twice.")
            }
            guard channel.draws.count == result[0].draws.count else {
                throw problem(
                    "curves",
                    "\(channel.name) has \(channel.draws.count) draws and \(result[0].name) "
                        + "\(result[0].draws.count); draws of the same number belong together.")
            }
        }
        return result
    }

    /// A curve as people write it.
    private static func written(
        _ json: FitJSON, _ name: String, _ path: String
    ) throws(AnalysisError) -> BudgetFit.Channel {
        guard case .object(let members) = json else {
            throw problem(path, "must be an object such as {\"vmax\": 120000, \"k\": 30000}.")
        }
        let known = ["vmax", "k", "slope", "beta", "lambda"]
        if let other = members.first(where: { !known.contains($0.key) }) {
            throw problem(
                "\(path).\(other.key)",
                "is not known; write vmax and k (and slope, for Hill), or "
                    + "beta and lambda (logistic).")
        }
        if json["lambda"] != nil {
            if let extra = ["vmax", "k", "slope"].first(where: { json[$0] != nil }) {
                throw problem(
                    "\(path).\(extra)", "does not belong to a logistic curve; leave it out.")
            }
            let lambda = try number(json["lambda"], "\(path).lambda", .positive)
            let beta = try number(json["beta"], "\(path).beta", .notNegative)
            let curve = ResponseCurve(saturation: .logistic(lambda: lambda), beta: beta)
            return BudgetFit.Channel(name: name, curve: curve)
        }
        if json["beta"] != nil { throw problem("\(path).lambda", "is missing beside beta.") }
        let vmax = try number(json["vmax"], "\(path).vmax", .notNegative)
        let half = try number(json["k"], "\(path).k", .positive)
        guard json["slope"] != nil else {
            return BudgetFit.Channel(
                name: name,
                curve: ResponseCurve(saturation: .michaelisMenten(kappa: half), beta: vmax))
        }
        let slope = try self.slope(json["slope"], "\(path).slope")
        return BudgetFit.Channel(
            name: name,
            curve: ResponseCurve(saturation: .hill(slope: slope, kappa: half), beta: vmax))
    }

    private static func slope(_ json: FitJSON?, _ path: String) throws(AnalysisError) -> Double {
        let slope = try number(json, path, .positive)
        guard slope <= 100 else { throw problem(path, "is \(slope); at most 100 is meant.") }
        return slope
    }

    private static func addCurrent(
        _ json: FitJSON?, to channels: inout [BudgetFit.Channel]
    ) throws(AnalysisError) {
        guard let json, json != .null else { return }
        guard case .object(let members) = json else {
            throw problem("current", "must be an object such as {\"facebook\": 20000}.")
        }
        let names = channels.map(\.name)
        if let other = members.first(where: { !names.contains($0.key) }) {
            throw problem(
                "current.\(other.key)",
                "has no curve; there are curves for \(names.joined(separator: ", ")).")
        }
        for index in channels.indices {
            let path = "current.\(names[index])"
            guard let value = json[names[index]] else {
                throw problem(path, "is missing; write what is spent now, 0 if nothing is.")
            }
            channels[index].current = try number(value, path, .notNegative)
        }
    }

    /// A curve as `analyze mix` writes it.
    private static func fitted(
        _ json: FitJSON, _ key: String?, _ path: String
    ) throws(AnalysisError) -> BudgetFit.Channel {
        var name = key ?? ""
        if case .text(let text)? = json["channel"] { name = text }
        guard !name.isEmpty else { throw problem("\(path).channel", "must be the channel's name.") }
        let shape = try BudgetCurveShape(json, path)
        let unit = try number(json["unit"] ?? .number(1), "\(path).unit", .positive)
        var channel = BudgetFit.Channel(
            name: name, curve: try shape.curve(json, unit: unit, path))
        if json["unit"] != nil { channel.largest = unit }
        if let spend = json["spend"], spend != .null {
            channel.current = try number(spend, "\(path).spend", .notNegative)
        }
        channel.recent = try numbers(json["recent"], "\(path).recent")
        channel.draws = try shape.draws(json, unit: unit, path)
        return channel
    }

    private static func numbers(
        _ json: FitJSON?, _ path: String
    ) throws(AnalysisError) -> [Double] {
        guard let json, json != .null else { return [] }
        guard case .list(let list) = json, list.count <= 10_000 else {
            throw problem(path, "must be a list of at most 10000 numbers.")
        }
        var result: [Double] = []
        for (index, value) in list.enumerated() {
            result.append(try number(value, "\(path)[\(index)]", .notNegative))
        }
        return result
    }
}
