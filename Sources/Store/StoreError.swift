package import Kernel

/// What can go wrong between the program and its database.
package enum StoreError: Error, Sendable {
    /// Another process has this data folder open.
    case folderInUse(path: String)
    /// The schema was written by a newer program that says this one is too old for it.
    case schemaTooNew(compatibleFrom: Int, program: Int)
    /// A migration that ran before has other statements now.
    case migrationChanged(id: String)
    /// The database cannot be reached or opened.
    case unreachable(String)
    /// The server speaks an older PostgreSQL than the program's statements need.
    case serverTooOld(version: String)
    /// The database file is not what was written into it.
    case damaged
    /// The disk below the database does not keep what is written.
    case storage(StorageTrouble)
    /// Too many changes wait to be written.
    case overloaded
    /// A statement failed; the message is for the log only.
    case statement(message: String, code: String)
    /// A rule of the schema refused the change: unique, foreign key, check, not null.
    case constraint(Constraint, name: String)
    /// The transaction lost against a concurrent one; running it again may succeed.
    case serialization
    case unknownColumn(String)
    case unexpectedValue(column: String, type: String)
    case noRow

    /// The kind of rule that refused a change.
    package enum Constraint: String, Sendable {
        case unique
        case foreignKey
        case check
        case notNull
    }
}

extension StoreError: CustomStringConvertible {
    /// Says which kind of failure it was, and never shows stored values.
    package var description: String { problem.code }
}

extension StoreError: Presentable {
    package var problem: Problem {
        switch self {
        case .folderInUse(let path):
            Problem(
                .unavailable, code: "store.folder-in-use",
                "Another Throughline is running on \(path). Stop it first, or give --data "
                    + "another folder.")
        case .schemaTooNew(let needed, let program):
            Problem(
                .unavailable, code: "store.schema-too-new",
                "This database was upgraded by a newer Throughline (it needs schema version "
                    + "\(needed), this program knows \(program)). Start the newer program.")
        case .migrationChanged(let id):
            Problem(
                .broken, code: "store.migration-changed",
                "The migration \(id) was applied with other statements than this program has. "
                    + "Use the program that matches this database.")
        case .unreachable(let why):
            Problem(
                .unavailable, code: "store.unreachable",
                "The database is out of reach: \(why)", retryAfterSeconds: 2)
        case .damaged:
            Problem(
                .broken, code: "store.damaged",
                "The file throughline.sqlite in the data folder is damaged. Stop the program, keep a "
                    + "copy of the folder, and restore the latest backup into an empty one: "
                    + "throughline restore BACKUP --data FOLDER.")
        case .storage(let trouble): trouble.problem
        case .serverTooOld(let version):
            Problem(
                .unavailable, code: "store.postgresql-too-old",
                "This PostgreSQL is version \(version), and Throughline needs 15 or later. Upgrade "
                    + "it, or leave out --database to use SQLite.")
        case .overloaded:
            Problem(
                .unavailable, code: "store.overloaded",
                "Too many changes are waiting. Please try again in a moment.",
                retryAfterSeconds: 1)
        case .serialization:
            Problem(
                .conflict, code: "store.conflict",
                "Somebody changed the same thing at the same moment. Please try again.")
        case .constraint(.unique, _):
            Problem(.conflict, code: "store.duplicate", "This exists already.")
        case .constraint(.foreignKey, _):
            Problem(
                .conflict, code: "store.in-use",
                "Something else still refers to this, or what it refers to is gone.")
        case .constraint:
            Problem(.invalid, code: "store.refused", "The database refused a value.")
        case .noRow:
            Problem.notFound("record")
        case .statement, .unknownColumn, .unexpectedValue:
            Problem(
                .broken, code: "store.failed",
                "The database did not accept the request. It has been logged.")
        }
    }
}
