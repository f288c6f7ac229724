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

    /// Refuses options that mean nothing.
    package func validate() throws {
        guard tuning.level > 0, tuning.level < 1 else {
            throw ValidationError("--level must lie between 0 and 1, such as 0.95.")
        }
        guard (0...1_000_000).contains(tuning.bootstrap) else {
            throw ValidationError("--bootstrap must be a number of samples such as 1000.")
        }
        guard tuning.halfLife > 0, tuning.halfLife.isFinite else {
            throw ValidationError("--half-life must be days above 0.")
        }
        guard (2...10_000_000).contains(tuning.permutations) else {
            throw ValidationError("--permutations must be at least 2.")
        }
        guard (0...6).contains(tuning.minorDigits) else {
            throw ValidationError("--minor-digits must be 0 to 6; most currencies have 2.")
        }
        guard columns.separator?.isEmpty != true else {
            throw ValidationError("--separator must not be empty.")
        }
        _ = try tuning.positionWeights()
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
        request.order = tuning.order.value
        request.ignoresNulls = tuning.noNull
        request.samples = tuning.bootstrap
        request.level = tuning.level
        request.worth = tuning.worth
        request.permutations = tuning.permutations
        request.halfLifeDays = tuning.halfLife
        request.position = try tuning.positionWeights()
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
    @Option(help: "markov: how many touches a state holds, 1 to 4, or auto for the best fit.")
    var order = AttributionCommand.Order(.fixed(1))
    @Flag(help: "Ignore journeys that ended without a conversion.")
    var noNull = false
    @Option(help: "Intervals from so many samples of the journeys, such as 1000.")
    var bootstrap = 0
    @Option(help: "How sure intervals are.")
    var level = 0.95
    @Option(help: "shapley: what a group of channels is worth.")
    var worth = ChannelSets.Worth.conversions
    @Option(help: "shapley with rates of more than 15 channels: how many orders are drawn.")
    var permutations = 2_000
    @Option(help: "time-decay: after how many days a touch counts half.")
    var halfLife = 7.0
    @Option(help: "position: weights of the first touch, all between, and the last.")
    var position = "40,20,40"
    @Option(help: "Digits after the point of the smallest coin, for valueMinorUnits.")
    var minorDigits = 2
    @Flag(help: "markov: show the probability of each step, too.")
    var transitions = false
    @Flag(help: "Show how long the model took; then the answer is not the same twice.")
    var timing = false

    func positionWeights() throws -> [Double] {
        let weights = position.split(separator: ",").map {
            Double($0.trimmingCharacters(in: .whitespaces))
        }.compactMap { $0 }
        guard weights.count == 3, weights.allSatisfy({ $0 >= 0 && $0.isFinite }),
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
    @Option(help: "One row per touch: days within which a touch counts for a conversion.")
    var lookback = 30.0
    @Option(
        help: "One row per touch: minutes within which a channel's touches are one; 0 is never.")
    var session = 30.0
    @Option(help: "Paths without times: hours assumed from touch to touch and to the conversion.")
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
        reading.lookbackDays = lookback
        reading.sessionMinutes = session
        reading.assumedGapHours = assumeGap
        reading.direct = direct
        reading.leavesOutDirect = excludeDirect
        return reading
    }
}
