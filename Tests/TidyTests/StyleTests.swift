import Foundation
import Testing

/// Rules of style that matter, so that a review can talk about something else.
struct StyleTests {
    /// Modules that may read the clock, make identifiers and speak to the terminal.
    static let edges: Set = [
        "Kernel", "App", "Terminal", "CLI", "CLIAnalysis", "throughline",
    ]

    /// A forbidden piece of code; `follows` lists characters before it that make it harmless.
    struct Forbidden {
        var token: String
        var why: String
        var exempt: Set<String> = []
    }

    static let forbidden: [Forbidden] = [
        .init(token: "try!", why: "handle or pass on the error"),
        .init(token: "fatalError(", why: "impossible is a precondition, the rest an error"),
        .init(token: "Task {", why: "unstructured work outlives its owner", exempt: edges),
        .init(token: "Task.detached", why: "unstructured work outlives its owner", exempt: edges),
        .init(token: "Date()", why: "time comes from Surroundings", exempt: edges),
        .init(token: "UUID()", why: "identifiers come from Surroundings", exempt: edges),
        .init(token: "print(", why: "only the command line prints", exempt: edges),
        .init(token: "@unchecked Sendable", why: "only Store needs it", exempt: ["Store"]),
    ]

    @Test func `what must not be written is not written`() {
        var findings: [String] = []
        for file in SourceTree.sources {
            for (number, text) in file.code {
                for rule in Self.forbidden where !rule.exempt.contains(file.module) {
                    guard let range = text.range(of: rule.token) else { continue }
                    // `addTask {`, `CalendarDate()` and `fingerprint(` are other names.
                    let before = text[..<range.lowerBound].last
                    if let before, before.isLetter || before.isNumber || before == "_" { continue }
                    if before == ".", rule.token == "print(" { continue }
                    findings.append(file.finding(number, "\(rule.token) – \(rule.why)"))
                }
            }
        }
        #expect(findings.isEmpty, "\(findings.joined(separator: "\n"))")
    }

    @Test func `modules speak to each other with package, not public`() {
        var findings: [String] = []
        for file in SourceTree.sources where file.module != "throughline" {
            for (number, text) in file.code {
                let words = text.split(separator: " ")
                if words.first == "public" || words.first == "open",
                    words.dropFirst().contains(where: { Declaration.introducers.contains($0) })
                {
                    findings.append(file.finding(number, "use package"))
                }
            }
        }
        #expect(findings.isEmpty, "\(findings.joined(separator: "\n"))")
    }

    /// The capability to publish, older than this rule; renaming it is a change of its own.
    static let knownNamesakes: Set = ["Networks.Publishing"]

    @Test func `types are named for what they are`() {
        let vague = ["Manager", "Helper", "Helpers", "Util", "Utils", "Utility", "Service"]
        let modules = Set(SourceTree.sources.map(\.module))
        var findings: [String] = []
        for file in SourceTree.sources {
            for (number, text) in file.code {
                guard let declaration = Declaration(text), declaration.isType else { continue }
                if vague.contains(where: declaration.name.hasSuffix) {
                    findings.append(file.finding(number, "\(declaration.name) says too little"))
                }
                if Self.knownNamesakes.contains("\(file.module).\(declaration.name)") { continue }
                let isNested = text.hasPrefix(" ")
                if isNested
                    ? declaration.name == file.module : modules.contains(declaration.name)
                {
                    findings.append(file.finding(number, "\(declaration.name) is a module's name"))
                }
            }
        }
        #expect(findings.isEmpty, "\(findings.joined(separator: "\n"))")
    }

    @Test func `what other modules see has a sentence that says what it is`() {
        var findings: [String] = []
        for file in SourceTree.sources {
            for (number, text) in file.code {
                guard let declaration = Declaration(text), declaration.isPackage,
                    declaration.needsSentence, !declaration.isRequirement
                else { continue }
                switch summary(before: number - 1, in: file.lines) {
                case nil:
                    findings.append(file.finding(number, "\(declaration.name) has no comment"))
                case let text?:
                    guard let end = text.last, !".:?!".contains(end) else { continue }
                    findings.append(file.finding(number, "end the summary with a period"))
                }
            }
        }
        #expect(findings.isEmpty, "\(findings.joined(separator: "\n"))")
    }

    /// The first paragraph of the doc comment above a line.
    private func summary(before index: Int, in lines: [String]) -> String? {
        var comment: [Substring] = []
        var at = index - 1
        var depth = 0
        while at >= 0 {
            let line = lines[at].drop { $0 == " " }
            if line.hasPrefix("///") {
                comment.insert(line.dropFirst(3).drop { $0 == " " }, at: 0)
            } else if comment.isEmpty, line.hasPrefix("@") || depth > 0 || line.hasPrefix(")") {
                // Attributes stand between the comment and the declaration.
                depth += line.hasPrefix(")") ? 1 : line.hasPrefix("@") && depth > 0 ? -1 : 0
            } else {
                break
            }
            at -= 1
        }
        guard !comment.isEmpty else { return nil }
        return comment.prefix { !$0.isEmpty }.joined(separator: " ")
    }

    @Test func `functions fit a screen`() {
        var findings: [String] = []
        for file in SourceTree.sources + SourceTree.tests {
            for (number, text) in file.code {
                guard let declaration = Declaration(text),
                    ["func", "init"].contains(declaration.keyword),
                    let length = bodyLength(from: number - 1, in: file.lines), length > 70
                else { continue }
                findings.append(
                    file.finding(number, "\(declaration.name) has \(length) lines; 70 is the most"))
            }
        }
        #expect(findings.isEmpty, "\(findings.joined(separator: "\n"))")
    }

    /// Lines from a declaration to the brace that closes it; nil without a body of several lines.
    ///
    /// The layout is that of `swift format`: the closing brace stands under the declaration.
    private func bodyLength(from index: Int, in lines: [String]) -> Int? {
        let indent = lines[index].prefix { $0 == " " }
        var at = index
        while !lines[at].hasSuffix("{") {
            at += 1
            guard at < lines.count,
                lines[at].hasPrefix(indent + " ") || lines[at].hasPrefix(indent + ")")
            else { return nil }
        }
        while at < lines.count {
            if lines[at] == indent + "}" { return at - index + 1 }
            at += 1
        }
        return nil
    }
}

/// What a line declares, as far as a line can tell.
struct Declaration {
    static let modifiers: Set<Substring> = [
        "package", "public", "private", "fileprivate", "internal", "static", "final", "mutating",
        "nonisolated", "indirect", "override", "convenience", "consuming", "borrowing", "open",
    ]
    static let introducers: Set<Substring> = [
        "struct", "enum", "class", "actor", "protocol", "typealias", "func", "var", "let", "init",
        "extension",
    ]
    static let types: Set = ["struct", "enum", "class", "actor", "protocol", "typealias"]

    var keyword: String
    var name: String
    var isPackage = false
    var isType: Bool { Self.types.contains(keyword) }

    /// Properties and cases speak for themselves, and so do names of identifiers and operators.
    var needsSentence: Bool {
        keyword != "typealias" && (isType || keyword == "func")
            && name.first?.isLetter == true
    }

    /// Names that a protocol chose and explains.
    var isRequirement: Bool {
        [
            "hash", "encode", "next", "makeIterator", "makeAsyncIterator", "run", "log",
            "Interpolation", "appendLiteral", "appendInterpolation", "handlers",
        ].contains(name)
    }

    init?(_ line: String) {
        var words = line.split(separator: " ")[...]
        while let word = words.first, Self.modifiers.contains(word) || word.hasPrefix("@") {
            isPackage = isPackage || word == "package"
            words = words.dropFirst()
        }
        guard let first = words.first else { return nil }
        if first.hasPrefix("init(") || first.hasPrefix("init<") || first.hasPrefix("init?") {
            keyword = "init"
            name = "init"
            return
        }
        guard Self.types.contains(String(first)) || first == "func", words.count > 1 else {
            return nil
        }
        keyword = String(first)
        let rest = words[words.startIndex + 1]
        let plain = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
        name = plain.isEmpty ? String(rest.prefix { $0 != "(" }) : String(plain)
    }
}
