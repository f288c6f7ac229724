import Crypto
package import Foundation
import Kernel
package import Store

/// A backup that is read: its contents are known from its headers, and nothing is believed.
package struct BackupFile: Sendable {
    package let path: String
    package let header: BackupHeader
    package let manifest: BackupManifest
    private let places: [String: Place]
    /// The parts of each table, in order.
    private let parts: [String: [String]]

    private struct Place: Sendable {
        let offset: UInt64
        let size: Int64
    }

    /// The largest of what is read at once, compressed and not.
    private static let mostText: Int64 = 64 << 20
    private static let mostExpanded = 256 << 20

    /// Opens a backup and checks that it is whole and readable by a program with this schema.
    package init(path: String, schema: MigrationPlan) throws {
        self.path = path
        guard let file = FileHandle(forReadingAtPath: path) else {
            throw SafekeepingError.unreadable(path: path)
        }
        defer { try? file.close() }
        places = try Self.index(file, path)
        guard places[BackupHeader.fileName] != nil else {
            throw SafekeepingError.notABackup(path: path)
        }
        let headerText = try Self.content(BackupHeader.fileName, places, file)
        guard let header = try? JSON.decode(BackupHeader.self, from: headerText) else {
            struct Format: Decodable { let format: Int }
            let format = (try? JSON.decode(Format.self, from: headerText))?.format ?? 0
            throw format > BackupHeader.currentFormat
                ? SafekeepingError.newerSchema(backup: format, program: BackupHeader.currentFormat)
                : SafekeepingError.notABackup(path: path)
        }
        let text = try Self.content(BackupManifest.fileName, places, file)
        let sum = try Self.content(BackupManifest.sumName, places, file)
        guard String(decoding: sum, as: UTF8.self) == Hex.text(SHA256.hash(data: text)) + "\n",
            let manifest = try? JSON.decode(BackupManifest.self, from: text),
            manifest.id == header.id, manifest.header == Hex.text(SHA256.hash(data: headerText))
        else { throw SafekeepingError.altered(what: "its manifest does not fit its own hash") }
        self.header = header
        self.manifest = manifest
        parts = Dictionary(
            grouping: places.keys.filter { $0.hasPrefix("tables/") }.sorted(),
            by: { String($0.dropFirst(7).prefix { $0 != "/" }) })
        try check(schema)
    }

    private func check(_ schema: MigrationPlan) throws {
        guard header.schema.compatibleFrom <= schema.version else {
            throw SafekeepingError.newerSchema(
                backup: header.schema.version, program: schema.version)
        }
        let unknown = Set(header.schema.steps).subtracting(schema.steps.map(\.id)).sorted()
        guard unknown.isEmpty else { throw SafekeepingError.unknownSteps(unknown) }
        guard Set(header.tables.map(\.name)) == Set(manifest.tables.keys),
            Set(parts.keys).isSubset(of: manifest.tables.keys)
        else { throw SafekeepingError.altered(what: "its tables are not those it tells of") }
        for shape in header.tables {
            let names = shape.columns.map(\.name) + [shape.name] + shape.key
            let areNames = names.allSatisfy { $0.wholeMatch(of: /[a-z][a-z0-9_]*/) != nil }
            guard areNames, !shape.key.isEmpty else {
                throw SafekeepingError.altered(what: "\(shape.name) has impossible names")
            }
        }
    }

    /// Where each file of the archive is; damage to a header or a cut shows here.
    private static func index(_ file: FileHandle, _ path: String) throws -> [String: Place] {
        let length = try file.seekToEnd()
        var places: [String: Place] = [:]
        var offset: UInt64 = 0
        while true {
            guard offset + UInt64(TarEntry.block) <= length else { break }
            try file.seek(toOffset: offset)
            let block = try file.read(upToCount: TarEntry.block) ?? Data()
            if block.allSatisfy({ $0 == 0 }) {
                guard offset + UInt64(TarEntry.end.count) == length else {
                    throw SafekeepingError.altered(what: "something stands behind its end")
                }
                guard places[BackupManifest.sumName] != nil else { break }
                return places
            }
            guard let entry = TarEntry(header: block) else {
                if places.isEmpty { throw SafekeepingError.notABackup(path: path) }
                throw SafekeepingError.altered(what: "a file header at byte \(offset) is damaged")
            }
            let start = offset + UInt64(TarEntry.block)
            guard places[entry.name] == nil else {
                throw SafekeepingError.altered(what: "\(entry.name) is there twice")
            }
            places[entry.name] = Place(offset: start, size: entry.size)
            let (next, isTooLong) = start.addingReportingOverflow(
                UInt64(entry.size) + UInt64(entry.padding))
            guard !isTooLong, next <= length else { break }
            offset = next
        }
        throw places.isEmpty
            ? SafekeepingError.notABackup(path: path) : SafekeepingError.truncated(path: path)
    }

    private static func content(
        _ name: String, _ places: [String: Place], _ file: FileHandle
    ) throws -> Data {
        guard let place = places[name], place.size <= mostText else {
            throw SafekeepingError.altered(what: "\(name) is missing or too large")
        }
        try file.seek(toOffset: place.offset)
        let data = try file.read(upToCount: Int(place.size)) ?? Data()
        guard data.count == Int(place.size) else {
            throw SafekeepingError.altered(what: "\(name) is missing")
        }
        return data
    }

    private func open() throws -> FileHandle {
        guard let file = FileHandle(forReadingAtPath: path) else {
            throw SafekeepingError.unreadable(path: path)
        }
        return file
    }

    // MARK: - Contents

    /// Hands over a table's rows, some thousand at a time.
    package func rows(
        of shape: TableShape, _ body: ([[SQLValue]]) async throws -> Void
    ) async throws {
        let file = try open()
        defer { try? file.close() }
        for name in parts[shape.name] ?? [] {
            let packed = try Self.content(name, places, file)
            guard let bytes = Gzip.expand(packed, most: Self.mostExpanded) else {
                throw SafekeepingError.altered(what: "\(name) is damaged")
            }
            var batch: [[SQLValue]] = []
            for line in bytes.split(separator: UInt8(ascii: "\n")) {
                guard let values = shape.values(line: line) else {
                    throw SafekeepingError.altered(what: "\(name) holds something that is no row")
                }
                batch.append(values)
                guard batch.count == 2000 else { continue }
                try await body(batch)
                batch.removeAll(keepingCapacity: true)
            }
            if !batch.isEmpty { try await body(batch) }
        }
    }

    /// The names of all pictures in the backup.
    var pictures: [String] {
        places.keys.filter { $0.hasPrefix("pictures/") }.map { String($0.dropFirst(9)) }.sorted()
    }

    /// Copies a file of the backup to `write` and returns its SHA-256.
    func copy(_ name: String, _ write: (Data) throws -> Void) throws -> String {
        guard let place = places[name] else {
            throw SafekeepingError.altered(what: "\(name) is missing")
        }
        let file = try open()
        defer { try? file.close() }
        try file.seek(toOffset: place.offset)
        var hash = SHA256()
        var left = place.size
        while left > 0 {
            let step = Int(min(left, Int64(Backup.fileStep)))
            guard let data = try file.read(upToCount: step), !data.isEmpty else {
                throw SafekeepingError.truncated(path: path)
            }
            hash.update(data: data)
            left -= Int64(data.count)
            try write(data)
        }
        return Hex.text(hash.finalize())
    }

    /// The secret key, opened with its passphrase.
    package func key(passphrase: String) throws -> Data {
        guard manifest.hasSealedKey else { throw SafekeepingError.keyNeedsPassphrase }
        let file = try open()
        defer { try? file.close() }
        return try KeyEnvelope.open(
            try Self.content(BackupManifest.keyName, places, file), passphrase: passphrase)
    }

    // MARK: - Proof

    /// Reads everything and compares it with the manifest, writing nothing.
    package func verify(progress: ProgressReport = { _ in }) async throws {
        for shape in header.tables {
            var sum = RowSum()
            try await rows(of: shape) { batch in
                try Task.checkCancellation()
                for values in batch { sum.add(shape.line(values)) }
            }
            guard let told = manifest.tables[shape.name], told == sum else {
                throw SafekeepingError.altered(
                    what: "the rows of \(shape.name) are not those that were written")
            }
        }
        await progress("\(manifest.rows) rows are as they were written.")
        let pictures = pictures
        guard pictures.count == manifest.pictures else {
            throw SafekeepingError.altered(what: "pictures are missing")
        }
        for hash in pictures {
            guard try copy("pictures/\(hash)", { _ in }) == hash else {
                throw SafekeepingError.altered(what: "the picture \(hash) is damaged")
            }
        }
        for spool in manifest.spool {
            guard try copy("spool/\(spool.name)", { _ in }) == spool.sha256 else {
                throw SafekeepingError.altered(what: "the clicks in \(spool.name) are damaged")
            }
        }
        await progress("\(pictures.count) pictures are as they were written.")
    }
}
