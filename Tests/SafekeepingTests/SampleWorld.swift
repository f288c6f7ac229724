import Crypto
import Foundation
import Kernel
import Store
import TestSupport

@testable import Safekeeping

/// A database with every kind of column, references in both directions, and a folder of files.
enum SampleWorld {
    static let clock = ManualClock(Instant(milliseconds: 1_800_000_000_000))
    static let surroundings = clock.surroundings(seed: 7)

    static let first = Migration(
        "sample/0001-all-kinds",
        [
            """
            CREATE TABLE owner (
                id \(.id) PRIMARY KEY, name TEXT NOT NULL, is_open BOOLEAN NOT NULL,
                share \(.real), facts \(.jsonType) NOT NULL, sealed \(.bytes))
            """,
            """
            CREATE TABLE leaf (
                key \(.serialKey), owner_id \(.id) NOT NULL REFERENCES owner (id),
                parent BIGINT REFERENCES leaf (key), amount INTEGER NOT NULL)
            """,
            "CREATE TABLE media_asset (content_hash \(.key) PRIMARY KEY)",
            """
            CREATE TABLE worker_heartbeat (worker \(.key) PRIMARY KEY, beat_at BIGINT NOT NULL)
            """,
        ])
    static let second = Migration(
        "sample/0002-later", ["CREATE TABLE later (id \(.id) PRIMARY KEY, note TEXT)"])

    static let old = MigrationPlan(
        version: 1, compatibleFrom: 1, steps: SafekeepingSchema.migrations + [first])
    static let new = MigrationPlan(
        version: 2, compatibleFrom: 1, steps: SafekeepingSchema.migrations + [first, second])

    static let pictures: Backup.PictureHashes = { tx in
        try tx.rows("SELECT content_hash FROM media_asset").map { try $0("content_hash") }
    }
    static let isBusy: @Sendable (borrowing Transaction) throws -> Bool = { tx in
        try tx.exists("SELECT 1 FROM worker_heartbeat WHERE beat_at > \(clock.now - .seconds(10))")
    }

    static let picture = Data("not really a picture".utf8)
    static let pictureHash = Hex.text(SHA256.hash(data: picture))

    /// Names that sort differently in different languages, JSON that engines rewrite, and bytes.
    static func fill(_ database: Database, leaves: Int = 4500) async throws {
        let facts = [
            #"{"b": 1.50, "a": [1, 2.0, 1e2, 18446744073709551615], "ä": "\u00e9\ud83d\ude00\n"}"#,
            "{}", #"{"z":null,"nested":{"y":true,"x":{}}}"#,
        ]
        try await database.write { tx in
            for (index, name) in ["Ärger", "zebra", "Zebra", "a\u{301}b", "日本", "quote\"\\"]
                .enumerated()
            {
                let sealed: Data? = index == 2 ? nil : Data([0, 255, UInt8(index)])
                let share: Double? = index == 3 ? nil : 0.1 * Double(index)
                try tx.execute(
                    """
                    INSERT INTO owner (id, name, is_open, share, facts, sealed)
                    VALUES (\("o\(index)"), \(name), \(index.isMultiple(of: 2)), \(share),
                        \(facts[index % facts.count]), \(sealed))
                    """)
            }
            for number in 1...leaves {
                let parent: Int? = number == 1 ? nil : number - 1
                try tx.execute(
                    """
                    INSERT INTO leaf (owner_id, parent, amount)
                    VALUES (\("o\(number % 6)"), \(parent), \(number))
                    """)
            }
            // The last numbers were given out once and must not be given out again.
            try tx.execute("DELETE FROM leaf WHERE key > \(leaves - 3)")
            // Refers forward: no order of tables or rows satisfies this while it is being filled.
            try tx.execute("UPDATE leaf SET parent = \(leaves - 3) WHERE key = 1")
            try tx.execute("INSERT INTO media_asset (content_hash) VALUES (\(pictureHash))")
            try tx.execute("INSERT INTO worker_heartbeat (worker, beat_at) VALUES ('old', 1)")
        }
    }

    /// Lends a filled database with its data folder.
    static func with(
        _ engine: Engine, _ plan: MigrationPlan = new, leaves: Int = 4500,
        _ body: (Database.Location, String) async throws -> Void
    ) async throws {
        try await folder { folder in
            try await TestDatabase.location(engine) { location in
                let place: Database.Location =
                    if case .folder = location { .folder(folder) } else { location }
                let database = try await Database.open(place)
                try await database.migrate(plan, at: clock.now)
                try await fill(database, leaves: leaves)
                await database.close()
                let media = "\(folder)/\(PictureFiles.path(pictureHash))"
                try Files.write(media) { try $0(picture) }
                try Files.write(folder + "/spool/1800000000000-00ff.spool") {
                    try $0(Data([1, 2]))
                }
                try Files.keep(
                    Data((String(repeating: "ab", count: 32) + "\n").utf8),
                    at: folder + "/secret.key", replacing: false)
                try await body(place, folder)
            }
        }
    }

    /// Lends an empty folder.
    static func folder(_ body: (String) async throws -> Void) async throws {
        let path = FileManager.default.temporaryDirectory
            .appendingPathComponent("throughline-safe-\(UInt64.random(in: 0...UInt64.max))").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: path) }
        try await body(path)
    }

    /// Lends an empty place of an engine with a data folder.
    static func empty(
        _ engine: Engine, _ body: (Database.Location, String) async throws -> Void
    ) async throws {
        try await folder { folder in
            try await TestDatabase.location(engine) { location in
                let place: Database.Location =
                    if case .folder = location { .folder(folder + "/data") } else { location }
                try await body(place, folder + "/data")
            }
        }
    }

    /// Writes a backup into a file.
    @discardableResult
    static func backup(
        _ location: Database.Location, _ folder: String, to path: String,
        passphrase: String? = nil
    ) async throws -> BackupManifest {
        let database = try await Database.open(location)
        _ = FileManager.default.createFile(atPath: path, contents: nil)
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        let manifest = try await Backup(
            database: database, folder: folder, schema: new, program: "test",
            surroundings: surroundings, pictures: pictures
        ).run(passphrase: passphrase) { try file.write(contentsOf: $0) }
        try file.close()
        await database.close()
        return manifest
    }

    static func sums(_ location: Database.Location) async throws -> [String: RowSum] {
        let database = try await Database.open(location)
        let sums = try await database.read { tx in
            Dictionary(
                uniqueKeysWithValues: try TableShape.all(try SchemaDescription(tx)).map {
                    ($0.name, try RowSum.of($0, tx))
                })
        }
        await database.close()
        return sums
    }
}
