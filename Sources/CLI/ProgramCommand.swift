import App
import ArgumentParser
import Foundation
import Kernel
import Logging
import Safekeeping
import Store
import Terminal

/// A command that works on the data of the program, whether or not a server runs on it.
///
/// A SQLite folder belongs to one process. While a server runs there, the command's words go
/// through the server's control socket, and the server performs the same command. Otherwise, and
/// always with PostgreSQL, the command opens the database itself.
protocol ProgramCommand: AsyncParsableCommand {
    var options: ServerOptions { get }
    /// Whether it reads a line of its standard input, such as a password.
    var readsInput: Bool { get }
    /// A file that takes the place of standard output.
    var destination: String? { get }
    /// Whether it works on what is there only; a mistyped folder must not become a new one.
    var needsData: Bool { get }
    /// What is left to say or do once the file is there, in the process of the person who asked.
    func conclude() async throws

    func perform(_ program: Program, _ talk: Talk) async throws
}

extension ProgramCommand {
    var readsInput: Bool { false }
    var needsData: Bool { true }
    var destination: String? { nil }
    func conclude() async throws {}

    func run() async throws {
        let json = options.json
        try await presenting(json: json) {
            var settings = try options.settings()
            if options.logLevel == nil { settings.logLevel = .warning }
            let input = readsInput ? readLine(strippingNewline: true) ?? "" : ""
            let sink = try Sink(destination)
            do {
                let code = try await perform(settings, input: input, sink: sink)
                guard code == 0 else { throw ExitCode(code) }
                try sink.finish()
            } catch {
                sink.abandon()
                throw error
            }
            try await conclude()
        }
    }

    /// Asks the running server, or does it here; tries again while a server is just starting.
    private func perform(
        _ settings: ServerSettings, input: String, sink: Sink
    ) async throws -> Int32 {
        let clock = ContinuousClock()
        let patience = clock.now.advanced(by: .seconds(5))
        while true {
            if case .folder(let folder) = try settings.location {
                let request = ControlRequest(
                    words: Array(CommandLine.arguments.dropFirst()), input: input)
                let code = try await ControlClient.ask(
                    request, folder: folder, output: { try sink.write($0) },
                    complaint: { FileHandle.standardError.write($0) })
                if let code { return code }
            }
            do {
                return try await performHere(settings, input: input, sink: sink)
            } catch StoreError.folderInUse where clock.now < patience {
                try await Task.sleep(for: .milliseconds(100))
            }
        }
    }

    private func performHere(
        _ settings: ServerSettings, input: String, sink: Sink
    ) async throws -> Int32 {
        if needsData { try settings.requireData() }
        let logger = Logger.program(settings)
        let program = try await Program.open(settings, logger: logger)
        let talk = Talk(input: input, json: options.json) {
            try sink.write($0)
        } remark: {
            FileHandle.standardError.write($0)
        }
        do {
            try await perform(program, talk)
            await program.close()
            return 0
        } catch let code as ExitCode {
            await program.close()
            return code.rawValue
        } catch {
            await program.close()
            throw error
        }
    }
}

/// What a command says, and what it was given.
struct Talk: Sendable {
    let input: String
    let json: Bool
    let write: @Sendable (Data) async throws -> Void
    /// Writes to standard error, where progress and remarks belong.
    let remark: @Sendable (Data) async throws -> Void

    init(
        input: String, json: Bool, write: @escaping @Sendable (Data) async throws -> Void,
        remark: @escaping @Sendable (Data) async throws -> Void
    ) {
        self.input = input
        self.json = json
        self.write = write
        self.remark = remark
    }

    /// Says how far something has come; programs that read JSON are spared it.
    var progress: @Sendable (String) async -> Void {
        { text in
            guard !json else { return }
            try? await remark(Data((text + "\n").utf8))
        }
    }

    /// Says one line.
    func line(_ text: String) async throws { try await write(Data((text + "\n").utf8)) }

    /// Shows rows to people, or JSON to programs.
    func show(_ value: some Encodable & Sendable, text: () -> String) async throws {
        try await line(json ? try JSON.text(value) : text())
    }
}

/// Standard output, or a file that appears whole or not at all.
private struct Sink: Sendable {
    private let path: String?
    private let file: FileHandle

    init(_ path: String?) throws(Problem) {
        self.path = path
        guard let path else {
            file = .standardOutput
            return
        }
        let partial = path + ".part"
        // Exports and backups are for the person who asked, not for everybody on the machine.
        guard
            FileManager.default.createFile(
                atPath: partial, contents: nil, attributes: [.posixPermissions: 0o600]),
            let handle = FileHandle(forWritingAtPath: partial)
        else {
            throw Problem(
                .unavailable, code: "export.file", "\(path) cannot be written. Choose another.")
        }
        file = handle
    }

    func write(_ data: Data) throws { try file.write(contentsOf: data) }

    func finish() throws {
        guard let path else { return }
        try Files.settle(file, path + ".part", path)
        try file.close()
    }

    func abandon() { if let path { unlink(path + ".part") } }
}

/// The running server's side: performs commands that come through its control socket.
enum CommandAnswers {
    static func answer(
        _ program: Program, _ request: ControlRequest, _ reply: ControlReply
    ) async -> Int32 {
        var json = false
        do {
            guard request.version == Version.current else {
                throw Problem(
                    .conflict, code: "control.version",
                    "The running server is version \(Version.current), this command is "
                        + "\(request.version). Restart the server, or use its own program.")
            }
            guard
                let command = try CommandLineInterface.parseAsRoot(request.words)
                    as? any ProgramCommand
            else {
                throw Problem(
                    .invalid, code: "control.command", "The server does not perform that command.")
            }
            json = command.options.json
            let talk = Talk(input: request.input, json: json) {
                try await reply.output($0)
            } remark: {
                try await reply.complaint($0)
            }
            try await command.perform(program, talk)
            return 0
        } catch let code as ExitCode {
            return code.rawValue
        } catch {
            let problem = Problem.presenting(error)
            try? await reply.complaint(problem.complaint(json: json))
            return problem.exitCode
        }
    }
}
