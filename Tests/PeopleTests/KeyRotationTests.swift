import Foundation
import Kernel
import Store
import Synchronization
import TestSupport
import Testing

@testable import People

struct KeyRotationTests {
    static let table = Migration(
        "sample/0001-sealed",
        ["CREATE TABLE sample (id \(.id) PRIMARY KEY, sealed \(.bytes))"])
    static let columns = [SealedColumn("sample", "sealed") { "sample:\($0)" }]

    private func with(
        _ engine: Engine,
        _ body: (Database, SecretBox, String, @escaping (String) -> String) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("throughline-keys-\(UInt64.random(in: 0...UInt64.max))").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await TestDatabase.with(engine, [Self.table]) { database in
            let box = try SecretBox.inFolder(folder, surroundings: .live)
            try await database.write { tx in
                for number in 0..<450 {
                    let id = "s\(number)"
                    let sealed = try box.seal(Data("secret \(id)".utf8), for: "sample:\(id)")
                    try tx.execute("INSERT INTO sample (id, sealed) VALUES (\(id), \(sealed))")
                }
                try tx.execute("INSERT INTO sample (id, sealed) VALUES ('empty', NULL)")
            }
            try await body(database, box, folder) { "secret \($0)" }
        }
    }

    private func rotation(
        _ database: Database, _ box: SecretBox,
        pause: @escaping @Sendable () async throws -> Void = {}
    ) -> KeyRotation {
        KeyRotation(
            database: database, box: box, columns: Self.columns, surroundings: .live, pause: pause)
    }

    private func expectAllOpen(_ database: Database, _ folder: String) async throws {
        let box = try SecretBox.inFolder(folder, surroundings: .live)
        let rows = try await database.read { tx in
            try tx.rows("SELECT id, sealed FROM sample WHERE sealed IS NOT NULL")
        }
        for row in rows {
            let id: String = try row("id")
            let text = try box.open(try row("sealed"), for: "sample:\(id)")
            #expect(text == Data("secret \(id)".utf8))
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `everything opens with the new key, and the old one is gone`(engine: Engine) async throws {
        try await with(engine) { database, box, folder, _ in
            let old = FileManager.default.contents(atPath: folder + "/secret.key")
            let outcome = try await rotation(database, box).run()
            #expect(outcome.sealed == 450 && outcome.lost.isEmpty)
            let new = try #require(FileManager.default.contents(atPath: folder + "/secret.key"))
            #expect(new.count == 65 && new != old)
            try await expectAllOpen(database, folder)
            let modes = try FileManager.default.attributesOfItem(atPath: folder + "/secret.key")
            #expect((modes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `a rotation that was cut off goes on with the same new key`(engine: Engine) async throws {
        try await with(engine) { database, box, folder, _ in
            // As a kill in the middle leaves it: two keys in the file, some values done.
            try box.ring.addKey(.live)
            let half = FileManager.default.contents(atPath: folder + "/secret.key")
            for number in 0..<100 {
                let id = "s\(number)"
                let sealed = try box.seal(Data("secret \(id)".utf8), for: "sample:\(id)")
                try await database.write { tx in
                    try tx.execute("UPDATE sample SET sealed = \(sealed) WHERE id = \(id)")
                }
            }
            try await expectAllOpen(database, folder)
            let next = try SecretBox.inFolder(folder, surroundings: .live)
            #expect(next.ring.count == 2)
            #expect(try await rotation(database, next).run().sealed == 350)
            let done = try #require(FileManager.default.contents(atPath: folder + "/secret.key"))
            #expect(half?.prefix(65) == done)
            try await expectAllOpen(database, folder)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `a key that somebody else keeps is read and never written`(
        engine: Engine
    ) async throws {
        try await with(engine) { database, box, folder, _ in
            // The vault's file holds the same key as the folder's.
            let file = folder + "/vault"
            let old = try String(contentsOfFile: folder + "/secret.key", encoding: .utf8)
            try old.write(toFile: file, atomically: true, encoding: .utf8)
            let kept = try SecretBox.withKeyFile(file, for: folder, surroundings: .live)
            // Nothing goes on with the folder's own key, nor makes another.
            #expect(throws: SecretBox.Failure.self) {
                try SecretBox.inFolder(folder, surroundings: .live)
            }
            await #expect(throws: SecretBox.Failure.self) {
                try await rotation(database, kept).run()
            }
            let next = Hex.text(Surroundings.live.randomBytes(32)) + "\n"
            try (next + old).write(toFile: file, atomically: true, encoding: .utf8)
            let outcome = try await rotation(database, kept).run()
            #expect(outcome.sealed == 450 && outcome.lost.isEmpty && !outcome.isOldKeyGone)
            #expect(try String(contentsOfFile: file, encoding: .utf8) == next + old)
            // Without the old one everything still opens.
            try FileManager.default.removeItem(atPath: "\(folder)/\(KeyRing.elsewhere)")
            try next.write(toFile: folder + "/secret.key", atomically: true, encoding: .utf8)
            try await expectAllOpen(database, folder)
        }
    }

    @Test func `a link that is swapped for another file is noticed`() throws {
        let files = FileManager.default
        let folder = NSTemporaryDirectory() + "link-\(UUID().uuidString)"
        try files.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? files.removeItem(atPath: folder) }
        // As orchestrators mount secrets: what the name points to is swapped, the name stays.
        for version in ["one", "two"] {
            try files.createDirectory(
                atPath: "\(folder)/\(version)", withIntermediateDirectories: true)
            try (Hex.text(Surroundings.live.randomBytes(32)) + "\n")
                .write(toFile: "\(folder)/\(version)/key", atomically: true, encoding: .utf8)
        }
        try files.createSymbolicLink(atPath: "\(folder)/now", withDestinationPath: "one")
        try files.createSymbolicLink(atPath: "\(folder)/key", withDestinationPath: "now/key")
        let ring = try KeyRing(file: "\(folder)/key", for: folder)
        let before = ring.marks
        try files.createSymbolicLink(atPath: "\(folder)/next", withDestinationPath: "two")
        #expect(rename("\(folder)/next", "\(folder)/now") == 0)
        #expect(ring.marks != before)
    }

    @Test func `a key file of somebody else's is not made`() throws {
        let path = NSTemporaryDirectory() + "no-such-key-\(UInt64.random(in: 0...UInt64.max))"
        #expect(throws: SecretBox.Failure.self) {
            try SecretBox.withKeyFile(
                path, for: NSTemporaryDirectory(), surroundings: .live)
        }
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test(arguments: TestDatabase.engines)
    func `another process that runs meanwhile reads and seals with the new key`(
        engine: Engine
    ) async throws {
        try await with(engine) { database, box, folder, _ in
            let other = try SecretBox.inFolder(folder, surroundings: .live)
            let early = try other.seal(Data("secret late".utf8), for: "sample:late")
            _ = try await rotation(database, box) {
                // Sealed before the new key came, kept after.
                _ = try await database.write { tx in
                    try tx.execute("INSERT INTO sample (id, sealed) VALUES ('late', \(early))")
                }
            }.run()
            let sealed = try other.seal(Data("secret after".utf8), for: "sample:after")
            try await database.write { tx in
                try tx.execute("INSERT INTO sample (id, sealed) VALUES ('after', \(sealed))")
            }
            try await expectAllOpen(database, folder)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `what no key opens is told and left alone`(engine: Engine) async throws {
        try await with(engine) { database, box, folder, _ in
            // One bit, and the value of another row.
            try await database.write { tx in
                let rows = try tx.rows(
                    "SELECT id, sealed FROM sample WHERE id IN ('s1', 's2', 's3') ORDER BY id")
                var flipped: Data = try rows[0]("sealed")
                flipped[20] ^= 1
                let moved: Data = try rows[2]("sealed")
                try tx.execute("UPDATE sample SET sealed = \(flipped) WHERE id = 's1'")
                try tx.execute("UPDATE sample SET sealed = \(moved) WHERE id = 's2'")
            }
            let outcome = try await rotation(database, box).run()
            #expect(outcome.lost == ["sample.sealed s1", "sample.sealed s2"])
            #expect(outcome.sealed == 448)
        }
    }
}
