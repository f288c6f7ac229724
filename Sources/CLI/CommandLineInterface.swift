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
            // Words that make no command have no options yet, so the flag is looked for by hand.
            if exitCode(for: error) == .validationFailure,
                CommandLine.arguments.contains("--json")
            {
                let (problem, code) = (
                    Problem(.invalid, code: "cli.words", message(for: error)),
                    ExitCode.validationFailure
                )
                FileHandle.standardError.write(
                    problem.complaint(json: true, exitCode: code.rawValue))
                exit(withError: code)
            }
            exit(withError: error)
        }
        do {
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                var command = command
                try command.run()
            }
        } catch {
            exit(withError: error)
        }
    }
}
