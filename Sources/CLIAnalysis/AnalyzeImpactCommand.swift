import Analysis
import ArgumentParser
import Statistics

/// `throughline analyze impact`: what an event brought to one series.
struct AnalyzeImpactCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "impact",
        abstract: "What an event brought to a series, against what it would have been.",
        discussion: """
            Answers: a campaign, a viral post or a new channel began on a day; how much more was \
            there afterwards than would have been? A Bayesian structural time series (level, \
            seasons, controls with spike and slab, the priors of R's CausalImpact) learns from \
            the time before and foretells the time after.

            Assumes: controls are not touched by the event and go on moving with the response as \
            they did; nothing else happened at the same time.

            Do not use it when you can hold places or people out at random (analyze geo, analyze \
            lift); with fewer than thirty periods before; when the day was chosen because the \
            series had just jumped; or for an event that built up over months.

            Without a column of days, rows count from 1, without the heading. The first numeric \
            column is the response, the others are controls.
            """)

    @Argument(help: ArgumentHelp("One row for each period.", valueName: "series.csv"))
    var file: String
    @Option(help: "The first day or row after the event.")
    var start: String
    @Option(help: "The last day or row to read; the last of the file unless said.")
    var end: String?
    @Option(help: "The first day or row of the time before; the first of the file unless said.")
    var preStart: String?
    @Option(help: "The last day or row of the time before; the one before --start unless said.")
    var preEnd: String?
    @Option(help: "The column to explain; the first one of numbers unless said.")
    var response: String?
    @Option(
        help: ArgumentHelp(
            "The columns that help; all others unless said. none: no column.",
            valueName: "a,b"))
    var controls: String?
    @Option(help: "The column of days or periods.")
    var dateColumn: String?
    @Option(help: "How many seasons one round has: 7 for days of the week.")
    var seasons = 1
    @Option(help: "How many rows one season lasts.")
    var seasonDuration = 1
    @Option(help: "level, or linear for a level with a slope that wanders, too.")
    var trend = ImpactAnalysis.Trend.level
    @Option(help: "How many draws to keep; chosen by the size of the file unless said.")
    var draws: Int?
    @Option(
        help: "How sure the interval is: 0.95, 95 or 95%; 0.95 unless said.",
        transform: ShareOption.read)
    var level = 0.95
    @Option(help: "How far the level is believed to step, in standard deviations of the series.")
    var levelSd = 0.01
    @Option(help: "How many controls are believed to belong; 3 unless said.")
    var modelSize: Double?
    @Flag(
        inversion: .prefixedNo, help: "Try the reading out before the start, and look at controls.")
    var checks = true
    @OptionGroup var shown: AnswerOptions

    func validate() throws {
        if controls == "none", modelSize != nil {
            throw ValidationError(
                "--model-size is about controls: leave it or --controls none out.")
        }
    }

    func run() async throws {
        let analysis = analysis
        try await shown.answer {
            try await analysis.answer(try DataTable(path: file, style: shown.style))
        }
    }

    private var analysis: ImpactAnalysis {
        var analysis = ImpactAnalysis(start: start)
        analysis.columns = ImpactSeries.Columns(
            date: dateColumn, response: response, controls: controls.map(names))
        analysis.end = end
        analysis.preStart = preStart
        analysis.preEnd = preEnd
        analysis.trend = trend
        analysis.seasons = seasons
        analysis.seasonDuration = seasonDuration
        analysis.priors.levelDeviation = levelSd
        if let modelSize { analysis.priors.expectedSize = modelSize }
        analysis.draws = draws
        analysis.level = level
        analysis.seed = shown.seed
        analysis.checks = checks
        return analysis
    }

    private func names(_ text: String) -> [String] {
        text == "none" ? [] : text.split(separator: ",").map { String($0.trimmingPrefix(" ")) }
    }
}

extension ImpactAnalysis.Trend: ExpressibleByArgument {}
