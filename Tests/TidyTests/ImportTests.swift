import Testing

/// The compiler lets a module import what a dependency of a dependency brings along; these do not.
struct ImportTests {
    /// Modules of the toolchain, which no target declares.
    static let toolchain: Set = [
        "Swift", "Foundation", "Glibc", "Darwin", "Testing", "Synchronization", "Dispatch",
        "RegexBuilder",
    ]
    static let onlyImporters: [(module: String, importers: Set<String>)] = [
        ("GRDB", ["Store"]), ("GRDBSQLite", ["Store"]), ("CPostgres", ["Store"]),
        ("AsyncHTTPClient", ["Outbound"]),
        ("Hummingbird", ["Web", "PracticeNetwork", "WebMeasurement", "App"]),
        ("CZlib", ["Web", "Safekeeping"]), ("CAssets", ["Web"]), ("CQRCode", ["Web"]),
        ("CMalloc", ["App"]), ("CLAPACK", ["Statistics"]), ("CNLopt", ["Statistics"]),
        ("Yams", ["Analysis"]),
    ]

    static func imports(of file: SourceTree.File) -> [(number: Int, module: String)] {
        file.code.compactMap { number, text in
            let words = text.split(separator: " ").filter { !$0.hasPrefix("@") }
            guard let at = words.firstIndex(of: "import"), at <= 1, at + 1 < words.count else {
                return nil
            }
            if at == 1,
                !["package", "public", "internal", "private", "fileprivate"].contains(words[0])
            {
                return nil
            }
            // `import struct Foundation.Data` names the module last.
            let name = words[words.count - 1].split(separator: ".")[0]
            return (number, String(name))
        }
    }

    @Test func `every module imports only its declared dependencies`() throws {
        let declared = try Manifest.read().dependencies
        var findings: [String] = []
        for file in SourceTree.sources + SourceTree.tests {
            let allowed = (declared[file.module] ?? []).union(Self.toolchain)
            for (number, module) in Self.imports(of: file) where !allowed.contains(module) {
                findings.append(
                    file.finding(
                        number, "\(file.module) does not declare \(module) in Package.swift"))
            }
        }
        #expect(findings.isEmpty, "\(findings.joined(separator: "\n"))")
    }

    @Test func `drivers, clients and servers are imported only at their edge`() {
        var findings: [String] = []
        for file in SourceTree.sources {
            for (number, module) in Self.imports(of: file) {
                for rule in Self.onlyImporters
                where rule.module == module && !rule.importers.contains(file.module) {
                    findings.append(
                        file.finding(
                            number, "only \(rule.importers.sorted()) may import \(module)"))
                }
            }
        }
        #expect(findings.isEmpty, "\(findings.joined(separator: "\n"))")
    }
}
