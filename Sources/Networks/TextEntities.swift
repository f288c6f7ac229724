import Foundation

/// A link, mention or hashtag found in a text.
package struct TextEntity: Sendable, Hashable {
    /// What a part of a text is.
    package enum Kind: Sendable, Hashable {
        case link
        case mention
        case tag
    }

    package let kind: Kind
    /// Where it is, in bytes of the text's UTF-8; the end is not included.
    package let bytes: Range<Int>
    /// What it says: the address, the handle without `@`, the tag without `#`.
    package let value: String
}

/// Finds links, mentions and hashtags in a text.
///
/// One pass over the UTF-8 bytes, so that offsets are what AT Protocol facets count in.
package struct TextScanner: Sendable {
    private let text: [UInt8]
    private let marksBareDomains: Bool

    /// `marksBareDomains` also takes `example.com/page` for a link, as X does.
    package init(_ text: String, marksBareDomains: Bool = false) {
        self.text = Array(text.utf8)
        self.marksBareDomains = marksBareDomains
    }

    /// Everything found, in the order of the text and without overlaps.
    package func entities() -> [TextEntity] {
        var found: [TextEntity] = []
        var index = 0
        while index < text.count {
            if startsWord(index), let entity = entity(at: index) {
                found.append(entity)
                index = entity.bytes.upperBound
            } else {
                index += 1
            }
        }
        return found
    }

    private func entity(at index: Int) -> TextEntity? {
        switch text[index] {
        case UInt8(ascii: "@"): mention(at: index)
        case UInt8(ascii: "#"): tag(at: index)
        default: link(at: index)
        }
    }

    /// Nothing starts in the middle of a word, so `mail@host.example` holds no mention.
    private func startsWord(_ index: Int) -> Bool {
        guard index > 0 else { return true }
        let before = text[index - 1]
        return !Self.isWord(before) && !"@#/.-&=?%$".utf8.contains(before)
    }

    // MARK: - Links

    private func link(at start: Int) -> TextEntity? {
        let scheme = ["https://", "http://"].first { hasPrefix($0, at: start) }
        guard let scheme else { return marksBareDomains ? bareDomain(at: start) : nil }
        let body = start + scheme.utf8.count
        let end = trimmedEnd(from: start, to: addressEnd(from: body))
        guard end > body, host(from: body, to: end) != nil else { return nil }
        return entity(.link, start..<end, value: start..<end)
    }

    private func bareDomain(at start: Int) -> TextEntity? {
        guard Self.isLetterOrDigit(text[start]) else { return nil }
        let end = trimmedEnd(from: start, to: addressEnd(from: start))
        guard let host = host(from: start, to: end), let dot = host.lastIndex(of: ".") else {
            return nil
        }
        let labels = host.split(separator: ".", omittingEmptySubsequences: false)
        guard labels.allSatisfy({ (1...63).contains($0.utf8.count) }),
            Self.usualEndings.contains(host[host.index(after: dot)...].lowercased())
        else { return nil }
        return entity(.link, start..<end, value: start..<end)
    }

    private func addressEnd(from start: Int) -> Int {
        var end = start
        while end < text.count, text[end] > 0x20, !#"<>"`{}|\^"#.utf8.contains(text[end]),
            !isWideSpace(end)
        { end += 1 }
        return end
    }

    /// Spaces and quotation marks beyond ASCII that end an address: U+00A0, U+2000–U+206F, U+3000.
    private func isWideSpace(_ index: Int) -> Bool {
        guard index + 1 < text.count else { return false }
        switch (text[index], text[index + 1]) {
        case (0xC2, 0xA0), (0xE2, 0x80), (0xE2, 0x81), (0xE3, 0x80): return true
        default: return false
        }
    }

    /// Punctuation at the end belongs to the sentence, and so does a bracket opened before.
    private func trimmedEnd(from start: Int, to limit: Int) -> Int {
        var end = limit
        while end > start {
            let last = text[end - 1]
            if ".,;:!?'*_~…".utf8.contains(last) && last < 0x80 {
                end -= 1
            } else if last == UInt8(ascii: ")"), !isBalanced(start..<end, "(", ")") {
                end -= 1
            } else if last == UInt8(ascii: "]"), !isBalanced(start..<end, "[", "]") {
                end -= 1
            } else {
                break
            }
        }
        return end
    }

    private func isBalanced(
        _ range: Range<Int>, _ open: Unicode.Scalar, _ close: Unicode.Scalar
    ) -> Bool {
        let opened = text[range].count { $0 == UInt8(ascii: open) }
        let closed = text[range].count { $0 == UInt8(ascii: close) }
        return closed <= opened
    }

    /// The host name at the start of an address without scheme; nil when there is none.
    private func host(from start: Int, to end: Int) -> String? {
        var stop = start
        while stop < end, !"/?#:".utf8.contains(text[stop]) { stop += 1 }
        let host = String(decoding: text[start..<stop], as: UTF8.self)
        guard !host.isEmpty, host.first != ".", host.last != ".", !host.contains("@") else {
            return nil
        }
        return host
    }

    // MARK: - Mentions and tags

    private func mention(at start: Int) -> TextEntity? {
        var end = start + 1
        while end < text.count, Self.isHandle(text[end]) { end += 1 }
        // `@name@server` names someone on another server.
        if end < text.count, text[end] == UInt8(ascii: "@"), end > start + 1 {
            var far = end + 1
            while far < text.count, Self.isHandle(text[far]) { far += 1 }
            while far > end + 1, ".-_".utf8.contains(text[far - 1]) { far -= 1 }
            if text[end + 1..<far].contains(UInt8(ascii: ".")) { end = far }
        }
        while end > start + 1, ".-".utf8.contains(text[end - 1]) { end -= 1 }
        guard end > start + 1 else { return nil }
        return entity(.mention, start..<end, value: start + 1..<end)
    }

    private func tag(at start: Int) -> TextEntity? {
        var end = start + 1
        while end < text.count, Self.isWord(text[end]), !isWideSpace(end) { end += 1 }
        let value = String(decoding: text[start + 1..<end], as: UTF8.self)
        // `#1` is a number in a list, not a tag; emoji alone are none either.
        guard value.contains(where: \.isLetter) else { return nil }
        return entity(.tag, start..<end, value: start + 1..<end)
    }

    private func entity(
        _ kind: TextEntity.Kind, _ bytes: Range<Int>, value: Range<Int>
    ) -> TextEntity {
        TextEntity(
            kind: kind, bytes: bytes, value: String(decoding: text[value], as: UTF8.self))
    }

    private func hasPrefix(_ prefix: String, at start: Int) -> Bool {
        let wanted = Array(prefix.utf8)
        guard start + wanted.count <= text.count else { return false }
        return zip(text[start...], wanted).allSatisfy { $0 | 0x20 == $1 | 0x20 }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"):
            true
        default: false
        }
    }

    /// Letters, digits, `_` and every byte of a character beyond ASCII.
    private static func isWord(_ byte: UInt8) -> Bool {
        isLetterOrDigit(byte) || byte == UInt8(ascii: "_") || byte >= 0x80
    }

    private static func isHandle(_ byte: UInt8) -> Bool {
        isLetterOrDigit(byte) || "_.-".utf8.contains(byte)
    }

    /// Endings people write without a scheme; X knows every one, we take the common ones.
    private static let usualEndings: Set<String> = [
        "com", "org", "net", "info", "biz", "io", "co", "app", "dev", "ai", "shop", "store",
        "online", "site", "blog", "me", "tv", "eu", "de", "at", "ch", "fr", "it", "es", "nl", "be",
        "uk", "ie", "us", "ca", "au", "nz", "se", "no", "dk", "fi", "pl", "cz", "pt", "br", "mx",
        "jp", "in", "social", "news", "coffee", "studio", "design", "agency", "gov", "edu",
    ]
}
