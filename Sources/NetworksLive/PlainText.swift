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
    /// mentions without their server.
    static func folded(_ text: String) -> String {
        var plain = text.precomposedStringWithCompatibilityMapping
            .replacing(/[\u{2018}\u{2019}\u{201A}\u{2032}]/, with: "'")
            .replacing(/[\u{201C}\u{201D}\u{201E}\u{2033}]/, with: "\"")
            .replacing(/[\u{200B}-\u{200D}\u{2060}\u{FEFF}\u{FE0E}\u{FE0F}]/, with: "")
        plain = plain.replacing(/(^|[^\p{L}\p{N}\/])@([A-Za-z0-9_.-]+)@[A-Za-z0-9.-]+/) {
            "\($0.1)@\($0.2)"
        }
        return plain.split(whereSeparator: \.isWhitespace).joined(separator: " ")
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
