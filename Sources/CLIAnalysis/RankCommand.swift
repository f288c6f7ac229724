import Analysis
import ArgumentParser

/// `throughline analyze rank`: which posts, formats and channels are better, and how surely.
struct RankCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rank",
        abstract:
            "Ranks posts, formats and channels so that twelve clicks never look like a winner.",
        discussion: """
            Reads rates (impressions and clicks) or means (mean and standard error, or single \
            values) of posts in formats in channels – one to three levels – and pools them \
            partially: what is measured on little is drawn towards its group, as far as the data \
            themselves say that the group is alike. Full Bayesian: beta-binomial for rates, normal \
            for means, with the uncertainty of the groups included. Each row has its estimate, \
            interval, expected rank, and probabilities to be the best and among the top.

            Verdicts need 95 %: "best", "top k", "better than typical", "worse than typical"; \
            anything else is "not proven". It assumes that the members of a group are exchangeable \
            before the data are seen, and that impressions are independent. Do not use it to say \
            that one format works better than another: what was posted where was your choice, and \
            only a test (analyze lift) tells cause from choice.
            """)

    @Argument(help: ArgumentHelp("The file.", valueName: "rates.csv"))
    var file: String
    @Option(
        help: ArgumentHelp(
            "Columns that name things, from the outermost group to the thing itself.",
            valueName: "channel,format,post"))
    var levels: String?
    @Option(help: "The column of trials, such as impressions.") var trials: String?
    @Option(help: "The column of successes, such as clicks.") var successes: String?
    @Option(help: "The column of means.") var mean: String?
    @Option(help: "The column of standard errors of the means.") var se: String?
    @Option(help: "The column of standard deviations, with --count.") var sd: String?
    @Option(help: "The column of how many values a mean is of.") var count: String?
    @Option(help: "The column of single values, several for each thing.") var value: String?
    @Option(help: "How many places count as the top.") var top = 3
    @Flag(help: "Less is better, as with costs.") var lowest = false
    @Option(help: "How many draws from the posterior.") var draws = 4000
    @OptionGroup var options: AnswerOptions

    func validate() throws {
        guard top >= 1 else { throw ValidationError("--top must be at least 1.") }
        guard (400...1_000_000).contains(draws) else {
            throw ValidationError("--draws must be 400 to 1000000.")
        }
    }

    func run() async throws {
        var analysis = RankAnalysis()
        analysis.levels = (levels ?? "").split(separator: ",").map {
            String($0.drop { $0 == " " })
        }
        (analysis.trials, analysis.successes) = (trials, successes)
        (analysis.mean, analysis.standardError, analysis.deviation) = (mean, se, sd)
        (analysis.count, analysis.value, analysis.top) = (count, value, top)
        (analysis.lowestIsBest, analysis.draws, analysis.seed) = (lowest, draws, options.seed)
        try await options.answer {
            try await analysis.answer(DataTable(path: file, style: options.style))
        }
    }
}
