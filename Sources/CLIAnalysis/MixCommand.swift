import Analysis
import ArgumentParser
import Foundation
import Synchronization

/// `throughline analyze mix`: what each channel brought, from a history of spend.
struct MixCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mix",
        abstract: "What each channel brought, from a history of spend: a Bayesian mix model.",
        discussion: """
            Answers: of what came in week after week, how much did each channel bring, and how \
            sure is that?

            DATA.csv has one row for each period (and place): a date, a target, spend of each \
            channel. MODEL.yaml says which columns are which: date, target and channels; and, \
            where wanted, controls, adstock, saturation, seasonality, trend, weekly, geo, \
            holidays, priors, calibration, spend, worth, holdout.

            Spend goes on working for some periods (adstock) and flattens out (saturation); \
            trend, seasons, holidays and controls explain the rest. Chains of the No-U-Turn \
            sampler draw from all that fits the data and the stated priors. When they disagree, \
            no figure is reported, and the exit code is 65.

            It assumes that spend was not raised because demand was about to rise, and that \
            nothing important is missing. Do not use it with less than about two years of weeks, \
            for channels that were always bought together, or where a test is possible: analyze \
            lift, analyze geo. Tests that were made belong into calibration:.
            """)

    @Argument(help: ArgumentHelp("One row for each period.", valueName: "data.csv"))
    var file: String
    @Option(help: ArgumentHelp("What the columns are.", valueName: "model.yaml"))
    var config: String
    @Option(help: "How many draws each chain keeps; 1500 unless said, 500 with places.")
    var draws: Int?
    @Option(help: "How many chains.")
    var chains = 4
    @OptionGroup var shown: AnswerOptions

    func run() async throws {
        let reported = Atomic(true)
        let bar = ProgressLine()
        try await shown.answer {
            defer { bar.clear() }
            var analysis = MixAnalysis(try MixConfiguration(path: config))
            analysis.draws = draws
            analysis.chains = chains
            analysis.seed = shown.seed
            analysis.progress = { bar.show($0) }
            let answer = try await analysis.answer(try DataTable(path: file, style: shown.style))
            reported.store(answer.reported, ordering: .relaxed)
            return answer
        }
        if !reported.load(ordering: .relaxed) { throw ExitCode(65) }
    }
}

/// How far long work is, on standard error when a person looks at it.
struct ProgressLine: Sendable {
    private let isWatched = isatty(2) == 1

    func show(_ share: Double) {
        guard isWatched else { return }
        let text = "\rDrawing … \(Int(share * 100)) %"
        FileHandle.standardError.write(Data(text.utf8))
    }

    func clear() {
        guard isWatched else { return }
        FileHandle.standardError.write(Data("\r\u{1B}[K".utf8))
    }
}
