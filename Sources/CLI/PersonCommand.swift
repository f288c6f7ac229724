import App
import ArgumentParser
import Foundation
import Kernel
import People
import Privacy
import Terminal

/// `throughline person`: what is held of one person, for them or to be erased.
struct PersonCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "person", abstract: "Finds, exports or erases everything about one person.",
        discussion: """
            Works beside a running server as well.

              throughline person find ana@example.org
              throughline person export ana@example.org --to ana.json
              throughline person find 1001 --by order --workspace harbour-tea
              throughline person erase ana@example.org --confirm ana@example.org
            """,
        subcommands: [Find.self, Export.self, Erase.self])

    /// Whom a command is about, and where it looks.
    struct Whom: ParsableArguments {
        @Argument(help: "The e-mail address, or what --by says.") var value: String
        @Option(help: "email, member, name, handle, order or visitor.") var by = "email"
        @Option(help: "Look in this workspace only; needed for all but e-mail and member.")
        var workspace: String?

        func question() throws -> PersonQuestion {
            guard let kind = PersonQuestion.Kind(rawValue: by) else {
                throw Problem.invalid(
                    "by", "--by takes email, member, name, handle, order or visitor.")
            }
            guard kind == .email || kind == .member || workspace != nil else {
                throw Problem.invalid(
                    "workspace", "Say with --workspace where: others may have the same \(by).")
            }
            return try PersonQuestion(kind, value)
        }

        func reach(_ program: Program) async throws -> PersonReach {
            guard let workspace else { return .installation }
            return .workspace(try await program.people.workspace(named: workspace).id)
        }
    }

    static func words(_ findings: PersonFindings) -> String {
        let fates: [PersonFindings.Fate: String] = [
            .deleted: "deleted", .madeNobodys: "made nobody's", .stays: "stays",
        ]
        let table = Output.table(
            ["table", "rows", "erasing"],
            findings.lines.map { [$0.table, "\($0.rows)", fates[$0.fate] ?? ""] })
        return ([table] + [findings.remark, findings.obstacle].compactMap(\.self))
            .joined(separator: "\n")
    }

    struct Shown: Encodable {
        let rows: Int
        let lines: [PersonFindings.Line]
        let remark: String?
        let obstacle: String?

        init(_ findings: PersonFindings) {
            rows = findings.rows
            lines = findings.lines
            remark = findings.remark
            obstacle = findings.obstacle
        }
    }

    struct Find: ProgramCommand {
        static let configuration = CommandConfiguration(
            abstract: "Counts what is held of a person, by table.")
        @OptionGroup var options: ServerOptions
        @OptionGroup var whom: Whom

        func perform(_ program: Program, _ talk: Talk) async throws {
            let question = try whom.question()
            let found = try await program.privacy.find(
                question, reach: try await whom.reach(program))
            guard !found.isEmpty else { throw PrivacyError.nobody(question.kind) }
            try await talk.show(Shown(found)) { PersonCommand.words(found) }
        }
    }

    struct Export: ProgramCommand {
        static let configuration = CommandConfiguration(
            abstract: "Writes everything that is held of a person as JSON.")
        @OptionGroup var options: ServerOptions
        @OptionGroup var whom: Whom
        @Option(help: "The file to write; left out: standard output.") var to: String?

        var destination: String? { to }

        func perform(_ program: Program, _ talk: Talk) async throws {
            let export = try await program.privacy.export(
                try whom.question(), reach: try await whom.reach(program), most: .max,
                by: .operator)
            try await talk.line(try JSON.text(export))
        }
    }

    struct Erase: ProgramCommand {
        static let configuration = CommandConfiguration(
            abstract: "Erases a person, for good; amounts and counts stay.",
            discussion: "`throughline person find` shows beforehand what that means.")
        @OptionGroup var options: ServerOptions
        @OptionGroup var whom: Whom
        @Option(help: "The same value once more, to be sure.") var confirm: String

        func perform(_ program: Program, _ talk: Talk) async throws {
            let done = try await program.privacy.erase(
                try whom.question(), confirmation: confirm,
                reach: try await whom.reach(program), by: .operator)
            let backups =
                program.privacy.longestBackup.map {
                    " Planned backups hold them for \(Int($0.inSeconds / 86_400)) days more."
                } ?? ""
            try await talk.show(Shown(done)) {
                PersonCommand.words(done) + "\nErased from \(done.rows) rows.\(backups)"
            }
        }
    }
}

/// `throughline privacy`: what is kept of people, and clearing what is past its time.
struct PrivacyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "privacy", abstract: "Shows what is kept of people, how long and why.",
        subcommands: [List.self, Clear.self], defaultSubcommand: List.self)

    struct List: ProgramCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists every table: what it holds, how long, and what erasing does.")
        @OptionGroup var options: ServerOptions
        @Flag(help: "As the table of docs/privacy.md.") var markdown = false

        struct Shown: Encodable {
            let table: String
            let holds: String
            let personal: [String]
            let kept: String
            let because: String
            let erasure: String
        }

        func perform(_ program: Program, _ talk: Talk) async throws {
            let desk = program.privacy
            if markdown {
                return try await talk.line(desk.markdown)
            }
            let entries = desk.entries(trafficDays: desk.usualTrafficDays)
            let shown = entries.map { entry in
                Shown(
                    table: entry.table, holds: entry.holds, personal: entry.personal,
                    kept: entry.kept, because: entry.nobody ?? entry.because,
                    erasure: entry.erasure)
            }
            try await talk.show(shown) {
                Output.table(
                    ["table", "of people", "kept"],
                    shown.map {
                        [
                            $0.table,
                            $0.personal.isEmpty ? "–" : $0.personal.joined(separator: " "),
                            $0.kept,
                        ]
                    })
            }
        }
    }

    struct Clear: ProgramCommand {
        static let configuration = CommandConfiguration(
            abstract: "Deletes what is past its time now; the server does so once a day.")
        @OptionGroup var options: ServerOptions

        struct Shown: Encodable {
            let rows: [String: Int]
            let isDone: Bool
        }

        func perform(_ program: Program, _ talk: Talk) async throws {
            let (rows, isDone) = try await program.privacy.clear()
            try await talk.show(Shown(rows: rows, isDone: isDone)) {
                rows.isEmpty
                    ? "Nothing is past its time."
                    : Output.table(
                        ["table", "rows deleted"],
                        rows.sorted { $0.key < $1.key }.map { [$0.key, "\($0.value)"] })
                        + (isDone ? "" : "\nMore is left: run it again.")
            }
        }
    }
}
