import Crypto
package import Foundation
package import Kernel
package import Store
import Synchronization

/// Says how far something long has come.
package typealias ProgressReport = @Sendable (String) async -> Void

/// Writes everything of an installation as one archive, while others go on working.
///
/// All rows are read in one transaction, so they belong together however long that takes. Pictures
/// never change once they are there. Memory stays bounded: rows travel in pieces of some megabytes.
package struct Backup: Sendable {
    let database: Database
    let folder: String
    let keyFile: String
    let schema: MigrationPlan
    let program: String
    let surroundings: Surroundings
    /// The hashes of all pictures that rows name.
    let pictureHashes: PictureHashes
    /// The bytes of a picture that is not in the folder; nil when they are nowhere.
    let pictureElsewhere: @Sendable (String) async throws -> Data?

    /// Reads the hashes of all pictures that rows name, each once.
    package typealias PictureHashes = @Sendable (borrowing Transaction) throws -> [String]

    /// Creates the backup of what is in `database` and the data folder `folder`.
    ///
    /// `keyFile` is where the secret key is when not in the folder.
    package init(
        database: Database, folder: String, keyFile: String? = nil, schema: MigrationPlan,
        program: String,
        surroundings: Surroundings, pictures: @escaping PictureHashes,
        elsewhere: @escaping @Sendable (String) async throws -> Data? = { _ in nil }
    ) {
        pictureHashes = pictures
        pictureElsewhere = elsewhere
        self.database = database
        self.folder = folder
        self.keyFile = keyFile ?? folder + "/secret.key"
        self.schema = schema
        self.program = program
        self.surroundings = surroundings
    }

    /// Bytes of rows that are compressed together.
    private static let piece = 4 << 20
    /// Bytes of a file that are read at a time.
    static let fileStep = 1 << 20

    /// Hands the archive to `write`, piece by piece, and returns its manifest.
    ///
    /// `passphrase` adds the secret key, sealed; without it the key stays out.
    package func run(
        passphrase: String? = nil, progress: ProgressReport = { _ in },
        write: @escaping @Sendable (Data) async throws -> Void
    ) async throws -> BackupManifest {
        let sealedKey = try passphrase.map(sealedKey)
        // Opened before the rows are read: what is counted and removed meanwhile can still be read.
        let spool = try SpoolCopy(folder: folder + "/spool")
        let id = Hex.text(surroundings.randomBytes(12))
        await progress("Reading the database.")
        let rows = try await carry(id, write)
        await progress("\(rows.sums.values.reduce(0) { $0 + $1.rows }) rows are written.")
        let pictures = try await self.pictures(rows.pictures, progress, write)
        let spooled = try await spool.write(write)
        if let sealedKey { try await Self.put(BackupManifest.keyName, sealedKey, write) }
        let manifest = BackupManifest(
            id: id, header: rows.header, tables: rows.sums, counters: rows.counters,
            pictures: pictures.count,
            pictureBytes: pictures.bytes, missingPictures: pictures.missing, spool: spooled,
            hasSealedKey: sealedKey != nil)
        let text = try JSON.encode(manifest)
        try await Self.put(BackupManifest.fileName, text, write)
        let sum = Hex.text(SHA256.hash(data: text)) + "\n"
        try await Self.put(BackupManifest.sumName, Data(sum.utf8), write)
        try await write(TarEntry.end)
        return manifest
    }

    private func sealedKey(_ passphrase: String) throws -> Data {
        guard let key = FileManager.default.contents(atPath: keyFile) else {
            throw SafekeepingError.unreadable(path: keyFile)
        }
        return try KeyEnvelope.seal(key, passphrase: passphrase, surroundings: surroundings)
    }

    static func put(
        _ name: String, _ content: Data, _ write: (Data) async throws -> Void
    ) async throws {
        try await write(packed(name, content))
    }

    private static func packed(_ name: String, _ content: Data) -> Data {
        let entry = TarEntry(name: name, size: Int64(content.count))
        return entry.header + content + Data(count: entry.padding)
    }

    // MARK: - Rows

    private struct Rows: Sendable {
        var header = ""
        var sums: [String: RowSum] = [:]
        var counters: [BackupManifest.Counter] = []
        var pictures: [String] = []
    }

    private func carry(
        _ id: String, _ write: @escaping @Sendable (Data) async throws -> Void
    ) async throws -> Rows {
        let pipe = ChunkPipe()
        let start = FirstTime()
        return try await withThrowingTaskGroup(of: Rows?.self) { group in
            group.addTask {
                defer { pipe.finish() }
                return try await database.read { tx in
                    // A lost connection makes the driver begin again; what is written stays.
                    guard start.isIt() else { throw SafekeepingError.interrupted }
                    return try read(id, tx) { try pipe.send($0) }
                }
            }
            group.addTask {
                do {
                    while let piece = await pipe.next() { try await write(piece) }
                } catch {
                    pipe.abandon()
                    throw error
                }
                return nil
            }
            var rows: Rows?
            do {
                for try await part in group { rows = part ?? rows }
            } catch {
                pipe.abandon()
                throw error
            }
            guard let rows else { throw SafekeepingError.interrupted }
            return rows
        }
    }

    private func read(
        _ id: String, _ tx: borrowing Transaction, _ send: (Data) throws -> Void
    ) throws -> Rows {
        let shapes = TableShape.all(try SchemaDescription(tx))
        let steps = try tx.rows("SELECT id FROM schema_step").map { try $0("id") as String }
        let version = try tx.first("SELECT version, compatible_from FROM schema_version")
        let header = BackupHeader(
            format: BackupHeader.currentFormat, id: id, program: program,
            engine: tx.engine.rawValue, madeAt: surroundings.now().iso8601,
            schema: .init(
                version: try version.map { try $0("version") } ?? schema.version,
                compatibleFrom: try version.map { try $0("compatible_from") }
                    ?? schema.compatibleFrom,
                steps: steps.sorted()),
            tables: shapes)
        let headerText = try JSON.encode(header)
        try send(Self.packed(BackupHeader.fileName, headerText))
        var rows = Rows(header: Hex.text(SHA256.hash(data: headerText)))
        for shape in shapes { rows.sums[shape.name] = try read(shape, tx, send) }
        rows.counters = try tx.serialCounters()
            .filter { !TableShape.left.contains($0.table) }
            .map { .init(table: $0.table, column: $0.column, last: $0.last) }
        rows.pictures = try pictureHashes(tx).sorted()
        return rows
    }

    private func read(
        _ shape: TableShape, _ tx: borrowing Transaction, _ send: (Data) throws -> Void
    ) throws -> RowSum {
        var sum = RowSum()
        var waiting: [UInt8] = []
        var part = 0
        func flush() throws {
            guard !waiting.isEmpty else { return }
            guard let packed = Gzip.compress(waiting) else { throw SafekeepingError.interrupted }
            part += 1
            try send(Self.packed(Self.name(shape, part), packed))
            waiting.removeAll(keepingCapacity: true)
        }
        try tx.stream("SELECT \(shape.list) FROM \(shape.source)") { rows in
            try Task.checkCancellation()
            for row in rows {
                let line = shape.line(shape.values(row))
                sum.add(line)
                waiting += line
                waiting.append(UInt8(ascii: "\n"))
                if waiting.count >= Self.piece { try flush() }
            }
        }
        try flush()
        return sum
    }

    static func name(_ shape: TableShape, _ part: Int) -> String {
        let digits = "\(part)"
        let zeros = String(repeating: "0", count: max(0, 6 - digits.count))
        return "tables/\(shape.name)/\(zeros)\(digits).jsonl.gz"
    }

    // MARK: - Files

    private func pictures(
        _ hashes: [String], _ progress: ProgressReport, _ write: (Data) async throws -> Void
    ) async throws -> (count: Int, bytes: Int64, missing: [String]) {
        var (count, bytes, missing) = (0, Int64(0), [String]())
        for hash in hashes {
            let path = "\(folder)/\(PictureFiles.path(hash))"
            if !FileManager.default.fileExists(atPath: path),
                let data = try await pictureElsewhere(hash)
            {
                try await Self.put("pictures/\(hash)", data, write)
                count += 1
                bytes += Int64(data.count)
                continue
            }
            guard let file = FileHandle(forReadingAtPath: path) else {
                missing.append(hash)
                continue
            }
            defer { try? file.close() }
            let size = Int64(try file.seekToEnd())
            try file.seek(toOffset: 0)
            let written = try await Self.copy(file, size, as: "pictures/\(hash)", write)
            guard written == hash else {
                throw SafekeepingError.altered(what: "the picture \(path) is not what it was")
            }
            count += 1
            bytes += size
            if count.isMultiple(of: 200) {
                await progress("\(count) of \(hashes.count) pictures are written.")
            }
        }
        return (count, bytes, missing)
    }

    /// Copies exactly `size` bytes of a file and returns their SHA-256.
    static func copy(
        _ file: FileHandle, _ size: Int64, as name: String, _ write: (Data) async throws -> Void
    ) async throws -> String {
        let entry = TarEntry(name: name, size: size)
        try await write(entry.header)
        var hash = SHA256()
        var left = size
        while left > 0 {
            let step = Int(min(left, Int64(fileStep)))
            guard let data = try file.read(upToCount: step), !data.isEmpty else {
                throw SafekeepingError.altered(what: "\(name) became shorter while it was read")
            }
            hash.update(data: data)
            left -= Int64(data.count)
            try await write(data)
        }
        if entry.padding > 0 { try await write(Data(count: entry.padding)) }
        return Hex.text(hash.finalize())
    }
}

/// Tells the first time from all others.
private final class FirstTime: Sendable {
    private let isOver = Mutex(false)

    func isIt() -> Bool {
        isOver.withLock { isOver in
            defer { isOver = true }
            return !isOver
        }
    }
}

/// Where pictures are in a data folder.
enum PictureFiles {
    static func path(_ hash: String) -> String { "media/\(hash.prefix(2))/\(hash)" }
}

/// The clicks that were not counted yet, as they were when the backup began.
private struct SpoolCopy {
    private let files: [(name: String, handle: FileHandle)]

    init(folder: String) throws {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        files = names.filter { $0.hasSuffix(".spool") && $0.utf8.count < 90 }.sorted()
            .compactMap { name in
                FileHandle(forReadingAtPath: folder + "/" + name).map { (name, $0) }
            }
    }

    func write(
        _ write: (Data) async throws -> Void
    ) async throws -> [BackupManifest.SpoolFile] {
        var out: [BackupManifest.SpoolFile] = []
        for (name, handle) in files {
            defer { try? handle.close() }
            let size = Int64(try handle.seekToEnd())
            try handle.seek(toOffset: 0)
            let hash = try await Backup.copy(handle, size, as: "spool/\(name)", write)
            out.append(.init(name: name, bytes: size, sha256: hash))
        }
        return out
    }
}
