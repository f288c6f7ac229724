import App
import ArgumentParser

/// `throughline export`: a workspace as JSON lines on standard output.
struct ExportCommand: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Writes everything a workspace holds as JSON lines, without secrets.",
        discussion: """
            One line a row: {"table": …, "row": …}. With --output the file appears whole or not \
            at all.

              throughline export --workspace harbour-tea --output harbour-tea.jsonl
            """)

    @OptionGroup var options: ServerOptions
    @Option(help: "The workspace's short name.") var workspace: String
    @Option(help: "A file to write; left out: standard output.", completion: .file())
    var output: String?

    var destination: String? { output }

    func perform(_ program: Program, _ talk: Talk) async throws {
        try await program.export.run(workspace: workspace) { try await talk.write($0) }
    }
}
