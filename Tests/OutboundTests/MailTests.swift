import Foundation
import Kernel
import Testing

@testable import Outbound

struct MailRelayTests {
    @Test func `reads a mail server's address and hides its password`() throws {
        let safe = try MailRelay("smtps://ana%40example.org:p%2Fw%20d@Mail.Example")
        #expect(safe.host == "mail.example" && safe.port == 465 && safe.encryption == .always)
        #expect(safe.name == "ana@example.org" && safe.password == "p/w d")
        #expect("\(safe)" == "mail.example:465")
        let upgraded = try MailRelay("smtp://mail.example?ca=/etc/ca.pem")
        #expect(upgraded.port == 587 && upgraded.encryption == .upgraded)
        #expect(upgraded.certificates == "/etc/ca.pem")
        let near = try MailRelay("smtp://[::1]:25/?tls=never")
        #expect(near.host == "::1" && near.port == 25 && near.encryption == .never)
        #expect("\(near)" == "[::1]:25")
    }

    @Test(arguments: [
        "", "mail.example", "http://mail.example", "smtp://", "smtp://mail.example/path",
        "smtp://ana@mail.example", "smtp://mail.example?tls=sometimes",
        "smtps://mail.example?tls=never", "smtp://mail.example:99999",
        "smtp://a:b%0D%0AQUIT@mail.example", "smtp://mail example", "smtp://mail.example#x",
        "smtp://[]:", "smtps://[]", "smtp://[:", "smtp://[mail.example]", "smtp://[10.0.0.1]",
        "smtp://.", "smtp://mail%00.example", "smtp://mail%20.example", "smtp://m%C3%BCll.example",
    ])
    func `refuses what is no mail server`(url: String) {
        #expect(throws: MailError.self) { try MailRelay(url) }
    }

    @Test(arguments: [
        ("localhost", true), ("127.0.0.1", true), ("10.1.2.3", true), ("mail.lan", true),
        ("mailhost", true), ("mail.example.org", false), ("8.8.8.8", false),
    ])
    func `a private place must be written as one`(host: String, isPrivate: Bool) throws {
        #expect(try MailRelay("smtp://\(host)").isWrittenAsPrivate == isPrivate)
    }
}

struct MailAddressTests {
    @Test(arguments: [
        "ana@example.org", "a.b+c@sub.example.org", "posts@localhost", "o'neil@example.org",
    ])
    func `takes addresses`(text: String) throws {
        #expect(try MailAddress(text).address == text)
    }

    @Test(arguments: [
        "", "ana", "@example.org", "ana@", "a@b@c", "a b@example.org", "a@example.org\r\nDATA",
        "<a@example.org>", "a@exa_mple.org", ".a@example.org", "a..b@example.org", "ä@example.org",
        "a@ex\u{E4}mple.org", "\"a b\"@example.org", "a@example.org\n",
    ])
    func `refuses what could be anything else`(text: String) {
        #expect(throws: MailError.badAddress) { try MailAddress(text) }
    }

    @Test func `reads a name before the address`() throws {
        let address = try MailAddress.read("\"Harbour Tea\" <posts@example.org>")
        #expect(address.name == "Harbour Tea" && address.address == "posts@example.org")
        #expect(try MailAddress.read(" posts@example.org ").name == "")
    }
}

struct MailMessageTests {
    func message(
        subject: String = "Hello", name: String = "Ana Sol", text: String = "Text\nmore"
    ) throws -> String {
        let message = MailMessage(
            from: try MailAddress(name: "Harbour \"Tea\"", "posts@example.org"),
            to: try MailAddress(name: name, "ana@example.org"), subject: subject, text: text,
            html: "<p>Text</p>", id: "notice-1\r\nBcc: x",
            at: Instant(milliseconds: 1_795_420_803_000))
        return String(decoding: message.rendered(), as: UTF8.self)
    }

    func headers(_ message: String) -> [Substring] {
        let head = message.components(separatedBy: "\r\n\r\n").first ?? ""
        return head.replacing("\r\n ", with: " ").split(separator: "\r\n")
    }

    @Test func `is a message as mail servers want it`() throws {
        let message = try message()
        let head = headers(message)
        #expect(head.contains("Date: Mon, 23 Nov 2026 08:00:03 +0000"))
        #expect(head.contains("From: \"Harbour \\\"Tea\\\"\" <posts@example.org>"))
        #expect(head.contains("To: \"Ana Sol\" <ana@example.org>"))
        #expect(head.contains("Subject: Hello"))
        #expect(head.contains("Message-ID: <notice-1Bccx@example.org>"))
        #expect(head.contains("Auto-Submitted: auto-generated"))
        let lines = message.components(separatedBy: "\r\n")
        #expect(lines.allSatisfy { $0.utf8.count <= 78 && !$0.contains("\n") })
        #expect(message.utf8.allSatisfy { $0 < 128 })
        #expect(message.contains(Data("Text\r\nmore".utf8).base64EncodedString()))
        #expect(lines.last == "" && lines.dropLast().last?.hasSuffix("--") == true)
    }

    @Test(arguments: [
        "Hi\r\nBcc: everybody@example.org", "Hi\nX: y", "Hi\rX: y", "Hi\u{0}\u{85}\u{2028}X: y",
    ])
    func `nothing in a subject or a name begins another header`(text: String) throws {
        for message in [try message(subject: text), try message(name: text)] {
            let names = headers(message).map { $0.prefix { $0 != ":" } }
            #expect(!names.contains("Bcc") && !names.contains("X"))
            #expect(names.count == 8)
        }
    }

    @Test func `writes other letters in encoded words that a reader puts together again`() throws {
        let subject = "Kaffeerösterei öffnet – „Führung“ für alle 👩‍👩‍👧 in Zürich und überall sonst"
        let encoded = MailMessage.words(subject)
        #expect(encoded.components(separatedBy: "\r\n ").allSatisfy { $0.utf8.count <= 75 })
        let decoded = encoded.components(separatedBy: "\r\n ").map { word in
            let base64 = word.dropFirst("=?utf-8?B?".count).dropLast(2)
            return Data(base64Encoded: String(base64)).map { String(decoding: $0, as: UTF8.self) }
        }
        #expect(decoded.compactMap { $0 }.joined() == subject)
        // What looks like an encoded word is not taken for one.
        #expect(MailMessage.words("=?utf-8?B?eA==?=") != "=?utf-8?B?eA==?=")
    }

    @Test func `a line with a dot does not end the message`() {
        let stuffed = String(
            decoding: Mailer.stuffed(Array("a\r\n.\r\n..b\r\n".utf8)), as: UTF8.self)
        #expect(stuffed == "a\r\n..\r\n...b\r\n.\r\n")
        #expect(String(decoding: Mailer.stuffed(Array("x".utf8)), as: UTF8.self) == "x\r\n.\r\n")
    }
}
