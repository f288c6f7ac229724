package import Kernel
import Store

/// What stands at the beginning of a backup: how to read what follows.
package struct BackupHeader: Codable, Sendable, Hashable {
    /// The schema that the rows belong to.
    package struct Schema: Codable, Sendable, Hashable {
        package let version: Int
        package let compatibleFrom: Int
        /// The migrations that had run.
        package let steps: [String]
    }

    /// How files are laid out; raised when an older program could not read them.
    package let format: Int
    /// The backup's own name, to tell an unfinished restore of it from another's.
    package let id: String
    package let program: String
    package let engine: String
    package let madeAt: String
    package let schema: Schema
    package let tables: [TableShape]

    static let fileName = "throughline-backup.json"
    static let currentFormat = 1
}

/// What stands at the end of a backup: how much there is of everything, with its hashes.
package struct BackupManifest: Codable, Sendable, Hashable {
    /// How far a counter of row numbers has come.
    package struct Counter: Codable, Sendable, Hashable {
        package let table: String
        package let column: String
        package let last: Int64
    }

    /// A file of clicks that were not counted yet.
    package struct SpoolFile: Codable, Sendable, Hashable {
        package let name: String
        package let bytes: Int64
        package let sha256: String
    }

    package let id: String
    /// The SHA-256 of the header's text.
    package let header: String
    package let tables: [String: RowSum]
    package let counters: [Counter]
    package let pictures: Int
    package let pictureBytes: Int64
    /// Pictures that the database names and the folder did not have.
    package let missingPictures: [String]
    package let spool: [SpoolFile]
    /// Whether the secret key lies in the backup, sealed with a passphrase.
    package let hasSealedKey: Bool

    static let fileName = "manifest.json"
    static let sumName = "manifest.sha256"
    static let keyName = "secret.key.sealed"

    /// All rows of all tables.
    package var rows: Int64 {
        tables.values.reduce(0) { sum, table in
            // A file from elsewhere may tell any number.
            let (more, isTooMuch) = sum.addingReportingOverflow(table.rows)
            return isTooMuch ? .max : more
        }
    }
}

/// Why a backup cannot be written, read or put back.
package enum SafekeepingError: Error, Sendable {
    case unreadable(path: String)
    case notABackup(path: String)
    case truncated(path: String)
    case altered(what: String)
    case newerSchema(backup: Int, program: Int)
    case unknownSteps([String])
    case otherSchema(table: String)
    case notEmpty(String)
    case otherArrival(String)
    case unfinished(String)
    case differs(tables: [String])
    case unfit([String])
    case cannotWrite(path: String)
    case interrupted
    case passphrase
    case weakPassphrase
    case keyNeedsPassphrase
    case sourceMoved(to: String)
    case stillRunning
    case sameDatabase
    case held(String)
}

extension SafekeepingError: Presentable {
    package var problem: Problem {
        let (kind, code, message) = words
        return Problem(kind, code: "safekeeping.\(code)", message)
    }

    private var words: (Problem.Kind, String, String) {
        switch self {
        case .unreadable(let path): (.notFound, "unreadable", "\(path) cannot be read.")
        case .notABackup(let path):
            (.invalid, "not-a-backup", "\(path) is no backup of this program.")
        case .truncated(let path):
            (
                .invalid, "truncated",
                "\(path) is cut off: its end is missing. Copy it again, or take another backup."
            )
        case .altered(let what):
            (
                .invalid, "altered",
                "This backup was altered or damaged: \(what). Take another backup."
            )
        case .newerSchema(let backup, let program):
            (
                .conflict, "newer-schema",
                "This backup was made by a newer Throughline (schema version \(backup), this "
                    + "program knows \(program)). Restore it with the newer program."
            )
        case .unknownSteps(let steps):
            (
                .conflict, "newer-schema",
                "This backup was made by a newer Throughline: this program does not know "
                    + "\(steps.prefix(3).joined(separator: ", ")). Restore it with the newer program."
            )
        case .otherSchema(let table):
            (
                .invalid, "other-schema",
                "The table \(table) of this backup has other columns than this program makes. "
                    + "Restore it with the program that made it."
            )
        default: targetWords
        }
    }

    private var targetWords: (Problem.Kind, String, String) {
        switch self {
        case .notEmpty(let place):
            (
                .conflict, "not-empty",
                "\(place) holds data already. Nothing was changed; choose an empty place."
            )
        case .otherArrival(let place):
            (
                .conflict, "other-arrival",
                "\(place) holds something half filled from another source. Finish that, or empty "
                    + "the place first."
            )
        case .unfinished(let what):
            (
                .conflict, "unfinished",
                "This place was being filled from \(what) and is not complete. Run that restore "
                    + "or move again; it goes on where it stopped."
            )
        case .differs(let tables):
            (
                .broken, "differs",
                "What arrived is not what was sent, in \(tables.joined(separator: ", ")). Do not "
                    + "use it; empty the place and try again."
            )
        case .unfit(let findings):
            (
                .broken, "unfit",
                "The database found itself broken: \(findings.prefix(3).joined(separator: "; "))."
            )
        case .cannotWrite(let path):
            (.unavailable, "cannot-write", "\(path) cannot be written. Choose another place.")
        case .interrupted:
            (
                .unavailable, "interrupted",
                "The connection to the database was lost. Please try again."
            )
        default: keyWords
        }
    }

    private var keyWords: (Problem.Kind, String, String) {
        switch self {
        case .passphrase:
            (.invalid, "passphrase", "The passphrase does not open the key in this backup.")
        case .weakPassphrase:
            (
                .invalid, "weak-passphrase",
                "The passphrase needs at least twelve characters. It comes as one line on "
                    + "standard input."
            )
        case .keyNeedsPassphrase:
            (.invalid, "no-key", "This backup holds no key. Leave --with-key out.")
        case .sourceMoved(let place):
            (
                .conflict, "moved",
                "This database was moved to \(place). Use that one. If it is gone for good, "
                    + "`throughline instance confirm` makes this one publish again."
            )
        case .stillRunning:
            (
                .conflict, "still-running",
                "A Throughline is running on this database. Stop it first, so that nothing is "
                    + "written to the old place any more."
            )
        case .sameDatabase:
            (.invalid, "same", "This is where the data is already. Choose another place.")
        case .held(let why): (.unavailable, "held", why)
        default: (.broken, "failed", "That did not work.")
        }
    }
}
