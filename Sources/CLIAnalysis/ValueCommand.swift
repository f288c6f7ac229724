import Analysis
import ArgumentParser
import Foundation
import Terminal

extension ValueAnalysis.Unit: ExpressibleByArgument {}

/// `throughline analyze value`: what customers are worth.
struct ValueCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "value",
        abstract: "Says what customers without a contract are worth: purchases still to come.",
        discussion: """
            Reads transactions (customer, date, amount; columns are found by their usual names) or \
            summaries (frequency, recency, T, monetary_value) and fits BG/NBD (Fader, Hardie and \
            Lee, 2005) for purchases and gamma-gamma (Fader and Hardie, 2013) for what is spent. \
            Rows of one customer and day are one purchase; the first does not count as a repeat.

            It assumes that customers buy at a rate of their own until they silently leave, that \
            the rate does not change with season or campaign, and that spending is independent of \
            how often one buys. Do not use it for subscriptions (analyze retention does those), for \
            fewer than about a hundred customers who came back, or to judge one customer: it is \
            right about sums. Check it with --split, which fits up to a day and compares what came \
            after.
            """)

    @Argument(help: ArgumentHelp("The file.", valueName: "transactions.csv"))
    var file: String
    @Option(help: "The column of customers.") var customer: String?
    @Option(help: "The column of days.") var date: String?
    @Option(help: "The column of amounts; negative ones are refunds.") var amount: String?
    @Option(help: "Leaves out what came after this day.") var until: String?
    @Option(help: "Also fits up to this day, and compares what came after.") var split: String?
    @Option(help: "The unit of time: day, week or month.") var unit = ValueAnalysis.Unit.week
    @Option(help: "How far ahead to look, in units. (default: a year)") var horizon: Double?
    @Option(help: "The discount of a year, such as 0.1.") var discount = 0.0
    @Option(help: "The part of revenue that is kept, such as 0.35.") var margin = 1.0
    @Option(help: "What winning a customer costs; gives the time until it is repaid.")
    var acquisitionCost: Double?
    @Option(help: "How many of the most valuable customers are shown.") var top = 20
    @Option(help: ArgumentHelp("Writes all customers into this file.", valueName: "file.csv"))
    var customers: String?
    @OptionGroup var options: AnswerOptions

    func run() async throws {
        var analysis = ValueAnalysis()
        (analysis.customer, analysis.date, analysis.amount) = (customer, date, amount)
        (analysis.until, analysis.split, analysis.unit) = (until, split, unit)
        (analysis.horizon, analysis.discount, analysis.margin) = (horizon, discount, margin)
        (analysis.acquisitionCost, analysis.top) = (acquisitionCost, top)
        let asked = analysis
        try await options.answer(files: [(customers, { $0.customersFile })]) {
            try asked.answer(DataTable(path: file, style: options.style))
        }
    }
}
