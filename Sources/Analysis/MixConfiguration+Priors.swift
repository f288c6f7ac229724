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
        for name in inner.names {
            guard let value = inner[name] else { continue }
            if name == "channels" { continue }
            if Self.ofBaseline.contains(name) {
                deviations[name] = try Self.deviation(value, inner, name)
                continue
            }
            let prior = try Self.prior(value, inner, name)
            switch name {
            case "noise": noise = prior
            case "spread": spread = prior
            default:
                for index in channels.indices {
                    if name == "roi" {
                        channels[index].returnPrior = channels[index].returnPrior ?? prior
                    } else if channels[index].priors[name] == nil {
                        channels[index].priors[name] = prior
                    }
                }
            }
        }
        guard let own = inner["channels"] else { return }
        let names = channels.map(\.name)
        let each = try MixKeys(own, file: keys.file, path: "priors.channels", known: names)
        for index in channels.indices {
            guard let node = each[channels[index].name] else { continue }
            let (priors, back) = try Self.channelPriors(
                node, keys.file, "priors.channels.\(channels[index].name)", channels[index])
            channels[index].priors.merge(priors) { $1 }
            channels[index].returnPrior = back ?? channels[index].returnPrior
        }
    }

    static func channelPriors(
        _ node: Node, _ file: String, _ path: String, _ channel: Channel
    ) throws(AnalysisError) -> ([String: Prior], Prior?) {
        let keys = try MixKeys(node, file: file, path: path, known: ofChannels)
        var priors: [String: Prior] = [:]
        for name in keys.names {
            guard let value = keys[name] else { continue }
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
