import Analysis
import ArgumentParser
import Foundation
import Statistics

/// `throughline analyze silence`: what a channel's own posting brings.
struct AnalyzeSilenceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "silence",
        abstract: "What posting brings, from drawn blocks of posting and silence.",
        discussion: """
            Answers: what would happen if the channel fell silent? Blocks of posting and silence \
            are drawn in pairs by lot (--design), longer than the half-life of a post; the first \
            part of each block is not measured, so that what was posted before has faded. The \
            difference is then compared with what the same lot could have drawn.

            Assumes: a lot chose the blocks; what is carried over has faded when measuring \
            begins; nothing else changes along with posting.

            Do not use it for silences that somebody chose (holidays, a crisis), for posts that \
            work for months (their blocks would be years), or with fewer than six pairs, which \
            cannot prove anything at 95 %.

            The file has a row for each day: date, condition (post or silence), value, and best a \
            column block. Other names and hours or weeks instead of days work, too.
            """,
        aliases: ["switchback"])

    @Argument(
        help: ArgumentHelp(
            "One row for each day; with --design the channel's past, to say how small an effect "
                + "would be found.", valueName: "data.csv"))
    var file: String?
    @Flag(help: "Draw a calendar instead of reading one.")
    var design = false
    @Option(help: "How many weeks the calendar has.")
    var weeks: Int?
    @Option(help: "In how many days half of what a post brings has come.")
    var halfLife: Double?
    @Option(
        name: [.customLong("block-days"), .customLong("block-length")],
        help: "How many days one block has; whole weeks by the half-life unless said.")
    var blockDays: Int?
    @Option(help: "How many days of each block are not measured.")
    var burnIn: Int?
    @Option(help: "The first day of the calendar.")
    var start: String?
    @Option(help: ArgumentHelp("Write the calendar day by day.", valueName: "file.csv"))
    var calendar: String?
    @Option(help: "pairs or complete: how blocks were drawn; found out unless said.")
    var drawn: SwitchbackTest.Design?
    @Option(
        help:
            "How many draws are compared with when there are too many for all; 10,000 unless said.")
    var draws: Int?
    @Option(
        help: "With --design and a past: how likely an effect must be found; 0.8 unless said.",
        transform: ShareOption.read)
    var power: Double?
    @Option(
        help: "How sure the interval is: 0.95, 95 or 95%; 0.95 unless said.",
        transform: ShareOption.read)
    var level = 0.95
    @Option(help: "The column of days or periods.")
    var dateColumn: String?
    @Option(help: "The column of post and silence.")
    var conditionColumn: String?
    @Option(help: "The column of results.")
    var valueColumn: String?
    @Option(help: "The column that numbers the blocks.")
    var blockColumn: String?
    @OptionGroup var shown: AnswerOptions

    func validate() throws {
        if design {
            guard weeks != nil, halfLife != nil else {
                throw ValidationError("--design needs --weeks N and --half-life DAYS.")
            }
            try refuse(
                [
                    ("--drawn", drawn != nil), ("--draws", draws != nil),
                    ("--condition-column", conditionColumn != nil),
                    ("--block-column", blockColumn != nil),
                ], "reads a file; --design draws a calendar")
            if file == nil {
                try refuse(
                    [
                        ("--date-column", dateColumn != nil),
                        ("--value-column", valueColumn != nil), ("--power", power != nil),
                        ("--decimal-comma", shown.decimalComma),
                    ], "is about a file of the past; name one")
            }
        } else {
            guard file != nil else {
                throw ValidationError("Name the file to read, or say --design to draw a calendar.")
            }
            try refuse(
                [
                    ("--weeks", weeks != nil), ("--start", start != nil),
                    ("--calendar", calendar != nil), ("--power", power != nil),
                ], "belongs to a calendar; say --design to draw one")
        }
    }

    private func refuse(_ options: [(name: String, isSaid: Bool)], _ reason: String) throws {
        if let said = options.first(where: \.isSaid) {
            throw ValidationError("\(said.name) \(reason), or leave it out.")
        }
    }

    func run() async throws {
        if design {
            // A calendar that is there already may hold results.
            try await shown.answer(files: [(calendar, { $0.calendar })], keepsOtherFiles: true) {
                try plan.answer(try file.map { try DataTable(path: $0, style: shown.style) })
            }
        } else {
            let analysis = analysis
            try await shown.answer {
                try analysis.answer(try DataTable(path: file ?? "", style: shown.style))
            }
        }
    }

    private var plan: SilenceDesign {
        var design = SilenceDesign(weeks: weeks ?? 0, halfLife: halfLife ?? 0)
        design.blockDays = blockDays
        design.burnIn = burnIn
        design.start = start
        design.level = level
        design.seed = shown.seed
        design.columns.date = dateColumn
        design.columns.value = valueColumn
        design.power = power ?? design.power
        return design
    }

    private var analysis: SilenceAnalysis {
        var analysis = SilenceAnalysis()
        analysis.columns.date = dateColumn
        analysis.columns.condition = conditionColumn
        analysis.columns.value = valueColumn
        analysis.columns.block = blockColumn
        analysis.blockDays = blockDays
        analysis.halfLife = halfLife
        analysis.burnIn = burnIn
        analysis.design = drawn
        analysis.draws = draws ?? analysis.draws
        analysis.level = level
        analysis.seed = shown.seed
        return analysis
    }
}

extension SwitchbackTest.Design: ExpressibleByArgument {}
