import Foundation

/// Turns the HTML of a post into the text people read.
enum PlainText {
    static func of(html: String) -> String {
        let lines = html.replacing(/<br\s*\/?>/.ignoresCase(), with: "\n")
            .replacing(/<\/p>\s*<p[^>]*>/.ignoresCase(), with: "\n\n")
        return unescaped(lines.replacing(/<[^>]*>/, with: ""))
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// The text with every run of white space as one space, to compare what was sent with what
    /// came back.
    static func folded(_ text: String) -> String {
        text.precomposedStringWithCanonicalMapping.split(whereSeparator: \.isWhitespace)
            .joined(separator: " ")
    }

    private static func unescaped(_ text: String) -> String {
        text.replacing(/&(#x[0-9A-Fa-f]{1,6}|#[0-9]{1,7}|[a-z]{2,6});/) { match in
            let name = match.1
            if name.hasPrefix("#") {
                let isHex = name.hasPrefix("#x")
                let digits = name.dropFirst(isHex ? 2 : 1)
                return UInt32(digits, radix: isHex ? 16 : 10).flatMap(Unicode.Scalar.init)
                    .map { String(Character($0)) } ?? String(match.0)
            }
            return named[String(name)] ?? String(match.0)
        }
    }

    private static let named = [
        "amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'", "nbsp": " ",
    ]
}
