import App
import ArgumentParser
import Foundation
import Kernel
import Safekeeping

/// `throughline instance`: whether this installation publishes.
struct InstanceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "instance",
        abstract: "Shows, confirms or holds what may publish from this data.",
        discussion: """
            A restored, copied or moved installation sends nothing until a person has said that it \
            is the one that publishes.

              throughline instance
              throughline instance confirm
              throughline instance hold
            """,
        subcommands: [Show.self, Confirm.self, Hold.self], defaultSubcommand: Show.self)

    struct Shown: Encodable {
        let id: String
        let isHeld: Bool
        let why: String?
        let lastBeat: String?
        let confirmedBy: String?

        init(_ standing: InstanceDesk.Standing) {
            id = standing.id
            isHeld = standing.hold != nil
            why = standing.hold?.why
            lastBeat = standing.beatAt?.iso8601
            confirmedBy = standing.confirmedBy
        }

        var words: String {
            why.map { "Held: \($0). `throughline instance confirm` lets it publish." }
                ?? "This is the one that publishes."
        }
    }

    struct Show: ProgramCommand {
        static let configuration = CommandConfiguration(abstract: "Says whether it publishes.")
        @OptionGroup var options: ServerOptions

        func perform(_ program: Program, _ talk: Talk) async throws {
            let shown = Shown(try await program.instance.standing())
            try await talk.show(shown) { shown.words }
        }
    }

    struct Confirm: ProgramCommand {
        static let configuration = CommandConfiguration(
            abstract: "Says that this is the one that publishes.",
            discussion: """
                Only when no other copy runs. Posts that became due meanwhile are looked for on \
                their networks first; only what is not there is sent.
                """)
        @OptionGroup var options: ServerOptions

        func perform(_ program: Program, _ talk: Talk) async throws {
            try await program.confirmInstance(by: .operator)
            let shown = Shown(try await program.instance.standing())
            try await talk.show(shown) { shown.words }
        }
    }

    struct Hold: ProgramCommand {
        static let configuration = CommandConfiguration(
            abstract: "Sends nothing from now on, until somebody confirms.",
            discussion: """
                Before a snapshot of the machine is cloned, or after a machine was put back to an \
                earlier state: a copy of everything cannot know that it is one.
                """)
        @OptionGroup var options: ServerOptions

        func perform(_ program: Program, _ talk: Talk) async throws {
            try await program.holdInstance(by: .operator)
            let shown = Shown(try await program.instance.standing())
            try await talk.show(shown) { shown.words }
        }
    }
}
