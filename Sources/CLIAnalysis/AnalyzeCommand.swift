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
            ConsistencyCommand.self,
            FactorialCommand.self,
            HalfLifeCommand.self,
            LiftCommand.self,
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
    func answer(_ analysis: () async throws -> some AnalysisAnswer) async throws {
        let answer = try await presenting(json: format == .json) { try await analysis() }
        if let plot {
            guard let picture = answer.picture else {
                throw ValidationError("This analysis has no picture; leave --plot out.")
            }
            try Data(picture.svg.utf8).write(to: URL(filePath: plot), options: .atomic)
        }
        switch format {
        case .json: print(try JSON.text(answer))
        case .table:
            for section in answer.sections {
                switch section {
                case .table(let heading, let rows): print(Output.table(heading, rows))
                case .text(let text): print(text)
                }
                print()
            }
        }
    }
}
