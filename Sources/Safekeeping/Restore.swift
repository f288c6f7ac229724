import Foundation
package import Kernel
package import Store

/// Puts a backup into an empty place, on either engine, and proves that all of it arrived.
package struct Restore: Sendable {
    let backup: BackupFile
    let folder: String
    let location: Database.Location
    let schema: MigrationPlan
    let surroundings: Surroundings

    /// Creates the restore of `backup` into the data folder `folder` and the database `location`.
    package init(
        _ backup: BackupFile, folder: String, location: Database.Location, schema: MigrationPlan,
        surroundings: Surroundings
    ) {
        self.backup = backup
        self.folder = folder
        self.location = location
        self.schema = schema
        self.surroundings = surroundings
    }

    /// Fills the place; run again after an interruption, it goes on where it stopped.
    ///
    /// What is due stays held until a person says that this is the one that publishes: whoever
    /// made the backup may still be running, or may have sent since what is due in here.
    package func run(passphrase: String? = nil, progress: ProgressReport = { _ in }) async throws {
        try await backup.verify(progress: progress)
        let key = try passphrase.map { try backup.key(passphrase: $0) }
        try Files.makeFolder(folder)
        let database = try await Database.open(location, checksReferences: false)
        do {
            let arrival = Arrival(
                database: database, place: location.words, schema: schema,
                surroundings: surroundings)
            let why = "it was restored from a backup of \(backup.header.madeAt)"
            let now = surroundings.now()
            let id = Hex.text(surroundings.randomBytes(16))
            try await arrival.run(
                from: BackupRows(backup: backup), progress: progress,
                files: {
                    if let key { try Files.keep(key, at: folder + "/secret.key", replacing: false) }
                    try files()
                },
                finish: { tx in
                    try InstanceRow(id: id, beatAt: now, hold: Hold(.restored, why, at: now))
                        .save(tx)
                })
        } catch {
            await database.close()
            throw error
        }
        await database.close()
    }

    /// Pictures and uncounted clicks; what is there already is not written again.
    private func files() throws {
        for hash in backup.pictures where Hex.bytes(hash)?.count == 32 {
            try Files.write(folder + "/" + PictureFiles.path(hash)) { write in
                guard try backup.copy("pictures/\(hash)", write) == hash else {
                    throw SafekeepingError.altered(what: "the picture \(hash) is damaged")
                }
            }
        }
        for spool in backup.manifest.spool {
            guard spool.name.wholeMatch(of: /[0-9]+-[0-9a-f]+\.spool/) != nil else {
                throw SafekeepingError.altered(what: "\(spool.name) is no file of clicks")
            }
            try Files.write(folder + "/spool/" + spool.name) { write in
                guard try backup.copy("spool/\(spool.name)", write) == spool.sha256 else {
                    throw SafekeepingError.altered(what: "\(spool.name) is damaged")
                }
            }
        }
    }
}

extension Database.Location {
    /// The place without what is secret about it.
    package var words: String {
        switch self {
        case .folder(let path): "\(path)/throughline.sqlite"
        case .postgres(let url):
            "the database " + url.replacing(/:\/\/([^:@\/]+):[^@\/]*@/) { "://\($0.output.1):…@" }
        }
    }
}

/// The rows of a backup on their way into a database.
private struct BackupRows: RowSource {
    let backup: BackupFile

    var identity: String { "backup:" + backup.header.id }
    var words: String { "the backup of \(backup.header.madeAt)" }
    var schema: BackupHeader.Schema { backup.header.schema }
    var tables: [TableShape] { backup.header.tables }

    func rows(
        of shape: TableShape, skipped: Int64, _ body: ([[SQLValue]]) async throws -> Void
    ) async throws {
        var passed = skipped
        try await backup.rows(of: shape) { rows in
            let skip = min(passed, Int64(rows.count))
            passed -= skip
            if skip < rows.count { try await body(Array(rows.dropFirst(Int(skip)))) }
        }
    }

    func counters() async throws -> [SerialCounter] {
        backup.manifest.counters.map {
            SerialCounter(table: $0.table, column: $0.column, last: $0.last)
        }
    }

    func sums() async throws -> [String: RowSum] { backup.manifest.tables }
}
