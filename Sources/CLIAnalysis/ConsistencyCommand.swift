import Analysis
import ArgumentParser

/// `throughline analyze consistency`: how steady the result is.
struct ConsistencyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "consistency",
        abstract:
            "Says how steady results are from week to week, and how much hangs on a few posts.",
        discussion: """
            Reads one row for each post (date, value, and a group if there is one). The weekly \
            coefficient of variation is the standard deviation of the weeks' sums over their mean \
            (0: all alike; 1: as much up and down as there is on average); silent weeks between the \
            first post and the last count, and so do the first and the last week, however short. \
            The top 1 % are that share of the posts, rounded up.

            It describes and proves nothing: trend and season count as variation, and below a \
            hundred posts the top 1 % is a single post.
            """)

    @Argument(help: ArgumentHelp("The file.", valueName: "posts.csv"))
    var file: String
    @Option(help: "The column of days.") var date: String?
    @Option(help: "The column of results.") var value: String?
    @Option(help: "The column of groups, such as the channel.") var group: String?
    @OptionGroup var options: AnswerOptions

    func run() async throws {
        var analysis = ConsistencyAnalysis()
        (analysis.date, analysis.value, analysis.group) = (date, value, group)
        try await options.answer {
            try analysis.answer(DataTable(path: file, style: options.style))
        }
    }
}
