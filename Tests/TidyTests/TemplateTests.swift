import Foundation
import Testing

/// The content security policy forbids at run time what these find before.
struct TemplateTests {
    @Test func `templates hold no scripts, styles, handlers or other origins`() {
        var findings: [String] = []
        for file in SourceTree.templates {
            for (index, line) in file.lines.enumerated() {
                for problem in Self.problems(in: line) {
                    findings.append(file.finding(index + 1, problem))
                }
            }
        }
        #expect(findings.isEmpty, "\(findings.joined(separator: "\n"))")
        #expect(SourceTree.templates.count > 5)
    }

    @Test func `scripts and other assets that pages name exist`() throws {
        let root = SourceTree.root
        let lock = try String(
            contentsOf: root.appending(path: "Scripts/assets.lock.json"), encoding: .utf8)
        let own = try FileManager.default.subpathsOfDirectory(
            atPath: root.appending(path: "Sources").path
        ).filter { $0.contains("/Static/") }.map { String($0.split(separator: "/").last ?? "") }
        var findings: [String] = []
        func check(_ name: Substring, _ file: SourceTree.File, _ number: Int) {
            // `icons.svg` and the fonts are cut from parts that the lock names.
            if own.contains(String(name)) || lock.contains("\"\(name)\"") || name == "icons.svg" {
                return
            }
            findings.append(file.finding(number, "there is no asset \(name)"))
        }
        for file in SourceTree.templates {
            for (index, line) in file.lines.enumerated() {
                for match in line.matches(of: /\{\{asset ([^}]+)\}\}/) {
                    check(match.1, file, index + 1)
                }
            }
        }
        for file in SourceTree.sources where file.module.hasPrefix("Web") {
            for (number, text) in file.code where text.contains("scripts: [") {
                guard let list = text.firstMatch(of: /scripts: \[([^\]]*)\]/) else { continue }
                for match in list.1.matches(of: /"([^"]+)"/) { check(match.1, file, number) }
            }
        }
        #expect(findings.isEmpty, "\(findings.joined(separator: "\n"))")
    }

    @Test(arguments: [
        "<script>go()</script>", #"<p style="color: red">"#, #"<a onclick="go()">"#,
        #"<img src="https://elsewhere.example/a.png">"#, #"<a href="javascript:go()">"#,
        #"<p hx-on:click="go()">"#, "<style>p { color: red }</style>",
    ])
    func `finds what it looks for`(_ line: String) {
        #expect(!Self.problems(in: line).isEmpty)
    }

    static func problems(in line: String) -> [String] {
        var found: [String] = []
        if line.contains(/<script(?![^>]*\ssrc=)[^>]*>/) { found.append("inline script") }
        if line.contains("<style") { found.append("inline style sheet") }
        if line.contains(/\sstyle\s*=/) { found.append("style attribute") }
        if line.contains(/\s(?:hx-)?on[a-z:-]*\s*=\s*["']/) { found.append("event handler") }
        if line.contains(/(?i)javascript:/) { found.append("javascript address") }
        if line.contains(/\s(?:src|srcset|action|data|poster)\s*=\s*["'](?:https?:)?\/\//)
            || line.contains(/<link[^>]*href\s*=\s*["'](?:https?:)?\/\//)
        {
            found.append("asks another origin")
        }
        return found
    }
}
