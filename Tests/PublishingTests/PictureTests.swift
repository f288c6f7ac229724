import Foundation
import Jobs
import Kernel
import Networks
import Store
import TestSupport
import Testing

@testable import Publishing

/// Picture files made by hand, with what cameras and editors put into them.
private enum Files {
    static let secret = "GPS-52.5200N-013.4050E"
    static let icc = Array("ICC_PROFILE\0".utf8) + [1, 1] + Array("colours".utf8)

    static func segment(_ marker: UInt8, _ body: [UInt8]) -> [UInt8] {
        let length = body.count + 2
        return [0xFF, marker, UInt8(length >> 8), UInt8(length & 0xFF)] + body
    }

    static func exif(_ orientation: UInt8) -> [UInt8] {
        let tiff: [UInt8] = [
            0x49, 0x49, 0x2A, 0, 8, 0, 0, 0, 1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0,
            0, 0, 0, 0, 0,
        ]
        return segment(0xE1, Array("Exif\0\0".utf8) + tiff + Array(secret.utf8))
    }

    /// A frame of 4 × 3, two scans, and data with stuffed bytes and restarts.
    static func jpeg(orientation: UInt8 = 1) -> [UInt8] {
        [0xFF, 0xD8] + segment(0xE0, Array("JFIF\0".utf8) + [1, 1, 0, 0, 1, 0, 1, 1, 1, 9, 9, 9])
            + exif(orientation) + segment(0xE2, icc)
            + segment(0xE2, Array("MPF\0".utf8) + Array(secret.utf8))
            + segment(0xED, Array(secret.utf8)) + segment(0xFE, Array(secret.utf8))
            + segment(0xDB, [0] + [UInt8](repeating: 1, count: 64))
            + segment(0xC0, [8, 0, 3, 0, 4, 1, 1, 0x11, 0])
            + segment(0xDA, [1, 1, 0, 0, 63, 0]) + [0x12, 0xFF, 0, 0x34, 0xFF, 0xD0, 0x56]
            + segment(0xFE, Array(secret.utf8)) + segment(0xC4, [0, 1, 2])
            + segment(0xDA, [1, 1, 0, 0, 63, 0]) + [0x78, 0x9A] + [0xFF, 0xD9]
    }

    /// What phones append: a whole second picture, and a film.
    static func motion() -> [UInt8] {
        jpeg() + jpeg(orientation: 6) + Array("ftypmp42".utf8) + Array(secret.utf8)
    }

    static func gif() -> [UInt8] {
        let blocks = { (label: UInt8, parts: [[UInt8]]) -> [UInt8] in
            [0x21, label] + parts.flatMap { [UInt8($0.count)] + $0 } + [0]
        }
        return Array("GIF89a".utf8) + [2, 0, 2, 0, 0x80, 0, 0] + [0, 0, 0, 255, 255, 255]
            + blocks(0xFF, [Array("NETSCAPE2.0".utf8), [1, 0, 0]])
            + blocks(0xFF, [Array("XMP DataXMP".utf8), Array(secret.utf8)])
            + blocks(0xFE, [Array(secret.utf8)]) + blocks(0xF9, [[4, 10, 0, 0]])
            + [0x2C, 0, 0, 0, 0, 2, 0, 2, 0, 0, 2, 2, 0x4C, 1, 0]
            + [0x3B] + Array(secret.utf8)
    }

    static func png() -> [UInt8] {
        let chunk = { (kind: String, body: [UInt8]) -> [UInt8] in
            let size = body.count
            return [0, 0, UInt8(size >> 8), UInt8(size & 0xFF)] + Array(kind.utf8) + body
                + [0, 0, 0, 0]
        }
        return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
            + chunk("IHDR", [0, 0, 0, 5, 0, 0, 0, 4, 8, 2, 0, 0, 0])
            + chunk("eXIf", Array(secret.utf8)) + chunk("tEXt", Array(secret.utf8))
            + chunk("prVt", Array(secret.utf8)) + chunk("gAMA", [0, 0, 0, 1])
            + chunk("IDAT", [1, 2, 3]) + chunk("IEND", []) + Array(secret.utf8)
    }

    static func webp() -> [UInt8] {
        let chunk = { (kind: String, body: [UInt8]) -> [UInt8] in
            Array(kind.utf8) + [UInt8(body.count), 0, 0, 0] + body
                + (body.count % 2 == 1 ? [0] : [])
        }
        let body =
            Array("WEBP".utf8) + chunk("VP8X", [0x0C, 0, 0, 0, 9, 0, 0, 7, 0, 0])
            + chunk("VP8L", [0x2F, 1, 2, 3, 4]) + chunk("EXIF", Array(secret.utf8))
            + chunk("XMP ", Array(secret.utf8)) + chunk("MINE", Array(secret.utf8))
        return Array("RIFF".utf8) + [UInt8(body.count), 0, 0, 0] + body + Array(secret.utf8)
    }

    static let all: [(String, [UInt8])] = [
        ("image/jpeg", jpeg()), ("image/jpeg", motion()), ("image/gif", gif()),
        ("image/png", png()), ("image/webp", webp()),
    ]
}

@Suite struct `Cleaning pictures` {
    private func contains(_ data: Data, _ text: String) -> Bool {
        data.range(of: Data(text.utf8)) != nil
    }

    @Test(arguments: Files.all)
    func `leaves nothing of what is not the picture`(file: (type: String, bytes: [UInt8])) throws {
        let before = try #require(PictureProbe(Data(file.bytes)))
        #expect(before.contentType == file.type)
        let clean = PictureProbe.stripped(Data(file.bytes), contentType: file.type)
        #expect(contains(Data(file.bytes), Files.secret))
        #expect(!contains(clean, Files.secret))
        #expect(PictureProbe(clean) == before)
        // Clean is clean.
        #expect(PictureProbe.stripped(clean, contentType: file.type) == clean)
    }

    @Test func `keeps every scan, the colours and nothing behind the end of a JPEG`() {
        let clean = PictureProbe.stripped(Data(Files.motion()), contentType: "image/jpeg")
        #expect(contains(clean, "ICC_PROFILE"))
        #expect(!contains(clean, "MPF") && !contains(clean, "Exif") && !contains(clean, "ftyp"))
        #expect(clean.range(of: Data([0x12, 0xFF, 0, 0x34, 0xFF, 0xD0, 0x56])) != nil)
        #expect(clean.suffix(4) == Data([0x78, 0x9A, 0xFF, 0xD9]))
        // One beginning, one end: the second picture is gone.
        let bytes = [UInt8](clean)
        let starts = bytes.indices.dropLast().count { bytes[$0] == 0xFF && bytes[$0 + 1] == 0xD8 }
        #expect(starts == 1)
        #expect(!contains(clean, "\u{9}\u{9}\u{9}"))
    }

    /// libFuzzer found the first: its sides stood in a part that cleaning takes out.
    @Test func `takes nothing for a picture whose sides stand in another part`() {
        let webp = { (kind: String, size: UInt8, body: [UInt8]) -> Data in
            let parts = Array("WEBP".utf8) + Array(kind.utf8) + [size, 0, 0, 0] + body
            return Data(Array("RIFF".utf8) + [UInt8(parts.count), 0, 0, 0] + parts)
        }
        let sides: [UInt8] = [0, 0, 0, 0, 9, 0, 0, 7, 0, 0] + [0, 0, 0, 0]
        #expect(PictureProbe(webp("VP8X", 10, sides)) != nil)
        #expect(PictureProbe(webp("VP8X", 0, sides)) == nil)
        let frame: [UInt8] = [0x30, 1, 0, 0x9D, 1, 0x2A, 16, 0, 16, 0] + [0, 0, 0, 0]
        #expect(PictureProbe(webp("VP8 ", 14, frame)) != nil)
        #expect(PictureProbe(webp("VP8 ", 4, frame)) == nil)
        #expect(PictureProbe(webp("VP8 ", 14, [UInt8](repeating: 7, count: 14))) == nil)
        let packed: [UInt8] = [0x2F, 15, 0xC0, 3, 0] + [UInt8](repeating: 0, count: 9)
        #expect(PictureProbe(webp("VP8L", 14, packed)) != nil)
        #expect(PictureProbe(webp("VP8L", 4, packed)) == nil)
        #expect(PictureProbe(webp("VP8L", 14, [0] + packed.dropFirst())) == nil)
        var png = Files.png()
        #expect(PictureProbe(Data(png)) != nil)
        png[11] = 0
        #expect(PictureProbe(Data(png)) == nil)
    }

    @Test func `keeps the loop of a GIF and its end`() {
        let clean = PictureProbe.stripped(Data(Files.gif()), contentType: "image/gif")
        #expect(contains(clean, "NETSCAPE2.0") && !contains(clean, "XMP"))
        #expect(clean.last == 0x3B)
    }

    @Test(arguments: 1...8)
    func `keeps how the pixels lie where it is told to`(orientation: Int) {
        let file = Data(Files.jpeg(orientation: UInt8(orientation)))
        #expect(PictureProbe.orientation(file) == orientation)
        let clean = PictureProbe.stripped(
            file, contentType: "image/jpeg", orientation: orientation)
        #expect(PictureProbe.orientation(clean) == orientation)
        #expect(!contains(clean, Files.secret))
        #expect(contains(clean, "Exif") == (orientation != 1))
    }

    /// Every beginning of every file, and files with bytes changed at random.
    @Test(arguments: Files.all)
    func `survives whatever is cut off or broken`(file: (type: String, bytes: [UInt8])) {
        for length in 0...file.bytes.count {
            let cut = Data(file.bytes.prefix(length))
            let clean = PictureProbe.stripped(cut, contentType: file.type)
            #expect(clean.count <= cut.count + 4)
            _ = PictureProbe(cut)
            _ = PictureProbe.orientation(cut)
        }
        var random = SeededGenerator(seed: 31)
        for _ in 0..<2000 {
            var bytes = file.bytes
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] =
                    [0, 0xFF, UInt8.random(in: 0...255, using: &random)]
                    .randomElement(using: &random) ?? 0
            }
            let broken = Data(bytes)
            let clean = PictureProbe.stripped(broken, contentType: file.type, orientation: 6)
            #expect(clean.count <= broken.count + 40)
            _ = PictureProbe(broken)
            _ = PictureProbe.orientation(broken)
        }
    }
}

/// With the real tool; CI has it.
@Suite struct `Fitting pictures` {
    private let fitter = PictureFitter.find()

    /// A picture that compresses badly, made by the tool's own package: noise of this many pixels.
    private func noise(_ side: Int) throws -> Data {
        // A PPM is a header and bytes; the tool reads it and writes what is asked for.
        var random = SeededGenerator(seed: 5)
        var bytes = Array("P6 \(side) \(side / 2) 255\n".utf8)
        bytes.reserveCapacity(side * side * 3 / 2 + 20)
        for _ in 0..<(side * (side / 2) * 3) {
            bytes.append(UInt8.random(in: 0...255, using: &random))
        }
        return Data(bytes)
    }

    private func jpeg(_ side: Int, orientation: Int = 1) async throws -> Data {
        let raw = try await fitter.fit(
            try noise(side), .init(), side: side)
        return PictureProbe.stripped(raw, contentType: "image/jpeg", orientation: orientation)
    }

    @Test func `is installed where the tests run`() {
        #expect(fitter.whyNot == nil)
    }

    @Test func `makes a copy light enough`() async throws {
        let large = try await jpeg(1200)
        let limit = large.count / 3
        let copy = try await fitter.fit(large, .init(bytes: limit), side: 1200)
        #expect(copy.count <= limit)
        let probe = try #require(PictureProbe(copy))
        #expect(probe.contentType == "image/jpeg" && abs(probe.width - probe.height * 2) <= 2)
    }

    @Test func `gives up on a limit that no copy keeps`() async throws {
        let large = try await jpeg(400)
        await #expect(throws: PictureFitter.Failed.self) {
            try await fitter.fit(large, .init(bytes: 10), side: 400)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `turns what lies on its side and keeps within pixels`(engine: Engine) async throws {
        try await TestDatabase.with(engine, PublishingWorld.migrations) { database in
            let clock = ManualClock(PublishingWorld.start)
            let world = try await PublishingWorld(database)
            let workspace = world.acme
            let folder = FileManager.default.temporaryDirectory
                .appendingPathComponent("fit-\(workspace)-\(engine)").path
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let file = try await jpeg(400, orientation: 6)
            let store = PictureStore(
                database: database, events: EventLog(queue: world.queue),
                surroundings: clock.surroundings(seed: 2), folder: folder, fitter: fitter)
            let turned = try await store.add(file, fileName: "a.jpg", in: workspace)
            #expect(turned.width == 200 && turned.height == 400)
            let (_, bytes) = try await store.read(turned.id, in: workspace)
            #expect(PictureProbe.orientation(bytes) == 1)
            let rules = NetworkRules.of(.mastodon).overridden(
                by: LiveLimits([.imagePixels: 20_000], server: "m", readAt: clock.now))
            let fitted = try await store.fitted(turned, altText: "", for: rules)
            #expect(fitted.width * fitted.height <= 20_000 && fitted.height > 150)
            // Without the tool it stays as it lies, says so, and has its sides as people see them.
            let bare = PictureStore(
                database: database, events: EventLog(queue: world.queue),
                surroundings: clock.surroundings(seed: 3), folder: folder,
                fitter: PictureFitter(tool: nil))
            let lying = try await bare.add(file, fileName: "b.jpg", in: workspace)
            #expect(lying.width == 200 && lying.height == 400)
            let (_, kept) = try await bare.read(lying.id, in: workspace)
            #expect(PictureProbe.orientation(kept) == 6)
            #expect(bare.whyNotFitted?.contains("how it lies") == true)
            let refused = bare.rules.verdict(
                on: .init(
                    rules: rules, parts: ["a"],
                    pictures: [RuleCheck.Image(lying, altText: "a")], contentWarning: nil))
            #expect(refused.refusals == ["Picture 1 has more pixels than Mastodon takes."])
            let taken = store.rules.verdict(
                on: .init(
                    rules: rules, parts: ["a"],
                    pictures: [RuleCheck.Image(lying, altText: "a")], contentWarning: nil))
            #expect(taken.refusals.isEmpty && taken.findings.count == 1)
        }
    }

    @Test func `a process whose folder lacks a picture gets it from the others`() async throws {
        try await TestDatabase.with(.postgres, PublishingWorld.migrations) { database in
            let world = try await PublishingWorld(database)
            let place = FileManager.default.temporaryDirectory
                .appendingPathComponent("shelves-\(world.acme)").path
            defer { try? FileManager.default.removeItem(atPath: place) }
            let stores = (1...3).map { number in
                PictureStore(
                    database: database, events: EventLog(queue: world.queue),
                    surroundings: world.surroundings, folder: "\(place)/\(number)",
                    fitter: PictureFitter(tool: nil))
            }
            let file = try await jpeg(40, orientation: 1)
            let stored = try await stores[0].add(file, fileName: "a.jpg", in: world.acme)
            let (_, own) = try await stores[0].read(stored.id, in: world.acme)
            #expect(try await stores[1].read(stored.id, in: world.acme).1 == own)
            #expect(await stores[2].isReadable(stored))
            // It was kept where it was needed, so the next look asks nobody.
            try await database.write { tx in try tx.execute("DELETE FROM media_file") }
            #expect(try await stores[1].read(stored.id, in: world.acme).1 == own)
            // A picture from before there were others is given to them by whoever has it.
            try FileManager.default.removeItem(atPath: "\(place)/3")
            #expect(await !stores[2].isReadable(stored))
            #expect(try await stores[2].shareAll() == 0)
            #expect(try await stores[0].shareAll() == 1)
            #expect(try await stores[0].shareAll() == 0)
            #expect(await stores[2].isReadable(stored))
            // Nobody takes other bytes for it.
            try FileManager.default.removeItem(atPath: "\(place)/3")
            try await database.write { tx in
                try tx.execute("UPDATE media_file SET bytes = \(Data([1, 2, 3]))")
            }
            #expect(await !stores[2].isReadable(stored))
        }
    }

    @Test func `with SQLite the folder alone has the bytes`() async throws {
        try await TestDatabase.with(.sqlite, PublishingWorld.migrations) { database in
            let world = try await PublishingWorld(database)
            let file = try await jpeg(40, orientation: 1)
            _ = try await world.pictures.add(file, fileName: "a.jpg", in: world.acme)
            let rows = try await database.read { tx in
                try tx.rows("SELECT content_hash FROM media_file").count
            }
            #expect(rows == 0)
        }
    }
}
