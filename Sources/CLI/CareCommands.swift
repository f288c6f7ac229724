import App
import ArgumentParser
import Kernel
import Terminal

/// `throughline doctor`: looks at everything the program needs.
struct DoctorCommand: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Checks settings, database, disk and tools.",
        discussion: """
            Every line says what was looked at, and what to do when it is not good. Exits with 69 \
            when something is missing that the program cannot do without.
            """)

    @OptionGroup var options: ServerOptions
    /// It looks at a machine before the first start, too.
    var needsData: Bool { false }

    func perform(_ program: Program, _ talk: Talk) async throws {
        let findings = await Checkup.run(program)
        try await talk.show(findings) {
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

        func run() async throws {
            let lines = try await presenting(json: options.json) { try options.settings().lines }
            let settings = Dictionary(uniqueKeysWithValues: lines.map { ($0.name, $0.value) })
            print(
                options.json
                    ? try JSON.text(settings)
                    : Output.table(["setting", "value"], lines.map { [$0.name, $0.value] }))
        }
    }

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Says whether the settings are good; exits with 65 when not.")
        @OptionGroup var options: ServerOptions

        func run() async throws {
            _ = try await presenting(json: options.json) { try options.settings() }
            print(options.json ? #"{"isGood":true}"# : "The settings are good.")
        }
    }
}
