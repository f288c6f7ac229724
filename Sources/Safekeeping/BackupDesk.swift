import Foundation
package import Kernel
package import Store

/// One backup that was made by itself, or should have been.
package struct BackupRun: Sendable, Hashable, RowReadable {
    /// When it was planned; each planned moment has one run, whoever makes it.
    package let plannedAt: Instant
    package let beganAt: Instant
    package let finishedAt: Instant?
    package let file: String?
    package let bytes: Int64?
    package let rows: Int64?
    /// Why there is none.
    package let problem: String?

    package init(row: Row) throws {
        plannedAt = try row("planned_at")
        beganAt = try row("began_at")
        finishedAt = try row("finished_at")
        file = try row("file")
        bytes = try row("byte_count")
        rows = try row("row_count")
        problem = try row("problem")
    }
}

/// Makes the planned backups, keeps as many as were asked for, and remembers how it went.
package struct BackupDesk: Sendable {
    /// How long the list of runs is kept.
    static let memory: Duration = .days(400)

    package let schedule: BackupSchedule?
    let backup: Backup

    /// Creates the desk; without a schedule nothing is made by itself.
    package init(_ backup: Backup, schedule: BackupSchedule?) {
        self.backup = backup
        self.schedule = schedule
    }

    private var database: Database { backup.database }

    /// The latest runs, newest first.
    package func runs(limit: Int = 20) async throws -> [BackupRun] {
        try await database.read { tx in
            try tx.all(
                BackupRun.self, "SELECT * FROM backup_run ORDER BY planned_at DESC LIMIT \(limit)")
        }
    }

    /// What a person must look after: the last backup failed, or none was made when one was due.
    package func trouble() async throws -> String? {
        guard let schedule else { return nil }
        let now = backup.surroundings.now()
        guard let last = try await runs(limit: 1).first else { return nil }
        if let problem = last.problem { return "The last backup failed: \(problem)" }
        let missing = schedule.last(before: now) - last.plannedAt
        return missing >= .days(2)
            ? "No backup was made since \(last.plannedAt.iso8601.prefix(10))." : nil
    }

    /// Makes the backup that is due, if one is and nobody else makes it; true when one was made.
    @discardableResult
    package func makeDue() async throws -> Bool {
        guard let schedule else { return false }
        let now = backup.surroundings.now()
        return try await make(planned: schedule.last(before: now), schedule)
    }

    /// Makes a backup now, besides the planned ones.
    @discardableResult
    package func makeNow() async throws -> Bool {
        guard let schedule else { return false }
        return try await make(planned: backup.surroundings.now(), schedule)
    }

    /// Notes runs that a stop cut off, so that they are made again.
    package func settleInterrupted() async throws {
        let now = backup.surroundings.now()
        // A SQLite folder belongs to one process; elsewhere another may be at it.
        let end = database.engine == .sqlite ? now : now - .hours(6)
        _ = try await database.write { tx in
            try tx.execute(
                "DELETE FROM backup_run WHERE finished_at IS NULL AND began_at <= \(end)")
        }
    }

    private func make(planned: Instant, _ schedule: BackupSchedule) async throws -> Bool {
        let now = backup.surroundings.now()
        let isMine = try await database.write { tx in
            try tx.execute(
                """
                INSERT INTO backup_run (planned_at, began_at) VALUES (\(planned), \(now))
                ON CONFLICT (planned_at) DO NOTHING
                """) == 1
        }
        guard isMine else { return false }
        do {
            let made = try await write(schedule, at: now)
            try await finish(planned, made, nil)
            try retain(schedule)
        } catch {
            let problem = Problem.presenting(error).message
            try await finish(planned, nil, problem)
        }
        return true
    }

    private struct Made: Sendable {
        let file: String
        let bytes: Int64
        let rows: Int64
    }

    private func write(_ schedule: BackupSchedule, at now: Instant) async throws -> Made {
        try Files.makeFolder(schedule.folder)
        let path = schedule.folder + "/" + BackupSchedule.name(now)
        let partial = path + ".part"
        guard
            FileManager.default.createFile(
                atPath: partial, contents: nil, attributes: [.posixPermissions: 0o600]),
            let file = FileHandle(forWritingAtPath: partial)
        else { throw SafekeepingError.cannotWrite(path: path) }
        do {
            _ = try await backup.run { try file.write(contentsOf: $0) }
            try Files.settle(file, partial, path)
            try file.close()
            // Believed only after it was read again.
            let whole = try BackupFile(path: path, schema: backup.schema)
            try await whole.verify()
            let facts = try FileManager.default.attributesOfItem(atPath: path)
            return Made(
                file: path, bytes: (facts[.size] as? NSNumber)?.int64Value ?? 0,
                rows: whole.manifest.rows)
        } catch let error as any Presentable {
            try? FileManager.default.removeItem(atPath: partial)
            throw error
        } catch {
            try? FileManager.default.removeItem(atPath: partial)
            throw error is CancellationError ? error : SafekeepingError.cannotWrite(path: path)
        }
    }

    private func finish(_ planned: Instant, _ made: Made?, _ problem: String?) async throws {
        let now = backup.surroundings.now()
        try await database.write { tx in
            try tx.execute(
                """
                UPDATE backup_run SET finished_at = \(now), file = \(made?.file),
                    byte_count = \(made?.bytes), row_count = \(made?.rows), problem = \(problem)
                WHERE planned_at = \(planned)
                """)
            // A year of memory is enough.
            try tx.execute("DELETE FROM backup_run WHERE planned_at < \(now - Self.memory)")
        }
    }

    /// Removes the backups that are not kept any more; other files in the folder are not ours.
    private func retain(_ schedule: BackupSchedule) throws {
        let files = Self.files(in: schedule.folder)
        let kept = schedule.kept(files.map(\.moment))
        for file in files where !kept.contains(file.moment) {
            try? FileManager.default.removeItem(atPath: file.path)
        }
    }

    /// The backups in a folder, newest first.
    static func files(in folder: String) -> [(path: String, moment: Instant)] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [])
            .compactMap { name in
                BackupSchedule.moment(name).map { (folder + "/" + name, $0) }
            }
            .sorted { $0.moment > $1.moment }
    }

    /// Restores the latest backup into a temporary place and compares everything; nil when there
    /// is none.
    ///
    /// Returns the backup's time and how many rows came back.
    package func drill() async throws -> (madeAt: String, rows: Int64)? {
        guard let schedule, let latest = Self.files(in: schedule.folder).first else { return nil }
        let backup = try BackupFile(path: latest.path, schema: self.backup.schema)
        let place =
            NSTemporaryDirectory()
            + "throughline-drill-" + Hex.text(self.backup.surroundings.randomBytes(8))
        defer { try? FileManager.default.removeItem(atPath: place) }
        try await Restore(
            backup, folder: place, location: .folder(place), schema: self.backup.schema,
            surroundings: self.backup.surroundings
        ).run()
        return (backup.header.madeAt, backup.manifest.rows)
    }
}
