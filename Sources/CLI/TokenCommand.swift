import App
import ArgumentParser
import Kernel
import People

/// `throughline token`: API tokens.
struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Lists, creates and revokes API tokens.",
        subcommands: [List.self, Create.self, Revoke.self], defaultSubcommand: List.self)

    struct Shown: Encodable {
        let id: String
        let name: String
        let prefix: String
        let person: String
        let permissions: [String]
        let expiresAt: String?
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists a workspace's tokens.")
        @OptionGroup var options: ServerOptions
        @Option(help: "The workspace's short name.") var workspace: String
        @Flag(help: "Answer in JSON.") var json = false

        func run() async throws {
            let tokens = try await options.withProgram { program in
                let place = try await program.people.workspace(named: workspace)
                return try await program.people.tokens(in: place.id)
            }
            let shown = tokens.map { token in
                Shown(
                    id: token.id.text, name: token.name, prefix: token.prefix,
                    person: token.personName,
                    permissions: token.scopes.permissions.map(\.rawValue),
                    expiresAt: token.expiresAt?.iso8601)
            }
            try Output.show(shown, json: json) {
                Output.table(
                    ["id", "name", "prefix", "acts for"],
                    shown.map { [$0.id, $0.name, $0.prefix, $0.person] })
            }
        }
    }

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Creates a token and prints it once.")
        @OptionGroup var options: ServerOptions
        @Argument(help: "What the token is for.") var name: String
        @Option(help: "The workspace's short name.") var workspace: String
        @Option(help: "The person it acts for, by e-mail.") var person: String
        @Option(help: "A permission it may use; repeatable. Left out: all the person's own.")
        var permission: [String] = []
        @Option(help: "How many days it works; left out: until revoked.") var days: Int?

        func run() async throws {
            let text = try await options.withProgram { program in
                let place = try await program.people.workspace(named: workspace)
                let owner = try await program.people.person(email: person)
                let role = try await program.people.place(of: owner.id, in: place.slug)?.role
                let own = Permission.allCases.filter { permission in
                    role.map { Policy.allows($0, permission) } ?? false
                }
                let wanted = try permission.map(Self.permission)
                return try await program.people.createToken(
                    .init(
                        name: name, permissions: Set(wanted.isEmpty ? own : wanted), days: days),
                    for: owner.id, in: place.id, by: .operator
                ).text
            }
            print(text)
        }

        private static func permission(_ text: String) throws(Problem) -> Permission {
            guard let value = Permission(rawValue: text) else {
                let known = Permission.allCases.map(\.rawValue).joined(separator: ", ")
                throw .invalid(
                    "permission", "There is no permission “\(text)”. Known are: \(known).")
            }
            return value
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Makes a token useless at once.")
        @OptionGroup var options: ServerOptions
        @Argument(help: "The token's id, as `token list` shows it.") var id: String
        @Option(help: "The workspace's short name.") var workspace: String

        func run() async throws {
            try await options.withProgram { program in
                let place = try await program.people.workspace(named: workspace)
                guard let id = APITokenID(id) else { throw Problem.notFound("token") }
                try await program.people.revoke(
                    id, in: place.id, by: .operator, anyones: true)
            }
            print("Revoked.")
        }
    }
}
