import Analysis
import ArgumentParser

/// `throughline analyze budget`: how a total is best shared out.
struct BudgetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "budget",
        abstract: "Shares a total of money out among channels so that it brings the most.",
        discussion: """
            Reads what “analyze mix” wrote, or curves written by hand such as {"curves": \
            {"facebook": {"vmax": 120000, "k": 30000}, "tiktok": {"vmax": 60000, "k": 8000, \
            "slope": 1.5}}, "current": {"facebook": 20000, "tiktok": 10000}}: vmax·s/(k + s), with \
            slope vmax·sˢˡᵒᵖᵉ/(kˢˡᵒᵖᵉ + sˢˡᵒᵖᵉ), or {"beta": …, "lambda": …} for the logistic \
            curve.

            Where the curves bend one way, money is best when its last unit brings the same \
            everywhere; that is solved exactly. S-shaped curves have several peaks: all splits are \
            searched, and the gap says how much better another split could be at most. With draws \
            of a posterior their mean response is maximised, and the chance of beating the current \
            split is that over the draws; --risk 1 takes one standard deviation off the mean.

            Do not use it where spend hardly varied in the past, or for totals far from those \
            ever spent: the curves there are guesses. Do not read it as proof; test the largest \
            move with “analyze geo” or a hold-out first.
            """)

    @Argument(help: ArgumentHelp("The fit, as JSON.", valueName: "fit.json"))
    var file: String
    @Option(
        parsing: .unconditional,
        help: """
            The money to share out: for one average period, or for all --periods together. What \
            is spent now unless said.
            """)
    var total: Double?
    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "The least and the most for a channel; either may be left out.",
            valueName: "channel=low..high"))
    var bounds: [String] = []
    @Option(
        parsing: .unconditional,
        help: "No channel moves further from its current spend: 0.3 is 30 % up or down.")
    var change: Double?
    @Option(
        parsing: .unconditional,
        help: "Plan this many coming periods, with what past spend still brings.")
    var periods: Int?
    @Option(
        parsing: .unconditional,
        help: "Maximise mean response less this many standard deviations over the draws.")
    var risk = 0.0
    @Option(
        help: "How sure the intervals are: 0.95, 95 or 95%; 0.9 unless said.",
        transform: ShareOption.read)
    var level = 0.9
    @OptionGroup var options: AnswerOptions

    func run() async throws {
        try await options.answer {
            var analysis = BudgetAnalysis()
            analysis.bounds = try BudgetBound.all(bounds)
            (analysis.total, analysis.change, analysis.periods) = (total, change, periods)
            (analysis.risk, analysis.level) = (risk, level)
            return try await analysis.answer(BudgetFit(path: file))
        }
    }
}
