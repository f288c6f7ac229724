import App
import ArgumentParser
import Kernel
import People
import Terminal

/// `throughline token`: API tokens.
struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Lists, creates and revokes API tokens.",
        discussion: """
            Works beside a running server as well.

              throughline token --workspace harbour-tea
              throughline token create Website --workspace harbour-tea \
            --person ada@example.org --permission recordResults
              throughline token revoke 0190… --workspace harbour-tea
            """,
        subcommands: [List.self, Create.self, Revoke.self], defaultSubcommand: List.self)

    struct Shown: Encodable {
        let id: String
        let name: String
        let prefix: String
        let person: String
        let permissions: [String]
        let expiresAt: String?
        let lastUsedAt: String?
    }

    struct List: ProgramCommand {
        static let configuration = CommandConfiguration(abstract: "Lists a workspace's tokens.")
        @OptionGroup var options: ServerOptions
        @Option(help: "The workspace's short name.") var workspace: String

        func perform(_ program: Program, _ talk: Talk) async throws {
            let place = try await program.people.workspace(named: workspace)
            let tokens = try await program.people.tokens(in: place.id)
            let shown = tokens.map { token in
                Shown(
                    id: token.id.text, name: token.name, prefix: token.prefix,
                    person: token.personName,
                    permissions: token.scopes.permissions.map(\.rawValue),
                    expiresAt: token.expiresAt?.iso8601,
                    lastUsedAt: token.lastUsedAt?.iso8601)
            }
            try await talk.show(shown) {
                Output.table(
                    ["id", "name", "prefix", "acts for", "last used", "ends"],
                    shown.map {
                        [
                            $0.id, $0.name, $0.prefix, $0.person, $0.lastUsedAt ?? "never",
                            $0.expiresAt ?? "when revoked",
                        ]
                    })
            }
        }
    }

    struct Create: ProgramCommand {
        static let configuration = CommandConfiguration(
            abstract: "Creates a token and prints it once.")
        @OptionGroup var options: ServerOptions
        @Argument(help: "What the token is for.") var name: String
        @Option(help: "The workspace's short name.") var workspace: String
        @Option(help: "The person it acts for, by e-mail.") var person: String
        @Option(help: "A group of permissions: read, write or all that the person has.")
        var access: String?
        @Option(help: "A permission it may use; repeatable. Without it and --access: all.")
        var permission: [String] = []
        @Option(help: "How many days it works; left out: until revoked.") var days: Int?

        func perform(_ program: Program, _ talk: Talk) async throws {
            let place = try await program.people.workspace(named: workspace)
            let owner = try await program.people.person(email: person)
            let role = try await program.people.place(of: owner.id, in: place.slug)?.role
            let own = Permission.allCases.filter { permission in
                role.map { Policy.allows($0, permission) } ?? false
            }
            var wanted = Set(try permission.map(Self.permission))
            if let access {
                guard let group = TokenAccess(rawValue: access) else {
                    throw Problem.invalid("access", "--access takes read, write or all.")
                }
                wanted.formUnion(role.map(group.permissions) ?? [])
            }
            let text = try await program.people.createToken(
                .init(name: name, permissions: wanted.isEmpty ? Set(own) : wanted, days: days),
                for: owner.id, in: place.id, by: .operator
            ).text
            try await talk.show(["token": text]) { text }
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

    struct Revoke: ProgramCommand {
        static let configuration = CommandConfiguration(
            abstract: "Makes a token useless at once.")
        @OptionGroup var options: ServerOptions
        @Argument(help: "The token's id, as `token list` shows it.") var id: String
        @Option(help: "The workspace's short name.") var workspace: String

        func perform(_ program: Program, _ talk: Talk) async throws {
            let place = try await program.people.workspace(named: workspace)
            guard let token = APITokenID(id) else { throw Problem.notFound("token") }
            try await program.people.revoke(token, in: place.id, by: .operator, anyones: true)
            try await talk.show(["revoked": id]) { "Revoked." }
        }
    }
}
