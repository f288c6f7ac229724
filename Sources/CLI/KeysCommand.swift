import App
import ArgumentParser
import Kernel
import People

/// `throughline keys`: the key that seals what the database must not tell.
struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Replaces the secret key.", subcommands: [Rotate.self])

    struct Rotate: ProgramCommand {
        static let configuration = CommandConfiguration(
            abstract: "Makes a new key, seals everything anew with it and forgets the old one.",
            discussion: """
                Works beside a running server. The old key stays in its file until the last \
                value is done; a rotation that was cut off goes on when it is run again.

                Backups made before hold values that only the old key opens: keep it with them, or \
                take a new backup.

                A key of --key-file is not the program's to write: put the new one above the old \
                there and start the server again, then rotate.

                  throughline keys rotate
                """)
        @OptionGroup var options: ServerOptions

        func perform(_ program: Program, _ talk: Talk) async throws {
            let outcome = try await program.rotateKeys(progress: talk.progress)
            try await talk.show(outcome) {
                var text = "Done: \(outcome.sealed) values are sealed with the new key. "
                if !outcome.isOldKeyGone {
                    text += "Now take every line but the first out of the key file. "
                }
                text += "Take a new backup; older ones need the old key."
                if !outcome.lost.isEmpty {
                    text += "\nNo key opens these; connect them again: "
                    text += outcome.lost.joined(separator: ", ")
                }
                return text
            }
        }
    }
}
