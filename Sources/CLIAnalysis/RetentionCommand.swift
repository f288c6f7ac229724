import Analysis
import ArgumentParser

/// `throughline analyze retention`: how long customers with a contract stay.
struct RetentionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retention",
        abstract: "Projects how long subscribers stay, and what they are still worth.",
        discussion: """
            Reads how many of a cohort's customers are still there after 0, 1, 2 … periods (one or \
            several cohorts; a row for each cohort and period, a row for each cohort, or a column \
            for each) and fits the shifted beta geometric model (Fader and Hardie, 2007): each \
            customer leaves with a probability of their own, so those who stay are ever more loyal.

            It assumes that leaving is seen (a contract ends), that nobody comes back, and that a \
            customer's own probability does not change with age, price or season. Do not use it \
            where customers leave silently (analyze value does those), or with fewer than three \
            periods. --until fits fewer periods than there are, so that the rest shows how good \
            the projection is.
            """)

    @Argument(help: ArgumentHelp("The file.", valueName: "cohorts.csv"))
    var file: String
    @Option(help: "The column of cohorts.") var cohort: String?
    @Option(help: "The column of periods since the start.") var period: String?
    @Option(help: "The column of customers who are left.") var survivors: String?
    @Option(help: "Fits this many periods only.") var until: Int?
    @Option(help: "How many periods from the start are projected.") var horizon = 12
    @Option(help: "Customers at the start, where the file holds shares.") var size: Double?
    @Option(help: "What a customer pays in a period.") var price: Double?
    @Option(help: "The part of revenue that is kept, such as 0.35.") var margin = 1.0
    @Option(help: "The discount of a period, such as 0.1.") var discount = 0.1
    @OptionGroup var options: AnswerOptions

    func run() async throws {
        var analysis = RetentionAnalysis()
        (analysis.cohort, analysis.period, analysis.survivors) = (cohort, period, survivors)
        (analysis.until, analysis.horizon, analysis.size) = (until, horizon, size)
        (analysis.price, analysis.margin, analysis.discount) = (price, margin, discount)
        analysis.seed = options.seed
        try await options.answer {
            try analysis.answer(DataTable(path: file, style: options.style))
        }
    }
}
