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

    private struct Kinds: Sendable {
        var whole: Int? = 3
        var long: Int64? = -4
        var broken: Double? = 0.5
        var text: String? = "t"
        var flag: Bool? = false
        var none: Int?
        var empty = ""
        var nested: Nested? = Nested()
        var list: [Int]? = [1, 2]

        struct Nested: Sendable { let whole: Int? = 7 }
    }

    @Test func `an optional value is drawn as the value, and nothing as nothing`() throws {
        let text = """
            {{whole}} {{long}} {{broken}} {{text}} {{none}}|{{#flag}}yes{{/flag}}{{^flag}}no{{/flag}}\
            |{{#empty}}there{{/empty}}|{{^none}}absent{{/none}}|{{#nested}}{{whole}}{{/nested}}\
            |{{#list}}{{.}},{{/list}}|{{#text}}{{.}}{{whole}}{{/text}}
            """
        let templates = try Templates(Assets([Self.asset("page", text)]))
        let page = try templates.render("page", Kinds())
        #expect(page == "3 -4 0.5 t |no|there|absent|7|1,2,|t3")
    }

    @Test func `a message travels in headers without control characters`() {
        let reply = Reply(status: 303).toast("a\u{7F}\u{0}\r\nb: c")
        let header = reply.headers["hx-trigger"] ?? ""
        #expect(header.utf8.allSatisfy { (32..<127).contains($0) }, "\(header)")
    }
}
