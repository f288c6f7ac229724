import App
import ArgumentParser
import Foundation
import Kernel

/// `throughline export`: a workspace as JSON lines on standard output.
struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Writes everything a workspace holds as JSON lines, without secrets.")

    @OptionGroup var options: ServerOptions
    @Option(help: "The workspace's short name.") var workspace: String
    @Option(help: "A file to write; left out: standard output.") var output: String?

    func run() async throws {
        try await options.withProgram { program in
            let file = try Self.open(output)
            try await program.export.run(workspace: workspace) { line in
                try file.write(contentsOf: line)
            }
            if output != nil { try file.close() }
        }
    }

    private static func open(_ path: String?) throws -> FileHandle {
        guard let path else { return .standardOutput }
        guard FileManager.default.createFile(atPath: path, contents: nil),
            let file = FileHandle(forWritingAtPath: path)
        else {
            throw Problem(
                .unavailable, code: "export.file", "\(path) cannot be written. Choose another.")
        }
        return file
    }
}
