package import ArgumentParser
import Analysis
import Foundation
import Statistics

/// `throughline analyze attribution`: which channels conversions are credited to.
package struct AttributionCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "attribution",
        abstract: "Shares conversions out to the channels that people touched before them.",
        discussion: """
            Answers: to which channels are the conversions of these journeys credited?

            PATHS.csv has one row per way (path,total_conversions,total_conversion_value,total_null; \
            touches are separated by >) or one row per touch (id,time,channel,conversion,value).

            first, last, last-non-direct, linear (each touch alike), linear-unique (each channel \
            alike), position (40/20/40) and time-decay are rules: they describe, they learn nothing \
            from the data. markov asks how many conversions would be lost without a channel, in an \
            absorbing chain that is solved exactly. shapley asks what a channel adds to every \
            combination of the others. all shows the models side by side; where they disagree, no \
            single figure deserves trust.

            It assumes that all touches were seen and belong to the right person.

            Do not use it to decide whether a channel works at all: people who would have bought \
            anyway touch channels too. A test does that: analyze lift, analyze geo. Do not use it \
            for channels that leave no touches, such as posters; analyze mix does that. Markov and \
            shapley with rates need journeys without a conversion (total_null).
            """)

    /// One model or all of them.
    enum Choice: ExpressibleByArgument {
        case one(AttributionModel)
        case all

        init?(argument: String) {
            if argument.lowercased() == "all" {
                self = .all
            } else if let model = AttributionModel(argument) {
                self = .one(model)
            } else {
                return nil
            }
        }

        static var allValueStrings: [String] {
            AttributionModel.allCases.map(\.rawValue) + ["all"]
        }
    }

    /// An order, or the best one.
    struct Order: ExpressibleByArgument {
        var value: MarkovOrder

        init?(argument: String) {
            if argument.lowercased() == "auto" {
                value = .automatic
            } else if let number = Int(argument), (1...MarkovOrder.most).contains(number) {
                value = .fixed(number)
            } else {
                return nil
            }
        }

        init(_ value: MarkovOrder) { self.value = value }
        var defaultValueDescription: String { value == .automatic ? "auto" : "1" }
    }

    @Argument(help: "A CSV file of journeys or of touches.")
    var paths: String
    @Option(help: "How to share out.")
    var model: Choice
    @OptionGroup var options: AnswerOptions
    @OptionGroup(title: "Columns") var columns: JourneyColumnOptions
    @OptionGroup(title: "Models") var tuning: AttributionTuning

    package init() {}

    /// Refuses options that mean nothing, alone or together.
    package func validate() throws {
        guard (20...1_000_000).contains(tuning.bootstrap ?? 20) else {
            throw ValidationError(
                "--bootstrap must be a number of samples such as 1000; fewer than 20 say nothing.")
        }
        if let halfLife = tuning.halfLife, !(halfLife > 0) {
            throw ValidationError("--half-life must be days above 0.")
        }
        guard (2...10_000_000).contains(tuning.permutations ?? 2) else {
            throw ValidationError("--permutations must be at least 2.")
        }
        guard (0...6).contains(tuning.minorDigits) else {
            throw ValidationError("--minor-digits must be 0 to 6; most currencies have 2.")
        }
        try columns.check()
        _ = try tuning.positionWeights()
        try refuseIdle()
    }

    /// Refuses options that would change nothing about the models that are asked for.
    private func refuseIdle() throws {
        func refuse(_ option: String, _ isGiven: Bool, for models: [AttributionModel]) throws {
            guard isGiven, !models.contains(where: uses) else { return }
            let names = models.map(\.rawValue).joined(separator: " or ")
            throw ValidationError(
                "\(option) changes nothing here; it belongs to --model \(names). Leave it out.")
        }
        try refuse("--order", tuning.order != nil, for: [.markov])
        try refuse("--transitions", tuning.transitions, for: [.markov])
        try refuse("--worth", tuning.worth != nil, for: [.shapley])
        try refuse("--permutations", tuning.permutations != nil, for: [.shapley])
        try refuse("--half-life", tuning.halfLife != nil, for: [.timeDecay])
        try refuse("--position", tuning.position != nil, for: [.position])
        if tuning.permutations != nil, tuning.worth != .rate {
            throw ValidationError(
                "--permutations changes nothing here; it belongs to --worth rate. Leave it out.")
        }
        if tuning.level != nil, (tuning.bootstrap ?? 0) == 0 {
            throw ValidationError(
                "--level is how sure intervals are; ask for them with --bootstrap 1000.")
        }
        if !columns.direct.isEmpty, !columns.excludeDirect, !uses(.lastNonDirect) {
            throw ValidationError(
                "--direct changes nothing here; it belongs to --model last-non-direct or "
                    + "--exclude-direct. Leave it out.")
        }
    }

    private func uses(_ wanted: AttributionModel) -> Bool {
        switch model {
        case .one(let model): model == wanted
        case .all: true
        }
    }

    package func run() async throws {
        try await options.answer {
            let table = try DataTable(path: paths, style: options.style)
            let reading = columns.reading
            let source = try reading.read(table)
            let request = try request()
            return try await AttributionAnalysis(source, reading, request)
                .answer([AnalysisInput(table)])
        }
    }

    private func request() throws -> AttributionRequest {
        var request: AttributionRequest
        switch model {
        case .one(let model): request = AttributionRequest([model])
        case .all: request = AttributionRequest(AttributionModel.allCases)
        }
        if let order = tuning.order { request.order = order.value }
        request.ignoresNulls = tuning.noNull
        request.samples = tuning.bootstrap ?? 0
        if let level = tuning.level { request.level = level }
        if let worth = tuning.worth { request.worth = worth }
        if let permutations = tuning.permutations { request.permutations = permutations }
        if let halfLife = tuning.halfLife { request.halfLifeDays = halfLife }
        if let weights = try tuning.positionWeights() { request.position = weights }
        request.minorDigits = tuning.minorDigits
        request.showsTransitions = tuning.transitions
        request.showsTiming = tuning.timing
        request.seed = options.seed
        return request
    }
}

extension ChannelSets.Worth: ExpressibleByArgument {}

/// What models can be told.
struct AttributionTuning: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "markov: how many touches a state holds, 1 to 4, or auto for the best fit. "
                + "(default: 1)"))
    var order: AttributionCommand.Order?
    @Flag(help: "Ignore journeys that ended without a conversion.")
    var noNull = false
    @Option(help: "Intervals from so many samples of the journeys, such as 1000.")
    var bootstrap: Int?
    @Option(help: "How sure intervals are. (default: 0.95)", transform: ShareOption.read)
    var level: Double?
    @Option(help: "shapley: what a group of channels is worth. (default: conversions)")
    var worth: ChannelSets.Worth?
    @Option(
        help: ArgumentHelp(
            "shapley with rates of more than 15 channels: how many orders are drawn. "
                + "(default: 2000)"))
    var permutations: Int?
    @Option(
        help: "time-decay: after how many days a touch counts half. (default: 7)",
        transform: NumberOption.read)
    var halfLife: Double?
    @Option(
        help: ArgumentHelp(
            "position: weights of the first touch, all between, and the last. "
                + "(default: 40,20,40)"))
    var position: String?
    @Option(help: "Digits after the point of the smallest coin, for valueMinorUnits.")
    var minorDigits = 2
    @Flag(help: "markov: show the probability of each step, too.")
    var transitions = false
    @Flag(help: "Show how long the model took; then the answer is not the same twice.")
    var timing = false

    func positionWeights() throws -> [Double]? {
        guard let position else { return nil }
        let parts = position.split(separator: ",", omittingEmptySubsequences: false)
        let weights = parts.compactMap { try? OptionText.number(String($0)) }
        guard weights.count == 3, parts.count == 3, weights.allSatisfy({ (0...1e9).contains($0) }),
            weights.reduce(0, +) > 0
        else {
            throw ValidationError("--position must be three weights such as 40,20,40.")
        }
        return weights
    }
}

/// Which columns tell of journeys, and how they are read.
struct JourneyColumnOptions: ParsableArguments {
    @Option(help: "The column of journeys such as “email > search”. Usual: path.")
    var path: String?
    @Option(help: "What separates touches in it. Usual: >")
    var separator: String?
    @Option(help: "The column of conversions. Usual: total_conversions, conversions.")
    var conversions: String?
    @Option(help: "The column of values. Usual: total_conversion_value, value, revenue.")
    var value: String?
    @Option(help: "The column of journeys without a conversion. Usual: total_null.")
    var nulls: String?
    @Option(help: "One row per touch: the column of the person. Usual: user_id, id.")
    var id: String?
    @Option(help: "One row per touch: the column of the time. Usual: time, timestamp.")
    var time: String?
    @Option(help: "One row per touch: the column of the channel. Usual: channel.")
    var channel: String?
    @Option(help: "Hours before the conversion, per touch or separated as touches are.")
    var hoursBefore: String?
    @Option(
        help: ArgumentHelp(
            "One row per touch: days within which a touch counts for a conversion. "
                + "(default: 30)"), transform: NumberOption.read)
    var lookback: Double?
    @Option(
        help: ArgumentHelp(
            "One row per touch: minutes within which a channel's touches are one; 0 is never. "
                + "(default: 30)"), transform: NumberOption.read)
    var session: Double?
    @Option(
        help: "Paths without times: hours assumed from touch to touch and to the conversion.",
        transform: NumberOption.read)
    var assumeGap: Double?
    @Option(help: "A channel that means nobody sent the visitor; may be said again. Usual: direct.")
    var direct: [String] = []
    @Flag(help: "Leave direct touches out unless a journey has no others.")
    var excludeDirect = false

    var reading: JourneyReading {
        var reading = JourneyReading()
        reading.columns.path = path
        reading.columns.conversions = conversions
        reading.columns.value = value
        reading.columns.nulls = nulls
        reading.columns.id = id
        reading.columns.time = time
        reading.columns.channel = channel
        reading.columns.hours = hoursBefore
        reading.separator = separator
        if let lookback { reading.lookbackDays = lookback }
        if let session { reading.sessionMinutes = session }
        reading.touchOptions = given([
            ("--lookback", lookback != nil), ("--session", session != nil), ("--id", id != nil),
            ("--time", time != nil), ("--channel", channel != nil),
        ])
        reading.pathOptions = given([
            ("--separator", separator != nil), ("--assume-gap", assumeGap != nil),
            ("--path", path != nil), ("--nulls", nulls != nil),
        ])
        reading.assumedGapHours = assumeGap
        reading.direct = direct
        reading.leavesOutDirect = excludeDirect
        return reading
    }

    private func given(_ options: [(name: String, isGiven: Bool)]) -> [String] {
        options.filter(\.isGiven).map(\.name)
    }

    /// Refuses what cannot be meant.
    func check() throws {
        guard separator?.isEmpty != true else {
            throw ValidationError("--separator must not be empty.")
        }
        for (name, number) in [
            ("--lookback", lookback), ("--session", session), ("--assume-gap", assumeGap),
        ] {
            guard let number else { continue }
            guard number >= 0, number <= 1e6 else {
                throw ValidationError("\(name) must be 0 to 1000000.")
            }
        }
        if path != nil, let other = reading.touchOptions.first {
            throw ValidationError(
                "--path names a file with one row per way, \(other) one with a row per touch. Leave "
                    + "one of them out.")
        }
    }
}
