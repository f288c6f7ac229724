import App
package import ArgumentParser
import CLIAnalysis
import Foundation
import Kernel
import Terminal

/// The command line of the program.
package struct CommandLineInterface: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "throughline",
        abstract: "Runs social media marketing as a process, and shows what it earned.",
        discussion: """
            Start with `throughline demo` to look around, or `throughline serve` for your own \
            work. Both print the address to open. Settings come from options, then from \
            THROUGHLINE_… environment variables; `throughline config print` shows them.
            """,
        version: Version.current,
        subcommands: [
            ServeCommand.self, WorkCommand.self, DemoCommand.self, DoctorCommand.self,
            ConfigCommand.self,
            UserCommand.self, TokenCommand.self, AuditCommand.self, PersonCommand.self,
            PrivacyCommand.self, ExportCommand.self,
            BackupCommand.self, RestoreCommand.self, MoveCommand.self, InstanceCommand.self,
            KeysCommand.self,
            OpenAPICommand.self,
            AnalyzeCommand.self,
            ChaosCommand.self,
        ])

    package init() {}
}

extension CommandLineInterface {
    /// Runs the command that the process was started with.
    package static func run() async {
        CoreFiles.forbid()
        Allocator.shareFreeMemory()
        Orphan.watch()
        let command: any ParsableCommand
        do {
            command = try parseAsRoot()
        } catch {
            exit(withError: error, asJSON: wantsJSON)
        }
        do {
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                var command = command
                try command.run()
            }
        } catch {
            exit(withError: error, asJSON: wantsJSON)
        }
    }

    /// Whether errors of the command line are JSON. Words that make no command have no options yet,
    /// so they are looked for by hand; analyses answer in JSON unless they are asked for tables.
    private static var wantsJSON: Bool {
        let words = CommandLine.arguments.dropFirst()
        if words.contains("--json") { return true }
        return words.first == "analyze" && AnalyzeCommand.showsProblemsAsJSON(words.dropFirst())
    }
}
