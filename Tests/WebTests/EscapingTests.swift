import Foundation
import Testing

@testable import Web

@Suite struct EscapingTests {
    private struct View: Sendable {
        let value: String
        let rows: [String]
    }

    private static func asset(_ name: String, _ text: String) -> Assets.File {
        Assets.File(
            name: "templates/\(name)", bytes: Data(text.utf8), gzip: nil, contentType: "text/html",
            etag: "")
    }

    @Test func `a value stays in its place, in partials and sections too`() throws {
        let templates = try Templates(
            Assets([
                Self.asset("page", "<a title=\"{{value}}\">{{#rows}}{{> row}}{{/rows}}</a>"),
                Self.asset("row", "<b id=\"{{.}}\"></b>"),
            ]))
        let hostile = "\"\u{301} onclick=\"x<\u{301}i>"
        let shown = "&quot;\u{301} onclick=&quot;x&lt;\u{301}i&gt;"
        let page = try templates.render("page", View(value: hostile, rows: [hostile]))
        #expect(page == "<a title=\"\(shown)\"><b id=\"\(shown)\"></b></a>")
    }

    @Test func `a message travels in headers without control characters`() {
        let reply = Reply(status: 303).toast("a\u{7F}\u{0}\r\nb: c")
        let header = reply.headers["hx-trigger"] ?? ""
        #expect(header.utf8.allSatisfy { (32..<127).contains($0) }, "\(header)")
    }
}
