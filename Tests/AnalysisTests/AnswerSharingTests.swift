import Analysis
import Foundation
import Kernel
import Testing

/// What all answers share: options, JSON, hashes and files.
struct AnswerSharingTests {
    @Test(arguments: [
        ("0.95", 0.95), ("95", 0.95), ("95%", 0.95), (" 95 % ", 0.95), ("0.5%", 0.005),
        ("1%", 0.01),
        ("1.5", 0.015), (".5", 0.5), ("99.9", 0.999), ("5e-2", 0.05),
    ])
    func `shares are written in three ways`(text: String, share: Double) throws {
        #expect(abs(try OptionText.share(text) - share) < 1e-15)
    }

    @Test(arguments: [
        "1", "1.0", "0", "-0.1", "100", "100%", "101", "nan", "inf", "", "0x1", "0,95", "x", "%",
    ])
    func `shares that could be two things, or none, are refused`(text: String) {
        let refusal = #expect(throws: OptionText.Refusal.self) { try OptionText.share(text) }
        #expect(refusal?.message.contains("0.95") == true)
    }

    @Test func `numbers of options are finite`() throws {
        #expect(try OptionText.number("-1.5e3") == -1500)
        for text in ["nan", "inf", "-inf", "0x10", "1e999", "", "1,5"] {
            #expect(throws: OptionText.Refusal.self) { try OptionText.number(text) }
        }
    }

    struct Sample: AnalysisAnswer {
        var method = "sample"
        var inputs: [AnalysisInput] = []
        var sections: [AnswerSection] { [] }
        var alpha = Double.nan
        var figures: [Double] = [1, .infinity, 0.1]
        var named: [String: Double] = ["a\"b": -.infinity, "c": 2]
        var none: [String: Double] = ["x": .nan]
        var omega: Double? = -Double.infinity
        var fine = 0.1

        enum CodingKeys: CodingKey { case method, inputs, alpha, figures, named, none, omega, fine }
    }

    @Test func `figures that are not finite are left out of JSON`() throws {
        #expect(
            try Sample().json()
                == #"{"figures":[1,null,0.1],"fine":0.1,"inputs":[],"method":"sample","#
                + #""named":{"c":2},"none":{}}"#)
    }

    @Test func `figures of the command line have a hash, too`() {
        let one = AnalysisInput(arguments: ["--treated 10,100", "--control 9,100"])
        let other = AnalysisInput(arguments: ["--treated 10,100", "--control 9,101"])
        // printf -- '--treated 10,100\n--control 9,100\n' | sha256sum
        #expect(one.sha256 == Self.hash)
        #expect(one != other)
        #expect(one.rows == 2 && one.file == "command line")
    }

    static let hash = "a78da05f390ce64e35fbf010d39fe318bf83f6f28293fe57b0bfd3b5fcaa0f35"

    @Test func `files are known to be writable before they are written`() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let target = folder.appending(path: "a.svg")
        let file = try OutputFile(target.path)
        #expect(!FileManager.default.fileExists(atPath: target.path))
        try file.write("one")
        let link = folder.appending(path: "link.svg")
        try FileManager.default.createSymbolicLink(at: link, withDestinationURL: target)
        try OutputFile(link.path).write("two")
        #expect(try String(contentsOf: target, encoding: .utf8) == "two")
        for path in ["", folder.path, folder.path + "/none/a.svg", target.path + "/a.svg"] {
            let error = #expect(throws: AnalysisError.self) { try OutputFile(path) }
            #expect(error?.problem.exitCode == 73)
        }
        try OutputFile("/dev/null").write("nothing")
        #expect(
            try FileManager.default.attributesOfItem(atPath: "/dev/null")[.type]
                as? FileAttributeType == .typeCharacterSpecial)
    }
}
