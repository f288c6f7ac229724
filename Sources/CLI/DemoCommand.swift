import App
import ArgumentParser
import Foundation
import Kernel
import Logging
import People
import Terminal

/// `throughline demo`: the server with a demo workspace.
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Serves a demo workspace: an invented brand with a year of history.")

    @OptionGroup var options: ServerOptions

    func run() async throws {
        let json = options.json
        try await presenting(json: json) {
            var settings = try options.settings()
            // Its posts leave for the practice network only.
            settings.holdAfter = nil
            settings.servesPractice = true
            let logger = Logger.program(settings)
            let program = try await Program.open(settings, logger: logger)
            let link = try await program.people.ownerLink()
            let base = settings.publicURL ?? "http://\(settings.host):\(settings.port)"
            try await program.serve(answer: { await CommandAnswers.answer(program, $0, $1) }) {
                do {
                    _ = try await program.prepareDemo()
                } catch {
                    // The program works without its demo.
                    let problem = Problem.presenting(error)
                    logger.error("The demo workspace was not made: \(problem.message)")
                }
                ServeCommand.announce(base, link, json: json)
            }
        }
    }
}
