import Crypto
import Foundation
import Kernel
import Store

@testable import Safekeeping

extension FuzzTarget {
    /// Backups that come from elsewhere: archives, their contents, rows, packed data, JSON.
    static let backups = FuzzTarget(name: "backups") { bytes in
        try checkJSON(bytes)
        try checkRow(bytes)
        try checkPacked(bytes)
        try checkEntry(bytes)
        try checkArchive(bytes)
    }

    private static func checkJSON(_ bytes: [UInt8]) throws {
        let text = String(decoding: bytes, as: UTF8.self)
        let form = PlainJSON.canonical(text)
        try same(Array(PlainJSON.canonical(form).utf8), Array(form.utf8), "one form of JSON twice")
        guard let value = try? PlainJSONReader.read(bytes) else { return }
        var out: [UInt8] = []
        value.write(to: &out)
        var again: [UInt8] = []
        try PlainJSONReader.read(out).write(to: &again)
        try same(again, out, "JSON written and read")
        // The other reader takes no number beyond its own.
        guard !bytes.contains(where: { $0 == 69 || $0 == 101 }), bytes.count < 300 else { return }
        for data in [Data(bytes), Data(out)] {
            let other = try? JSONSerialization.jsonObject(with: data, options: .fragmentsAllowed)
            try hold(other != nil, "JSON that no other reader takes: \(text.debugDescription)")
        }
    }

    private static let shape = TableShape(
        name: "t",
        columns: ["text", "integer", "boolean", "real", "json", "bytes"].map {
            TableShape.Column(name: $0, type: $0)
        }, key: ["text"])

    /// What is read as a row is the same row when it is written: its hash has to be.
    private static func checkRow(_ bytes: [UInt8]) throws {
        let rows = [bytes, Array("[".utf8) + bytes + Array("]".utf8)]
        for row in rows {
            guard let values = shape.values(line: row) else { continue }
            try same(values.count, 6, "columns")
            let line = shape.line(values)
            guard let again = shape.values(line: line) else {
                throw Broken(description: "a row that cannot be read: \(values)")
            }
            try same(shape.line(again), line, "a row written and read")
            try hold(!line.contains(10), "a row of two lines")
        }
    }

    private static func checkPacked(_ bytes: [UInt8]) throws {
        if let out = Gzip.expand(Data(bytes), most: 1 << 16) {
            try hold(out.count <= 1 << 16, "more than is allowed")
        }
        guard var packed = Gzip.compress(bytes) else { throw Broken(description: "not packed") }
        try same(Gzip.expand(packed, most: bytes.count), bytes, "packed and unpacked")
        if !bytes.isEmpty {
            try same(Gzip.expand(packed, most: bytes.count - 1), nil, "more than is allowed")
        }
        try same(Gzip.expand(packed + [0], most: bytes.count), nil, "something behind the end")
        try same(Gzip.expand(packed.dropLast(), most: bytes.count), nil, "a cut end")
        let at = Int(bytes.first ?? 0) % packed.count
        packed[packed.startIndex + at] ^= 1 << ((bytes.last ?? 0) % 8)
        // Some bytes of the head are not about the content.
        let damaged = Gzip.expand(packed, most: bytes.count)
        try hold(damaged == nil || damaged == bytes, "damage at byte \(at) is not noticed")
    }

    private static func checkEntry(_ bytes: [UInt8]) throws {
        var block = Array(bytes.prefix(TarEntry.block))
        block += [UInt8](repeating: 0, count: TarEntry.block - block.count)
        if let entry = TarEntry(header: Data(block)) {
            try same(entry.header, Data(block), "a header written again")
        }
        let name = String(decoding: bytes.prefix(100), as: UTF8.self).prefix { $0 != "\0" }
        guard name.utf8.count <= 100, !name.utf8.contains(0) else { return }
        let size = bytes.suffix(8).reduce(Int64(0)) { $0 << 8 | Int64($1) } & .max
        let entry = TarEntry(name: String(name), size: size)
        try same(TarEntry(header: entry.header), entry, "a header written and read")
        try hold((0..<512).contains(entry.padding), "padding")
        var damaged = entry.header
        damaged[Int(bytes.first ?? 0) * 2] ^= 1
        try same(TarEntry(header: damaged), nil, "a damaged header")
    }

    // MARK: - Archives

    private static let path =
        FileManager.default.temporaryDirectory.path + "/fuzz-\(getpid())-backup.tar"
    private static let plan = MigrationPlan(version: 3, compatibleFrom: 1, steps: [])

    /// An archive with what the input says: `@name`, then its content, up to the next. Hashes are
    /// put in where `HEADER` and `SUM` stand, so that more than the outermost check is reached.
    private static func checkArchive(_ bytes: [UInt8]) throws {
        var files: [(name: String, content: [UInt8])] = []
        for part in bytes.split(separator: UInt8(ascii: "@")).prefix(20) {
            let name = part.prefix { $0 != 10 }
            files.append(
                (String(decoding: name, as: UTF8.self), Array(part.dropFirst(name.count + 1))))
        }
        let head = files.first { $0.name == BackupHeader.fileName }?.content ?? []
        var sum = ""
        var archive = Data()
        for (name, content) in files where name.utf8.count <= 100 && !name.utf8.contains(0) {
            var content = content
            if name == BackupManifest.fileName {
                let text = String(decoding: content, as: UTF8.self)
                    .replacing("HEADER", with: Hex.text(SHA256.hash(data: head)))
                content = Array(text.utf8)
                sum = Hex.text(SHA256.hash(data: content))
            }
            if name == BackupManifest.sumName, content.starts(with: "SUM".utf8) {
                content = Array("\(sum)\n".utf8)
            }
            if name.hasPrefix("tables/"), let packed = Gzip.compress(content) {
                content = Array(packed)
            }
            let entry = TarEntry(name: name, size: Int64(content.count))
            archive += entry.header + content + Data(count: entry.padding)
        }
        archive += TarEntry.end
        try readArchive(archive)
        // Cut off anywhere it is no backup.
        let cut = archive.dropLast(1 + Int(bytes.last ?? 0) * 7 % archive.count)
        try hold(try open(cut) == nil, "a backup that is cut off is taken")
    }

    private static func open(_ archive: Data) throws -> BackupFile? {
        try archive.write(to: URL(filePath: path))
        defer { unlink(path) }
        do {
            return try BackupFile(path: path, schema: plan)
        } catch {
            try hold(error is SafekeepingError, "no words for \(error)")
            return nil
        }
    }

    private static func readArchive(_ archive: Data) throws {
        guard let backup = try open(archive) else { return }
        try archive.write(to: URL(filePath: path))
        defer { unlink(path) }
        try hold(backup.manifest.rows >= 0, "fewer rows than none")
        try same(backup.header.id, backup.manifest.id, "another backup's manifest")
        try hold(backup.header.schema.compatibleFrom <= plan.version, "a newer backup")
        for shape in backup.header.tables {
            try hold(
                !shape.key.isEmpty && !shape.name.contains("\""), "a name that ends its quotes")
        }
        for name in backup.pictures {
            let hash = try backup.copy("pictures/\(name)") { data in
                try hold(data.count <= archive.count, "more than there is")
            }
            try same(hash.utf8.count, 64, "a hash")
        }
    }
}
