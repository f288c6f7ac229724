import App
import ArgumentParser
import Foundation
import Kernel
import Logging
import Terminal

/// `throughline work`: a worker without pages.
struct WorkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "work",
        abstract: "Publishes what is due without serving pages.",
        discussion: """
            For further processes on one PostgreSQL database. On SQLite one process owns the data \
            folder, and `throughline serve` does this work already.
            """)

    @OptionGroup var options: ServerOptions

    func run() async throws {
        let json = options.json
        try await presenting(json: json) {
            let settings = try options.settings()
            let logger = Logger.program(settings)
            let program = try await Program.open(settings, logger: logger)
            try await program.work {
                print(json ? #"{"isWorking":true}"# : "Throughline works.")
                fflush(nil)
            }
        }
    }
}
