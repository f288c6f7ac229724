import App
import ArgumentParser
import Foundation
import Kernel
import Logging
import People
import Terminal

/// `throughline serve`: the server and its worker.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Serves pages and API, and publishes what is due.",
        discussion: """
            The first start prints a link that creates the owner's account. Ctrl-C or SIGTERM lets \
            what is under way finish, then stops.

              throughline serve --data /var/lib/throughline --public-url https://social.example
            """)

    @OptionGroup var options: ServerOptions

    func run() async throws {
        let json = options.json
        try await presenting(json: json) {
            let settings = try options.settings()
            let logger = Logger.program(settings)
            let program = try await Program.open(settings, logger: logger)
            let base = settings.publicURL ?? "http://\(settings.host):\(settings.port)"
            try await program.serve(
                answer: { await CommandAnswers.answer(program, $0, $1) },
                ready: {
                    // Not before it listens: a start that fails must not end an earlier link.
                    do {
                        Self.announce(base, try await program.people.ownerLink(), json: json)
                    } catch {
                        logger.error(
                            "cannot make the owner's link", metadata: ["error": "\(error)"])
                        Self.announce(base, nil, json: json)
                    }
                })
        }
    }

    static func announce(_ base: String, _ ownerLink: String?, json: Bool) {
        let welcome = ownerLink.map { "\(base)/welcome/\($0)" }
        if json {
            var facts = ["url": base]
            facts["ownerLink"] = welcome
            print((try? JSON.text(facts)) ?? "{}")
        } else if let welcome {
            print("Throughline is ready. Open this link once to create the owner's account:")
            print("  \(welcome)")
        } else {
            print("Throughline is ready. Open \(base)")
        }
        fflush(nil)
    }
}

/// `throughline openapi`: the description of the API.
struct OpenAPICommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "openapi", abstract: "Prints the OpenAPI 3.1 description of the API.")

    @Flag(help: "Problems in JSON too; the description always is.") var json = false

    func run() async throws {
        let document = try await presenting(json: json) { try await Program.openAPI() }
        print(String(decoding: document, as: UTF8.self))
    }
}
