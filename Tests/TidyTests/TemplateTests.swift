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
