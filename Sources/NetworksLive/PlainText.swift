import Foundation

/// Turns the HTML of a post into the text people read.
enum PlainText {
    static func of(html: String) -> String {
        let lines = html.replacing(/<br\s*\/?>/.ignoresCase(), with: "\n")
            .replacing(/<\/p>\s*<p[^>]*>/.ignoresCase(), with: "\n\n")
        return unescaped(lines.replacing(/<[^>]*>/, with: ""))
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// The addresses that an HTML text links to, whatever of them it shows.
    static func addresses(in html: String) -> [String] {
        html.matches(of: /href\s*=\s*(?:"([^"]*)"|'([^']*)')/.ignoresCase()).map {
            unescaped(String($0.1 ?? $0.2 ?? ""))
        }
    }

    /// The text in the form in which what was sent and what came back can be compared.
    ///
    /// Servers break lines in their own way, turn quotes and dots into typographic ones, and show
    /// mentions without their server. A text in this form stays as it is, so scalars count and not
    /// characters: an accent on a space would make it another character, and be lost with it.
    static func folded(_ text: String) -> String {
        var visible = String.UnicodeScalarView()
        visible.append(contentsOf: text.unicodeScalars.filter { !isInvisible($0) })
        var plain = String.UnicodeScalarView()
        for scalar in String(visible).precomposedStringWithCompatibilityMapping.unicodeScalars {
            switch scalar {
            case "\u{2018}", "\u{2019}", "\u{201A}", "\u{2032}": plain.append("'")
            case "\u{201C}", "\u{201D}", "\u{201E}": plain.append("\"")
            default: plain.append(scalar)
            }
        }
        return withoutServers(plain).split(whereSeparator: \.properties.isWhitespace)
            .map { String($0) }.joined(separator: " ")
    }

    private static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x200B...0x200D, 0x2060, 0xFEFF, 0xFE0E, 0xFE0F: true
        default: false
        }
    }

    /// `@ana@social.example` as `@ana`.
    private static func withoutServers(
        _ text: String.UnicodeScalarView
    ) -> String.UnicodeScalarView {
        let scalars = Array(text)
        var out = String.UnicodeScalarView()
        var at = 0
        while at < scalars.count {
            guard scalars[at] == "@", out.last.map(isBeforeMention) ?? true else {
                out.append(scalars[at])
                at += 1
                continue
            }
            let name = endOfName(scalars, from: at + 1)
            var end = name
            while name > at + 1, end < scalars.count, scalars[end] == "@" {
                let next = endOfName(scalars, from: end + 1)
                guard next > end + 1 else { break }
                end = next
            }
            // A mark belongs to the letter before it, which then is none of a server's name.
            let isWhole = end == scalars.count || !isMark(scalars[end])
            out.append(contentsOf: scalars[at..<(isWhole ? max(name, at + 1) : max(end, at + 1))])
            at = max(end, at + 1)
        }
        return out
    }

    private static func isBeforeMention(_ scalar: Unicode.Scalar) -> Bool {
        !(scalar.properties.isAlphabetic || scalar.properties.numericType != nil || scalar == "/")
    }

    private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.canonicalCombiningClass != .notReordered
            || [.nonspacingMark, .spacingMark, .enclosingMark].contains(
                scalar.properties.generalCategory)
    }

    private static func endOfName(_ scalars: [Unicode.Scalar], from start: Int) -> Int {
        let rest = scalars[start...]
        return rest.firstIndex { scalar in
            switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9", "_", ".", "-": false
            default: true
            }
        } ?? scalars.count
    }

    /// Letters and digits only: what is left where a server read marks as formatting.
    static func skeleton(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                folded(text).lowercased().unicodeScalars.filter {
                    $0.properties.isAlphabetic || $0.properties.numericType != nil
                }))
    }

    private static func unescaped(_ text: String) -> String {
        text.replacing(/&(#[xX][0-9A-Fa-f]{1,6}|#[0-9]{1,7}|[a-zA-Z]{2,6});/) { match in
            let name = match.1
            if name.hasPrefix("#") {
                let isHex = name.hasPrefix("#x") || name.hasPrefix("#X")
                let digits = name.dropFirst(isHex ? 2 : 1)
                return UInt32(digits, radix: isHex ? 16 : 10).flatMap(Unicode.Scalar.init)
                    .map { String(Character($0)) } ?? String(match.0)
            }
            return named[String(name)] ?? String(match.0)
        }
    }

    private static let named = [
        "amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'", "nbsp": " ",
        "hellip": "…", "ndash": "–", "mdash": "—", "lsquo": "‘", "rsquo": "’", "ldquo": "“",
        "rdquo": "”", "bdquo": "„", "laquo": "«", "raquo": "»", "copy": "©", "reg": "®",
        "euro": "€", "pound": "£", "deg": "°", "middot": "·", "bull": "•", "times": "×",
    ]
}
