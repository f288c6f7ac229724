import App
import ArgumentParser
import Kernel
import People

/// `throughline user`: accounts, for whoever runs the server.
struct UserCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user", abstract: "Lists and adds people, sets passwords.",
        subcommands: [List.self, Add.self, Password.self], defaultSubcommand: List.self)

    struct Shown: Encodable {
        let email: String
        let name: String
        let workspaces: [String]
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists everybody.")
        @OptionGroup var options: ServerOptions
        @Flag(help: "Answer in JSON.") var json = false

        func run() async throws {
            let people = try await options.withProgram { try await $0.people.people() }
            let shown = people.map { entry in
                Shown(
                    email: entry.person.email, name: entry.person.name,
                    workspaces: entry.places.map { "\($0.slug) (\($0.role.rawValue))" })
            }
            try Output.show(shown, json: json) {
                Output.table(
                    ["e-mail", "name", "workspaces"],
                    shown.map { [$0.email, $0.name, $0.workspaces.joined(separator: ", ")] })
            }
        }
    }

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Adds a person; the password is read from standard input.")
        @OptionGroup var options: ServerOptions
        @Argument(help: "The e-mail address.") var email: String
        @Option(help: "The name shown to others.") var name: String
        @Option(help: "A workspace to join.") var workspace: String?
        @Option(help: "owner, manager, editor, approver or viewer.") var role = "editor"

        func run() async throws {
            let password = readLine(strippingNewline: true) ?? ""
            try await options.withProgram { program in
                guard let role = Role(rawValue: role) else {
                    throw Problem.invalid(
                        "role", "--role takes owner, manager, editor, approver or viewer.")
                }
                var place: Workspace?
                if let workspace {
                    place = try await program.people.workspace(named: workspace)
                }
                let person = try await program.people.addPerson(
                    name: name, email: email, password: password.isEmpty ? nil : password)
                if let place {
                    _ = try await program.people.addMember(
                        person.id, as: role, in: place.id, by: .operator)
                }
            }
            print("Added \(email).")
        }
    }

    struct Password: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Sets a password, read from standard input, and ends all sessions.")
        @OptionGroup var options: ServerOptions
        @Argument(help: "The e-mail address.") var email: String

        func run() async throws {
            let password = readLine(strippingNewline: true) ?? ""
            try await options.withProgram {
                try await $0.people.setPassword(of: email, to: password)
            }
            print("The password of \(email) is set.")
        }
    }
}

extension Principal {
    /// Whoever runs the server and uses its command line.
    static let `operator` = Principal(kind: .commandLine, person: nil, name: "Command line")
}
