import Foundation
import Testing

/// Replays what libFuzzer has kept: each input once reached something new, or broke something.
struct ReplayTests {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "Corpus")

    static func inputs(of target: String) throws -> [URL] {
        try FileManager.default.contentsOfDirectory(
            at: folder.appending(path: target), includingPropertiesForKeys: nil)
    }

    @Test(arguments: FuzzTarget.all.map(\.name))
    func `properties hold for every kept input`(name: String) throws {
        let target = try #require(FuzzTarget.all.first { $0.name == name })
        let inputs = try Self.inputs(of: name)
        #expect(inputs.count >= 3, "\(name) has no corpus")
        for file in inputs {
            let bytes = [UInt8](try Data(contentsOf: file))
            #expect(throws: Never.self, "\(file.lastPathComponent)") { try target.check(bytes) }
        }
    }

    @Test func `the corpora stay small and belong to a target`() throws {
        let names = Set(FuzzTarget.all.map(\.name))
        var bytes = 0
        let files = try FileManager.default.subpathsOfDirectory(atPath: Self.folder.path)
        for file in files {
            let owner = file.prefix { $0 != "/" && $0 != "." }
            #expect(names.contains(String(owner)), "\(file) belongs to no target")
            let facts = try FileManager.default.attributesOfItem(
                atPath: Self.folder.appending(path: file).path)
            guard facts[.type] as? FileAttributeType == .typeRegular else { continue }
            bytes += (facts[.size] as? Int) ?? 0
        }
        #expect(bytes <= 200_000)
    }
}
