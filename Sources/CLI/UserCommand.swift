import App
import ArgumentParser
import Kernel
import People
import Terminal

/// `throughline user`: accounts, for whoever runs the server.
struct UserCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user", abstract: "Lists and adds people, helps them back in.",
        discussion: """
            Works beside a running server as well.

              throughline user
              echo "$PASSWORD" | throughline user add ben@example.org --name Ben \
            --workspace harbour-tea --role editor
              throughline user link ben@example.org
              throughline user second-factor ben@example.org --remove
              throughline user sign-out ben@example.org
            """,
        subcommands: [
            List.self, Add.self, Guest.self, Password.self, Link.self, SecondFactor.self,
            SignOut.self,
        ], defaultSubcommand: List.self)

    struct Shown: Encodable {
        let email: String
        let name: String
        let workspaces: [String]
    }

    struct List: ProgramCommand {
        static let configuration = CommandConfiguration(abstract: "Lists everybody.")
        @OptionGroup var options: ServerOptions

        func perform(_ program: Program, _ talk: Talk) async throws {
            let people = try await program.people.people()
            let shown = people.map { entry in
                Shown(
                    email: entry.person.email, name: entry.person.name,
                    workspaces: entry.places.map { "\($0.slug) (\($0.role.rawValue))" })
            }
            try await talk.show(shown) {
                Output.table(
                    ["e-mail", "name", "workspaces"],
                    shown.map { [$0.email, $0.name, $0.workspaces.joined(separator: ", ")] })
            }
        }
    }

    struct Add: ProgramCommand {
        static let configuration = CommandConfiguration(
            abstract: "Adds a person; the password is read from standard input.")
        @OptionGroup var options: ServerOptions
        @Argument(help: "The e-mail address.") var email: String
        @Option(help: "The name shown to others.") var name: String
        @Option(help: "A workspace to join.") var workspace: String?
        @Option(help: "owner, manager, editor, approver or viewer.") var role = "editor"

        var readsInput: Bool { true }

        func perform(_ program: Program, _ talk: Talk) async throws {
            guard let role = Role(rawValue: role) else {
                throw Problem.invalid(
                    "role", "--role takes owner, manager, editor, approver or viewer.")
            }
            var place: Workspace?
            if let workspace {
                place = try await program.people.workspace(named: workspace)
            }
            let person = try await program.people.addPerson(
                name: name, email: email, password: talk.input.isEmpty ? nil : talk.input,
                by: .operator)
            if let place {
                _ = try await program.people.addMember(
                    person.id, as: role, in: place.id, by: .operator)
            }
            let shown = Shown(
                email: person.email, name: person.name,
                workspaces: place.map { ["\($0.slug) (\(role.rawValue))"] } ?? [])
            try await talk.show(shown) { "Added \(shown.email)." }
        }
    }

    struct Guest: ProgramCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lets a person see chosen initiatives for some days, and nothing else.")
        @OptionGroup var options: ServerOptions
        @Argument(help: "The e-mail address of a person who is no member.") var email: String
        @Option(help: "The workspace's short name.") var workspace: String
        @Option(help: "An initiative's identifier; repeatable.") var initiative: [String]
        @Option(help: "How many days, from today.") var days = 30
        @Flag(help: "May write posts for the items.") var mayWrite = false
        @Flag(help: "May approve posts of the items.") var mayApprove = false

        struct Shown: Encodable {
            let email: String
            let until: String
        }

        func perform(_ program: Program, _ talk: Talk) async throws {
            let place = try await program.people.workspace(named: workspace)
            let known = try await program.initiatives(in: place.id)
            guard initiative.allSatisfy(known.contains) else {
                throw Problem.invalid(
                    "initiative", "--initiative takes identifiers of this workspace's initiatives.")
            }
            let person = try await program.people.person(email: email)
            let member = try await program.people.addGuest(
                person.id,
                GuestPlan(
                    initiatives: initiative, days: days, mayWrite: mayWrite,
                    mayApprove: mayApprove), in: place.id, by: .operator)
            let shown = Shown(
                email: person.email, until: member.guest?.until.iso8601 ?? "")
            try await talk.show(shown) { "\(shown.email) is a guest until \(shown.until)." }
        }
    }

    struct Password: ProgramCommand {
        static let configuration = CommandConfiguration(
            abstract: "Sets a password, read from standard input, and ends all sessions.")
        @OptionGroup var options: ServerOptions
        @Argument(help: "The e-mail address.") var email: String

        var readsInput: Bool { true }

        func perform(_ program: Program, _ talk: Talk) async throws {
            try await program.people.setPassword(of: email, to: talk.input, by: .operator)
            try await talk.show(["email": email]) { "The password of \(email) is set." }
        }
    }

    struct Link: ProgramCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prints a one-time link with which a person chooses a new password.",
            discussion: "It works for a day. A second factor stays needed at sign-in.")
        @OptionGroup var options: ServerOptions
        @Argument(help: "The e-mail address.") var email: String

        func perform(_ program: Program, _ talk: Talk) async throws {
            let secret = try await program.people.passwordLink(for: email, by: .operator)
            let settings = program.settings
            let base = settings.publicURL ?? "http://\(settings.host):\(settings.port)"
            let link = "\(base)/password/\(secret)"
            try await talk.show(["email": email, "link": link]) { link }
        }
    }

    struct SecondFactor: ProgramCommand {
        static let configuration = CommandConfiguration(
            commandName: "second-factor",
            abstract: "Says whether a person has a second factor; takes a lost one away.",
            discussion: """
                Make sure who asks: with the second factor gone, the password alone opens the \
                account until the person sets up a new one.
                """)
        @OptionGroup var options: ServerOptions
        @Argument(help: "The e-mail address.") var email: String
        @Flag(help: "Take it away and end all sessions.") var remove = false

        struct State: Encodable {
            let email: String
            let isOn: Bool
            let recoveryCodesLeft: Int
        }

        func perform(_ program: Program, _ talk: Talk) async throws {
            if remove {
                try await program.people.forgetSecondFactor(of: email, by: .operator)
            }
            let person = try await program.people.person(email: email)
            let found = try await program.people.secondFactor(of: person.id)
            let state = State(
                email: person.email, isOn: found.since != nil,
                recoveryCodesLeft: found.recoveryCodesLeft)
            try await talk.show(state) {
                state.isOn
                    ? "\(state.email) signs in with a second factor; "
                        + "\(state.recoveryCodesLeft) recovery codes are left."
                    : "\(state.email) signs in without a second factor."
            }
        }
    }

    struct SignOut: ProgramCommand {
        static let configuration = CommandConfiguration(
            commandName: "sign-out", abstract: "Signs a person out of every browser.")
        @OptionGroup var options: ServerOptions
        @Argument(help: "The e-mail address.") var email: String

        func perform(_ program: Program, _ talk: Talk) async throws {
            try await program.people.endSessions(of: email, by: .operator)
            try await talk.show(["email": email]) { "\(email) is signed out everywhere." }
        }
    }
}

extension Principal {
    /// Whoever runs the server and uses its command line.
    static let `operator` = Principal(
        kind: .commandLine, person: nil, name: "Command line", from: "command line")
}
