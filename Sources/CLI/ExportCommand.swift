import App
import ArgumentParser

/// `throughline export`: a workspace as JSON lines on standard output.
struct ExportCommand: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Writes everything a workspace holds as JSON lines, without secrets.",
        discussion: """
            One line a row: {"table": …, "row": …}; then one a picture: {"picture": …, "type": …, \
            "bytes": …} in base64; and {"end": …} with the number of both. With --output the file \
            appears whole or not at all.

              throughline export --workspace harbour-tea --output harbour-tea.jsonl
            """)

    @OptionGroup var options: ServerOptions
    @Option(help: "The workspace's short name.") var workspace: String
    @Option(help: "A file to write; left out: standard output.", completion: .file())
    var output: String?

    @Flag(name: .customLong("no-pictures"), help: "Leave the pictures' bytes out.")
    var leavesPicturesOut = false

    var destination: String? { output }

    func perform(_ program: Program, _ talk: Talk) async throws {
        let export = try await program.export(of: workspace, withPictures: !leavesPicturesOut)
        while let lines = try await export.next() { try await talk.write(lines) }
    }
}
