package import Kernel

/// One click, page view or goal as it lies in the spool; it holds no address and no user agent.
package struct Hit: Sendable, Hashable {
    /// What happened.
    package enum Kind: UInt8, Sendable {
        case click = 1
        case page = 2
        case goal = 3
    }

    package var kind: Kind
    package var at: Instant
    /// The daily hash of the visitor; nil when the visitor asked not to be recognised.
    package var visitor: Int64?
    /// The click's own number, which travels in the address of the page it opens.
    package var token: Int64?
    package var bot: BotReason?
    /// A click's slug; for pages and goals the code of the site.
    package var place: String
    /// A page's path and whether it opens a visit; a goal's name, value, currency and order; then
    /// the content that the page's address named, when it named any.
    package var texts: [String]

    package init(
        kind: Kind, at: Instant, visitor: Int64?, token: Int64?, bot: BotReason?, place: String,
        texts: [String] = []
    ) {
        self.kind = kind
        self.at = at
        self.visitor = visitor
        self.token = token
        self.bot = bot
        self.place = place
        self.texts = texts
    }
}

extension Hit {
    /// The bytes for the spool.
    package var bytes: [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(64)
        let flags: UInt8 = (visitor == nil ? 0 : 1) | (token == nil ? 0 : 2)
        out += [kind.rawValue, flags, bot?.rawValue ?? 0]
        out.append(at.milliseconds)
        out.append(visitor ?? 0)
        out.append(token ?? 0)
        for text in [place] + texts {
            let utf8 = Array(text.utf8.prefix(2048))
            out.append(UInt16(utf8.count))
            out += utf8
        }
        return out
    }

    /// Reads what `bytes` wrote; nil for anything else.
    package init?(bytes: [UInt8]) {
        guard bytes.count >= 29, let kind = Kind(rawValue: bytes[0]) else { return nil }
        var texts: [String] = []
        var offset = 27
        while offset + 2 <= bytes.count {
            let count = Int(bytes.number(UInt16.self, at: offset))
            guard offset + 2 + count <= bytes.count else { return nil }
            texts.append(
                String(decoding: bytes[(offset + 2)..<(offset + 2 + count)], as: UTF8.self))
            offset += 2 + count
        }
        guard !texts.isEmpty else { return nil }
        self.init(
            kind: kind, at: Instant(milliseconds: bytes.number(Int64.self, at: 3)),
            visitor: bytes[1] & 1 == 0 ? nil : bytes.number(Int64.self, at: 11),
            token: bytes[1] & 2 == 0 ? nil : bytes.number(Int64.self, at: 19),
            bot: BotReason(rawValue: bytes[2]), place: texts.removeFirst(), texts: texts)
    }
}

extension Hit {
    /// The content that the page's address named, from anybody.
    var content: String? {
        let place = kind == .goal ? 4 : 2
        return texts.count > place ? texts[place] : nil
    }
}

/// The end of a publication's identifier, which its link carries as `utm_content`.
///
/// A post that went out without a tracked link is known by it, since no click has a number then.
enum ContentMark {
    /// Whether `text` could be one; everything else is campaigns of others.
    static func isPlausible(_ text: some StringProtocol) -> Bool {
        text.utf8.count == 12
            && text.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    }
}

/// The number of a click as it stands in an address: 16 hexadecimal digits.
package enum ClickToken {
    /// The parameter that carries it.
    package static let parameter = "tlc"

    /// The 16 digits of a click.
    package static func text(_ token: Int64) -> String {
        let digits = String(UInt64(bitPattern: token), radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// The click these digits mean; nil when they are none.
    package static func read(_ text: some StringProtocol) -> Int64? {
        // `UInt64` would take a sign as well.
        guard text.utf8.count == 16, text.utf8.first != UInt8(ascii: "+"),
            let value = UInt64(text, radix: 16)
        else { return nil }
        return Int64(bitPattern: value)
    }

    /// `address` with the click's number; a fragment stays last.
    package static func added(_ token: Int64, to address: String) -> String {
        let halves = address.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        let joint = halves[0].contains("?") ? "&" : "?"
        return halves[0] + joint + parameter + "=" + text(token)
            + (halves.count > 1 ? "#" + halves[1] : "")
    }
}
