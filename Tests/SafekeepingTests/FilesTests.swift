import Foundation
import Kernel
import Testing

@testable import Safekeeping

struct FilesTests {
    @Test func `what a killed program was writing goes, and nothing else`() throws {
        let files = FileManager.default
        let folder = files.temporaryDirectory.appendingPathComponent("sweep-\(UUID().uuidString)")
            .path
        try files.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? files.removeItem(atPath: folder) }
        let old = Date(timeIntervalSince1970: 1_700_000_000)
        func make(_ name: String, _ changed: Date) throws {
            try Data("x".utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
            try files.setAttributes([.modificationDate: changed], ofItemAtPath: "\(folder)/\(name)")
        }
        let leftBehind = (Files.next(to: "secret.key"), Files.next(to: "instance"))
        for name in [
            leftBehind.0, leftBehind.1, "secret.key", "secret.key.next-mine", "notes.next-12",
        ] {
            try make(name, old)
        }
        let underWay = Files.next(to: "instance.epoch")
        try make(underWay, old.addingTimeInterval(7200))
        Files.sweep(folder, before: Instant(milliseconds: 1_700_000_000_000) + .hours(1))
        #expect(
            try Set(files.contentsOfDirectory(atPath: folder))
                == ["secret.key", "secret.key.next-mine", "notes.next-12", underWay])
        Files.sweep(folder + "/nowhere", before: Instant(milliseconds: 0))
    }
}
