/// A mail server's reply: its code and the texts of its lines.
struct MailReply: Sendable, Hashable {
    let code: Int
    let lines: [String]

    var isGood: Bool { (200..<400).contains(code) }
    /// The server's own words, short and safe to show.
    var words: String {
        let text = lines.joined(separator: " ").unicodeScalars.map { scalar in
            scalar.value < 32 || (127..<160).contains(scalar.value)
                ? " " : Character(scalar)
        }
        return String(String(text).prefix(300))
    }
}

/// Makes replies of the bytes a mail server sends (RFC 5321 §4.2), however they are cut, within
/// bounds.
struct MailReplies: Sendable {
    /// Whole replies that nobody has taken yet.
    private(set) var replies: [MailReply] = []
    /// Something came that is no reply, or too much; nothing is read after it.
    private(set) var isBroken = false
    private var bytes: [UInt8] = []
    private var lines: [String] = []

    /// The longest line that is read, the most lines of a reply, the most replies at once.
    private static let mostBytes = 16_384
    private static let mostLines = 100
    private static let mostReplies = 8

    /// Whether anything has come that nobody took.
    var isEmpty: Bool { bytes.isEmpty && lines.isEmpty && replies.isEmpty }

    mutating func next() -> MailReply? { replies.isEmpty ? nil : replies.removeFirst() }

    mutating func take(_ more: some Collection<UInt8>) {
        guard !isBroken else { return }
        bytes += more
        var start = 0
        while !isBroken, let end = bytes[start...].firstIndex(of: 10) {
            take(line: bytes[start..<end])
            start = end + 1
        }
        bytes.removeFirst(start)
        if bytes.count > Self.mostBytes { isBroken = true }
    }

    private mutating func take(line whole: ArraySlice<UInt8>) {
        let line = whole.last == 13 ? whole.dropLast() : whole
        let digits = line.prefix(3)
        guard whole.count <= Self.mostBytes, digits.count == 3,
            digits.allSatisfy({ (48...57).contains($0) })
        else {
            isBroken = true
            return
        }
        let code = digits.reduce(0) { $0 * 10 + Int($1 - 48) }
        lines.append(String(decoding: line.dropFirst(4), as: UTF8.self))
        guard (200..<600).contains(code), lines.count <= Self.mostLines,
            replies.count < Self.mostReplies
        else {
            isBroken = true
            return
        }
        if line.dropFirst(3).first != UInt8(ascii: "-") {
            replies.append(MailReply(code: code, lines: lines))
            lines = []
        }
    }
}
