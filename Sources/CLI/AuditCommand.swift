import App
import ArgumentParser
import Jobs
import Kernel
import People
import Terminal

/// `throughline audit`: the record of changes.
struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Checks and lists the record of who changed what.",
        discussion: """
            Every change is an entry in a chain: an entry that is edited, removed, moved or put \
            in breaks it. Write the head down now and then, away from the server: with it, even \
            a chain that was cut off or rewritten as a whole is found out.

              throughline audit verify
              throughline audit verify --workspace harbour-tea --head 412:9f2c…
              throughline audit head --json
              throughline audit list --workspace harbour-tea
            """,
        subcommands: [Verify.self, Head.self, List.self], defaultSubcommand: Verify.self)

    /// One chain: of a workspace, or of accounts and settings of the whole installation.
    struct Place: Sendable {
        let name: String
        let id: WorkspaceID

        static let installation = Place(name: "(installation)", id: .installation)

        static func all(_ program: Program, _ workspace: String?) async throws -> [Place] {
            guard let workspace else {
                return [.installation]
                    + (try await program.people.workspaces().map { Place(name: $0.slug, id: $0.id) })
            }
            let found = try await program.people.workspace(named: workspace)
            return [Place(name: found.slug, id: found.id)]
        }
    }

    struct Verify: ProgramCommand {
        static let configuration = CommandConfiguration(
            abstract: "Compares every entry with what was sealed; exits with 65 when one differs.")
        @OptionGroup var options: ServerOptions
        @Option(help: "The workspace's short name; left out: all, and the installation's own.")
        var workspace: String?
        @Option(help: "A head written down before, as `audit head` prints it.") var head: String?

        struct Shown: Encodable {
            let name: String
            let isIntact: Bool
            let report: AuditReport
        }

        func perform(_ program: Program, _ talk: Talk) async throws {
            let kept = try head.map { text in
                guard workspace != nil else {
                    throw Problem.invalid("head", "Say with --workspace whose head it is.")
                }
                guard let kept = AuditHead(text) else {
                    throw Problem.invalid("head", "Give a head as `audit head` prints it.")
                }
                return kept
            }
            try await program.people.audit.seal()
            var shown: [Shown] = []
            for place in try await Place.all(program, workspace) {
                let report = try await program.people.audit.verify(place.id, against: kept)
                shown.append(Shown(name: place.name, isIntact: report.isIntact, report: report))
            }
            try await talk.show(shown) {
                shown.map(Self.words).joined(separator: "\n")
            }
            if shown.contains(where: { !$0.isIntact }) { throw ExitCode(65) }
        }

        private static func words(_ shown: Shown) -> String {
            let report = shown.report
            let erased = report.erased > 0 ? ", \(report.erased) with a person erased" : ""
            let first =
                (report.isIntact ? "ok   " : "LOOK ")
                + "\(shown.name): \(report.entries) entries\(erased)"
                + (report.head.map { ", head \($0)" } ?? "")
            let more = report.findingCount - report.findings.count
            return
                ([first] + report.findings.map { "       \($0.says)" }
                + (more > 0 ? ["       … and \(more) more"] : [])).joined(separator: "\n")
        }
    }

    struct Head: ProgramCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prints each chain's last link, to keep elsewhere.")
        @OptionGroup var options: ServerOptions
        @Option(help: "The workspace's short name; left out: all, and the installation's own.")
        var workspace: String?

        struct Shown: Encodable {
            let name: String
            let head: String
        }

        func perform(_ program: Program, _ talk: Talk) async throws {
            try await program.people.audit.seal()
            var shown: [Shown] = []
            for place in try await Place.all(program, workspace) {
                guard let head = try await program.people.audit.head(of: place.id) else { continue }
                shown.append(Shown(name: place.name, head: head.description))
            }
            try await talk.show(shown) {
                Output.table(["chain", "head"], shown.map { [$0.name, $0.head] })
            }
        }
    }

    struct List: ProgramCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists what was changed, by whom and from where, newest first.")
        @OptionGroup var options: ServerOptions
        @Option(help: "The workspace's short name; left out: the installation's own record.")
        var workspace: String?
        @Option(help: "Words to look for.") var search = ""
        @Option(help: "How many entries, at most 200.") var limit = 50

        struct Shown: Encodable {
            let at: String
            let who: String
            let from: String
            let what: String
            let summary: String
            let subject: String
            let changes: [Change]
            let number: Int64?
        }

        func perform(_ program: Program, _ talk: Talk) async throws {
            var place = Place.installation
            if let workspace {
                place = try await Place.all(program, workspace).first ?? .installation
            }
            let page = try await program.people.activity(
                ActivityFilter(search: search), in: place.id, PageRequest(limit: limit))
            let shown = page.items.map { event in
                Shown(
                    at: event.at.iso8601, who: event.principalName, from: event.origin,
                    what: event.name, summary: event.summary, subject: event.subject,
                    changes: event.changes, number: event.number)
            }
            try await talk.show(shown) {
                Output.table(
                    ["when", "who", "from", "what"],
                    shown.map { [$0.at, $0.who, $0.from, $0.summary] })
            }
        }
    }
}
