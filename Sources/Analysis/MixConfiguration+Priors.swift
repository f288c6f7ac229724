import Foundation
import Statistics
import Yams

extension MixConfiguration {
    private static let ofChannels = [
        "beta", "alpha", "theta", "shape", "scale", "lambda", "slope", "kappa", "roi", "spread",
    ]
    private static let ofBaseline = ["intercept", "trend", "season", "holiday", "control"]

    mutating func readPriors(_ keys: MixKeys) throws(AnalysisError) {
        guard let node = keys["priors"] else { return }
        let inner = try MixKeys(
            node, file: keys.file, path: "priors",
            known: Self.ofChannels + Self.ofBaseline + ["noise", "channels"])
        try readOwnPriors(inner)
        try Self.refuseBoth(inner)
        for name in inner.names where name != "channels" {
            guard let value = inner[name] else { continue }
            try checkUse(inner, name)
            if Self.ofBaseline.contains(name) {
                deviations[name] = try Self.deviation(value, inner, name)
                continue
            }
            let prior = try Self.prior(value, inner, name)
            switch name {
            case "noise": noise = prior
            case "spread": spread = prior
            default: fill(name, prior)
            }
        }
    }

    /// Gives a prior to all channels that have none of their own.
    private mutating func fill(_ name: String, _ prior: Prior) {
        for index in channels.indices {
            let own = channels[index]
            let isReturn = name == "roi" || name == "beta"
            if isReturn, own.returnPrior != nil || own.priors["beta"] != nil { continue }
            if name == "roi" {
                channels[index].returnPrior = prior
            } else if own.priors[name] == nil {
                channels[index].priors[name] = prior
            }
        }
    }

    /// Priors of single channels under `priors`.
    private mutating func readOwnPriors(_ keys: MixKeys) throws(AnalysisError) {
        guard let own = keys["channels"] else { return }
        let names = channels.map(\.name)
        let each = try MixKeys(own, file: keys.file, path: "priors.channels", known: names)
        for index in channels.indices {
            let name = channels[index].name
            guard let node = each[name] else { continue }
            let (priors, back) = try Self.channelPriors(
                node, keys.file, "priors.channels.\(name)", channels[index],
                hasPlaces: geo != nil)
            channels[index].priors.merge(priors) { $1 }
            channels[index].returnPrior = back ?? channels[index].returnPrior
            if channels[index].returnPrior != nil, channels[index].priors["beta"] != nil {
                throw each.wrong(name, Self.either)
            }
        }
    }

    private static let either =
        "roi is a prior of the return instead of one of beta, so both together say two things of "
        + "one number. Write one of them."

    private static func refuseBoth(_ keys: MixKeys) throws(AnalysisError) {
        if keys.has("roi"), keys.has("beta") { throw keys.wrong("beta", either) }
    }

    /// Refuses a prior of what the model does not have.
    private func checkUse(_ keys: MixKeys, _ name: String) throws(AnalysisError) {
        let remedy: String
        switch name {
        case "noise", "intercept": return
        case "trend": if trend != .none { return } else { remedy = "trend: is false" }
        case "holiday":
            if !holidays.isEmpty { return } else { remedy = "there are no holidays" }
        case "control": if !controls.isEmpty { return } else { remedy = "there are no controls" }
        case "season":
            if seasonality > 0 || weekly != false {
                return
            } else {
                remedy = "there are no seasons"
            }
        default:
            if channels.contains(where: { Self.has($0, name, hasPlaces: geo != nil) }) { return }
            remedy =
                name == "spread"
                ? "places differ only with geo:"
                : "no channel has \(name), by their adstock and saturation"
        }
        throw keys.wrong(
            name, "\(remedy), so this prior would do nothing. Leave it out, or add what it is for.")
    }

    /// Whether a channel has a parameter.
    private static func has(_ channel: Channel, _ name: String, hasPlaces: Bool) -> Bool {
        switch name {
        case "beta", "roi": true
        case "spread": hasPlaces
        default:
            channel.carryOver.kind.parameters.contains(name)
                || channel.saturation.parameters.contains(name)
        }
    }

    static func channelPriors(
        _ node: Node, _ file: String, _ path: String, _ channel: Channel, hasPlaces: Bool
    ) throws(AnalysisError) -> ([String: Prior], Prior?) {
        let keys = try MixKeys(node, file: file, path: path, known: ofChannels)
        try refuseBoth(keys)
        var priors: [String: Prior] = [:]
        for name in keys.names {
            guard let value = keys[name] else { continue }
            guard has(channel, name, hasPlaces: hasPlaces) else {
                throw keys.wrong(
                    name,
                    "\(channel.name) has no \(name): its adstock is \(channel.carryOver.kind.rawValue) "
                        + "and its saturation \(channel.saturation.rawValue)"
                        + (name == "spread" ? ", and there are no places (geo:)" : "")
                        + ". Leave it out, or choose another kind.")
            }
            priors[name] = try prior(value, keys, name)
        }
        let back = priors.removeValue(forKey: "roi")
        return (priors, back)
    }

    private static func deviation(
        _ node: Node, _ keys: MixKeys, _ name: String
    ) throws(AnalysisError) -> Double {
        var number = node.string.flatMap { Double($0) }
        if number == nil {
            let inner = try MixKeys(
                node, file: keys.file, path: "\(keys.path).\(name)", known: ["normal"])
            number = try inner.number("normal")
        }
        guard let number, number > 0, number.isFinite else {
            throw keys.wrong(name, "write a standard deviation above 0, such as 1.")
        }
        return number
    }

    /// `half-normal: 1`, `beta: [1, 3]`, `gamma: [3, 1]`, `inverse-gamma: [3, 1]`,
    /// `log-normal: [0.2, 0.9]` or `normal: [1, 0.5]`.
    private static func prior(
        _ node: Node, _ keys: MixKeys, _ name: String
    ) throws(AnalysisError) -> Prior {
        let kinds = ["half-normal", "normal", "gamma", "inverse-gamma", "beta", "log-normal"]
        let inner = try MixKeys(
            node, file: keys.file, path: "\(keys.path).\(name)", known: kinds)
        guard inner.names.count == 1, let kind = inner.names.first, let value = inner[kind] else {
            throw keys.wrong(name, "write one prior, such as half-normal: 1 or gamma: [3, 1].")
        }
        var numbers: [Double] = []
        if case .sequence(let items) = value {
            numbers = items.compactMap { $0.string.flatMap { Double($0) } }
        } else if let number = value.string.flatMap({ Double($0) }) {
            numbers = [number]
        }
        guard numbers.count == (kind == "half-normal" ? 1 : 2), numbers.allSatisfy(\.isFinite),
            numbers.last ?? 0 > 0, kind.hasSuffix("normal") || numbers[0] > 0
        else {
            throw inner.wrong(
                kind,
                kind == "half-normal"
                    ? "write one number above 0." : "write two numbers, such as [3, 1].")
        }
        guard (name == "alpha") == (kind == "beta") else {
            throw keys.wrong(
                name,
                name == "alpha"
                    ? "alpha lies between 0 and 1; write beta: [1, 3]."
                    : "only alpha has a beta prior; write half-normal: 1 or gamma: [3, 1].")
        }
        return switch kind {
        case "half-normal": .halfNormal(numbers[0])
        case "normal": .normal(mean: numbers[0], deviation: numbers[1])
        case "gamma": .gamma(shape: numbers[0], rate: numbers[1])
        case "inverse-gamma": .inverseGamma(shape: numbers[0], scale: numbers[1])
        case "beta": .beta(numbers[0], numbers[1])
        default: .logNormal(mean: numbers[0], deviation: numbers[1])
        }
    }
}
