import App
import ArgumentParser
import Foundation
import Kernel
import Safekeeping
import Store
import Terminal

/// `throughline backup`: everything of the installation in one file.
struct BackupCommand: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Writes database, pictures and uncounted clicks into one file.",
        discussion: """
            Works while the server runs and does not hold it up; all rows belong to one moment. \
            The file appears whole or not at all, and both engines can read it. `-` writes to \
            standard output.

            The secret key stays out: without it the file opens no channel. Keep a copy of its \
            file elsewhere (secret.key of the data folder, or --key-file), or add it with \
            --with-key, sealed by a passphrase of at least twelve characters that comes as one \
            line on standard input.

              throughline backup /backup/today.tar
              throughline backup - | ssh vault 'cat > today.tar'
            """)

    @OptionGroup var options: ServerOptions
    @Argument(help: "The file to write, or - for standard output.", completion: .file())
    var file: String
    @Flag(help: "Put the secret key in as well, sealed by a passphrase.")
    var withKey = false

    var readsInput: Bool { withKey }
    var destination: String? { file == "-" ? nil : file }

    func perform(_ program: Program, _ talk: Talk) async throws {
        _ = try await program.backup.run(
            passphrase: withKey ? talk.input : nil, progress: talk.progress
        ) { try await talk.write($0) }
    }

    func conclude() async throws {
        guard let destination else { return }
        let backup = try BackupFile(path: destination, schema: ProgramSchema.plan)
        let facts = BackupFacts(backup)
        print(options.json ? try JSON.text(facts) : facts.words)
    }
}

/// What there is to say about a backup.
struct BackupFacts: Encodable {
    let file: String
    let id: String
    let madeAt: String
    let engine: String
    let program: String
    let schemaVersion: Int
    let tables: Int
    let rows: Int64
    let pictures: Int
    let missingPictures: Int
    let hasSealedKey: Bool

    init(_ backup: BackupFile) {
        file = backup.path
        id = backup.header.id
        madeAt = backup.header.madeAt
        engine = backup.header.engine
        program = backup.header.program
        schemaVersion = backup.header.schema.version
        tables = backup.header.tables.count
        rows = backup.manifest.rows
        pictures = backup.manifest.pictures
        missingPictures = backup.manifest.missingPictures.count
        hasSealedKey = backup.manifest.hasSealedKey
    }

    var words: String {
        var text =
            "\(file): \(rows) rows of \(tables) tables, \(pictures) pictures, made at \(madeAt)."
        if missingPictures > 0 {
            text += "\n\(missingPictures) pictures that posts name are not in the media folder."
        }
        text +=
            hasSealedKey
            ? "\nThe secret key is in it, sealed by your passphrase."
            : "\nThe secret key is not in it: keep a copy of that file elsewhere."
        return text
    }
}

/// `throughline restore`: a backup back into an empty place.
struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Puts a backup into an empty place, or only proves that it is whole.",
        discussion: """
            --verify reads the whole file, compares every hash and writes nothing. Without it the \
            backup is put into the empty data folder or database, whichever engine it came from, \
            and the rows are read back and compared. A restore that was killed goes on when it is \
            run again.

            What was due stays held until somebody says that the restored one publishes.

              throughline restore /backup/today.tar --verify
              throughline restore /backup/today.tar --data /srv/new
              throughline restore /backup/today.tar --data /srv/new --database postgres://…
            """)

    @OptionGroup var options: ServerOptions
    @Argument(help: "The backup.", completion: .file()) var file: String
    @Flag(help: "Only read and compare; write nothing.") var verify = false
    @Flag(help: "Take the secret key from the backup; its passphrase comes on standard input.")
    var withKey = false

    func run() async throws {
        let json = options.json
        try await presenting(json: json) {
            let settings = try options.settings()
            if withKey, !verify, let file = settings.keyFile {
                throw Problem(
                    .invalid, code: "restore.key-file",
                    "The key would lie in secret.key of the data folder, where nobody reads it: "
                        + "--key-file names \(file). Leave out one of the two.")
            }
            let passphrase = withKey ? readLine(strippingNewline: true) ?? "" : nil
            let backup = try BackupFile(path: file, schema: ProgramSchema.plan)
            if verify {
                try await backup.verify(progress: progress)
                if let passphrase { _ = try backup.key(passphrase: passphrase) }
            } else {
                try await Restore(
                    backup, folder: settings.dataFolder, location: try settings.location,
                    schema: ProgramSchema.plan, surroundings: .live
                ).run(passphrase: passphrase, progress: progress)
            }
            let facts = BackupFacts(backup)
            guard !json else { return print(try JSON.text(facts)) }
            print(
                verify
                    ? "Whole and unchanged. \(facts.words)"
                    : "Restored and compared: \(facts.rows) rows, \(facts.pictures) pictures.\n"
                        + after(settings))
        }
    }

    private func after(_ settings: ServerSettings) -> String {
        let hasKey = FileManager.default.fileExists(
            atPath: settings.secretKeyFile)
        return
            (hasKey
            ? "" : "Put the key into \(settings.secretKeyFile), or connect the channels again.\n")
            + "Nothing is sent until an owner confirms on any page, or `throughline instance "
            + "confirm` does."
    }

    private var progress: ProgressReport {
        let isQuiet = options.json
        return { text in
            if !isQuiet { FileHandle.standardError.write(Data((text + "\n").utf8)) }
        }
    }
}

/// `throughline move`: to another database, and back.
struct MoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "move",
        abstract: "Carries everything to another database, and compares every row.",
        discussion: """
            Stop the server first. The old database keeps its rows and is marked, so that nothing \
            publishes from it any more. A move that was killed goes on when it is run again.

              throughline move --data /srv/throughline --to postgres://throughline@db/throughline
              throughline move --data /srv/throughline --database postgres://… --to /srv/throughline
            """)

    @OptionGroup var options: ServerOptions
    @Option(help: "A postgres:// address, or a folder for SQLite.") var to: String

    func run() async throws {
        let json = options.json
        try await presenting(json: json) {
            let settings = try options.settings()
            let isAddress = to.contains("://")
            let target = try Database.Location(data: to, database: isAddress ? to : nil)
            try settings.requireData()
            let rows = try await Program.move(settings, to: target).run { text in
                if !json { FileHandle.standardError.write(Data((text + "\n").utf8)) }
            }
            if json { return print(try JSON.text(["rows": rows])) }
            let start =
                isAddress
                ? "--data \(settings.dataFolder) --database \(to)" : "--data \(to)"
            print("\(rows) rows are there and compared. Start with: throughline serve \(start)")
        }
    }
}
