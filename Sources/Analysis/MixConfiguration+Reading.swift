import Crypto
package import Foundation
import Kernel
import Statistics
import Yams

extension MixConfiguration {
    private static let known = [
        "date", "target", "channels", "controls", "adstock", "saturation", "seasonality", "weekly",
        "trend", "geo", "holidays", "priors", "calibration", "spend", "worth", "holdout",
    ]

    /// Reads the file at `path`.
    package init(path: String) throws(AnalysisError) {
        guard let data = FileManager.default.contents(atPath: path), data.count < 1 << 20 else {
            throw .noFile(
                path: path, reason: "there is no such file, it may not be read, or it is too large")
        }
        try self.init(data, name: URL(filePath: path).lastPathComponent)
    }

    /// Reads the bytes of a MODEL.yaml.
    package init(_ data: Data, name: String) throws(AnalysisError) {
        let text = String(decoding: data, as: UTF8.self)
        let node: Node?
        do {
            node = try Yams.compose(yaml: text)
        } catch let error as YamlError {
            throw .unsuitable("\(name) is not YAML: \(error)".replacing("\n", with: " "))
        } catch {
            throw .unsuitable("\(name) is not YAML.")
        }
        guard let node else {
            throw .unsuitable("\(name) is empty; it needs date, target and channels.")
        }
        let keys = try MixKeys(node, file: name, path: "", known: Self.known)
        for key in ["date", "target", "channels"] where !keys.has(key) {
            throw .unsuitable(
                "\(name): the key \(key) is missing; write \(key): "
                    + (key == "channels" ? "[column, column]" : "column") + ".")
        }
        self.init()
        self.name = name
        digest = Hex.text(SHA256.hash(data: data))
        lines = text.split(separator: "\n").count
        date = try keys.text("date") ?? ""
        target = try keys.text("target") ?? ""
        controls = try keys.texts("controls")
        geo = try keys.text("geo")
        try readSeasons(keys)
        holdout = try keys.count("holdout", 0...10_000) ?? 0
        try readTrend(keys)
        try readChannels(keys)
        try readHolidays(keys)
        try readPriors(keys)
        try readCalibration(keys)
        try readWorth(keys)
        try refuseRepeats(keys)
    }

    private func refuseRepeats(_ keys: MixKeys) throws(AnalysisError) {
        var seen: Set<String> = [date]
        guard date != target else { throw keys.wrong("target", "it is the same column as date.") }
        seen.insert(target)
        for channel in channels where !seen.insert(channel.name).inserted {
            throw keys.wrong("channels", "“\(channel.name)” is named twice; name each column once.")
        }
        for control in controls where !seen.insert(control).inserted {
            throw keys.wrong("controls", "“\(control)” is named twice; name each column once.")
        }
    }

    private mutating func readSeasons(_ keys: MixKeys) throws(AnalysisError) {
        weekly = try keys.flag("weekly")
        if let node = keys["weekly"] { weeklyWritten = MixKeys.place(keys.file, node) }
        guard let node = keys["seasonality"] else { return }
        if case .mapping = node {
            let inner = try MixKeys(
                node, file: keys.file, path: "seasonality", known: ["yearly", "weekly"])
            seasonality = try inner.count("yearly", 0...12) ?? 2
            weekly = try inner.flag("weekly") ?? weekly
            if let node = inner["weekly"] { weeklyWritten = MixKeys.place(keys.file, node) }
        } else if let flag = MixKeys.flag(node) {
            seasonality = flag ? 2 : 0
        } else {
            seasonality = try keys.count("seasonality", 0...12) ?? 2
        }
    }

    private mutating func readTrend(_ keys: MixKeys) throws(AnalysisError) {
        guard let node = keys["trend"] else { return }
        if let flag = MixKeys.flag(node) {
            trend = flag ? .linear : .none
        } else if let text = node.string, let found = Trend(rawValue: text) {
            trend = found
        } else {
            throw keys.wrong("trend", "write true, false, linear or piecewise.")
        }
    }

    private static func carryOver(
        _ keys: MixKeys, _ usual: CarryOver
    ) throws(AnalysisError) -> CarryOver {
        guard let node = keys["adstock"] else { return usual }
        let names = CarryOver.Kind.allCases.map(\.rawValue)
        let others = [
            "type": "kind", "l_max": "length", "max_lag": "length", "normalize": "normalised",
            "normalized": "normalised", "normalise": "normalised",
        ]
        try refuseChannels(keys, "adstock", ["kind", "length", "normalised"] + others.keys, names)
        if let text = node.string {
            guard let kind = CarryOver.Kind(rawValue: MixKeys.word(text)) else {
                throw keys.wrong(
                    "adstock",
                    "“\(text)” is none; write \(names.joined(separator: ", ")). Nearest: "
                        + MixKeys.nearest(text, names) + ".")
            }
            return try checked(
                CarryOver(kind, length: usual.kind == .none ? 8 : usual.length), keys, "adstock")
        }
        let inner = try MixKeys(
            node, file: keys.file, path: "adstock", known: ["kind", "length", "normalised"],
            others: others)
        let text = try inner.text("kind") ?? usual.kind.rawValue
        guard let kind = CarryOver.Kind(rawValue: MixKeys.word(text)) else {
            throw inner.wrong("kind", "write \(names.joined(separator: ", ")).")
        }
        let made = CarryOver(
            kind, length: try inner.count("length", 1...104) ?? 8,
            isNormalised: try inner.flag("normalised") ?? true)
        return try checked(made, inner, inner.has("length") ? "length" : "kind")
    }

    /// Refuses a length that the kind says nothing with.
    private static func checked(
        _ made: CarryOver, _ keys: MixKeys, _ key: String
    ) throws(AnalysisError) -> CarryOver {
        guard made.kind != .none else { return made }
        guard made.length > 1 else {
            throw keys.wrong(
                key,
                "a length of 1 carries nothing over. Write adstock: none, or a length of 2 or more."
            )
        }
        guard made.kind != .weibullPDF || made.length > 2 else {
            throw keys.wrong(
                key,
                "weibull-pdf needs a length of 3 or more: its least weight is always 0, so of two "
                    + "periods one has all the weight. Write such as length: 8, or adstock: geometric."
            )
        }
        return made
    }

    /// Refuses a mapping from channels to kinds, which belongs to the channels.
    private static func refuseChannels(
        _ keys: MixKeys, _ key: String, _ known: [String], _ kinds: [String]
    ) throws(AnalysisError) {
        guard case .mapping(let mapping)? = keys[key] else { return }
        for (name, value) in mapping {
            guard let said = name.string, !known.contains(said) else { continue }
            var kind = value.string.map(MixKeys.word)
            if case .mapping(let inner) = value {
                kind = (inner["kind"] ?? inner["type"])?.string.map(MixKeys.word)
            }
            guard let kind, kinds.contains(kind) else { continue }
            throw keys.wrong(
                key,
                "it holds for all channels. For one of them write it there, such as "
                    + "channels: [{name: \(said), \(key): \(kind)}].")
        }
    }

    private static func saturation(
        _ keys: MixKeys, _ usual: Saturation
    ) throws(AnalysisError) -> Saturation {
        guard let node = keys["saturation"] else { return usual }
        let names = Saturation.allCases.map(\.rawValue)
        try refuseChannels(keys, "saturation", ["kind", "type"], names)
        var said = node.string
        if case .mapping = node {
            said = try MixKeys(
                node, file: keys.file, path: "saturation", known: ["kind"], others: ["type": "kind"]
            ).text("kind")
        }
        let text = said ?? ""
        guard let found = Saturation(rawValue: MixKeys.word(text)) else {
            throw keys.wrong(
                "saturation",
                "“\(text)” is none; write \(names.joined(separator: ", ")). Nearest: "
                    + MixKeys.nearest(text, names) + ".")
        }
        return found
    }

    private mutating func readChannels(_ keys: MixKeys) throws(AnalysisError) {
        let usual = (
            try Self.carryOver(keys, CarryOver(.geometric)), try Self.saturation(keys, .logistic)
        )
        var money: [String: String] = [:]
        if let node = keys["spend"] {
            guard case .mapping(let mapping) = node else {
                throw keys.wrong("spend", "write for each channel its column of money.")
            }
            for (key, value) in mapping {
                guard let channel = key.string, let column = value.string else {
                    throw keys.wrong("spend", "write channel: column.")
                }
                money[channel] = column
            }
        }
        for node in try Self.channelNodes(keys) {
            if let text = node.string, !text.isEmpty {
                channels.append(
                    Channel(
                        name: text, spend: money[text], carryOver: usual.0, saturation: usual.1))
                continue
            }
            let inner = try MixKeys(
                node, file: keys.file, path: "channels",
                known: ["name", "spend", "adstock", "saturation", "priors"])
            guard let name = try inner.text("name") else {
                throw inner.wrong("name", "write name: and the column of the channel.")
            }
            var channel = Channel(
                name: name, spend: try inner.text("spend") ?? money[name],
                carryOver: try Self.carryOver(inner, usual.0),
                saturation: try Self.saturation(inner, usual.1))
            if let node = inner["priors"] {
                (channel.priors, channel.returnPrior) = try Self.channelPriors(
                    node, keys.file, "channels.priors", channel, hasPlaces: geo != nil)
            }
            channels.append(channel)
        }
        guard !channels.isEmpty, channels.count <= 100 else {
            throw keys.wrong("channels", "name one to a hundred columns of spend.")
        }
        let names = channels.map(\.name)
        for name in money.keys.sorted() where !names.contains(name) {
            throw keys.wrong(
                "spend",
                "“\(name)” is no channel; the nearest is “\(MixKeys.nearest(name, names))”.")
        }
    }

    /// The list of channels; a mapping of names to their settings is one, too.
    private static func channelNodes(_ keys: MixKeys) throws(AnalysisError) -> [Node] {
        guard let node = keys["channels"], case .mapping(let mapping) = node else {
            return try keys.items("channels")
        }
        var nodes: [Node] = []
        for (name, settings) in mapping {
            guard case .mapping(var inner) = settings else {
                nodes.append(name)
                continue
            }
            inner[Node("name")] = name
            nodes.append(.mapping(inner))
        }
        return nodes
    }

    /// Days with a name; a column of the file is a control, and a mapping gives days to names.
    private mutating func readHolidays(_ keys: MixKeys) throws(AnalysisError) {
        if let node = keys["holidays"], case .mapping(let mapping) = node {
            let names = Array(mapping.keys.map { $0.string ?? "" })
            let inner = try MixKeys(node, file: keys.file, path: "holidays", known: names)
            for name in names {
                holidays.append(try Self.holiday(name, inner, name))
            }
            return
        }
        for node in try keys.items("holidays") {
            if let text = node.string {
                if let day = DayNumber.read(text) {
                    let written = MixKeys.place(keys.file, node)
                    holidays.append(Holiday(name: text, days: [day], written: written))
                } else if !controls.contains(text) {
                    controls.append(text)
                    holidayColumns[text] = MixKeys.place(keys.file, node)
                }
                continue
            }
            let inner = try MixKeys(
                node, file: keys.file, path: "holidays", known: ["name", "dates"],
                others: ["date": "dates", "days": "dates"])
            guard let name = try inner.text("name") else {
                throw inner.wrong("name", "write what the holiday is called.")
            }
            holidays.append(try Self.holiday(name, inner, "dates"))
        }
    }

    private static func holiday(
        _ name: String, _ keys: MixKeys, _ key: String
    ) throws(AnalysisError) -> Holiday {
        var days: [Int] = []
        for text in try keys.texts(key) {
            guard let day = DayNumber.read(text) else {
                throw keys.wrong(key, "“\(text)” is not a day such as 2024-12-25.")
            }
            days.append(day)
        }
        guard !days.isEmpty else { throw keys.wrong(key, "write a list of days.") }
        let written = keys[key].map { MixKeys.place(keys.file, $0) } ?? keys.file
        return Holiday(name: name, days: days, written: written)
    }

    private mutating func readWorth(_ keys: MixKeys) throws(AnalysisError) {
        guard let text = try keys.text("worth") else { return }
        if let number = Double(text) {
            guard number > 0, number.isFinite else {
                throw keys.wrong("worth", "write the money for one unit of the target, above 0.")
            }
            worth = .number(number)
        } else {
            worth = .column(text)
        }
    }
}
