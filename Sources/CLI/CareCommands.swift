import App
import ArgumentParser
import Kernel

/// `throughline doctor`: looks at everything the program needs.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Checks settings, database, disk and tools.")

    @OptionGroup var options: ServerOptions
    @Flag(help: "Answer in JSON.") var json = false

    func run() async throws {
        let findings = try await options.withProgram { await Checkup.run($0) }
        try Output.show(findings, json: json) {
            findings.map { "\($0.isGood ? "ok  " : "LOOK") \($0.what): \($0.says)" }
                .joined(separator: "\n")
        }
        if findings.contains(where: { !$0.isGood && $0.isNeeded }) { throw ExitCode(69) }
    }
}

/// `throughline config`: the settings as the program sees them.
struct ConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Shows or checks the settings.",
        subcommands: [Print.self, Check.self], defaultSubcommand: Print.self)

    struct Print: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prints every setting, without secrets.")
        @OptionGroup var options: ServerOptions
        @Flag(help: "Answer in JSON.") var json = false

        func run() async throws {
            let lines = try await presenting { try options.settings().lines }
            try Output.show(
                Dictionary(uniqueKeysWithValues: lines.map { ($0.name, $0.value) }), json: json
            ) { Output.table(["setting", "value"], lines.map { [$0.name, $0.value] }) }
        }
    }

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Says whether the settings are good; exits with 65 when not.")
        @OptionGroup var options: ServerOptions

        func run() async throws {
            _ = try await presenting { try options.settings() }
            print("The settings are good.")
        }
    }
}
