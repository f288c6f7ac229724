import App
import ArgumentParser
import Foundation
import Kernel
import Logging
import Store

/// Options that every command with a database takes.
struct ServerOptions: ParsableArguments {
    @Option(name: .customLong("data"), help: "The folder of the database, media and keys.")
    var dataFolder: String?

    @Option(help: "A postgres:// address to use instead of SQLite in the data folder.")
    var database: String?

    @Option(help: "The address to listen on (127.0.0.1).")
    var host: String?

    @Option(help: "The port to listen on (8080).")
    var port: Int?

    @Option(
        name: .customLong("public-url"),
        help: "How the world reaches this server, such as https://social.example.")
    var publicURL: String?

    @Flag(
        name: .customLong("trust-proxy"),
        help: "Take visitors' addresses from X-Forwarded-For, set by a proxy in front.")
    var trustsProxy = false

    @Option(
        name: .customLong("allow-address"),
        help: "A host[:port] in a private network that connectors may reach. Repeatable.")
    var allowedAddresses: [String] = []

    @Option(name: .customLong("log-level"), help: "debug, info, notice, warning or error.")
    var logLevel: String?

    func settings() throws(Problem) -> ServerSettings {
        try ServerSettings(
            .init(
                dataFolder: dataFolder, database: database, host: host, port: port,
                publicURL: publicURL, trustsProxy: trustsProxy ? true : nil,
                allowedAddresses: allowedAddresses, logLevel: logLevel),
            environment: ProcessInfo.processInfo.environment)
    }

    /// Opens the program for one command and closes it afterwards.
    func withProgram<Value>(_ body: (Program) async throws -> Value) async throws -> Value {
        try await presenting {
            var settings = try settings()
            if logLevel == nil { settings.logLevel = .warning }
            let level = settings.logLevel
            let logger = Logger(label: "throughline") { _ in TextLog(level: level) }
            let program = try await Program.open(settings, logger: logger)
            do {
                let value = try await body(program)
                await program.close()
                return value
            } catch {
                await program.close()
                throw error
            }
        }
    }
}

/// Says errors in plain words and exits with a code that means something.
func presenting<Value>(_ body: () async throws -> Value) async throws -> Value {
    do {
        return try await body()
    } catch let error as any Presentable {
        let problem = error.problem
        var text = "throughline: \(problem.message)"
        for (field, message) in problem.fields.sorted(by: { $0.key < $1.key })
        where message != problem.message {
            text += "\n  \(field): \(message)"
        }
        FileHandle.standardError.write(Data((text + "\n").utf8))
        throw ExitCode(problem.exitCode)
    }
}

/// Prints rows for people, or JSON for programs.
enum Output {
    static func show(_ value: some Encodable, json: Bool, text: () -> String) throws {
        print(json ? try JSON.text(value) : text())
    }

    /// Columns of equal width, with a heading.
    static func table(_ heading: [String], _ rows: [[String]]) -> String {
        let all = [heading] + rows
        let widths = heading.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        return all.map { row in
            zip(row, widths).map { text, width in
                text + String(repeating: " ", count: width - text.count)
            }.joined(separator: "  ").replacing(/\ +$/, with: "")
        }.joined(separator: "\n")
    }
}
