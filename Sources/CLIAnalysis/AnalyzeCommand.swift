package import ArgumentParser
import Analysis
import Foundation
import Kernel
import Terminal

/// `throughline analyze`: what a file of numbers says about return.
package struct AnalyzeCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "analyze",
        abstract: "Answers what social media brought, from files: no server, no database.",
        subcommands: [
            AnalyzeGeoCommand.self,
            AnalyzeImpactCommand.self,
            AnalyzeSilenceCommand.self,
            AttributionCommand.self,
            BudgetCommand.self,
            ConsistencyCommand.self,
            FactorialCommand.self,
            HalfLifeCommand.self,
            LiftCommand.self,
            MixCommand.self,
            PowerCommand.self,
            RankCommand.self,
            RetentionCommand.self,
            ValueCommand.self,
        ])

    package init() {}
}

/// How an answer is shown; the options that every analysis has.
struct AnswerOptions: ParsableArguments {
    enum Format: String, ExpressibleByArgument, CaseIterable { case json, table }

    @Option(help: "json for programs, table for people.")
    var format = Format.json
    @Option(help: ArgumentHelp("Draw a picture into this file.", valueName: "file.svg"))
    var plot: String?
    @Option(help: "The seed of all chance: the same seed gives the same answer.")
    var seed: UInt64 = 1
    @Flag(help: "Numbers in the file have decimal commas, such as 1.234,5.")
    var decimalComma = false

    var style: CSVStyle { CSVStyle(hasDecimalCommas: decimalComma) }

    /// Runs an analysis, and prints its answer or its problem.
    ///
    /// Before anything is computed it is certain that `--plot` and the other `files` can be
    /// written; they are written when the answer has been printed, so that it is never lost.
    func answer<Answer: AnalysisAnswer>(
        files: [(path: String?, text: (Answer) -> String)] = [], keepsOtherFiles: Bool = false,
        _ analysis: () async throws -> Answer
    ) async throws {
        try await presenting(json: format == .json) {
            if plot != nil, !Answer.drawsPicture {
                throw AnalysisError.unsuitable("This analysis has no picture; leave --plot out.")
            }
            let picture = try plot.map { path throws(AnalysisError) in try OutputFile(path) }
            var outputs: [(file: OutputFile, text: (Answer) -> String)] = []
            for (path, text) in files {
                if let path {
                    outputs.append((try OutputFile(path, keepsOthers: keepsOtherFiles), text))
                }
            }
            let answer = try await analysis()
            try show(answer)
            for (file, text) in outputs { try file.write(text(answer)) }
            if let picture {
                guard let drawn = answer.picture else {
                    throw AnalysisError.unsuitable(
                        "There is nothing to draw in this answer, so \(picture.path) was not "
                            + "written.")
                }
                try picture.write(drawn.svg)
            }
        }
    }

    private func show(_ answer: some AnalysisAnswer) throws {
        switch format {
        case .json: print(try answer.json())
        case .table:
            for section in answer.sections {
                switch section {
                case .table(let heading, let rows): print(Output.table(heading, rows))
                case .text(let text): print(text)
                }
                print()
            }
        }
        // A file that fails afterwards must not take the answer along.
        fflush(nil)
    }
}

extension AnalyzeCommand {
    /// Whether problems of a command line are shown as JSON: they are, unless the words after
    /// `analyze` ask for tables.
    package static func showsProblemsAsJSON(_ words: some Sequence<String>) -> Bool {
        var before = ""
        for word in words {
            if word == "--format=table" || before == "--format" && word == "table" { return false }
            before = word
        }
        return true
    }
}
