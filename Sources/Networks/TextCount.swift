import Foundation

/// How a network counts the length of a text.
package enum Counting: String, Sendable, Codable, CaseIterable {
    /// Visible characters; web addresses count for a fixed number, mentions without their server.
    case mastodon
    /// Visible characters (grapheme clusters).
    case graphemes
    /// X's weights: most Latin text counts 1, most other scripts and emoji 2, an address 23.
    case weighted
    /// Unicode code points.
    case codePoints
    /// UTF-16 code units, as JavaScript counts.
    case utf16
    /// UTF-16 code units after LinkedIn's reserved characters are escaped.
    case escapedUTF16

    /// What is counted, for people.
    var words: String {
        switch self {
        case .mastodon:
            "visible characters, where a mention counts without its server and an emoji is one"
        case .graphemes: "visible characters, where an emoji is one"
        case .weighted:
            "weights: most Latin letters 1, most other scripts and every emoji 2"
        case .codePoints: "Unicode code points, where an emoji may be several"
        case .utf16: "UTF-16 units, where an emoji is two or more"
        case .escapedUTF16:
            "UTF-16 units, where an emoji is two or more and brackets, *, _ and @ count double"
        }
    }
}

/// How long a text is in a network's own unit.
package enum TextCount {
    /// The length of `text`; `linkLength` is what any address counts for, where that is fixed.
    package static func of(_ text: String, _ counting: Counting, linkLength: Int = 23) -> Int {
        switch counting {
        case .mastodon: mastodon(text, linkLength)
        case .graphemes: text.count
        case .weighted: weighted(text, linkLength)
        case .codePoints: text.unicodeScalars.count
        case .utf16: text.utf16.count
        case .escapedUTF16: text.utf16.count + text.utf8.count { reserved.contains($0) }
        }
    }

    private static let reserved = Set(#"\<>#~_|[]*(){}@"#.utf8)

    /// Mastodon's `StatusLengthValidator`: addresses as fixed, `@name@server` as `@name`.
    private static func mastodon(_ text: String, _ linkLength: Int) -> Int {
        var count = text.count
        for entity in TextScanner(text).entities() {
            let length = piece(text, entity.bytes).count
            switch entity.kind {
            case .link: count += linkLength - length
            case .mention:
                let local = entity.value.prefix { $0 != "@" }
                count += 1 + local.count - length
            case .tag: break
            }
        }
        return count
    }

    /// The configuration that X publishes as twitter-text v3.
    private static func weighted(_ raw: String, _ linkLength: Int) -> Int {
        let text = raw.precomposedStringWithCanonicalMapping
        var weight = 0
        var position = 0
        let links = TextScanner(text, marksBareDomains: true).entities().filter {
            $0.kind == .link
        }
        for link in links {
            weight += weightOf(piece(text, position..<link.bytes.lowerBound))
            weight += linkLength * 100
            position = link.bytes.upperBound
        }
        weight += weightOf(piece(text, position..<text.utf8.count))
        return weight / 100
    }

    private static func weightOf(_ text: String) -> Int {
        text.reduce(0) { sum, character in
            if isEmoji(character) { return sum + 200 }
            return sum + character.unicodeScalars.reduce(0) { $0 + weight($1.value) }
        }
    }

    private static func weight(_ value: UInt32) -> Int {
        switch value {
        case 0...4351, 8192...8205, 8208...8223, 8242...8247: 100
        default: 200
        }
    }

    private static func isEmoji(_ character: Character) -> Bool {
        let scalars = character.unicodeScalars
        guard let first = scalars.first else { return false }
        if first.properties.isEmojiPresentation { return true }
        guard first.properties.isEmoji else { return false }
        return scalars.contains { $0.value == 0xFE0F || $0.value == 0x20E3 }
    }

    static func piece(_ text: String, _ bytes: Range<Int>) -> String {
        let view = text.utf8
        let start = view.index(view.startIndex, offsetBy: bytes.lowerBound)
        let end = view.index(view.startIndex, offsetBy: bytes.upperBound)
        return String(decoding: view[start..<end], as: UTF8.self)
    }
}
