import Foundation
import Kernel
import Logging
import Synchronization

@testable import App
@testable import NetworksLive
@testable import Outbound
@testable import Publishing
@testable import Telemetry
@testable import Web

extension FuzzTarget {
    /// Text that becomes part of pages, mails, logs and headers, and pages that become text.
    static let markup = FuzzTarget(name: "markup") { bytes in
        let text = String(decoding: bytes, as: UTF8.self)
        try checkTemplate(text)
        try checkToast(text)
        try checkMailHeader(text)
        try checkLog(text)
        try checkMetric(text)
        try checkPage(text)
    }

    private struct Row: Sendable {
        let name: String
        let note: String?
    }

    private struct View: Sendable {
        let value: String
        let rows: [Row]
        let more: [String]
    }

    private static let templates: Templates? = {
        let text = """
            <a title="{{value}}">{{value}}</a>{{#rows}}{{> fuzz/row}}{{/rows}}\
            {{#more}}<i>{{.}}</i>{{/more}}{{^value}}none{{/value}}
            """
        let row = "<b id=\"{{name}}\">{{note}}</b>"
        return try? Templates(
            Assets([
                Assets.File(
                    name: "templates/fuzz/page", bytes: Data(text.utf8), gzip: nil,
                    contentType: "text/html", etag: ""),
                Assets.File(
                    name: "templates/fuzz/row", bytes: Data(row.utf8), gzip: nil,
                    contentType: "text/html", etag: ""),
            ]))
    }()

    /// Whatever a value holds, it stays one text in the place where the template put it.
    private static func checkTemplate(_ text: String) throws {
        guard let templates else { throw Broken(description: "a template does not parse") }
        let view = View(value: text, rows: [Row(name: text, note: text)], more: [text])
        let out = try templates.render("fuzz/page", view)
        let inner = escaped(text)
        try same(
            out,
            "<a title=\"\(inner)\">\(inner)</a><b id=\"\(inner)\">\(inner)</b><i>\(inner)</i>",
            "a value left its place")
    }

    /// What HTML needs escaped in text and in quoted attributes, written apart from the engine.
    private static func escaped(_ text: String) -> String {
        var out = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "\"": out += "&quot;"
            case "'": out += "&#39;"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }

    private static func checkToast(_ text: String) throws {
        let reply = Reply(status: 303).toast(text)
        let header = reply.headers["hx-trigger"] ?? ""
        try hold(header.utf8.allSatisfy { (32..<127).contains($0) }, "a header: \(header)")
        struct Trigger: Decodable { let toast: [String: String] }
        let trigger = try JSONDecoder().decode(Trigger.self, from: Data(header.utf8))
        try hold(
            trigger.toast["message"].map { $0.utf8.elementsEqual(text.utf8) } ?? false,
            "a message that changes on its way")
        let message = reply.message ?? ""
        let plain = Set("%ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)
        try hold(!message.isEmpty && plain.isSuperset(of: message.utf8), "a cookie: \(message)")
        let carried = message.removingPercentEncoding ?? ""
        let again = try JSONDecoder().decode(Trigger.self, from: Data(carried.utf8))
        try hold(again.toast == trigger.toast, "a message that changes in its cookie")
        let file = Reply.file(Data(), type: "text/csv", downloadName: text)
        let name = file.headers["content-disposition"] ?? ""
        try hold(
            name.utf8.allSatisfy { $0 >= 32 && $0 != 127 }
                && name.filter { $0 == "\"" || $0 == ";" }.count == 3,
            "a file's name: \(name)")
    }

    private static func checkMailHeader(_ text: String) throws {
        let words = MailMessage.words(text)
        try hold(words.utf8.allSatisfy { $0 < 127 }, "a header beyond ASCII")
        for (index, line) in words.split(separator: "\r\n").enumerated() {
            try hold(index == 0 || line.hasPrefix(" "), "another header: \(line)")
            try hold(line.utf8.count <= 78, "a long line: \(line)")
            try hold(!line.utf8.contains { $0 < 32 }, "a control character: \(line)")
        }
        let from = try MailAddress(name: text, "a@example.org")
        let message = MailMessage(
            from: from, to: from, subject: text, text: text, html: text, id: text,
            at: Instant(milliseconds: 0))
        let mail = String(decoding: message.rendered(), as: UTF8.self)
        let head = mail.components(separatedBy: "\r\n\r\n")[0].components(separatedBy: "\r\n")
        let fields = head.filter { !$0.hasPrefix(" ") }
        try same(
            fields.map { String($0.prefix { $0 != ":" }) },
            [
                "Date", "From", "To", "Subject", "Message-ID", "Auto-Submitted", "MIME-Version",
                "Content-Type",
            ], "the headers of a mail")
        try hold(mail.utf8.allSatisfy { $0 < 127 }, "a mail beyond ASCII")
    }

    private static func checkLog(_ text: String) throws {
        let lines = Lines()
        let log = JSONLog(
            level: .info, now: { Instant(milliseconds: 0) }, write: { lines.take($0) })
        Logger(label: "fuzz") { _ in log }.info("\(text)", metadata: ["\(text)": "\(text)"])
        let line = lines.all
        try hold(line.last == 10 && line.dropLast().allSatisfy { $0 >= 32 }, "more than a line")
        guard case .object(let members)? = JSONValue(line) else {
            throw Broken(description: "a log line that is no JSON")
        }
        if !["at", "level", "message"].contains(text) {
            try same(members["message"], .string(text), "a message in the log")
        }
    }

    private static func checkMetric(_ text: String) throws {
        var metric = PrometheusText()
        metric.open("fuzz", .gauge, text)
        metric.line("fuzz", [MetricLabel("label", text)], 1)
        // By bytes: a quotation mark or a line's end with a mark of its own on it is still one.
        let lines = metric.text.utf8.split(separator: 10, omittingEmptySubsequences: false)
        try same(lines.count, 4, "lines of a metric")
        try hold(
            lines[2].starts(with: "fuzz{label=\"".utf8)
                && lines[2].suffix(4).elementsEqual("\"} 1".utf8), "a sample")
        var isEscaped = false
        for byte in lines[2].dropFirst(12).dropLast(4) {
            try hold(isEscaped || byte != UInt8(ascii: "\""), "a label that ends early: \(text)")
            isEscaped = !isEscaped && byte == UInt8(ascii: "\\")
        }
        try hold(!isEscaped, "a label that takes its own end: \(text)")
    }

    /// Pages of strangers: their text and their card.
    private static func checkPage(_ text: String) throws {
        let plain = PlainText.of(html: text)
        try hold(plain.utf8.count <= 2 * text.utf8.count, "a text longer than its page")
        _ = PlainText.addresses(in: text)
        let folded = PlainText.folded(plain)
        try same(PlainText.folded(folded), folded, "folded twice")
        _ = PlainText.skeleton(plain)
        let wrapped = "<html><head><meta property=og:title content=\"x\">\(text)</head>"
        for html in [text, wrapped] {
            guard let card = PageCard(html: html, at: "https://page.example/a/b") else { continue }
            try hold((1...300).contains(card.title.count), "a card's title")
            try hold(card.summary.count <= 600, "a card's summary")
            for words in [card.title, card.summary] {
                try hold(!words.unicodeScalars.contains { $0.value < 32 }, "more than a line")
            }
            guard let image = card.image else { continue }
            let isWeb = ["https:", "http:"].contains { image.lowercased().hasPrefix($0) }
            try hold(isWeb && image.utf8.count <= 2000, "a picture at \(image)")
        }
    }
}

/// Lines that a log has written.
private final class Lines: Sendable {
    private let data = Mutex(Data())

    func take(_ more: Data) { data.withLock { $0 += more } }
    var all: Data { data.withLock { $0 } }
}
