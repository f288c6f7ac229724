import Analysis
import ArgumentParser

/// `throughline analyze geo`: what something done in some places brought.
struct AnalyzeGeoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "geo",
        abstract: "What a campaign in some places brought, against the others; or which to choose.",
        discussion: """
            Answers: how much more was sold in the treated places than would have been? What would \
            have been is a weighted mean of the other places (synthetic control with fixed \
            effects), with weights that follow the treated places before the start.

            Assumes: the other places were not touched, also not by people who travel or by posts \
            seen everywhere; nothing else happened only in the treated places; the weights that \
            fit before the start go on fitting.

            Do not use it for posts that everybody sees, with fewer than some five places or \
            twenty-five periods before the start, or when you chose the treated places because \
            they were doing unusually well or badly.

            Before a test: --duration with --select N proposes N places and says how small a \
            lift they would show; --duration with --treated says it for places you have in mind.
            """)

    @Argument(help: ArgumentHelp("One row for each place and period.", valueName: "data.csv"))
    var file: String
    @Option(help: ArgumentHelp("The places where it was done, with commas.", valueName: "a,b"))
    var treated: String?
    @Option(help: "The first day it was done, or the number of that period.")
    var start: String?
    @Option(help: "The last day to read; the last of the file unless said.")
    var end: String?
    @Option(help: ArgumentHelp("Places to leave out altogether.", valueName: "a,b"))
    var exclude: String?
    @Option(
        help: "How sure the interval is: 0.95, 95 or 95%; 0.9 unless said.",
        transform: ShareOption.read)
    var level = 0.9
    @Option(help: "The column of days or periods.")
    var dateColumn: String?
    @Option(help: "The column of places.")
    var locationColumn: String?
    @Option(
        name: [.customLong("value-column"), .customLong("kpi-column")],
        help: "The column of results.")
    var valueColumn: String?
    @OptionGroup(title: "Choosing places before a test") var choice: GeoChoiceOptions
    @OptionGroup var shown: AnswerOptions

    @Flag(help: "Add rows of one place and period up; without it they are refused.")
    var addUp = false

    func validate() throws {
        if choice.duration == nil {
            if let name = choice.named.first {
                throw ValidationError(
                    "\(name) plans a test and needs --duration, its length in periods.")
            }
            guard treated != nil, start != nil else {
                throw ValidationError(
                    "Say --treated a,b and --start DATE to read a test, or --duration PERIODS "
                        + "with --select N to plan one.")
            }
            return
        }
        guard start == nil, end == nil else {
            throw ValidationError(
                "--start and --end read a test, --duration plans one: leave one of them out.")
        }
        guard choice.select != nil || treated != nil else {
            throw ValidationError("Say --select N, or --treated a,b, with --duration.")
        }
        if treated != nil, choice.select != nil || choice.include != nil || choice.candidates != nil
        {
            throw ValidationError(
                "--treated judges the places you name; leave --select, --include and --candidates "
                    + "out, or leave --treated out to have places proposed.")
        }
    }

    func run() async throws {
        if let duration = choice.duration {
            let design = design(duration)
            try await shown.answer {
                try await design.answer(try DataTable(path: file, style: shown.style))
            }
        } else {
            let analysis = analysis
            try await shown.answer {
                try analysis.answer(try DataTable(path: file, style: shown.style))
            }
        }
    }

    private var columns: GeoPanel.Columns {
        GeoPanel.Columns(date: dateColumn, location: locationColumn, value: valueColumn)
    }

    private var analysis: GeoAnalysis {
        var analysis = GeoAnalysis(treated: names(treated), start: start ?? "")
        analysis.columns = columns
        analysis.end = end
        analysis.excluded = names(exclude)
        analysis.level = level
        analysis.addsUp = addUp
        analysis.seed = shown.seed
        return analysis
    }

    private func design(_ duration: Int) -> GeoDesign {
        var design = GeoDesign(duration: duration)
        design.columns = columns
        design.treated = names(treated)
        design.select = choice.select
        design.included = names(choice.include)
        design.excluded = names(exclude)
        design.lift = choice.lift ?? design.lift
        design.power = choice.power ?? design.power
        design.windows = choice.windows ?? design.windows
        design.candidates = choice.candidates ?? design.candidates
        design.addsUp = addUp
        design.level = level
        design.seed = shown.seed
        return design
    }

    private func names(_ text: String?) -> [String] {
        (text ?? "").split(separator: ",").map { $0.trimming(while: { $0 == " " }) }
            .filter { !$0.isEmpty }
    }
}

/// The options that plan a test of places.
struct GeoChoiceOptions: ParsableArguments {
    @Option(help: "Propose this many places to treat.")
    var select: Int?
    @Option(help: "How many periods the test will last.")
    var duration: Int?
    @Option(
        parsing: .unconditional,
        help: "The lift to look for, such as 0.1 for +10 % or -0.1 for −10 %; 0.1 unless said.")
    var lift: Double?
    @Option(
        help: "How likely such a lift must be found; 0.8 unless said.",
        transform: ShareOption.read)
    var power: Double?
    @Option(help: "In how many past stretches of that length it is tried out; 20 unless said.")
    var windows: Int?
    @Option(help: "How many sets of places are tried at most; 200 unless said.")
    var candidates: Int?
    @Option(help: ArgumentHelp("Places that every proposal holds.", valueName: "a,b"))
    var include: String?

    /// The options that were said, but for the length.
    var named: [String] {
        [
            ("--select", select != nil), ("--lift", lift != nil), ("--power", power != nil),
            ("--windows", windows != nil), ("--candidates", candidates != nil),
            ("--include", include != nil),
        ].filter(\.1).map(\.0)
    }
}

extension Substring {
    /// The text without leading and trailing characters that `drops` says.
    fileprivate func trimming(while drops: (Character) -> Bool) -> String {
        var text = self
        while let first = text.first, drops(first) { text.removeFirst() }
        while let last = text.last, drops(last) { text.removeLast() }
        return String(text)
    }
}
