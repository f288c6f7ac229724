import Foundation
import Testing

/// What `docs/security` claims: every requirement is answered once, and what an answer names exists.
struct AssuranceTests {
    /// One line of a table in `docs/security/asvs.md`.
    struct Answer {
        let id: String
        let level: String
        let subject: String
        let text: String

        init?(_ line: String) {
            let cells = line.split(separator: "|", omittingEmptySubsequences: false)
                .map { $0.trimmingCharacters(in: .whitespaces) }
            guard cells.count == 6, cells[1].hasPrefix("V"), cells[1].contains(".") else {
                return nil
            }
            (id, level, subject, text) = (cells[1], cells[2], cells[3], cells[4])
        }
    }

    /// A requirement of the standard, where its table is at hand.
    struct Requirement {
        let id: String
        let text: String
        let level: String
    }

    static let folder = "docs/security"

    static func text(of path: String) -> String? {
        try? String(contentsOf: SourceTree.root.appending(path: path), encoding: .utf8)
    }

    static let answers: [Answer] = (text(of: "\(folder)/asvs.md") ?? "")
        .split(separator: "\n").compactMap { Answer(String($0)) }

    /// Levels 1 and 2; nil when the acceptance data is absent.
    static let requirements: [Requirement]? = {
        let data =
            ProcessInfo.processInfo.environment["THROUGHLINE_ACCEPTANCE_DATA"] ?? "../shared/data"
        let place = URL(
            filePath: data + "/security/asvs", relativeTo: SourceTree.root)
        let name = "OWASP_Application_Security_Verification_Standard_5.0.0_en.csv"
        guard let text = try? String(contentsOf: place.appending(path: name), encoding: .utf8)
        else { return nil }
        return rows(of: text).dropFirst().compactMap { cells in
            guard cells.count == 7, cells[6] == "1" || cells[6] == "2" else { return nil }
            return Requirement(id: cells[4], text: cells[5], level: cells[6])
        }
    }()

    /// The cells of a table, some of them in quotation marks.
    static func rows(of text: String) -> [[String]] {
        var rows: [[String]] = []
        var cells = [""]
        var isQuoted = false
        for character in text {
            if character == "\"" {
                isQuoted.toggle()
            } else if character == ",", !isQuoted {
                cells.append("")
            } else if character.isNewline, !isQuoted {
                rows.append(cells)
                cells = [""]
            } else {
                cells[cells.count - 1].append(character)
            }
        }
        return rows
    }

    @Test func `each requirement is answered once, with one of three words`() {
        #expect(Self.answers.count == 253)
        #expect(Set(Self.answers.map(\.id)).count == Self.answers.count)
        for answer in Self.answers {
            let isAnswer = ["Met", "Not met", "Not applicable"].contains {
                answer.text.hasPrefix($0)
            }
            #expect(isAnswer, "\(answer.id) is neither met, not met nor not applicable")
            #expect(answer.text.count > 15, "\(answer.id) gives no reason")
        }
    }

    @Test(.enabled(if: requirements != nil, "The acceptance data is absent."))
    func `the requirements are those of the standard, in our own words`() throws {
        let wanted = try #require(Self.requirements)
        #expect(wanted.count == 253)
        let levels = Dictionary(wanted.map { ($0.id, $0.level) }, uniquingKeysWith: { $1 })
        let given = Dictionary(Self.answers.map { ($0.id, $0.level) }, uniquingKeysWith: { $1 })
        #expect(given == levels)
        let theirs = Set(wanted.flatMap { Self.phrases($0.text) })
        for answer in Self.answers {
            let copied = Self.phrases(answer.subject + " " + answer.text)
                .first(where: theirs.contains)
            #expect(copied == nil, "\(answer.id) repeats the standard: \(copied ?? "")")
        }
    }

    /// Every run of eight words.
    private static func phrases(_ text: String) -> [String] {
        let words = text.lowercased().split { !$0.isLetter && !$0.isNumber }
        return words.indices.dropLast(7).map { words[$0..<($0 + 8)].joined(separator: " ") }
    }

    @Test func `what is met names what shows it`() {
        for answer in Self.answers where answer.text.hasPrefix("Met") {
            let isShown = Reference.all(in: answer.text).contains { $0.isChecked }
            #expect(isShown, "\(answer.id) names neither test nor code")
        }
    }

    @Test func `every test, declaration and file that is named exists`() throws {
        let names = try FileManager.default.contentsOfDirectory(
            atPath: SourceTree.root.appending(path: Self.folder).path)
        let documents = names.filter { $0.hasSuffix(".md") }.map { "\(Self.folder)/\($0)" }
        #expect(documents.count >= 3)
        for path in documents {
            let text = try #require(Self.text(of: path))
            for reference in Reference.all(in: text) {
                if let fault = reference.fault { Issue.record("\(path): \(fault)") }
            }
        }
    }

    @Test func `finds what it looks for`() {
        let wrong = [
            "`GateTests/does what no test says`", "`NoTests/takes changes only from its own pages`",
            "`test_signin.py::test_nothing`", "`test_none.py::test_signs_in_and_out`",
            "`Web/Gate.swift#nothing`", "`Web/None.swift#checkOrigin`", "`docs/none.md`",
            "`Web/None.swift`",
        ]
        for text in wrong { #expect(Reference.all(in: text).first?.fault != nil, "\(text)") }
        let right = [
            "`GateTests/takes changes only from its own pages`", "`Web/Gate.swift#checkOrigin`",
            "`test_signin.py::test_signs_in_and_out`", "`docs/sign-in.md`", "`Dockerfile`",
        ]
        for text in right {
            let found = Reference.all(in: text).first
            #expect(found?.isChecked == true && found?.fault == nil, "\(text)")
        }
        #expect(Reference.all(in: "`/docs` and `Secure`").allSatisfy { !$0.isChecked })
    }
}

/// A text in backticks that names a test, a declaration or a file.
private enum Reference {
    case unitTest(suite: String, name: String)
    case endToEnd(file: String, name: String)
    case declaration(file: String, name: String)
    case file(String)
    case word

    static func all(in text: String) -> [Reference] {
        // Without diagrams, which stand between lines of three.
        let plain = text.components(separatedBy: "```").enumerated()
            .filter { $0.offset % 2 == 0 }.map(\.element).joined()
        return plain.split(separator: "`", omittingEmptySubsequences: false).enumerated()
            .filter { $0.offset % 2 == 1 }.map { Reference(String($0.element)) }
    }

    init(_ written: String) {
        // A long name may go on in the next line.
        let text = written.replacing("\n", with: " ")
        let slash = text.split(separator: "/", maxSplits: 1).map(String.init)
        let hash = text.split(separator: "#", maxSplits: 1).map(String.init)
        if let range = text.range(of: "::") {
            self = .endToEnd(
                file: String(text[..<range.lowerBound]), name: String(text[range.upperBound...]))
        } else if text.hasPrefix("/") || text.hasPrefix(".") {
            self = .word
        } else if slash.count == 2, slash[0] != "Tests", slash[0].hasSuffix("Tests") {
            self = .unitTest(suite: slash[0], name: slash[1])
        } else if hash.count == 2, hash[0].contains("/") {
            self = .declaration(file: hash[0], name: hash[1])
        } else if text.contains("/") && !text.contains(" ") || Self.atRoot.contains(text) {
            self = .file(text)
        } else {
            self = .word
        }
    }

    private static let atRoot: Set = ["Package.resolved", "Dockerfile", "CHANGELOG.md"]

    var isChecked: Bool {
        if case .word = self { return false }
        return true
    }

    /// What is wrong with it; nil when it is there.
    var fault: String? {
        switch self {
        case .word: return nil
        case .unitTest(let suite, let name):
            let isThere = SourceTree.tests.contains { file in
                let isSuite =
                    file.path.hasSuffix("/\(suite).swift")
                    || file.lines.contains { $0.contains("struct \(suite) {") }
                return isSuite && file.lines.contains { $0.contains("func `\(name)`") }
            }
            return isThere ? nil : "there is no test \(suite)/\(name)"
        case .endToEnd(let file, let name):
            let text = AssuranceTests.text(of: "EndToEnd/\(file)") ?? ""
            return text.contains("\ndef \(name)(") ? nil : "there is no \(file)::\(name)"
        case .declaration(let file, let name):
            guard let text = AssuranceTests.text(of: "Sources/\(file)") else {
                return "there is no Sources/\(file)"
            }
            return Self.declares(text, name) ? nil : "\(file) declares no \(name)"
        case .file(let path):
            let places = [path, "Sources/\(path)"].map { SourceTree.root.appending(path: $0).path }
            return places.contains(where: FileManager.default.fileExists)
                ? nil : "there is no file \(path)"
        }
    }

    private static func declares(_ text: String, _ name: String) -> Bool {
        if name.contains(" ") || name == "deinit" { return text.contains(name) }
        let kinds = ["func", "let", "var", "struct", "enum", "class", "actor", "case", "extension"]
        return kinds.contains { kind in
            text.ranges(of: "\(kind) \(name)").contains { range in
                guard range.upperBound < text.endIndex else { return true }
                let next = text[range.upperBound]
                return !next.isLetter && !next.isNumber && next != "_"
            }
        }
    }
}
