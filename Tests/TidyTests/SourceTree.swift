import Foundation

/// The sources of this package, read from disk.
struct SourceTree {
    /// One file with the module that it belongs to.
    struct File {
        var module: String
        /// Relative to the root of the package.
        var path: String
        var lines: [String]
    }

    static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Swift files of every module.
    static let sources = files(under: "Sources", ending: ".swift")
    /// Swift files of every test module.
    static let tests = files(under: "Tests", ending: ".swift")
    /// Mustache templates of every module.
    static let templates = files(under: "Sources", ending: ".mustache")

    private static func files(under folder: String, ending suffix: String) -> [File] {
        let base = root.appending(path: folder)
        let names = (try? FileManager.default.subpathsOfDirectory(atPath: base.path)) ?? []
        return names.filter { $0.hasSuffix(suffix) }.sorted().compactMap { name in
            guard let text = try? String(contentsOf: base.appending(path: name), encoding: .utf8)
            else { return nil }
            return File(
                module: String(name.prefix { $0 != "/" }), path: "\(folder)/\(name)",
                lines: text.split(separator: "\n", omittingEmptySubsequences: false)
                    .map(String.init))
        }
    }
}

extension SourceTree.File {
    /// Number and text of each line that is not a comment, without its trailing comment.
    var code: [(number: Int, text: String)] {
        lines.enumerated().compactMap { index, line in
            let trimmed = line.drop { $0 == " " }
            if trimmed.hasPrefix("//") || trimmed.isEmpty { return nil }
            guard let comment = line.range(of: " // ") else { return (index + 1, line) }
            return (index + 1, String(line[..<comment.lowerBound]))
        }
    }

    /// How a finding in a line of this file is reported.
    func finding(_ number: Int, _ what: String) -> String { "\(path):\(number): \(what)" }
}

/// The package's own description of its targets.
struct Manifest: Decodable {
    struct Target: Decodable {
        struct Dependency: Decodable {
            /// `["GRDB", "GRDB.swift", null, null]` or `["Kernel", null]`: the name comes first.
            private struct Name: Decodable {
                var value: String
                init(from decoder: any Decoder) throws {
                    var parts = try decoder.unkeyedContainer()
                    value = try parts.decode(String.self)
                }
            }
            private var byName: Name?
            private var product: Name?
            private var target: Name?
            var name: String { (byName ?? product ?? target)?.value ?? "" }
        }
        var name: String
        var type: String
        var path: String?
        var dependencies: [Dependency]
    }
    var targets: [Target]

    /// Asks the package manager, in a scratch folder so that a running build is not waited for.
    static func read() throws -> Manifest {
        let scratch = FileManager.default.temporaryDirectory.appending(
            path: "throughline-tidy-\(ProcessInfo.processInfo.processIdentifier)")
        defer { try? FileManager.default.removeItem(at: scratch) }
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [
            "swift", "package", "--scratch-path", scratch.path, "--package-path",
            SourceTree.root.path, "dump-package",
        ]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return try JSONDecoder().decode(Manifest.self, from: data)
    }

    /// Direct dependencies by target.
    var dependencies: [String: Set<String>] {
        Dictionary(
            uniqueKeysWithValues: targets.map { ($0.name, Set($0.dependencies.map(\.name))) })
    }
}
