import Crypto
import Foundation
import Kernel
import Store
import TestSupport
import Testing

@testable import Safekeeping

/// Every pair of engines: where rows come from, and where they go.
private let journeys = Engine.allCases.flatMap { from in Engine.allCases.map { (from, $0) } }

struct BackupTests {
    @Test(arguments: journeys)
    func `a backup of either engine is restored on either, row for row`(
        from: Engine, to: Engine
    ) async throws {
        try await SampleWorld.with(from) { source, folder in
            let file = folder + "/backup.tar"
            let manifest = try await SampleWorld.backup(source, folder, to: file)
            #expect(manifest.tables["leaf"]?.rows == 4497)
            #expect(manifest.tables["worker_heartbeat"] == nil)
            let backup = try BackupFile(path: file, schema: SampleWorld.new)
            try await backup.verify()
            try await SampleWorld.empty(to) { target, data in
                try await restore(backup, target, data)
                #expect(try await SampleWorld.sums(target) == SampleWorld.sums(source))
                let media = "\(data)/\(PictureFiles.path(SampleWorld.pictureHash))"
                #expect(FileManager.default.contents(atPath: media) == SampleWorld.picture)
                let spool = data + "/spool/1800000000000-00ff.spool"
                #expect(FileManager.default.contents(atPath: spool) == Data([1, 2]))
                #expect(!FileManager.default.fileExists(atPath: data + "/secret.key"))
                try await expectLife(target)
            }
        }
    }

    /// References are checked again, counters go on, and nothing publishes yet.
    private func expectLife(_ target: Database.Location, leaves: Int64 = 4500) async throws {
        let database = try await Database.open(target)
        try await database.refuseHalfFilled()
        await #expect(throws: StoreError.self) {
            try await database.write { tx in
                try tx.execute("INSERT INTO leaf (owner_id, amount) VALUES ('nobody', 1)")
            }
        }
        let next: Int64? = try await database.write { tx in
            try tx.scalar(
                Int64.self,
                "INSERT INTO leaf (owner_id, amount) VALUES ('o1', 1) RETURNING key")
        }
        #expect(next ?? 0 > leaves)
        let row = try await database.read { tx in try InstanceRow.load(tx) }
        #expect(row?.hold?.cause == .restored)
        #expect(try await database.read { tx in try tx.integrityFindings() } == [])
        await database.close()
    }

    private func restore(
        _ backup: BackupFile, _ target: Database.Location, _ data: String,
        passphrase: String? = nil, progress: @escaping ProgressReport = { _ in }
    ) async throws {
        try await Restore(
            backup, folder: data, location: target, schema: SampleWorld.new,
            surroundings: SampleWorld.surroundings
        ).run(passphrase: passphrase, progress: progress)
    }

    @Test(arguments: Engine.allCases)
    func `a restore that was cut off anywhere is finished by running it again`(
        to: Engine
    ) async throws {
        try await SampleWorld.with(.sqlite, leaves: 4100) { source, folder in
            let file = folder + "/backup.tar"
            try await SampleWorld.backup(source, folder, to: file)
            let backup = try BackupFile(path: file, schema: SampleWorld.new)
            for steps in [2, 4, 5] {
                try await SampleWorld.empty(to) { target, data in
                    let cut = CutOff(after: steps)
                    let first = await Result {
                        try await cut.run { try await restore(backup, target, data, progress: $0) }
                    }
                    if case .failure = first {
                        let half = try await Database.open(target)
                        // Cut off before the place was taken, it is as empty as before.
                        if try await !half.describeSchema().tables.isEmpty {
                            await #expect(throws: SafekeepingError.self) {
                                try await half.refuseHalfFilled()
                            }
                        }
                        await half.close()
                        try await restore(backup, target, data)
                    }
                    #expect(try await SampleWorld.sums(target) == SampleWorld.sums(source))
                    try await expectLife(target, leaves: 4100)
                }
            }
        }
    }

    @Test(arguments: Engine.allCases)
    func `a place that holds data is left alone`(engine: Engine) async throws {
        try await SampleWorld.with(engine) { source, folder in
            let file = folder + "/backup.tar"
            try await SampleWorld.backup(source, folder, to: file)
            let before = try await SampleWorld.sums(source)
            let backup = try BackupFile(path: file, schema: SampleWorld.new)
            await #expect {
                try await restore(backup, source, folder)
            } throws: { error in
                Problem.presenting(error).code == "safekeeping.not-empty"
            }
            #expect(try await SampleWorld.sums(source) == before)
        }
    }

    @Test func `a backup of an older schema is restored and brought up to date`() async throws {
        try await SampleWorld.with(.sqlite, SampleWorld.old) { source, folder in
            let file = folder + "/backup.tar"
            try await SampleWorld.backup(source, folder, to: file)
            let backup = try BackupFile(path: file, schema: SampleWorld.new)
            try await SampleWorld.empty(.sqlite) { target, data in
                try await restore(backup, target, data)
                let sums = try await SampleWorld.sums(target)
                #expect(sums["later"]?.rows == 0 && sums["leaf"]?.rows == 4497)
            }
        }
    }

    @Test func `a backup of a newer schema is refused`() async throws {
        try await SampleWorld.with(.sqlite) { source, folder in
            let file = folder + "/backup.tar"
            try await SampleWorld.backup(source, folder, to: file)
            #expect {
                try BackupFile(path: file, schema: SampleWorld.old)
            } throws: { error in
                Problem.presenting(error).code == "safekeeping.newer-schema"
            }
        }
    }

    @Test func `a backup that is cut off anywhere is refused`() async throws {
        try await SampleWorld.with(.sqlite) { source, folder in
            let file = folder + "/backup.tar"
            try await SampleWorld.backup(source, folder, to: file)
            let whole = try #require(FileManager.default.contents(atPath: file))
            for part in stride(from: 0, to: whole.count, by: whole.count / 37) {
                try whole.prefix(part).write(to: URL(fileURLWithPath: file))
                #expect(throws: SafekeepingError.self, "cut at \(part)") {
                    try BackupFile(path: file, schema: SampleWorld.new)
                }
            }
        }
    }

    /// Its hashes are right: somebody has made it on purpose.
    @Test(arguments: [
        (file: "tables/", rows: "0"), (file: "tables//", rows: "0"),
        (file: "tables/t/1", rows: "9223372036854775807"),
    ])
    func `a backup from elsewhere ends nothing`(odd: (file: String, rows: String)) throws {
        let header = """
            {"format":1,"id":"b","program":"1","engine":"sqlite","madeAt":"2026","schema":\
            {"version":1,"compatibleFrom":1,"steps":[]},"tables":[]}
            """
        let empty = String(repeating: "0", count: 64)
        let manifest = """
            {"id":"b","header":"\(Hex.text(SHA256.hash(data: Data(header.utf8))))","tables":\
            {"t":{"rows":\(odd.rows),"sum":"\(empty)"},"u":{"rows":9,"sum":"\(empty)"}},\
            "counters":[],"pictures":0,"pictureBytes":0,"missingPictures":[],"spool":[],\
            "hasSealedKey":false}
            """
        var archive = Data()
        let files = [
            (BackupHeader.fileName, header), (odd.file, ""), (BackupManifest.fileName, manifest),
            (BackupManifest.sumName, Hex.text(SHA256.hash(data: Data(manifest.utf8))) + "\n"),
        ]
        for (name, text) in files {
            let entry = TarEntry(name: name, size: Int64(text.utf8.count))
            archive += entry.header + Data(text.utf8) + Data(count: entry.padding)
        }
        let file =
            NSTemporaryDirectory() + "odd-\(SampleWorld.self)-\(odd.rows)-\(odd.file.utf8.count)"
        defer { try? FileManager.default.removeItem(atPath: file) }
        try (archive + TarEntry.end).write(to: URL(fileURLWithPath: file))
        let error = #expect(throws: SafekeepingError.self) {
            try BackupFile(path: file, schema: SampleWorld.new)
        }
        guard case .altered? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        let read = try JSON.decode(BackupManifest.self, from: Data(manifest.utf8))
        #expect(read.rows == (odd.rows == "0" ? 9 : .max))
    }

    @Test func `a byte that was changed anywhere is noticed`() async throws {
        try await SampleWorld.with(.sqlite, leaves: 50) { source, folder in
            let file = folder + "/backup.tar"
            try await SampleWorld.backup(source, folder, to: file)
            let whole = try #require(FileManager.default.contents(atPath: file))
            var unnoticed: [Int] = []
            for place in stride(from: 0, to: whole.count, by: 97) {
                var changed = whole
                changed[place] ^= 4
                try changed.write(to: URL(fileURLWithPath: file))
                do {
                    try await BackupFile(path: file, schema: SampleWorld.new).verify()
                    unnoticed.append(place)
                } catch is SafekeepingError {}
            }
            // What fills blocks up carries nothing, nor does gzip's note of the system (3).
            let carrying = unnoticed.filter { whole[$0] != 0 && whole[$0] != 3 }
            #expect(carrying == [], "\(carrying.map { (place: $0, byte: whole[$0]) })")
            #expect(unnoticed.count < whole.count / 97 / 2)
        }
    }

    @Test func `the key is in a backup only when asked for, and only for its passphrase`()
        async throws
    {
        try await SampleWorld.with(.sqlite) { source, folder in
            let (plain, sealed) = (folder + "/plain.tar", folder + "/sealed.tar")
            try await SampleWorld.backup(source, folder, to: plain)
            try await SampleWorld.backup(
                source, folder, to: sealed, passphrase: "a long enough sentence")
            await #expect(throws: SafekeepingError.self) {
                try await SampleWorld.backup(source, folder, to: plain + "2", passphrase: "short")
            }
            let key = try #require(FileManager.default.contents(atPath: folder + "/secret.key"))
            for file in [plain, sealed] {
                let bytes = try #require(FileManager.default.contents(atPath: file))
                #expect(bytes.range(of: key.dropLast()) == nil)
            }
            let backup = try BackupFile(path: sealed, schema: SampleWorld.new)
            #expect(throws: SafekeepingError.self) { try backup.key(passphrase: "another one") }
            try await SampleWorld.empty(.sqlite) { target, data in
                try await restore(backup, target, data, passphrase: "a long enough sentence")
                #expect(FileManager.default.contents(atPath: data + "/secret.key") == key)
            }
        }
    }
}

/// Cancels what runs at a chosen report of progress, as a kill would end it.
struct CutOff: Sendable {
    let steps: Int

    init(after steps: Int) { self.steps = steps }

    func run(
        _ body: @escaping @Sendable (@escaping ProgressReport) async throws -> Void
    ) async throws {
        let left = Counter(steps)
        // A task of its own, so that what follows is not cut off as well.
        try await withThrowingTaskGroup { group in
            group.addTask {
                try await body { _ in
                    if left.countDown() { withUnsafeCurrentTask { $0?.cancel() } }
                }
            }
            try await group.waitForAll()
        }
    }
}
