import Foundation
package import Kernel

/// One message to one person, as plain text and as simple HTML.
package struct MailMessage: Sendable {
    package var from: MailAddress
    package var to: MailAddress
    package var subject: String
    package var text: String
    package var html: String
    /// Stays the same over repeats, so that a mailbox can know the second copy.
    package var id: String
    package var at: Instant

    package init(
        from: MailAddress, to: MailAddress, subject: String, text: String, html: String,
        id: String, at: Instant
    ) {
        self.from = from
        self.to = to
        self.subject = subject
        self.text = text
        self.html = html
        self.id = id
        self.at = at
    }

    /// The message as it travels: ASCII, lines ended by CR LF (RFC 5322, RFC 2045).
    func rendered() -> [UInt8] {
        let safeID = id.filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
        let boundary = "=_tl_\(safeID)"
        var lines = [
            "Date: \(Self.date(at))",
            "From: \(Self.mailbox(from))",
            "To: \(Self.mailbox(to))",
            "Subject: \(Self.words(subject))",
            "Message-ID: <\(safeID)@\(from.domain)>",
            "Auto-Submitted: auto-generated",
            "MIME-Version: 1.0",
            "Content-Type: multipart/alternative; boundary=\"\(boundary)\"",
            "",
        ]
        for (type, body) in [("plain", text), ("html", html)] {
            lines += [
                "--\(boundary)", "Content-Type: text/\(type); charset=utf-8",
                "Content-Transfer-Encoding: base64", "",
            ]
            lines += Self.base64Lines(body)
        }
        lines += ["--\(boundary)--", ""]
        return Array(lines.joined(separator: "\r\n").utf8)
    }

    private static func base64Lines(_ body: String) -> [String] {
        let wide = body.replacing("\r\n", with: "\n").replacing("\n", with: "\r\n")
        let encoded = Array(Data(wide.utf8).base64EncodedString().utf8)
        return stride(from: 0, to: encoded.count, by: 76).map {
            String(decoding: encoded[$0..<min($0 + 76, encoded.count)], as: UTF8.self)
        }
    }

    private static func mailbox(_ address: MailAddress) -> String {
        let name = plain(address.name)
        guard !name.isEmpty else { return "<\(address.address)>" }
        return "\(isSimple(name) ? quoted(name) : words(name)) <\(address.address)>"
    }

    private static func quoted(_ name: String) -> String {
        "\"\(name.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""
    }

    /// A header's text: as it is when short and ASCII, else in encoded words (RFC 2047).
    static func words(_ text: String) -> String {
        let text = plain(text)
        if isSimple(text), !text.contains("=?") { return text }
        var encoded: [String] = []
        var part = ""
        for character in text {
            // 45 bytes become 60 letters; with the frame that is below the 75 of the standard.
            if part.utf8.count + character.utf8.count > 45, !part.isEmpty {
                encoded.append(part)
                part = ""
            }
            part.append(character)
        }
        encoded.append(part)
        return encoded.map { "=?utf-8?B?\(Data($0.utf8).base64EncodedString())?=" }
            .joined(separator: "\r\n ")
    }

    private static func isSimple(_ text: String) -> Bool {
        text.utf8.count <= 60 && text.utf8.allSatisfy { (32..<127).contains($0) }
    }

    /// One line without anything that could begin another header.
    private static func plain(_ text: String) -> String {
        let scalars = text.unicodeScalars.map { scalar in
            scalar.value < 32 || (127..<160).contains(scalar.value)
                || [0x2028, 0x2029].contains(scalar.value) ? " " : Character(scalar)
        }
        return String(String(scalars).prefix(300)).trimmingCharacters(in: .whitespaces)
    }

    /// `Tue, 24 Nov 2026 09:00:00 +0000`.
    static func date(_ instant: Instant) -> String {
        let local = Zone.utc.localTime(instant)
        let day = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"][local.date.isoWeekday - 1]
        let month = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ][local.date.month - 1]
        let seconds = (instant.milliseconds / 1000) % 60
        return "\(day), \(local.date.day) \(month) \(local.date.year) \(local.clock):"
            + (seconds < 10 ? "0" : "") + "\(seconds) +0000"
    }
}
