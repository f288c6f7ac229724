import Foundation

/// What a web page says about itself, for the card that a network shows below a link.
package struct PageCard: Sendable, Hashable {
    package var title: String
    package var summary: String
    /// Its picture's address; nil when it names none.
    package var image: String?

    package init(title: String, summary: String = "", image: String? = nil) {
        self.title = title
        self.summary = summary
        self.image = image
    }

    /// Reads the head of a page; nil when it has no title of any kind.
    ///
    /// The page comes from a stranger: only its beginning is looked at, and every text is cut.
    package init?(html: String, at address: String) {
        let head = Self.head(of: html)
        let meta = Self.meta(in: head)
        let title = ["og:title", "twitter:title"].lazy.compactMap { meta[$0] }.first
        let found = Self.plain(title ?? Self.titleElement(in: head) ?? "", longest: 300)
        guard !found.isEmpty else { return nil }
        self.title = found
        let text = ["og:description", "twitter:description", "description"].lazy
            .compactMap { meta[$0] }.first
        summary = Self.plain(text ?? "", longest: 600)
        let picture = ["og:image:secure_url", "og:image", "twitter:image"].lazy
            .compactMap { meta[$0] }.first
        image = picture.flatMap { Self.address(Self.plain($0, longest: 2000), below: address) }
    }

    private static let longestHead = 300_000

    private static func head(of html: String) -> Substring {
        let beginning = html.prefix(longestHead)
        let end = beginning.range(of: "</head", options: .caseInsensitive)?.lowerBound
        return beginning[..<(end ?? beginning.endIndex)]
    }

    /// The first content of every `<meta>` by its property or name, in lower case.
    private static func meta(in head: Substring) -> [String: String] {
        var found: [String: String] = [:]
        var rest = head
        var count = 0
        while count < 500, let start = rest.range(of: "<meta", options: .caseInsensitive) {
            count += 1
            rest = rest[start.upperBound...]
            let (attributes, end) = attributes(of: rest)
            rest = rest[end...]
            guard let name = attributes["property"] ?? attributes["name"],
                let content = attributes["content"]
            else { continue }
            let key = name.lowercased()
            if found[key] == nil { found[key] = content }
        }
        return found
    }

    /// The attributes of a tag, and where it ends; quotes may hold a `>`.
    private static func attributes(
        of tag: Substring
    ) -> (values: [String: String], end: Substring.Index) {
        var values: [String: String] = [:]
        var at = tag.startIndex
        func skip(while passes: (Character) -> Bool) {
            while at < tag.endIndex, passes(tag[at]) { at = tag.index(after: at) }
        }
        while at < tag.endIndex, tag[at] != ">" {
            skip { $0.isWhitespace || $0 == "/" || $0 == "=" }
            let start = at
            skip { !$0.isWhitespace && !"=>/".contains($0) }
            let name = tag[start..<at].lowercased()
            skip(while: \.isWhitespace)
            guard at < tag.endIndex, tag[at] == "=" else { continue }
            at = tag.index(after: at)
            skip(while: \.isWhitespace)
            guard at < tag.endIndex else { break }
            let quote = tag[at]
            if quote == "\"" || quote == "'" {
                at = tag.index(after: at)
                let begin = at
                skip { $0 != quote }
                if values[name] == nil { values[name] = String(tag[begin..<at]) }
                if at < tag.endIndex { at = tag.index(after: at) }
            } else {
                let begin = at
                skip { !$0.isWhitespace && $0 != ">" }
                if values[name] == nil { values[name] = String(tag[begin..<at]) }
            }
        }
        return (values, at)
    }

    private static func titleElement(in head: Substring) -> String? {
        guard let open = head.range(of: "<title", options: .caseInsensitive),
            let start = head[open.upperBound...].firstIndex(of: ">")
        else { return nil }
        let body = head[head.index(after: start)...]
        let end = body.range(of: "</title", options: .caseInsensitive)?.lowerBound
        return String(body[..<(end ?? body.endIndex)].prefix(2000))
    }

    /// One line without control characters, with entities read, cut between words.
    private static func plain(_ text: String, longest: Int) -> String {
        let line = unescaped(String(text.prefix(8 * longest))).unicodeScalars
            .map { $0.value < 32 || (127...159).contains($0.value) ? " " : Character($0) }
        let words = String(line).split(whereSeparator: \.isWhitespace).joined(separator: " ")
        guard words.count > longest else { return words }
        let cut = words.prefix(longest - 1)
        return cut[..<(cut.lastIndex(of: " ") ?? cut.endIndex)] + "…"
    }

    private static func unescaped(_ text: String) -> String {
        text.replacing(/&(#[xX][0-9A-Fa-f]{1,6}|#[0-9]{1,7}|[A-Za-z]{2,6});/) { match in
            let name = match.1
            guard name.hasPrefix("#") else { return named[String(name)] ?? String(match.0) }
            let isHex = name.dropFirst().first?.lowercased() == "x"
            return UInt32(name.dropFirst(isHex ? 2 : 1), radix: isHex ? 16 : 10)
                .flatMap(Unicode.Scalar.init).map { String(Character($0)) } ?? String(match.0)
        }
    }

    private static let named = [
        "amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'", "nbsp": " ", "hellip": "…",
        "ndash": "–", "mdash": "—", "lsquo": "‘", "rsquo": "’", "ldquo": "“", "rdquo": "”",
        "auml": "ä", "ouml": "ö", "uuml": "ü", "Auml": "Ä", "Ouml": "Ö", "Uuml": "Ü",
        "szlig": "ß", "eacute": "é", "egrave": "è", "euro": "€", "middot": "·", "bull": "•",
    ]

    /// A web address, read relative to the page's own.
    private static func address(_ text: String, below page: String) -> String? {
        guard !text.isEmpty,
            let found = URL(string: text, relativeTo: URL(string: page))?.absoluteURL,
            ["https", "http"].contains(found.scheme?.lowercased() ?? ""),
            found.absoluteString.utf8.count <= 2000
        else { return nil }
        return found.absoluteString
    }
}
