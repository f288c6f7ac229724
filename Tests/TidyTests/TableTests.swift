import Testing

/// A slice's SQL names its own tables and those of the slices it imports, and no others.
struct TableTests {
    static let verbs: Set<Substring> = ["FROM", "JOIN", "INTO", "UPDATE", "REFERENCES", "TABLE"]

    /// The words after the verbs of SQL in a line.
    static func names(in line: String) -> [(verb: Substring, name: Substring)] {
        let words = line.split { !($0.isLetter || $0.isNumber || $0 == "_") }
        return zip(words, words.dropFirst()).compactMap { verb, name in
            verbs.contains(verb) ? (verb, name) : nil
        }
    }

    @Test func `each table belongs to one module`() {
        var owners: [Substring: Set<String>] = [:]
        for file in SourceTree.sources {
            for (_, text) in file.code where text.contains("CREATE TABLE") {
                for (verb, name) in Self.names(in: text) where verb == "TABLE" {
                    owners[name, default: []].insert(file.module)
                }
            }
        }
        let shared = owners.filter { $0.value.count > 1 }
        #expect(shared.isEmpty, "\(shared)")
        #expect(owners.count > 10, "The tables were not found; has their spelling changed?")
    }

    @Test func `queries name only tables of modules that are imported`() throws {
        let declared = try Manifest.read().dependencies
        var owners: [Substring: String] = [:]
        for file in SourceTree.sources {
            for (_, text) in file.code where text.contains("CREATE TABLE") {
                for (verb, name) in Self.names(in: text) where verb == "TABLE" {
                    owners[name] = file.module
                }
            }
        }
        var findings: [String] = []
        for file in SourceTree.sources {
            let allowed = (declared[file.module] ?? []).union([file.module])
            for (number, text) in file.code {
                for (_, name) in Self.names(in: text) {
                    guard let owner = owners[name], !allowed.contains(owner) else { continue }
                    findings.append(
                        file.finding(number, "\(name) belongs to \(owner), which is not imported"))
                }
            }
        }
        #expect(findings.isEmpty, "\(findings.joined(separator: "\n"))")
    }

    @Test func `every sealed column is known to the rotation of the key`() {
        var sealed: [String] = []
        var known = ""
        for file in SourceTree.sources {
            var table: Substring = ""
            for (_, text) in file.code {
                if text.contains("CREATE TABLE") {
                    table = Self.names(in: text).first { $0.verb == "TABLE" }?.name ?? ""
                }
                if let match = text.firstMatch(of: /^\s*(sealed\w*) \\\(\.bytes\)/) {
                    sealed.append("SealedColumn(\"\(table)\", \"\(match.output.1)\"")
                }
                if text.contains("SealedColumn(") { known += text }
            }
        }
        let missing = sealed.filter { !known.contains($0) }
        #expect(missing.isEmpty, "Name these in the slice's `sealed`: \(missing)")
        #expect(sealed.count >= 2, "The columns were not found; has their spelling changed?")
    }
}
